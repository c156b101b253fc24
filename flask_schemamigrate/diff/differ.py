"""Two schemas, one spelling: what has to be done to make the first into the second.

Both sides have been settled (``Dialect.settle``), so plain equality decides.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from typing import TypeVar

from ..operations.base import Operation
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.columns import Existing
from ..operations.columns import without_column
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..operations.constraints import type_of
from ..operations.indexes import CreateIndex
from ..operations.indexes import DropIndex
from ..operations.tables import AlterTableOptions
from ..operations.tables import CommentTable
from ..operations.tables import CreateTable
from ..operations.tables import DropTable
from ..operations.types import AlterEnum
from ..operations.types import CreateEnum
from ..operations.types import DropEnum
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Constraint
from ..schema.objects import Enum
from ..schema.objects import Index
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Table
from . import keys
from . import order
from .renames import NONE
from .renames import Renames

Named = TypeVar("Named", bound="Constraint | Index")


def diff(
    actual: Schema,
    wanted: Schema,
    renames: Renames = NONE,
    *,
    batches: bool = False,
    keys_hold_types: bool = False,
) -> tuple[Operation, ...]:
    """Return the operations that make ``actual`` into ``wanted``, in an order that runs.

    ``renames`` come first, and the rest is computed as if they had been carried out.  With
    ``batches`` the changes of one table are gathered into one ``AlterTable``; with
    ``keys_hold_types`` foreign keys step aside while the type of a column of theirs changes.
    """
    renaming = tuple(renames.operations(actual))
    before = actual
    for operation in renaming:
        before = operation.apply(before)
    found = (*_enums(before, wanted), *_tables(before, wanted))
    if keys_hold_types:
        found += tuple(keys.stepping_aside(found, before, wanted))
    return (*renaming, *order.sort(found, before, wanted, batches=batches))


# --- types ----------------------------------------------------------------------------------------


def _enums(before: Schema, wanted: Schema) -> Iterator[Operation]:
    for name, enum in wanted.enums.items():
        existing = before.enums.get(name)
        if existing is None:
            if not _comes_with_a_table(enum, before, wanted):
                yield CreateEnum(enum)
        elif existing.values != enum.values:
            yield AlterEnum(existing, enum, columns=tuple(_users(existing, before)))
    for name, enum in before.enums.items():
        if name not in wanted.enums and any(_users(enum, before)):
            yield DropEnum(enum)


def _comes_with_a_table(enum: Enum, before: Schema, wanted: Schema) -> bool:
    """Whether a table that is created brings the type along, by SQLAlchemy's events."""
    new = (table for name, table in wanted.tables.items() if name not in before.tables)
    return any(_uses(enum, column) for table in new for column in table.columns)


def _users(enum: Enum, schema: Schema) -> Iterator[tuple[Name, str, str | None]]:
    """Yield the columns of an enumerated type, with their server defaults."""
    for table in schema.tables.values():
        for column in table.columns:
            if _uses(enum, column):
                default = column.default.text if column.default else None
                yield (table.name, column.name, default)


def _uses(enum: Enum, column: Column) -> bool:
    type_ = column.type.element
    type_ = getattr(type_, "item_type", None) or type_
    name = getattr(type_, "name", None)
    return name == enum.name.name and hasattr(type_, "enums")


# --- tables ---------------------------------------------------------------------------------------


def _tables(before: Schema, wanted: Schema) -> Iterator[Operation]:
    for name, table in wanted.tables.items():
        if name not in before.tables:
            yield CreateTable(table)
    for name, table in before.tables.items():
        if name not in wanted.tables:
            yield DropTable(name, table=table)
    for name, table in wanted.tables.items():
        existing = before.tables.get(name)
        if existing is not None and existing != table:
            yield from table_changes(existing, table)


def table_changes(before: Table, after: Table) -> Iterator[Operation]:
    """Yield the changes of one table, in no particular order."""
    name = before.name
    changed = list(_columns(before, after))
    yield from changed
    kept = before
    for op in changed:
        if isinstance(op, AddColumn) and before.column(op.column.name) is not None:
            yield from _standing_on(before, op.column.name)
            kept = without_column(kept, op.column.name)
    yield from _constraints(name, kept, after)
    yield from _indexes(name, kept, after)
    if (before.comment or None) != (after.comment or None):
        yield CommentTable(name, after.comment, before.comment)
    options = _options(before, after)
    if options:
        yield AlterTableOptions(name, options, before.options)


def _standing_on(table: Table, column: str) -> Iterator[Operation]:
    """Yield drops of what stands on a column that is made anew."""
    kept = without_column(table, column)
    for constraint in table.constraints:
        if constraint not in kept.constraints:
            kind = type_of(constraint)
            yield DropConstraint(table.name, constraint.name, kind, constraint=constraint)
    for index in table.indexes:
        if index not in kept.indexes and index.name is not None:
            yield DropIndex(table.name, index.name, index=index)


def _options(before: Table, after: Table) -> tuple[tuple[str, Any], ...]:
    """Return the options that the model states and the table does not have."""
    return tuple(option for option in after.options if option not in before.options)


def _columns(before: Table, after: Table) -> Iterator[Operation]:
    name = before.name
    for column in after.columns:
        existing = before.column(column.name)
        if existing is None:
            yield AddColumn(name, column)
        elif _is_regenerated(existing, column):
            # A generated column cannot become another one: its values are computed anew.
            yield DropColumn(name, column.name)
            yield AddColumn(name, column)
        elif existing != column:
            yield alteration(name, existing, column)
    for column in before.columns:
        if after.column(column.name) is None:
            yield DropColumn(name, column.name)


def _is_regenerated(before: Column, after: Column) -> bool:
    return before.computed != after.computed and not (before.computed and not after.computed)


def alteration(table: Name, before: Column, after: Column) -> AlterColumn:
    """Return the operation that makes one column into the other."""
    fields = ("nullable", "type", "default", "comment", "autoincrement", "identity", "computed")
    changed = {f: getattr(after, f) for f in fields if getattr(before, f) != getattr(after, f)}
    existing = Existing(
        before.type, before.nullable, before.default, before.comment, before.autoincrement
    )
    return AlterColumn(table, before.name, existing=existing, **changed)


# --- constraints and indexes ----------------------------------------------------------------------


def _constraints(table: Name, before: Table, after: Table) -> Iterator[Operation]:
    kinds: tuple[tuple[Iterable[Constraint], Iterable[Constraint]], ...] = (
        (_one(before.primary_key), _one(after.primary_key)),
        (before.uniques, after.uniques),
        (before.foreign_keys, after.foreign_keys),
        (before.checks, after.checks),
        (before.excludes, after.excludes),
    )
    for old, new in kinds:
        gone, added = matched(tuple(old), tuple(new))
        for constraint in gone:
            yield DropConstraint(table, constraint.name, type_of(constraint), constraint=constraint)
        for constraint in added:
            yield AddConstraint(table, constraint)


def _one(key: PrimaryKey | None) -> tuple[PrimaryKey, ...]:
    return () if key is None else (key,)


def _indexes(table: Name, before: Table, after: Table) -> Iterator[Operation]:
    gone, added = matched(before.indexes, after.indexes)
    for index in gone:
        if index.name is not None:
            yield DropIndex(table, index.name, index=index)
    for index in added:
        yield CreateIndex(table, index)


def matched(before: Sequence[Named], after: Sequence[Named]) -> tuple[list[Named], list[Named]]:
    """Return what is only in ``before`` and only in ``after``.

    Equal ones are a pair.  One without a name, in the model or in the database, pairs with one that
    is the same but for the name.
    """
    gone, added = list(before), []
    unnamed = []
    for item in after:
        if item in gone:
            gone.remove(item)
        elif item.name is None or any(other.name is None for other in gone):
            unnamed.append(item)
        else:
            added.append(item)
    for item in unnamed:
        for other in gone:
            is_alike = replace(other, name=None) == replace(item, name=None)
            if is_alike and None in (item.name, other.name):
                gone.remove(other)
                break
        else:
            added.append(item)
    return gone, added

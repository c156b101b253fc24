"""Two schemas, one spelling: what has to be done to make the first into the second.

Both sides have been settled (``Dialect.settle``), so plain equality decides.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from typing import TypeVar

from ..operations.base import Operation
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import conflict
from ..operations.columns import DropColumn
from ..operations.columns import Existing
from ..operations.columns import without_column
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..operations.constraints import type_of
from ..operations.indexes import CreateIndex
from ..operations.indexes import DropIndex
from ..operations.names import RenameConstraint
from ..operations.names import RenameIndex
from ..operations.schemas import CreateSchema
from ..operations.schemas import DropSchema
from ..operations.sequences import AlterSequence
from ..operations.sequences import CreateSequence
from ..operations.sequences import DropSequence
from ..operations.tables import AlterTableOptions
from ..operations.tables import CommentTable
from ..operations.tables import CreateTable
from ..operations.tables import DropTable
from ..operations.types import CreateEnum
from ..operations.types import DropEnum
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Constraint
from ..schema.objects import Index
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Table
from . import enums
from . import keys
from . import order
from . import same
from .renames import NONE
from .renames import Renames

Named = TypeVar("Named", bound="Constraint | Index")


def diff(
    actual: Schema,
    wanted: Schema,
    renames: Renames = NONE,
    *,
    batches: bool = False,
    holds_type: Callable[[AlterColumn], bool] = lambda change: False,
    renamable: Collection[str] = (),
    beside: Collection[str] = (),
    names_count: bool = False,
) -> tuple[Operation, ...]:
    """Return the operations that make ``actual`` into ``wanted``, in an order that runs.

    ``renames`` come first, and the rest is computed as if they had been carried out.  With
    ``batches`` the changes of one table are gathered into one ``AlterTable``; with
    ``holds_type`` foreign keys step aside while the type of a column changes that they hold.
    Constraints and indexes that differ by their name alone are renamed if they are of a kind that
    is ``renamable`` (``Dialect.renamable``); ``beside`` names what is compared beside
    tables and types (``Dialect.beside``).  With ``names_count`` a constraint without a name is not
    the same as one with a name (``Dialect.keeps_unnamed``).
    """
    renaming = tuple(renames.operations(actual))
    before = actual
    for operation in renaming:
        before = operation.apply(before)
    found = (
        *(_schemas(before, wanted) if "schemas" in beside else ()),
        *_enums(before, wanted),
        *(_sequences(before, wanted) if "sequences" in beside else ()),
        *_tables(before, wanted, renamable, names_count),
    )
    found += tuple(keys.stepping_aside(found, before, wanted, holds_type))
    return (*renaming, *order.sort(found, before, wanted, batches=batches))


# --- schemas, types and sequences -----------------------------------------------------------------


def _schemas(before: Schema, wanted: Schema) -> Iterator[Operation]:
    for name in sorted(wanted.schemas - before.schemas):
        yield CreateSchema(name)
    for name in sorted(before.schemas - wanted.schemas):
        yield DropSchema(name)


def _enums(before: Schema, wanted: Schema) -> Iterator[Operation]:
    for name, enum in wanted.enums.items():
        existing = before.enums.get(name)
        if existing is None:
            yield CreateEnum(enum)
        elif (existing.values, existing.domain) != (enum.values, enum.domain):
            yield enums.altered(existing, enum, before)
    for name, enum in before.enums.items():
        # A type that no table used was never ours.
        if name not in wanted.enums and any(before.users(name)) and not enum.shared:
            yield DropEnum(enum)


def _sequences(before: Schema, wanted: Schema) -> Iterator[Operation]:
    for name, sequence in wanted.sequences.items():
        existing = before.sequences.get(name)
        if existing is None:
            yield CreateSequence(sequence)
        elif existing != sequence:
            yield AlterSequence(existing, sequence)
    for name, sequence in before.sequences.items():
        if name not in wanted.sequences:
            yield DropSequence(sequence)


# --- tables ---------------------------------------------------------------------------------------


def _tables(
    before: Schema, wanted: Schema, renamable: Collection[str], names_count: bool
) -> Iterator[Operation]:
    for name, table in wanted.tables.items():
        if name not in before.tables:
            yield CreateTable(table)
    for name, table in before.tables.items():
        if name not in wanted.tables:
            yield DropTable(name, table=table)
    for name, table in wanted.tables.items():
        existing = before.tables.get(name)
        if existing is not None and existing != table:
            yield from table_changes(existing, table, renamable, names_count)


def table_changes(
    before: Table, after: Table, renamable: Collection[str] = (), names_count: bool = False
) -> Iterator[Operation]:
    """Yield the changes of one table, in no particular order."""
    name = before.name
    changed = list(_columns(before, after))
    yield from changed
    kept = before
    for op in changed:
        if isinstance(op, AddColumn) and before.column(op.column.name) is not None:
            yield from _standing_on(before, op.column.name)
            kept = without_column(kept, op.column.name)
    for old, new in _constraints(kept, after, names_count):
        yield from _exchanged(name, old, new, kept, renamable)
    yield from _indexes(name, kept, after, renamable)
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
    if conflict(before.options) != conflict(after.options):
        changed.update(nullable=after.nullable, options=conflict(after.options))
    return AlterColumn(table, before.name, existing=existing, enum=after.enum, **changed)


# --- constraints and indexes ----------------------------------------------------------------------


def _constraints(
    before: Table, after: Table, names_count: bool
) -> Iterator[tuple[list[Constraint], list[Constraint]]]:
    """Yield, for each kind of constraint, those that go and those that come."""
    kinds: tuple[tuple[Iterable[Constraint], Iterable[Constraint]], ...] = (
        (_one(before.primary_key), _one(after.primary_key)),
        (before.uniques, after.uniques),
        (before.foreign_keys, after.foreign_keys),
        (before.checks, after.checks),
        (before.excludes, after.excludes),
    )
    for old, new in kinds:
        yield matched(tuple(old), tuple(new), names_count)


def _exchanged(
    table: Name,
    gone: list[Constraint],
    added: list[Constraint],
    before: Table,
    renamable: Collection[str],
) -> Iterator[Operation]:
    """Yield the renames, drops and additions of constraints of one kind."""
    for was, now in same.but_for_name(gone, added, before):
        kind = type_of(was)
        if kind in renamable:
            gone.remove(was)
            added.remove(now)
            yield RenameConstraint(table, str(was.name), str(now.name), kind)
    for constraint in gone:
        yield DropConstraint(table, constraint.name, type_of(constraint), constraint=constraint)
    for constraint in added:
        yield AddConstraint(table, constraint)


def _one(key: PrimaryKey | None) -> tuple[PrimaryKey, ...]:
    return () if key is None else (key,)


def _indexes(
    table: Name, before: Table, after: Table, renamable: Collection[str]
) -> Iterator[Operation]:
    gone, added = matched(before.indexes, after.indexes)
    if "index" in renamable:
        for was, now in same.but_for_name(gone, added, before):
            gone.remove(was)
            added.remove(now)
            yield RenameIndex(table, str(was.name), str(now.name))
    for index in gone:
        if index.name is not None:
            yield DropIndex(table, index.name, index=index)
    for index in added:
        yield CreateIndex(table, index)


def matched(
    before: Sequence[Named], after: Sequence[Named], names_count: bool = False
) -> tuple[list[Named], list[Named]]:
    """Return what is only in ``before`` and only in ``after``.

    Equal ones are a pair.  One without a name, in the model or in the database, pairs with one that
    is the same but for the name, unless ``names_count``.
    """
    gone, added = list(before), []
    unnamed = []
    for item in after:
        if item in gone:
            gone.remove(item)
        elif not names_count and (item.name is None or any(o.name is None for o in gone)):
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

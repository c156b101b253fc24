"""An order in which operations run on every database.

Drops before additions of what they stand in the way of, types before the tables that use them,
tables before the foreign keys that point at them.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
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
from ..operations.tables import CreateTable
from ..operations.tables import DropTable
from ..operations.types import AlterEnum
from ..operations.types import CreateEnum
from ..operations.types import DropEnum
from ..schema.names import Name
from ..schema.objects import ForeignKey
from ..schema.objects import Index
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Table
from ..schema.objects import Unique


def sort(
    operations: Iterable[Operation], before: Schema, wanted: Schema, *, batches: bool = False
) -> tuple[Operation, ...]:
    """Return ``operations`` in an order that runs.

    Foreign keys that close a cycle between new or dropped tables are split off, except with
    ``batches``: SQLite has no other place for them than the table itself, and does not mind.
    """
    found = list(operations)
    created = {op.table.name: op.table for op in found if isinstance(op, CreateTable)}
    dropped = {
        op.name: op.table for op in found if isinstance(op, DropTable) and op.table is not None
    }
    rest = [op for op in found if not isinstance(op, (CreateTable, DropTable))]
    creations, late_keys = _creations(created, rest, split=not batches)
    touched = {op.table for op in rest if _is_felt_by_keys(op)}
    first_drops, drops = _drops(dropped, touched, split=not batches)
    again = {(op.table, op.column.name) for op in rest if isinstance(op, AddColumn)}
    needed = set(_needed_indexes(rest, before))
    supporting = set(_supporting_indexes(rest, before))
    # A table is a type, too: one of that name has to be gone before.
    taken = {op.enum.name for op in rest if isinstance(op, DropEnum)} & created.keys()

    def rank(op: Operation) -> float:
        if isinstance(op, DropColumn) and (op.table, op.column) in again:
            return 5  # It is made anew.
        if isinstance(op, DropColumn) and _is_generated(op, before):
            return 10  # What it is made from may go as well.
        if isinstance(op, DropIndex) and (op.table, op.name) in needed:
            return 16
        if isinstance(op, CreateIndex) and (op.table, op.index.name) in supporting:
            return 3.5
        if isinstance(op, DropEnum) and op.enum.name in taken:
            return 9
        if isinstance(op, (AlterColumn, DropColumn)) and _enum_of(op, before) in taken:
            return 8
        return _rank(op)

    changes = sorted(rest, key=lambda op: (rank(op), _place(op)))
    if batches:
        changes = _grouped(changes)
    cut = next((i for i, op in enumerate(changes) if rank(op) >= _AFTER_TABLES), len(changes))
    last = [op for op in changes[cut:] if isinstance(op, _LAST)]
    middle = [op for op in changes[cut:] if not isinstance(op, _LAST)]
    head = [*first_drops, *changes[:cut]]
    if batches and _may_go_first(dropped, touched, before):
        return (*drops, *head, *creations, *middle, *late_keys, *last)
    return (*head, *creations, *middle, *late_keys, *drops, *last)


def _may_go_first(dropped: Mapping[Name, Table], touched: set[Name], before: Schema) -> bool:
    """Whether dropped tables point at changed ones, and nothing that stays points at them."""
    staying = [table for name, table in before.tables.items() if name not in dropped]
    pointed_at = any(key.target in dropped for table in staying for key in table.foreign_keys)
    felt = any(key.target in touched for table in dropped.values() for key in table.foreign_keys)
    return felt and not pointed_at


def _is_felt_by_keys(op: Operation) -> TypeGuard[DropConstraint | DropColumn | AlterColumn]:
    """Whether an operation may change what foreign keys of other tables point at."""
    if isinstance(op, AlterColumn):
        return op.type is not UNSET
    return isinstance(op, (DropConstraint, DropColumn))


def _is_generated(op: DropColumn, before: Schema) -> bool:
    table = before.table(op.table)
    column = table.column(op.column) if table is not None else None
    return column is not None and column.computed is not None


def _enum_of(op: AlterColumn | DropColumn, before: Schema) -> Name | None:
    table = before.table(op.table)
    column = table.column(op.column) if table is not None else None
    return None if column is None else column.enum


_AFTER_TABLES = 10
#: What nothing may use any more.
_LAST = (DropEnum, DropSequence, DropSchema)


def _rank(op: Operation) -> float:
    """Return when an operation runs: those below 10 before new tables are created."""
    match op:
        case CreateSchema():
            return 0
        case AlterEnum() if op.in_place:
            return 0  # A value that is needed at once is committed first.
        case CreateEnum() | CreateSequence() | AlterSequence():
            return 1
        case AlterEnum():
            return 6  # Checks and indexes that name a removed value are gone by then.
        case DropConstraint():
            return 1 if op.type == "foreignkey" else 3
        case AddColumn():
            # A generated one comes after what it is made from has changed.
            return 12.5 if op.column.computed is not None else 11
        case AlterColumn():
            return 12
        case AddConstraint(constraint=ForeignKey()):
            return 16
        case AddConstraint(constraint=PrimaryKey()):
            return 13
        case AddConstraint():
            return 14
        case CreateIndex():
            return 15
        case DropIndex():
            return 4
        case RenameConstraint() | RenameIndex():
            return 5  # Their new names are free, and what is added next finds them.
        case DropColumn():
            return 17
        case DropEnum() | DropSequence():
            return 98
        case DropSchema():
            return 99
        case AlterTable():
            return 11
        case _:
            return 18


def _needed_indexes(operations: Sequence[Operation], before: Schema) -> Iterator[tuple[Name, str]]:
    """Yield the indexes to drop last: MariaDB's foreign keys must never be without one."""
    created = {op.index.name for op in operations if isinstance(op, CreateIndex)}
    gone = {(op.table, op.constraint) for op in operations if isinstance(op, DropConstraint)}
    for op in operations:
        if isinstance(op, DropIndex) and op.table and op.index and op.name not in created:
            table = before.table(op.table)
            for key in table.foreign_keys if table else ():
                if _leads(op.index, key) and (op.table, key) not in gone:
                    yield (op.table, op.name)


def _supporting_indexes(
    operations: Sequence[Operation], before: Schema
) -> Iterator[tuple[Name, str | None]]:
    """Yield the indexes to create first: a key stands on one that goes and comes under its name."""
    created = {(op.table, op.index.name): op for op in operations if isinstance(op, CreateIndex)}
    dropped = {(op.table, op.name) for op in operations if isinstance(op, DropIndex)}
    gone = {(op.table, op.constraint) for op in operations if isinstance(op, DropConstraint)}
    added = {(op.table, op.column.name) for op in operations if isinstance(op, AddColumn)}
    for (table, name), op in created.items():
        known = before.table(table)
        if known is None or (table, name) in dropped:
            continue
        if any((table, column) in added for column in op.index.columns):
            continue  # There is nothing yet to make it of.
        for key in known.foreign_keys:
            if (table, key) in gone:
                continue
            again = (i for i in known.indexes if (table, i.name) in dropped & created.keys())
            if _leads(op.index, key) and any(_leads(index, key) for index in again):
                yield table, name


def _leads(index: Index, key: ForeignKey) -> bool:
    return index.columns[: len(key.columns)] == key.columns


def _place(op: Operation) -> tuple[str, ...]:
    touched = op.touches()
    # Columns of one table keep the order of the model: Python's sort is stable.
    return (*(str(part) for part in touched[0].sort_key),) if touched else ()


def _grouped(operations: Sequence[Operation]) -> list[Operation]:
    """Gather the changes of each table into one."""
    groups: dict[Name, list[Operation]] = {}
    kinds = (
        AddColumn,
        AlterColumn,
        DropColumn,
        AddConstraint,
        DropConstraint,
        CreateIndex,
        DropIndex,
        AlterTableOptions,
    )
    result: list[Operation] = []
    for op in operations:
        table = op.name if isinstance(op, AlterTableOptions) else getattr(op, "table", None)
        if isinstance(op, kinds) and table is not None:
            groups.setdefault(table, []).append(op)
        else:
            result.append(op)
    for name in sorted(groups, key=lambda name: name.sort_key):
        group = groups[name]
        plain = all(isinstance(op, (CreateIndex, DropIndex)) for op in group)
        result.extend(group if plain else [AlterTable(name, tuple(group))])
    return sorted(result, key=_rank)


def _waits_for(key: ForeignKey, operations: Sequence[Operation]) -> bool:
    """Whether what a foreign key points at is made or altered by one of ``operations``."""
    for op in operations:
        match op:
            case AddColumn(column=column) if op.table == key.target:
                found = column.name in key.target_columns
            case AlterColumn() if op.table == key.target and op.type is not UNSET:
                found = op.column in key.target_columns
            case AddConstraint(constraint=PrimaryKey() | Unique() as made):
                found = op.table == key.target and set(made.columns) == set(key.target_columns)
            case CreateIndex(index=index) if op.table == key.target and index.unique:
                found = set(index.columns) == set(key.target_columns)
            case _:
                found = False
        if found:
            return True
    return False


def _creations(
    tables: dict[Name, Table], changes: Sequence[Operation], split: bool
) -> tuple[list[Operation], list[Operation]]:
    """Order new tables by their foreign keys; return what is left to add after all of them."""
    ordered, cyclic = by_dependency(tables)
    operations: list[Operation] = []
    late: list[Operation] = []
    for table in ordered:
        keys = [
            k
            for k in table.foreign_keys
            if split and ((table.name, k.target) in cyclic or _waits_for(k, changes))
        ]
        kept = tuple(k for k in table.foreign_keys if k not in keys)
        operations.append(CreateTable(replace(table, foreign_keys=kept)))
        late.extend(AddConstraint(table.name, key) for key in keys)
    return operations, late


def _drops(
    tables: dict[Name, Table], touched: Collection[Name], split: bool
) -> tuple[list[Operation], list[Operation]]:
    """Order dropped tables, children first; return the foreign keys to drop before all else.

    Those are keys that close a cycle, and keys that point at tables that are changed.
    """
    ordered, cyclic = by_dependency(tables)
    keys: list[Operation] = []
    drops: list[Operation] = []
    for table in ordered:
        closing = [
            k
            for k in table.foreign_keys
            if split and ((table.name, k.target) in cyclic or k.target in touched)
        ]
        for key in closing:
            keys.append(DropConstraint(table.name, key.name, "foreignkey", constraint=key))
        kept = tuple(k for k in table.foreign_keys if k not in closing)
        drops.insert(0, DropTable(table.name, table=replace(table, foreign_keys=kept)))
    return keys, drops


def by_dependency(
    tables: dict[Name, Table],
) -> tuple[list[Table], set[tuple[Name, Name]]]:
    """Return tables with those that others point at first, and the edges that close cycles.

    Deterministic: by name where nothing else decides.
    """
    waiting = {
        name: {k.target for k in table.foreign_keys if k.target in tables and k.target != name}
        for name, table in tables.items()
    }
    ordered: list[Table] = []
    cyclic: set[tuple[Name, Name]] = set()
    while waiting:
        ready = sorted((n for n, w in waiting.items() if not w), key=lambda n: n.sort_key)
        if not ready:
            # Everything left waits for something: free the one that waits for the fewest.
            chosen = min(waiting, key=lambda n: (len(waiting[n]), n.sort_key))
            cyclic |= {(chosen, target) for target in waiting[chosen]}
            ready = [chosen]
        for name in ready:
            ordered.append(tables[name])
            del waiting[name]
        for targets in waiting.values():
            targets.difference_update(ready)
    return ordered, cyclic

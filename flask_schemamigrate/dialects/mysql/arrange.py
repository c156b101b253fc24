"""What a comparison found, arranged as MariaDB and MySQL take it.

A column that the server numbers has to lead a key at all times.  So numbering ends before the
primary key goes and begins when it is there, and a new numbered column comes with its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.columns import Existing
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Table
from ...schema.objects import Unique
from . import implied


def arranged(operations: Sequence[Operation], before: Schema) -> tuple[Operation, ...]:
    """Return ``operations`` so that each of them runs, and so does its inverse."""
    dropped = {(op.table, op.column) for op in operations if isinstance(op, DropColumn)}
    found = [_quiet(op, before) for op in operations if not _goes_with_its_column(op, dropped)]
    for table in before.tables.values():
        found = _indexed_first(_numbered(found, table), table)
    return tuple(found)


def _indexed_first(ops: list[Operation], table: Table) -> list[Operation]:
    """Return operations in which the index of a foreign key comes before what does for it goes.

    Else the server would have to make one, and there would be two of that name.
    """
    gone = (op for op in ops if isinstance(op, DropConstraint) and op.table == table.name)
    first = next((ops.index(op) for op in gone if isinstance(op.constraint, Unique)), None)
    if first is None:
        return ops
    moved = [
        op
        for op in ops[first:]
        if isinstance(op, CreateIndex)
        and op.table == table.name
        and any(implied.is_like(op.index, key, table) for key in table.foreign_keys)
    ]
    return [*ops[:first], *moved, *(op for op in ops[first:] if op not in moved)]


def _goes_with_its_column(op: Operation, dropped: set[tuple[Name, str]]) -> bool:
    """Whether a column that is dropped takes the check along that is a part of it."""
    if not isinstance(op, DropConstraint) or not isinstance(op.constraint, Check):
        return False
    return (op.table, op.constraint.column) in dropped


def _quiet(op: Operation, before: Schema) -> Operation:
    """Return the drop of an index that the server may have dropped already as one that may fail."""
    if not isinstance(op, DropIndex) or op.index is None or op.table is None:
        return op
    table = before.table(op.table)
    keys = table.foreign_keys if table is not None else ()
    is_implied = any(implied.is_like(op.index, k, table) for k in keys if table is not None)
    return replace(op, if_present=True) if is_implied else op


@dataclass(slots=True)
class _Numbers:
    """The operations of one table while its primary key comes, goes or changes.

    ``off`` has what ends numbering, before the former key goes; ``on`` what begins it, after the
    new key came.  ``whole`` is the drop of a column that takes the key along.
    """

    table: Table
    went: PrimaryKey | None
    came: PrimaryKey | None
    off: list[Operation] = field(default_factory=list)
    on: list[Operation] = field(default_factory=list)
    whole: DropColumn | None = None
    inline: bool = False

    def sorted_out(self, op: Operation, stays: bool) -> Operation | None:
        """Return what is left of an operation at its place, the rest noted down."""
        match op:
            case AlterColumn(autoincrement=False) if self.went is not None:
                self.off.append(_alone(op))
                return _rest(replace(op, autoincrement=UNSET))
            case AlterColumn(autoincrement=True) if self.came is not None:
                self.on.append(_alone(op))
                return _rest(replace(op, autoincrement=UNSET))
            case AddColumn(column=column) if column.autoincrement and self.came is not None:
                return self._added(op)
            case DropColumn() if self.went is not None:
                return self._dropped(op, stays)
        return op

    def _added(self, op: AddColumn) -> Operation:
        assert self.came is not None
        column = op.column
        if self.came.columns == (column.name,):
            self.inline = True
            return replace(op, inline_primary_key=True)
        existing = Existing(column.type, column.nullable, None, column.comment, False)
        self.on.append(AlterColumn(op.table, column.name, autoincrement=True, existing=existing))
        return replace(op, column=replace(column, autoincrement=False))

    def _dropped(self, op: DropColumn, stays: bool) -> Operation | None:
        column = self.table.column(op.column)
        if column is None or not column.autoincrement or self.went is None:
            return op
        if stays and self.went.columns == (op.column,):
            self.whole = replace(op, with_key=True)
            return None
        existing = Existing(column.type, column.nullable, column.default, column.comment, True)
        self.off.append(AlterColumn(op.table, op.column, autoincrement=False, existing=existing))
        return op


def _numbered(ops: Sequence[Operation], table: Table) -> list[Operation]:
    """Return operations of which those on one table's primary key and numbers are in order."""
    mine = [op for op in ops if getattr(op, "table", None) == table.name]
    went = next((op for op in mine if _is_on_key(op, DropConstraint)), None)
    came = next((op for op in mine if _is_on_key(op, AddConstraint)), None)
    if went is None and came is None:
        return list(ops)
    numbers = _Numbers(
        table,
        table.primary_key if went is not None else None,
        came.constraint if isinstance(came, AddConstraint) else None,  # type: ignore[arg-type]
    )
    dropped = {op.column for op in mine if isinstance(op, DropColumn)}
    stays = any(column.name not in dropped for column in table.columns)
    placed = [(op, numbers.sorted_out(op, stays) if op in mine else op) for op in ops]
    found: list[Operation] = []
    for op, left in placed:
        if op is went:
            found += [*numbers.off, *(() if numbers.whole is not None else (op,))]
        elif op is came:
            found += [*(() if numbers.inline else (op,)), *numbers.on]
        elif left is not None:
            found.append(left)
    if numbers.whole is not None:
        # The new key needs the place; a new column may bring it along.
        added = (n for n, op in enumerate(found) if op is came or _adds_to(op, table.name))
        found.insert(next(added, len(found)), numbers.whole)
    return found


def _is_on_key(op: Operation, kind: type[AddConstraint] | type[DropConstraint]) -> bool:
    return isinstance(op, kind) and isinstance(op.constraint, PrimaryKey)


def _adds_to(op: Operation, table: Name) -> bool:
    return isinstance(op, AddColumn) and op.table == table


def _alone(op: AlterColumn) -> AlterColumn:
    """Return the change of an alteration that is about numbers."""
    existing = op.existing
    if op.autoincrement is True:  # It is the last one: all else has changed.
        changed = op.changes()
        known = ("type", "nullable", "default", "comment")
        existing = replace(existing, **{n: changed[n] for n in known if n in changed})
    return AlterColumn(op.table, op.column, autoincrement=op.autoincrement, existing=existing)


def _rest(op: AlterColumn) -> AlterColumn | None:
    return op if op.changes() else None

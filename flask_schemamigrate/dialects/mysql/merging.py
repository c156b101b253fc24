"""Changes of several columns in one ALTER TABLE, which copies the rows once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from typing import TypeGuard

from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.batch import AlterTable
from ...operations.columns import AlterColumn
from ...schema.names import Name
from ...schema.objects import Schema
from ...steps import Action
from ...steps import Step
from ..base import Tables
from . import converting

if TYPE_CHECKING:
    from .ddl import MySQLDDL


def gathered(ddl: MySQLDDL, operations: Sequence[Operation], before: Schema) -> Iterator[Operation]:
    """Yield operations, neighbours that change types of one table's columns as one."""

    def of_table(op: Operation) -> Name | None:
        if not _stands_alone(op) or op.fill is not None:
            return None
        return op.table if len(converting.parted(ddl, op, before)) == 1 else None

    for table, group in groupby(operations, of_table):
        listed = tuple(group)
        changes = [op for op in listed if isinstance(op, AlterColumn)]
        is_one = len({op.column for op in changes}) == len(listed)
        if table is not None and is_one and sum(op.type is not UNSET for op in changes) > 1:
            yield AlterTable(table, listed)
        else:
            yield from listed


def joined(ddl: MySQLDDL, op: AlterTable, tables: Tables) -> Iterator[Action]:
    """Yield the actions of a batch, neighbours that change other columns as one step."""
    held: list[tuple[AlterColumn, str]] = []
    begin = f"ALTER TABLE {ddl.table_name(op.table)} "
    for part in op.operations:
        joins = _stands_alone(part) and part.column not in {other.column for other, _ in held}
        if not joins:
            yield from _released(begin, op, held)
            held = []
        actions = list(ddl.actions(part, tables))
        step = actions[0] if len(actions) == 1 else None
        modifies = isinstance(step, Step) and step.sql.startswith(f"{begin}MODIFY ")
        if _stands_alone(part) and isinstance(step, Step) and modifies:
            held.append((part, step.sql.removeprefix(begin)))
            continue
        yield from _released(begin, op, held)
        held = []
        yield from actions
    yield from _released(begin, op, held)


def _stands_alone(op: Operation) -> TypeGuard[AlterColumn]:
    """Whether it is the change of a column, and nothing else of the table looks different then."""
    return isinstance(op, AlterColumn) and all(
        value is UNSET for value in (op.new_name, op.autoincrement, op.computed)
    )


def _released(begin: str, op: AlterTable, held: list[tuple[AlterColumn, str]]) -> Iterator[Action]:
    parts = tuple(part for part, _ in held)
    if parts:
        made = parts[0] if len(parts) == 1 else AlterTable(op.table, parts)
        yield Step(begin + ", ".join(clause for _, clause in held), made)

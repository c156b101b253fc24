"""What a script does on MariaDB and MySQL for operations that Alembic has no directives for."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TYPE_CHECKING

from ...operations.base import Operation
from ...operations.batch import AlterTable
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.data import Execute
from ...operations.sequences import AlterSequence
from ...operations.sequences import CreateSequence
from ...operations.sequences import DropSequence
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Schema
from ...schema.objects import Table
from ...steps import Step
from ..typed import without_checks
from . import converting

if TYPE_CHECKING:
    from .ddl import MySQLDDL


@dataclass(frozen=True, slots=True)
class _Known:
    """The tables of a schema."""

    schema: Schema

    def table(self, name: Name) -> Table | None:
        return self.schema.table(name)


def spelled(
    ddl: MySQLDDL, operations: Sequence[Operation], before: Schema
) -> tuple[tuple[Operation, ...], ...]:
    """Return what a script does for each operation.

    A check that is a part of its column comes and goes with the definition of the column, and that
    is said in SQL, like sequences.
    """
    made = []
    for operation in operations:
        group: list[Operation] = []
        now = before
        if isinstance(operation, AlterTable):
            # Changes of columns alone (see :mod:`.merging`).
            parts = (without_checks(c) for c in operation.operations if isinstance(c, AlterColumn))
            group.append(replace(operation, operations=tuple(parts)))
        for change in _taken_apart(operation):
            if isinstance(change, AlterColumn):
                group += converting.parted(ddl, without_checks(change), now)
            else:
                group += _sql(ddl, change, now) if _is_said_in_sql(change) else (change,)
            now = change.apply(now)
        made.append(tuple(group))
        before = operation.apply(before)
    return tuple(made)


def _taken_apart(op: Operation) -> Iterator[Operation]:
    """Yield the addition of a column, then those of the checks that are a part of it."""
    if isinstance(op, AlterTable):
        return
    if not isinstance(op, AddColumn):
        yield op
        return
    own = [c for c in op.constraints if isinstance(c, Check) and c.column is not None]
    yield replace(op, constraints=tuple(c for c in op.constraints if c not in own))
    for check in own:
        yield AddConstraint(op.table, check)


def _is_said_in_sql(op: Operation) -> bool:
    if isinstance(op, CreateSequence | AlterSequence | DropSequence):
        return True
    if not isinstance(op, AddConstraint | DropConstraint):
        return False
    return isinstance(op.constraint, Check) and op.constraint.column is not None


def _sql(ddl: MySQLDDL, op: Operation, before: Schema) -> Iterator[Execute]:
    """Yield the statements of an operation."""
    for action in ddl.actions(op, _Known(before)):
        if isinstance(action, Step):
            yield Execute(action.sql)

"""What the peers write into the log, under the same names, for programs that watch it.

Nothing here configures logging: who wants these lines sets the level of the logger ``alembic``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from ..history.graph import Move
from ..operations.base import Operation
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..operations.indexes import CreateIndex
from ..operations.indexes import DropIndex
from ..operations.tables import CreateTable
from ..operations.tables import DropTable
from ..schema.objects import ForeignKey
from ..schema.objects import Unique

_changes = logging.getLogger("alembic.autogenerate.compare")
_running = logging.getLogger("alembic.runtime.migration")


def changes(operations: Iterable[Operation]) -> None:
    """Log what differs between a database and its models."""
    if _changes.isEnabledFor(logging.INFO):
        for operation in operations:
            for line in _lines(operation):
                _changes.info("Detected %s", line)


def moves(found: Iterable[Move]) -> None:
    """Log that revisions will be run."""
    for move in found:
        word = "upgrade" if move.direction.value == "up" else "downgrade"
        before, after = ", ".join(move.before), ", ".join(move.after)
        _running.info("Running %s %s -> %s, %s", word, before, after, move.revision.message)


def _lines(operation: Operation) -> Iterator[str]:
    match operation:
        case CreateTable():
            yield f"added table {str(operation.table.name)!r}"
        case DropTable():
            yield f"removed table {str(operation.name)!r}"
        case AddColumn():
            yield f"added column '{operation.table}.{operation.column.name}'"
        case DropColumn():
            yield f"removed column '{operation.table}.{operation.column}'"
        case AlterColumn():
            yield from _altered(operation)
        case CreateIndex():
            yield f"added index {operation.index.name!r} on '{operation.table}'"
        case DropIndex():
            yield f"removed index {operation.name!r} on '{operation.table}'"
        case AddConstraint():
            yield from _constraint("added", operation, operation.constraint)
        case DropConstraint():
            yield from _constraint("removed", operation, operation.constraint)


def _altered(operation: AlterColumn) -> Iterator[str]:
    where = f"'{operation.table}.{operation.column}'"
    given = operation.changes()
    if "nullable" in given:
        yield f"{'NULL' if given['nullable'] else 'NOT NULL'} on column {where}"
    if "type" in given:
        former, new = _shown(operation.existing.type), _shown(given["type"])
        yield f"type change from {former} to {new} on {where}"
    if "default" in given:
        yield f"server default on column {where}"
    if "comment" in given:
        yield f"column comment {where}"


def _shown(type_: Any) -> str:
    return str(type_) if type_.element is None else repr(type_.element)


def _constraint(word: str, operation: Any, constraint: Any) -> Iterator[str]:
    if isinstance(constraint, Unique):
        yield f"{word} unique constraint {constraint.name!r} on '{operation.table}'"
    elif isinstance(constraint, ForeignKey):
        columns = f"({','.join(constraint.columns)})({','.join(constraint.target_columns)})"
        yield f"{word} foreign key {columns} on table {operation.table}"

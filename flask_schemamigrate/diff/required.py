"""New columns that must have a value, and have none to give to the rows that are there."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from ..operations.base import Operation
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn


def required(operation: Operation) -> Iterator[AddColumn]:
    """Yield the columns of an operation that a table with rows will not take."""
    for each in operation.operations if isinstance(operation, AlterTable) else (operation,):
        if isinstance(each, AddColumn) and _has_no_value(each):
            yield each


def _has_no_value(operation: AddColumn) -> bool:
    column = operation.column
    given = column.default or column.computed or column.identity or column.autoincrement
    return not column.nullable and not given


def notes(operations: Sequence[Operation]) -> Mapping[int, tuple[str, ...]]:
    """Return comments for a script, by the position of the operation that they belong to."""
    return {
        position: tuple(
            f"{each.table}.{each.column.name} is required and has no server default: this fails "
            "where the table has rows (MariaDB would invent a value). Give it a server_default, or "
            "add it with nullable=True, fill it, and alter it to nullable=False."
            for each in required(operation)
        )
        for position, operation in enumerate(operations)
        if any(required(operation))
    }

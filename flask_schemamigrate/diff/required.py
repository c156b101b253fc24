"""New columns that must have a value, and have none to give to the rows that are there."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace

from ..operations.base import Operation
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn
from ..schema.metadata import Reader


def required(operation: Operation) -> Iterator[AddColumn]:
    """Yield the columns of an operation that a table with rows will not take."""
    for each in operation.operations if isinstance(operation, AlterTable) else (operation,):
        if isinstance(each, AddColumn) and _has_no_value(each):
            yield each


def _has_no_value(operation: AddColumn) -> bool:
    column = operation.column
    given = column.default or column.computed or column.identity or column.autoincrement
    return not column.nullable and not given and operation.fill is None


def filled(operations: Sequence[Operation], reader: Reader) -> tuple[Operation, ...]:
    """Return ``operations`` in which required columns have a value for the rows that are there.

    It is the model's own ``default``, where that is a plain value.
    """
    found: list[Operation] = []
    for operation in operations:
        if isinstance(operation, AlterTable):
            operation = replace(operation, operations=filled(operation.operations, reader))
        elif isinstance(operation, AddColumn) and _has_no_value(operation):
            operation = replace(operation, fill=reader.fill(operation.column.element))
        found.append(operation)
    return tuple(found)


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

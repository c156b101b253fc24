"""Names for unnamed constraints of existing tables: what has no name cannot be dropped again."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import replace

from ..operations.base import Operation
from ..operations.batch import AlterTable
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..schema.objects import Constraint
from ..schema.objects import Schema
from ..schema.objects import Table

#: The name for an unnamed constraint of a table as it is before the constraint is added.
Naming = Callable[[Table, Constraint], str]


def named(operations: Iterable[Operation], before: Schema, naming: Naming) -> tuple[Operation, ...]:
    """Return ``operations`` with a name for each constraint that comes or goes without one."""
    result = []
    for operation in operations:
        if isinstance(operation, AlterTable):
            within = named(operation.operations, before, naming)
            operation = replace(operation, operations=within)
        else:
            operation = _named(operation, before, naming)
        result.append(operation)
        before = operation.apply(before)
    return tuple(result)


def _named(operation: Operation, before: Schema, naming: Naming) -> Operation:
    if isinstance(operation, AddConstraint) and operation.constraint.name is None:
        table = before.table(operation.table)
        if table is not None:
            name = naming(table, operation.constraint)
            return replace(operation, constraint=replace(operation.constraint, name=name))
    if isinstance(operation, DropConstraint) and operation.name is None:
        table = before.table(operation.table)
        if table is not None and operation.constraint is not None:
            return replace(operation, name=naming(table, operation.constraint))
    return operation

"""Foreign keys that stand in the way of a change and come back after it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.columns import AlterColumn
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..schema.names import Name
from ..schema.objects import ForeignKey
from ..schema.objects import Schema


def stepping_aside(
    operations: Iterable[Operation],
    before: Schema,
    wanted: Schema,
    holds: Callable[[AlterColumn], bool],
) -> Iterator[Operation]:
    """Yield drops and additions of the foreign keys that hold the type of a column that changes."""
    retyped = {
        (op.table, op.column)
        for op in operations
        if isinstance(op, AlterColumn) and op.type is not UNSET and holds(op)
    }
    for name, table in before.tables.items():
        after = wanted.table(name)
        for key in table.foreign_keys:
            if after is not None and key in after.foreign_keys and retyped & _columns(name, key):
                yield DropConstraint(name, key.name, "foreignkey", constraint=key)
                yield AddConstraint(name, key)


def _columns(table: Name, key: ForeignKey) -> set[tuple[Name, str]]:
    here = {(table, column) for column in key.columns}
    return here | {(key.target, column) for column in key.target_columns}

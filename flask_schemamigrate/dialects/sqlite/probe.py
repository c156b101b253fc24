"""What a statement does to tables.

SQLite locks the whole file for writing, whatever the statement, from the first one to the end of
the transaction; whether a table is altered natively or rebuilt is in the statements themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from ...operations.batch import AlterTable
from ...operations.columns import AddColumn
from ...operations.columns import DropColumn
from ...operations.indexes import CreateIndex
from ...schema.names import Name
from ...steps import Effect
from ...steps import Lock
from ...steps import Step
from .dependents import prefix
from .dependents import quoted

_FILE = Lock("the whole file", "RESERVED", "writes")


def measure(step: Step, run: Callable[[Step], None]) -> Effect:
    """Run a step and return what it did."""
    run(step)
    operation = step.operation
    if step.sql.upper().startswith("PRAGMA"):
        return Effect(measured=True)
    if isinstance(operation, AlterTable) and step.sql.startswith(_filling(operation.table)):
        return Effect((_FILE,), (str(operation.table),), measured=True)
    if isinstance(operation, DropColumn) and " DROP COLUMN " in step.sql:
        return Effect((_FILE,), (str(operation.table),), measured=True)
    if isinstance(operation, CreateIndex) and step.sql.upper().startswith("CREATE"):
        return Effect((_FILE,), (), (str(operation.table),), measured=True)
    if isinstance(operation, AddColumn) and " CHECK " in step.sql:
        return Effect((_FILE,), (), (str(operation.table),), measured=True)
    return Effect((_FILE,), measured=True)


def _filling(table: Name) -> str:
    """Return how the statement begins that copies the rows of a table that is rebuilt."""
    return f"INSERT INTO {prefix(table.schema)}{quoted(f'_schemamigrate_{table.name}')} "

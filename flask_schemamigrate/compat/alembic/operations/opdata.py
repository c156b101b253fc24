"""Data that is inserted and SQL that is run, as operation objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .opbase import Directive
from .opbase import given
from .opbase import MigrateOperation


class BulkInsertOp(MigrateOperation):
    """Rows that are inserted."""

    def __init__(self, table: Any, rows: list[dict[str, Any]], *, multiinsert: bool = True) -> None:
        self.table = table
        self.rows = rows
        self.multiinsert = multiinsert

    def as_directive(self) -> Directive:
        """``op.bulk_insert(…)``."""
        return "bulk_insert", (self.table, self.rows), {"multiinsert": self.multiinsert}


class ExecuteSQLOp(MigrateOperation):
    """SQL that is run."""

    def __init__(self, sqltext: Any, *, execution_options: Mapping[str, Any] | None = None) -> None:
        self.sqltext = sqltext
        self.execution_options = execution_options

    def to_diff_tuple(self) -> Any:
        """``("execute", sql)``."""
        return ("execute", self.sqltext)

    def as_directive(self) -> Directive:
        """``op.execute(…)``."""
        return "execute", (self.sqltext,), given(execution_options=self.execution_options)

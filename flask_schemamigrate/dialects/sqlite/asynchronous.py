"""The driver connection of an asynchronous engine, as that of ``sqlite3`` is.

SQLAlchemy's adapter has what SQLAlchemy needs.  An ``env.py`` that opens such an engine runs us in
a greenlet, in which waiting for its coroutines looks like a call.
"""

from __future__ import annotations

from typing import Any


class Asynchronous:
    """Stands before SQLAlchemy's adapter of an aiosqlite connection."""

    def __init__(self, adapter: Any) -> None:
        vars(self)["adapter"] = adapter

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self.adapter.driver_connection.in_transaction)

    def execute(self, sql: str) -> Any:
        """Execute on a new cursor, and return that."""
        cursor = self.adapter.cursor()
        cursor.execute(sql)
        return cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.adapter, name, value)

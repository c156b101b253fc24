"""Statements about the session, for which no transaction is begun.

SQLAlchemy would believe that one is open, and end it by a round trip of its own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError


def told(connection: Connection, sql: str) -> Any:
    """Run a statement and return its first row, if it has rows.  Raises DBAPIError."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(sql, None, error) from error
    finally:
        cursor.close()

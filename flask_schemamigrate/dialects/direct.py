"""Statements of ours that go straight to the driver.

What is sent for each revision takes SQLAlchemy longer to prepare, and to tell of, than the server
to carry out.  Nobody who listens to the connection hears of them: they are no part of a script.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from typing import TypeAlias

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

#: As the driver's ``paramstyle`` wants them.
Parameters: TypeAlias = "Mapping[str, Any] | Sequence[Any]"


class RowMissing(Exception):
    """A statement that had to change one row did not."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in the driver's words; ``must_change`` exactly one row."""

    sql: str
    parameters: Parameters
    must_change: bool = False


def told(connection: Connection, sql: str) -> Any:
    """Run a statement and return its first row, if it has rows.  Raises DBAPIError.

    SQLAlchemy does not believe that a transaction is open because of it.
    """
    with _cursor(connection, sql) as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def changed(connection: Connection, sql: str, parameters: Parameters) -> int:
    """Run a statement in the open transaction, begun if there is none; return how many rows."""
    begin(connection)
    with _cursor(connection, sql) as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def send(connection: Connection, statement: Statement) -> None:
    """Run a statement in the open transaction.  Raises RowMissing and DBAPIError."""
    rows = changed(connection, statement.sql, statement.parameters)
    if statement.must_change and rows != 1:
        raise RowMissing


def begin(connection: Connection) -> None:
    """Let SQLAlchemy know that there is something to commit."""
    if not connection.in_transaction():
        connection.begin()


def joined(statements: Sequence[Statement]) -> Parameters:
    """Return the parameters of all statements, for one text that holds them in their order."""
    if all(isinstance(one.parameters, Mapping) for one in statements):
        return {name: value for one in statements for name, value in dict(one.parameters).items()}
    return tuple(value for one in statements for value in one.parameters)


@contextmanager
def _cursor(connection: Connection, sql: str) -> Iterator[Any]:
    """Give a cursor; errors come out as SQLAlchemy raises them."""
    driver = connection.connection
    cursor = driver.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise wrapped(connection, sql, error) from error
    except BaseException as error:
        if not isinstance(error, Exception):
            connection.invalidate(error)  # The answer may be under way still.
        raise
    finally:
        if not connection.invalidated:
            cursor.close()


def wrapped(connection: Connection, sql: str, error: Exception) -> DBAPIError:
    """Return a driver's error as SQLAlchemy raises it; a connection that is lost is invalidated."""
    base = connection.dialect.loaded_dbapi.Error
    driver = connection.connection.dbapi_connection
    is_lost = connection.dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if is_lost:
        connection.invalidate(error)
    found = DBAPIError.instance(
        sql, None, error, base, connection_invalidated=is_lost, dialect=connection.dialect
    )
    assert isinstance(found, DBAPIError)
    return found

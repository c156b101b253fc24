"""What SQLAlchemy asks a server when an engine connects first, asked in one round trip.

It asks for each thing by a statement of its own.  Here one query gets all the answers, and its own
code is given them for the statements that it sends; any other statement goes to the server.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Engine

#: What a statement is answered with, and methods of SQLAlchemy's dialect that need not ask.
Answers = tuple[Mapping[str, Any], Mapping[str, Callable[..., Any]]]


@contextmanager
def answered(engine: Engine, ask: Callable[[Any], Answers | None]) -> Iterator[None]:
    """Let an engine that connects first within the block learn from ``ask`` what it wants to know.

    ``ask`` gets the driver's connection; None: it does not know this driver.
    """
    dialect: Any = engine.dialect
    if dialect.server_version_info is not None or "initialize" in vars(dialect):
        yield
        return

    def initialize(connection: Any) -> None:
        found = ask(connection.connection.dbapi_connection)
        if found is None:
            type(dialect).initialize(dialect, connection)
            return
        answers, methods = found
        vars(dialect).update(methods)
        try:
            type(dialect).initialize(dialect, _Connection(connection, answers))
        finally:
            for name in methods:
                del vars(dialect)[name]

    dialect.initialize = initialize
    try:
        yield
    finally:
        vars(dialect).pop("initialize", None)  # Another thread may have been first.


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer of one row and one column, for SQLAlchemy and for the driver's users."""

    value: Any

    def scalar(self) -> Any:
        """Return the value."""
        return self.value

    def first(self) -> tuple[Any, ...]:
        """Return the row."""
        return (self.value,)


@dataclass(frozen=True, slots=True)
class _Connection:
    """SQLAlchemy's connection, and the driver's: what is known is not asked."""

    real: Any
    answers: Mapping[str, Any]

    def exec_driver_sql(self, sql: str) -> Any:
        """Answer a statement."""
        known = sql in self.answers
        return _Answer(self.answers[sql]) if known else self.real.exec_driver_sql(sql)

    @property
    def connection(self) -> _Connection:
        """The connection beneath."""
        return _Connection(self.real.connection, self.answers)

    @property
    def dbapi_connection(self) -> _Connection:
        """The driver's connection."""
        return _Connection(self.real.dbapi_connection, self.answers)

    def cursor(self) -> _Cursor:
        """Return a cursor of the driver's."""
        return _Cursor(self.real, self.answers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class _Cursor:
    """A cursor that is opened when there is something to be asked."""

    def __init__(self, driver: Any, answers: Mapping[str, Any]) -> None:
        self.driver, self.answers = driver, answers
        self.real: Any = None
        self.answer: _Answer | None = None

    def execute(self, sql: str, *rest: Any) -> None:
        """Answer a statement."""
        if sql in self.answers:
            self.answer = _Answer(self.answers[sql])
            return
        self.answer, self.real = None, self.driver.cursor()
        self.real.execute(sql, *rest)

    def fetchone(self) -> Any:
        """Return the only row."""
        return self.real.fetchone() if self.answer is None else self.answer.first()

    def close(self) -> None:
        """Close what was opened."""
        if self.real is not None:
            self.real.close()

"""One open database: its connection, dialect and version table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from .. import dialects
from ..dialects.base import Dialect
from ..errors import LockTimeout
from ..schema.names import Name
from ..settings import Database
from ..settings import Settings
from .journal import Journal
from .log import Log
from .opening import opened
from .opening import seen
from .opening import unreachable
from .version_table import VersionTable


@dataclass(frozen=True, slots=True)
class Session:
    """A connection to one database, for as long as one command runs.

    ``arguments`` are those for ``upgrade()`` and ``downgrade()`` where an ``env.py`` gives some.
    ``joined``: whoever opened the connection began a transaction on it and will end it; then
    everything is part of that one.
    """

    database: Database
    settings: Settings
    connection: Connection
    dialect: Dialect
    versions: VersionTable
    journal: Journal
    log: Log
    arguments: Mapping[str, Any] | None = None
    joined: bool = False
    original: Connection | None = None

    @property
    def own(self) -> tuple[Name, ...]:
        """The tables of this package, which are no part of the app's schema."""
        return (self.versions.key, self.journal.key, self.log.key)

    def begin(self) -> None:
        """Begin a transaction, on the server too, unless one is open.  Raises LockTimeout."""
        if self.connection.in_transaction() and not self.joined:
            return
        if not self.joined:
            self.connection.begin()
        try:
            self.dialect.begin()
        except DBAPIError as error:
            self.connection.rollback()
            said = " ".join(str(error.orig).split())
            raise LockTimeout(
                f"{self.database.label} cannot be written to: {said}.",
                hint="Another program has it open for writing; end it, or try again.",
            ) from error

    def commit(self) -> None:
        """Commit what is open; a script may have ended the transaction itself."""
        if not self.joined and self.connection.in_transaction():
            self.connection.commit()

    def rollback(self) -> None:
        """Roll back what is open."""
        if not self.joined and self.connection.in_transaction():
            self.connection.rollback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold one transaction around the block: committed at its end, else rolled back."""
        self.begin()
        try:
            yield
            self.dialect.check()
        except BaseException:
            self.rollback()
            raise
        self.commit()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Leave no transaction open after a block that only reads."""
        try:
            yield
        finally:
            self.rollback()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Hold a block that asks a short question: :meth:`reading` in fewer round trips."""
        with self.reading():
            if self.joined or self.connection.in_transaction():
                yield
            else:
                with self.dialect.asking():
                    yield

    def glance(self) -> tuple[str, ...] | None:
        """Return the rows of the version table by one query: see :func:`.opening.glance`.

        None within a transaction too, which would be spoiled where it fails.
        """
        if self.joined or self.connection.in_transaction():
            return None
        with self.asking():
            return seen(self.connection, self.settings)

    @contextmanager
    def locked(self, waiting: Callable[[str], None]) -> Iterator[None]:
        """Hold the migration lock of this database and version table (LockTimeout).

        The versions must be read again inside: another process may have upgraded meanwhile.
        """
        self.rollback()
        key = f"schemamigrate:{self.versions.name}"
        engine, timeout = self.database.engine(), self.settings.lock_timeout
        with self.dialect.lock(engine, key, timeout, waiting):
            yield


def tables(dialect: Dialect, settings: Settings) -> tuple[VersionTable, Journal, Log]:
    """Return the tables of this package in a database."""
    return (
        VersionTable.of(dialect, settings),
        Journal.of(dialect, settings),
        Log.of(dialect, settings),
    )


@contextmanager
def connect(database: Database, settings: Settings) -> Iterator[Session]:
    """Open a database.

    Raises MissingDriver, UnsupportedDatabase, NoDatabase or Unreachable.  The connection comes from
    the app's engine, with its listeners, and goes back as it was.
    """
    connection = opened(database)
    try:
        dialect = dialects.for_connection(connection)
        dialect.prepare()
        try:
            yield Session(database, settings, connection, dialect, *tables(dialect, settings))
        except DBAPIError as error:
            if dialect.is_unreadable(error):
                raise unreachable(database, error) from error
            raise
        finally:
            _give_back(connection, dialect)
    finally:
        connection.close()


@contextmanager
def over(
    connection: Connection, database: Database, settings: Settings, arguments: Mapping[str, Any]
) -> Iterator[Session]:
    """Work on a connection that somebody else has opened, and leave it open.

    What was executed on it before, such as a search path, is committed; a transaction that was
    begun on purpose is joined, and its owner ends it.
    """
    joined = _is_held(connection)
    if not joined and connection.in_transaction():
        connection.commit()
    dialect = dialects.for_connection(connection)
    dialect.prepare()
    try:
        own = tables(dialect, settings)
        yield Session(database, settings, connection, dialect, *own, arguments, joined)
    except DBAPIError as error:
        if dialect.is_unreadable(error):
            raise unreachable(database, error) from error
        raise
    finally:
        _give_back(connection, dialect, joined)


def _give_back(connection: Connection, dialect: Dialect, joined: bool = False) -> None:
    """Leave a connection as it was, unless it has ended: SQLAlchemy ends one on Ctrl-C."""
    if connection.closed or connection.invalidated:
        return
    if not joined and connection.in_transaction():
        connection.rollback()
    dialect.restore()


def _is_held(connection: Connection) -> bool:
    """Whether somebody keeps the connection's transaction to end it.

    SQLAlchemy begins one by itself at the first statement, and nobody ends that; the two look the
    same, except that the other one is referred to from elsewhere too.
    """
    if connection.get_transaction() is None:
        return False
    owner = _Owner()
    return sys.getrefcount(connection.get_transaction()) > sys.getrefcount(owner.get())


class _Owner:
    """Keeps an object as a connection keeps the transaction that it began by itself."""

    def __init__(self) -> None:
        self.kept = object()

    def get(self) -> object:
        """Return it."""
        return self.kept

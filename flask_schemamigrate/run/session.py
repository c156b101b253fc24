"""One open database: its connection, dialect and version table."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import NoSuchModuleError

from .. import dialects
from ..dialects.base import Dialect
from ..errors import did_you_mean
from ..errors import LockTimeout
from ..errors import MissingDriver
from ..errors import Unreachable
from ..errors import UnsupportedDatabase
from ..settings import Database
from ..settings import Settings
from .version_table import VersionTable

#: Backend name -> the extra of this distribution that brings a driver.
EXTRAS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


@dataclass(frozen=True, slots=True)
class Session:
    """A connection to one database, for as long as one command runs."""

    database: Database
    settings: Settings
    connection: Connection
    dialect: Dialect
    versions: VersionTable

    def begin(self) -> None:
        """Begin a transaction, on the server too, unless one is open.  Raises LockTimeout."""
        if self.connection.in_transaction():
            return
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
        if self.connection.in_transaction():
            self.connection.commit()

    def rollback(self) -> None:
        """Roll back what is open."""
        if self.connection.in_transaction():
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
    def locked(self, waiting: Callable[[str], None]) -> Iterator[None]:
        """Hold the migration lock of this database and version table (LockTimeout).

        The versions must be read again inside: another process may have upgraded meanwhile.
        """
        self.rollback()
        key = f"schemamigrate:{self.versions.name}"
        engine, timeout = self.database.engine(), self.settings.lock_timeout
        with self.dialect.lock(engine, key, timeout, waiting):
            yield


@contextmanager
def connect(database: Database, settings: Settings) -> Iterator[Session]:
    """Open a database.

    Raises MissingDriver, UnsupportedDatabase or Unreachable.  The connection comes from the app's
    engine, with its listeners, and goes back as it was.
    """
    connection = _opened(database)
    try:
        dialect = dialects.for_connection(connection)
        dialect.prepare()
        try:
            versions = VersionTable.of(dialect, settings)
            yield Session(database, settings, connection, dialect, versions)
        finally:
            if connection.in_transaction():
                connection.rollback()
            dialect.restore()
    finally:
        connection.close()


def _opened(database: Database) -> Connection:
    engine = _engine(database)
    try:
        return engine.connect()
    except DBAPIError as error:
        raise unreachable(database, error) from error


def _engine(database: Database) -> Engine:
    name = database.url.drivername
    try:
        return database.engine()
    except NoSuchModuleError as error:
        known = did_you_mean(name.partition("+")[0], dialects.FOLDERS)
        raise UnsupportedDatabase(
            f"SQLAlchemy knows no database or driver called {name!r}.{known}",
            hint="Correct the scheme of the database URL, such as postgresql+psycopg://…",
        ) from error
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(name.partition("+")[0], "")
        package = f'"Flask-SchemaMigrate[{extra}]"' if extra else (error.name or "the driver")
        raise MissingDriver(
            f"The driver for {database.label} is not installed: no module named {error.name!r}.",
            hint=f"pip install {package}\nor name another driver in the URL.",
        ) from error


def unreachable(database: Database, error: DBAPIError) -> Unreachable:
    """Return the error for a database that does not answer, in the driver's words."""
    said = " ".join(str(error.orig).split())
    password = database.url.password
    if password:
        said = said.replace(str(password), "***")
    return Unreachable(
        f"Cannot connect to {database.label}: {said}",
        hint="Check that the server runs, and the URL's host, port, database, user and password.",
    )

"""Opening a database, and looking where it is."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import NoSuchModuleError

from .. import dialects
from ..errors import did_you_mean
from ..errors import MissingDriver
from ..errors import Unreachable
from ..errors import UnsupportedDatabase
from ..settings import Database
from ..settings import Settings

#: Backend name -> the extra of this distribution that brings a driver.
EXTRAS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


#: The name of the journal's table; it lies beside the version table.
JOURNAL = "schemamigrate_journal"


def glance(database: Database, settings: Settings) -> tuple[str, ...] | None:
    """Return the rows of the version table, sorted, by one query and with little of the engine.

    None where that does not tell all: it could not be read, or a revision has stopped half-way.
    Raises what :func:`opened` raises.
    """
    with opened(database) as connection:
        return seen(connection, settings)


def seen(connection: Connection, settings: Settings) -> tuple[str, ...] | None:
    """Do what :func:`glance` does, on a connection that has no transaction."""
    try:
        return dialects.glance(
            connection, settings.version_table, JOURNAL, settings.version_table_schema
        )
    except DBAPIError:
        return None


def opened(database: Database) -> Connection:
    """Return a connection to a database, of the app's own engine.

    Raises MissingDriver, UnsupportedDatabase or Unreachable.
    """
    engine = _engine(database)
    try:
        return dialects.connect(engine)
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
    return Unreachable(
        f"Cannot connect to {database.label}: {masked(database, error)}",
        hint=dialects.offline(database.url).reach,
    )


def masked(database: Database | None, error: Exception) -> str:
    """Return what a driver, or SQLAlchemy, said, on one line and without the password."""
    said = " ".join(str(getattr(error, "orig", error)).split())
    password = database.url.password if database else None
    return said.replace(str(password), "***") if password else said

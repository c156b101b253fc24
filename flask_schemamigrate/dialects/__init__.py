"""Database systems.  :func:`for_connection` and :func:`offline` choose one; nothing else does.

Each is imported when a database of its kind is worked on; :func:`glance` imports next to nothing of
it, because most commands find that there is nothing to do.
"""

from __future__ import annotations

from contextlib import nullcontext
from importlib import import_module
from typing import Any
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from ..errors import UnsupportedDatabase

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine import URL

    from .base import Dialect

#: SQLAlchemy's name of a database system -> the folder here that knows it.
FOLDERS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}


def for_connection(connection: Connection) -> Dialect:
    """Return the dialect of an open connection.  Raises UnsupportedDatabase."""
    chosen = _dialect(connection.dialect.name)
    return chosen(connection.dialect, connection)


def offline(url: URL) -> Dialect:
    """Return the dialect that ``url`` names, without connecting.  Raises UnsupportedDatabase."""
    chosen = _dialect(url.get_backend_name())
    return chosen(url.get_dialect()())


def glance(
    connection: Connection, versions: str, journal: str, schema: str | None
) -> tuple[str, ...] | None:
    """Return the rows of the table ``versions`` by a single query on a connection of its own.

    None where there is a table ``journal`` beside it, or the system is not known.  ``schema`` is
    where both are.  Where there is no version table it takes a second query, and there are no rows.
    Raises DBAPIError.
    """
    if connection.dialect.name not in FOLDERS:
        return None
    quote = connection.dialect.identifier_preparer.quote
    name = f"{quote(schema)}.{quote(versions)}" if schema else quote(versions)
    module = _module(FOLDERS[connection.dialect.name], "glance")
    try:
        found = module.rows(connection, name, journal, schema)
    except DBAPIError as error:
        if not module.lacks_table(error):
            raise
        connection.rollback()
        found = module.rows(connection, "", journal, schema)
    return None if "" in found else tuple(sorted(str(row) for row in found if row is not None))


def connect(engine: Engine) -> Connection:
    """Connect, in fewer round trips than SQLAlchemy takes by itself where an engine does it first.

    Raises what ``engine.connect()`` raises.
    """
    folder = FOLDERS.get(engine.dialect.name)
    with _module(folder, "first").asking(engine) if folder is not None else nullcontext():
        return engine.connect()


def _dialect(name: str) -> type[Dialect]:
    folder = FOLDERS.get(name)
    if folder is None:
        known = ", ".join(sorted(set(FOLDERS.values())))
        raise UnsupportedDatabase(
            f"There is no support for the database {name!r}.", hint=f"Supported are: {known}."
        )
    chosen: type[Dialect] = _module(folder, "dialect").Dialect
    return chosen


def _module(folder: str, name: str) -> Any:
    return import_module(f".{folder}.{name}", __name__)

"""Database systems.  :func:`for_connection` and :func:`offline` choose one; nothing else does."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy.engine import Connection
from sqlalchemy.engine import URL

from ..errors import UnsupportedDatabase
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


def _dialect(name: str) -> type[Dialect]:
    folder = FOLDERS.get(name)
    if folder is None:
        known = ", ".join(sorted(set(FOLDERS.values())))
        raise UnsupportedDatabase(
            f"There is no support for the database {name!r}.", hint=f"Supported are: {known}."
        )
    chosen: type[Dialect] = import_module(f".{folder}", __name__).Dialect
    return chosen

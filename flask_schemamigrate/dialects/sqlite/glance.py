"""Where a database is, by one query."""

from __future__ import annotations

from sqlalchemy.engine import Connection


def rows(connection: Connection, versions: str, journal: str, schema: str | None) -> list[str]:
    """Return the rows of the version table, and an empty text where there is a journal.

    ``versions`` is its name in quotes.  Raises DBAPIError.
    """
    return _asked(connection, f"SELECT version_num FROM {versions} UNION ALL ", journal, schema)


def journals(connection: Connection, journal: str, schema: str | None) -> list[str]:
    """Return an empty text where there is a journal."""
    return _asked(connection, "", journal, schema)


def lacks_table(error: BaseException) -> bool:
    """SQLite says so in words alone."""
    return "no such table" in str(getattr(error, "orig", ""))


def _asked(connection: Connection, begin: str, journal: str, schema: str | None) -> list[str]:
    master = f"{connection.dialect.identifier_preparer.quote(schema or 'main')}.sqlite_master"
    name = journal.replace("'", "''")
    query = f"{begin}SELECT '' FROM {master} WHERE type = 'table' AND name = '{name}'"
    return list(connection.exec_driver_sql(query).scalars())

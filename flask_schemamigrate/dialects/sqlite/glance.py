"""Where a database is, by one query."""

from __future__ import annotations

from sqlalchemy.engine import Connection


def rows(connection: Connection, versions: str, journal: str, schema: str | None) -> list[str]:
    """Return the rows of the version table, and an empty text where there is a journal.

    ``versions`` is its name in quotes; an empty one asks for the journal alone.  Raises DBAPIError.
    """
    begin = f"SELECT version_num FROM {versions} UNION ALL " if versions else ""
    master = f"{connection.dialect.identifier_preparer.quote(schema or 'main')}.sqlite_master"
    name = journal.replace("'", "''")
    query = f"{begin}SELECT '' FROM {master} WHERE type = 'table' AND name = '{name}'"
    return list(connection.exec_driver_sql(query).scalars())


def lacks_table(error: BaseException) -> bool:
    """SQLite says so in words alone."""
    return "no such table" in str(getattr(error, "orig", ""))

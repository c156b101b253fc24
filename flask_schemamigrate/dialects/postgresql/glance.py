"""Where a database is, by one query."""

from __future__ import annotations

from sqlalchemy.engine import Connection


def rows(connection: Connection, versions: str, journal: str, schema: str | None) -> list[str]:
    """Return the rows of the version table, and an empty text where there is a journal.

    ``versions`` is its name in quotes; an empty one asks for the journal alone.  Raises DBAPIError.
    """
    if getattr(connection.connection.dbapi_connection, "autocommit", None) is not True:
        # To begin a transaction, and to end it, would be a round trip each.
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    begin = f"SELECT version_num FROM {versions} UNION ALL " if versions else ""
    quote = connection.dialect.identifier_preparer.quote
    name = f"{quote(schema)}.{quote(journal)}" if schema else quote(journal)
    literal = name.replace("'", "''")
    query = f"{begin}SELECT '' WHERE to_regclass('{literal}') IS NOT NULL"
    options = {"no_parameters": True}
    return list(connection.exec_driver_sql(query, execution_options=options).scalars())


def lacks_table(error: BaseException) -> bool:
    """SQLSTATE 42P01, undefined_table."""
    said = getattr(error, "orig", None)
    return "42P01" in (getattr(said, "sqlstate", None), getattr(said, "pgcode", None))

"""Where a database is, by one query."""

from __future__ import annotations

from sqlalchemy.engine import Connection


def rows(connection: Connection, versions: str, journal: str, schema: str | None) -> list[str]:
    """Return the rows of the version table, and an empty text where there is a journal.

    ``versions`` is its name in quotes; an empty one asks for the journal alone.  Raises DBAPIError.
    """
    begin = f"SELECT version_num FROM {versions} UNION ALL " if versions else ""
    place = "DATABASE()" if schema is None else _literal(schema)
    query = (
        f"{begin}SELECT '' FROM information_schema.tables "
        f"WHERE table_schema = {place} AND table_name = {_literal(journal)}"
    )
    options = {"no_parameters": True}
    return list(connection.exec_driver_sql(query, execution_options=options).scalars())


def lacks_table(error: BaseException) -> bool:
    """Error 1146, ER_NO_SUCH_TABLE."""
    from . import waits

    return bool(waits.number_of(error) == 1146)


def _literal(text: str) -> str:
    # Only backslashes and quotes mean anything, whatever the mode of the server.
    return f"_utf8mb4 x'{text.encode().hex()}'"

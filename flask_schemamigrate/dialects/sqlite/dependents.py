"""Views and triggers: which of them SQLite can still compile.

A rebuild puts them back to the letter and SQLite looks at them only when they are used, so a
column that they need could vanish unnoticed; and one broken view makes every RENAME fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.engine import Connection

from ...operations.base import Operation
from ...schema.names import Name
from ...steps import Action
from ...steps import Step
from . import parse


def quoted(name: str) -> str:
    """Quote an identifier, whether or not it needs it."""
    return '"' + name.replace('"', '""') + '"'


def prefix(schema: str | None) -> str:
    """Return how names of an (attached) schema begin."""
    return f"{quoted(schema)}." if schema else ""


def placed(sql: str, schema: str | None) -> str:
    """Return the stored text of an index, trigger or view so that it is made in ``schema``."""
    if schema is None:
        return sql
    words = parse.tokens(sql)
    at = next(i for i, t in enumerate(words) if t.word in ("INDEX", "TRIGGER", "VIEW"))
    start = words[at + 1].start
    return sql[:start] + prefix(schema) + sql[start:]


def broken_views(connection: Connection, schema: str | None) -> dict[str, str]:
    """Return views that cannot be compiled, with what SQLite says of them."""
    said = {}
    for name in _names(connection, schema, "view"):
        error = _error(connection, f"EXPLAIN SELECT 1 FROM {prefix(schema)}{quoted(name)}")
        if error is not None:
            said[name] = error
    return said


def broken(connection: Connection, table: Name) -> dict[str, str]:
    """Return broken views, and tables near ``table`` whose triggers are broken."""
    said = {f"View {n}": e for n, e in broken_views(connection, table.schema).items()}
    master = f"{prefix(table.schema or 'main')}sqlite_master"
    rows = connection.exec_driver_sql(f"SELECT tbl_name, sql FROM {master} WHERE type = 'trigger'")
    near = {
        owner for owner, sql in rows.fetchall() if parse.mentions(sql, table.name, strings=True)
    }
    for owner in sorted(near, key=lambda owner: owner != table.name):
        for statement in _uses(connection, Name(owner, table.schema)):
            error = _error(connection, statement)
            if error is not None:
                said[f"A trigger of {owner}"] = error
    return said


def _uses(connection: Connection, table: Name) -> Iterator[str]:
    """Yield statements that compile every trigger of a table."""
    place = prefix(table.schema) + quoted(table.name)
    literals = (text.replace("'", "''") for text in (table.name, table.schema or "main"))
    query = "SELECT name FROM pragma_table_info('{}', '{}')".format(*literals)
    columns = [row[0] for row in connection.exec_driver_sql(query).fetchall()]
    yield f"EXPLAIN DELETE FROM {place}"
    yield f"EXPLAIN INSERT INTO {place} DEFAULT VALUES"
    if columns:
        sets = ", ".join(f"{quoted(c)} = {quoted(c)}" for c in columns)
        yield f"EXPLAIN UPDATE {place} SET {sets}"


def around(
    connection: Connection, schema: str | None, steps: list[Step], operation: Operation
) -> Iterator[Action]:
    """Yield ``steps``, with broken views out of their way and put back afterwards."""
    views = _names(connection, schema, "view")
    aside = broken_views(connection, schema) if views else {}
    for name in aside:
        yield Step(f"DROP VIEW {prefix(schema)}{quoted(name)}", operation)
    yield from steps
    for name in aside:
        yield Step(placed(views[name], schema), operation)


def _names(connection: Connection, schema: str | None, kind: str) -> dict[str, str]:
    query = f"SELECT name, sql FROM {prefix(schema or 'main')}sqlite_master WHERE type = '{kind}'"
    return {row[0]: str(row[1]) for row in connection.exec_driver_sql(query)}


def _error(connection: Connection, statement: str) -> str | None:
    """Compile a statement; return what SQLite says against it."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(statement).close()
    except connection.dialect.loaded_dbapi.Error as error:
        return str(error)
    return None

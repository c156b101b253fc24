"""A copy of a database beside it on the same server: its tables, and some of their rows.

A script that names a database (``app.user``) would reach the real one from there: whoever asks for
a copy makes sure that none does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from .. import copies
from ..base import NoReplica
from ..base import Replica
from .facts import Facts


@contextmanager
def replica(source: Connection, engine: Engine, facts: Facts) -> Iterator[Replica]:
    """Give a database of its own, dropped at the end; a killed one is dropped by the next call.

    Whoever makes one holds a named lock of the same name, which dies with the connection.
    Raises NoReplica.
    """
    name = copies.new_name()
    with engine.connect() as admin:
        _sweep(admin)
        _execute(admin, f"DO GET_LOCK('{name}', 0)")
        try:
            _create(admin, source, name)
            made = copies.engine_for(engine, name)
            fill = partial(_fill, source, made, name, facts)
            yield Replica(made, fill, partial(_clear, admin, source, name))
        finally:
            with suppress(DBAPIError):
                admin.rollback()  # After Ctrl-C it has to connect again.
                _execute(admin, f"DROP DATABASE IF EXISTS {name}")
                _execute(admin, f"DO RELEASE_LOCK('{name}')")


#: First words of statements on rows, which can do no more than their text says.
_ON_ROWS = ("DELETE", "INSERT", "TRUNCATE", "UPDATE")
#: What others may be about without leaving the database.
_WITHIN = ("TABLE", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "SEQUENCE")


def named_outside(source: Connection, statements: Iterable[str]) -> str:
    """Return which statement may reach beyond the database that it runs in, or an empty text."""
    names = "|".join(re.escape(str(n)) for (n,) in _execute(source, "SHOW DATABASES").fetchall())
    qualified = re.compile(rf"(?i)(?<!\w)(?:{names})`?\s*\.")
    for sql in statements:
        word, _, rest = sql.strip().upper().partition(" ")
        about = rest.partition(" ")[0]
        on_tables = word in ("ALTER", "CREATE", "DROP", "RENAME") and about in _WITHIN
        reads = word == "SELECT" and "INTO" not in rest.split()
        plain = on_tables or reads or word in _ON_ROWS
        if not plain or ";" in sql.rstrip("; \n") or qualified.search(sql):
            return f"it may reach beyond a copy: {' '.join(sql.split())[:60]}"
    return ""


def _execute(connection: Connection, sql: str) -> Any:
    return connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _sweep(admin: Connection) -> None:
    """Drop the copies that a process which was killed has left behind."""
    like = copies.PREFIX.replace("_", r"\_")
    for (name,) in _execute(admin, f"SHOW DATABASES LIKE '{like}%'").fetchall():
        if not copies.is_old(name):
            continue
        with suppress(DBAPIError):
            if _execute(admin, f"SELECT IS_FREE_LOCK('{name}')").scalar() == 1:
                _execute(admin, f"DROP DATABASE IF EXISTS {name}")


def _clear(admin: Connection, source: Connection, name: str) -> None:
    _execute(admin, f"DROP DATABASE {name}")
    _create(admin, source, name)


def _create(admin: Connection, source: Connection, name: str) -> None:
    usual = "SELECT @@character_set_database, @@collation_database"
    charset, collation = _execute(source, usual).one()
    try:
        _execute(admin, f"CREATE DATABASE {name} CHARACTER SET {charset} COLLATE {collation}")
    except DBAPIError as error:
        like = copies.PREFIX.replace("_", r"\_")
        raise NoReplica(
            f"{_said(error)} (a user may be allowed it by: GRANT ALL ON `{like}%`.* TO …)"
        ) from error


def _said(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


def _fill(source: Connection, made: Engine, name: str, facts: Facts, rows: bool) -> tuple[str, ...]:
    """Copy tables and rows; views, triggers and routines name their database, and are left out."""
    try:
        origin = _execute(source, "SELECT DATABASE()").scalar()
        with made.connect() as target:
            _execute(target, "SET SESSION foreign_key_checks = 0, SESSION sql_mode = ''")
            for table, kind in _execute(source, "SHOW FULL TABLES").fetchall():
                word = {"BASE TABLE": "TABLE", "SEQUENCE": "SEQUENCE"}.get(kind)
                if word is None:
                    continue
                _execute(target, _created(source, word, table, facts))
                if rows and word == "TABLE":
                    _rows(target, f"{_quoted(origin)}.{_quoted(table)}", table)
            if rows:
                _drop_orphans(target, name)
            target.commit()
    except DBAPIError as error:
        raise NoReplica(f"the tables could not be copied: {_said(error)}") from error
    return ()


def _created(source: Connection, word: str, table: str, facts: Facts) -> str:
    shown = _execute(source, f"{facts.plain_mode}SHOW CREATE {word} {_quoted(table)}").one()
    return str(shown[1])


def _rows(target: Connection, origin: str, table: str) -> None:
    names = [
        _quoted(row[0])
        for row in _execute(target, f"SHOW COLUMNS FROM {_quoted(table)}").fetchall()
        if "GENERATED" not in row[5].upper() or row[5].upper().startswith("DEFAULT_GENERATED")
    ]
    listed = ", ".join(names)
    _execute(
        target,
        f"INSERT INTO {_quoted(table)} ({listed}) SELECT {listed} FROM {origin} "
        f"LIMIT {copies.SAMPLE}",
    )


_KEYS = sa.text("""
SELECT k.constraint_name, k.table_name, k.column_name, k.referenced_table_name,
       k.referenced_column_name
FROM information_schema.key_column_usage k
WHERE k.table_schema = :name AND k.referenced_table_schema = :name
ORDER BY k.table_name, k.constraint_name, k.ordinal_position
""")


def _drop_orphans(target: Connection, name: str) -> None:
    """Delete rows whose parents are not among those that were copied, until none is left."""
    keys: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for key, child, column, parent, other in target.execute(_KEYS, {"name": name}):
        keys.setdefault((key, child, parent), []).append((column, other))
    deleted = True
    while deleted:
        deleted = False
        for (_, child, parent), pairs in keys.items():
            joined = " AND ".join(f"p.{_quoted(o)} = c.{_quoted(c)}" for c, o in pairs)
            given = " AND ".join(f"c.{_quoted(c)} IS NOT NULL" for c, _ in pairs)
            sql = (
                f"DELETE c FROM {_quoted(child)} c LEFT JOIN {_quoted(parent)} p ON {joined} "
                f"WHERE p.{_quoted(pairs[0][1])} IS NULL AND {given}"
            )
            deleted |= bool(_execute(target, sql).rowcount)


def _quoted(name: Any) -> str:
    return "`" + str(name).replace("`", "``") + "`"

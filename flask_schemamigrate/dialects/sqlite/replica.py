"""A copy of a database in memory: the backup API for all of it, or its schema and a few rows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from contextlib import suppress
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from .. import copies
from ..base import NoReplica
from ..base import Replica
from .dependents import quoted

#: The most bytes that are copied whole: memory is taken for them, and a moment.
LIMIT = 64 * 2**20
#: Seconds to wait for another program that has the file locked.
PATIENCE = 5.0


@contextmanager
def replica(source: Any, engine: Engine) -> Iterator[Replica]:
    """Give a database in memory, to be filled from ``source``, a driver's connection.

    It ends with the block or the process.  What ``engine`` has listening to new connections is told
    of the new one too: functions and collations are registered there.  Raises NoReplica.
    """
    if not isinstance(source, sqlite3.Connection):
        raise NoReplica(f"the driver {type(source).__module__} cannot copy a database")
    attached = [row[1] for row in source.execute("PRAGMA database_list") if row[1] != "main"]
    if set(attached) - {"temp"}:
        raise NoReplica(f"other files are attached ({', '.join(attached)})")
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as target:
        made = _engine(target, engine)
        try:
            yield Replica(made, partial(_filled, source, target), partial(_clear, target))
        finally:
            made.dispose()


def _engine(target: sqlite3.Connection, engine: Engine) -> Engine:
    made = sa.create_engine("sqlite://", creator=lambda: target, poolclass=StaticPool)
    copies.listen(made, engine)
    return made


def _clear(target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(":memory:")) as nothing:
        nothing.backup(target)


def _filled(source: sqlite3.Connection, target: sqlite3.Connection, rows: bool) -> tuple[str, ...]:
    """Copy everything, or of a large database a part; return what that leaves unproven."""
    if not rows:
        _sample(source, target, 0)
        return ()
    pages, size = (
        source.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")
    )
    if pages * size <= LIMIT:
        try:
            source.backup(target, progress=_impatience())
        except sqlite3.Error as error:
            raise NoReplica(f"the file could not be copied: {error}") from error
        return ()
    _sample(source, target, copies.SAMPLE)
    megabytes, most = pages * size // 2**20, LIMIT // 2**20
    return (
        f"The database has {megabytes} MB, more than the {most} MB that are copied whole: "
        f"the copy had {copies.SAMPLE:,} rows of each table.",
    )


def _impatience() -> Callable[[int, int, int], None]:
    """Return what ends a backup that waits for a lock: by itself it would wait for ever."""
    end = time.monotonic() + PATIENCE

    def look(status: int, remaining: int, total: int) -> None:
        if remaining and time.monotonic() > end:
            raise sqlite3.OperationalError("database is locked")

    return look


def _sample(source: sqlite3.Connection, target: sqlite3.Connection, most: int) -> None:
    """Copy the schema and the first rows of each table; what will not be made is left out."""
    listed = source.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
        "AND substr(name, 1, 7) <> 'sqlite_' ORDER BY type <> 'table', rowid"
    ).fetchall()
    target.execute("PRAGMA foreign_keys = OFF")
    tables = [(name, sql) for kind, name, sql in listed if kind == "table"]
    for name, sql in tables:
        with suppress(sqlite3.Error):  # The shadow tables of a virtual one come with it.
            target.execute(sql)
            if most:
                _rows(source, target, name, most)
    for kind, _, sql in listed:
        if kind != "table":
            with suppress(sqlite3.Error):
                target.execute(sql)
    target.commit()


def _rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str, most: int) -> None:
    columns = [
        quoted(row[1])
        for row in source.execute(f"PRAGMA table_xinfo({quoted(table)})")
        if row[6] == 0
    ]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = source.execute(f"SELECT {names} FROM {quoted(table)} LIMIT {most}")
    target.executemany(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", rows)

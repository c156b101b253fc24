"""The migration lock: ``GET_LOCK``, on a connection of its own.

The server releases it when that connection ends, however it ends.
https://mariadb.com/kb/en/get_lock/
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...errors import LockTimeout

#: Seconds that "for ever" is asked for at a time.
LONG = 3600


def name_of(engine: Engine, key: str) -> str:
    """Return the lock's name: at most 64 characters, and different for each database."""
    full = f"{engine.url.database}:{key}"
    return f"schemamigrate:{hashlib.sha256(full.encode()).hexdigest()[:40]}"


@contextmanager
def held(
    engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock.  Raises LockTimeout."""
    name = name_of(engine, key)
    with engine.connect() as connection:
        if not _taken(connection, name, 0):
            holder = _holder(connection, name)
            waiting(f"Another process is migrating this database ({holder}); waiting for it.")
            _wait(connection, name, timeout, holder)
        try:
            yield
        finally:
            if not connection.closed and not connection.invalidated:
                connection.execute(sa.text("SELECT RELEASE_LOCK(:name)"), {"name": name})


def _taken(connection: Connection, name: str, seconds: float) -> bool:
    query = sa.text("SELECT GET_LOCK(:name, :seconds)")
    taken = connection.execute(query, {"name": name, "seconds": seconds}).scalar()
    connection.rollback()  # No transaction stays open meanwhile.
    return bool(taken)


def _wait(connection: Connection, name: str, timeout: float | None, holder: str) -> None:
    while not _taken(connection, name, LONG if timeout is None else timeout):
        if timeout is not None:
            raise LockTimeout(
                f"Another process has held the migration lock for {timeout:g} s: {holder}.",
                hint="Wait for it, or end its connection: KILL followed by its id.\n"
                "SCHEMAMIGRATE_LOCK_TIMEOUT sets how long to wait.",
            )


def _holder(connection: Connection, name: str) -> str:
    number = connection.execute(sa.text("SELECT IS_USED_LOCK(:name)"), {"name": name}).scalar()
    row = connection.execute(
        sa.text("SELECT user, host, time FROM information_schema.processlist WHERE id = :number"),
        {"number": number},
    ).first()
    connection.rollback()
    who = f", {row[0]}@{row[1]}, idle for {row[2]} s" if row is not None else ""
    return f"connection {number}{who}"

"""The migration lock: ``GET_LOCK``, on a connection of its own.

The server releases it when that connection ends, however it ends.
https://mariadb.com/kb/en/get_lock/
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from .. import holding
from ..direct import told
from ..holding import Holder
from ..spare import spare

#: Seconds that the server is asked to wait at a time: drivers may give up reading sooner or later.
PAUSE = 2.0
#: Seconds that the lock's connection may be silent (the server's maximum on Windows).
PATIENCE = 2147483
_SET = f"SET @schemamigrate_usual = @@SESSION.wait_timeout, SESSION wait_timeout = {PATIENCE}"
_RESET = "SET @schemamigrate_free = RELEASE_LOCK('{}'), SESSION wait_timeout = @schemamigrate_usual"


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
    with spare(engine) as connection:
        # The connection says nothing while the migration runs: the server must not hang up.
        told(connection, _SET)
        try:
            holding.acquire(
                lambda seconds: _taken(connection, name, seconds),
                lambda: _holder(connection, name),
                timeout,
                waiting,
            )
            yield
        except KeyboardInterrupt:
            # Its answer may be under way still: another command of this process would read it.
            connection.invalidate()
            raise
        finally:
            # Where the connection is lost, so is the lock already.
            if not connection.invalidated:
                _give_up(connection, name)


def _give_up(connection: Connection, name: str) -> None:
    try:
        told(connection, _RESET.format(name))
    except SQLAlchemyError:
        with suppress(SQLAlchemyError):
            connection.invalidate()


def _taken(connection: Connection, name: str, seconds: float) -> bool:
    return bool(told(connection, f"SELECT GET_LOCK('{name}', {min(seconds, PAUSE)})")[0])


def _holder(connection: Connection, name: str) -> Holder:
    number = connection.execute(sa.text("SELECT IS_USED_LOCK(:name)"), {"name": name}).scalar()
    if number is None:
        return Holder("its holder has just gone")
    row = connection.execute(
        # It has said nothing since it took the lock.
        sa.text(
            "SELECT user, host, NOW() - INTERVAL time SECOND FROM information_schema.processlist "
            "WHERE id = :number"
        ),
        {"number": number},
    ).first()
    connection.rollback()
    who = f"connection {number}"
    if row is not None:
        who += f" of user {row[0]} from {row[1]}, since {row[2]:%Y-%m-%d %H:%M:%S}"
    return Holder(who, f"Wait for it, or end its connection: KILL {number}")

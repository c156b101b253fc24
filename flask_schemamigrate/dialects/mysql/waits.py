"""Limits for the statements of a session, and who blocks it.

The server has no one place that tells who holds the lock on a table's definition: MySQL and a
MariaDB with ``performance_schema=ON`` have a table of them, the plugin METADATA_LOCK_INFO another
one.  Without both, those who may hold it are sessions with an open transaction or a running
statement.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ..direct import told
from ..waits import Blocker
from ..waits import Limits
from ..waits import masked
from .facts import Facts

#: ER_LOCK_WAIT_TIMEOUT, which undoes the statement alone, and ER_LOCK_DEADLOCK.
TIMEOUT, DEADLOCK = 1205, 1213
_WAITING = sa.text(
    "SELECT info FROM information_schema.processlist WHERE id = :number "
    "AND (state LIKE '%metadata lock%' OR state LIKE '%table lock%')"
)
_SESSIONS = """SELECT p.id, p.user, p.host, t.trx_started, p.info, p.command, p.state, p.db
    FROM information_schema.processlist p
    LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
    WHERE p.id NOT IN (:number, CONNECTION_ID())"""
_PENDING = """SELECT t.processlist_id FROM performance_schema.metadata_locks w
    JOIN performance_schema.threads me
      ON me.thread_id = w.owner_thread_id AND me.processlist_id = :number
    JOIN performance_schema.metadata_locks g
      ON g.object_type = w.object_type AND g.object_schema = w.object_schema
      AND g.object_name = w.object_name AND g.lock_status = 'GRANTED'
      AND g.owner_thread_id <> w.owner_thread_id
    JOIN performance_schema.threads t ON t.thread_id = g.owner_thread_id
    WHERE w.lock_status = 'PENDING'"""
_HELD = """SELECT thread_id, table_name FROM information_schema.metadata_lock_info
    WHERE lock_type = 'Table metadata lock' AND table_schema = DATABASE()
      AND thread_id NOT IN (:number, CONNECTION_ID())"""


def limit(connection: Connection, limits: Limits, facts: Facts) -> tuple[int, str]:
    """Set limits for the session; return its number, and the statement that undoes it.

    MySQL limits the time of SELECT alone.
    """
    timer = "max_statement_time" if facts.mariadb else "max_execution_time"
    variables = f"@@SESSION.lock_wait_timeout, @@SESSION.{timer}"
    row = told(connection, f"SELECT CONNECTION_ID(), {variables}")
    changes = []
    if limits.lock is not None:
        changes.append(f"SESSION lock_wait_timeout = {max(1, math.ceil(limits.lock))}")
    if limits.statement is not None:
        value = limits.statement if facts.mariadb else round(limits.statement * 1000)
        changes.append(f"SESSION {timer} = {value}")
    if changes:
        told(connection, f"SET {', '.join(changes)}")
    return row[0], f"SET SESSION lock_wait_timeout = {row[1]}, SESSION {timer} = {row[2]}"


def number_of(error: BaseException) -> Any:
    """Return the server's number of an error."""
    return (*getattr(getattr(error, "orig", error), "args", ()), None)[0]


def still_running(connection: Connection, statement: str) -> int | None:
    """Return the number of another session that runs a statement, or None."""
    query = sa.text(
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() "
        "AND command <> 'Sleep' AND id <> CONNECTION_ID() AND LEFT(info, 900) = LEFT(:sql, 900)"
    )
    return connection.execute(query, {"sql": statement}).scalar()


def blockers(connection: Connection, number: int) -> tuple[Blocker, ...]:
    """Return who blocks a session, or may; nobody where it does not wait for a table."""
    given = {"number": number}
    statement = connection.execute(_WAITING, given).scalar()
    if statement is None:
        return ()
    known = _known(connection, given, statement)
    found = []
    for row in connection.execute(sa.text(_SESSIONS), given).mappings():
        # Those who wait as well are blocked by the same.
        waits = "metadata lock" in (row["state"] or "")
        runs = row["command"] not in ("Sleep", "Daemon", "Binlog Dump") and row["db"] is not None
        if row["id"] in known or (not known and not waits and (runs or row["trx_started"])):
            found.append(_blocker(row, bool(known)))
    return tuple(sorted(found, key=lambda one: str(one.since)))


def _known(connection: Connection, given: dict[str, int], statement: str) -> set[int]:
    """Return the numbers of those who are known to hold what a statement waits for."""
    with suppress(DBAPIError):
        found = {row[0] for row in connection.execute(sa.text(_PENDING), given)}
        if found:
            return found
    with suppress(DBAPIError):
        held = connection.execute(sa.text(_HELD), given)
        return {row[0] for row in held if row[1] in statement}
    return set()


def _blocker(row: Any, certain: bool) -> Blocker:
    query = masked(row["info"], double=True)
    return Blocker(row["id"], row["user"], None, row["host"], row["trx_started"], query, certain)

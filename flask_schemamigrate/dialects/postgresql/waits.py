"""Limits for the statements of a transaction, and who blocks a session."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..waits import Blocker
from ..waits import Limits
from ..waits import masked
from . import begun

#: lock_not_available, deadlock_detected, serialization_failure.
_BUSY = ("55P03", "40P01", "40001")
_BLOCKERS = sa.text(
    """SELECT a.pid, a.usename, a.application_name, a.client_addr::text AS address, a.xact_start,
              a.query
       FROM pg_catalog.pg_stat_activity a
       WHERE a.pid = ANY (pg_catalog.pg_blocking_pids(:number)) ORDER BY a.xact_start"""
)
_IN_TRANSACTION = re.compile(
    r"\s*(?:(?:ALTER|DROP|TRUNCATE)\s+(?:TABLE|INDEX)|CREATE\s+(?:UNIQUE\s+)?INDEX"
    r"|(?:CREATE|DROP)\s+TRIGGER|TRUNCATE)\b(?!.*\bCONCURRENTLY\b)",
    re.IGNORECASE | re.DOTALL,
)


def limit(connection: Connection, limits: Limits) -> int:
    """Set limits for the open transaction alone; return the number of the server's session.

    Behind a pooler that is another one for each transaction.
    """
    values = ["pg_catalog.pg_backend_pid()"]
    for name, seconds in (("lock_timeout", limits.lock), ("statement_timeout", limits.statement)):
        if seconds is not None:
            values.append(f"pg_catalog.set_config('{name}', '{round(seconds * 1000)}', true)")
    query = f"SELECT {', '.join(values)}"
    found = begun.first(connection, query) or connection.exec_driver_sql(query).scalar_one()
    return int(found)


def is_idle(connection: Connection) -> bool:
    """Whether the driver knows that no transaction is open on the server."""
    info = getattr(connection.connection.dbapi_connection, "info", None)
    return getattr(info, "transaction_status", None) == 0


def let_begin(connection: Connection) -> None:
    """Let the driver begin a transaction with its next statement, where none is open.

    psycopg2 believes that its own one is still open when a statement has ended that.
    """
    driver: Any = connection.connection.dbapi_connection
    if type(driver).__module__.startswith("psycopg2") and not driver.autocommit:
        driver.rollback()


def _state(error: BaseException) -> str | None:
    said = getattr(error, "orig", error)
    return getattr(said, "sqlstate", None) or getattr(said, "pgcode", None)


def advice(error: BaseException) -> str:
    """Return what to do about an unsafe_new_enum_value_usage."""
    if _state(error) != "55P04":
        return ""
    return (
        "Commit the new value first, in a block of its own:\n"
        "    with op.get_context().autocommit_block():\n"
        '        op.execute("ALTER TYPE … ADD VALUE …")\n'
    )


def is_busy(error: BaseException) -> bool:
    """Whether a statement waited for a lock in vain."""
    return _state(error) in _BUSY


def fits_transaction(statement: str) -> bool:
    """Whether a statement takes locks on a table, and can run within a transaction."""
    return _IN_TRANSACTION.match(statement) is not None


def still_running(connection: Connection, statement: str) -> int | None:
    """Return the number of another session that runs a statement, or None."""
    query = sa.text(
        "SELECT pid FROM pg_catalog.pg_stat_activity WHERE datname = current_database() "
        "AND state = 'active' AND pid <> pg_catalog.pg_backend_pid() "
        "AND left(query, 900) = left(:sql, 900)"
    )
    return connection.execute(query, {"sql": statement}).scalar()


def blockers(connection: Connection, number: int) -> tuple[Blocker, ...]:
    """Return who blocks a session, in the order in which their transactions began."""
    return tuple(
        Blocker(pid, user, name or None, address, since, masked(query or None))
        for pid, user, name, address, since, query in connection.execute(
            _BLOCKERS, {"number": number}
        )
    )

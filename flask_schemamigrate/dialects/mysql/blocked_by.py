"""Asking MariaDB and MySQL whom a connection waits for.

Who holds a row is told to those who have the privilege PROCESS; a wait for a row ends by itself
after ``innodb_lock_wait_timeout``.  Who holds a table's definition is told to nobody, and that wait
lasts a day: there it counts who has used that table in a transaction that is still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..blocked import Server

#: MariaDB's place for who waits for a row, and MySQL's since 8.0.
_ROWS = (
    """
    SELECT b.trx_mysql_thread_id FROM information_schema.innodb_lock_waits w
    JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
    JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
    WHERE r.trx_mysql_thread_id = {}""",
    """
    SELECT b.trx_mysql_thread_id FROM performance_schema.data_lock_waits w
    JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_engine_transaction_id
    JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_engine_transaction_id
    WHERE r.trx_mysql_thread_id = {}""",
)
_DEFINITION = """
    SELECT 1 FROM information_schema.processlist
    WHERE id = {} AND state LIKE 'Waiting for table metadata lock%'"""
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"


def number(driver: Any) -> int | None:
    """Return the number of a connection that is open, where the driver tells it."""
    if not getattr(driver, "open", True):
        return None  # PyMySQL still tells the number that it had.
    for name in ("thread_id", "connection_id"):
        found = getattr(driver, name, None)
        with suppress(Exception):
            found = found() if callable(found) else found
        if isinstance(found, int):
            return found
    return None


def ask(
    cursor: Any, waiting: int, words: frozenset[str], others: Mapping[int, frozenset[str]]
) -> int | None:
    """Return which of ``others`` blocks ``waiting``, or None."""
    for query in _ROWS:
        with suppress(Exception):  # The server has no such table, or this user may not read it.
            cursor.execute(query.format(waiting))
            for (found,) in cursor.fetchall():
                if found in others:
                    return int(found)
    cursor.execute(_DEFINITION.format(waiting))
    if not cursor.fetchall():
        return None
    cursor.execute(_TABLES)
    wanted = words & {name for (name,) in cursor.fetchall()}
    for other, known in others.items():
        if known & wanted or known == {"*"}:
            return other
    return None


SERVER = Server(number, ask, "KILL QUERY {}", ("ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE"))

"""Asking PostgreSQL whom a connection waits for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..blocked import Server


def number(driver: Any) -> int | None:
    """Return the process number of a connection's backend, where the driver tells it."""
    with suppress(Exception):  # psycopg does not tell it of a connection that is closed.
        found = getattr(getattr(driver, "info", None), "backend_pid", None)
        return found if isinstance(found, int) else None
    return None


def ask(
    cursor: Any, waiting: int, words: frozenset[str], others: Mapping[int, frozenset[str]]
) -> int | None:
    """Return which of ``others`` blocks ``waiting``, or None."""
    cursor.execute(f"SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids({waiting}))")
    return next((pid for (pid,) in cursor.fetchall() if pid in others), None)


SERVER = Server(number, ask, "SELECT pg_catalog.pg_cancel_backend({})")

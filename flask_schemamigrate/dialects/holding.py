"""Waiting for the migration lock, in the same words on every database."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import Interrupted
from ..errors import LockTimeout


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock: a clause about it, and what to do about it, with what to type."""

    said: str
    hint: str = "Run the command again."


def acquire(
    tried: Callable[[float], bool],
    holder: Callable[[], Holder],
    timeout: float | None,
    waiting: Callable[[str], None],
) -> None:
    """Take a lock, or raise LockTimeout after ``timeout`` seconds (None: wait for ever).

    Raises Interrupted too.
    ``tried`` tries to take it for up to so many seconds.  ``holder`` says who has it; ``waiting``
    is told once.
    """
    try:
        _acquire(tried, holder, timeout, waiting)
    except KeyboardInterrupt as stop:
        error = Interrupted(
            "Interrupted before the migration lock was free: nothing was done.",
            hint="Run the command again.",
        )
        error.exit_status = getattr(stop, "exit_status", error.exit_status)
        raise error from stop


def _acquire(
    tried: Callable[[float], bool],
    holder: Callable[[], Holder],
    timeout: float | None,
    waiting: Callable[[str], None],
) -> None:
    if tried(0.0):
        return
    end = None if timeout is None else time.monotonic() + timeout
    waiting(f"Another process is migrating this database: {holder().said}.  Waiting for it …")
    while True:
        left = float("inf") if end is None else end - time.monotonic()
        if left <= 0:
            break
        if tried(left):
            return
    last = holder()
    raise LockTimeout(
        f"Another process has the migration lock, which was not free within {timeout:g} s: "
        f"{last.said}.",
        hint=f"{last.hint}\nTo wait longer: flask db upgrade --lock-timeout SECONDS, or "
        "SCHEMAMIGRATE_LOCK_TIMEOUT",
    )


def myself() -> str:
    """Return what others know this process by: its number and its host."""
    return f"{os.getpid()} on {socket.gethostname()}"

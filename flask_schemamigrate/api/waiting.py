"""Waiting until every database is ready for the app: ``flask db wait``."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..errors import NotReady
from ..settings import Settings
from . import states
from .moving import nobody
from .states import Health

#: Seconds between two looks: at first, and at most.
SOON, SELDOM = 0.5, 5.0


def wait(
    settings: Settings,
    timeout: float | None = 300,
    *,
    telling: Callable[[str], None] = nobody,
    sleep: Callable[[float], None] = time.sleep,
) -> Health:
    """Return the states of the databases as soon as the app can work on all of them.

    That is when each is ``current``, or ``ahead`` where that is allowed.  A server that does not
    answer is waited for too.  It is looked at seldom, without locks.  ``telling`` is told each time
    that what is lacking has changed.  Raises NotReady after ``timeout`` seconds (None: never).
    """
    end = None if timeout is None else time.monotonic() + timeout
    pause, said = SOON, ""
    while True:
        health = states.health(settings)
        if health.ready:
            return health
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            raise not_ready(health, f" after {timeout:g} s" if timeout else "")
        found = lacking(health)
        if found != said:
            said = found
            telling(f"waiting: {said}")
        sleep(pause if left is None else min(pause, left))
        pause = min(pause * 1.5, SELDOM)


def lacking(health: Health) -> str:
    """Return what stands in the way, in one line."""
    worst = health.worst
    ids = ", ".join(worst.pending[:5]) + (", …" if len(worst.pending) > 5 else "")
    named = f" ({ids})" if worst.state in ("behind", "empty") and ids else ""
    return f"{worst.state}: {worst.label}: {worst.message}{named}"


def not_ready(health: Health, when: str = "") -> NotReady:
    """Return the error for databases that the app cannot work on."""
    command = health.command or "flask db status"
    return NotReady(
        f"The database is not ready{when}.  {lacking(health)}", hint=command, state=health.state
    )

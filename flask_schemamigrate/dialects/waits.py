"""How long statements wait for locks, and who keeps them waiting, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

#: A text, also one that was cut off: in quotes, or in PostgreSQL's dollars.
_TEXT = re.compile(r"'(?:[^'\\]|''|\\.)*(?:'|$)|\$(\w*)\$.*?(?:\$\1\$|$)", re.DOTALL)
_DOUBLE = re.compile(r'"(?:[^"\\]|""|\\.)*(?:"|$)', re.DOTALL)
_MOST = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a statement may wait for a lock, and that it may take; None: as the server has.

    ``retries`` is how often what waited in vain is tried again.
    """

    lock: float | None = None
    statement: float | None = None
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that keeps another one waiting; ``certain`` is whether that is known."""

    number: int
    user: str | None = None
    name: str | None = None
    address: str | None = None
    since: datetime | None = None
    query: str | None = None
    certain: bool = True

    def __str__(self) -> str:
        """Say who it is."""
        who = f"session {self.number}"
        who += f" of user {self.user}" if self.user else ""
        who += f" ({self.name})" if self.name else ""
        who += f" from {self.address}" if self.address else ""
        who += f", in a transaction since {self.since:%Y-%m-%d %H:%M:%S}" if self.since else ""
        return f"{who}: {self.query}" if self.query else who


def told(blockers: Sequence[Blocker]) -> str:
    """Return a clause about those who block; an empty text where nobody is known."""
    if not blockers:
        return ""
    listed = "; ".join(map(str, blockers[:3]))
    more = f"; and {len(blockers) - 3} more" if len(blockers) > 3 else ""
    if blockers[0].certain:
        return f"blocked by {listed}{more}"
    return f"blocked by one of these, as far as this server tells: {listed}{more}"


def masked(query: str | None, *, double: bool = False) -> str | None:
    """Return a statement on one line, shortened, without its texts: they may be secrets.

    ``double``: texts may be in double quotes too.
    """
    if query is None:
        return None
    line = " ".join(_TEXT.sub("'…'", query).split())
    if double:
        line = _DOUBLE.sub('"…"', line)
    return line if len(line) <= _MOST else f"{line[:_MOST]}…"

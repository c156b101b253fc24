"""What a throw-away copy of a database is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.engine import Engine


class NoReplica(Exception):
    """No copy of the database can be made, for the reason that the message tells."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A throw-away database beside the app's, which ends with the block or the process.

    It begins without tables, but with what tables may need (types, functions).  ``fill`` puts into
    it the tables of the app's, with or without rows, and returns sentences about what it lacks
    (NoReplica); ``clear`` takes away what was committed before that.
    """

    engine: Engine
    fill: Callable[[bool], tuple[str, ...]]
    clear: Callable[[], None]

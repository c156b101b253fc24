"""What is decided before a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is decided beforehand.

    ``renames`` are such as ``"user.name:full_name"``, ``fills`` such as ``"user.email=nullable"``,
    ``maps`` such as ``"mood.sad:happy"``.
    ``include_unmanaged`` compares tables that no script mentions too.  With ``complete`` a script
    is to come of it, and what it cannot do without is refused (ValueNeeded).
    """

    renames: Sequence[str] = ()
    fills: Sequence[str] = ()
    include_unmanaged: bool = False
    complete: bool = False
    maps: Sequence[str] = ()


NONE = Decisions()

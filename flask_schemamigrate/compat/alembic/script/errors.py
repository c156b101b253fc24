"""What is wrong with a history, or with what somebody asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RevisionError(Exception):
    """Something about revisions."""


class RangeNotAncestorError(RevisionError):
    """The lower end of a range does not come before the upper one."""

    def __init__(self, lower: Any, upper: Any) -> None:
        self.lower = lower
        self.upper = upper
        super().__init__(
            f"Revision {lower or 'base'} is not an ancestor of revision {upper or 'base'}"
        )


class MultipleHeads(RevisionError):
    """One head was asked for where there are several."""

    def __init__(self, heads: Sequence[str], argument: str | None) -> None:
        self.heads = heads
        self.argument = argument
        listed = ", ".join(str(head) for head in heads)
        super().__init__(f"Multiple heads are present for given argument '{argument}'; {listed}")


class ResolutionError(RevisionError):
    """An identifier stands for nothing, or for several revisions."""

    def __init__(self, message: str, argument: str) -> None:
        super().__init__(message)
        self.argument = argument


class CycleDetected(RevisionError):
    """Revisions descend from each other in a circle."""

    kind = "Cycle"

    def __init__(self, revisions: Sequence[str]) -> None:
        self.revisions = revisions
        super().__init__(f"{self.kind} is detected in revisions ({', '.join(revisions)})")


class DependencyCycleDetected(CycleDetected):
    """Revisions depend on each other in a circle."""

    kind = "Dependency cycle"


class LoopDetected(CycleDetected):
    """A revision descends from itself."""

    kind = "Self-loop"

    def __init__(self, revision: str) -> None:
        super().__init__([revision])


class DependencyLoopDetected(DependencyCycleDetected, LoopDetected):
    """A revision depends on itself."""

    kind = "Dependency self-loop"

    def __init__(self, revision: str) -> None:
        super(DependencyCycleDetected, self).__init__(revision)

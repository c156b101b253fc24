"""A revision: one script, as its header describes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Revision:
    """What is known of a script without running it.

    ``parents`` is its ``down_revision`` (empty: it starts a history), ``depends_on`` names
    revisions or labels that must be applied before it, ``labels`` are its own branch labels.
    ``message`` is the docstring up to its first empty line, on one line.
    """

    id: str
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    doc: str = ""
    path: Path | None = None
    created: str | None = None

    @property
    def is_base(self) -> bool:
        """Whether it has no parent."""
        return not self.parents

    @property
    def is_merge_point(self) -> bool:
        """Whether it has several parents."""
        return len(self.parents) > 1

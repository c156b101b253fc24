"""Where revisions are in the history, and databases: what the quick commands return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..history.revision import Revision
    from ..run.move import Applied


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision and its place in the history.

    ``head``: nothing follows it; ``required``: something depends on it all the same (the peers call
    such a head "effective").  ``labels`` are all names of its branch.  ``current`` is whether it is
    applied last, where that was asked.
    """

    revision: Revision
    children: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    head: bool = False
    required: bool = False
    current: bool = False

    @property
    def branch_point(self) -> bool:
        """Whether several revisions follow it."""
        return len(self.children) > 1


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch point and the revisions that follow it."""

    point: Entry
    children: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Current:
    """Where a database is.

    ``rows`` are the version table's, ``unknown`` those without a script, of which the log says
    ``logged``; ``behind`` are the ids not applied yet, in order, and ``notes`` sentences.
    """

    database: str
    label: str
    rows: tuple[str, ...]
    entries: tuple[Entry, ...]
    unknown: tuple[str, ...]
    behind: tuple[str, ...]
    logged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def at_heads(self) -> bool:
        """Whether every revision is applied, and no other."""
        return not self.behind and not self.unknown


@dataclass(frozen=True, slots=True)
class Moved:
    """What an upgrade, a downgrade or a stamp did to one database; ``notes`` are sentences."""

    database: str
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    applied: tuple[Applied, ...] = ()
    notes: tuple[str, ...] = ()

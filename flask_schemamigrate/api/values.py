"""What the functions of :mod:`flask_schemamigrate.api` return."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..history.revision import Revision
from ..operations.base import Operation
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

    ``rows`` are the version table's, ``unknown`` those without a script; ``behind`` are the ids not
    applied yet, in order.
    """

    database: str
    label: str
    rows: tuple[str, ...]
    entries: tuple[Entry, ...]
    unknown: tuple[str, ...]
    behind: tuple[str, ...]

    @property
    def at_heads(self) -> bool:
        """Whether every revision is applied, and no other."""
        return not self.behind and not self.unknown


@dataclass(frozen=True, slots=True)
class Moved:
    """What an upgrade, a downgrade or a stamp did to one database."""

    database: str
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    applied: tuple[Applied, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """SQL for one database, complete: it moves the version rows too."""

    database: str
    label: str
    sql: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What leads from one database to the models.

    ``tables`` and ``models`` count what was compared; ``notes`` are sentences about what could not
    be compared exactly.
    """

    database: str
    label: str
    operations: tuple[Operation, ...]
    tables: int
    models: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Created:
    """A new script; ``revision`` and ``path`` are None where there was nothing to write."""

    revision: Revision | None
    path: Path | None
    changes: tuple[Changes, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A layout of scripts."""

    name: str
    description: str

"""What the functions of :mod:`flask_schemamigrate.api` return."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from typing import TYPE_CHECKING

from .places import Branch
from .places import Current
from .places import Entry
from .places import Moved

if TYPE_CHECKING:
    from ..history.revision import Revision
    from ..operations.base import Operation
    from ..steps import Plan


__all__ = [
    "Branch",
    "Current",
    "Entry",
    "Moved",
    "Script",
    "Remark",
    "Changes",
    "Proof",
    "Created",
    "Planned",
    "Template",
    "Finding",
]


@dataclass(frozen=True, slots=True)
class Script:
    """SQL for one database, complete: it moves the version rows too.

    ``path`` is the file that it was written into, in folders where the peers do that.
    """

    database: str
    label: str
    sql: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """What an operation does to rows that are there, as a sentence.

    ``kind`` tells what is lost (``loses``) and what stands in the way (``misfit``) from what is
    only good to know (``note``); ``rows`` is how many rows it is about.
    """

    operation: Operation
    text: str
    kind: Literal["loses", "misfit", "note"] = "note"
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What leads from one database to the models.

    ``tables`` and ``models`` count what was compared; ``notes`` are sentences about what could not
    be compared exactly.  ``remarks`` say what the operations do to the rows, and ``undecided`` are
    the flags of ``--rename`` for what may have been renamed.  ``unmanaged`` are tables that no
    script and no model mentions, ``names`` the tables of the models.  ``added`` are the lines that
    comparators of libraries, or the peers' hook, have for a script beyond the operations.
    ``losses`` say what each of the operations destroys, as an empty string where it is nothing.
    """

    database: str
    label: str
    operations: tuple[Operation, ...]
    tables: int
    models: int
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    undecided: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many changes there are; lines that are added to operations may be those, changed."""
        return len(self.operations) or int(bool(self.added))


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was said of a revision that had stopped half-way in one database.

    ``direction`` is that in which it was going, ``up`` or ``down``; ``completed`` says that it has
    come there by hand, else that it is where it was before.
    """

    moved: Moved
    revision: str
    direction: str
    completed: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What a trial of a script on a copy of one database has shown.

    ``proven`` are words of :data:`flask_schemamigrate.api.verifying.LAWS`; ``unproven`` are
    sentences about what could not be tried.
    """

    database: str
    proven: tuple[str, ...]
    unproven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Created:
    """A new script; ``revision`` and ``path`` are None where there was nothing to write.

    ``notes`` are sentences about hooks that failed, ``further`` what else a hook wanted written.
    """

    revision: Revision | None
    path: Path | None
    changes: tuple[Changes, ...] = ()
    proofs: tuple[Proof, ...] = ()
    notes: tuple[str, ...] = ()
    further: tuple[Created, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be run on one database; ``revisions`` are those that would be applied or undone.

    For a script that is not written yet there are none.
    """

    database: str
    label: str
    plan: Plan
    revisions: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do; a revision may have nothing that could be shown."""
        return not self.plan.parts and not self.revisions


@dataclass(frozen=True, slots=True)
class Template:
    """A layout of scripts."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that the peers made, whether it is still needed, and why (or why not)."""

    path: Path
    needed: bool
    reason: str

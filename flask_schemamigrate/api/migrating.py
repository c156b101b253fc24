"""Scripts from models: ``migrate`` and ``check``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Protocol

from ..diff.renames import Candidate
from ..diff.renames import Questions
from ..errors import AnswerNeeded
from ..operations.base import Operation
from ..operations.tables import CreateTable
from ..settings import Settings
from . import code
from . import reading
from . import scripts
from .comparing import compare
from .comparing import Difference
from .creating import DEFAULT
from .creating import Draft
from .creating import parents
from .creating import planned
from .values import Changes
from .values import Created


class Answers(Questions, Protocol):
    """Who is asked while a script is made."""

    def may_drop(self, question: str) -> bool:
        """Whether most of a database's tables may really go."""


@dataclass(slots=True)
class Unattended:
    """Answers no to everything, and remembers what may have been a rename."""

    asked: list[Candidate] = field(default_factory=list)

    def is_renamed(self, candidate: Candidate) -> bool:
        """No."""
        self.asked.append(candidate)
        return False

    def may_drop(self, question: str) -> bool:
        """No."""
        return False

    def notes(self) -> tuple[str, ...]:
        """Return what to do about renames that could not be asked about."""
        return tuple(
            f"{_flag(c).partition(':')[0]} goes and {c.new} comes.  If it was renamed, delete "
            f"this script and run: flask db migrate --rename {_flag(c)}"
            for c in self.asked
        )


def _flag(candidate: Candidate) -> str:
    if candidate.is_table:
        return f"{candidate.table}:{candidate.new}"
    return f"{candidate.table}.{candidate.old}:{candidate.new}"


def check(settings: Settings, *, renames: Sequence[str] = ()) -> tuple[Changes, ...]:
    """Return what is different between each database and its models; nothing is written.

    Raises NoModels, NotUpToDate and UnknownApplied.
    """
    graph = reading.folder(settings).read()
    return tuple(found.changes for found in compare(settings, graph, renames, Unattended()))


def migrate(
    settings: Settings,
    draft: Draft = DEFAULT,
    *,
    renames: Sequence[str] = (),
    answers: Answers | None = None,
    allow_drop: bool = False,
) -> Created:
    """Write a script for what has changed in the models; none where nothing has.

    ``renames`` are such as ``"user.name:full_name"``; ``answers`` is asked about others, and before
    most of the tables go (AnswerNeeded), unless ``allow_drop``.
    """
    folder = reading.folder(settings)
    graph = folder.read()
    ids = parents(graph, draft)
    unattended = Unattended()
    asked = answers or unattended
    found = compare(settings, graph, renames, asked)
    for difference in found:
        if not allow_drop:
            _refuse_many_drops(settings, difference, asked)
    changes = tuple(difference.changes for difference in found)
    if unattended.asked:
        last = replace(changes[-1], notes=(*changes[-1].notes, *unattended.notes()))
        changes = (*changes[:-1], last)
    if not any(difference.operations for difference in found):
        if not graph.revisions:
            changes = (replace(changes[0], notes=(*changes[0].notes, _no_first(settings))),)
        return Created(None, None, changes)
    message = draft.message or derived_message([op for d in found for op in d.operations])
    revision = planned(folder, graph, draft, ids, message)
    assert revision.path is not None
    bodies = {difference.database.bind: difference.functions for difference in found}
    text = scripts.text(revision, settings, bodies)
    return Created(revision, folder.write(revision.path, text), changes)


def _no_first(settings: Settings) -> str:
    place = code.create_all(settings.root) if settings.root else None
    made = f"create_all() in {place}" if place else "something else, such as create_all()"
    return (
        f"there is no revision yet; the tables were made by {made}.  For a first script run "
        "flask db migrate with an empty database, then flask db stamp with this one."
    )


def _refuse_many_drops(settings: Settings, difference: Difference, answers: Answers) -> None:
    dropped, there = difference.dropped, len(difference.before.tables)
    if len(dropped) < 2 or len(dropped) * 2 <= there:
        return
    names = ", ".join(str(op.name) for op in dropped[:8])
    what = f"{len(dropped)} of the {there} tables of {difference.database.label}"
    if answers.may_drop(f"The script would drop {what}: {names}. Is that meant?"):
        return
    missed = code.models(settings.root).missed if settings.root else ()
    files = "".join(f"\n  {place}" for place in missed[:10])
    raise AnswerNeeded(
        f"The script would drop {what}, which have no models: {names}."
        + (f"\nThese files define models and were not imported:{files}" if files else ""),
        hint=(
            "Import the modules with their models, if they still exist.\n"
            "Tables of other programs: SCHEMAMIGRATE_IGNORE = ['celery_*']\n"
            "If the tables are to go: flask db migrate --allow-drop"
        ),
    )


#: A derived message that is longer names the first operation alone.
_LONGEST = 60


def derived_message(operations: Sequence[Operation]) -> str:
    """Return a message from what the operations do: ``add email to user``."""
    created = [op.table.name.name for op in operations if isinstance(op, CreateTable)]
    if len(created) == len(operations) > 3:
        return f"create {len(created)} tables"
    words = [op.fragment().replace("_", " ") for op in operations]
    words = list(dict.fromkeys(words))
    if len(created) == len(operations):
        words = [words[0], *created[1:]]
    if len(words) > 1 and len(" and ".join(words)) > _LONGEST:
        words = [words[0], f"{len(words) - 1} more"]
    return " and ".join(words)

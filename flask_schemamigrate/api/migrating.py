"""Scripts from models: ``migrate``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import AnswerNeeded
from ..errors import counted
from ..errors import NotUpToDate
from ..history import heard
from ..history.revision import Revision
from ..settings import Settings
from . import reading
from . import refusing
from .comparing import compare
from .creating import DEFAULT
from .creating import Draft
from .creating import parents
from .creating import planned
from .decisions import Decisions
from .decisions import NONE
from .given import Difference
from .values import Changes
from .values import Created

if TYPE_CHECKING:
    from ..operations.base import Operation
    from .deciding import Answers
    from .hooked import Further
    from .moving import Telling


@dataclass(frozen=True, slots=True)
class Prepared:
    """A comparison, and the script that comes of it; ``revision`` is None where nothing differs.

    ``text`` is the script, not written yet.
    """

    found: tuple[Difference, ...]
    changes: tuple[Changes, ...]
    revision: Revision | None = None
    text: str = ""


def migrate(
    settings: Settings,
    draft: Draft = DEFAULT,
    *,
    renames: Sequence[str] = (),
    fills: Sequence[str] = (),
    maps: Sequence[str] = (),
    answers: Answers | None = None,
    allow_drop: bool = False,
    include_unmanaged: bool = False,
    verify: bool | None = None,
    upgrade: bool = False,
    progress: Telling | None = None,
    waiting: Callable[[str], None] | None = None,
) -> Created:
    """Write a script for what has changed in the models; none where nothing has.

    ``renames`` are such as ``"user.name:full_name"``, ``fills`` such as ``"user.email=nullable"``,
    ``maps`` such as ``"mood.sad:happy"``; ``answers`` is asked about others (ValueNeeded,
    ValueInUse), and before most of the tables go
    (AnswerNeeded), unless ``allow_drop``.  ``include_unmanaged`` compares tables that no script
    mentions too.  With ``verify`` the script is tried on a copy of each database first (NotProven);
    None leaves that to the settings.  With ``upgrade``, revisions that are not applied are applied
    first; ``progress`` is told of them, and ``waiting`` for whom that waits.
    """
    decisions = Decisions(renames, fills, include_unmanaged, complete=True, maps=maps)

    def prepared() -> Prepared:
        return prepare(settings, draft, decisions, answers=answers, allow_drop=allow_drop)

    try:
        made = prepared()
    except NotUpToDate as error:
        if not error.pending or not (upgrade or _may_upgrade(error, answers)):
            raise
        from . import moving

        nobody = moving.nobody
        moving.upgrade(settings, "heads", progress=progress or nobody, waiting=waiting or nobody)
        made = prepared()
    heard.hear(settings.directory, (name for one in made.changes for name in one.unmanaged))
    return _written(settings, made, verify)


def _written(settings: Settings, made: Prepared, verify: bool | None) -> Created:
    """Try the script and write it, if there is one."""
    if made.revision is None:
        return Created(None, None, made.changes)
    from . import scripts
    from . import verifying

    assert made.revision.path is not None
    tried = [d for d in made.found if verifying.is_wanted(settings, d.database, verify)]
    proofs = verifying.prove(settings, made.revision, made.text, tried)
    path = made.revision.path
    notes = scripts.publish(settings, reading.folder(settings), path, made.text)
    further = [
        _also_written(settings, one, difference.database.bind)
        for difference in made.found
        for one in difference.further
    ]
    return Created(made.revision, path, made.changes, proofs, notes, tuple(further))


def _also_written(settings: Settings, script: Further, bind: str | None) -> Created:
    """Write one more script, which a hook has made; it may follow one that was written just now."""
    from . import scripts

    folder = reading.folder(settings)
    graph, draft = folder.read(), script.draft
    message = draft.message or "directives"
    revision = planned(folder, graph, draft, parents(graph, draft), message)
    assert revision.path is not None
    text = scripts.text(revision, settings, {bind: script.functions})
    notes = scripts.publish(settings, folder, revision.path, text)
    return Created(revision, revision.path, notes=notes)


def _may_upgrade(error: NotUpToDate, answers: Answers | None) -> bool:
    question = f"{error.message}\nApply them now, and go on?"
    return answers is not None and answers.may_upgrade(question)


def prepare(
    settings: Settings,
    draft: Draft = DEFAULT,
    decisions: Decisions = NONE,
    *,
    answers: Answers | None = None,
    allow_drop: bool = False,
) -> Prepared:
    """Do what :func:`migrate` does, but for the writing."""
    folder = reading.folder(settings)
    graph = folder.read()
    parents(graph, draft)  # Whether it can follow anything is said first.
    found = compare(settings, graph, decisions, answers, ("autogenerate",), draft)
    for difference in found:
        if difference.operations and not allow_drop:
            _refuse_many_drops(settings, difference, answers)
    changes = _with_strangers(settings, [difference.changes for difference in found])
    if all(difference.is_empty for difference in found):
        if not graph.revisions:
            notes = (*changes[0].notes, _no_first(settings))
            changes = (replace(changes[0], notes=notes), *changes[1:])
        return Prepared(found, changes)
    from ..source.script import Functions
    from . import scripts

    operations = [op for d in found for op in d.operations]
    draft = next((one.draft for one in found if one.draft is not None), draft)
    message = draft.message or (derived_message(operations) if operations else "directives")
    revision = planned(folder, graph, draft, parents(graph, draft), message)
    bodies = {difference.database.bind: difference.functions or Functions() for difference in found}
    return Prepared(found, changes, revision, scripts.text(revision, settings, bodies))


def _with_strangers(settings: Settings, found: Sequence[Changes]) -> tuple[Changes, ...]:
    """Add a note about unmanaged tables that were never listed before."""
    known = heard.heard(settings.directory)
    changes = []
    for one in found:
        new = [name for name in one.unmanaged if name not in known]
        if new:
            what = "1 table is" if len(new) == 1 else f"{len(new)} tables are"
            note = (
                f"{what} in no script and no model, and left alone: {', '.join(new)}.  This is "
                "said once; --include-unmanaged compares them too."
            )
            one = replace(one, notes=(*one.notes, note))
        changes.append(one)
    return tuple(changes)


def _no_first(settings: Settings) -> str:
    from . import code

    place = code.create_all(settings.root) if settings.root else None
    made = f"create_all() in {place}" if place else "something else, such as create_all()"
    return (
        f"there is no revision yet; the tables were made by {made}.  For a first script "
        "of what is there: flask db baseline"
    )


def _refuse_many_drops(settings: Settings, difference: Difference, answers: Answers | None) -> None:
    dropped, there = difference.dropped, len(difference.before.tables)
    if len(dropped) < 2 or len(dropped) * 2 <= there:
        return
    rows = {r.operation: r.rows for r in difference.changes.remarks if r.operation in dropped}
    listed = [f"{op.name} ({counted(rows.get(op, 0), 'row')})" for op in dropped[:8]]
    names = ", ".join(listed) + (f" and {len(dropped) - 8} more" if len(dropped) > 8 else "")
    what = f"{len(dropped)} of the {there} tables of {difference.database.label}"
    if answers is not None and answers.may_drop(
        f"The script would drop {what}: {names}. Is that meant?"
    ):
        return
    renames = [f"\nIf it was renamed: --rename {f}" for f in difference.changes.undecided]
    raise AnswerNeeded(
        f"The script would drop {what}, which have no models: {names}."
        + (refusing.searched(settings.root) if settings.root else ""),
        hint=(
            "Import the modules with their models, if they still exist.\n"
            "Tables of other programs: SCHEMAMIGRATE_IGNORE = ['celery_*']\n"
            "If the tables are to go: flask db migrate --allow-drop" + "".join(renames)
        ),
    )


#: A derived message that is longer names the first operation alone.
_LONGEST = 60


def derived_message(operations: Sequence[Operation]) -> str:
    """Return a message from what the operations do: ``add email to user``."""
    from ..operations.tables import CreateTable

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

"""Taking over databases that have tables and no recorded revision: ``flask db baseline``.

What is recorded is proven: the history is run on an empty throw-away database, and what it makes
after some revision equals what is there.  The tables of the app are never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from ..dialects.base import NoReplica
from ..errors import NoBaseline
from ..errors import SchemaMigrateError
from ..history.graph import change_of_rows
from ..history.graph import Direction
from ..history.graph import Graph
from ..history.graph import Move
from ..history.graph import RowChange
from ..history.revision import Revision
from ..run import ledger
from ..run import move
from ..run import rehearsal
from ..run.rehearsal import Unwritten
from ..run.session import Session
from ..schema.objects import Schema
from ..settings import Settings
from ..source.script import Functions
from ..source.script import Margin
from . import given
from . import migrating
from . import moving
from . import reading
from . import scratch
from . import scripts
from . import verifying
from . import visiting
from .creating import Draft
from .creating import planned
from .deciding import Answers
from .scratch import Stage
from .values import Created


@dataclass(frozen=True, slots=True)
class Baselined:
    """What was found of one database, and recorded.

    ``rows`` are what its version table has, or would have; ``recorded`` is whether they were
    written by this.  ``revision`` is the one that it equals, or the nearest one, from which
    ``differences`` lead to it.  ``pending`` counts the revisions that it then lacks.
    """

    database: str
    label: str
    rows: tuple[str, ...] = ()
    revision: str = ""
    differences: tuple[str, ...] = ()
    pending: int = 0
    recorded: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of all databases, and the scripts that were written for them."""

    databases: tuple[Baselined, ...]
    first: Created | None = None
    second: Created | None = None
    notes: tuple[str, ...] = ()


def baseline(
    settings: Settings,
    *,
    message: str = "baseline",
    nearest: bool = False,
    dry_run: bool = False,
    answers: Answers | None = None,
    waiting: Callable[[str], None] = moving.nobody,
) -> Taken:
    """Record for each database without a revision the one whose schema it has.

    Where there are no revisions at all, the first one is written: what is there, recorded as
    applied; and a second one with what leads to the models, which is not (``answers`` is asked
    about it).  Tables that neither models nor scripts mention are left alone.  ``nearest`` records
    the nearest revision though something differs; ``dry_run`` records and writes nothing.  Raises
    NoBaseline where a database equals no revision, or nobody can tell; before anything is written,
    HalfDone, and UnknownApplied where the folder lacks the scripts of what is recorded.
    """
    graph = reading.folder(settings).read()
    if not graph.revisions:
        return _begun(settings, message, dry_run, answers, waiting)

    def work(opened: Session) -> Baselined:
        found = _found(opened, graph)
        if not found.revision or dry_run:
            return found
        if found.differences and not nearest:
            raise _unequal(found)
        with opened.locked(waiting):
            return _recorded(opened, graph, found)

    return Taken(visiting.visit(settings, work))


def _found(opened: Session, graph: Graph) -> Baselined:
    """Return which revision a database equals, or which is nearest."""
    name, label = reading.name_of(opened.database), opened.database.label
    with opened.reading():
        rows = opened.versions.rows()
        actual = given.sides(opened)[0]
    if rows:
        return Baselined(name, label, rows, note=f"It has a recorded revision: {', '.join(rows)}.")
    if not actual.tables:
        return Baselined(name, label, note="It has no tables of this app: flask db upgrade")
    folder = reading.folder(opened.settings)
    try:
        stages = scratch.stages(opened, graph, graph.heads, folder)
    except NoReplica as reason:
        raise NoBaseline(
            f"Nobody can tell which revision {label} equals: {reason}.",
            hint="If you know it: flask db stamp REVISION",
        ) from reason
    stage, differences = _nearest(opened, actual, stages)
    pending = len(graph.pending(stage.rows))
    return Baselined(name, label, stage.rows, stage.revision, differences, pending)


def _nearest(
    opened: Session, actual: Schema, stages: Sequence[Stage]
) -> tuple[Stage, tuple[str, ...]]:
    """Return the newest stage that equals a schema, or the newest of those that differ least."""
    best: tuple[Stage, tuple[str, ...]] | None = None
    with opened.reading():
        for stage in reversed(stages[1:]):
            lines = scratch.way(opened.dialect, stage.schema, actual).lines
            if best is None or len(lines) < len(best[1]):
                best = (stage, lines)
            if not lines:
                break
    assert best is not None
    return best


def _unequal(found: Baselined) -> NoBaseline:
    listed = "\n".join(f"  {line}" for line in found.differences[:20])
    more = len(found.differences) - 20
    return NoBaseline(
        f"{found.label} equals no revision.  The nearest is {found.revision}, from which these "
        f"lead to it:\n{listed}" + (f"\n  and {more} more" if more > 0 else ""),
        hint="Change the tables by hand, and run this again.\n"
        f"Or record {found.revision} all the same: flask db baseline --nearest\n"
        "and then adopt the rest as a revision, or undo it: flask db drift",
    )


def _recorded(opened: Session, graph: Graph, found: Baselined) -> Baselined:
    with opened.reading():
        before = opened.versions.rows()
        unfinished = opened.journal.read()
    if unfinished is None or not unfinished.is_nothing:
        move.refuse_unfinished(opened)
    if before:
        return replace(found, rows=before, note="Somebody else has recorded a revision meanwhile.")
    kept, said = ledger.opened(opened)
    logging = moving.logging_stamp(kept, graph, before, found.rows)

    def also() -> None:
        logging()
        if unfinished is not None:
            opened.journal.clear()

    move.stamp(opened, [change_of_rows(before, found.rows)], also)
    with opened.transaction():
        opened.journal.drop()
    return replace(found, recorded=True, note=said)


# --- without a history --------------------------------------------------------------------------


def _begun(
    settings: Settings,
    message: str,
    dry_run: bool,
    answers: Answers | None,
    waiting: Callable[[str], None],
) -> Taken:
    """Begin a history with what is there."""
    bodies: dict[str | None, Functions] = {}
    schemas: dict[str | None, Schema] = {}

    def work(opened: Session) -> Baselined:
        _refuse_recorded(opened)
        with opened.reading():
            actual = given.sides(opened)[0]
            lines: tuple[str, ...] = ()
            if actual.tables:
                there = scratch.way(opened.dialect, Schema(), actual)
                lines, schemas[opened.database.bind] = there.lines, actual
                bodies[opened.database.bind] = scripts.functions(
                    opened.dialect, opened.settings, there.batched, there.start, Margin()
                )
        return Baselined(reading.name_of(opened.database), opened.database.label, (), "", lines)

    found = visiting.visit(settings, work)
    if not bodies:
        raise NoBaseline(
            "No database has a table of the models, and there are no revisions.",
            hint="flask db migrate",
        )
    if dry_run:
        return Taken(found)
    folder = reading.folder(settings)
    revision = planned(folder, Graph(), Draft(message=message), (), message)
    written = scripts.text(revision, settings, bodies)
    notes = _proven(settings, revision, written, schemas)
    assert revision.path is not None
    hooks = scripts.publish(settings, folder, revision.path, written)
    moving.stamp(settings, (revision.id,), waiting=waiting)
    first = Created(revision, revision.path, notes=hooks)
    done = tuple(
        replace(one, rows=(revision.id,), revision=revision.id, differences=(), recorded=True)
        for one in found
    )
    try:
        second = migrating.migrate(settings, answers=answers)
    except SchemaMigrateError as error:
        said = f"The difference to the models was not written: {error.message}"
        return Taken(done, first, None, (*notes, said, "Next: flask db migrate"))
    return Taken(done, first, second, notes)


def _refuse_recorded(opened: Session) -> None:
    move.refuse_unfinished(opened)
    with opened.reading():
        reading.refuse_unknown(opened, Graph(), opened.versions.rows())


def _proven(
    settings: Settings, revision: Revision, text: str, schemas: dict[str | None, Schema]
) -> tuple[str, ...]:
    """Run the first script on empty databases: it must make what is there.

    Returns sentences about what could not be tried.  Raises NoBaseline where it makes something
    else.
    """

    def work(opened: Session) -> str:
        actual = schemas[opened.database.bind]
        try:
            made = _made(opened, revision, text)
        except NoReplica as reason:
            return f"The script was not tried on a copy of {opened.database.label}: {reason}."
        with opened.reading():
            left = scratch.way(opened.dialect, made, actual).lines
        if left:
            listed = "\n".join(f"  {line}" for line in left)
            raise NoBaseline(
                f"A script would not make {opened.database.label} as it is:\n{listed}",
                hint="Report this, please.  Meanwhile leave such tables out: SCHEMAMIGRATE_IGNORE",
            )
        return ""

    return tuple(filter(None, visiting.visit(settings, work, only=lambda d: d.bind in schemas)))


def _made(opened: Session, revision: Revision, text: str) -> Schema:
    move_up = Move(revision, Direction.UP, (), (), RowChange())
    with rehearsal.copied(opened, bare=True) as copy, copy.opened() as at:
        try:
            names = visiting.names(opened.settings)
            rehearsal.rehearse(at, Unwritten(text), move_up, names=names)
        except SchemaMigrateError as error:
            raise NoReplica(" ".join(verifying.said(error).split())) from error
        with at.reading():
            return given.sides(at)[0]

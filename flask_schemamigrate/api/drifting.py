"""Drift: a schema that is not what the applied revisions make; told, adopted or repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..dialects.base import NoReplica
from ..errors import AnswerNeeded
from ..errors import NotProven
from ..errors import NotUpToDate
from ..history.graph import Direction
from ..history.graph import Graph
from ..history.graph import Move
from ..history.graph import RowChange
from ..history.revision import Revision
from ..operations.base import losses
from ..run import move as running
from ..run.live import Live
from ..run.rehearsal import Unwritten
from ..run.session import Session
from ..schema.objects import Schema
from ..settings import Settings
from ..source.script import Functions
from ..source.script import Margin
from . import given
from . import migrating
from . import moving
from . import planning
from . import reading
from . import scratch
from . import scripts
from . import visiting
from .creating import Draft
from .creating import planned
from .scratch import Way
from .values import Created


@dataclass(frozen=True, slots=True)
class Drift:
    """How the schema of one database differs from what its revisions make.

    ``lines`` say what the database has beyond them, as operations that a revision would need.
    ``statements`` would take it back; ``losses`` are what that destroys.  ``unknown`` is why it
    could not be told (else empty).
    """

    database: str
    label: str
    rows: tuple[str, ...]
    lines: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def is_drifted(self) -> bool:
        """Whether there is any difference."""
        return bool(self.lines)


def drift(settings: Settings) -> tuple[Drift, ...]:
    """Return how each database differs from what the revisions that it has applied make.

    These are run on an empty throw-away database for it.  Nothing is changed.
    """
    graph = reading.folder(settings).read()
    return visiting.visit(settings, lambda opened: look(opened, graph))


def look(opened: Session, graph: Graph) -> Drift:
    """Return the drift of one database."""
    return _looked(opened, graph)[0]


def _looked(opened: Session, graph: Graph) -> tuple[Drift, Way | None]:
    """Return the drift of one database, and what takes it back where that can be told."""
    name, label = reading.name_of(opened.database), opened.database.label
    with opened.reading():
        rows = opened.versions.rows()
        unfinished = opened.journal.read()
        actual = Schema() if rows else given.sides(opened)[0]
    if unfinished is not None or actual.tables:
        what = "a revision stopped half-way: flask db status"
        if unfinished is None:
            what = "it has tables and no recorded revision: flask db baseline"
        return Drift(name, label, rows, unknown=f"{what}."), None
    try:
        rows, there, back = _ways(opened, graph)
    except NoReplica as reason:
        return Drift(name, label, rows, unknown=f"{reason}."), None
    lost = losses(back.operations, back.start)
    losing = tuple(op.describe() for op, what in zip(back.operations, lost) if what)
    return Drift(name, label, rows, there.lines, _statements(opened, back), losing), back


def _ways(opened: Session, graph: Graph) -> tuple[tuple[str, ...], Way, Way]:
    """Return the rows, what leads from the history to the database, and what leads back."""
    with opened.reading():
        rows = opened.versions.rows()
    reading.refuse_unknown(opened, graph, rows)
    folder = reading.folder(opened.settings)
    made = scratch.stages(opened, graph, rows, folder, every=False)[-1].schema
    with opened.reading():
        actual = given.sides(opened)[0]
        there = scratch.way(opened.dialect, made, actual)
        back = scratch.way(opened.dialect, actual, made)
    return rows, there, back


def _statements(opened: Session, back: Way) -> tuple[str, ...]:
    """Return the SQL that takes a database back, as far as it can be written beforehand."""
    if not back.operations:
        return ()
    script, moves = _script(opened, back)
    parts, unknown = planning.recorded(opened, script, moves, back.start)
    statements = tuple(step.sql for part in parts for step in part.steps)
    return (*statements, *(f"-- {said}" for said in unknown))


def _script(opened: Session, back: Way) -> tuple[Unwritten, tuple[Move, ...]]:
    """Return a script that takes a database back, which is never written, and the move of it."""
    made = str(reading.folder(opened.settings).now())
    path = opened.settings.directory / "(repair)"
    revision = Revision("repair", doc="Repair", path=path, created=made)
    bodies = {opened.database.bind: _body(opened, back)}
    text = scripts.text(revision, opened.settings, bodies)
    return Unwritten(text), (Move(revision, Direction.UP, (), (), RowChange()),)


def repair(
    settings: Settings, *, allow_drop: bool = False, waiting: Callable[[str], None] = moving.nobody
) -> tuple[Drift, ...]:
    """Take each database back to what its revisions make; return what was taken back.

    The statements of :attr:`Drift.statements` are run, under the migration lock, in one transaction
    where the server has such for DDL.  Raises AnswerNeeded, before anything is run, where rows or
    tables would be destroyed and ``allow_drop`` is not given, and RunError.
    """
    graph = reading.folder(settings).read()

    def work(opened: Session) -> Drift:
        with opened.locked(waiting):
            running.refuse_unfinished(opened)
            found, back = _looked(opened, graph)
            if found.losses and not allow_drop:
                raise _would_lose(found)
            if back is not None and found.is_drifted:
                _run(opened, back)
        return found

    return visiting.visit(settings, work)


def _would_lose(found: Drift) -> AnswerNeeded:
    listed = "\n".join(f"  {line}" for line in found.losses)
    return AnswerNeeded(
        f"To repair {found.label} would destroy what is there:\n{listed}",
        hint="If that is to go: flask db drift --repair --allow-drop\n"
        "To keep it, as a revision: flask db drift --adopt",
    )


def _run(opened: Session, back: Way) -> None:
    script, (move,) = _script(opened, back)
    names = visiting.names(opened.settings)
    running.carry_out(opened, script, move, names=names, executor=Live(opened))


def adopt(
    settings: Settings,
    message: str | None = None,
    *,
    waiting: Callable[[str], None] = moving.nobody,
) -> Created:
    """Write a revision of what the databases have beyond theirs, and record it as applied there.

    Other databases get it by ``upgrade``.  No script is written where nothing has drifted.  Raises
    NotUpToDate where a database is not at the head, HalfDone where a revision has stopped half-way,
    and NotProven where the drift cannot be told.
    """
    folder = reading.folder(settings)
    graph = folder.read()
    found: dict[str | None, Way] = {}

    def work(opened: Session) -> None:
        _require_heads(opened, graph)
        try:
            found[opened.database.bind] = _ways(opened, graph)[1]
        except NoReplica as reason:
            raise NotProven(f"Nobody can tell how it has drifted: {reason}.") from reason

    visiting.visit(settings, work)
    changed = {bind: one for bind, one in found.items() if one.operations}
    if not changed:
        return Created(None, None)
    operations = [op for one in changed.values() for op in one.operations]
    text = message or f"adopt {migrating.derived_message(operations)}"
    revision = planned(folder, graph, Draft(message=text), graph.heads, text)
    bodies: dict[str | None, Functions] = {}

    def write(opened: Session) -> None:
        bodies[opened.database.bind] = _body(opened, changed[opened.database.bind])

    visiting.visit(settings, write, only=lambda database: database.bind in changed)
    assert revision.path is not None
    written = scripts.text(revision, settings, bodies)
    notes = scripts.publish(settings, folder, revision.path, written)
    moving.stamp(settings, (revision.id,), waiting=waiting)
    return Created(revision, revision.path, notes=notes)


def _body(opened: Session, there: Way) -> Functions:
    with opened.reading():
        return scripts.functions(
            opened.dialect, opened.settings, there.batched, there.start, Margin()
        )


def _require_heads(opened: Session, graph: Graph) -> None:
    running.refuse_unfinished(opened)
    with opened.reading():
        rows = opened.versions.rows()
    reading.refuse_unknown(opened, graph, rows)
    behind = graph.pending(rows)
    if behind:
        raise NotUpToDate(
            f"{opened.database.label} lacks {', '.join(behind[:5])}: what it has beyond its "
            "revisions can only follow the last of them.",
            hint="flask db upgrade",
            pending=behind,
        )

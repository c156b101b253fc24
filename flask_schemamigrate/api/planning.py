"""``--plan``: what would be run, statement by statement, and what that means for others.

Each script is run on a throw-away copy of the database.  Where that could reach the database
itself, its statements are recorded, as for ``--sql``, and run on the copy if none of them leaves
it.  Where there can be no copy nothing is measured, and a note says why.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

from .. import planner
from ..dialects import blocked
from ..dialects.base import NoReplica
from ..errors import SchemaMigrateError
from ..history import symbols
from ..history.graph import Direction
from ..history.graph import Move
from ..history.graph import RowChange
from ..history.revision import Revision
from ..run import rehearsal
from ..run import script
from ..run.context import activated
from ..run.move import script_context
from ..run.move import Scripts
from ..run.recorder import RecordedTables
from ..run.recorder import Recorder
from ..run.rehearsal import Unwritten
from ..run.session import Session
from ..schema.objects import Schema
from ..schema.scope import Scope
from ..settings import Database
from ..settings import Settings
from ..source.script import Functions
from ..steps import Part
from ..steps import Plan
from . import given
from . import reading
from . import scripts
from . import verifying
from . import visiting
from .creating import DEFAULT
from .creating import Draft
from .deciding import Answers
from .decisions import Decisions
from .given import Difference
from .migrating import prepare
from .moving import Choice
from .values import Changes
from .values import Planned

#: The script of a comparison before it has a name.
_UNNAMED = Revision("plan", (), (), (), "", "", None, "2000-01-01 00:00:00")


def plan_migrate(
    settings: Settings,
    draft: Draft = DEFAULT,
    *,
    renames: Sequence[str] = (),
    fills: Sequence[str] = (),
    maps: Sequence[str] = (),
    answers: Answers | None = None,
    allow_drop: bool = False,
    include_unmanaged: bool = False,
) -> tuple[tuple[Changes, ...], tuple[Planned, ...]]:
    """Return what :func:`~flask_schemamigrate.api.migrate` would find, and what its script does.

    Nothing is written, and revisions that are not applied are not applied (NotUpToDate).
    """
    decisions = Decisions(renames, fills, include_unmanaged, complete=True, maps=maps)
    made = prepare(settings, draft, decisions, answers=answers, allow_drop=allow_drop)
    return made.changes, of_differences(settings, made.found)


def of_differences(settings: Settings, found: Sequence[Difference]) -> tuple[Planned, ...]:
    """Return the plans of what leads from each database to its models."""
    changed = {d.database.bind: d for d in found if not d.is_empty}

    def work(opened: Session) -> Planned:
        return _of_difference(opened, settings, changed[opened.database.bind])

    made = visiting.visit(settings, work, only=lambda d: d.bind in changed) if changed else ()
    by_name = {one.database: one for one in made}
    return tuple(
        by_name.get(d.changes.database, Planned(d.changes.database, d.changes.label, Plan()))
        for d in found
    )


def _of_difference(opened: Session, settings: Settings, difference: Difference) -> Planned:
    changes = difference.changes
    functions = difference.functions or Functions()
    text = scripts.text(_UNNAMED, settings, {difference.database.bind: functions})
    move = Move(_UNNAMED, Direction.UP, (), (), RowChange())
    try:
        verifying.refuse_reaching_out(opened, difference.operations)
        reason = ""
    except NoReplica as refused:
        reason = str(refused)
    plan = _planned(opened, Unwritten(text), [move], difference.before, reason, rows=False)
    return Planned(changes.database, changes.label, plan)


def plan_upgrade(settings: Settings, target: str = "head") -> tuple[Planned, ...]:
    """Return what an upgrade would do to each database; nothing is changed."""
    return _of_moves(
        settings,
        target,
        lambda graph, now: graph.upgrade_moves(now, symbols.upgrade_target(graph, target, now)),
    )


def plan_downgrade(settings: Settings, target: str = "-1") -> tuple[Planned, ...]:
    """Return what a downgrade would do to each database; nothing is changed."""
    return _of_moves(
        settings,
        target,
        lambda graph, now: graph.downgrade_moves(now, symbols.undone_by(graph, target, now)),
    )


def _of_moves(settings: Settings, target: str, choose: Choice) -> tuple[Planned, ...]:
    folder = reading.folder(settings)
    graph = folder.read()

    def work(opened: Session) -> Planned:
        database = opened.database
        with opened.reading():
            now = opened.versions.rows()
        reading.refuse_unknown(opened, graph, now)
        moves = choose(graph, now)
        plan = Plan()
        if moves:
            with opened.reading():
                before = opened.dialect.inspect(_scope(opened, database))
            reaching = opened.dialect.copies_share_names
            reason = "a script may name the database itself" if reaching else ""
            plan = _planned(opened, folder, moves, before, reason, rows=True)
        revisions = tuple(move.revision.id for move in moves)
        return Planned(reading.name_of(database), database.label, plan, revisions)

    told = {"destination_rev": target, "starting_rev": None, "tag": None}
    return visiting.visit(settings, work, told=told)


def _scope(opened: Session, database: Database) -> Scope:
    reader = opened.dialect.reader
    names = [reader.name(t.name, t.schema) for t in given.models(database)]
    return Scope.over(names, opened.own)


# --- from scripts to parts ------------------------------------------------------------------------


def _planned(
    opened: Session,
    source: Scripts,
    moves: Sequence[Move],
    before: Schema,
    reason: str,
    *,
    rows: bool,
) -> Plan:
    """Return the plan of moves: measured, or with a ``reason`` against that, recorded.

    Scripts that people wrote may look for ``rows``; ours do not, and rows could only stop them.
    """
    dialect = opened.dialect
    with opened.reading():
        sizes = dialect.sizes(before.tables)
    notes: tuple[str, ...]
    parts: Sequence[Part]
    try:
        if reason:
            raise NoReplica(reason)
        parts, notes, failed = _measured(opened, source, moves, rows)
    except NoReplica as refused:
        parts, failed = recorded(opened, source, moves, before)
        parts, notes, refusal = _replayed(opened, parts, str(refused))
        failed = (*refusal, *failed)
    plan = planner.assess(dialect, parts, before, sizes, (*notes, *failed))
    return replace(plan, complete=not failed)


def _measured(
    opened: Session, source: Scripts, moves: Sequence[Move], rows: bool
) -> tuple[list[Part], tuple[str, ...], tuple[str, ...]]:
    """Return what moves do, notes about the copy, and one about the failure that ended it."""
    parts: list[Part] = []
    with rehearsal.copied(opened) as copy:
        notes = copy.replica.fill(rows)
        with copy.opened() as at:
            for move in moves:
                done, error = rehearsal.tried(
                    at, source, move, names=visiting.names(opened.settings)
                )
                parts += done
                if error is not None:
                    return parts, notes, (f"On a copy it fails here{_said(error, move)}",)
    return parts, notes, ()


def _replayed(
    opened: Session, parts: Sequence[Part], reason: str
) -> tuple[Sequence[Part], tuple[str, ...], tuple[str, ...]]:
    """Measure recorded statements where none of them can leave the copy: see _measured."""
    refused = (f"Nothing was measured: {reason}.",)
    if not opened.dialect.copies_share_names:
        return parts, refused, ()
    named = opened.dialect.named_outside([step.sql for part in parts for step in part.steps])
    if named:
        return parts, (f"Nothing was measured: {named}.",), ()
    try:
        with rehearsal.copied(opened) as copy:
            notes = copy.replica.fill(False)
            with copy.opened() as at:
                parts, error = rehearsal.measured(at, parts)
    except NoReplica as lacking:
        return parts, (f"Nothing was measured: {lacking}.",), ()
    if error is None:
        return parts, notes, ()
    said = " ".join(str(error.orig).split())
    return parts, notes, (f"On a copy this could not be measured: {said}",)


def recorded(
    opened: Session, source: Scripts, moves: Sequence[Move], before: Schema
) -> tuple[list[Part], tuple[str, ...]]:
    """Return what scripts would do, without running a statement, and why that is not all of it."""
    recorder = Recorder(opened.dialect, io.StringIO())
    tables = RecordedTables(before, recorder)
    for move in moves:
        context = script_context(opened, recorder, tables, (move,), None)
        try:
            with visiting.names(opened.settings)():
                module = source.load(move.revision)
                bind = opened.database.bind
                body = script.function(module, move.revision, move.direction, bind)
                with activated(context), blocked.refused(opened.connection, opened.connection):
                    body()
        except SchemaMigrateError as error:
            return recorder.parts, (f"What follows cannot be known{_said(error, move)}",)
        except Exception as error:  # A script may do anything; here it sees no rows.
            said = f"{_place(error, move)}. {type(error).__name__}: {error}"
            return recorder.parts, (f"What follows cannot be known without running it{said}",)
        finally:
            recorder.finished(None)
            with opened.reading():
                pass
    return recorder.parts, ()


def _said(error: SchemaMigrateError, move: Move) -> str:
    cause = error.__cause__
    place = _place(error if cause is None else cause, move)
    return f"{place}. {' '.join(verifying.said(error).split())}"


def _place(error: BaseException, move: Move) -> str:
    """Return where in a script that is in the folder something happened."""
    place = script.place(error, move.revision.path)
    return f" ({move.revision.id}{place})" if place else ""

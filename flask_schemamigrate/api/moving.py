"""Taking databases up and down, and recording where they are."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import TypeAlias

from ..compat.names import alembic_names
from ..errors import InvalidRange
from ..history import symbols
from ..history.graph import change_of_rows
from ..history.graph import Graph
from ..history.graph import Move
from ..run import move
from ..run import session
from ..run.move import Progress
from ..run.session import Session
from ..settings import Settings
from . import reading
from .values import Moved

#: Told the database and what happens to it.
Telling: TypeAlias = Callable[[str, Progress], None]
#: From the graph and the applied rows to the moves that are to be made.
Choice: TypeAlias = Callable[[Graph, tuple[str, ...]], tuple[Move, ...]]


def nobody(*_: object) -> None:
    """Tell nobody."""


def upgrade(
    settings: Settings,
    target: str = "head",
    *,
    tag: str | None = None,
    progress: Telling = nobody,
    waiting: Callable[[str], None] = nobody,
) -> tuple[Moved, ...]:
    """Apply what each database lacks of ``target``, one transaction a revision.

    ``tag`` is handed to the scripts; ``waiting`` is told when another process holds the migration
    lock.  Raises HistoryError, StateError and RunError; what was done before an error stays.
    """

    def choose(graph: Graph, now: tuple[str, ...]) -> tuple[Move, ...]:
        return graph.upgrade_moves(now, symbols.upgrade_target(graph, target, now))

    _refuse_range(target)
    return _move_all(settings, choose, tag, progress, waiting)


def downgrade(
    settings: Settings,
    target: str = "-1",
    *,
    tag: str | None = None,
    progress: Telling = nobody,
    waiting: Callable[[str], None] = nobody,
) -> tuple[Moved, ...]:
    """Undo what each database has applied above ``target``: see :func:`upgrade`."""

    def choose(graph: Graph, now: tuple[str, ...]) -> tuple[Move, ...]:
        return graph.downgrade_moves(now, symbols.undone_by(graph, target, now))

    _refuse_range(target)
    return _move_all(settings, choose, tag, progress, waiting)


def _refuse_range(target: str) -> None:
    if ":" in target:
        raise InvalidRange(
            f"{target!r} is a range, which has a meaning with --sql alone.",
            hint="Name the end alone: the database itself says where it is.",
        )


def _move_all(
    settings: Settings,
    choose: Choice,
    tag: str | None,
    progress: Telling,
    waiting: Callable[[str], None],
) -> tuple[Moved, ...]:
    graph = reading.folder(settings).read()
    moved: list[Moved] = []
    for database in reading.databases(settings):
        with session.connect(database, settings) as opened:
            before, moves = _chosen(opened, graph, choose)
            done: tuple[move.Applied, ...] = ()
            if moves:
                before, done = _run(opened, graph, choose, tag, progress, waiting)
            with opened.reading():
                after = opened.versions.rows()
        name = reading.name_of(database)
        moved.append(Moved(name, database.label, before, after, done))
    return tuple(moved)


def _chosen(
    opened: Session, graph: Graph, choose: Choice
) -> tuple[tuple[str, ...], tuple[Move, ...]]:
    with opened.reading():
        now = opened.versions.rows()
    reading.refuse_unknown(graph, now, opened.database)
    return now, choose(graph, now)


def _run(
    opened: Session,
    graph: Graph,
    choose: Choice,
    tag: str | None,
    progress: Telling,
    waiting: Callable[[str], None],
) -> tuple[tuple[str, ...], tuple[move.Applied, ...]]:
    """Run what is to be done once the lock is held, when the rows may be others than before it."""
    name = reading.name_of(opened.database)
    with opened.locked(waiting):
        before, moves = _chosen(opened, graph, choose)
        done = move.run(
            opened,
            reading.folder(opened.settings),
            moves,
            names=alembic_names,
            progress=lambda told: progress(name, told),
            tag=tag,
        )
    return before, done


def stamp(
    settings: Settings,
    targets: Sequence[str] = ("head",),
    *,
    purge: bool = False,
    waiting: Callable[[str], None] = nobody,
) -> tuple[Moved, ...]:
    """Record ``targets`` as applied without running anything.

    Rows on the same line give way; ``purge`` removes all rows first, unknown ones too.
    """
    graph = reading.folder(settings).read()
    moved: list[Moved] = []
    for database in reading.databases(settings):
        with session.connect(database, settings) as opened, opened.locked(waiting):
            before = opened.versions.rows()
            opened.rollback()
            if not purge:
                reading.refuse_unknown(graph, before, database)
            after = stamped(graph, () if purge else before, targets)
            if purge:
                move.purge(opened, after)
            elif after != before:
                move.stamp(opened, [change_of_rows(before, after)])
        moved.append(Moved(reading.name_of(database), database.label, before, after))
    return tuple(moved)


def stamped(graph: Graph, now: tuple[str, ...], targets: Sequence[str]) -> tuple[str, ...]:
    """Return the rows after ``targets`` are recorded one after the other."""
    for target in targets:
        ids = symbols.resolve(graph, target, now)
        label, at, base = target.rpartition("@")
        if ids:
            now = graph.stamped_rows(now, ids)
        elif at and base == "base":
            branch = symbols.lineage(graph, label)
            now = tuple(row for row in now if row not in branch)
        elif base == "base":
            now = ()
    return now

"""Taking databases up and down, and recording where they are."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import TypeAlias

from ..errors import InvalidRange
from ..errors import StatementFailed
from ..history import symbols
from ..history.graph import change_of_rows
from ..history.graph import Graph
from ..history.graph import Move
from ..settings import Database
from ..settings import Settings
from . import reading
from . import visiting
from .places import Moved

if TYPE_CHECKING:
    from ..run.ledger import Ledger
    from ..run.move import Applied
    from ..run.move import Progress
    from ..run.move import Scripts
    from ..run.session import Session

#: Told the database and what happens to it.
Telling: TypeAlias = "Callable[[str, Progress], None]"
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
    graph: Graph | None = None,
) -> tuple[Moved, ...]:
    """Apply what each database lacks of ``target``, one transaction a revision.

    ``tag`` is handed to the scripts; ``waiting`` is told when another process holds the migration
    lock, and who holds a table.  ``graph`` is the history, where it was read already.  Raises
    HistoryError, StateError and RunError; what was done before an error stays.
    """

    def choose(graph: Graph, now: tuple[str, ...]) -> tuple[Move, ...]:
        return graph.upgrade_moves(now, symbols.upgrade_target(graph, target, now))

    _refuse_range(target)
    walk = Walk(choose, target, tag, progress, waiting, may_be_ahead=True)
    return _move_all(settings, walk, graph or reading.folder(settings).read())


def downgrade(
    settings: Settings,
    target: str = "-1",
    *,
    tag: str | None = None,
    stored: bool = False,
    progress: Telling = nobody,
    waiting: Callable[[str], None] = nobody,
) -> tuple[Moved, ...]:
    """Undo what each database has applied above ``target``: see :func:`upgrade`.

    ``stored``: where there is no script of an applied revision, the copy in the database's log is
    run.  That is code which whoever can write to the log has put there.
    """

    def choose(graph: Graph, now: tuple[str, ...]) -> tuple[Move, ...]:
        return graph.downgrade_moves(now, symbols.undone_by(graph, target, now))

    _refuse_range(target)
    walk = Walk(choose, target, tag, progress, waiting, stored=stored)
    return _move_all(settings, walk, reading.folder(settings).read())


def _refuse_range(target: str) -> None:
    if ":" in target:
        raise InvalidRange(
            f"{target!r} is a range, which has a meaning with --sql alone.",
            hint="Name the end alone: the database itself says where it is.",
        )


@dataclass(frozen=True, slots=True)
class Walk:
    """What an upgrade or a downgrade is to do, and whom it tells.

    ``may_be_ahead``: a database that has all that is here, and more, is a fine end, where that is
    allowed; ``stored``: scripts that are not here come from the log.
    """

    choose: Choice
    target: str
    tag: str | None
    progress: Telling
    waiting: Callable[[str], None]
    may_be_ahead: bool = False
    stored: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """The rows of a database, the moves that are to be made, where their scripts are, sentences."""

    now: tuple[str, ...]
    moves: tuple[Move, ...]
    scripts: Scripts
    notes: tuple[str, ...] = ()


def _move_all(settings: Settings, walk: Walk, graph: Graph) -> tuple[Moved, ...]:
    glanced: dict[str | None, tuple[str, ...]] = {}

    def glance(database: Database, now: tuple[str, ...]) -> Moved | None:
        if graph.unknown(now) or walk.choose(graph, now):
            glanced[database.bind] = now
            return None
        return Moved(reading.name_of(database), database.label, now, now)

    def work(opened: Session) -> Moved:
        now = glanced.get(opened.database.bind)
        way = _chosen(opened, graph, walk, now)
        done: tuple[Applied, ...] = ()
        # What a journal says may be the work of a process that runs just now: wait for that.
        if way.moves or (now is None and _is_begun(opened)):
            way, done = _run(opened, graph, walk, way)
        after = way.moves[-1].after if way.moves else way.now
        name, label = reading.name_of(opened.database), opened.database.label
        return Moved(name, label, way.now, after, done, way.notes)

    goal = {"destination_rev": walk.target, "starting_rev": None, "tag": walk.tag}
    return visiting.visit(settings, work, told=goal, glance=glance)


def _is_begun(opened: Session) -> bool:
    with opened.asking():
        return opened.journal.exists()


def _chosen(opened: Session, graph: Graph, walk: Walk, now: tuple[str, ...] | None = None) -> _Way:
    """Return what is to be done; ``now`` are the rows where they are known."""
    if now is None:
        with opened.asking():
            now = opened.versions.rows()
    folder = reading.folder(opened.settings)
    if not graph.unknown(now):
        return _Way(now, walk.choose(graph, now), folder)
    from . import beyond

    if walk.stored:
        with opened.reading():
            whole, scripts = beyond.stored(opened, graph, now, folder)
        return _Way(now, walk.choose(whole, now), scripts)
    ahead = beyond.may_stay(opened, graph, now) if walk.may_be_ahead else None
    if ahead is None:
        reading.refuse_unknown(opened, graph, now)
        raise AssertionError("not reached")
    said = "".join(f"\n  {sentence}" for sentence in ahead.sentences)
    note = f"{opened.database.label} is ahead of these scripts:{said}"
    return _Way(now, (), folder, (note,))


def _run(
    opened: Session, graph: Graph, walk: Walk, earlier: _Way
) -> tuple[_Way, tuple[Applied, ...]]:
    """Run what is to be done once the lock is held; the rows may be others than ``earlier``."""
    from ..run import ledger
    from ..run import move
    from . import applied
    from . import edited
    from . import told

    name = reading.name_of(opened.database)
    with opened.locked(walk.waiting):
        now = opened.glance()
        is_same = now == earlier.now and not graph.unknown(now)
        way = earlier if is_same else _chosen(opened, graph, walk, now)
        told.moves(way.moves)
        kept, said = ledger.opened(opened) if way.moves else (None, "")
        with opened.asking():
            changed = edited.edited(opened, graph) if kept is not None else ()
        with _told_of_tables(opened):
            done = move.run(
                opened,
                way.scripts,
                way.moves,
                names=visiting.names(opened.settings),
                progress=lambda stage: walk.progress(name, stage),
                tag=walk.tag,
                after=applied.telling(opened),
                ledger=kept,
                waiting=walk.waiting,
                is_clean=now is not None,
            )
    notes = (said, *way.notes, *(edited.sentence(graph, id_) for id_ in changed))
    return replace(way, notes=tuple(filter(None, notes))), done


@contextmanager
def _told_of_tables(opened: Session) -> Iterator[None]:
    """Say what to do where a first revision finds its tables made by something else."""
    try:
        yield
    except StatementFailed as error:
        is_there = "already exists" in str(getattr(error.__cause__, "orig", "")).lower()
        if is_there:
            with opened.reading():
                rows, unfinished = opened.versions.rows(), opened.journal.read()
            if not rows and (unfinished is None or unfinished.is_nothing):
                error.hint += (
                    "\nIf something else made the tables, such as create_all(), find out which "
                    "revision they equal, and record that: flask db baseline"
                )
        raise


def stamp(
    settings: Settings,
    targets: Sequence[str] = ("head",),
    *,
    purge: bool = False,
    tag: str | None = None,
    waiting: Callable[[str], None] = nobody,
) -> tuple[Moved, ...]:
    """Record ``targets`` as applied without running anything.

    Rows on the same line give way; ``purge`` removes all rows first, unknown ones too.  Raises
    HalfDone where a revision has stopped half-way, which only ``resolve`` settles.
    """
    from ..run import ledger
    from ..run import move
    from . import applied

    graph = reading.folder(settings).read()

    def work(opened: Session) -> Moved:
        with opened.locked(waiting):
            before = opened.versions.rows()
            opened.rollback()
            move.refuse_unfinished(opened)
            if not purge:
                reading.refuse_unknown(opened, graph, before)
            after = stamped(graph, () if purge else before, targets)
            rows = () if purge else before
            told = applied.telling_stamp(opened, graph, rows, after, targets)
            said = ""
            if purge or after != before:
                kept, said = ledger.opened(opened)
                told = logging_stamp(kept, graph, before, after, told)
            if purge:
                move.purge(opened, after, told)
            elif after != before:
                move.stamp(opened, [change_of_rows(before, after)], told)
        name, label = reading.name_of(opened.database), opened.database.label
        return Moved(name, label, before, after, notes=(said,) if said else ())

    goal = {"destination_rev": targets, "starting_rev": None, "tag": tag, "purge": purge}
    return visiting.visit(settings, work, told=goal)


def logging_stamp(
    kept: Ledger | None,
    graph: Graph,
    before: Sequence[str],
    after: Sequence[str],
    told: Callable[[], None] | None = None,
) -> Callable[[], None]:
    """Return what logs the rows that come, and calls ``told`` before."""

    def work() -> None:
        if told is not None:
            told()
        if kept is not None:
            kept.noted(graph.revisions[row] for row in after if row not in before)

    return work


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

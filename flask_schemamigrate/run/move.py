"""Carrying out moves: each revision's script and its version row, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Literal
from typing import Protocol

from ..directives.build import Builder
from ..errors import SchemaMigrateError
from ..history.graph import Direction
from ..history.graph import Move
from ..history.graph import RowChange
from ..history.revision import Revision
from . import halves
from . import script
from . import stopping
from .context import activated
from .context import Executor
from .context import KnownTables
from .context import MigrationContext
from .ears import Ears
from .journal import Unfinished
from .ledger import Ledger
from .live import Live
from .live import LiveTables
from .patience import Patience
from .patience import TableBusy
from .replay import CannotReplay
from .replay import Diverged
from .replay import Replay
from .session import Session
from .source import Source
from .watch import Watch


class Scripts(Protocol):
    """Where scripts come from: the folder, or one that is not written yet."""

    def load(self, revision: Revision) -> ModuleType:
        """Run a script's top level in a fresh module."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A revision that was applied or undone: how long it took, how many operations it had.

    ``resumed`` counts the statements that an earlier, interrupted run had carried out.
    """

    revision: Revision
    direction: Direction
    seconds: float
    operations: int
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Told before and after each revision; ``number`` counts from 1 to ``total``.

    In between, at the stage ``rows``, it is told that ``rows`` of about ``of`` rows are filled.
    """

    stage: Literal["started", "rows", "finished"]
    revision: Revision
    direction: Direction
    number: int
    total: int
    seconds: float = 0.0
    resumed: int = 0
    rows: int = 0
    of: int = 0


def ignore(progress: Progress) -> None:
    """Tell nobody."""


def nobody(sentence: str) -> None:
    """Tell nobody."""


def run(
    session: Session,
    folder: Scripts,
    moves: Sequence[Move],
    *,
    names: Callable[[], AbstractContextManager[None]] = nullcontext,
    progress: Callable[[Progress], None] = ignore,
    tag: str | None = None,
    after: Callable[[Move], None] | None = None,
    ledger: Ledger | None = None,
    waiting: Callable[[str], None] = nobody,
    is_clean: bool = False,
) -> tuple[Applied, ...]:
    """Run ``moves`` in order and return what was done.

    Each one has a transaction of its own, which holds its version rows too: what was done before a
    failure stays.  ``names`` is entered while a script is loaded and runs, ``after`` called once
    its rows are written, in the same transaction, which adds to ``ledger`` too.  The caller holds
    the migration lock.  What waits for a table too long gives way and begins again; ``waiting`` is
    told, also of what an operation is about to destroy where the database has revisions (and may
    have rows).  ``is_clean``: it was seen under the lock that there is no journal.  Raises RunError
    (StatementFailed, ScriptFailed, Irreversible, Interrupted), LockTimeout and VersionConflict.
    """
    applied: list[Applied] = []
    _refuse_left_behind(session)
    unfinished = None if is_clean else _unfinished(session)
    if unfinished is not None:
        _require_first(unfinished, moves)
        stopping.wait_for_statement(session, unfinished, waiting)
    elif not session.dialect.transactional_ddl:
        # Later it would commit what a script has done.
        session.journal.create(is_absent=is_clean)
    patience, ears = Patience(session, waiting), Ears(session.connection)
    with names(), session.dialect.attending(), ears.open(), patience.listening():
        for number, move in enumerate(moves, 1):
            telling = (move.revision, move.direction, number, len(moves))
            progress(Progress("started", *telling))
            attempt = partial(carry_out, session, folder, move, names=names, tag=tag, after=after)
            attempt = partial(attempt, ledger=ledger, has_rows=bool(move.before))
            rows = partial(_filled, progress, telling)
            losing = partial(_destroys, waiting, move) if moves[0].before else None
            live = partial(Live, session, patience=patience, rows=rows, losing=losing)
            patience.anew()
            done = _persist(session, ears, move, unfinished, patience, attempt, live)
            unfinished = None
            applied.append(done)
            progress(Progress("finished", *telling, seconds=done.seconds, resumed=done.resumed))
    if not session.dialect.transactional_ddl:
        session.journal.drop(is_there=True)
    return tuple(applied)


def _filled(
    progress: Callable[[Progress], None],
    telling: tuple[Revision, Direction, int, int],
    rows: int,
    of: int,
) -> None:
    progress(Progress("rows", *telling, rows=rows, of=of))


def _destroys(say: Callable[[str], None], move: Move, what: str) -> None:
    say(f"{move.revision.id} destroys {what}.")


def _persist(
    session: Session,
    ears: Ears,
    move: Move,
    unfinished: Unfinished | None,
    patience: Patience,
    attempt: Callable[..., Applied],
    live: Callable[..., Live],
) -> Applied:
    """Run a move, again from its beginning or behind what stays where a table is in use."""
    while True:
        try:
            watch = _watch(session, ears, move, unfinished)
            return attempt(executor=live(watch=watch))
        except TableBusy as busy:
            if not busy.again or not patience.again(f"Revision {move.revision.id}"):
                raise
        unfinished = session.journal.read()
        session.rollback()


def refuse_unfinished(session: Session) -> None:
    """Raise HalfDone where a revision has stopped half-way: its rows cannot be said to be there."""
    unfinished = _unfinished(session)
    if unfinished is not None:
        raise halves.elsewhere(unfinished)


def _refuse_left_behind(session: Session) -> None:
    with session.reading():  # What SQLAlchemy begins for it would pass for the transaction.
        halves.refuse_left_behind(session.dialect)


def _unfinished(session: Session) -> Unfinished | None:
    with session.asking():
        return session.journal.read()


def _require_first(unfinished: Unfinished, moves: Sequence[Move]) -> None:
    """Raise HalfDone unless the revision that stopped half-way is what comes first."""
    first = (moves[0].revision.id, moves[0].direction.value) if moves else None
    if (unfinished.revision, unfinished.direction) != first:
        raise halves.elsewhere(unfinished)


def _watch(session: Session, ears: Ears, move: Move, unfinished: Unfinished | None) -> Watch:
    source = Source(move.revision)
    mine = Unfinished(move.revision.id, move.direction.value, source.digest, ())
    return Watch(session, ears, source, mine, Replay.of(unfinished, source.digest))


def carry_out(
    session: Session,
    scripts: Scripts,
    move: Move,
    *,
    names: Callable[[], AbstractContextManager[None]] = nullcontext,
    tag: str | None = None,
    executor: Live,
    tables: KnownTables | None = None,
    after: Callable[[Move], None] | None = None,
    ledger: Ledger | None = None,
    has_rows: bool = False,
) -> Applied:
    """Run one move; ``executor`` and ``tables`` are others where it is only a rehearsal."""
    began = time.perf_counter()
    tables = tables or LiveTables(session.dialect)
    context = script_context(session, executor, tables, (move,), tag)
    try:
        with names():
            module = scripts.load(move.revision)
            body = script.function(
                module,
                move.revision,
                move.direction,
                session.database.bind,
                session.arguments,
                session.database.whole,
            )
            executor.limit(module)
            with session.transaction(), activated(context):
                if not has_rows:  # Else the version table was read, and need not be looked for.
                    session.versions.ensure()
                with executor.watching(), executor.others():
                    body()
                session.begin()  # A script may have ended the transaction itself.
                if executor.has_begun_anew and not has_rows:
                    session.versions.ensure()
                _write_down(session, move, executor, after, ledger, began)
    except (Diverged, CannotReplay) as error:
        raise halves.diverged(executor.earlier, move.revision, error) from error
    except KeyboardInterrupt as stop:
        raise stopping.interrupted(stop, session, move, executor) from stop
    except Exception as error:
        executor.failed(None if isinstance(error, SchemaMigrateError) else error)
        if isinstance(error, SchemaMigrateError) and not script.is_unplaced(error):
            raise
        raise _failure(error, session, move, executor) from error
    seconds, operations = time.perf_counter() - began, len(context.counter)
    return Applied(move.revision, move.direction, seconds, operations, executor.resumed)


def _write_down(
    session: Session,
    move: Move,
    executor: Live,
    after: Callable[[Move], None] | None,
    ledger: Ledger | None,
    began: float,
) -> None:
    """Write the version rows, tell ``after``, and add to the log."""
    send, statements = session.dialect.send, [*executor.end()]
    changing = session.versions.changing(move.change)
    if changing is not None:
        statements.append(changing)
    with session.versions.required(move.change):
        if changing is None or after is not None:
            send(statements)
            statements.clear()
        if changing is None:
            session.versions.change(move.change)
        if after is not None:
            with executor.others():
                after(move)
        if ledger is not None:
            assert executor.watch is not None
            statements.append(ledger.moved(move, time.perf_counter() - began, executor.watch))
        send(statements, last=not session.joined)


def _failure(error: Exception, session: Session, move: Move, executor: Live) -> SchemaMigrateError:
    failed = _told(error, session, move, executor)
    failed.hint = session.dialect.advice(error) + failed.hint
    if executor.patience is None or not session.dialect.is_busy(error):
        return failed
    return executor.patience.refused(failed)


def _told(error: Exception, session: Session, move: Move, executor: Live) -> SchemaMigrateError:
    try:
        rows = session.versions.rows()
        session.rollback()
        now = f"The database is at {', '.join(rows) or 'no revision'}"
    except Exception:  # The connection itself may be what failed.
        now = "The database cannot be asked where it is now"
    if session.dialect.transactional_ddl and not executor.ended:
        state = f"{now}; nothing of this revision was kept."
        return script.failure(error, move.revision, move.direction, state)
    kept = executor.executed[: executor.committed]
    undone = executor.executed[executor.committed :]
    said = ""
    if executor.ended and executor.has_done_nothing:
        said = "; nothing of this revision was kept"
    elif executor.ended:
        said = "; the revision had committed a part of its work, which stays"
    state = f"{now}{said}."
    return script.failure(error, move.revision, move.direction, state, kept, undone)


def script_context(
    session: Session,
    executor: Executor,
    tables: KnownTables,
    moves: Sequence[Move],
    tag: str | None,
) -> MigrationContext:
    """Return the context in which a script runs."""
    database, settings = session.database, session.settings
    metadata = database.metadata[0] if database.metadata else None
    convention = metadata.naming_convention if metadata is not None else None
    opts = {
        **settings.options,
        "as_sql": executor.as_sql,
        "target_metadata": metadata,
        "version_table": settings.version_table,
        "version_table_schema": settings.version_table_schema,
    }
    return MigrationContext(
        session.dialect,
        executor,
        tables,
        Builder(session.dialect.reader, convention),
        database,
        settings,
        executor.bind.dialect,
        opts,
        tuple(moves[0].before),
        tuple(moves[-1].after),
        tag,
    )


def stamp(
    session: Session, changes: Iterable[RowChange], after: Callable[[], None] | None = None
) -> None:
    """Write version rows without running a script, and call ``after``, in one transaction."""
    with session.transaction():
        session.versions.ensure()
        for change in changes:
            session.versions.change(change)
        if after is not None:
            after()


def purge(session: Session, rows: Sequence[str], after: Callable[[], None] | None = None) -> None:
    """Put exactly ``rows`` into the version table, and call ``after``, in one transaction."""
    with session.transaction():
        session.versions.ensure()
        session.versions.replace(rows)
        if after is not None:
            after()

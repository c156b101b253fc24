"""Carrying out moves: each revision's script and its version row, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

from ..directives.build import Builder
from ..errors import SchemaMigrateError
from ..history.folder import Folder
from ..history.graph import Direction
from ..history.graph import Move
from ..history.graph import RowChange
from ..history.revision import Revision
from . import script
from .context import activated
from .context import Executor
from .context import KnownTables
from .context import MigrationContext
from .live import Live
from .live import LiveTables
from .session import Session


@dataclass(frozen=True, slots=True)
class Applied:
    """A revision that was applied or undone: how long it took, how many operations it had."""

    revision: Revision
    direction: Direction
    seconds: float
    operations: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Told before and after each revision; ``number`` counts from 1 to ``total``."""

    stage: Literal["started", "finished"]
    revision: Revision
    direction: Direction
    number: int
    total: int
    seconds: float = 0.0


def ignore(progress: Progress) -> None:
    """Tell nobody."""


def run(
    session: Session,
    folder: Folder,
    moves: Sequence[Move],
    *,
    names: Callable[[], AbstractContextManager[None]] = nullcontext,
    progress: Callable[[Progress], None] = ignore,
    tag: str | None = None,
) -> tuple[Applied, ...]:
    """Run ``moves`` in order and return what was done.

    Each one has a transaction of its own, which holds its version rows too: what was done before a
    failure stays.  ``names`` is entered while a script is loaded and runs.  The caller holds the
    migration lock.  Raises RunError (StatementFailed, ScriptFailed, Irreversible) and
    VersionConflict.
    """
    applied: list[Applied] = []
    for number, move in enumerate(moves, 1):
        telling = (move.revision, move.direction, number, len(moves))
        progress(Progress("started", *telling))
        done = _carry_out(session, folder, move, names, tag)
        applied.append(done)
        progress(Progress("finished", *telling, seconds=done.seconds))
    return tuple(applied)


def _carry_out(
    session: Session,
    folder: Folder,
    move: Move,
    names: Callable[[], AbstractContextManager[None]],
    tag: str | None,
) -> Applied:
    began = time.perf_counter()
    executor = Live(session)
    context = script_context(session, executor, LiveTables(session.dialect), (move,), tag)
    try:
        with names():
            module = folder.load(move.revision)
            body = script.function(module, move.revision, move.direction, session.database.bind)
            with session.transaction(), activated(context):
                session.versions.ensure()
                with executor.watching():
                    body()
                session.begin()  # A script may have ended the transaction itself.
                session.versions.change(move.change)
    except SchemaMigrateError:
        raise
    except Exception as error:
        raise _failure(error, session, move, executor) from error
    seconds = time.perf_counter() - began
    return Applied(move.revision, move.direction, seconds, len(context.counter))


def _failure(error: Exception, session: Session, move: Move, executor: Live) -> SchemaMigrateError:
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
    partly = "; the revision had committed a part of its work, which stays"
    state = f"{now}{partly if executor.ended else ''}."
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


def stamp(session: Session, changes: Iterable[RowChange]) -> None:
    """Write version rows without running a script, in one transaction."""
    with session.transaction():
        session.versions.ensure()
        for change in changes:
            session.versions.change(change)


def purge(session: Session, rows: Sequence[str]) -> None:
    """Put exactly ``rows`` into the version table, whatever it held, in one transaction."""
    with session.transaction():
        session.versions.ensure()
        session.versions.replace(rows)

"""``--sql``: the same walk through the revisions, written instead of run."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextlib import ExitStack
from contextlib import nullcontext
from typing import Any
from typing import TextIO

import sqlalchemy as sa

from .. import dialects
from ..dialects.base import Dialect
from ..errors import SchemaMigrateError
from ..history.folder import Folder
from ..history.graph import Direction
from ..history.graph import Move
from ..history.graph import RowChange
from ..settings import Database
from ..settings import Settings
from . import script
from .context import activated
from .move import script_context
from .session import Session
from .session import tables
from .sqlwriter import SqlWriter
from .sqlwriter import WrittenTables

Names = Callable[[], AbstractContextManager[None]]


def write(
    database: Database,
    settings: Settings,
    folder: Folder,
    moves: Sequence[Move],
    out: TextIO,
    *,
    earlier: Sequence[Move] = (),
    names: Names = nullcontext,
    tag: str | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """Write the SQL of ``moves``, each revision in its own transaction where DDL has one.

    ``earlier`` are the moves from the base to where the script starts; databases that cannot write
    a statement without knowing the table (SQLite) replay them unseen.  Without them the script
    begins with the version table.  Raises RunError.
    """
    with names(), _opened(database, settings, out, arguments) as (session, writer):
        tables = WrittenTables()
        writer.muted = True
        if session.dialect.shadow is not None:
            for move in earlier:
                _write(session, writer, tables, folder, move, names, tag)
        writer.muted = False
        for statement in session.dialect.preamble if moves else ():
            writer.text(f"{statement};")
        if not earlier and moves:
            writer.begin()
            writer.text(session.versions.create_text() + ";")
            writer.commit()
        for move in moves:
            _write(session, writer, tables, folder, move, names, tag)


def write_changes(
    database: Database,
    settings: Settings,
    changes: Iterable[tuple[str, RowChange]],
    out: TextIO,
    *,
    create: bool,
) -> None:
    """Write version rows alone (``stamp --sql``); each change has a line that explains it."""
    with _opened(database, settings, out) as (session, writer):
        writer.begin()
        if create:
            writer.text(session.versions.create_text() + ";")
        for line, change in changes:
            writer.text(f"-- {' '.join(line.split())}")
            for text in session.versions.texts(change):
                writer.text(text + ";")
        writer.commit()


@contextmanager
def _opened(
    database: Database,
    settings: Settings,
    out: TextIO,
    arguments: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Session, SqlWriter]]:
    dialect: Dialect = dialects.offline(database.url)
    with ExitStack() as closing:
        replay: Callable[[str], object] | None = None
        if dialect.shadow is not None:
            shadow = closing.enter_context(sa.create_engine(dialect.shadow).connect())
            dialect = dialects.for_connection(shadow)
            dialect.prepare()
            replay = shadow.exec_driver_sql
        writer = SqlWriter(dialect, out, replay, settings.options.get("transactional_ddl"))
        own = tables(dialect, settings)
        yield Session(database, settings, writer.bind, dialect, *own, arguments), writer


def _write(
    session: Session,
    writer: SqlWriter,
    tables: WrittenTables,
    folder: Folder,
    move: Move,
    names: Names,
    tag: str | None,
) -> None:
    context = script_context(session, writer, tables, (move,), tag)
    word = "upgrade" if move.direction is Direction.UP else "downgrade"
    before, after = ", ".join(move.before), ", ".join(move.after)
    try:
        with names():
            module = folder.load(move.revision)
            body = script.function(
                module, move.revision, move.direction, session.database.bind, session.arguments
            )
            writer.begin()
            writer.text(f"-- Running {word} {before} -> {after}")
            with activated(context):
                body()
    except Exception as error:
        if isinstance(error, SchemaMigrateError) and not script.is_unplaced(error):
            raise
        state = "Nothing was run: this was --sql."
        raise script.failure(error, move.revision, move.direction, state) from error
    for text in session.versions.texts(move.change):
        writer.text(text + ";")
    writer.commit()

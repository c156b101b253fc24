"""``--sql``: the same as running, written down for somebody else to run."""

from __future__ import annotations

import io
from collections.abc import Callable
from collections.abc import Sequence
from typing import TextIO

from ..compat.names import alembic_names
from ..errors import InvalidRange
from ..history import symbols
from ..history.graph import change_of_rows
from ..history.graph import Graph
from ..history.graph import Move
from ..history.graph import RowChange
from ..run import offline
from ..settings import Database
from ..settings import Settings
from . import reading
from .moving import stamped
from .values import Script


def upgrade_sql(
    settings: Settings, target: str = "head", *, tag: str | None = None
) -> tuple[Script, ...]:
    """Return the SQL of an upgrade to ``target``, from the base or of a range ``start:end``."""
    graph = reading.folder(settings).read()
    start, end = symbols.parse_range(target) or ("", target)
    now = _rows_at(graph, start or "base")
    moves = graph.upgrade_moves(now, symbols.upgrade_target(graph, end or "head", now))
    return _scripts(settings, graph, now, moves, tag)


def downgrade_sql(
    settings: Settings, target: str = "-1", *, tag: str | None = None
) -> tuple[Script, ...]:
    """Return the SQL of a downgrade of a range ``start:end``; ``-1`` alone is ``head:-1``."""
    graph = reading.folder(settings).read()
    ends = symbols.parse_range("head:-1" if target == "-1" else target)
    if ends is None or not all(ends):
        raise InvalidRange(
            f"{target!r} does not say where the downgrade starts, and --sql asks no database.",
            hint=f"flask db downgrade --sql head:{target.strip(':')}",
        )
    now = _rows_at(graph, ends[0])
    moves = graph.downgrade_moves(now, symbols.undone_by(graph, ends[1], now))
    return _scripts(settings, graph, now, moves, tag)


def stamp_sql(settings: Settings, targets: Sequence[str] = ("head",)) -> tuple[Script, ...]:
    """Return the SQL that records ``targets``; one of them may say the start, ``start:end``."""
    graph = reading.folder(settings).read()
    ends = [symbols.parse_range(target) or ("", target) for target in targets]
    starts = {start for start, _ in ends if start}
    if len(starts) > 1:
        raise InvalidRange(
            f"Only one start can be given: {' or '.join(sorted(starts))}.",
            hint="flask db stamp --sql start:first second",
        )
    now = before = _rows_at(graph, starts.pop() if starts else "base")
    changes: list[tuple[str, RowChange]] = []
    for _, end in ends:
        after = stamped(graph, now, [end or "head"])
        line = f"Stamp {', '.join(now)} -> {', '.join(after)}"
        changes.append((line, change_of_rows(now, after)))
        now = after

    def write(database: Database, out: TextIO) -> None:
        offline.write_changes(database, settings, changes, out, create=not before)

    return _written(settings, write)


def _rows_at(graph: Graph, symbol: str) -> tuple[str, ...]:
    """Return the version rows of a database that is at ``symbol``."""
    return graph.stamped_rows((), symbols.resolve(graph, symbol))


def _scripts(
    settings: Settings,
    graph: Graph,
    now: tuple[str, ...],
    moves: tuple[Move, ...],
    tag: str | None,
) -> tuple[Script, ...]:
    earlier = graph.upgrade_moves((), now)
    folder = reading.folder(settings)

    def write(database: Database, out: TextIO) -> None:
        offline.write(
            database, settings, folder, moves, out, earlier=earlier, names=alembic_names, tag=tag
        )

    return _written(settings, write)


def _written(settings: Settings, write: Callable[[Database, TextIO], None]) -> tuple[Script, ...]:
    scripts: list[Script] = []
    for database in reading.databases(settings):
        out = io.StringIO()
        write(database, out)
        scripts.append(Script(reading.name_of(database), database.label, out.getvalue()))
    return tuple(scripts)

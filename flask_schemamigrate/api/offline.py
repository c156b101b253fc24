"""``--sql``: the same as running, written down for somebody else to run."""

from __future__ import annotations

import io
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from typing import TextIO

from ..compat import stock
from ..compat import written
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
from . import visiting
from .moving import stamped
from .values import Script


def upgrade_sql(
    settings: Settings, target: str = "head", *, tag: str | None = None
) -> tuple[Script, ...]:
    """Return the SQL of an upgrade to ``target``, from the base or of a range ``start:end``."""
    graph = reading.folder(settings).read()
    start, end = symbols.parse_range(target) or ("", target)
    now = _rows_at(graph, start or "base")
    reached = symbols.upgrade_target(graph, end or "head", now)
    moves = graph.upgrade_moves(now, reached)
    if not moves and now and set(now) != set(graph.stamped_rows((), reached)):
        raise InvalidRange(
            f"{end} comes before {start}: nothing leads up from there.",
            hint=f"To go back: flask db downgrade --sql {target}",
        )
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

    def write(
        database: Database, settings: Settings, out: TextIO, _: Mapping[str, Any] | None
    ) -> None:
        if written.knows(database):
            steps = written.stamps([end or "head" for _, end in ends], before)
            names = visiting.names(settings)
            written.write(database, settings, before, steps, out, written.Telling(names))
            return
        offline.write_changes(database, settings, changes, out, create=not before)

    told = {"destination_rev": targets, "starting_rev": _start(before), "tag": None}
    return _written(settings, write, told)


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

    def write(
        database: Database, settings: Settings, out: TextIO, arguments: Mapping[str, Any] | None
    ) -> None:
        if written.knows(database):
            steps = written.moves(moves, database, arguments)
            names = visiting.names(settings)
            telling = written.Telling(names, tag, arguments)
            written.write(database, settings, now, steps, out, telling)
            return
        offline.write(
            database,
            settings,
            folder,
            moves,
            out,
            earlier=earlier,
            names=visiting.names(settings),
            tag=tag,
            arguments=arguments,
        )

    target = _start(moves[-1].after if moves else now)
    told = {"destination_rev": target, "starting_rev": _start(now), "tag": tag}
    return _written(settings, write, told)


def _start(rows: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """Return rows as the peers say them: None is the base, and one stands for itself."""
    return rows if len(rows) > 1 else next(iter(rows), None)


Write = Callable[[Database, Settings, TextIO, "Mapping[str, Any] | None"], None]


def _written(settings: Settings, write: Write, told: Mapping[str, Any]) -> tuple[Script, ...]:
    scripts: list[Script] = []

    @contextmanager
    def out(database: Database) -> Iterator[TextIO]:
        file = io.StringIO()
        yield file
        path = None
        if settings.inherited.stock in stock.WRITING:
            path = Path(f"{database.bind or ''}.sql").absolute()
            path.write_text(file.getvalue(), encoding="utf-8")
        name = reading.name_of(database)
        scripts.append(Script(name, database.label, file.getvalue(), path))

    visiting.write(settings, write, out, told=told)
    return tuple(scripts)

"""What is wrong with the tables of this package in a database, and putting it right.

The tables of the app are never touched: what they lack or have beyond is ``flask db drift``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import sqlalchemy as sa

from ..history.graph import Graph
from ..run import halves
from ..run.journal import Unfinished
from ..run.session import Session
from ..settings import Settings
from . import reading
from . import visiting
from .moving import nobody


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong in one database.

    ``mendable`` are sentences about what :func:`mend` puts right, ``others`` about what it cannot,
    with what to type.  ``rows`` are what the version table has, and ``wanted`` what it should.
    ``mended`` is whether it was done.
    """

    database: str
    label: str
    mendable: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    rows: tuple[str | None, ...] = ()
    wanted: tuple[str, ...] = ()
    mended: bool = False


def faults(settings: Settings) -> tuple[Faults, ...]:
    """Return what is wrong in each database; nothing is changed.

    Rows of the version table that are empty, there twice, or that another row stands on; a journal
    of what has ended long ago; and what other tools left when they were stopped.
    """
    graph = reading.folder(settings).read()
    return visiting.visit(settings, lambda opened: _look(opened, graph))


def mend(settings: Settings, *, waiting: Callable[[str], None] = nobody) -> tuple[Faults, ...]:
    """Put right what can be, in each database, under the migration lock; return what it was."""
    graph = reading.folder(settings).read()

    def work(opened: Session) -> Faults:
        with opened.locked(waiting):
            found = _look(opened, graph)
            if not found.mendable:
                return found
            with opened.transaction():
                if found.rows != found.wanted:
                    opened.versions.replace(found.wanted)
                if _is_stale(graph, opened.journal.read(), found.wanted):
                    opened.journal.clear()
            with opened.transaction():
                opened.journal.drop()
        return replace(found, mended=True)

    return visiting.visit(settings, work)


def _look(opened: Session, graph: Graph) -> Faults:
    with opened.reading():
        rows = _rows(opened)
        is_there = opened.journal.exists()
        unfinished = opened.journal.read()
        left = opened.dialect.left_behind()
    wanted, mendable = _judged(graph, rows)
    others = [*_unknown(graph, wanted), *halves.copies(left)]
    if alone := halves.by_others(left, opened.dialect):
        others.append(f"{alone.message}\n{alone.hint}")
    if is_there and unfinished is None:
        mendable.append(f"The table {opened.journal.table.fullname} is empty: it is dropped.")
    elif unfinished is not None and _is_stale(graph, unfinished, wanted):
        mendable.append(
            f"The journal speaks of {unfinished.revision}, which is complete by now: it is cleared."
        )
    elif unfinished is not None:
        said, command, _ = halves.half(unfinished)
        others.append(f"{said}  To go on: {command}\n{halves.choices(unfinished)}")
    name, label = reading.name_of(opened.database), opened.database.label
    return Faults(name, label, tuple(mendable), tuple(others), rows, wanted)


def _rows(opened: Session) -> tuple[str | None, ...]:
    """Return the rows of the version table as they are, also those that mean nothing."""
    if not opened.versions.exists():
        return ()
    found = opened.connection.execute(sa.select(opened.versions.table.c.version_num))
    return tuple(sorted(found.scalars(), key=lambda row: (row is not None, row or "")))


def _judged(graph: Graph, rows: Sequence[str | None]) -> tuple[tuple[str, ...], list[str]]:
    """Return the rows that should be there, and sentences about the others."""
    said: list[str] = []
    kept: list[str] = []
    for row in rows:
        if row is None or not row.strip():
            said.append("A row of the version table names no revision: it is deleted.")
        elif row.strip() in kept:
            said.append(f"{row.strip()} is recorded twice: once will do.")
        else:
            kept.append(row.strip())
            if row != row.strip():
                said.append(f"{row!r} has blanks around it: they are taken off.")
    below = {
        row: other
        for row in graph.known(kept)
        for other in graph.known(kept)
        if row != other and row in graph.ancestors([other], dependencies=False)
    }
    said += [
        f"{row} is recorded beside {other}, which stands on it: its row is deleted."
        for row, other in below.items()
    ]
    return tuple(sorted(row for row in kept if row not in below)), said


def _unknown(graph: Graph, rows: Sequence[str]) -> list[str]:
    return [f"There is no script of {row} here: flask db status" for row in graph.unknown(rows)]


def _is_stale(graph: Graph, unfinished: Unfinished | None, rows: Sequence[str]) -> bool:
    """Whether the version table says that what the journal has begun is at its end."""
    if unfinished is None or unfinished.revision not in graph.revisions:
        return False
    is_applied = unfinished.revision in graph.ancestors(rows)
    return is_applied is (unfinished.direction == "up")

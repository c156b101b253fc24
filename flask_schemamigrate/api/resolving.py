"""What a person says of a revision that stopped half-way: that it is complete, or undone."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import NothingToResolve
from ..errors import UnknownRevision
from ..history import symbols
from ..history.graph import Graph
from ..history.graph import Move
from ..run import ledger
from ..run.journal import Unfinished
from ..run.session import Session
from ..settings import Settings
from . import reading
from . import visiting
from .moving import logging_stamp
from .moving import nobody
from .places import Moved
from .values import Resolved


def resolve(
    settings: Settings,
    revision: str,
    *,
    applied: bool,
    waiting: Callable[[str], None] = nobody,
) -> tuple[Resolved, ...]:
    """Settle ``revision``, which stopped half-way, in each database where it did.

    ``applied``: its work (that of a downgrade, if it was going down) was completed by hand, and its
    row is written or deleted; otherwise what it had done was undone by hand.  Nothing but the
    version table and the journal is changed, in one transaction under the migration lock.  Raises
    NothingToResolve where no database has it half done, and UnknownRevision.
    """
    graph = reading.folder(settings).read()

    def work(opened: Session) -> Resolved | None:
        with opened.locked(waiting):
            with opened.reading():
                before = opened.versions.rows()
                unfinished = opened.journal.read()
            if unfinished is None or unfinished.revision != _id(graph, revision, unfinished):
                return None
            move = _move(graph, unfinished, before) if applied else None
            _settle(opened, move, graph)
            after = move.after if move is not None else before
        moved = Moved(reading.name_of(opened.database), opened.database.label, before, after)
        return Resolved(moved, unfinished.revision, unfinished.direction, applied)

    settled = [one for one in visiting.visit(settings, work) if one is not None]
    if not settled:
        raise NothingToResolve(
            f"{revision} has not stopped half-way in any database.",
            hint="See where the databases are: flask db current\n"
            "To record a revision as applied without running it: flask db stamp",
        )
    return tuple(settled)


def _id(graph: Graph, symbol: str, unfinished: Unfinished) -> str:
    """Return the id that is meant: the file of the very revision may be gone."""
    if symbol == unfinished.revision:
        return symbol
    found = symbols.one(graph, symbol)
    return found.id if found else ""


def _move(graph: Graph, unfinished: Unfinished, rows: tuple[str, ...]) -> Move | None:
    """Return what is to be recorded; None where the rows are as they have to be.

    Raises UnknownRevision where the script is gone: nobody knows what stands in its place then.
    """
    if unfinished.revision not in graph.revisions:
        raise UnknownRevision(
            f"There is no script of {unfinished.revision}, so it cannot be recorded.",
            hint="Bring the script back, such as from git; or undo by hand what it did:\n"
            f"flask db resolve --rolled-back {unfinished.revision}",
        )
    if unfinished.direction == "up":
        return next(reversed(graph.upgrade_moves(rows, [unfinished.revision])), None)
    return next(iter(graph.downgrade_moves(rows, [unfinished.revision])), None)


def _settle(opened: Session, move: Move | None, graph: Graph) -> None:
    kept, _ = ledger.opened(opened) if move is not None else (None, "")
    with opened.transaction():
        opened.journal.clear()
        if move is not None:
            opened.versions.ensure()
            opened.versions.change(move.change)
            logging_stamp(kept, graph, move.before, move.after)()
    with opened.transaction():
        opened.journal.drop()

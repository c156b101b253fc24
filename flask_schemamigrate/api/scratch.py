"""What a history makes: its scripts are run on an empty throw-away database, and that is read."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..dialects.base import Dialect
from ..dialects.base import NoReplica
from ..dialects.hearing import hearing
from ..diff.renames import Renames
from ..errors import SchemaMigrateError
from ..history.graph import Graph
from ..history.graph import Move
from ..operations.base import Operation
from ..run import rehearsal
from ..run.move import Scripts
from ..run.session import Session
from ..run.statements import Kind
from ..run.statements import kind
from ..schema.objects import Schema
from . import differing
from . import given
from . import verifying
from . import visiting
from .renaming import Renamed


@dataclass(frozen=True, slots=True)
class Stage:
    """The schema after a revision: ``rows`` are what the version table has then."""

    revision: str
    rows: tuple[str, ...]
    schema: Schema


def stages(
    opened: Session, graph: Graph, targets: Sequence[str], scripts: Scripts, every: bool = True
) -> tuple[Stage, ...]:
    """Return what the history makes, after each revision up to ``targets`` or after the last alone.

    The first stage is the empty database.  Raises NoReplica, with the reason, where that cannot be
    told: no copy can be made, or a script does not run on an empty database.
    """
    moves = graph.upgrade_moves((), targets)
    try:
        return tuple(_run(opened, moves, scripts, every, bare=True))
    except NoReplica as first:
        # A script may need what an administrator has made: extensions, functions.
        try:
            return tuple(_run(opened, moves, scripts, every, bare=False))
        except NoReplica:
            raise first from None


def _run(
    opened: Session, moves: Sequence[Move], scripts: Scripts, every: bool, *, bare: bool
) -> Iterator[Stage]:
    with rehearsal.copied(opened, bare=bare) as copy, copy.opened() as at:
        yield Stage("", (), Schema())
        for move in moves:
            with _kept_in(opened, at):
                _rehearsed(opened, at, scripts, move)
            if every or move is moves[-1]:
                with at.reading():
                    schema = given.sides(at)[0]
                yield Stage(move.revision.id, move.after, schema)


def _rehearsed(opened: Session, at: Session, scripts: Scripts, move: Move) -> None:
    try:
        rehearsal.rehearse(at, scripts, move, names=visiting.names(opened.settings))
    except SchemaMigrateError as error:
        if isinstance(error.__cause__, NoReplica):
            raise error.__cause__ from error
        said = " ".join(verifying.said(error).split())
        raise NoReplica(f"{move.revision.id} does not run on an empty database: {said}") from error


@contextmanager
def _kept_in(opened: Session, at: Session) -> Iterator[None]:
    """Stop a statement that could reach the database itself from its copy."""
    if not opened.dialect.copies_share_names:
        yield
        return

    def before(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if kind(statement) is not Kind.READ:
            reason = opened.dialect.named_outside([statement])
            if reason:
                raise NoReplica(reason)

    with hearing([(at.connection, "before_cursor_execute", before)]):
        yield


@dataclass(frozen=True, slots=True)
class Way:
    """The operations that lead from one schema to another; ``batched`` are as scripts have them.

    ``start`` is the schema before them.
    """

    start: Schema
    operations: tuple[Operation, ...]
    batched: tuple[Operation, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each operation."""
        return tuple(f"{op.mark} {op.describe()}" for op in self.operations)


def way(dialect: Dialect, start: Schema, goal: Schema) -> Way:
    """Return what leads from one schema to another, both read from catalogues."""
    settled = dialect.reconcile(start, goal)
    same = Renamed(settled.actual, Renames(), (), settled)
    single, batched = differing.operations(dialect, same)
    return Way(settled.actual, single, batched)

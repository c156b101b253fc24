"""Running a script on a copy of the database, to see what it does.

:class:`Rehearsal` is an executor that runs each step, as ``run.live`` does, and keeps it with what
it did; :class:`Followed` are the tables, which knows where an operation ends.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from types import ModuleType
from typing import Any

from sqlalchemy.exc import DBAPIError

from ..dialects.base import Replica
from ..dialects.hearing import hearing
from ..errors import Interrupted
from ..errors import SchemaMigrateError
from ..history.graph import Move
from ..history.revision import Revision
from ..operations.base import Operation
from ..steps import Action
from ..steps import Batches
from ..steps import Effect
from ..steps import Part
from ..steps import Step
from ..steps import TableEvent
from . import move as moving
from . import session
from .live import Live
from .live import LiveTables
from .session import Session

#: Statements that read, or that belong to a transaction: no part of what a script does.
_PASSING = ("SELECT", "WITH", "PRAGMA", "SHOW", "EXPLAIN", "SET", "BEGIN", "COMMIT", "ROLLBACK")
_SAVEPOINTS = ("SAVEPOINT", "RELEASE")


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A script that is not in the folder yet."""

    text: str

    def load(self, revision: Revision) -> ModuleType:
        """Run the script's top level in a fresh module."""
        module = ModuleType(revision.id)
        code = compile(self.text, str(revision.path), "exec", dont_inherit=True)
        exec(code, vars(module))
        return module


@dataclass(slots=True)
class Rehearsal(Live):
    """Runs each action and keeps it; with ``measuring``, asks the dialect what it did."""

    measuring: bool = False
    parts: list[Part] = field(default_factory=list)
    waiting: list[Step] = field(default_factory=list)
    stepping: bool = False

    def run(self, action: Action) -> None:
        """Run one action; what a table event executes counts as steps of its own."""
        if isinstance(action, TableEvent):
            super(Rehearsal, self).run(action)
            return
        if isinstance(action, Batches):
            action = action.whole
        self.stepping = True
        try:
            super(Rehearsal, self).run(action)
        finally:
            self.stepping = False

    def _execute(self, step: Step) -> None:
        if not self.measuring:
            super(Rehearsal, self)._execute(step)
            self.waiting.append(step)
            return
        effect = self.session.dialect.measure(step, super(Rehearsal, self)._execute)
        self.waiting.append(replace(step, effect=effect))

    def finished(self, operation: Operation) -> None:
        """Take note that an operation has been carried out."""
        self.parts.append(Part(operation, tuple(self.waiting)))
        self.waiting.clear()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keep the statements that the script, or an event, hands to the connection itself."""
        try:
            with (
                hearing([(self.bind, "before_cursor_execute", self._handed)]),
                super(Rehearsal, self).watching(),
            ):
                yield
        finally:
            self._close()

    def _handed(
        self, conn: Any, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
    ) -> None:
        word = sql.lstrip(" (\n").partition(" ")[0].strip().upper()
        if not self.stepping and word not in _PASSING and word not in _SAVEPOINTS:
            self.waiting.append(Step(sql.strip(), effect=Effect(measured=False)))

    def _close(self) -> None:
        if self.waiting:
            self.parts.append(Part(None, tuple(self.waiting)))
            self.waiting.clear()


@dataclass(slots=True)
class Followed(LiveTables):
    """Tables of a rehearsal."""

    executor: Rehearsal | None = None

    def done(self, operation: Operation) -> None:
        """Note where the operation ends."""
        assert self.executor is not None
        self.executor.finished(operation)


def rehearse(
    opened: Session,
    scripts: moving.Scripts,
    move: Move,
    *,
    names: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Run a move on a copy.  Raises RunError, as the real run would."""
    _carry_out(opened, scripts, move, names, Rehearsal(opened))


def tried(
    opened: Session,
    scripts: moving.Scripts,
    move: Move,
    *,
    names: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> tuple[tuple[Part, ...], SchemaMigrateError | None]:
    """Run a move on a copy; return what it did, measured, and the error that ended it."""
    executor = Rehearsal(opened, measuring=True)
    try:
        _carry_out(opened, scripts, move, names, executor)
    except SchemaMigrateError as error:
        return tuple(executor.parts), error
    return tuple(executor.parts), None


def _carry_out(
    opened: Session,
    scripts: moving.Scripts,
    move: Move,
    names: Callable[[], AbstractContextManager[None]],
    executor: Rehearsal,
) -> None:
    tables = Followed(opened.dialect, executor=executor)
    try:
        moving.carry_out(opened, scripts, move, names=names, executor=executor, tables=tables)
    except Interrupted as stop:  # Of the command, and no finding about the script.
        assert stop.__cause__ is not None
        raise stop.__cause__ from None


def measured(opened: Session, parts: Iterable[Part]) -> tuple[tuple[Part, ...], DBAPIError | None]:
    """Run recorded steps on a copy; return them measured, and the error that ended it.

    What comes after the error is returned as it was.
    """
    live, found, error = Live(opened), list[Part](), None
    for part in parts:
        steps: list[Step] = []
        for step in part.steps:
            if error is None:
                try:
                    step = replace(step, effect=opened.dialect.measure(step, live.run))
                except DBAPIError as raised:
                    error = raised
            steps.append(step)
        found.append(replace(part, steps=tuple(steps)))
    return tuple(found), error


@dataclass(frozen=True, slots=True)
class Copy:
    """A throw-away database that stands for the app's: see ``Dialect.replica``."""

    original: Session
    replica: Replica

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """Open it, as the app's database is opened."""
        database = replace(self.original.database, engine=lambda: self.replica.engine)
        with session.connect(database, self.original.settings) as there:
            original = self.original.connection
            yield replace(there, arguments=self.original.arguments, original=original)


@contextmanager
def copied(opened: Session, bare: bool = False) -> Iterator[Copy]:
    """Give a throw-away copy of a database, not filled yet: see ``Dialect.replica``."""
    with opened.dialect.replica(opened.connection.engine, bare) as replica:
        yield Copy(opened, replica)

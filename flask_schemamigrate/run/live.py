"""The executor that runs steps on a connection."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextlib import nullcontext
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from types import ModuleType
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ..dialects.base import Dialect
from ..dialects.direct import Statement
from ..errors import InvalidOperation
from ..operations.base import Operation
from ..operations.base import Tables
from ..operations.data import BulkInsert
from ..operations.data import Execute
from ..schema.names import Name
from ..schema.objects import Table
from ..schema.scope import Scope
from ..steps import Action
from ..steps import Batches
from ..steps import Step
from ..steps import TableEvent
from . import batches
from .journal import Unfinished
from .patience import Patience
from .session import Session
from .watch import Watch


class EventRunner:
    """Stands in for SQLAlchemy's schema generator when table events fire.

    Listeners look for ``memo``: which named types this run has seen to already.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.checkfirst = True
        self.memo: dict[str, Any] = {}


def fire(event: TableEvent, bind: Any) -> None:
    """Let SQLAlchemy's listeners of a table run (they create enumerated types, for one)."""
    listeners = getattr(event.table.dispatch, event.name)
    listeners(event.table, bind, checkfirst=True, _ddl_runner=EventRunner(bind))


@dataclass(slots=True)
class Live:
    """Runs each action at once, in the session's transaction; remembers the statements it ran.

    ``committed`` counts those of ``executed`` that no rollback can undo any more; ``ended`` says
    that the script ended its transaction itself, or had it ended; within a block of
    ``autocommit`` each statement commits by itself.  ``losing`` is told what an operation is about
    to destroy.
    """

    session: Session
    watch: Watch | None = None
    patience: Patience | None = None
    rows: batches.Telling = batches.nobody
    losing: Callable[[str], None] | None = None
    executed: list[Step] = field(default_factory=list)
    committed: int = 0
    ended: bool = False
    autocommit: bool = False
    as_sql: bool = False

    @property
    def bind(self) -> Connection:
        """The session's connection."""
        return self.session.connection

    def run(self, action: Action) -> None:
        """Run one action; database errors come through as SQLAlchemy raises them."""
        if isinstance(action, TableEvent):
            fire(action, self.bind)
        elif isinstance(action, Batches):
            self._fill(action)
        elif action.transactional:
            self._execute(action)
        else:
            with self.outside_transaction():
                self._execute(action)

    def enter(self, operation: Operation, before: Tables) -> bool:
        """Begin an operation; false where an interrupted run has carried it out."""
        begins = self.watch is None or self.watch.enter(operation)
        if begins and self.losing is not None and (what := operation.loses(before)):
            self.losing(what)
        return begins

    def leave(self) -> None:
        """End an operation."""
        if self.watch is not None:
            self.watch.leave()

    def end(self) -> tuple[Statement, ...]:
        """Say that the script has come to its end; return what has to run in its transaction."""
        return self.watch.end() if self.watch is not None else ()

    def failed(self, error: Exception | None) -> None:
        """The script has failed: keep what is needed to resume, if the connection still lives."""
        if self.watch is not None:
            with suppress(DBAPIError):
                self.watch.failed(error)

    @property
    def earlier(self) -> Unfinished | None:
        """What an interrupted run has done of the same revision."""
        return self.watch.replay.unfinished if self.watch is not None else None

    @property
    def has_begun_anew(self) -> bool:
        """Whether the transaction is no longer the one in which the script began."""
        return self.ended or (self.watch is not None and self.watch.rolled_back)

    @property
    def has_done_nothing(self) -> bool:
        """Whether the first statement of all was refused, in this run or before it.

        Or the script has rolled back what it had done, and had committed nothing.
        """
        if self.watch is None or self.watch.is_nothing:
            return self.watch is not None
        is_undone = self.watch.rolled_back and self.session.dialect.transactional_ddl
        return is_undone and not (self.watch.place or self.committed)

    @property
    def resumed(self) -> int:
        """How many statements of an interrupted run were not run again."""
        return self.watch.resumed if self.watch is not None else 0

    def _fill(self, action: Batches) -> None:
        """Change rows batch by batch; on a copy, at once."""
        if self.watch is None:
            self._execute(action.whole)
            return
        if self.autocommit:
            raise InvalidOperation(
                "backfill commits by itself, and cannot run in an autocommit block.",
                hint="Call op.backfill(…) outside of the block.",
            )
        operation: Any = action.operation
        work = batches.prepared(self.session, operation)
        limits = self.patience.limits if self.patience is not None else None
        with self._between_transactions():
            batches.fill(work, self.watch, action.whole.sql, limits, self.rows)
            self.executed.append(action.whole)

    @contextmanager
    def _between_transactions(self) -> Iterator[None]:
        if self.session.joined and self.session.dialect.transactional_ddl:
            raise InvalidOperation(
                "This cannot run inside a transaction, and env.py has begun one.",
                hint="Commit it in env.py before context.run_migrations(): connection.commit()",
            )
        self.session.commit()
        self._note_commit()
        yield
        self._note_commit()
        self.session.begin()

    def _execute(self, step: Step) -> None:
        if not self.autocommit:
            self.session.begin()
        self._note_implicit_commit(step)
        if step.element is None:
            # Without parameters the driver must not look for % signs.
            self.bind.exec_driver_sql(step.sql, execution_options={"no_parameters": True})
        else:
            rows = [dict(row) for row in step.parameters]
            self.bind.execute(step.element, rows or None, execution_options=dict(step.options))
        self.executed.append(step)
        self._note_implicit_commit(step)

    def _note_implicit_commit(self, step: Step) -> None:
        """DDL commits what is before it, and itself, where it is not transactional."""
        commits = step.sql.strip(" ;\n").upper() == "COMMIT"
        is_data = isinstance(step.operation, (Execute, BulkInsert))
        if commits or not (self.session.dialect.transactional_ddl or is_data):
            self._note_commit()

    def _note_commit(self) -> None:
        self.committed = len(self.executed)
        self.ended = True

    def limit(self, module: ModuleType) -> None:
        """Let the statements of a script wait no longer than is set."""
        if self.patience is not None:
            self.patience.limit(module)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice when the block, a script, commits the connection itself."""
        before = self.bind.get_transaction()
        try:
            with self.watch.listening() if self.watch is not None else nullcontext():
                yield
        finally:
            if self.bind.get_transaction() is not before:
                self.ended = True

    def others(self) -> AbstractContextManager[None]:
        """Let what runs in the block use other connections of this process."""
        return self.session.dialect.others(self._ready, self.session.original)

    def _ready(self) -> None:
        if not self.autocommit:
            self.session.dialect.ensure_begun()

    @contextmanager
    def outside_transaction(self) -> Iterator[None]:
        """Commit, run the block in autocommit mode where there is one, begin again."""
        if self.autocommit:
            yield
            return
        with self._between_transactions():
            self._commit_each(True)
            try:
                with self._autocommitting():
                    yield
            finally:
                self._note_commit()
                self._commit_each(False)

    @contextmanager
    def _autocommitting(self) -> Iterator[None]:
        level = self.session.dialect.autocommit_level
        before = None
        if level is not None and not self.session.joined:
            before = self.bind.get_isolation_level()
            self.bind.rollback()
            self.bind.execution_options(isolation_level=level)
        try:
            yield
            self.session.commit()
        finally:
            with suppress(DBAPIError):  # The connection may be lost.
                self._let_go()
            self.session.rollback()  # What a failed statement has left open.
            if before is not None:
                self.bind.execution_options(isolation_level=before)

    def _let_go(self) -> None:
        if self.watch is not None:
            self.watch.let_go()

    def _commit_each(self, each: bool) -> None:
        self.autocommit = each
        if self.watch is not None:
            self.watch.autocommit = each


@dataclass(slots=True)
class LiveTables:
    """Looks tables up in the database, once between two statements."""

    dialect: Dialect
    seen: dict[Name, Table | None] = field(default_factory=dict)

    def table(self, name: Name) -> Table | None:
        """Read one table from the catalogue, or None."""
        if name not in self.seen:
            scope = Scope(schemas=(name.schema,), only=frozenset((name,)))
            self.seen[name] = self.dialect.inspect(scope).table(name)
        return self.seen[name]

    def forget(self) -> None:
        """Forget everything: a statement ran."""
        self.seen.clear()

    def done(self, operation: Operation) -> None:
        """Nothing to note: the database itself is asked."""

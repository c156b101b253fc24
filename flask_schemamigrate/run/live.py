"""The executor that runs steps on a connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from sqlalchemy.engine import Connection

from ..dialects.base import Dialect
from ..operations.base import Operation
from ..operations.data import BulkInsert
from ..operations.data import Execute
from ..schema.names import Name
from ..schema.objects import Table
from ..schema.scope import Scope
from ..steps import Action
from ..steps import Step
from ..steps import TableEvent
from .session import Session


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
    that the script ended its transaction itself, or had it ended.
    """

    session: Session
    executed: list[Step] = field(default_factory=list)
    committed: int = 0
    ended: bool = False
    as_sql: bool = False

    @property
    def bind(self) -> Connection:
        """The session's connection."""
        return self.session.connection

    def run(self, action: Action) -> None:
        """Run one action; database errors come through as SQLAlchemy raises them."""
        if isinstance(action, TableEvent):
            fire(action, self.bind)
        elif action.transactional:
            self._execute(action)
        else:
            with self.outside_transaction():
                self._execute(action)

    def _execute(self, step: Step) -> None:
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

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice when the block, a script, commits the connection itself."""
        before = self.bind.get_transaction()
        try:
            yield
        finally:
            if self.bind.get_transaction() is not before:
                self.ended = True

    @contextmanager
    def outside_transaction(self) -> Iterator[None]:
        """Commit, run the block in autocommit mode where there is one, begin again."""
        self.session.commit()
        self._note_commit()
        level = self.session.dialect.autocommit_level
        if level is None:
            yield
        else:
            before = self.bind.get_isolation_level()
            self.bind.rollback()
            self.bind.execution_options(isolation_level=level)
            try:
                yield
            finally:
                self.session.commit()
                self._note_commit()
                self.bind.execution_options(isolation_level=before)
        self.session.begin()


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

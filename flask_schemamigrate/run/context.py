"""What a script may ask while it runs: its connection, its dialect, its mode."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Protocol

from sqlalchemy.engine import Dialect as SqlalchemyDialect

from ..dialects.base import Dialect
from ..dialects.base import Tables
from ..directives.build import Builder
from ..errors import NoContext
from ..operations.base import Operation
from ..settings import Database
from ..settings import Settings
from ..steps import Action


class Executor(Protocol):
    """Takes the actions of a script one by one.  Two live here: ``Live`` and ``SqlWriter``."""

    as_sql: bool

    @property
    def bind(self) -> Any:
        """The connection that scripts get: a real one, or one that writes what it is given."""

    def run(self, action: Action) -> None:
        """Carry one action out."""

    def outside_transaction(self) -> AbstractContextManager[None]:
        """Commit what is open, run the block in autocommit mode, begin again."""

    def enter(self, operation: Operation, before: Tables) -> bool:
        """Begin an operation; false where an earlier, interrupted run has carried it out."""

    def leave(self) -> None:
        """End an operation."""


class KnownTables(Tables, Protocol):
    """Tables with a memory that can go stale."""

    def forget(self) -> None:
        """Drop what is remembered: something was executed."""

    def done(self, operation: Operation) -> None:
        """Take note of an operation that was carried out."""


@dataclass(frozen=True, slots=True)
class MigrationContext:
    """One run of one revision's script, as scripts see it (``op.get_context()``).

    ``opts`` is a plain dict, as the peers have it; ``dialect`` is SQLAlchemy's.
    """

    own_dialect: Dialect
    executor: Executor
    tables: KnownTables
    builder: Builder
    database: Database
    settings: Settings
    dialect: SqlalchemyDialect
    opts: dict[str, Any]
    starting_revisions: tuple[str, ...] = ()
    destination_revisions: tuple[str, ...] = ()
    tag: str | None = None
    counter: list[Operation] = field(default_factory=list)

    @property
    def as_sql(self) -> bool:
        """Whether SQL is written rather than run."""
        return self.executor.as_sql

    @property
    def bind(self) -> Any:
        """The connection."""
        return self.executor.bind

    @property
    def connection(self) -> Any:
        """The connection; None with ``--sql``, as the peers have it."""
        return None if self.as_sql else self.executor.bind

    @property
    def impl(self) -> MigrationContext:
        """This object itself: what the peers call ``impl`` has ``bind`` and ``dialect`` too."""
        return self

    @property
    def version_table(self) -> str:
        """The name of the version table."""
        return self.settings.version_table

    @property
    def version_table_schema(self) -> str | None:
        """The schema of the version table."""
        return self.settings.version_table_schema

    @property
    def environment_context(self) -> Any:
        """What has ``config`` and ``script``: the ``env.py`` that runs or need not."""
        return _surroundings[-1](self.settings) if _surroundings else None

    @property
    def config(self) -> Any:
        """The peers' ``Config`` of the folder."""
        return getattr(self.environment_context, "config", None)

    @property
    def script(self) -> Any:
        """The folder of the scripts, as far as the peers' ``ScriptDirectory`` is asked for it."""
        return getattr(self.environment_context, "script", None)

    def get_current_heads(self) -> tuple[str, ...]:
        """Return the revisions that were applied when the run began."""
        return self.starting_revisions

    def get_current_revision(self) -> str | None:
        """Return the only applied revision when the run began, or None."""
        return self.starting_revisions[0] if self.starting_revisions else None

    def execute(self, sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL, a string or an executable."""
        self.perform(self.builder.execute(sql, execution_options))

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Commit, run the block's statements each by itself, begin a new transaction.

        What the script did before the block is committed and stays even if it fails later.
        """
        return self.executor.outside_transaction()

    def perform(self, operation: Operation) -> None:
        """Carry an operation out."""
        self.counter.append(operation)
        if self.executor.enter(operation, self.tables):
            try:
                for action in self.own_dialect.ddl.actions(operation, self.tables):
                    self.executor.run(action)
                    self.tables.forget()
            finally:
                self.executor.leave()
        self.tables.done(operation)


#: Makes an ``environment_context`` of settings; it comes from above, with the names of the peers.
_surroundings: list[Callable[[Settings], Any]] = []


@contextmanager
def surrounded(make: Callable[[Settings], Any]) -> Iterator[None]:
    """Let ``make`` give scripts their ``environment_context`` within the block."""
    _surroundings.append(make)
    try:
        yield
    finally:
        _surroundings.remove(make)


_active: ContextVar[MigrationContext | None] = ContextVar("flask_schemamigrate", default=None)


@contextmanager
def activated(context: MigrationContext) -> Iterator[MigrationContext]:
    """Make ``context`` what ``op`` and ``context`` work on, in this thread or task."""
    token = _active.set(context)
    try:
        yield context
    finally:
        _active.reset(token)


def active(word: str = "op") -> MigrationContext:
    """Return the context of the running script, or raise NoContext."""
    context = _active.get()
    if context is None:
        raise NoContext(
            f"{word} can only be used while a migration script runs.",
            hint="Call it inside upgrade() or downgrade(), not at the top of a module.",
        )
    return context


def is_active() -> bool:
    """Whether a script is running."""
    return _active.get() is not None

"""PostgreSQL 12 and later."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextlib import contextmanager
from typing import Any
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...errors import NoContext
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Constraint
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.scope import Scope
from .. import base
from . import canonical
from . import inspect
from . import queries
from .reader import Reader

if TYPE_CHECKING:
    from ...operations.base import Operation
    from ...operations.columns import AlterColumn
    from ...steps import Effect
    from ...steps import Step
    from .. import direct
    from ..misfits import Misfit
    from ..rules import Size
    from ..rules import Surroundings
    from ..waits import Blocker
    from ..waits import Limits
    from . import rules
    from .ddl import DDL


class Dialect(base.Dialect):
    """PostgreSQL, bound to a connection or offline."""

    name = "postgresql"
    transactional_ddl = True
    queues = True
    keys_as_text = True

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(sqlalchemy_dialect, connection)
        self._limits: Limits | None = None
        self._reader = Reader(self.sqlalchemy, self.default_schema)

    @property
    def reader(self) -> Reader:
        """What reads SQLAlchemy's objects."""
        return self._reader

    @property
    def ddl(self) -> DDL:
        """What turns operations into steps; it asks the catalogue where there is a connection."""
        from .ddl import DDL

        return DDL(self.sqlalchemy, self.connection)

    @property
    def beside(self) -> frozenset[str]:
        """Both."""
        return frozenset(("schemas", "sequences"))

    @property
    def renamable(self) -> frozenset[str]:
        """Everything."""
        kinds = ("index", "primary", "unique", "foreignkey", "check", "exclude")
        return frozenset(kinds)

    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue with seven queries."""
        default = self.default_schema or "public"
        schemas = tuple(dict.fromkeys(schema or default for schema in scope.schemas))
        only = None if scope.only is None else sorted({name.name for name in scope.only})
        return inspect.inspect(self._connected, schemas, default, scope.covers, only)

    def settle(self, actual: Schema, wanted: Schema) -> base.Settlement:
        """Ask the server for its spelling on temporary tables that are rolled back."""
        return canonical.settle(self._connected, self.reader, actual, wanted)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold a session-level advisory lock."""
        from . import lock

        return lock.lock(engine, key, timeout, waiting)

    def holds_type(self, change: AlterColumn) -> bool:
        """Where the types of both ends cannot be compared while one of them has changed."""
        from ...operations.base import UNSET
        from . import casts

        before, after = change.existing.type, change.type
        return UNSET not in (before, after) and not casts.comparable(str(before), str(after))

    def spelled(
        self, operations: Sequence[Operation], before: Schema
    ) -> tuple[tuple[Operation, ...], ...]:
        """Say in SQL what Alembic has no directive for, and changes of types in their parts."""
        from . import writing

        ddl = self.ddl
        ddl.runs = False
        return writing.spelled(ddl, operations, before)

    def rules(self, around: Surroundings) -> rules.Rules:
        """Return this system's rules."""
        from . import rules

        return rules.Rules(around, self.sqlalchemy.identifier_preparer.quote)

    def estimates(self) -> dict[Name, Size]:
        """Return what the statistics say; a table without any has none here."""
        from ..rules import Size

        default = self.default_schema or "public"
        rows = self._connected.execute(queries.ESTIMATES)
        return {
            Name(name, None if schema == default else schema): Size(int(number), exact=False)
            for schema, name, number in rows
        }

    def measure(self, step: Step, run: Callable[[Step], None]) -> Effect:
        """Look at locks, files and scans around the step."""
        from . import probe

        return probe.measure(self._connected, step, run)

    def send(self, statements: Sequence[direct.Statement], last: bool = False) -> None:
        """Send them in one message, with COMMIT."""
        from . import together

        if not together.send(self._connected, statements, last):
            super().send(statements, last)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Commit each query by itself: to begin a transaction and to end it is a trip each."""
        driver: Any = self._connected.connection.dbapi_connection
        if getattr(driver, "autocommit", None) is not False:
            yield
            return
        driver.autocommit = True
        try:
            yield
        finally:
            if not self._connected.invalidated:  # As it is after Ctrl-C.
                driver.autocommit = False

    def replica(self, engine: Engine, bare: bool = False) -> AbstractContextManager[base.Replica]:
        """Give a database beside the app's."""
        from . import replica

        return replica.replica(self._connected, self.ddl, engine, bare)

    def constraint_name(self, table: Table, constraint: Constraint) -> str:
        """Return the name that the server itself would give."""
        from . import names

        return names.constraint_name(table, constraint)

    def misfits(self, table: Name, before: Column, after: Column) -> tuple[Misfit, ...]:
        """Try each value, as ALTER would convert it."""
        from . import misfits

        ddl = self.ddl
        name, column = ddl.table_name(table), ddl.quote(before.name)
        return tuple(misfits.misfits(self._connected, name, before, after, column))

    def neutral(self, column: Column) -> Sql | None:
        """Ask the server which value a column takes: there are more types than SQLAlchemy knows."""
        from . import neutral

        return neutral.neutral(self._connected, column, super().neutral(column))

    def sequence_name(self, table: Name, column: str) -> Name | None:
        """Return the name that the server gives to the sequence of SERIAL and of IDENTITY."""
        from . import names

        return table.renamed(names.object_name(table.name, column, "seq"))

    def others(
        self, begin: Callable[[], None], original: Connection | None = None
    ) -> AbstractContextManager[None]:
        """Watch for two that wait for each other; keep a copy's script from the original."""
        from .. import blocked
        from .blocked_by import SERVER

        if original is not None:
            return blocked.refused(self._connected, original)
        return blocked.watched(self._connected, SERVER)

    def attending(self) -> AbstractContextManager[object]:
        """Register what hears of statements."""
        from .. import blocked
        from .blocked_by import SERVER

        return blocked.attended(self._connected, SERVER)

    def state(self, names: Sequence[Name]) -> str:
        """Return a fingerprint of the catalogue, whichever tables are named."""
        from . import state

        return state.fingerprint(self._connected)

    def tidy(self, statement: str) -> None:
        """Drop the invalid index that an interrupted CREATE INDEX CONCURRENTLY has left."""
        from . import state

        state.drop_invalid(self._connected, self.sqlalchemy, statement)

    def limit(self, limits: Limits) -> None:
        """Set them in each transaction that begins from now on."""
        self._limits = limits

    def unlimit(self) -> None:
        """Set none any more; those that are set end with the transaction."""
        self._limits = None

    def begin(self) -> None:
        """Set the limits, which are those of a transaction."""
        from . import waits

        if self._limits is not None:
            self.session_number = waits.limit(self._connected, self._limits)

    def ensure_begun(self) -> None:
        """Begin again, and set the limits, where a script has ended the transaction."""
        from . import waits

        if waits.is_idle(self._connected):
            waits.let_begin(self._connected)
            self.begin()

    def is_busy(self, error: BaseException) -> bool:
        """Locks, deadlocks and serialization."""
        from . import waits

        return waits.is_busy(error)

    def fits_transaction(self, statement: str) -> bool:
        """What takes locks on tables, but for CONCURRENTLY."""
        from . import waits

        return waits.fits_transaction(statement)

    def blockers(self, connection: Connection, number: int) -> tuple[Blocker, ...]:
        """Ask ``pg_blocking_pids``."""
        from . import waits

        return waits.blockers(connection, number)

    def still_running(self, statement: str) -> int | None:
        """Look through the activity; what runs in a transaction comes to nothing anyway."""
        from . import waits

        return waits.still_running(self._connected, statement)

    def advice(self, error: BaseException) -> str:
        """Tell how a value that was added to an enumerated type can be used."""
        from . import waits

        return waits.advice(error)

    def lacks_table(self, error: BaseException) -> bool:
        """SQLSTATE 42P01, undefined_table."""
        from . import glance

        return glance.lacks_table(error)

    @property
    def _connected(self) -> Connection:
        if self.connection is None:
            raise NoContext("The catalogue cannot be read without a connection.")
        return self.connection

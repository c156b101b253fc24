"""MariaDB and MySQL."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from typing import ClassVar
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...errors import NoDatabase
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Constraint
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.scope import Scope
from .. import base
from ..direct import told
from . import canonical
from . import types
from .facts import Facts
from .inspect import Catalogue
from .reader import MySQLReader

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
    from .ddl import MySQLDDL


class Dialect(base.Dialect):
    """MariaDB or MySQL: each DDL statement commits by itself, and what was open before it."""

    name: ClassVar[str] = "mysql"
    #: Whether table names are, too, depends on the file system; those are asked about.
    folds_case: ClassVar[frozenset[str]] = frozenset(("column",))
    transactional_ddl: ClassVar[bool] = False
    copies_share_names: ClassVar[bool] = True
    queues: ClassVar[bool] = True
    repeats_alone: ClassVar[bool] = True
    compares_rows: ClassVar[bool] = False

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(sqlalchemy_dialect, connection)
        self.facts = Facts.of(sqlalchemy_dialect)
        self._reader = MySQLReader(self.sqlalchemy, self.default_schema)
        self._mode: str | None = None
        self._limits: Limits | None = None
        self._unlimit = ""

    @property
    def reader(self) -> MySQLReader:
        """What reads SQLAlchemy's objects."""
        return self._reader

    @property
    def ddl(self) -> MySQLDDL:
        """What writes statements."""
        from .ddl import MySQLDDL

        return MySQLDDL(self.sqlalchemy, self.facts, self.connection)

    @property
    def open(self) -> Connection:
        """The connection of an online dialect."""
        assert self.connection is not None
        return self.connection

    @property
    def renamable(self) -> frozenset[str]:
        """Indexes, of which unique constraints are a kind."""
        return frozenset(("index", "unique") if self.facts.rename_index else ())

    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue."""
        known = sorted(scope.schemas, key=lambda name: name is None)  # The default one wins.
        schemas = {name or self.default_schema or "": name for name in known}
        return Catalogue(self.open, self.reader, self.facts, schemas).schema(scope)

    def settle(self, actual: Schema, wanted: Schema) -> base.Settlement:
        """Ask the server for its spelling."""
        return canonical.settle(self.open, self.reader, self.facts, actual, wanted)

    def reconcile(self, one: Schema, other: Schema) -> base.Settlement:
        """Nothing is to be asked: what the server has spelled it spells the same again."""
        return base.Settlement(one, other)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold a named lock of the server's."""
        from . import lock

        return lock.held(engine, key, timeout, waiting)

    def send(self, statements: Sequence[direct.Statement], last: bool = False) -> None:
        """Send them as one compound statement."""
        from . import together

        if not together.send(self.open, self.facts, statements):
            super().send(statements, last)

    def rules(self, around: Surroundings) -> rules.Rules:
        """Return this system's rules."""
        from . import rules

        return rules.Rules(around, self.sqlalchemy.identifier_preparer.quote)

    def estimates(self) -> dict[Name, Size]:
        """Return what InnoDB believes."""
        from ..rules import Size

        query = sa.text(
            "SELECT table_schema, table_name, table_rows FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' AND table_rows IS NOT NULL"
        )
        return {
            Name(name, None if schema == self.default_schema else schema): Size(number, exact=False)
            for schema, name, number in self.open.execute(query)
        }

    def measure(self, step: Step, run: Callable[[Step], None]) -> Effect:
        """Try from the gentlest algorithm and lock to the roughest."""
        from . import probe

        return probe.measure(self.facts, step, run)

    def named_outside(self, statements: Iterable[str]) -> str:
        """Look for the names of databases, and for statements that run others."""
        from . import replica

        return replica.named_outside(self.open, statements)

    def replica(self, engine: Engine, bare: bool = False) -> AbstractContextManager[base.Replica]:
        """Give a database beside the app's."""
        from . import replica

        return replica.replica(self.open, engine, self.facts)

    def constraint_name(self, table: Table, constraint: Constraint) -> str:
        """Return the server's own name for an unnamed constraint, where that is the better one."""
        from . import names

        name = names.constraint_name(table, constraint, self.facts)
        return name or super().constraint_name(table, constraint)

    def holds_type(self, change: AlterColumn) -> bool:
        """Always: errors 1832 and 1833."""
        return True

    @property
    def beside(self) -> frozenset[str]:
        """Sequences, which MariaDB has."""
        return frozenset(("sequences",) if self.facts.mariadb else ())

    def arranged(self, operations: Sequence[Operation], before: Schema) -> tuple[Operation, ...]:
        """Keep numbered columns within keys, and drop implied indexes only if they are there."""
        from . import arrange

        return arrange.arranged(operations, before)

    def gathered(self, operations: Sequence[Operation], before: Schema) -> tuple[Operation, ...]:
        """Put changes of several columns' types together: each one would copy the table."""
        from . import merging

        return tuple(merging.gathered(self.ddl, operations, before))

    def spelled(
        self, operations: Sequence[Operation], before: Schema
    ) -> tuple[tuple[Operation, ...], ...]:
        """Say in SQL what Alembic has no directives for."""
        from . import writing

        return writing.spelled(self.ddl, operations, before)

    def companions(
        self, operation: Operation, before: Schema, finally_: Schema
    ) -> tuple[Operation, ...]:
        """Drop the index that the server made for a foreign key and keeps when the key goes."""
        from ...operations.constraints import DropConstraint
        from ...operations.indexes import DropIndex
        from . import implied

        if not isinstance(operation, DropConstraint):
            return ()
        index = implied.left_by(operation, before, finally_)
        return (DropIndex(operation.table, index, if_present=True),) if index else ()

    def others(
        self, begin: Callable[[], None], original: Connection | None = None
    ) -> AbstractContextManager[None]:
        """Watch for two that wait for each other; keep a copy's script from the original."""
        from .. import blocked
        from .blocked_by import SERVER

        if original is not None:
            return blocked.refused(self.open, original)
        return blocked.watched(self.open, SERVER)

    def attending(self) -> AbstractContextManager[object]:
        """Register what hears of statements."""
        from .. import blocked
        from .blocked_by import SERVER

        return blocked.attended(self.open, SERVER)

    def state(self, names: Sequence[Name]) -> str:
        """Return a fingerprint of what SHOW CREATE says, or of all definitions."""
        from . import state

        return state.fingerprint(self.open, self.sqlalchemy, names)

    def with_values(self, column: Column, values: tuple[str, ...]) -> Sql | None:
        """Return an ENUM that takes the values that it took, and these."""
        if not column.type.text.lower().startswith("enum("):
            return super().with_values(column, values)
        known = getattr(column.type.element, "enums", ())
        words = ",".join(self.ddl.literal(value) for value in (*known, *values))
        rest = column.type.text.rpartition("')")[2]
        return Sql(f"enum({words}){rest}", mysql.ENUM(*known, *values))

    def takes_default(self, column: Column) -> bool:
        """MySQL gives no literal default to its long types (error 1101)."""
        name = column.type.text.lower().partition("(")[0].partition(" ")[0]
        return self.facts.mariadb or not name.endswith(("text", "blob", "json", "geometry"))

    def neutral(self, column: Column) -> Sql | None:
        """Return a neutral value of the server's own types, too."""
        return types.neutral(column.type.text) or super().neutral(column)

    def misfits(self, table: Name, before: Column, after: Column) -> tuple[Misfit, ...]:
        """Ask by the conditions of :mod:`.misfits`."""
        from ..misfits import counted as counted_misfits
        from . import misfits

        ddl = self.ddl
        name, column = ddl.table_name(table), ddl.quote(before.name)
        charset = self._charset(table) if misfits.reads_bytes(before, after) else ""
        conditions = misfits.conditions(before, after, column, charset)
        as_text = f"CAST({column} AS CHAR)"
        return tuple(counted_misfits(self.open, name, column, as_text, conditions))

    def _charset(self, table: Name) -> str:
        query = sa.text(
            "SELECT SUBSTRING_INDEX(table_collation, '_', 1) FROM information_schema.tables "
            "WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name"
        )
        named = {"schema": table.schema, "name": table.name}
        return str(self.open.execute(query, named).scalar() or "utf8mb4")

    def prepare(self) -> None:
        """Be strict: otherwise NULLs would silently become zeros and long values be cut.

        Raises NoDatabase where the server was reached, and none of its databases chosen.
        """
        if self.default_schema is None:
            url = self.open.engine.url.render_as_string(hide_password=True)
            raise NoDatabase(
                f"{url} names a server and no database on it.",
                hint="End the URL with the database's name, such as: …@host/app",
            )
        mode = str(told(self.open, "SELECT @@SESSION.sql_mode")[0] or "")
        if "STRICT_TRANS_TABLES" not in mode and "STRICT_ALL_TABLES" not in mode:
            self._mode = mode
            strict = ",".join(filter(None, (mode, "STRICT_TRANS_TABLES")))
            told(self.open, f"SET SESSION sql_mode = '{strict}'")

    def limit(self, limits: Limits) -> None:
        """Set them for the session, unless they are those that it has."""
        from . import waits

        if limits != self._limits:
            self.unlimit()
            self.session_number, self._unlimit = waits.limit(self.open, limits, self.facts)
            self._limits = limits

    def unlimit(self) -> None:
        """Put back what the session had."""
        if self._limits is not None:
            self._limits = None
            told(self.open, self._unlimit)

    def is_busy(self, error: BaseException) -> bool:
        """Locks and deadlocks."""
        from . import waits

        return bool(waits.number_of(error) in (waits.TIMEOUT, waits.DEADLOCK))

    def blockers(self, connection: Connection, number: int) -> tuple[Blocker, ...]:
        """Ask what the server has, and say when that is a guess."""
        from . import waits

        return waits.blockers(connection, number)

    def stop(self, connection: Connection, number: int) -> None:
        """End the session: the server would not notice before its statement ends."""
        connection.exec_driver_sql(f"KILL {number:d}")

    def still_running(self, statement: str) -> int | None:
        """Look through the list of processes."""
        from . import waits

        return waits.still_running(self.open, statement)

    def lacks_table(self, error: BaseException) -> bool:
        """Error 1146, ER_NO_SUCH_TABLE."""
        from . import glance

        return glance.lacks_table(error)

    def restore(self) -> None:
        """Give the connection back as it was."""
        if self._mode is not None:
            told(self.open, f"SET SESSION sql_mode = '{self._mode}'")

"""What a database must be able to do for us, and how far standard SQL gets.

Each folder beside this file has the same modules: ``inspect`` (catalogue to values), ``canonical``
(asking the server for its spelling), ``ddl`` (operations to steps), ``lock``.
"""

from __future__ import annotations

import re
from abc import ABC
from abc import abstractmethod
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextlib import nullcontext
from typing import Any
from typing import ClassVar
from typing import Protocol
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ..operations.base import Tables as Tables
from ..schema.metadata import Reader
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Constraint
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Table
from ..schema.scope import Scope
from . import direct
from .found import LeftBehind as LeftBehind
from .found import Settlement as Settlement
from .plain import plain
from .replicas import NoReplica as NoReplica
from .replicas import Replica as Replica

if TYPE_CHECKING:
    from ..operations.base import Operation
    from ..operations.columns import AlterColumn
    from ..steps import Action
    from ..steps import Effect
    from ..steps import Step
    from .misfits import Misfit
    from .rules import Rules
    from .rules import Size
    from .rules import Surroundings
    from .waits import Blocker
    from .waits import Limits


#: From how many rows on a server's estimate is believed: counting would take a moment.
LARGE = 100_000


class Statements(Protocol):
    """A dialect's DDL: an operation becomes the actions that carry it out."""

    def actions(self, operation: Operation, tables: Tables) -> Iterator[Action]:
        """Yield the steps and table events of ``operation``, in order.

        ``tables`` tells what a table is *before* the operation.  Raises InvalidOperation or
        OnlineOnly where the operation cannot be carried out.
        """


class Dialect(ABC):
    """One database system, bound to a connection (None: offline, only ``ddl`` and ``reader``)."""

    name: ClassVar[str]
    transactional_ddl: ClassVar[bool]
    #: Whether generated scripts make the changes of one table together (``batch_alter_table``).
    batches: ClassVar[bool] = False
    #: What is the same whether its name is in upper or in lower case: ``table``, ``column``.
    folds_case: ClassVar[frozenset[str]] = frozenset()
    #: Whether a constraint that the model does not name stays without a name.
    keeps_unnamed: ClassVar[bool] = False
    #: Whether ``VARCHAR(32)`` refuses a longer value.
    enforces_length: ClassVar[bool] = True
    #: SQLAlchemy's isolation level for statements that commit by themselves; None where a
    #: connection outside a transaction is in that mode anyway.
    autocommit_level: ClassVar[str | None] = "AUTOCOMMIT"
    #: Statements that a written script begins with, outside any transaction.
    preamble: ClassVar[tuple[str, ...]] = ()
    #: Whether a copy (:meth:`replica`) is reached under the same names as the database itself is,
    #: so that a statement which spells the database out would miss the copy and hit that.
    copies_share_names: ClassVar[bool] = False
    #: URL of a throw-away database that follows every written statement, for a dialect that can
    #: only plan DDL while it looks at the tables (``--sql`` on SQLite).
    shadow: ClassVar[str | None] = None
    #: Whether statements wait for those who read a table: then limits are set to that.
    queues: ClassVar[bool] = False
    #: Whether a statement that waited in vain can be sent again by itself.
    repeats_alone: ClassVar[bool] = False
    #: Whether (a, b) > (1, 2) finds its way along an index.
    compares_rows: ClassVar[bool] = True
    #: Whether a key of any type is read as a text, and compared after a cast from it.
    keys_as_text: ClassVar[bool] = False
    #: What the server itself calls the number of a row, if it has one that stays.
    row_names: ClassVar[tuple[str, ...]] = ()
    #: What to look at where no connection can be made.
    reach: ClassVar[str] = (
        "Check that the server runs, and the URL's host, port, database, user and password."
    )

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        self.sqlalchemy = plain(sqlalchemy_dialect)
        self.connection = connection
        self.default_schema: str | None = sqlalchemy_dialect.default_schema_name
        #: The server's number of the session, once limits were set.
        self.session_number: int | None = None

    @property
    @abstractmethod
    def reader(self) -> Reader:
        """What reads SQLAlchemy's objects into values in this dialect's spelling."""

    @property
    @abstractmethod
    def ddl(self) -> Statements:
        """What turns operations into steps."""

    @abstractmethod
    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue with a fixed number of queries per schema; needs a connection."""

    @abstractmethod
    def settle(self, actual: Schema, wanted: Schema) -> Settlement:
        """Bring both sides into the server's own spelling where their texts differ.

        Leaves the database as it was; objects of the result that are equal mean the same.
        """

    def reconcile(self, one: Schema, other: Schema) -> Settlement:
        """Bring two catalogues, both read by :meth:`inspect`, into one spelling."""
        return self.settle(one, other)

    @abstractmethod
    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold the migration lock of ``key`` on a connection of its own; it dies with the process.

        ``waiting`` is called once with a sentence about the holder when the lock is not free.
        Raises LockTimeout after ``timeout`` seconds (None: wait for ever).
        """

    def send(self, statements: Sequence[direct.Statement], last: bool = False) -> None:
        """Run statements of ours in the open transaction, in as few round trips as can be.

        The transaction may be committed with them where they are its ``last``.  Raises
        :class:`.direct.RowMissing`, then nothing is committed, and DBAPIError.
        """
        assert self.connection is not None
        for one in statements:
            direct.send(self.connection, one)

    def replica(self, engine: Engine, bare: bool = False) -> AbstractContextManager[Replica]:
        """Give a throw-away database that can be filled with what the connected one has.

        ``engine`` is the app's, which stays as it is.  ``bare``: without what tables may need.
        Raises NoReplica.
        """
        raise NoReplica(f"there is no copying of {self.name} databases")

    def named_outside(self, statements: Iterable[str]) -> str:
        """Return why statements that run on a copy may reach beyond it; an empty text: they do not.

        Asked where ``copies_share_names``.
        """
        return "statements may name the database itself"

    def rules(self, around: Surroundings) -> Rules:
        """Return what judges an operation and its steps where ``around`` is what there is."""
        from .rules import Rules

        return Rules(around, self.sqlalchemy.identifier_preparer.quote)

    def sizes(self, names: Iterable[Name]) -> dict[Name, Size]:
        """Count the rows of tables; of large ones the server's estimate will do."""
        from .rules import Size

        connection = self.connection
        assert connection is not None
        found = self.estimates()
        for name in names:
            if name in found and found[name].number >= LARGE:
                continue
            table = sa.table(name.name, schema=name.schema)
            counting = sa.select(sa.func.count()).select_from(table)
            found[name] = Size(connection.execute(counting).scalar_one())
        return {name: found[name] for name in names}

    def estimates(self) -> dict[Name, Size]:
        """Return what the server believes that its tables hold, where it keeps such numbers."""
        return {}

    def measure(self, step: Step, run: Callable[[Step], None]) -> Effect:
        """Run a step on a throw-away copy, by ``run``, and return what could be seen of it."""
        from ..steps import Effect

        run(step)
        return Effect()

    def constraint_name(self, table: Table, constraint: Constraint) -> str:
        """Return the name for a constraint that the model does not name, on an existing table.

        A script that adds it has to name it, or nothing could drop it again.  Where the server has
        a name of its own for such a one, it is that: the table ends as ``create_all`` makes it.
        """
        from ..schema import naming

        return naming.conventional(table.name, constraint)

    @property
    def beside(self) -> frozenset[str]:
        """What is compared beside tables and types: ``schemas``, ``sequences`` that stand alone."""
        return frozenset()

    @property
    def renamable(self) -> frozenset[str]:
        """What can be renamed as it is: ``index`` and the types of constraints (``unique``, …).

        The rest is dropped under its old name and made anew under the new one.
        """
        return frozenset()

    def sequence_name(self, table: Name, column: str) -> Name | None:
        """Return what the server calls the sequence of a column that it numbers; None: nothing."""
        return None

    def holds_type(self, change: AlterColumn) -> bool:
        """Whether a column's type can only change so while no foreign key stands on it."""
        return False

    def arranged(self, operations: Sequence[Operation], before: Schema) -> tuple[Operation, ...]:
        """Return what a comparison with ``before`` found as this database can carry it out."""
        return tuple(operations)

    def gathered(self, operations: Sequence[Operation], before: Schema) -> tuple[Operation, ...]:
        """Return what a script does, with those changes of a table as one that go better so."""
        return tuple(operations)

    def spelled(
        self, operations: Sequence[Operation], before: Schema
    ) -> tuple[tuple[Operation, ...], ...]:
        """Return for each operation, in turn, what a generated script does for it.

        Alembic must do the same with the script: what it does not know of this database is said in
        operations that it knows, or in SQL.  ``before`` is the schema before the first operation.
        """
        return tuple((operation,) for operation in operations)

    def with_values(self, column: Column, values: tuple[str, ...]) -> Sql | None:
        """Return the type of ``column`` with room for ``values``; None where it has room."""
        found = re.fullmatch(r"(.*char[^()]*)\((\d+)\)(.*)", column.type.text, re.IGNORECASE)
        longest = max(map(len, values), default=0)
        if not self.enforces_length or found is None or longest <= int(found[2]):
            return None
        return Sql(f"{found[1]}({longest}){found[3]}", sa.String(longest))

    def takes_default(self, column: Column) -> bool:
        """Whether a column of that type can be added with a server default."""
        return True

    def neutral(self, column: Column) -> Sql | None:
        """Return a literal that says nothing, for rows whose value in ``column`` is gone for good.

        None: the type has none, or none is known.
        """
        from ..schema import literals

        return literals.neutral(self.reader, column.type.element)

    def misfits(self, table: Name, before: Column, after: Column) -> tuple[Misfit, ...]:
        """Count the values of a column that do not fit the type that it is to have.

        ``table`` and ``before`` are as the database has them now; needs a connection.  Reads only.
        """
        return ()

    def companions(
        self, operation: Operation, before: Schema, finally_: Schema
    ) -> tuple[Operation, ...]:
        """Return what a generated script does after ``operation`` to leave nothing behind.

        ``before`` is the schema before the operation, ``finally_`` the one after the whole script.
        """
        return ()

    def prepare(self) -> None:
        """Make the connection fit for a run, before its first statement."""

    def restore(self) -> None:
        """Undo :meth:`prepare`; the connection goes back to the app's pool."""

    def asking(self) -> AbstractContextManager[None]:
        """Let each query of a block stand alone, where a transaction would take trips of its own.

        There is no transaction before it, and nothing is written in it.
        """
        return nullcontext()

    def begin(self) -> None:
        """Truly begin a transaction, right after SQLAlchemy believes that it has."""

    def ensure_begun(self) -> None:
        """Begin a transaction on the server, if a script ended the one that was open."""

    def others(
        self, begin: Callable[[], None], original: Connection | None = None
    ) -> AbstractContextManager[None]:
        """Let a script, the block, work on other connections of this process too.

        ``begin`` begins the revision's transaction where it should be open.  On a copy,
        ``original`` is the connection to the database itself, which the script must not reach.
        """
        return nullcontext()

    def attending(self) -> AbstractContextManager[object]:
        """Get ready for :meth:`others`, which one script after the other in the block will need."""
        return nullcontext()

    def limit(self, limits: Limits) -> None:
        """Let statements wait and take so long, until :meth:`unlimit`."""

    def unlimit(self) -> None:
        """Let them wait and take as long as before :meth:`limit`."""

    def is_busy(self, error: BaseException) -> bool:
        """Whether a statement waited for a lock in vain; its transaction is not usable any more.

        Where a dialect ``repeats_alone``, it still is after a statement that is no part of one.
        """
        return False

    def fits_transaction(self, statement: str) -> bool:
        """Whether DDL that is to commit by itself can do so in a transaction, where limits hold."""
        return False

    def blockers(self, connection: Connection, number: int) -> tuple[Blocker, ...]:
        """Return who keeps the session with that number waiting, asked on another connection."""
        return ()

    def stop(self, connection: Connection, number: int) -> None:
        """Stop what a session does whose driver has been interrupted, on another connection."""

    def still_running(self, statement: str) -> int | None:
        """Return the number of another session that runs a statement at this moment, or None."""
        return None

    def state(self, names: Sequence[Name]) -> str:
        """Return a fingerprint of the definitions of tables; of everything where none is named.

        Two calls give the same exactly when no DDL changed them in between.  An empty text means
        that this cannot be told.
        """
        return ""

    def left_behind(self) -> tuple[LeftBehind, ...]:
        """Return the tables that another tool left when it was stopped while it copied a table."""
        return ()

    def tidy(self, statement: str) -> None:
        """Remove what ``statement``, which was interrupted, may have left half-made."""

    def is_unreadable(self, error: BaseException) -> bool:
        """Whether an error means that what was opened is no database at all."""
        return False

    def advice(self, error: BaseException) -> str:
        """Return lines about what to do after an error of the server's that has a known cause."""
        return ""

    def lacks_table(self, error: BaseException) -> bool:
        """Whether an error means that a table is not there; another process may make it by now."""
        return False

    def check(self) -> None:
        """Look once more before a revision's transaction commits; raise to roll it back."""

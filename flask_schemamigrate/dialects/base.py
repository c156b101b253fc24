"""What a database must be able to do for us, and how far standard SQL gets.

Each folder beside this file has the same modules: ``inspect`` (catalogue to values), ``canonical``
(asking the server for its spelling), ``ddl`` (operations to steps), ``lock``.
"""

from __future__ import annotations

import copy
import weakref
from abc import ABC
from abc import abstractmethod
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from typing import ClassVar
from typing import Protocol

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ..operations.base import Operation
from ..schema import naming
from ..schema.metadata import Reader
from ..schema.names import Name
from ..schema.objects import Constraint
from ..schema.objects import Schema
from ..schema.objects import Table
from ..schema.scope import Scope
from ..steps import Action


class Tables(Protocol):
    """What is known of the tables while operations run, looked up when it is needed.

    A live run asks the database; an offline run remembers what its script created.
    """

    def table(self, name: Name) -> Table | None:
        """Return the table as it is now, or None where it is absent or unknown."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Both sides of a comparison in one spelling.

    ``notes`` are sentences about what could not be asked of the server and was compared as text.
    """

    actual: Schema
    wanted: Schema
    notes: tuple[str, ...] = ()


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
    #: Whether the type of a column can only change while no foreign key stands on it.
    keys_hold_types: ClassVar[bool] = False
    #: Whether ``VARCHAR(32)`` refuses a longer value.
    enforces_length: ClassVar[bool] = True
    #: SQLAlchemy's isolation level for statements that commit by themselves; None where a
    #: connection outside a transaction is in that mode anyway.
    autocommit_level: ClassVar[str | None] = "AUTOCOMMIT"
    #: Statements that a written script begins with, outside any transaction.
    preamble: ClassVar[tuple[str, ...]] = ()
    #: URL of a throw-away database that follows every written statement, for a dialect that can
    #: only plan DDL while it looks at the tables (``--sql`` on SQLite).
    shadow: ClassVar[str | None] = None

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        self.sqlalchemy = plain(sqlalchemy_dialect)
        self.connection = connection
        self.default_schema: str | None = sqlalchemy_dialect.default_schema_name

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

    @abstractmethod
    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold the migration lock of ``key`` on a connection of its own; it dies with the process.

        ``waiting`` is called once with a sentence about the holder when the lock is not free.
        Raises LockTimeout after ``timeout`` seconds (None: wait for ever).
        """

    def constraint_name(self, table: Table, constraint: Constraint) -> str:
        """Return the name for a constraint that the model does not name, on an existing table.

        A script that adds it has to name it, or nothing could drop it again.  Where the server has
        a name of its own for such a one, it is that: the table ends as ``create_all`` makes it.
        """
        return naming.conventional(table.name, constraint)

    def companions(self, operation: Operation) -> tuple[Operation, ...]:
        """Return what a generated script does after ``operation`` to leave nothing behind."""
        return ()

    def prepare(self) -> None:
        """Make the connection fit for a run, before its first statement."""

    def restore(self) -> None:
        """Undo :meth:`prepare`; the connection goes back to the app's pool."""

    def begin(self) -> None:
        """Truly begin a transaction, right after SQLAlchemy believes that it has."""

    def check(self) -> None:
        """Look once more before a revision's transaction commits; raise to roll it back."""


def plain(dialect: Any) -> Any:
    """Return a copy of a SQLAlchemy dialect whose compilers write SQL as the server reads it.

    Compilers of drivers with ``%s`` parameters double each percent sign; a statement that is
    printed, hashed or run without parameters must not have them doubled.
    """
    copied = copy.copy(dialect)
    copied.paramstyle = "named"
    copied.positional = False
    copied.identifier_preparer = copied.preparer(copied)
    copied.identifier_preparer._double_percents = False
    # What the original remembers of types includes how it writes literals: with %% in them.
    copied._type_memos = weakref.WeakKeyDictionary()
    for attribute in ("type_compiler_instance", "type_compiler"):
        if attribute in vars(copied):
            del vars(copied)[attribute]
    copied.type_compiler_instance = type(dialect.type_compiler_instance)(copied)
    copied.type_compiler = copied.type_compiler_instance
    return copied

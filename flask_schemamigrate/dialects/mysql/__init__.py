"""MariaDB and MySQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from typing import ClassVar

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...operations.base import Operation
from ...operations.constraints import DropConstraint
from ...operations.indexes import DropIndex
from ...schema.objects import Constraint
from ...schema.objects import Schema
from ...schema.objects import Table
from ...schema.scope import Scope
from .. import base
from . import canonical
from . import lock
from . import names
from .ddl import MySQLDDL
from .facts import Facts
from .inspect import Catalogue
from .reader import MySQLReader


class Dialect(base.Dialect):
    """MariaDB or MySQL: each DDL statement commits by itself, and what was open before it."""

    name: ClassVar[str] = "mysql"
    transactional_ddl: ClassVar[bool] = False
    keys_hold_types: ClassVar[bool] = True  # Errors 1832 and 1833.

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(sqlalchemy_dialect, connection)
        self.facts = Facts.of(sqlalchemy_dialect)
        self._reader = MySQLReader(self.sqlalchemy, self.default_schema)
        self._mode: str | None = None

    @property
    def reader(self) -> MySQLReader:
        """What reads SQLAlchemy's objects."""
        return self._reader

    @property
    def ddl(self) -> MySQLDDL:
        """What writes statements."""
        return MySQLDDL(self.sqlalchemy, self.facts, self.connection)

    @property
    def open(self) -> Connection:
        """The connection of an online dialect."""
        assert self.connection is not None
        return self.connection

    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue."""
        known = sorted(scope.schemas, key=lambda name: name is None)  # The default one wins.
        schemas = {name or self.default_schema or "": name for name in known}
        return Catalogue(self.open, self.reader, self.facts, schemas).schema(scope)

    def settle(self, actual: Schema, wanted: Schema) -> base.Settlement:
        """Ask the server for its spelling."""
        return canonical.settle(self.open, self.reader, self.facts, actual, wanted)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold a named lock of the server's."""
        return lock.held(engine, key, timeout, waiting)

    def constraint_name(self, table: Table, constraint: Constraint) -> str:
        """Return the server's own name for an unnamed constraint, where that is the better one."""
        name = names.constraint_name(table, constraint, self.facts)
        return name or super().constraint_name(table, constraint)

    def companions(self, operation: Operation) -> tuple[Operation, ...]:
        """Drop the index that the server made for a foreign key and keeps when the key goes."""
        if not isinstance(operation, DropConstraint) or operation.type != "foreignkey":
            return ()
        if operation.name is None:
            return ()
        return (DropIndex(operation.table, operation.name, if_present=True),)

    def prepare(self) -> None:
        """Be strict: otherwise NULLs would silently become zeros and long values be cut."""
        mode = str(self.open.exec_driver_sql("SELECT @@SESSION.sql_mode").scalar() or "")
        if "STRICT_TRANS_TABLES" not in mode and "STRICT_ALL_TABLES" not in mode:
            self._mode = mode
            strict = ",".join(filter(None, (mode, "STRICT_TRANS_TABLES")))
            self.open.exec_driver_sql(f"SET SESSION sql_mode = '{strict}'")
        self.open.rollback()

    def restore(self) -> None:
        """Give the connection back as it was."""
        if self._mode is not None:
            self.open.exec_driver_sql(f"SET SESSION sql_mode = '{self._mode}'")
            self.open.rollback()

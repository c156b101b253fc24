"""PostgreSQL 12 and later."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...errors import NoContext
from ...schema.objects import Constraint
from ...schema.objects import Schema
from ...schema.objects import Table
from ...schema.scope import Scope
from .. import base
from . import canonical
from . import inspect
from . import lock
from . import names
from .ddl import DDL
from .reader import Reader


class Dialect(base.Dialect):
    """PostgreSQL, bound to a connection or offline."""

    name = "postgresql"
    transactional_ddl = True

    @property
    def reader(self) -> Reader:
        """What reads SQLAlchemy's objects."""
        return Reader(self.sqlalchemy, self.default_schema)

    @property
    def ddl(self) -> DDL:
        """What turns operations into steps; it asks the catalogue where there is a connection."""
        return DDL(self.sqlalchemy, self.connection)

    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue with six queries."""
        default = self.default_schema or "public"
        schemas = tuple(dict.fromkeys(schema or default for schema in scope.schemas))
        only = None if scope.only is None else sorted({name.name for name in scope.only})
        return inspect.inspect(self._connected, schemas, default, scope.covers, only)

    def settle(self, actual: Schema, wanted: Schema) -> base.Settlement:
        """Ask the server for its spelling on temporary tables that are rolled back."""
        return canonical.settle(self._connected, self.sqlalchemy, actual, wanted)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold a session-level advisory lock."""
        return lock.lock(engine, key, timeout, waiting)

    def constraint_name(self, table: Table, constraint: Constraint) -> str:
        """Return the name that the server itself would give."""
        return names.constraint_name(table, constraint)

    @property
    def _connected(self) -> Connection:
        if self.connection is None:
            raise NoContext("The catalogue cannot be read without a connection.")
        return self.connection

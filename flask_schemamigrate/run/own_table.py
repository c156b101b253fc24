"""What the tables that are ours have in common: the version table, the log and the journal."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..dialects.base import Dialect
from ..schema.names import Name


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A table of ours in one database."""

    dialect: Dialect
    table: sa.Table

    @property
    def key(self) -> Name:
        """The name as comparisons know it."""
        return self.dialect.reader.name(self.table.name, self.table.schema)

    @property
    def connection(self) -> Connection:
        """The connection; only an online dialect has one."""
        assert self.dialect.connection is not None
        return self.dialect.connection

    def exists(self) -> bool:
        """Whether the database has the table."""
        return sa.inspect(self.connection).has_table(self.table.name, schema=self.table.schema)

"""The version table: one row for each head that is applied.

Its name, column and constraint are Alembic's, so that both tools read and write the same rows.  The
column is wider where we create it, because revision ids are often longer than 32 characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.schema import CreateTable

from ..dialects.base import Dialect
from ..errors import VersionConflict
from ..history.graph import RowChange
from ..operations.columns import AlterColumn
from ..schema.names import Name
from ..settings import Settings

#: Alembic creates 32; ids may have up to 255 characters here.
WIDTH = 255


@dataclass(frozen=True, slots=True)
class VersionTable:
    """The version table of one database.  ``dialect`` may be offline for the texts alone."""

    dialect: Dialect
    table: sa.Table

    @classmethod
    def of(cls, dialect: Dialect, settings: Settings) -> VersionTable:
        """Return the version table that the settings name."""
        name = settings.version_table
        primary_key = sa.PrimaryKeyConstraint("version_num", name=f"{name}_pkc")
        column = sa.Column("version_num", sa.String(WIDTH), nullable=False)
        table = sa.Table(
            name, sa.MetaData(), column, primary_key, schema=settings.version_table_schema
        )
        return cls(dialect, table)

    @property
    def name(self) -> str:
        """The full name of the table."""
        return str(self.table.fullname)

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

    def rows(self) -> tuple[str, ...]:
        """Return the applied heads, sorted; () when there is no table, which is not created.

        Must be called without an open transaction: a missing table ends it.
        """
        query = sa.select(self.table.c.version_num)
        try:
            found = self.connection.execute(query).scalars().all()
        except (DBAPIError, NoSuchTableError):
            # One round trip where the table exists, which is nearly always.
            self.connection.rollback()
            if self.exists():
                raise
            found = []
        return tuple(sorted(str(row) for row in found if row is not None))

    def create_text(self) -> str:
        """Return CREATE TABLE for the version table."""
        return str(CreateTable(self.table).compile(dialect=self.dialect.sqlalchemy)).strip()

    def ensure(self) -> None:
        """Create the table unless it exists, in the open transaction."""
        if not self.exists():
            self.connection.execute(CreateTable(self.table))

    def texts(self, change: RowChange) -> Iterator[str]:
        """Yield the statements of a change, values in place (ids hold no quote)."""
        for statement in self._statements(change):
            compiled = statement.compile(
                dialect=self.dialect.sqlalchemy, compile_kwargs={"literal_binds": True}
            )
            yield str(compiled)

    def _statements(self, change: RowChange) -> Iterator[sa.Delete | sa.Update | sa.Insert]:
        column = self.table.c.version_num
        for version in change.delete:
            yield sa.delete(self.table).where(column == sa.literal(version))
        if change.update is not None:
            old, new = change.update
            yield sa.update(self.table).values(version_num=new).where(column == sa.literal(old))
        for version in change.insert:
            yield sa.insert(self.table).values(version_num=version).inline()

    def change(self, change: RowChange) -> None:
        """Carry out a change in the open transaction.

        Raises VersionConflict when a row is not there any more: somebody else changed the table.
        """
        self._widen(change)
        for statement in self._statements(change):
            result = self.connection.execute(statement)
            if not isinstance(statement, sa.Insert) and result.rowcount != 1:
                expected = change.update[0] if change.update else ", ".join(change.delete)
                raise VersionConflict(
                    f"The table {self.name} no longer has the row {expected}: "
                    "somebody else changed it meanwhile.",
                    hint="See where the database is now: flask db current",
                )

    def replace(self, rows: Sequence[str]) -> None:
        """Put exactly these rows in place of all others (``stamp --purge``)."""
        self.connection.execute(sa.delete(self.table))
        self.change(RowChange(insert=tuple(rows)))

    def _widen(self, change: RowChange) -> None:
        new = [*change.insert, *((change.update[1],) if change.update else ())]
        longest = max(map(len, new), default=0)
        if longest <= 32:
            return
        columns = sa.inspect(self.connection).get_columns(self.table.name, self.table.schema)
        width = next((getattr(c["type"], "length", None) for c in columns), None)
        if width is not None and width < longest and self.dialect.enforces_length:
            wider = self.dialect.reader.type_text(sa.String(WIDTH))
            alter = AlterColumn(self.key, "version_num", type=wider)
            for action in self.dialect.ddl.actions(alter, _Unknown(self.dialect)):
                self.connection.exec_driver_sql(action.sql)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Looks a table up in the catalogue."""

    dialect: Dialect

    def table(self, name: Name) -> None:
        """Nothing is known: the dialect writes the whole column from the operation."""

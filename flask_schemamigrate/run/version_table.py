"""The version table: one row for each head that is applied.

Its name, column and constraint are Alembic's, so that both tools read and write the same rows.  The
column is wider where we create it, because revision ids are often longer than 32 characters.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.schema import CreateTable

from ..dialects.base import Dialect
from ..dialects.direct import RowMissing
from ..dialects.direct import Statement
from ..errors import VersionConflict
from ..history.graph import RowChange
from ..operations.columns import AlterColumn
from ..schema.names import Name
from ..settings import Settings
from .own_table import OwnTable
from .prepared import prepared

#: Alembic creates 32; ids may have up to 255 characters here.
WIDTH = 255
#: Stand for rows in a text.
_BEFORE, _AFTER = "<before>", "<after>"
_PATTERNS: weakref.WeakKeyDictionary[sa.Table, str] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class VersionTable(OwnTable):
    """The version table of one database.  ``dialect`` may be offline for the texts alone."""

    @classmethod
    def of(cls, dialect: Dialect, settings: Settings) -> VersionTable:
        """Return the version table that the settings name."""
        name = settings.version_table
        parts: list[Any] = [sa.Column("version_num", sa.String(WIDTH), nullable=False)]
        if settings.options.get("version_table_pk", True):
            parts.append(sa.PrimaryKeyConstraint("version_num", name=f"{name}_pkc"))
        table = sa.Table(name, sa.MetaData(), *parts, schema=settings.version_table_schema)
        return cls(dialect, table)

    @property
    def name(self) -> str:
        """The full name of the table."""
        return str(self.table.fullname)

    def rows(self) -> tuple[str, ...]:
        """Return the applied heads, sorted; () when there is no table, which is not created.

        In a transaction the table is looked for first: a failed query would end it.
        """
        if self.connection.in_transaction() and not self.exists():
            return ()
        query = sa.select(self.table.c.version_num)
        try:
            found = self.connection.execute(query).scalars().all()
        except (DBAPIError, NoSuchTableError) as error:
            # One round trip where the table exists, which is nearly always.
            self.connection.rollback()
            # It may be made just now: then the one who makes it has the lock.
            if not self.dialect.lacks_table(error) and self.exists():
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
        if change.one is not None:
            before, after = change.one
            yield self._pattern().replace(_BEFORE, before).replace(_AFTER, after)
            return
        yield from map(self._text, self._statements(change))

    def _pattern(self) -> str:
        """Return the text that makes one row another; it is compiled once."""
        if self.table not in _PATTERNS:
            moving = _moving(self.table, sa.literal(_BEFORE), sa.literal(_AFTER))
            _PATTERNS[self.table] = self._text(moving)
        return _PATTERNS[self.table]

    def _text(self, statement: sa.Delete | sa.Update | sa.Insert) -> str:
        options = {"literal_binds": True}
        return str(statement.compile(dialect=self.dialect.sqlalchemy, compile_kwargs=options))

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
        moving = self.changing(change)
        if moving is not None:
            with self.required(change):
                self.dialect.send((moving,))
            return
        self._widen(change)
        for statement in self._statements(change):
            result = self.connection.execute(statement)
            if not isinstance(statement, sa.Insert) and result.rowcount != 1:
                raise self._conflict(change)

    def changing(self, change: RowChange) -> Statement | None:
        """Return the statement that makes one row another, where that is all of a change.

        The column is made wide enough for it in the open transaction.
        """
        if change.one is None:
            return None
        self._widen(change)
        moving = prepared(self.connection, self.table, _moving_bound)
        before, after = change.one
        return moving.with_values({"row_before": before, "row_after": after}, must_change=True)

    @contextmanager
    def required(self, change: RowChange) -> Iterator[None]:
        """Raise VersionConflict where a statement of :meth:`changing` does not find its row."""
        try:
            yield
        except RowMissing as error:
            raise self._conflict(change) from error

    def _conflict(self, change: RowChange) -> VersionConflict:
        expected = change.update[0] if change.update else ", ".join(change.delete)
        return VersionConflict(
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


def _moving(versions: sa.Table, before: Any, after: Any) -> sa.Update:
    """Return the statement that makes one row another."""
    column = versions.c.version_num
    return sa.update(versions).values({column: after}).where(column == before)


def _moving_bound(versions: sa.Table) -> sa.Update:
    """Return that for rows that are given later."""
    before, after = (sa.bindparam(name, type_=sa.String()) for name in ("row_before", "row_after"))
    return _moving(versions, before, after)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Looks a table up in the catalogue."""

    dialect: Dialect

    def table(self, name: Name) -> None:
        """Nothing is known: the dialect writes the whole column from the operation."""

"""How many rows there are: what would be lost, before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ..schema.names import Name


@dataclass(frozen=True, slots=True)
class Rows:
    """Counts the rows of tables as they are now, each table once."""

    connection: Connection
    known: dict[Name, int] = field(default_factory=dict)

    def count(self, table: Name) -> int:
        """Return the number of rows of a table."""
        if table not in self.known:
            self.known[table] = self._count(table)
        return self.known[table]

    def with_value(self, table: Name, column: str) -> int:
        """Return the number of rows that are not NULL in a column."""
        return self._count(table, sa.column(column).is_not(None))

    def without_value(self, table: Name, column: str) -> int:
        """Return the number of rows that are NULL in a column."""
        return self._count(table, sa.column(column).is_(None))

    def holding(
        self, table: Name, column: str, values: Sequence[str], *, many: bool = False
    ) -> int:
        """Return the number of rows in which a column, as text, is one of ``values``.

        A column with ``many`` values at once (an array) has to have one of them among its own.
        """
        if many:
            texts = sa.cast(sa.column(column), sa.ARRAY(sa.Text))
            return self._count(table, sa.or_(*(sa.any_(texts) == value for value in values)))
        text = sa.cast(sa.column(column), sa.String(255))
        return self._count(table, text.in_(values))

    def passes(
        self, origin: tuple[Name, str], named: tuple[str, str], value: str, check: str
    ) -> bool | None:
        """Whether a literal, as a value of a column, passes a check on nothing else.

        ``origin`` is the column as it is in the database, ``named`` its table and itself as the
        check has them.  None: the database cannot be asked this.
        """
        (table, column), (alias, name) = origin, named
        holder = sa.table(table.name, schema=table.schema)
        none: Any = sa.select(sa.column(column).label(name)).select_from(holder).where(sa.false())
        one: Any = sa.select(sa.literal_column(value).label(name))
        values = sa.union_all(none, one).subquery(alias)
        failing = sa.text(f"NOT ({check})".replace(":", r"\:"))
        query = sa.select(sa.func.count()).select_from(values).where(failing)
        try:
            with self.connection.begin_nested():
                return not self.connection.execute(query).scalar_one()
        except DBAPIError:
            return None

    def _count(self, table: Name, *where: Any) -> int:
        holder = sa.table(table.name, schema=table.schema)
        query = sa.select(sa.func.count()).select_from(holder).where(*where)
        return int(self.connection.execute(query).scalar_one())

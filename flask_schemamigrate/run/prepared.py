"""Statements that a run sends for each revision, made once.

SQLAlchemy takes longer to look up what it has compiled than the server takes to write the row.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import CursorResult

_MADE: weakref.WeakKeyDictionary[sa.Table, dict[Callable[..., Any], Prepared]]
_MADE = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the driver's words; ``names`` are its parameters where they have an order."""

    sql: str
    names: tuple[str, ...] | None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it in the open transaction."""
        if self.names is None:
            return connection.exec_driver_sql(self.sql, dict(values))
        return connection.exec_driver_sql(self.sql, tuple(values[name] for name in self.names))


def prepared(
    connection: Connection, table: sa.Table, make: Callable[..., Any], *more: sa.Table
) -> Prepared:
    """Return the statement that ``make`` makes of ``table``, and of ``more`` tables."""
    made = _MADE.setdefault(table, {})
    if make not in made:
        compiled = make(table, *more).compile(dialect=connection.dialect)
        names = tuple(compiled.positiontup) if compiled.positional else None
        made[make] = Prepared(str(compiled), names)
    return made[make]

"""Statements that a run sends for each revision, made once."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..dialects.direct import changed
from ..dialects.direct import Statement

_MADE: weakref.WeakKeyDictionary[sa.Table, dict[Callable[..., Any], Prepared]]
_MADE = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the driver's words; ``names`` are its parameters where they have an order."""

    sql: str
    names: tuple[str, ...] | None

    def with_values(self, values: Mapping[str, Any], must_change: bool = False) -> Statement:
        """Return the statement with its parameters."""
        if self.names is None:
            return Statement(self.sql, values, must_change)
        return Statement(self.sql, tuple(values[name] for name in self.names), must_change)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it in the open transaction; return how many rows.  Raises DBAPIError."""
        statement = self.with_values(values)
        return changed(connection, statement.sql, statement.parameters)


def prepared(connection: Connection, table: sa.Table, make: Callable[[sa.Table], Any]) -> Prepared:
    """Return the statement that ``make`` makes of ``table``."""
    made = _MADE.setdefault(table, {})
    if make not in made:
        compiled = make(table).compile(dialect=connection.dialect)
        names = tuple(compiled.positiontup) if compiled.positional else None
        made[make] = Prepared(str(compiled), names)
    return made[make]

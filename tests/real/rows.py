"""A row for every table, made from its columns' types: what a migration must not lose."""

from __future__ import annotations

import datetime
import re
import uuid
import warnings
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

#: Every number is 1 and every text is "1", so that all foreign keys find what they point to.
NUMBER, TEXT = 1, "1"
DAY = datetime.datetime(2020, 2, 29, 12, 30)


def fill(engine: Engine, given: Mapping[str, object]) -> int:
    """Put one row into each empty table and return how many; ``given`` is by ``table.column``."""
    metadata = sa.MetaData()
    with warnings.catch_warnings(), engine.begin() as connection:
        warnings.simplefilter("ignore")
        metadata.reflect(connection)
        inspector = sa.inspect(connection)
        tables = [t for t in metadata.sorted_tables if t.name != "alembic_version"]
        empty = [t for t in tables if connection.execute(sa.select(t).limit(1)).first() is None]
        for table in empty:
            checks = [c["sqltext"] for c in inspector.get_check_constraints(table.name)]
            row = {
                column.name: given.get(f"{table.name}.{column.name}", value(column, checks))
                for column in table.columns
                if column.computed is None
            }
            connection.execute(table.insert().values(row))
    return len(empty)


def value(column: sa.Column[Any], checks: list[str]) -> Any:
    """Return a value that the column takes: the first of a list in a CHECK, else by its type."""
    for check in checks:
        listed = re.search(rf"\b{column.name}\b[^']*?\b(?:IN|ANY)\b[^']*'([^']*)'", check, re.I)
        if listed:
            return listed[1]
    kind = column.type
    if isinstance(kind, sa.Enum):
        return kind.enums[0]
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.DateTime):
        return DAY
    if isinstance(kind, sa.Date):
        return DAY.date()
    if isinstance(kind, sa.Numeric | sa.Integer):
        return NUMBER
    if isinstance(kind, sa.Uuid):
        return uuid.UUID(int=1)
    if isinstance(kind, sa.CHAR) and kind.length == 32:  # What Uuid is elsewhere.
        return uuid.UUID(int=1).hex
    if isinstance(kind, sa.types._Binary):  # LONGBLOB is no LargeBinary.
        return b"1"
    return TEXT

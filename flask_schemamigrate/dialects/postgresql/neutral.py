"""A value that says nothing, for types whose neutral value SQLAlchemy cannot write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ...schema.objects import Column
from ...schema.objects import Sql

#: What is tried: nothing, an empty array or multirange, an empty range, zero, no address, …
_TRIED = (
    "",
    "{}",
    "empty",
    "0",
    "0.0.0.0",
    "0.0.0.0/0",
    "00:00:00:00:00:00",
    "00:00:00:00:00:00:00:00",
    "-",
    "0/0",
    "$",
    "(0,0)",
    "(0,0),(0,0)",
    "<(0,0),0>",
    "{1,0,0}",
    "1970-01-01",
    "00000000-0000-0000-0000-000000000000",
    "1",
    "a",
)
_BITS = re.compile(r"bit\((\d+)\)", re.IGNORECASE)


def neutral(connection: Connection, column: Column, first: Sql | None) -> Sql | None:
    """Return the first literal that the server takes for a column's type, ``first`` before all.

    A domain refuses what its checks refuse.  None where nothing fits, or the type is not there.
    """
    for value in _candidates(column.type.text, first):
        if _is_taken(connection, value, column.type.text):
            return value
    return None


def _candidates(type_: str, first: Sql | None) -> Iterator[Sql]:
    if first is not None:
        yield first
    bits = _BITS.fullmatch(type_)
    if bits:  # A cast would fill a shorter value up, and a default of that length be refused.
        yield Sql(f"'{'0' * int(bits[1])}'")
    yield from (Sql(f"'{text}'") for text in _TRIED)


def _is_taken(connection: Connection, value: Sql, type_: str) -> bool:
    try:
        with connection.begin_nested():
            plain = type_.partition(" COLLATE ")[0]
            connection.exec_driver_sql(f"SELECT CAST({value} AS {plain})".replace("%", "%%"))
    except DBAPIError:
        return False
    return True

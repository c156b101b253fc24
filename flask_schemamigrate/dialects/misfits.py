"""Values that do not fit what their column becomes: counted before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from typing import TypeAlias

from sqlalchemy.engine import Connection

#: What happens to such rows: the statement fails on them; they are cut or rounded; they stay as
#: they are, in a column that says otherwise (SQLite), and can be read or not; nobody could tell.
Outcome: TypeAlias = Literal["refused", "changed", "kept", "misread", "unknown"]

_SHAPE = re.compile(r"\s*([A-Za-z][\w ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*$")
_CLASHING = re.compile(r" (collate|character set|charset) .*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows do not fit, as SQL; ``what`` is how a sentence about them goes on."""

    sql: str
    what: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Misfit:
    """How many rows do not fit, with the least of them as an example."""

    count: int
    what: str
    outcome: Outcome
    example: str | None = None


def counted(
    connection: Connection, table: str, column: str, as_text: str, conditions: Iterable[Condition]
) -> Iterator[Misfit]:
    """Count the rows of each condition.

    ``table`` and ``column`` are quoted; ``as_text`` is the column as a string, in SQL.
    """
    for condition in conditions:
        query = (
            f"SELECT count(*), min({as_text}) FROM {table} "
            f"WHERE {column} IS NOT NULL AND ({condition.sql})"
        )
        row = connection.exec_driver_sql(
            query, execution_options={"no_parameters": True}
        ).fetchone()
        if row is not None and row[0]:
            yield Misfit(row[0], condition.what, condition.outcome, str(row[1]))


def shape(type_: str) -> tuple[str, tuple[int, ...]]:
    """Return a type's name in lower case, and its length, or its precision and scale."""
    found = _SHAPE.match(_CLASHING.sub("", type_))
    if found is None:
        return type_.lower(), ()
    return found[1].lower(), tuple(int(n) for n in (found[2], found[3]) if n)


def longer(length: int) -> str:
    """Say that values are too long."""
    return f"are longer than {length} character{'' if length == 1 else 's'}"


def finer(scale: int) -> str:
    """Say that numbers have too many decimals."""
    return (
        f"have more than {scale} decimal{'' if scale == 1 else 's'}" if scale else "have decimals"
    )

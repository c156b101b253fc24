"""Values that PostgreSQL would refuse or round when a type changes: each one is tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ...schema.objects import Column
from ..misfits import finer
from ..misfits import longer
from ..misfits import Misfit
from ..misfits import shape
from .casts import conversion

_WORDS = {
    "integer": "are no integers",
    "bigint": "are no integers",
    "smallint": "are no integers",
    "numeric": "are no numbers",
    "real": "are no numbers",
    "double precision": "are no numbers",
    "date": "are no dates",
    "boolean": "are no booleans",
    "uuid": "are no UUIDs",
    "json": "are no JSON",
    "jsonb": "are no JSON",
}
_TEXTS = ("text", "character varying", "character", "varchar", "char", "citext")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_STAMPS = ("date", "timestamp", "timestamp without time zone", "timestamp with time zone")
_TIMES = ("time", "time without time zone")

#: One row at a time, so that one that cannot be converted does not hide the others.
_TRIAL = """CREATE FUNCTION pg_temp.schemamigrate_misfit(v {source}) RETURNS text
LANGUAGE plpgsql AS $trial$
DECLARE converted {target};
BEGIN
    converted := {expression};
    RETURN CASE WHEN {changed} THEN 'changed' END;
EXCEPTION WHEN OTHERS THEN RETURN 'refused';
END $trial$"""


def misfits(
    connection: Connection, table: str, before: Column, after: Column, column: str
) -> Iterator[Misfit]:
    """Yield what does not fit; ``table`` and ``column`` are quoted.

    Every value is converted as ALTER would do it, by a function that goes with the savepoint.
    """
    source, target = before.type.text, after.type.text.partition(" COLLATE ")[0]
    expression = conversion(connection, "v", source, target) or "v"
    trial = _TRIAL.format(
        source=source, target=target, expression=expression, changed=_changed(source, target)
    )
    query = (
        f"SELECT misfit, count(*), min(value) FROM (SELECT {column}::text AS value, "
        f"pg_temp.schemamigrate_misfit({column}) AS misfit FROM {table} "
        f"WHERE {column} IS NOT NULL) AS tried WHERE misfit IS NOT NULL GROUP BY misfit "
        "ORDER BY misfit DESC"
    )
    plain = {"no_parameters": True}
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql(trial, execution_options=plain)
        rows: Any = connection.exec_driver_sql(query, execution_options=plain).fetchall()
    except DBAPIError as error:
        yield Misfit(0, " ".join(str(error.orig).split()), "unknown")
        return
    finally:
        savepoint.rollback()
    for outcome, count, example in rows:
        words = _refused(source, target) if outcome == "refused" else _rounded(source, target)
        yield Misfit(count, words, outcome, example)


def _changed(source: str, target: str) -> str:
    """Return the condition under which a converted value is not what it was."""
    was, now = shape(_plain(source))[0], shape(_plain(target))[0]
    if was in _NUMBERS and now in _NUMBERS:
        return "converted::numeric <> v::numeric"
    if was in _STAMPS and now in _STAMPS:
        return "converted::timestamp <> v::timestamp"
    if was in _TIMES and now in _TIMES:
        return "converted <> v"
    return "length(converted) <> length(v)" if was == now == "bit" else "false"


def _refused(source: str, target: str) -> str:
    now, size = shape(_plain(target))
    if now in _TEXTS and size:
        return longer(size[0])
    if now in _WORDS and shape(_plain(source))[0] in _TEXTS:
        return _WORDS[now]
    return f"do not fit {target}"


def _rounded(source: str, target: str) -> str:
    now, size = shape(_plain(target))
    if now == "date":
        return "have a time of day"
    if now == "bit":
        return "have another number of bits"
    if now in _NUMBERS:
        return finer(size[1] if len(size) > 1 else 0) if now != "real" else f"do not fit {target}"
    digits = target.partition("(")[2].partition(")")[0] or "6"
    return f"have fractions of a second beyond {digits} digits"


def _plain(type_: str) -> str:
    """Return a type with its length at its end: ``timestamp(3) with time zone`` has it inside."""
    head, parenthesis, tail = type_.partition("(")
    size, _, rest = tail.partition(")")
    return f"{head.strip()}{rest}({size})" if parenthesis and rest.strip() else type_

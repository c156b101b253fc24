"""Whether ``ALTER COLUMN … TYPE`` needs a USING, and which one loses nothing in silence."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

#: Types whose *explicit* cast cuts a value to length where an assignment would fail.
_CUTTING = ("character", "varchar", "char", "bit", "varbit", "text", "citext", "name")
#: Spellings of which each can be assigned to the others; what the offline answer rests on.
_FAMILIES = (
    ("smallint", "integer", "bigint", "numeric", "decimal", "real", "double", "float", "int"),
    ("date", "timestamp", "timestamptz"),
    ("time", "timetz"),
    ("json", "jsonb"),
    ("inet", "cidr"),
)
_STRINGS = ("character", "varchar", "char", "text", "citext", "name")
_DOCUMENTS = ("json", "jsonb", "xml")

_BITS = re.compile(r"bit\((\d+)\)")

_QUESTION = sa.text(
    """SELECT s.typcategory::text AS from_category, t.typcategory::text AS to_category,
              s.oid = t.oid AS same, c.castcontext::text AS context, s.typtype = 'd' AS domain
       FROM pg_catalog.pg_type s CROSS JOIN pg_catalog.pg_type t
       LEFT JOIN pg_catalog.pg_cast c ON c.castsource = s.oid AND c.casttarget = t.oid
       WHERE s.oid = pg_catalog.to_regtype(:source) AND t.oid = pg_catalog.to_regtype(:target)"""
)


def conversion(connection: Connection | None, column: str, source: str, target: str) -> str | None:
    """Return the expression that converts ``column``, or None where the server does it itself.

    Never an explicit cast to a length: that cuts values without a word, where the assignment that
    PostgreSQL makes by itself refuses them (docs/hazards DL18).
    """
    target = target.partition(" COLLATE ")[0]
    cast = f"{column}::{target}"
    if _base(source) == "uuid" and target.endswith("(32)") and _base(target) in _CUTTING:
        return f"replace({column}::text, '-', '')"  # The 32 digits, which uuid reads as well.
    special = _special(column, source.lower(), target.lower())
    if special is not None:
        return special
    if _base(target) in _CUTTING:
        if _base(source) == _base(target) or not _base(target).startswith(("bit", "varbit")):
            return None
        return f"{column}::text::{target}"
    if _base(source) == "money" and _base(target) in _FAMILIES[0]:
        return None if _base(target) == "numeric" else f"{column}::numeric::{target}"
    if _base(source) == "boolean" and _base(target) in _FAMILIES[0]:
        return cast if _base(target) in ("integer", "int") else f"{column}::integer::{target}"
    if _base(target) == "boolean" and _base(source) in ("smallint", "bigint"):
        return f"{column}::integer::boolean"
    answer = _asked(connection, source, target) if connection is not None else None
    if answer is not None:
        return {"by itself": None, "by text": f"{column}::text::{target}"}.get(answer, cast)
    source_base, target_base = _base(source), _base(target)
    alike = any(source_base in family and target_base in family for family in _FAMILIES)
    return None if alike or source_base == target_base else cast


def _special(column: str, source: str, target: str) -> str | None:
    """Return the conversion of values that have an equal, and refuses the others."""
    cast = f"{column}::{target}"
    if _base(source) == "bytea" and _base(target) in (*_STRINGS, *_DOCUMENTS):
        text = f"convert_from({column}, 'UTF8')"  # A cast would write the bytes as \\x….
        return text if _base(target) in _STRINGS else f"{text}::{target}"
    if _base(target) == "bytea" and _base(source) in (*_STRINGS, *_DOCUMENTS):
        return f"convert_to({column}::text, 'UTF8')"  # A cast would read backslashes.
    was_many, is_many = (_base(t).endswith("multirange") for t in (source, target))
    if was_many and not is_many and _base(target).endswith("range"):
        one = f"range_merge({column})"
        return (
            f"CASE WHEN multirange({one}) = {column} THEN {one} ELSE {column}::text::{target} END"
        )
    was, now = _BITS.fullmatch(source), _BITS.fullmatch(target)
    if was and now and int(was[1]) < int(now[1]):
        return cast  # Zeros follow.
    if was and now and int(was[1]) > int(now[1]):
        rest = f"substring({column} from {int(now[1]) + 1})"
        return f"CASE WHEN position(B'1' in {rest}) = 0 THEN {cast} ELSE {column} END"
    return None


def comparable(one: str, other: str) -> bool:
    """Whether values of two types can be compared, as a foreign key does."""
    one, other = _base(one), _base(other)
    return one == other or any(
        one in family and other in family for family in (*_FAMILIES, _STRINGS)
    )


def _base(type_: str) -> str:
    """Return the first word of a type in lower case: what its family goes by."""
    if type_.endswith("[]"):
        return type_.lower()
    return type_.partition("(")[0].partition(" ")[0].strip('"').lower()


def _asked(connection: Connection, source: str, target: str) -> str | None:
    """Return how the server converts: ``by itself``, ``by cast``, ``by text``; None: unknown."""
    given = {"source": _unmodified(source), "target": _unmodified(target)}
    try:
        with connection.begin_nested():
            row: Any = connection.execute(_QUESTION, given).mappings().first()
    except DBAPIError:
        return None
    if row is None:
        # A type that is not there yet, or any more: an enumerated one.
        return "by text"
    if row["same"] or row["context"] in ("a", "i"):
        return "by itself"
    if row["context"] == "e" or row["domain"]:
        return "by cast"
    if row["from_category"] == "A" and row["to_category"] == "A":
        return "by cast"
    # Strings convert by the input function of the target; without any cast, by way of text.
    return "by cast" if row["from_category"] == "S" else "by text"


def _unmodified(type_: str) -> str:
    """Return a type's name without length and collation, which ``to_regtype`` may not take."""
    name = type_.partition(" COLLATE ")[0]
    head, parenthesis, tail = name.partition("(")
    return (head + tail.partition(")")[2]) if parenthesis else name

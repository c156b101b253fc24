"""Whether ``ALTER COLUMN … TYPE`` needs a USING, and which one loses nothing in silence."""

from __future__ import annotations

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
    if _base(target) in _CUTTING:
        if _base(source) == _base(target) or not _base(target).startswith(("bit", "varbit")):
            return None
        return f"{column}::text::{target}"
    answer = _asked(connection, source, target) if connection is not None else None
    if answer is not None:
        return {"by itself": None, "by text": f"{column}::text::{target}"}.get(answer, cast)
    source_base, target_base = _base(source), _base(target)
    alike = any(source_base in family and target_base in family for family in _FAMILIES)
    return None if alike or source_base == target_base else cast


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
        return None
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

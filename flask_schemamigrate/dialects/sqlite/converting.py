"""Values that become others with the type of their column; storing leaves them as they are."""

from __future__ import annotations

import sqlalchemy as sa

from ...operations.base import UNSET
from ...operations.columns import AlterColumn
from ...schema.objects import Sql

#: A declared type with one of these in it holds texts.
TEXTS = ("CHAR", "CLOB", "TEXT", "JSON")
_DASHED = (
    "substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4) || '-' || "
    "substr({0}, 17, 4) || '-' || substr({0}, 21)"
)


def converted(value: str, old: str, op: AlterColumn) -> str:
    """Return what ``value``, an expression, becomes; ``old`` is its column's declared type.

    Texts and bytes become each other, in the encoding of the database, and UUIDs get the spelling
    that the models' type reads: SQLAlchemy's ``Uuid`` keeps 32 digits here, a text has dashes.
    """
    if op.type is UNSET:
        return value
    old, new = old.upper(), op.type.text.upper()
    if "BLOB" in new and "BLOB" not in old:
        return f"CAST({value} AS BLOB)"
    if not any(word in new for word in TEXTS):
        return value
    if "BLOB" in old:
        return f"CAST({value} AS TEXT)"
    was, now = _is_uuid(op.existing.type), _is_uuid(op.type)
    if now and not was:
        return f"iif(length({value}) = 36, lower(replace({value}, '-', '')), {value})"
    if was and not now and "(32)" not in new:
        digits = f"length({value}) = 32 AND {value} NOT GLOB '*[^0-9a-fA-F]*'"
        return f"iif({digits}, {_DASHED.format(value)}, {value})"
    return value


def _is_uuid(type_: object) -> bool:
    return isinstance(type_, Sql) and isinstance(type_.element, sa.Uuid)

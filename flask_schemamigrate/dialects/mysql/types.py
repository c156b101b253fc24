"""The server's names of types (``COLUMN_TYPE``) into SQLAlchemy's types."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import ENUM
from sqlalchemy.dialects.mysql import SET
from sqlalchemy.dialects.mysql.base import ischema_names
from sqlalchemy.dialects.mysql.mariadb import INET4
from sqlalchemy.dialects.mysql.mariadb import INET6

from ...schema.objects import Sql
from ...schema.written import Written

#: Neutral values of types for which SQLAlchemy writes none.  A TIMESTAMP begins in 1970 in UTC, so
#: that in other time zones only the day after is one everywhere.
_NEUTRAL = {
    "bit": "b'0'",
    "inet4": "'0.0.0.0'",
    "inet6": "'::'",
    "point": "POINT(0, 0)",
    "timestamp": "'1970-01-02 00:00:00'",
    "year": "1970",
}
_PARTS = re.compile(
    r"(?P<name>[a-z0-9_]+)\s*(?:\((?P<arguments>.*)\))?(?P<rest>[a-z ]*)", re.I | re.S
)
_STRING = re.compile(r"'((?:[^'\\]|''|\\.)*)'")
_MARIADB: dict[str, Any] = {"inet4": INET4, "inet6": INET6}
_INTEGERS = frozenset(("tinyint", "smallint", "mediumint", "int", "integer", "bigint"))
_FRACTIONS = frozenset(("datetime", "timestamp", "time"))


def strings(text: str) -> list[str]:
    """Return the string literals of a list."""
    return [found.replace("''", "'").replace("\\\\", "\\") for found in _STRING.findall(text)]


def neutral(text: str) -> Sql | None:
    """Return the literal that says least, for a type that SQLAlchemy has none for."""
    found = _NEUTRAL.get(re.split(r"\W", text.lower())[0])
    return None if found is None else Sql(found)


def element(text: str, collation: str | None = None) -> Any:
    """Return SQLAlchemy's type for a column type; one in its own words for an unknown one."""
    found = _PARTS.fullmatch(text)
    if found is None:
        return Written(text)
    name = found["name"].lower().strip()
    if name in ("enum", "set"):
        values = strings(found["arguments"] or "")
        return (ENUM if name == "enum" else SET)(*values, collation=collation)
    known: Any = _MARIADB.get(name) or ischema_names.get(name)
    if known is None:
        return Written(text)
    numbers = [int(n) for n in re.findall(r"\d+", found["arguments"] or "")]
    keywords: dict[str, Any] = {}
    rest = found["rest"].lower().split()
    keywords.update({word: True for word in ("unsigned", "zerofill") if word in rest})
    if collation is not None and issubclass(known, sa.types.String):
        keywords["collation"] = collation
    if name in _INTEGERS and numbers:
        # Other widths than that of a boolean or of leading zeros are noise of the server's.
        if "zerofill" in rest or (numbers[0] == 1 and name == "tinyint"):
            keywords["display_width"] = numbers[0]
        numbers = []
    if name in _FRACTIONS and numbers:
        keywords["fsp"] = numbers.pop(0)
    return known(*numbers, **keywords)

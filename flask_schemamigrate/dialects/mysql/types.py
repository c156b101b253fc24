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


def element(text: str, collation: str | None = None) -> Any:
    """Return SQLAlchemy's type for a column type; NullType for an unknown one."""
    found = _PARTS.fullmatch(text)
    if found is None:
        return sa.types.NullType()
    name = found["name"].lower().strip()
    if name in ("enum", "set"):
        values = strings(found["arguments"] or "")
        return (ENUM if name == "enum" else SET)(*values, collation=collation)
    known: Any = _MARIADB.get(name) or ischema_names.get(name)
    if known is None:
        return sa.types.NullType()
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

"""The server's spelling of a type back into a SQLAlchemy type, for scripts to be rendered from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import ischema_names

from ...schema.written import Written

#: ``format_type`` writes ``name(arguments) rest``: ``timestamp(3) without time zone``.
_SPELLING = re.compile(r"(?P<head>[^(]*?)\s*\((?P<arguments>[^)]*)\)\s*(?P<rest>.*)")

_PLAIN: dict[str, Any] = {
    "smallint": sa.SMALLINT,
    "integer": sa.INTEGER,
    "bigint": sa.BIGINT,
    "boolean": sa.BOOLEAN,
    "date": sa.DATE,
    "text": sa.TEXT,
    "real": sa.REAL,
    "uuid": sa.UUID,
    "character varying": sa.VARCHAR,
    "character": sa.CHAR,
    "numeric": sa.NUMERIC,
}


def element(text: str, collation: str | None = None, named: Any = None) -> Any:
    """Return a SQLAlchemy type for ``format_type``'s text, in its own words if need be.

    ``named`` is the enumerated type or domain that the text, or the element of an array, names.
    """
    if text.endswith("[]"):
        return postgresql.ARRAY(element(text[:-2], collation, named))
    if named is not None:
        return named
    match = _SPELLING.fullmatch(text)
    name = " ".join(filter(None, match.group("head", "rest"))) if match else text
    arguments = _numbers(match["arguments"]) if match else []
    options: dict[str, Any] = {"collation": collation} if collation else {}
    return _of_name(text, name, arguments, options)


def _numbers(text: str) -> list[Any]:
    words = (word.strip() for word in text.split(","))
    return [int(word) if word.lstrip("-").isdigit() else word for word in words]


def _of_name(text: str, name: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    precision = {"precision": arguments[0]} if arguments else {}
    length = arguments[0] if arguments else None
    match name:
        case "timestamp with time zone" | "timestamp without time zone":
            return postgresql.TIMESTAMP(timezone=" without " not in name, **precision)
        case "time with time zone" | "time without time zone":
            return postgresql.TIME(timezone=" without " not in name, **precision)
        case "double precision":
            return sa.DOUBLE_PRECISION()
        case "bit" | "bit varying":
            return postgresql.BIT(length, varying=name != "bit")
        case "character varying" | "character":
            return _PLAIN[name](length, **options)
        case "numeric":
            return sa.NUMERIC(*arguments)
    if name.split()[0:1] == ["interval"]:
        fields = name.partition(" ")[2].upper()
        given: dict[str, Any] = {"fields": fields} if fields else {}
        return postgresql.INTERVAL(**given, **precision)
    kind: Any = _PLAIN.get(name) or ischema_names.get(name)
    if kind is None or name in ("name", '"char"'):
        return Written(text)
    try:
        return kind(*arguments, **options)
    except TypeError:
        return Written(text)


def enum(name: str, schema: str | None, values: tuple[str, ...]) -> Any:
    """Return the SQLAlchemy type of an enumerated type that exists already."""
    return postgresql.ENUM(*values, name=name, schema=schema, create_type=False)


def domain(row: Mapping[Any, Any], schema: str | None) -> Any:
    """Return the SQLAlchemy type of a domain that exists already."""
    base = element(row["base"], None)
    return postgresql.DOMAIN(row["name"], base, schema=schema, create_type=False)

"""Values as SQL literals: what a person types for a column, and what says nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from .metadata import Reader
from .objects import Sql

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _truth(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError("true or false is needed")
    return _WORDS[text.lower()]


_PARSERS: dict[type, Callable[[str], Any]] = {
    bool: _truth,
    int: int,
    float: float,
    Decimal: Decimal,
    str: str,
    bytes: str.encode,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    timedelta: lambda text: timedelta(seconds=float(text)),
    UUID: UUID,
    dict: json.loads,
    list: json.loads,
}
_NEUTRAL: dict[type, Any] = {
    bool: False,
    int: 0,
    float: 0.0,
    Decimal: Decimal(0),
    str: "",
    bytes: b"",
    date: date(1970, 1, 1),
    datetime: datetime(1970, 1, 1),
    time: time(0),
    timedelta: timedelta(0),
    UUID: UUID(int=0),
    dict: {},
}


def parsed(reader: Reader, type_: Any, text: str) -> Sql:
    """Return what ``text`` is for a column of a SQLAlchemy type, as a literal.

    Raises ValueError, with what is needed, for a text that is no such value.
    """
    listed = getattr(type_, "enums", None)
    if listed and text not in listed:
        raise ValueError(f"one of {', '.join(listed)} is needed")
    kind = _python_type(type_)
    parser = _PARSERS.get(kind, str)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" and parser is str:
        text = text[1:-1]
    try:
        value = parser(text)
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"{text!r} is no {kind.__name__}") from error
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError("a finite number is needed; another one as an expression: sql:…")
    found = literal(reader, type_, value)
    if found is None:
        raise ValueError(f"there is no literal of {type_!r}; give an expression: sql:…")
    return found


def neutral(reader: Reader, type_: Any) -> Sql | None:
    """Return the literal that says least: an empty text, zero, false; None: there is none."""
    listed = getattr(type_, "enums", None)
    if listed:
        return literal(reader, type_, listed[0])
    kind = _python_type(type_)
    return literal(reader, type_, _NEUTRAL[kind]) if kind in _NEUTRAL else None


def literal(reader: Reader, type_: Any, value: Any) -> Sql | None:
    """Return a value as a literal of a type; None where SQLAlchemy has no way to write it."""
    if isinstance(type_, sa.JSON) or isinstance(value, dict):  # It has none for JSON.
        value, type_ = json.dumps(value), sa.String()
    if isinstance(value, bytes) and not isinstance(type_, sa.TypeDecorator):
        return reader.binary(value)  # SQLAlchemy would write a text.
    try:
        return Sql(reader.expression(sa.literal(value, type_)).text)
    except Exception:  # The literal processor may be that of a type of the app.
        return None


def default(reader: Reader, column: sa.Column[Any] | None) -> Sql | None:
    """Return a model's ``default`` for a column as a literal; None where it is no plain value."""
    given: Any = getattr(column, "default", None)
    if column is None or given is None or not given.is_scalar:
        return None
    if isinstance(column.type, sa.TypeDecorator) and isinstance(given.arg, (dict, list)):
        return None  # What the app makes JSON of is its own.
    return literal(reader, column.type, given.arg)


def _python_type(type_: Any) -> type:
    if isinstance(type_, sa.JSON):  # Which may hold anything.
        return dict
    try:
        found: type = type_.python_type
    except (AttributeError, NotImplementedError):
        return str
    return found

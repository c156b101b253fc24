"""SQLite's declared types, which can be any words, as SQLAlchemy's."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from ...schema.metadata import Reader
from ...schema.written import Written
from . import parse


def resolved(reader: Reader, text: str) -> Any:
    """Return the type that is written as ``text``.

    SQLAlchemy takes every word that it does not know for one of the affinity, and some that it
    knows for another one, so what it finds is asked how it would be written.
    """
    for found in _candidates(reader, text):
        if parse.normal(reader.type_text(found).text) == parse.normal(text):
            return found
    return Written(text)


def _candidates(reader: Reader, text: str) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # POINT(2) looks like an INT that has too many arguments.
        found = [reader.dialect._resolve_type_affinity(text)] if text else []
    words = parse.tokens(text)
    kind = getattr(sa.types, words[0].word, None) if words else None
    if isinstance(kind, type) and issubclass(kind, sa.types.TypeEngine):
        numbers = [int(token.text) for token in words if token.text.isdigit()]
        with suppress(TypeError):  # It may take fewer numbers, or other things.
            found.append(kind(*numbers))
    return found

"""How MySQL tells of expressions and defaults, each of its places in another way.

``information_schema`` has expressions with their quotes and backslashes escaped once more, and
with characters beyond ASCII as if their UTF-8 were Windows-1252; defaults are bare values there,
with a word of ``extra`` where one is an expression.  SHOW CREATE TABLE has SQL.  Seen on MySQL
9.7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

GENERATED = "DEFAULT_GENERATED"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a"}


def columns(row: Sequence[Any]) -> list[Any]:
    """Return a row about a column with its expressions as SQL."""
    found = at(6, row)
    return at(3, found) if GENERATED in row[4] else found


def at(place: int, row: Sequence[Any]) -> list[Any]:
    """Return a row with the expression at a place, if there is one, as SQL."""
    found = list(row)
    if found[place]:
        found[place] = expression(found[place])
    return found


def expression(text: str) -> str:
    """Return an expression of ``information_schema`` as SQL."""
    return _unescaped(_decoded(text))


def default(shown: str | None) -> tuple[str | None, str]:
    """Return a default of SHOW CREATE TABLE as ``information_schema`` has it, and its ``extra``."""
    if shown is None or shown.upper() == "NULL":
        return None, ""
    if shown.startswith("'"):
        return _unescaped(shown[1:-1].replace("''", "'")), ""
    if shown.startswith("("):
        return shown[1:-1], f" {GENERATED}"
    return shown, f" {GENERATED}" if shown.upper().startswith("CURRENT_TIMESTAMP") else ""


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text, flags=re.DOTALL)


def _decoded(text: str) -> str:
    """Return what was meant where UTF-8 was read as Windows-1252."""
    if text.isascii():
        return text
    try:
        return b"".join(map(_byte, text)).decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")  # Five bytes are no character of Windows-1252.

"""What SHOW CREATE TABLE says: the only way to read a temporary table's expressions back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: What may follow a default within a column.
_ENDS = frozenset(
    ("ON", "COMMENT", "CHECK", "AUTO_INCREMENT", "INVISIBLE", "GENERATED", "NOT", "NULL")
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One column: its default, what updates it, its generation expression, its own check."""

    default: str | None = None
    update: str | None = None
    generated: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A CREATE TABLE: columns and table checks by name, and what follows the parentheses."""

    columns: dict[str, Shown]
    checks: dict[str, str]
    options: str

    def option(self, name: str) -> str | None:
        """Return the value of a table option such as ``COLLATE``."""
        found = re.search(rf"\b{name}=(\S+)", self.options)
        return found[1] if found else None


def parse(statement: str) -> Statement:
    """Read a SHOW CREATE TABLE, whose names are in backticks."""
    start = statement.index("(")
    inner = next(pieces(statement[start:], "\n ", whole=True))
    columns: dict[str, Shown] = {}
    checks: dict[str, str] = {}
    for item in pieces(inner[1:-1], ","):
        words = list(pieces(item.strip(), " "))
        if words[0].startswith("`"):
            columns[unquoted(words[0])] = _column(words[2:])
        elif words[0] == "CONSTRAINT" and words[2] == "CHECK":
            checks[unquoted(words[1])] = words[3][1:-1]
    return Statement(columns, checks, statement[start + len(inner) :])


def unquoted(name: str) -> str:
    """Return an identifier without its backticks."""
    return name[1:-1].replace("``", "`")


def _column(words: list[str]) -> Shown:
    upper = [word.upper() for word in words]

    def after(word: str) -> int | None:
        return upper.index(word) + 1 if word in upper else None

    default = None
    start = after("DEFAULT")
    if start is not None:
        # One word at least: it may be NULL.
        rest = range(start + 1, len(upper))
        end = next((i for i in rest if upper[i] in _ENDS), len(upper))
        default = " ".join(words[start:end])
    update, generated, check = after("UPDATE"), after("AS"), after("CHECK")
    return Shown(
        default,
        words[update] if update is not None else None,
        words[generated][1:-1] if generated is not None else None,
        words[check][1:-1] if check is not None else None,
    )


def pieces(text: str, separator: str, whole: bool = False) -> Iterator[str]:
    """Split at characters of ``separator`` that are outside quotes and parentheses.

    With ``whole`` the end of the first parenthesis ends a piece too.
    """
    start, depth, quote, position = 0, 0, "", 0
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\" and quote != "`":
                position += 1  # The next character is escaped.
            elif character == quote:
                quote = ""
        elif character in "'`\"":
            quote = character
        else:
            depth += (character == "(") - (character == ")")
            if whole and character == ")" and depth == 0:
                yield text[start : position + 1]
                return
            if depth == 0 and character in separator:
                if position > start:
                    yield text[start:position]
                start = position + 1
        position += 1
    if start < len(text):
        yield text[start:]

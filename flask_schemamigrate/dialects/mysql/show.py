"""What SHOW CREATE TABLE says: the only way to read a temporary table back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ENDS = frozenset(("ON", "COMMENT", "CHECK", "AUTO_INCREMENT", "INVISIBLE", "GENERATED"))


@dataclass(frozen=True, slots=True)
class Shown:
    """One column: its default with ON UPDATE, its generation expression, its own check."""

    default: str | None = None
    generated: str | None = None
    check: str | None = None


def columns(statement: str) -> dict[str, Shown]:
    """Return the columns of a SHOW CREATE TABLE by name."""
    found = {}
    for line in statement.splitlines():
        text = line.strip().rstrip(",")
        if text.startswith("`"):
            name, rest = _named(text)
            found[name] = _column(list(words(rest)))
    return found


def checks(statement: str) -> dict[str, str]:
    """Return the named check constraints, without their parentheses."""
    found = {}
    for line in statement.splitlines():
        text = line.strip().rstrip(",")
        matched = re.match(r"CONSTRAINT `((?:[^`]|``)*)` CHECK \(", text)
        if matched:
            found[matched[1].replace("``", "`")] = text[matched.end() : -1]
    return found


def _named(text: str) -> tuple[str, str]:
    matched = re.match(r"`((?:[^`]|``)*)`", text)
    assert matched is not None
    return matched[1].replace("``", "`"), text[matched.end() :]


def _column(found: list[str]) -> Shown:
    upper = [word.upper() for word in found]
    default = generated = check = None
    if "DEFAULT" in upper:
        at = upper.index("DEFAULT") + 1
        end = next((i for i in range(at, len(upper)) if upper[i] in _ENDS), len(upper))
        default = " ".join(found[at:end])
    if "UPDATE" in upper and upper[upper.index("UPDATE") - 1] == "ON":
        update = found[upper.index("UPDATE") + 1]
        default = f"{default or 'NULL'} ON UPDATE {update}"
    elif default == "NULL":
        default = None
    if "AS" in upper:
        generated = found[upper.index("AS") + 1][1:-1]
    if "CHECK" in upper:
        check = found[upper.index("CHECK") + 1][1:-1]
    return Shown(default, generated, check)


def words(text: str) -> Iterator[str]:
    """Split at spaces that are outside quotes and parentheses."""
    word, quote, depth = "", "", 0
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'`\"":
            quote = character
        else:
            depth += (character == "(") - (character == ")")
        if character == " " and not quote and depth == 0:
            if word:
                yield word
            word = ""
        else:
            word += character
    if word:
        yield word

"""The header of a script, where it is written as generated ones are.

Parsing takes most of the time that reading many scripts takes.  So what is written in one of the
usual ways is taken apart by a few expressions; anything else is left to Python's own parser.
"""

from __future__ import annotations

import inspect
import re
from keyword import iskeyword
from typing import Any

_NAME = r"[A-Za-z_]\w*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*"
_IMPORTED = rf"{_NAME}(?: as {_NAME})?"
#: A string without escapes, whose prefix and quotes say nothing else.
_STRING = r"""(?:"(?!"")[^"\\\n]*"|'(?!'')[^'\\\n]*')"""
_TUPLE = rf"\((?:{_STRING}, )*{_STRING},? ?\)"
_COMMENT = r"[ \t]*(?:#[^\n]*)?"

_DOCSTRING = re.compile(
    rf'(?:{_COMMENT}\n)*"""(?P<doc>[^"\\]*(?:"(?!"")[^"\\]*)*)"""{_COMMENT}(?:\n|\Z)', re.ASCII
)
_IMPORT = rf"import {_DOTTED}(?: as {_NAME})?(?:, {_DOTTED}(?: as {_NAME})?)*"
_FROM = rf"from {_DOTTED} import {_IMPORTED}(?:, {_IMPORTED})*"
_ANNOTATED = rf"(?P<name>{_NAME})(?:: [\w.,| \[\]]+)?"
#: An assignment with the lines before it that assign nothing.
_ASSIGNED = re.compile(
    rf"(?:(?:{_IMPORT}|{_FROM})?{_COMMENT}\n)*"
    rf"{_ANNOTATED} = (?P<value>None|{_STRING}|{_TUPLE}){_COMMENT}(?:\n|\Z)",
    re.ASCII,
)
_REST = re.compile(rf"(?:(?:{_IMPORT}|{_FROM})?{_COMMENT}(?:\n|\Z))*\Z", re.ASCII)
_STRINGS = re.compile(_STRING)
#: What makes a docstring another text than that between its quotes.
_INDENTED = re.compile(r"\t|\A[^\S\n]|\n[^\S\n]")


def scan(top: str) -> tuple[dict[str, Any], str] | None:
    """Return what is assigned in the ``top`` of a script, and its docstring.

    None where anything in it is written in another way, be it right or wrong.
    """
    if "\0" in top:
        return None
    found: dict[str, Any] = {}
    start = _DOCSTRING.match(top)
    at = start.end() if start else 0
    while (line := _ASSIGNED.match(top, at)) is not None:
        name, value = line.groups()
        if iskeyword(name):
            return None
        found[name] = _value(value)
        at = line.end()
    if "revision" not in found or _REST.match(top, at) is None:
        return None
    return found, _docstring(start["doc"]) if start else ""


def _docstring(text: str) -> str:
    return inspect.cleandoc(text) if _INDENTED.search(text) else text.strip("\n")


def _value(text: str) -> str | tuple[str, ...] | None:
    if text == "None":
        return None
    if text[0] != "(":
        return text[1:-1]
    strings = tuple(string[1:-1] for string in _STRINGS.findall(text))
    # One string in brackets is a string.
    return strings if len(strings) > 1 or "," in text.rpartition(text[1])[2] else strings[0]

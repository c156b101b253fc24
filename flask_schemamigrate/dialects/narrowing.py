"""Whether a type holds less than another one: by length, precision, scale and range."""

from __future__ import annotations

import re
from typing import Literal
from typing import TypeAlias

#: What happens to values that do not fit: the server refuses them, or changes them silently.
Outcome: TypeAlias = Literal["refused", "rounded"]

_PARTS = re.compile(r"([^()]*)(?:\(([\d, ]*)\))?(.*)")
INTEGERS = ("tinyint", "smallint", "mediumint", "integer", "bigint")
_FLOATS = ("real", "float", "double precision", "double")
_WORDS = {
    "int": "integer",
    "character varying": "varchar",
    "character": "char",
    "decimal": "numeric",
}
_LENGTHS = ("varchar", "char", "binary", "varbinary", "bit", "bit varying")
TEXTS = {"tinytext": 255, "text": 65_535, "mediumtext": 2**24, "longtext": 2**32}


def parts(text: str) -> tuple[str, tuple[int, ...], str]:
    """Return a type's name, its numbers and what follows: ``varchar``, ``(50,)``, ````."""
    found = _PARTS.match(text.lower())
    assert found is not None
    name = found[1].strip()
    numbers = tuple(int(n) for n in (found[2] or "").split(",") if n.strip())
    return _WORDS.get(name, name), numbers, found[3].strip()


def narrowed(old: str, new: str) -> Outcome | None:
    """Return what happens to values of type ``old`` that ``new`` cannot hold; None: it holds all.

    Types that are not of one kind are not judged: None.
    """
    was, had, _ = parts(old)
    now, has, _ = parts(new)
    if was in INTEGERS and now in INTEGERS:
        return "refused" if INTEGERS.index(now) < INTEGERS.index(was) else None
    if was in _FLOATS and now in _FLOATS:
        return "rounded" if _FLOATS.index(now) < _FLOATS.index(was) else None
    if was == now == "numeric":
        return _numeric(had, has)
    if now in _LENGTHS and (was in _LENGTHS or was in TEXTS):
        return _length(was, had, has)
    if now in TEXTS and was in TEXTS:
        return "refused" if TEXTS[now] < TEXTS[was] else None
    if was == now and has and (not had or has[0] < had[0]):
        return "rounded"  # Fractions of seconds.
    return None


def _numeric(had: tuple[int, ...], has: tuple[int, ...]) -> Outcome | None:
    if not has:
        return None
    if not had:
        return "rounded"
    scales = [(numbers[1:] or (0,))[0] for numbers in (had, has)]
    if scales[1] < scales[0]:
        return "rounded"
    return "refused" if has[0] - scales[1] < had[0] - scales[0] else None


def _length(was: str, had: tuple[int, ...], has: tuple[int, ...]) -> Outcome | None:
    if not has:
        return None
    return "refused" if was in TEXTS or not had or has[0] < had[0] else None

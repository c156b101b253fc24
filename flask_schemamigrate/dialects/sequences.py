"""The options of sequences, of which None is the server's default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..schema.objects import Identity
from ..schema.objects import Sequence


def options(value: Identity | Sequence) -> Iterator[str]:
    """Yield the options of a sequence that are given."""
    for word in ("increment by", "minvalue", "maxvalue", "start with", "cache"):
        number = getattr(value, word.partition(" ")[0])
        if number is not None:
            yield f"{word.upper()} {number}"
    if value.cycle:
        yield "CYCLE"


def changed(
    before: Identity | Sequence, after: Identity | Sequence, cache: int = 1, none: str = "NO CYCLE"
) -> list[str]:
    """Return the options that make one sequence into the other.

    ``cache`` is the server's default, ``none`` how it writes that there is no cycle.
    """
    resets = {
        "increment": "INCREMENT BY 1",
        "minvalue": "NO MINVALUE",
        "maxvalue": "NO MAXVALUE",
        "start": f"START WITH {first(after)}",
        "cache": f"CACHE {cache}",
    }
    same = {name: getattr(before, name) == getattr(after, name) for name in resets}
    # Where nothing is said it starts at its end, which another option may have moved.
    same["start"] = same["start"] and first(before) == first(after)
    turns = _is_down(before) != _is_down(after)
    if turns:  # The defaults of both ends are others, and the server may think of the former ones.
        same.update(minvalue=False, maxvalue=False, start=False)
        end = "maxvalue" if _is_down(after) else "minvalue"
        resets[end] = f"{end.upper()} {-1 if _is_down(after) else 1}"
    found = [
        text for name, text in resets.items() if not same[name] and getattr(after, name) is None
    ]
    given: dict[str, Any] = {name: None for name, equal in same.items() if equal}
    found += options(replace(after, **given, cycle=False))
    if before.cycle != after.cycle:
        found.append("CYCLE" if after.cycle else none)
    return [*found, "RESTART"] if turns else found


def raised(before: Sequence, after: Sequence) -> int | None:
    """Return the least number of a sequence that counts up, where it is more than it was."""
    was, now = (first(replace(sequence, start=None)) for sequence in (before, after))
    counts_up = not _is_down(before) and not _is_down(after)
    return now if counts_up and now > was else None


def _is_down(value: Identity | Sequence) -> bool:
    return (value.increment or 1) < 0


def first(value: Identity | Sequence) -> int:
    """Return the number that a sequence starts with."""
    if value.start is not None:
        return value.start
    if _is_down(value):
        return -1 if value.maxvalue is None else value.maxvalue
    return 1 if value.minvalue is None else value.minvalue

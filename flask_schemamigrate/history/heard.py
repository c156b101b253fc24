"""Which tables of others were listed already: a file beside the scripts, to say it once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

NAME = "unmanaged.txt"
_HEADING = "# Tables that no script and no model mentions: left alone, and listed once.\n"


def heard(directory: Path) -> frozenset[str]:
    """Return the names that were listed before."""
    try:
        lines = (directory / NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def hear(directory: Path, names: Iterable[str]) -> None:
    """Remember names; where nothing can be written they are listed again next time."""
    known = heard(directory)
    found = known.union(names)
    if found != known:
        with suppress(OSError):
            text = _HEADING + "".join(f"{name}\n" for name in sorted(found))
            (directory / NAME).write_text(text, encoding="utf-8")

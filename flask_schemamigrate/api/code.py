"""What the app's own code says: which modules were imported, which files define models.

Read for error messages alone, as text; nothing is imported here.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MODEL = re.compile(
    r"^class .*\((?:.*\bdb\.Model\b|.*\bDeclarativeBase\b|Base\b)|\b__tablename__\s*="
)
_CREATE_ALL = re.compile(r"\.create_all\(")
_SKIPPED = frozenset({"node_modules", "site-packages", "migrations", "tests", "venv", "env"})
_MOST_FILES = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{os.path.relpath(self.path)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Models:
    """Which modules under a folder are imported, and where models are that are not."""

    imported: tuple[str, ...]
    missed: tuple[Place, ...]


def models(root: Path) -> Models:
    """Look through the Python files under ``root``."""
    loaded = _loaded(root)
    missed = [
        place
        for path in _files(root)
        if path not in loaded and (place := _first(path, _MODEL)) is not None
    ]
    return Models(tuple(sorted(loaded.values())), tuple(missed))


def create_all(root: Path) -> Place | None:
    """Return where the app calls ``create_all()``, or None."""
    return next((p for f in _files(root) if (p := _first(f, _CREATE_ALL)) is not None), None)


def _loaded(root: Path) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and not _skipped(path := Path(file).resolve(), root):
            found[path] = name
    return found


def _skipped(path: Path, root: Path) -> bool:
    try:
        inner = path.relative_to(root.resolve())
    except ValueError:
        return True
    return any(part in _SKIPPED or part.startswith(".") for part in inner.parts)


def _files(root: Path) -> Iterator[Path]:
    count = 0
    for folder, folders, names in os.walk(root.resolve()):
        folders[:] = sorted(
            f
            for f in folders
            if f not in _SKIPPED
            and not f.startswith(".")
            and not os.path.exists(os.path.join(folder, f, "pyvenv.cfg"))
        )
        for name in sorted(names):
            if name.endswith(".py"):
                count += 1
                if count > _MOST_FILES:
                    return
                yield Path(folder, name)


def _first(path: Path, pattern: re.Pattern[str]) -> Place | None:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for number, line in enumerate(lines, 1):
        if pattern.search(line):
            return Place(path, number)
    return None

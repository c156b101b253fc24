"""Which files of a folder are scripts, and the stamps that tell when one was changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from operator import methodcaller
from pathlib import Path
from typing import NamedTuple

_NAME = attrgetter("name")
_is_link = methodcaller("is_symlink")


class File(NamedTuple):
    """A script on disk; whoever changes its content changes one of the numbers.

    ``size`` is in bytes, ``modified`` and ``changed`` in nanoseconds (the second is the time of the
    inode, which no program can set back).
    """

    path: str
    size: int
    modified: int
    changed: int


def files(locations: Iterable[Path], recursive: bool, sourceless: bool) -> Iterator[File]:
    """Yield each script once, by whatever location or link it is found.  Raises OSError."""
    places = [place for location in locations for place in _folders(str(location), recursive)]
    if len(places) == 1 and not sourceless and not any(map(_is_link, places[0][1])):
        for entry in places[0][1]:
            yield _stamped(entry.path, entry.stat)
        return
    seen: set[str] = set()
    for parent, entries in places:
        # Resolving each path to its end would take as long as reading the files.
        real_parent = os.path.realpath(parent)
        for entry in entries:
            linked = entry.is_symlink()
            real = os.path.realpath(entry.path) if linked else f"{real_parent}/{entry.name}"
            if real not in seen:
                seen.add(real)
                yield _stamped(entry.path, entry.stat)
        for name in _compiled(parent, entries) if sourceless else ():
            path = os.path.join(parent, name)
            real = os.path.realpath(path)
            if real not in seen:
                seen.add(real)
                yield _stamped(path, partial(os.stat, path))


def _compiled(parent: str, entries: Sequence[os.DirEntry[str]]) -> Iterator[str]:
    from . import compiled

    return compiled.beside(parent, [entry.name for entry in entries])


def _stamped(path: str, stat: Callable[[], os.stat_result]) -> File:
    try:
        status = stat()
    except OSError:  # A link that leads nowhere: whoever reads it says so.
        return File(path, -1, 0, 0)
    return File(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _folders(location: str, recursive: bool) -> Iterator[tuple[str, Sequence[os.DirEntry[str]]]]:
    """Yield folders, outer ones first, each with its scripts by name."""
    if not os.path.isdir(location):
        return
    waiting = [location]
    while waiting:
        parent = waiting.pop()
        scripts, folders = [], []
        with os.scandir(parent) as entries:
            for entry in entries:
                if _is_script(entry.name) and not entry.is_dir():
                    scripts.append(entry)
                elif recursive and entry.name != "__pycache__" and _is_folder(entry):
                    folders.append(entry.path)
        scripts.sort(key=_NAME)
        yield parent, scripts
        waiting.extend(sorted(folders, reverse=True))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _is_script(name: str) -> bool:
    return name.endswith(".py") and not name.startswith((".", "__init__", "#"))

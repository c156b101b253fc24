"""What scripts said of themselves when they were read last: a file beside Python's own caches.

Nothing depends on it: without the file, or where a script is another than it was, the scripts are
read.  It is written as a whole, under another name first, so that of two processes one wins; where
nothing can be written there is none, in silence.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from typing import TypeAlias

from ..schema.uncollected import uncollected
from .graph import Graph
from .listing import File
from .revision import Revision

#: To be raised whenever scripts are understood in another way, or the format is another.
FORMAT = 1
#: Fewer scripts are read as quickly as an index is.
FEWEST = 64
#: Some file systems tell the time no better: a script that was changed within this time before it
#: was read may be changed again and look the same.
_DOUBTFUL = 2_000_000_000

_MAGIC = f"schemamigrate {FORMAT} {sys.version_info[:2]} {marshal.version}\n".encode()
#: The fields of a revision; in the place of its path is that of the listing.
_Names: TypeAlias = "tuple[str, ...]"
_Row: TypeAlias = "tuple[str, _Names, _Names, _Names, str, str, int, str | None]"
_Parts: TypeAlias = "tuple[list[Any], list[_Row | None], tuple[Any, ...] | None]"

_NOTHING: _Parts = ([], [], None)


def graph(
    place: Path | None, base: Path, files: Sequence[File], read: Callable[[str], Revision | None]
) -> Graph:
    """Return the graph of ``files``, reading by ``read`` those of which the index does not know.

    ``place`` is where the index is (None: nowhere); it names files as seen from ``base``.  Raises
    whatever ``read`` and ``Graph.build`` raise.
    """
    if len(files) < FEWEST:
        return Graph.build(r for r in (read(file.path) for file in files) if r is not None)
    now = time.time_ns()
    with uncollected():
        start = f"{base}{os.sep}"
        listing = [_key(file, start) for file in files]
        kept, rows, parts = _load(place) if place else _NOTHING
        if kept == listing and parts is not None:
            return Graph(_Revisions(rows, files), *parts)
        known = dict(zip(map(tuple, kept), rows))
        found = [
            _known(known[key], file) if key in known else read(file.path)
            for key, file in zip(listing, files)
        ]
        made = Graph.build(revision for revision in found if revision is not None)
        if place is not None:
            _save(place, _parts(listing, found, made, now))
        return made


def place(location: Path, about: object) -> Path | None:
    """Return where the index of scripts in ``location`` is; ``about`` is what else tells it apart.

    None where Python has no caches.
    """
    try:
        folder = os.path.dirname(cache_from_source(str(location / "index.py")))
    except NotImplementedError:
        return None
    return Path(folder, f"scripts-{zlib.crc32(repr(about).encode()):08x}.index")


class _Revisions(Mapping[str, Revision]):
    """Revisions by id, each made of its row when it is asked for."""

    def __init__(self, rows: Sequence[_Row | None], files: Sequence[File]) -> None:
        self._rows = {row[0]: row for row in rows if row is not None}
        self._files = files
        self._made: dict[str, Revision] = {}

    def __getitem__(self, id_: str) -> Revision:
        found = self._made.get(id_)
        if found is None:
            found = self._made[id_] = _made(self._rows[id_], self._files)
        return found

    def __contains__(self, id_: object) -> bool:
        return id_ in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _key(file: File, start: str) -> tuple[Any, ...]:
    path = file.path
    return (path.removeprefix(start), file.size, file.modified, file.changed)


def _made(row: _Row, files: Sequence[File]) -> Revision:
    id_, parents, depends_on, labels, message, doc, at, created = row
    path = Path(files[at].path)
    return Revision(id_, parents, depends_on, labels, message, doc, path, created)


def _known(row: _Row | None, file: File) -> Revision | None:
    return None if row is None else _made((*row[:6], 0, row[7]), (file,))


def _parts(
    listing: list[tuple[Any, ...]], found: Sequence[Revision | None], made: Graph, now: int
) -> _Parts:
    """Return what is to be written; what is in doubt is not written in a way that is ever met."""
    rows = [None if one is None else _row(one, at) for at, one in enumerate(found)]
    sure = [key[:1] if max(key[2:]) > now - _DOUBTFUL else key for key in listing]
    parts = (made.requirements, made.children, made.dependants, made.labelled)
    return sure, rows, parts if sure == listing else None


def _row(one: Revision, at: int) -> _Row:
    return (one.id, one.parents, one.depends_on, one.labels, one.message, one.doc, at, one.created)


def _load(place: Path) -> _Parts:
    try:
        data = place.read_bytes()
        start = len(_MAGIC) + 4
        if data[: len(_MAGIC)] == _MAGIC:
            body = memoryview(data)[start:]
            if int.from_bytes(data[len(_MAGIC) : start], "little") == zlib.crc32(body):
                found: _Parts = marshal.loads(body)
                return found
    except (OSError, ValueError, EOFError, TypeError):
        pass
    return _NOTHING


def _save(place: Path, parts: _Parts) -> None:
    if sys.dont_write_bytecode:
        return
    body = marshal.dumps(parts)
    temporary = place.with_name(f"{place.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        try:
            temporary.write_bytes(_MAGIC + zlib.crc32(body).to_bytes(4, "little") + body)
            os.replace(temporary, place)
        finally:
            with suppress(OSError):
                temporary.unlink()

"""The bytecode of scripts, kept in Python's own caches.

Python itself believes a cached file whose source has the same size and the same second of change;
here, the source has to be the very same (PEP 552, checked hash-based files), since a script may be
written, run and changed within a second.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from importlib.util import MAGIC_NUMBER
from importlib.util import source_hash
from types import CodeType

#: Of PEP 552: valid by the hash of the source, which is compared each time.
_CHECKED = (0b11).to_bytes(4, "little")


def code(path: str, source: bytes, *, kept: bool = True) -> CodeType:
    """Return the code of a script, from the cache where ``source`` was compiled before.

    What is compiled is ``kept`` for the next time where Python writes such files and the folder can
    be written to.  Raises SyntaxError and ValueError, as :func:`compile` does.
    """
    place = _place(path) if kept else None
    if place is None:
        return _compiled(path, source)
    head = MAGIC_NUMBER + _CHECKED + source_hash(source)
    with suppress(OSError, ValueError, EOFError, TypeError), open(place, "rb") as file:
        data = file.read()
        if data.startswith(head):
            found: CodeType = marshal.loads(memoryview(data)[len(head) :])
            if found.co_filename == path:  # The folder may have moved.
                return found
    made = _compiled(path, source)
    if not sys.dont_write_bytecode:
        _keep(place, head + marshal.dumps(made))
    return made


def _compiled(path: str, source: bytes) -> CodeType:
    found: CodeType = compile(source, path, "exec", dont_inherit=True)
    return found


def _place(path: str) -> str | None:
    try:
        return cache_from_source(path)
    except NotImplementedError:  # An implementation without caches.
        return None


def _keep(place: str, data: bytes) -> None:
    """Write a whole file or none: of two processes one wins."""
    beside = f"{place}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            with open(beside, "wb") as file:
                file.write(data)
            os.replace(beside, place)
        except OSError:
            with suppress(OSError):
                os.unlink(beside)

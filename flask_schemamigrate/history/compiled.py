"""Scripts without source: what their bytecode says, without running it."""

from __future__ import annotations

import dis
import importlib.util
import marshal
import os
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from ..errors import BrokenScript
from . import headers
from .revision import Revision

_HEADER = 16  # bytes: the magic number, flags, and what the source was


def beside(parent: str, sources: Sequence[str]) -> Iterator[str]:
    """Yield the compiled scripts of a folder that have no source, relative to it.

    They are beside where the source would be, or in ``__pycache__`` under this Python's tag.
    """
    seen = {os.path.splitext(name)[0] for name in sources}
    ending = f".{sys.implementation.cache_tag}.pyc"
    for folder, suffix in (("", ".pyc"), ("__pycache__", ending)):
        place = os.path.join(parent, folder)
        for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
            stem = name[: -len(suffix)]
            if name.endswith(suffix) and stem not in seen and stem != "__init__":
                seen.add(stem)
                yield os.path.join(folder, name)


def code(path: Path) -> CodeType:
    """Return the code of a compiled script.  Raises BrokenScript."""
    data = path.read_bytes()
    if data[:4] != importlib.util.MAGIC_NUMBER:
        raise BrokenScript(
            f"{path} was compiled by another version of Python than {sys.version.split()[0]}.",
            hint="Compile the scripts again: python -m compileall -b migrations",
        )
    try:
        found: CodeType = marshal.loads(data[_HEADER:])
    except (ValueError, EOFError, TypeError) as error:
        raise BrokenScript(f"{path} cannot be read: {error}.") from error
    return found


def read(path: Path) -> Revision | None:
    """Return what a compiled script says of itself; None for one that is no script."""
    values: dict[str, Any] = {}
    last: Any = None
    for instruction in dis.get_instructions(code(path)):
        if instruction.opname == "STORE_NAME":
            if isinstance(last, (str, tuple)):
                values[instruction.argval] = last
            last = None
        else:
            last = instruction.argval if instruction.opname == "LOAD_CONST" else None
    if "revision" not in values:
        return None
    return headers.described(path, values["revision"], values, values.get("__doc__", ""))

"""What reads a script's header: loaded here, since an index spares most commands the parser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

from .revision import Revision

#: What is entered around imports of scripts, so that they find ``alembic``.
Names: TypeAlias = "Callable[[], AbstractContextManager[None]]"


def reader(names: Names) -> Callable[[str], Revision | None]:
    """Return what reads the header of the script at a path."""

    def read(path: str) -> Revision | None:
        if path.endswith(".pyc"):
            from . import compiled

            return compiled.read(Path(path))
        from . import headers

        return headers.read(Path(path), names)

    return read

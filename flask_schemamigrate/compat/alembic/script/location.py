"""Folders that are named by a path, or as ``package:folder``."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Any


def resolved(name: Any) -> Path:
    """Return the folder of a name."""
    text = os.fspath(name)
    package, colon, rest = text.partition(":")
    if not colon or os.path.isabs(text) or not all(p.isidentifier() for p in package.split(".")):
        return Path(text)
    found: Any = resources.files(package)
    for part in rest.split(":"):
        found = found.joinpath(part)
    return Path(str(found))

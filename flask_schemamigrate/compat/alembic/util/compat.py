"""What differs between versions of Python."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from importlib import import_module
from importlib.metadata import EntryPoint as EntryPoint
from typing import Any

is_posix = os.name == "posix"
py314 = sys.version_info >= (3, 14)
py313 = sys.version_info >= (3, 13)
py312 = sys.version_info >= (3, 12)
py311 = sys.version_info >= (3, 11)


def importlib_metadata_get(group: str) -> Any:
    """Return the entry points of a group, as they are installed now."""
    found: Any = importlib.metadata.entry_points()
    return found.select(group=group) if hasattr(found, "select") else found.get(group, ())


def read_config_parser(parser: Any, files: Any) -> list[str]:
    """Read ini files in the encoding of this machine."""
    found: list[str] = parser.read(files, encoding="utf-8")
    return found


def __getattr__(name: str) -> Any:
    """Return the reader of TOML files, which older Pythons have only where it is installed."""
    if name == "tomllib":
        return import_module("tomllib" if py311 else "tomli")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""What a script gets when it says ``import alembic`` while it runs here.

Every module is loaded when somebody asks for it: most scripts need no more than ``op``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: The version whose behaviour towards scripts is followed.
__version__ = "1.20.1"
_MODULES = (
    "autogenerate",
    "command",
    "config",
    "ddl",
    "environment",
    "migration",
    "op",
    "operations",
    "runtime",
    "script",
    "util",
)


def __getattr__(name: str) -> Any:
    """Return a module of the package."""
    if name == "context":
        return import_module("flask_schemamigrate.context")
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

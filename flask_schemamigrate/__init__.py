"""Schema migrations for Flask apps: models in, reviewed scripts out, databases moved safely.

The commands are functions here too, under the names that Flask-Migrate gives them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from .extension import Migrate
from .extension import SchemaMigrate

__all__ = ["Migrate", "SchemaMigrate"]


#: What :mod:`flask_schemamigrate.functions` has; web workers need not load it.
_FUNCTIONS = (
    "Config",
    "alembic_version",
    "branches",
    "check",
    "current",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "list_templates",
    "merge",
    "migrate",
    "revision",
    "show",
    "stamp",
    "upgrade",
)


def __getattr__(name: str) -> Any:
    """Return one of :mod:`flask_schemamigrate.functions`, or ``upgrade_each``."""
    if name in _FUNCTIONS:
        return getattr(import_module(f"{__name__}.functions"), name)
    if name == "upgrade_each":
        return import_module(f"{__name__}.tenants").upgrade_each
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """This package.  ``history`` is a function to those who import it, and a package within."""

    @property
    def history(self) -> Any:
        """:func:`flask_schemamigrate.functions.history`."""
        return __getattr__("history")

    @history.setter
    def history(self, module: Any) -> None:
        """Leave the package ``history`` to ``sys.modules``, where imports find it."""


sys.modules[__name__].__class__ = _Package

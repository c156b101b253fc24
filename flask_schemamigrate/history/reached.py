"""Submodules that a script names through a package, and does not import.

Alembic imports all scripts before it runs one, so that ``app.db.kinds.Word`` works in a script
that says ``import app``: another one has imported the rest.  Here each is imported in its turn.
"""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TypeGuard

_CHAIN = re.compile(rb"\b[^\W\d]\w*(?:\.[^\W\d]\w*)+")


def imported(source: bytes, module: ModuleType) -> bool:
    """Import what ``source`` reaches through the packages in ``module``; say whether it was any.

    One that cannot be imported is left: the script will say so where it needs it.
    """
    packages = {name: value for name, value in vars(module).items() if _is_package(value)}
    if not packages:
        return False
    found = False
    for chain in sorted(set(_CHAIN.findall(source))):
        first, *names = chain.decode(errors="replace").split(".")
        if first in packages:
            found |= _followed(packages[first], names)
    return found


def _followed(package: ModuleType, names: list[str]) -> bool:
    found = False
    here: object = package
    for name in names:
        if not isinstance(here, ModuleType):
            break
        if name not in vars(here) and _is_package(here):
            with suppress(Exception):
                whole = f"{here.__name__}.{name}"
                if find_spec(whole) is not None:
                    import_module(whole)
                    found = True
        here = vars(here).get(name)
    return found


def _is_package(value: object) -> TypeGuard[ModuleType]:
    """Whether it is one, without asking it: a proxy, or a lazy module, may have no answer yet."""
    return issubclass(type(value), ModuleType) and "__path__" in vars(value)

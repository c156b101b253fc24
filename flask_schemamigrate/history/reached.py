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

_CHAIN = re.compile(rb"\b[^\W\d]\w*(?:\.[^\W\d]\w*)+")


def imported(source: bytes, module: ModuleType) -> bool:
    """Import what ``source`` reaches through the packages in ``module``; say whether it was any.

    One that cannot be imported is left: the script will say so where it needs it.
    """
    packages = {n: v for n, v in vars(module).items() if hasattr(v, "__path__")}
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
        if not hasattr(here, name):
            with suppress(Exception):
                whole = f"{here.__name__}.{name}"
                if hasattr(here, "__path__") and find_spec(whole) is not None:
                    import_module(whole)
                    found = True
        here = getattr(here, name, None)
    return found

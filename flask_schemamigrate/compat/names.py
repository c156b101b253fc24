"""``import alembic`` in a script finds our modules, and nobody else's does.

While a script is loaded or runs, ``alembic`` and its submodules in ``sys.modules`` are those of
:mod:`flask_schemamigrate.compat.alembic`, whether or not the real package is installed; afterwards
they are what they were.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from ..errors import UnknownName
from ..errors import did_you_mean

#: What ``alembic.<key>`` is here.
MODULES = {
    "alembic": "flask_schemamigrate.compat.alembic",
    "alembic.op": "flask_schemamigrate.op",
    "alembic.context": "flask_schemamigrate.context",
    "alembic.util": "flask_schemamigrate.compat.alembic.util",
    "alembic.util.exc": "flask_schemamigrate.compat.alembic.util",
    "alembic.operations": "flask_schemamigrate.compat.alembic.operations",
    "alembic.operations.base": "flask_schemamigrate.compat.alembic.operations",
    "alembic.operations.ops": "flask_schemamigrate.operations",
    "alembic.migration": "flask_schemamigrate.compat.alembic.migration",
    "alembic.runtime": "flask_schemamigrate.compat.alembic.migration",
    "alembic.runtime.migration": "flask_schemamigrate.compat.alembic.migration",
}

#: Only one thread at a time may stand in for a name in ``sys.modules``.
_lock = threading.RLock()


class _Refusal(MetaPathFinder):
    """Answers for every ``alembic.…`` module that has no counterpart here."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Raise UnknownName for an alembic module; leave all others alone."""
        if fullname.partition(".")[0] != "alembic":
            return None
        raise UnknownName(
            f"The script imports {fullname}, which has no counterpart here."
            + did_you_mean(fullname, MODULES),
            hint="Modules that scripts can import: " + ", ".join(sorted(MODULES)),
        )


@contextmanager
def alembic_names() -> Iterator[None]:
    """Let ``alembic`` mean our modules within the block, in ``sys.modules``."""
    with _lock:
        mine = {name: import_module(module) for name, module in MODULES.items()}
        others = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_alembic(name)}
        refusal = _Refusal()
        sys.modules.update(mine)
        sys.meta_path.insert(0, refusal)
        try:
            yield
        finally:
            sys.meta_path.remove(refusal)
            for name in [name for name in sys.modules if _is_alembic(name)]:
                del sys.modules[name]
            sys.modules.update(others)


def _is_alembic(name: str) -> bool:
    return name == "alembic" or name.startswith("alembic.")

"""``import alembic`` in a script finds our modules, and nobody else's does.

While a script is loaded or runs, ``alembic`` and its submodules in ``sys.modules`` are those of
:mod:`flask_schemamigrate.compat.alembic`, whether or not the real package is installed; afterwards
they are what they were.  A module that has no counterpart here, such as ``alembic.command``, is the
real one where that is installed: scripts import modules of their app, and those may need it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from ..errors import did_you_mean
from ..errors import UnknownName

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


class _Loaded(Loader):
    """Hands out a module that is there already."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return it."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it has run."""


class _Finder(MetaPathFinder):
    """Answers for every ``alembic.…`` module that has no counterpart here.

    ``theirs`` are the real package's modules, as far as they are loaded.
    """

    def __init__(self, theirs: dict[str, ModuleType]) -> None:
        self.theirs = theirs

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find the real module of that name, else raise UnknownName; leave all others alone."""
        if not _is_alembic(fullname):
            return None
        try:
            return ModuleSpec(fullname, _Loaded(self._real(fullname)))
        except ModuleNotFoundError as error:
            if error.name is None or not _is_alembic(error.name):
                raise
            raise UnknownName(
                f"The script imports {fullname}, which has no counterpart here."
                + did_you_mean(fullname, MODULES),
                hint="Modules that scripts can import: " + ", ".join(sorted(MODULES)),
            ) from error

    def _real(self, fullname: str) -> ModuleType:
        ours = _taken_out()
        sys.modules.update(self.theirs)
        sys.meta_path.remove(self)
        try:
            return import_module(fullname)
        finally:
            self.theirs = _taken_out()
            sys.modules.update(ours)
            sys.meta_path.insert(0, self)


@contextmanager
def alembic_names() -> Iterator[None]:
    """Let ``alembic`` mean our modules within the block, in ``sys.modules``."""
    with _lock:
        mine = {name: import_module(module) for name, module in MODULES.items()}
        finder = _Finder(_taken_out())
        sys.modules.update(mine)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            _taken_out()
            sys.modules.update(finder.theirs)


def _taken_out() -> dict[str, ModuleType]:
    """Take every alembic module out of ``sys.modules`` and return them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if _is_alembic(name)}


def _is_alembic(name: str) -> bool:
    return name == "alembic" or name.startswith("alembic.")

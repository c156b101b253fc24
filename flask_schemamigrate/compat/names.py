"""``import alembic`` in a script finds our modules, and nobody else's does.

While a script is loaded or runs, ``alembic`` and its submodules in ``sys.modules`` are those of
:mod:`flask_schemamigrate.compat.alembic`, whether or not the real package is installed; afterwards
they are what they were.  A module that has no counterpart here, such as ``alembic.testing``, is the
real one where that is installed: scripts import modules of their app, and those may need it.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import did_you_mean
from ..errors import UnknownName
from ..run.context import surrounded
from ..settings import Settings
from . import adopted

PACKAGE = "flask_schemamigrate.compat.alembic"
#: What ``alembic.<key>`` is here, where it is not the module of that name in :data:`PACKAGE`.
MODULES = {
    "alembic": PACKAGE,
    "alembic.context": "flask_schemamigrate.context",
}

_HINT = (
    "Correct the import: alembic, with op, context, operations, autogenerate, script, runtime, "
    "config, command, util and ddl, is what there is."
)
#: Only one thread at a time may stand in for a name in ``sys.modules``.
_lock = threading.RLock()


class _Loaded(Loader):
    """Hands out a module that is there already, and leaves it the name that it has."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return it."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing but take back what the import has written: the module has run."""
        module.__spec__ = self.spec


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
        """Find our module of that name, else the real one, else raise UnknownName.

        Names of other packages are left alone.
        """
        if not _is_alembic(fullname):
            return None
        try:
            module = _ours(fullname) or self._real(fullname)
            return ModuleSpec(fullname, _Loaded(module), is_package=hasattr(module, "__path__"))
        except ModuleNotFoundError as error:
            if error.name is None or not _is_alembic(error.name):
                raise
            raise UnknownName(
                f"{_importer()} imports {fullname}, which has no counterpart here."
                + did_you_mean(fullname, known_names()),
                hint=_HINT,
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


def _environment(settings: Settings) -> Any:
    """Return what a script has as ``environment_context``."""
    from .running import surroundings

    return surroundings(settings)


@contextmanager
def alembic_names() -> Iterator[None]:
    """Let ``alembic`` mean our modules within the block, in ``sys.modules``.

    Within such a block another one costs next to nothing.
    """
    with _lock:
        if any(isinstance(finder, _Finder) for finder in sys.meta_path):
            with _naming():
                yield
            return
        package = import_module(PACKAGE)
        finder = _Finder(_taken_out())
        adopted.adopt(finder.theirs)
        sys.modules["alembic"] = package
        sys.meta_path.insert(0, finder)
        try:
            with surrounded(_environment), _naming():
                yield
        finally:
            sys.meta_path.remove(finder)
            _taken_out()
            sys.modules.update(finder.theirs)


@contextmanager
def _naming() -> Iterator[None]:
    """Name what the block has looked for in vain."""
    try:
        yield
    except ImportError as error:
        raise _named(error) from error


def _named(error: ImportError) -> Exception:
    """Return an error that names what a module of ours does not have; others stay as they are."""
    found = re.match(r"cannot import name '(\w+)'", str(error))
    if found is None or not (error.name or "").startswith(PACKAGE):
        return error
    module = sys.modules[str(error.name)]
    name = "alembic" + str(error.name).removeprefix(PACKAGE)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "The script"
    known = [word for word in dir(module) if not word.startswith("_")]
    known += [n.removeprefix(f"{name}.") for n in known_names() if n.startswith(f"{name}.")]
    return UnknownName(
        f"{place} imports {found[1]!r} from {name}, which has no such name."
        + did_you_mean(found[1], known),
        hint=_HINT,
    )


def _importer() -> str:
    """Return the file and the line of the import that is going on."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        path = frame.f_code.co_filename
        if path != __file__ and "importlib" not in path:
            return f"{path}:{frame.f_lineno}"
        frame = frame.f_back
    return "The script"


def _ours(fullname: str) -> ModuleType | None:
    """Return our module for a name, which is loaded only when somebody asks for it."""
    name = MODULES.get(fullname) or PACKAGE + fullname.removeprefix("alembic")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        return None


def known_names() -> list[str]:
    """Return every module that there is here, as scripts call them."""
    (root,) = import_module(PACKAGE).__path__
    found = [path.relative_to(root) for path in Path(root).rglob("*.py")]
    # Of a package, its __init__ is not part of the name.
    places = [p.parent if p.stem == "__init__" else p.with_suffix("") for p in found]
    wanted = (path.parts for path in places if path.parts[:1] != ("templates",))
    return sorted({*MODULES, *(".".join(("alembic", *parts)) for parts in wanted)})


def _taken_out() -> dict[str, ModuleType]:
    """Take every alembic module out of ``sys.modules`` and return them."""
    # There are thousands of names.
    near = [name for name in list(sys.modules) if name.startswith("alembic")]
    return {name: sys.modules.pop(name) for name in near if _is_alembic(name)}


def _is_alembic(name: str) -> bool:
    return name == "alembic" or name.startswith("alembic.")

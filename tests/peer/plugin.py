"""A pytest plugin (``-p peer_plugin``): ``alembic`` is our package, ``alembic.testing`` theirs.

It runs in a process of its own, in the unpacked source distribution.  Everything that the tests
import as ``alembic.…`` is ``flask_schemamigrate.compat.alembic.…``, the same module under both
names; only ``alembic.testing``, which is no product but the tests' own machinery, comes from the
distribution.  ``PEER=alembic`` leaves the names alone, to count what the original passes.
"""

from __future__ import annotations

import fnmatch
import importlib
import importlib.util
import json
import os
import sys
from importlib.abc import Loader
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

OURS = "flask_schemamigrate.compat.alembic"


class Same(Loader):
    """Hands out a module that is there already."""

    def __init__(self, module):
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec


class Finder(MetaPathFinder):
    """Finds ``alembic`` and its modules here."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, name, path, target=None):
        if name != "alembic" and not name.startswith("alembic."):
            return None
        if name == "alembic.testing" or name.startswith("alembic.testing."):
            place = self.sources.joinpath(*name.split("."))
            if place.is_dir():
                return importlib.util.spec_from_file_location(
                    name, place / "__init__.py", submodule_search_locations=[str(place)]
                )
            return importlib.util.spec_from_file_location(name, place.with_suffix(".py"))
        ours = "flask_schemamigrate.context" if name == "alembic.context" else OURS + name[7:]
        module = importlib.import_module(ours)
        return ModuleSpec(name, Same(module), is_package=hasattr(module, "__path__"))


if os.environ.get("PEER") != "alembic":
    sys.meta_path.insert(0, Finder(Path(os.environ["PEER_SOURCES"])))


def pytest_collection_modifyitems(config, items):
    """Leave out the tests of internals that the list names."""
    patterns = json.loads(os.environ.get("PEER_DESELECT", "[]"))
    kept, gone = [], []
    for item in items:
        left_out = any(fnmatch.fnmatchcase(item.nodeid, pattern) for pattern in patterns)
        (gone if left_out else kept).append(item)
    config.hook.pytest_deselected(items=gone)
    items[:] = kept


def pytest_runtest_logreport(report):
    """Write each outcome down: one line of JSON for each phase that says something."""
    path = os.environ.get("PEER_RESULTS")
    if not path or (report.when != "call" and report.outcome == "passed"):
        return
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return  # The controller hears of it.
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps([report.nodeid, report.when, report.outcome]) + "\n")

"""The commands of ``flask db``: options in, one call of :mod:`flask_schemamigrate.api`, text out.

Results go to stdout, everything else to stderr.  Exit statuses:

======  ==========================================================================================
``0``   done, or nothing to do
``1``   an error with a code, told on stderr; ``check``: the models have changes that no script has;
        ``current --check-heads``: a revision is not applied
``2``   the command was typed wrongly
``3``   ``migrate --strict``: written, and somebody has to look at it
``10``  and above: ``status``, the state of the database; 124: ``wait``, it was not ready in time
======  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from importlib import import_module

import click

#: Which module has a command.  Those that are not asked for are not imported.
_MODULES = {
    "init": "creating",
    "list-templates": "creating",
    "revision": "creating",
    "migrate": "migrating",
    "check": "migrating",
    "merge": "creating",
    "edit": "creating",
    "modernize": "creating",
    "upgrade": "moving",
    "downgrade": "moving",
    "stamp": "moving",
    "resolve": "moving",
    "history": "reading",
    "heads": "reading",
    "branches": "reading",
    "show": "reading",
    "current": "reading",
    "status": "states",
    "log": "states",
    "wait": "states",
    "baseline": "taking",
    "drift": "taking",
    "repair": "taking",
}


class _Commands(Mapping[str, click.Command]):
    """Commands by name, each imported when it is looked up."""

    def __getitem__(self, name: str) -> click.Command:
        module = import_module(f".{_MODULES[name]}", __name__)
        found: click.Command = getattr(module, name.replace("-", "_"))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


#: Every command by its name.
COMMANDS: Mapping[str, click.Command] = _Commands()

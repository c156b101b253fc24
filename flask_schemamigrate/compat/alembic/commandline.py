"""``alembic`` on the command line: the commands, with the options of their functions."""

from __future__ import annotations

import inspect
import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import config as config_module
from . import util

_OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "template": (("-t", "--template"), {"help": "the layout (generic)"}),
    "message": (("-m", "--message"), {"help": "what the revision is about"}),
    "sql": (("--sql",), {"action": "store_true", "help": "write SQL, do not run it"}),
    "tag": (("--tag",), {"help": "a word that env.py can ask for"}),
    "head": (("--head",), {"help": "the revision that the new one follows"}),
    "splice": (("--splice",), {"action": "store_true", "help": "allow one that is no head"}),
    "depends_on": (("--depends-on",), {"action": "append", "help": "revisions to be run before"}),
    "rev_id": (("--rev-id",), {"help": "the id of the new revision"}),
    "version_path": (("--version-path",), {"help": "the folder of the new script"}),
    "branch_label": (("--branch-label",), {"help": "a label for the new revision"}),
    "verbose": (("-v", "--verbose"), {"action": "store_true", "help": "say more"}),
    "resolve_dependencies": (
        ("--resolve-dependencies",),
        {"action": "store_true", "help": "leave out what others depend on"},
    ),
    "autogenerate": (
        ("--autogenerate",),
        {"action": "store_true", "help": "compare the models with the database"},
    ),
    "rev_range": (("-r", "--rev-range"), {"help": "start:end"}),
    "indicate_current": (
        ("-i", "--indicate-current"),
        {"action": "store_true", "help": "mark the applied revision"},
    ),
    "purge": (("--purge",), {"action": "store_true", "help": "empty the version table first"}),
    "package": (("--package",), {"action": "store_true", "help": "make it a package"}),
    "check_heads": (
        ("-c", "--check-heads"),
        {"action": "store_true", "help": "fail unless all heads are applied"},
    ),
}
_POSITIONAL = {
    "directory": "the folder",
    "revision": "a revision",
    "revisions": "one or more revisions",
    "rev": "a revision",
}


class CommandLine:
    """The ``alembic`` program."""

    def __init__(self, prog: str | None = None) -> None:
        self._generate_args(prog)

    def _generate_args(self, prog: str | None) -> None:
        from . import __version__

        parser = config_module.ArgumentParser(prog=prog)
        parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
        parser.add_argument("-c", "--config", action="append", help="an ini file or pyproject.toml")
        parser.add_argument("-n", "--name", default="alembic", help="the section of the ini file")
        parser.add_argument("-x", action="append", help="name=value for env.py")
        parser.add_argument("--raiseerr", action="store_true", help="raise errors in full")
        parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")
        self.subparsers = parser.add_subparsers()
        command = config_module.command
        for name in sorted(vars(command)):
            function = getattr(command, name)
            is_command = inspect.isfunction(function) and not name.startswith("_")
            if is_command and function.__module__.endswith("alembic.command"):
                self.register_command(function)
        self.parser = parser

    def register_command(self, fn: Callable[..., None]) -> None:
        """Add a command: its arguments are those of the function, whose docstring is its help."""
        specification = inspect.getfullargspec(fn)
        defaults = specification.defaults or ()
        split = len(specification.args) - len(defaults)
        positional, keyword = specification.args[1:split], specification.args[split:]
        help_text = " ".join((inspect.getdoc(fn) or "").split("\n\n")[0].split())
        subparser = self.subparsers.add_parser(fn.__name__, help=help_text)
        for name in keyword:
            if name in _OPTIONS:
                flags, options = _OPTIONS[name]
                default = dict(zip(keyword, defaults))[name]
                subparser.add_argument(*flags, dest=name, **{"default": default, **options})
        for name in positional:
            many = name == "revisions" or fn.__name__ == "stamp"
            subparser.add_argument(
                name, nargs="+" if many else None, help=_POSITIONAL.get(name, "")
            )
        subparser.set_defaults(cmd=(fn, positional, keyword))

    def run_cmd(self, config: Any, options: Namespace) -> None:
        """Run the command that was chosen; its errors end the process with a message."""
        function, positional, keyword = options.cmd
        try:
            function(
                config,
                *(getattr(options, name, None) for name in positional),
                **{name: getattr(options, name) for name in keyword if hasattr(options, name)},
            )
        except util.CommandError as error:
            if options.raiseerr:
                raise
            util.err(str(error), **config.messaging_opts)

    def _inis_from_config(self, options: Namespace) -> tuple[str, str]:
        """Return the TOML file and the ini file.  Raises CommandError where one is there twice."""
        given = getattr(options, "config", None)
        names = given or [os.environ[v] for v in ("ALEMBIC_CONFIG",) if v in os.environ]
        toml = [name for name in names if Path(name).name == "pyproject.toml"]
        ini = [name for name in names if Path(name).name != "pyproject.toml"]
        if len(toml) > 1:
            raise util.CommandError("pyproject.toml indicated more than once")
        if len(ini) > 1:
            raise util.CommandError("only one ini file may be indicated")
        return (toml or ["pyproject.toml"])[0], (ini or ["alembic.ini"])[0]

    def main(self, argv: Any = None) -> None:
        """Run the command of a command line."""
        options = self.parser.parse_args(argv)
        if not hasattr(options, "cmd"):
            self.parser.error("too few arguments")
        toml, ini = self._inis_from_config(options)
        config = config_module.Config(
            file_=ini, toml_file=toml, ini_section=options.name, cmd_opts=options
        )
        self.run_cmd(config, options)

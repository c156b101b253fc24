"""What all commands share: options, numbers such as ``-1``, errors, where output goes."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import IO

import click
from flask.cli import with_appcontext

from ..errors import SchemaMigrateError
from ..options import META_KEY
from ..settings import Settings


class Failure(click.ClickException):
    """One of our exceptions, shown without a traceback."""

    def __init__(self, error: SchemaMigrateError) -> None:
        super().__init__(error.message)
        self.error = error
        self.exit_code = error.exit_status  # type: ignore[misc]

    def show(self, file: IO[Any] | None = None) -> None:
        """Print code, message and hint to stderr."""
        title = click.style(f"Error [{self.error.code}]:", fg="red", bold=True)
        click.echo(f"{title} {self.error.message}", file=file, err=file is None)
        for line in self.error.hint.splitlines():
            click.echo(f"  {line}", file=file, err=file is None)


class Command(click.Command):
    """A command whose arguments may be ``-1``, and whose errors are told calmly."""

    ignore_unknown_options = True  # -1 is an argument; Target refuses the rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our exceptions become a message and an exit status."""
        try:
            return super().invoke(ctx)
        except SchemaMigrateError as error:
            raise Failure(error) from error


class Target(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A revision, a range or a relative step: ``head``, ``ae10``, ``+2``, ``-1``, ``a:b``."""

    name = "revision"
    _step = re.compile(r"-\d")

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> str:
        """Return the text; one that looks like an option and is no number is a wrong option."""
        text = str(value)
        if text.startswith("-") and not self._step.match(text):
            names = [n for p in ctx.command.params for n in p.opts] if ctx else []
            raise click.NoSuchOption(text, possibilities=_near(text, names), ctx=ctx)
        return text


def _near(word: str, names: list[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, names)


TARGET = Target()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: what all commands are told, and where they talk."""

    context: click.Context
    directory: str | None
    x_arguments: tuple[str, ...]
    bind: str | None
    quiet: bool
    verbose: bool
    as_json: bool

    def settings(self, *, database: bool = True) -> Settings:
        """Return the settings; an app without a database is an error if one is needed."""
        make: Callable[..., Settings] = self.context.meta[META_KEY]
        return make(
            directory=self.directory,
            bind=self.bind,
            x_arguments=self.x_arguments,
            database=database,
        )

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return not self.as_json and sys.stdin.isatty() and sys.stdout.isatty()

    def say(self, text: str, *, nl: bool = True) -> None:
        """Tell the person something, unless ``--quiet``: stderr."""
        if not self.quiet:
            click.echo(text, err=True, nl=nl)

    def result(self, text: str, value: Any = None) -> None:
        """Print a result to stdout: ``text``, or with ``--json`` the value."""
        if self.as_json:
            click.echo(json.dumps(value, indent=2, ensure_ascii=False))
        elif text:
            click.echo(text)


def command(name: str, *options: Any, reports: bool = True) -> Callable[[Any], Command]:
    """Make a command of a function that takes a :class:`Run` and the values of ``options``.

    ``reports``: whether it has a result to print, and so ``--json``.
    """

    def made(function: Callable[..., Any]) -> Command:
        @click.pass_context
        def callback(ctx: click.Context, /, **values: Any) -> Any:
            return function(_run(ctx, values), **values)

        callback.__doc__ = function.__doc__
        for option in reversed((*options, *_SHARED, *([_JSON] if reports else []))):
            option(callback)
        return click.command(name, cls=Command)(with_appcontext(callback))

    return made


def _run(ctx: click.Context, values: dict[str, Any]) -> Run:
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    group = ctx.parent.params if ctx.parent is not None else {}
    return Run(
        context=ctx,
        directory=values.pop("directory") or group.get("directory"),
        x_arguments=(*(group.get("x_arg") or ()), *values.pop("x_arg")),
        bind=values.pop("bind"),
        quiet=values.pop("quiet"),
        verbose=values.pop("verbose"),
        as_json=values.pop("as_json", False),
    )


_SHARED = (
    click.option("-d", "--directory", metavar="DIR", help="The migrations folder."),
    click.option(
        "-x", "--x-arg", multiple=True, metavar="NAME=VALUE", help="A free argument for scripts."
    ),
    click.option("--bind", metavar="NAME", help="Work on this database alone."),
    click.option("-q", "--quiet", is_flag=True, help="Print results alone."),
    click.option("-v", "--verbose", is_flag=True, help="Print more."),
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")

"""What all commands share: options, numbers such as ``-1``, errors, where output goes."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
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

    ignore_unknown_options = True  # -1 is an argument; Target and parse_args refuse the rest
    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; what is too much in it is refused with what may be meant."""
        left = super().parse_args(ctx, args)
        if not ctx.args or ctx.resilient_parsing:
            return left
        names = [name for param in self.params for name in param.opts]
        for word in ctx.args:
            if word.startswith("-"):
                raise click.NoSuchOption(word, possibilities=_near(word, names), ctx=ctx)
        said = f"{' '.join(ctx.args)!r} is too much."
        if "--message" in names:
            said += '  A message of several words needs quotes: -m "add a column"'
        raise click.UsageError(said, ctx=ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our exceptions become a message and an exit status."""
        try:
            with _terminable():
                return super().invoke(ctx)
        except SchemaMigrateError as error:
            raise Failure(error) from error
        except Exception as error:
            refused = _refused(error)
            if refused is None:
                raise
            raise Failure(refused) from error


def _refused(error: Exception) -> SchemaMigrateError | None:
    """Return the error for a statement that no script has made; None for what is no such thing."""
    from sqlalchemy.exc import DBAPIError

    from ..errors import StatementRefused

    if not isinstance(error, DBAPIError):
        return None
    said, sql = (" ".join(str(text).split()) for text in (error.orig, error.statement or ""))
    return StatementRefused(
        f"The database refused a statement of Flask-SchemaMigrate: {said}\n  statement: {sql}",
        hint="See whether the user of the URL may do that, and whether the schema is there.",
    )


class Terminated(KeyboardInterrupt):
    """The process was told to end; it does so in order, as after Ctrl-C."""

    exit_status = 143


@contextmanager
def _terminable() -> Iterator[None]:
    """Take SIGTERM for an interruption, unless the app has something else in mind."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return

    def terminate(*_: Any) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    except Terminated as stop:
        raise Failure(_interrupted(stop)) from stop
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupted(stop: Terminated) -> SchemaMigrateError:
    from ..errors import Interrupted

    error = Interrupted("Interrupted.", hint="Run the command again.")
    error.exit_status = stop.exit_status
    return error


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
    config: str | None = None
    section: str | None = None

    def settings(self, *, database: bool = True) -> Settings:
        """Return the settings; an app without a database is an error if one is needed."""
        make: Callable[..., Settings] = self.context.meta[META_KEY]
        return make(
            directory=self.directory,
            bind=self.bind,
            x_arguments=self.x_arguments,
            database=database,
            config_file=self.config,
            config_section=self.section,
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
        """Print a result to stdout: ``text``, or with ``--json`` the value (or what gives it)."""
        if self.as_json:
            import json

            found = value() if callable(value) else value
            click.echo(json.dumps(found, indent=2, ensure_ascii=False))
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
        config=group.get("config"),
        section=group.get("name"),
    )


EACH = (
    click.option(
        "--each-schema",
        "schemas",
        metavar="PATTERN",
        help="For each schema (MariaDB: database) LIKE that, such as 'tenant_%'.",
    ),
    click.option("--each-bind", "binds", is_flag=True, help="For each bind, as a tenant."),
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

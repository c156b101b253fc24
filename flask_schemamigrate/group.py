"""The ``flask db`` group: there for ``flask --help``; a command is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import click

from .options import META_KEY


class LazyGroup(click.Group):
    """A group of commands, each of which is imported when it is looked for.

    ``settings`` makes the settings of a command: see :meth:`SchemaMigrate.settings`.
    """

    def __init__(self, name: str, settings: Callable[..., Any]) -> None:
        super().__init__(name, params=_options(), help="Manage the database schema.")
        self.settings = settings

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, telling it whose settings are meant."""
        ctx.meta[META_KEY] = self.settings
        return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *self._commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None for an unknown name.  Underscores will do as well."""
        own = super().get_command(ctx, cmd_name)
        return own or self._commands().get(cmd_name.replace("_", "-"))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command that is meant; an unknown one is told with the nearest that there is."""
        word = args[0]
        if self.get_command(ctx, word) is None and word[:1] != "-" and not ctx.resilient_parsing:
            from .errors import did_you_mean

            ctx.fail(f"No such command {word!r}.{did_you_mean(word, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)

    def _commands(self) -> Mapping[str, click.Command]:
        from .cli import COMMANDS

        return COMMANDS


def _options() -> list[click.Parameter]:
    return [
        click.Option(["-d", "--directory"], metavar="DIR", help="The migrations folder."),
        click.Option(
            ["-x", "--x-arg"],
            multiple=True,
            metavar="NAME=VALUE",
            help="A free argument for the scripts; may be given several times.",
        ),
        click.Option(
            ["-c", "--config"], metavar="FILE", help="The alembic.ini or pyproject.toml to read."
        ),
        click.Option(["-n", "--name"], metavar="SECTION", help="The section of alembic.ini."),
    ]

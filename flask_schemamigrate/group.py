"""The ``flask db`` group: there for ``flask --help``, its commands loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .options import META_KEY


class LazyGroup(click.Group):
    """A group of commands that are imported when the first of them is looked for.

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
        return sorted({*super().list_commands(ctx), *self._loaded()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None for an unknown name.  Underscores will do as well."""
        own = super().get_command(ctx, cmd_name)
        return own or self._loaded().get(cmd_name.replace("_", "-"))

    def _loaded(self) -> dict[str, click.Command]:
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
    ]

"""Questions on a terminal.  The default of each is what loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..diff.candidates import Candidate
    from ..diff.required import Need
    from ..diff.vanishing import Vanishing


@dataclass(frozen=True, slots=True)
class Terminal:
    """Asks the person.  All of it goes to stderr."""

    def is_renamed(self, candidate: Candidate) -> bool:
        """Ask whether something was renamed; yes keeps the values."""
        return click.confirm(candidate.question, default=True, err=True)

    def may_drop(self, question: str) -> bool:
        """Ask whether most tables may go."""
        return click.confirm(question, default=False, err=True)

    def may_upgrade(self, question: str) -> bool:
        """Ask whether revisions may be applied now."""
        return click.confirm(question, default=False, err=True)

    def instead(self, one: Vanishing) -> str | None:
        """Ask which value rows get; there is no default, since each of them changes rows."""
        click.echo(one.situation, err=True)
        choice = click.Choice(list(one.left))
        return str(click.prompt("Which value do they get", type=choice, err=True))

    def fill(self, need: Need) -> str | None:
        """Ask what rows without a value get; to leave the column nullable changes no row."""
        choices = {"1": "one value for all of them", "2": "an SQL expression for each of them"}
        choices["3"] = "none: the column stays nullable for now"
        if need.default is not None:
            choices["4"] = f"the model's default, {need.default}"
        click.echo(_situation(need), err=True)
        for key, words in choices.items():
            click.echo(f"  {key}  {words}", err=True)
        default = "4" if need.default is not None else "3"
        chosen = click.prompt(
            "What do they get", type=click.Choice(list(choices)), default=default, err=True
        )
        if chosen == "1":
            return str(click.prompt("Value", default="", show_default=False, err=True))
        if chosen == "2":
            return f"sql:{click.prompt('Expression', err=True)}"
        return "nullable" if chosen == "3" else "default"


def _situation(need: Need) -> str:
    rows = f"{need.rows:,} {'row' if need.rows == 1 else 'rows'}"
    if need.is_new:
        return f"Column {need} is required, and {need.table} has {rows}."
    return f"Column {need} becomes required, and it is NULL in {rows}."

"""``upgrade downgrade stamp``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from .. import api
from ..api.values import Moved
from ..api.values import Script
from ..report import data
from ..report import text
from ..run.move import Progress
from ..settings import Settings
from .command import command
from .command import Run
from .command import TARGET

_SQL = click.option("--sql", is_flag=True, help="Print the SQL instead of running it.")
_TAG = click.option(
    "--tag", metavar="TEXT", help="Free text for scripts: context.get_tag_argument()."
)


@command("upgrade", _SQL, _TAG, click.argument("revision", type=TARGET, default="head"))
def upgrade(run: Run, sql: bool, tag: str | None, revision: str) -> None:
    """Apply the revisions up to REVISION (default: head)."""
    settings = run.settings()
    if sql:
        return _print_scripts(run, api.upgrade_sql(settings, revision, tag=tag))
    told = Told(run, settings)
    moved = api.upgrade(settings, revision, tag=tag, progress=told.progress, waiting=run.say)
    return _print_moved(run, moved, "upgrade")


@command("downgrade", _SQL, _TAG, click.argument("revision", type=TARGET, default="-1"))
def downgrade(run: Run, sql: bool, tag: str | None, revision: str) -> None:
    """Undo the revisions above REVISION (default: -1, the last one)."""
    settings = run.settings()
    if sql:
        return _print_scripts(run, api.downgrade_sql(settings, revision, tag=tag))
    told = Told(run, settings)
    moved = api.downgrade(settings, revision, tag=tag, progress=told.progress, waiting=run.say)
    return _print_moved(run, moved, "downgrade")


@command(
    "stamp",
    _SQL,
    _TAG,
    click.option("--purge", is_flag=True, help="Forget first what is recorded now."),
    click.argument("revisions", type=TARGET, nargs=-1, metavar="[REVISION]..."),
)
def stamp(run: Run, sql: bool, tag: str | None, purge: bool, revisions: tuple[str, ...]) -> None:
    """Record REVISION (default: head) as applied, without running anything."""
    settings = run.settings()
    targets = revisions or ("head",)
    if sql:
        if purge:
            raise click.UsageError("--purge has to look into the database; --sql does not.")
        return _print_scripts(run, api.stamp_sql(settings, targets))
    moved = api.stamp(settings, targets, purge=purge, waiting=run.say)
    if run.as_json:
        run.result("", data.moved(moved))
    for one in moved:
        run.say(text.stamped(one))


def _print_scripts(run: Run, scripts: Sequence[Script]) -> None:
    run.result(text.scripts(scripts), data.scripts(scripts))


def _print_moved(run: Run, moved: Sequence[Moved], word: str) -> None:
    if run.as_json:
        run.result("", data.moved(moved))
    for one in moved:
        if not one.applied:
            run.say(text.unmoved(one, word))


@dataclass(frozen=True, slots=True)
class Told:
    """Tells of each revision: a line when it is done and, on a terminal, while it runs."""

    run: Run
    settings: Settings

    def progress(self, database: str, told: Progress) -> None:
        """Print one line; the one that says "is running" is overwritten by the one that follows."""
        name = database if len(self.settings.databases) > 1 else None
        line = text.progress(told, name)
        terminal = sys.stderr.isatty()
        if told.stage == "started":
            if terminal:
                self.run.say(click.style(line, dim=True), nl=False)
            return
        verb, gap, rest = line.partition("  ")
        erase = "\r\x1b[K" if terminal else ""
        more = f"  {told.number}/{told.total}" if self.run.verbose else ""
        self.run.say(f"{erase}{click.style(verb, fg='green')}{gap}{rest}{more}")

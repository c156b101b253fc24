"""``upgrade downgrade stamp``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager

import click

from .. import api
from ..api.moving import Telling
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
    with telling(run, settings) as tell:
        moved = api.upgrade(settings, revision, tag=tag, progress=tell, waiting=run.say)
    return _print_moved(run, moved, "upgrade")


@command("downgrade", _SQL, _TAG, click.argument("revision", type=TARGET, default="-1"))
def downgrade(run: Run, sql: bool, tag: str | None, revision: str) -> None:
    """Undo the revisions above REVISION (default: -1, the last one)."""
    settings = run.settings()
    if sql:
        return _print_scripts(run, api.downgrade_sql(settings, revision, tag=tag))
    with telling(run, settings) as tell:
        moved = api.downgrade(settings, revision, tag=tag, progress=tell, waiting=run.say)
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
        elif one.label in ("sqlite://", "sqlite:///:memory:"):
            run.say(f"Note: {one.label} lives in memory, and ends with this command.")


@contextmanager
def telling(run: Run, settings: Settings) -> Iterator[Telling]:
    """Tell of each revision: a line when it is done and, on a terminal, one while it runs."""
    several = len(settings.databases) > 1
    terminal = sys.stderr.isatty()
    running = ""

    def tell(database: str, told: Progress) -> None:
        nonlocal running
        line = text.progress(told, database if several else None)
        if told.stage == "finished":
            verb, gap, rest = line.partition("  ")
            more = f"  {told.number}/{told.total}" if run.verbose else ""
            blank = " " * (len(running) - len(line) - len(more))
            start = "\r" if running else ""
            run.say(f"{start}{click.style(verb, fg='green')}{gap}{rest}{more}{blank}")
            running = ""
        elif terminal:
            running = line[: shutil.get_terminal_size().columns - 1]
            run.say(click.style(running, dim=True), nl=False)

    try:
        yield tell
    finally:
        if running:
            run.say("")

"""``upgrade downgrade stamp``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import TYPE_CHECKING

import click

from .. import api
from ..report import data
from ..report import text
from .command import command
from .command import EACH
from .command import Run
from .command import TARGET

if TYPE_CHECKING:
    from ..api.values import Moved
    from ..api.values import Planned
    from ..api.values import Script
    from ..run.move import Progress
    from ..settings import Settings

_SQL = click.option("--sql", is_flag=True, help="Print the SQL instead of running it.")
_TAG = click.option(
    "--tag", metavar="TEXT", help="Free text for scripts: context.get_tag_argument()."
)


_PLAN = click.option(
    "--plan", "planned", is_flag=True, help="Print what would be run and what it blocks or loses."
)


_LOCK = click.option(
    "--lock-timeout",
    "patience",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait for another process that migrates (default: for ever).",
)


@command(
    "upgrade",
    _SQL,
    _PLAN,
    _TAG,
    _LOCK,
    *EACH,
    click.option(
        "--workers",
        type=click.IntRange(1),
        default=1,
        metavar="N",
        help="With --each-…: in so many processes.",
    ),
    click.argument("revision", type=TARGET, default="head"),
)
def upgrade(
    run: Run,
    sql: bool,
    planned: bool,
    tag: str | None,
    patience: float | None,
    schemas: str | None,
    binds: bool,
    workers: int,
    revision: str,
) -> None:
    """Apply the revisions up to REVISION (default: head).

    With --each-schema or --each-bind to each tenant; the exit status is 1 where one has failed.
    """
    settings = _patient(run.settings(), patience)
    if schemas is not None or binds:
        if sql or planned or tag is not None:
            raise click.UsageError("--sql, --plan and --tag are for one database, not for tenants.")
        from . import tenants

        return tenants.upgrade(run, tenants.fleet(settings, schemas, binds), revision, workers)
    if workers > 1:
        raise click.UsageError("--workers has a meaning with --each-schema or --each-bind alone.")
    if planned:
        _refuse_both(sql)
        found = api.plan_upgrade(settings, revision)
        return print_plans(run, found, "There is nothing to upgrade.")
    if sql:
        return _print_scripts(run, api.upgrade_sql(settings, revision, tag=tag))
    with telling(run, settings) as tell:
        moved = api.upgrade(settings, revision, tag=tag, progress=tell, waiting=tell.say)
    return _print_moved(run, moved, "upgrade")


@command(
    "downgrade",
    _SQL,
    _PLAN,
    _TAG,
    _LOCK,
    click.option(
        "--stored", is_flag=True, help="Run the log's copy of scripts that are missing here."
    ),
    click.argument("revision", type=TARGET, default="-1"),
)
def downgrade(
    run: Run,
    sql: bool,
    planned: bool,
    tag: str | None,
    patience: float | None,
    stored: bool,
    revision: str,
) -> None:
    """Undo the revisions above REVISION (default: -1, the last one)."""
    settings = _patient(run.settings(), patience)
    if stored and (sql or planned):
        raise click.UsageError("--stored has no meaning with --sql or --plan.")
    if planned:
        _refuse_both(sql)
        found = api.plan_downgrade(settings, revision)
        return print_plans(run, found, "There is nothing to downgrade.")
    if sql:
        return _print_scripts(run, api.downgrade_sql(settings, revision, tag=tag))
    with telling(run, settings) as tell:
        moved = api.downgrade(
            settings, revision, tag=tag, stored=stored, progress=tell, waiting=tell.say
        )
    return _print_moved(run, moved, "downgrade")


@command(
    "stamp",
    _SQL,
    _TAG,
    _LOCK,
    click.option("--purge", is_flag=True, help="Forget first what is recorded now."),
    click.argument("revisions", type=TARGET, nargs=-1, metavar="[REVISION]..."),
)
def stamp(
    run: Run,
    sql: bool,
    tag: str | None,
    patience: float | None,
    purge: bool,
    revisions: tuple[str, ...],
) -> None:
    """Record REVISION (default: head) as applied, without running anything."""
    settings = _patient(run.settings(), patience)
    targets = revisions or ("head",)
    if sql:
        if purge:
            raise click.UsageError("--purge has to look into the database; --sql does not.")
        return _print_scripts(run, api.stamp_sql(settings, targets))
    moved = api.stamp(settings, targets, purge=purge, tag=tag, waiting=run.say)
    if run.as_json:
        run.result("", data.moved(moved))
    for one in moved:
        for note in one.notes:
            run.say(f"Note: {note}")
        run.say(text.stamped(one))


@command(
    "resolve",
    _LOCK,
    click.option("--applied", is_flag=True, help="It was completed."),
    click.option("--rolled-back", is_flag=True, help="It was undone."),
    click.option("--accept", is_flag=True, help="It was edited after it was applied, rightly."),
    click.argument("revision", type=TARGET),
)
def resolve(
    run: Run,
    patience: float | None,
    applied: bool,
    rolled_back: bool,
    accept: bool,
    revision: str,
) -> None:
    """Say what became of REVISION, which stopped half-way and was seen to by hand.

    Or accept its script, which was edited after it was applied.
    """
    if applied + rolled_back + accept != 1:  # None may be what is meant by saying nothing.
        raise click.UsageError("Say --applied or --rolled-back. For an edited script: --accept.")
    settings = _patient(run.settings(), patience)
    if accept:
        accepted = api.accept(settings, revision, waiting=run.say)
        run.result("", list(accepted))
        for label in accepted:
            run.say(f"accepted  {label}  the script of {revision} as it is now")
        return
    settled = api.resolve(settings, revision, applied=applied, waiting=run.say)
    if run.as_json:
        run.result("", data.moved(one.moved for one in settled))
    for one in settled:
        run.say(text.resolved(one))


def _patient(settings: Settings, seconds: float | None) -> Settings:
    return settings if seconds is None else replace(settings, lock_timeout=seconds)


def _refuse_both(sql: bool) -> None:
    if sql:
        raise click.UsageError("--plan asks the database and --sql does not: say one of them.")


def print_plans(run: Run, found: Sequence[Planned], nothing: str) -> None:
    """Print plans, or that there is nothing to do."""
    from ..report import plan

    if all(one.is_empty for one in found):
        run.say(nothing)
    else:
        run.say(plan.summary(found))
    run.result(plan.plans(found), lambda: data.plans(found))


def _print_scripts(run: Run, scripts: Sequence[Script]) -> None:
    run.result(text.scripts([s for s in scripts if s.path is None]), lambda: data.scripts(scripts))
    for one in scripts:
        if one.path is not None:
            run.say(f"wrote  {one.path}")


def _print_moved(run: Run, moved: Sequence[Moved], word: str) -> None:
    if run.as_json:
        run.result("", data.moved(moved))
    for one in moved:
        for note in one.notes:
            run.say(f"Note: {note}")
        if not one.applied:
            run.say(text.unmoved(one, word))
        elif one.label in ("sqlite://", "sqlite:///:memory:"):
            run.say(f"Note: {one.label} lives in memory, and ends with this command.")


@contextmanager
def telling(run: Run, settings: Settings) -> Iterator[Teller]:
    """Tell of each revision: a line when it is done and, on a terminal, one while it runs."""
    tell = Teller(run, len(settings.databases) > 1)
    try:
        yield tell
    finally:
        tell.end_line()


@dataclass
class Teller:
    """Tells what is done to databases; ``running`` is a line that is not ended yet."""

    run: Run
    several: bool
    running: str = ""
    bar: Any = None
    shows: bool = field(default_factory=lambda: sys.stderr.isatty())

    def __call__(self, database: str, told: Progress) -> None:
        """Tell of a revision."""
        if told.stage == "rows":
            self.fill(told.rows, told.of)
            return
        if told.stage == "started" and not self.shows:
            return
        self.end_bar()
        line = text.progress(told, database if self.several else None)
        if told.stage == "finished":
            verb, gap, rest = line.partition("  ")
            more = f"  {told.number}/{told.total}" if self.run.verbose else ""
            blank = " " * (len(self.running) - len(line) - len(more))
            start = "\r" if self.running else ""
            self.run.say(f"{start}{click.style(verb, fg='green')}{gap}{rest}{more}{blank}")
            self.running = ""
        else:
            self.running = line[: shutil.get_terminal_size().columns - 1]
            self.run.say(click.style(self.running, dim=True), nl=False)

    def say(self, sentence: str) -> None:
        """Say a sentence on a line of its own."""
        self.end_line()
        self.run.say(sentence)

    def fill(self, rows: int, of: int) -> None:
        """Show how many rows are filled, on a terminal."""
        if self.run.quiet or not self.shows:
            return
        if self.bar is not None and rows < self.bar.pos:
            self.end_bar()  # This is the next backfill.
        if self.bar is None:
            self.end_line()
            self.bar = click.progressbar(length=of, label="  rows", show_pos=True, file=sys.stderr)
            self.bar.render_progress()
        self.bar.length = of
        self.bar.update(rows - self.bar.pos)

    def end_bar(self) -> None:
        """Leave the bar as it is, on a line of its own."""
        if self.bar is not None:
            self.bar.render_finish()
            self.bar = None

    def end_line(self) -> None:
        """End the line that is not ended yet."""
        self.end_bar()
        if self.running:
            self.run.say("")
            self.running = ""

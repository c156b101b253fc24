"""``status wait log``."""

from __future__ import annotations

import click

from .. import api
from ..report import states as report
from .command import command
from .command import EACH
from .command import Run
from .command import TARGET


@command(
    "status",
    click.option(
        "--drift", is_flag=True, help="Compare the tables with what the revisions make, too."
    ),
    *EACH,
)
def status(run: Run, drift: bool, schemas: str | None, binds: bool) -> None:
    """Show the state of the database in one word, and what to type next.

    The exit status tells the state: 0 current, 10 empty, 11 behind, 12 ahead, 13 drifted,
    14 unmanaged, 15 diverged, 16 dirty, 17 unreachable.
    """
    if schemas is not None or binds:
        if drift:
            raise click.UsageError("--drift is for one database, not for tenants.")
        from . import tenants

        chosen = tenants.fleet(run.settings(), schemas, binds)
        run.context.exit(tenants.status(run, chosen))
    found = api.status(run.settings(), drift=drift)
    run.result(report.statuses(found, run.verbose), report.data(found))
    run.context.exit(max(one.exit_status for one in found))


@command(
    "wait",
    click.option(
        "--timeout",
        type=click.FloatRange(0),
        default=300,
        metavar="SECONDS",
        help="How long (300); 0 looks once.",
    ),
)
def wait(run: Run, timeout: float) -> None:
    """Wait until the app can work on the database: for pods that others migrate for.

    Exits with status 124 where it could not in time.
    """
    health = api.wait(run.settings(), timeout, telling=run.say)
    run.result("", report.data(health.databases))
    for one in health.databases:
        run.say(f"{one.state}: {one.label}")


@command(
    "log",
    click.option("-n", "--limit", type=click.IntRange(1), default=20, help="So many (20)."),
    click.option("--all", "everything", is_flag=True, help="All of them."),
    click.option("--drop", is_flag=True, help="Drop the log, such as to go back to Alembic."),
    click.option("-y", "--yes", is_flag=True, help="Drop it without asking."),
    click.argument("revision", type=TARGET, required=False, default=None),
)
def log(
    run: Run, limit: int, everything: bool, drop: bool, yes: bool, revision: str | None
) -> None:
    """Show what was applied, undone and recorded, newest first: all, or REVISION.

    With -v the scripts too, as they were when they ran.
    """
    settings = run.settings()
    if drop:
        return _drop(run, yes)
    most = None if everything else limit
    wanted = run.verbose or run.as_json
    found = api.log(settings, revision, limit=most, sources=wanted)
    run.result(report.log(found, run.verbose), report.log_data(found))
    if not any(one.records for one in found):
        run.say(f"Nothing is logged of {revision}." if revision else "Nothing is logged.")


def _drop(run: Run, yes: bool) -> None:
    asked = "Drop the log? What it knows, such as scripts that are nowhere else, is lost."
    if not yes and not (run.interactive and click.confirm(asked, default=False, err=True)):
        run.say("Nothing was dropped.  To do it: flask db log --drop --yes")
        return
    dropped = api.drop_log(run.settings(), run.say)
    run.result("", list(dropped))
    for label in dropped:
        run.say(f"dropped the log of {label}")
    run.say("It is made again by the next upgrade, unless SCHEMAMIGRATE_LOG is False.")

"""``history heads branches show current``."""

from __future__ import annotations

import click

from .. import api
from ..report import data
from ..report import text
from .command import command
from .command import EACH
from .command import Run
from .command import TARGET


@command(
    "history",
    click.option("-r", "--rev-range", type=TARGET, metavar="START:END", help="A part of it."),
    click.option("-i", "--indicate-current", is_flag=True, help="Mark what the database is at."),
)
def history(run: Run, rev_range: str | None, indicate_current: bool) -> None:
    """List the revisions, newest first."""
    asks = indicate_current or api.needs_database(rev_range)
    settings = run.settings(database=asks)
    found = api.history(settings, rev_range, indicate_current=indicate_current)
    run.result(text.history(found, run.verbose), lambda: data.entries(found))
    if not found:
        run.say("There are no revisions yet: flask db migrate")


@command(
    "heads",
    click.option("--resolve-dependencies", is_flag=True, help="Leave out what others depend on."),
)
def heads(run: Run, resolve_dependencies: bool) -> None:
    """List the revisions that nothing follows."""
    settings = run.settings(database=False)
    found = api.heads(settings, resolve_dependencies=resolve_dependencies)
    run.result(text.heads(found, run.verbose), lambda: data.entries(found))


@command("branches")
def branches(run: Run) -> None:
    """List the revisions that several others follow."""
    found = api.branches(run.settings(database=False))
    run.result(text.branches(found, run.verbose), lambda: data.branches(found))


@command("show", click.argument("revision", type=TARGET, default="head"))
def show(run: Run, revision: str) -> None:
    """Show REVISION (default: head) in full."""
    found = api.show(run.settings(database=api.needs_database(revision)), revision)
    run.result(text.show(found), lambda: data.entries(found))


@command(
    "current",
    click.option(
        "-c", "--check-heads", is_flag=True, help="Exit with status 1 unless all is applied."
    ),
    *EACH,
)
def current(run: Run, check_heads: bool, schemas: str | None, binds: bool) -> None:
    """Show which revision the database is at."""
    if schemas is not None or binds:
        from . import tenants

        at_heads = tenants.current(run, tenants.fleet(run.settings(), schemas, binds))
        run.context.exit(1 if check_heads and not at_heads else 0)
    found = api.current(run.settings(), thorough=run.verbose)
    run.result(text.current(found, run.verbose), lambda: data.current(found))
    for one in found:
        if one.unknown:
            run.say(text.unknown(one))
        elif not one.rows:
            run.say(f"{one.label} is at {text.at(())}.")
        for note in one.notes:
            run.say(f"Note: {note}")
    if check_heads:
        api.require_heads(found)

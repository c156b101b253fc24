"""``--each-schema`` and ``--each-bind``: one command for all tenants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import ScriptInfo

from ..api import tenants as api
from ..api.tenants import Tenant
from ..report import states
from ..report import tenants as report
from ..settings import Settings
from ..tenants import Fleet
from ..tenants import import_path
from ..tenants import Place
from .command import Run


def fleet(settings: Settings, schemas: str | None, binds: bool) -> Fleet:
    """Return the tenants that the options name."""
    if schemas is not None and binds:
        raise click.UsageError("--each-schema and --each-bind: say one of them.")
    return Fleet(settings, "bind" if binds else "schema", schemas)


def upgrade(run: Run, tenants: Fleet, target: str, workers: int) -> None:
    """Upgrade all tenants; the exit status is 1 where one has failed."""
    app = import_path(run.context.ensure_object(ScriptInfo)) if workers > 1 else ""
    place = Place(app, run.directory, run.x_arguments, run.config, run.section)
    done: list[Tenant] = []
    try:
        with _telling(run, len(tenants.names)) as tell:

            def progress(one: Tenant) -> None:
                done.append(one)
                tell(one)

            tenants.upgrade(target, place, workers=workers, progress=progress, waiting=run.say)
    finally:
        done.sort(key=lambda one: one.name)
        if done:
            run.result(report.table(done), lambda: report.data(done))
            run.say(report.summary(done))
    run.context.exit(1 if any(one.failed for one in done) else 0)


@contextmanager
def _telling(run: Run, number: int) -> Iterator[Callable[[Tenant], None]]:
    """Say at once what fails, and what is noted; show on a terminal how many are done."""
    visible = not run.quiet and sys.stderr.isatty()
    with click.progressbar(
        length=number, label="tenants", show_pos=True, file=sys.stderr, hidden=not visible
    ) as bar:

        def tell(one: Tenant) -> None:
            lines = [*report.failure(one)] if one.failed else []
            lines += [f"{one.name}: {note}" for note in one.notes]
            if lines and visible:
                run.say("")
            for line in lines:
                run.say(line)
            bar.update(1)

        yield tell


def current(run: Run, tenants: Fleet) -> bool:
    """Show where all tenants are; return whether all revisions are applied everywhere."""
    graph = api.history(tenants.settings)
    found = [api.current(settings, graph, name) for name, settings in tenants.each()]
    for one in found:
        for line in report.failure(one) if one.failed else ():
            run.say(line)
    run.result(report.table(found), lambda: report.data(found))
    return not any(one.failed or one.behind for one in found)


def status(run: Run, tenants: Fleet) -> int:
    """Show the states of all tenants; return the exit status."""
    found = [api.status(settings, name) for name, settings in tenants.each()]
    run.result(report.states(found), lambda: states.data(found))
    return max(one.exit_status for one in found)

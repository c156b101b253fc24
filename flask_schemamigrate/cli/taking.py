"""``baseline drift repair``: databases that came about in another way than by the scripts."""

from __future__ import annotations

import click

from .. import api
from ..api.baselining import Taken
from ..api.drifting import Drift
from ..api.states import EXIT_STATUS
from ..errors import counted
from ..report import data
from ..report import states as report
from .asking import Terminal
from .command import command
from .command import Run


@command(
    "baseline",
    click.option("--dry-run", is_flag=True, help="Say what would be recorded and written."),
    click.option(
        "--nearest", is_flag=True, help="Record the nearest revision though something differs."
    ),
    click.option(
        "-m", "--message", metavar="TEXT", default="baseline", help="Of a first revision."
    ),
)
def baseline(run: Run, dry_run: bool, nearest: bool, message: str) -> None:
    """Take over a database that has tables and no recorded revision.

    The revision whose schema it has is found by running the scripts on an empty throw-away
    database, and recorded.  Where there are no scripts, a first one is written of what is there,
    recorded as applied, and a second one of what leads to the models.
    """
    taken = api.baseline(
        run.settings(),
        message=message,
        nearest=nearest,
        dry_run=dry_run,
        answers=Terminal() if run.interactive else None,
        waiting=run.say,
    )
    run.result("", report.taken_data(taken))
    _say_taken(run, taken)


def _say_taken(run: Run, taken: Taken) -> None:
    for one in taken.databases:
        for line in report.baselined(one):
            run.say(line)
    for note in taken.notes:
        run.say(f"Note: {note}")
    for created, what in ((taken.first, "recorded as applied"), (taken.second, "not applied yet")):
        if created is not None and created.path is not None:
            run.say(f"wrote  {created.path}  ({what})")
    if taken.second is not None and taken.second.path is not None:
        run.say("Next: read it, then flask db upgrade")


@command(
    "drift",
    click.option("--adopt", is_flag=True, help="Write it as a revision, recorded as applied."),
    click.option("--repair", is_flag=True, help="Take the tables back to what the revisions make."),
    click.option("--allow-drop", is_flag=True, help="With --repair: destroy what it has to."),
    click.option("-m", "--message", metavar="TEXT", help="With --adopt: of the revision."),
    click.option("-y", "--yes", is_flag=True, help="With --repair: do not ask."),
)
def drift(
    run: Run, adopt: bool, repair: bool, allow_drop: bool, message: str | None, yes: bool
) -> None:
    """Say how the tables differ from what the applied revisions make.

    The exit status is 13 where they do.  What they have beyond can be adopted as a revision, or
    taken back.  The revisions are run on an empty throw-away database to know.
    """
    if adopt and repair:
        raise click.UsageError("--adopt keeps it and --repair takes it back: say one of them.")
    settings = run.settings()
    if adopt:
        created = api.adopt(settings, message, waiting=run.say)
        run.result(str(created.path or ""), data.created(created))
        if created.path is None:
            run.say("Nothing has drifted.")
        return
    found = api.drift(settings)
    drifted = [one for one in found if one.is_drifted]
    if repair and drifted:
        return _repair(run, drifted, allow_drop, yes)
    run.result(report.drifts(found), report.drift_data(found))
    for one in found:
        run.say(report.drift_said(one))
    if drifted:
        run.say("To keep it: flask db drift --adopt   To take it back: flask db drift --repair")
    run.context.exit(EXIT_STATUS["drifted"] if drifted else 1 if _any_unknown(found) else 0)


def _any_unknown(found: tuple[Drift, ...]) -> bool:
    return any(one.unknown for one in found)


def _repair(run: Run, drifted: list[Drift], allow_drop: bool, yes: bool) -> None:
    number = 0
    for one in drifted:
        run.say(f"{one.label}:")
        for statement in one.statements:
            run.say(f"  {statement};")
            number += 1
    refused = not allow_drop and all(one.losses for one in drifted)  # Whatever is answered.
    if not yes and not refused:
        asked = f"Run {counted(number, 'statement')}?"
        if not (run.interactive and click.confirm(asked, default=False, err=True)):
            flags = "--repair --allow-drop --yes" if allow_drop else "--repair --yes"
            run.say(f"Nothing was run.  To do it: flask db drift {flags}")
            run.context.exit(EXIT_STATUS["drifted"])
    repaired = api.repair(run.settings(), allow_drop=allow_drop, waiting=run.say)
    run.result("", report.drift_data(repaired))
    for label in (one.label for one in repaired if one.is_drifted):
        run.say(f"repaired  {label}")


@command("repair", click.option("-y", "--yes", is_flag=True, help="Do not ask."))
def repair(run: Run, yes: bool) -> None:
    """Put right what is wrong with the version table and the journal.

    Wrong rows are deleted, leftovers are listed, and those of ours removed.  The tables of the app
    are never touched: for these there is drift.  The exit status is 1 where something is left.
    """
    found = api.faults(run.settings())
    for one in found:
        for line in report.faults(one):
            run.say(line)
    mendable = any(one.mendable for one in found)
    if not mendable and not any(one.others for one in found):
        run.say("Nothing is wrong with the version table and the journal.")
    if mendable:
        if not yes and not (run.interactive and click.confirm("Put it right?", err=True)):
            run.say("Nothing was changed.  To do it: flask db repair --yes")
            run.context.exit(1)
        found = api.mend(run.settings(), waiting=run.say)
        run.say("Done.  See: flask db status")
    run.result("", report.faults_data(found))
    run.context.exit(1 if any(one.others for one in found) else 0)

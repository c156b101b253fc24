"""What the commands print.

The lines of ``history``, ``heads``, ``branches``, ``current`` and ``show`` have the format that
people's scripts know from Flask-Migrate and Alembic.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import counted
from ..history.graph import Direction

if TYPE_CHECKING:
    from ..api.values import Branch
    from ..api.values import Changes
    from ..api.values import Current
    from ..api.values import Entry
    from ..api.values import Moved
    from ..api.values import Resolved
    from ..api.values import Script
    from ..api.values import Template
    from ..run.move import Progress

# --- revisions ----------------------------------------------------------------------------------


def line(entry: Entry, *, parents: bool = False, labels: bool = True, doc: bool = False) -> str:
    """Return a revision on one line: ``1a2b -> 3c4d (label) (head), add email``."""
    revision = entry.revision
    before = ""
    if parents:
        requires = f" ({', '.join(revision.depends_on)})" if revision.depends_on else ""
        before = f"{', '.join(revision.parents) or '<base>'}{requires} -> "
    named = f" ({', '.join(entry.labels)})" if labels and entry.labels else ""
    message = f", {revision.message}" if doc else ""
    return f"{before}{revision.id}{named}{_marks(entry)}{message}"


def _marks(entry: Entry) -> str:
    marks = [
        "head" if entry.head and not entry.required else "",
        "effective head" if entry.required else "",
        "current" if entry.current else "",
        "branchpoint" if entry.branch_point else "",
        "mergepoint" if entry.revision.is_merge_point else "",
    ]
    return "".join(f" ({mark})" for mark in marks if mark)


def entry_block(entry: Entry) -> str:
    """Return all that is known of a revision, on several lines, as ``show`` prints it."""
    revision = entry.revision
    title = [
        "head" if entry.head else "",
        "branchpoint" if entry.branch_point else "",
        "mergepoint" if revision.is_merge_point else "",
        "current" if entry.current else "",
    ]
    lines = [f"Rev: {revision.id}" + "".join(f" ({word})" for word in title if word)]
    word = "Merges" if revision.is_merge_point else "Parent"
    lines.append(f"{word}: {', '.join(revision.parents) or '<base>'}")
    if revision.depends_on:
        lines.append(f"Also depends on: {', '.join(revision.depends_on)}")
    if entry.branch_point:
        lines.append(f"Branches into: {', '.join(entry.children)}")
    if entry.labels:
        lines.append(f"Branch names: {', '.join(entry.labels)}")
    lines += [f"Path: {revision.path}", ""]
    lines += [f"    {text}".rstrip() for text in revision.doc.strip().splitlines()]
    return "\n".join([*lines, ""])


def history(entries: Iterable[Entry], verbose: bool = False) -> str:
    """Return the history, a revision a line."""
    if verbose:
        return "\n".join(entry_block(entry) for entry in entries)
    return "\n".join(line(entry, parents=True, doc=True) for entry in entries)


def heads(entries: Iterable[Entry], verbose: bool = False) -> str:
    """Return the heads, one a line."""
    return "\n".join(entry_block(entry) if verbose else line(entry) for entry in entries)


def show(entries: Iterable[Entry]) -> str:
    """Return revisions in full."""
    return "\n".join(entry_block(entry) for entry in entries)


def branches(found: Iterable[Branch], verbose: bool = False) -> str:
    """Return branch points, each with the revisions after it."""
    blocks = []
    for branch in found:
        point = branch.point
        indent = " " * len(point.revision.id)
        first = entry_block(point) if verbose else line(point)
        below = [f"{indent} -> {line(child, doc=verbose)}" for child in branch.children]
        blocks.append("\n".join([first, *below, ""]))
    return "\n".join(blocks)


def current(found: Sequence[Current], verbose: bool = False) -> str:
    """Return where databases are, a block each where there are several."""
    return "\n".join(
        part
        for one in found
        for part in (_title(one.database, one.label, found), _current(one, verbose))
        if part
    )


def _current(one: Current, verbose: bool) -> str:
    lines = [f"Current revision(s) for {one.label}:"] if verbose else []
    lines += [entry_block(e) if verbose else line(e, labels=False) for e in one.entries]
    lines += [f"{row} (no such script)" for row in one.unknown]
    return "\n".join(lines)


def _title(name: str, label: str, found: Sequence[object]) -> str:
    return f"[{name}] {label}" if len(found) > 1 else ""


# --- moves --------------------------------------------------------------------------------------


def progress(told: Progress, database: str | None = None) -> str:
    """Return the line of a revision that is being run or has been."""
    up = told.direction is Direction.UP
    finished = told.stage == "finished"
    verb = ("upgraded" if up else "downgraded") if finished else ("upgrading" if up else "undoing")
    where = f"[{database}] " if database else ""
    resumed = f", {counted(told.resumed, 'statement')} had run before" if told.resumed else ""
    ending = (
        f"({duration(told.seconds)}{resumed})" if finished else f"[{told.number}/{told.total}] …"
    )
    message = told.revision.message
    return f"{where}{verb}  {told.revision.id}  {message + '  ' if message else ''}{ending}"


def duration(seconds: float) -> str:
    """Return ``12 ms``, ``3.4 s`` or ``2 min 5 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def unmoved(one: Moved, word: str) -> str:
    """Return why an ``upgrade`` or a ``downgrade`` did nothing."""
    if word == "upgrade":
        return f"Nothing to upgrade: {one.label} is at {at(one.after)}."
    return f"Nothing to downgrade: {one.label} is at {at(one.after)}."


def at(rows: Sequence[str]) -> str:
    """Return where a database with these rows is."""
    return ", ".join(rows) or "the base, before the first revision"


def stamped(one: Moved) -> str:
    """Return what a stamp did."""
    if one.before == one.after:
        return f"Nothing to stamp: {one.label} is at {at(one.after)}."
    return f"stamped  {one.label}  {at(one.before)} -> {at(one.after)}"


def resolved(one: Resolved) -> str:
    """Return what a resolution did."""
    what = {
        ("up", True): "is applied",
        ("up", False): "is undone; the next upgrade runs it from its beginning",
        ("down", True): "is undone",
        ("down", False): "is applied; the next downgrade undoes it from its beginning",
    }[one.direction, one.completed]
    return f"resolved  {one.moved.label}  {one.revision} {what}  (at {at(one.moved.after)})"


def scripts(found: Sequence[Script]) -> str:
    """Return SQL scripts; where there are several, each after a comment that names its database."""
    if len(found) == 1:
        return found[0].sql.rstrip("\n")
    return "\n\n".join(f"-- Database {s.database}: {s.label}\n\n{s.sql.rstrip()}" for s in found)


# --- comparing ----------------------------------------------------------------------------------


def changes(found: Sequence[Changes]) -> str:
    """Return the operations that lead to the models, one a line, marked ``+``, ``-`` or ``~``.

    Where there are none, the lines that somebody else has for a script, marked ``!``.
    """
    changed = [one for one in found if one.number]
    blocks = []
    for one in changed:
        title = _title(one.database, one.label, found)
        lines = [f"  {operation.mark} {operation.describe()}" for operation in one.operations]
        lines = lines or [f"  ! {line}" for line in one.added]
        blocks.append("\n".join([*([title] if title else []), *lines]))
    return "\n".join(blocks)


def losses(found: Sequence[Changes]) -> list[str]:
    """Return a line for whatever is lost, and for what stands in the way."""
    return [r.text for one in found for r in one.remarks if r.kind != "note"]


def undecided(found: Sequence[Changes], written: bool = True) -> list[str]:
    """Return a line for each thing that may have been renamed; is a script ``written`` already?"""
    what = "delete this script and run" if written else "say so"
    return [
        f"{flag.partition(':')[0]} goes and {flag.rpartition(':')[2]} comes.  If it was renamed, "
        f"{what}: flask db migrate --rename {flag}"
        for one in found
        for flag in one.undecided
    ]


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names, the first of them where there are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def unchanged(found: Sequence[Changes]) -> str:
    """Return why there is nothing to migrate: what was compared, and that it is equal."""
    parts = [
        f"{counted(one.tables, 'table')} of {_short(one.label)} ({one.label}) "
        f"{'equals' if one.tables == 1 else 'equal'} the {counted(one.models, 'model')}"
        f" ({listed(one.names)})"
        for one in found
    ]
    return f"No changes: {'; '.join(parts)}."


# --- scripts ------------------------------------------------------------------------------------


def templates(found: Iterable[Template]) -> str:
    """Return the layouts, one a line."""
    return "\n".join(f"{one.name} - {one.description}" for one in found)


def unknown(one: Current) -> str:
    """Return what it means that a database is at a revision without a script."""
    said = (
        f"{one.label} says that it is at {', '.join(one.unknown)}, and there is no such script "
        "here: it may be on another git branch, or not pulled yet."
    )
    return "\n  ".join([said, *one.logged])


def _short(label: str) -> str:
    """Return the name of a database: the last part of its URL."""
    return label.partition("?")[0].rpartition("/")[2] or label

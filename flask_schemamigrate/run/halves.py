"""What is said of a revision that stopped half-way and cannot go on by itself."""

from __future__ import annotations

from collections.abc import Iterable

from ..dialects.base import Dialect
from ..dialects.base import LeftBehind
from ..errors import counted
from ..errors import HalfDone
from ..history.revision import Revision
from .journal import ANSWER
from .journal import DONE
from .journal import Entry
from .journal import Unfinished

#: As many statements are listed.
MOST = 10


def elsewhere(unfinished: Unfinished) -> HalfDone:
    """Return the error for a command that would go past the revision."""
    other = "upgrade" if unfinished.direction == "up" else "downgrade"
    return HalfDone(
        f"{_stopped(unfinished)}\n{listed(unfinished.entries)}",
        hint=f"Finish it first: flask db {other}\n{choices(unfinished)}",
    )


def half(unfinished: Unfinished) -> tuple[str, str, tuple[str, ...]]:
    """Return what is half done: a sentence, the command that finishes it, a line for each piece."""
    command = "flask db upgrade" if unfinished.direction == "up" else "flask db downgrade"
    lines = [line.strip() for line in listed(unfinished.entries).splitlines()]
    sentence = _stopped(unfinished, "was interrupted half-way, or is going on at this moment")
    return sentence, command, tuple(lines)


def diverged(unfinished: Unfinished | None, revision: Revision, error: Exception) -> HalfDone:
    """Return the error for a script that does not do again what it has done."""
    assert unfinished is not None
    return HalfDone(
        f"{_stopped(unfinished)}\n{listed(unfinished.entries)}\n"
        f"It cannot go on from there: {_why(error)}",
        hint=f"Put {revision.path} back as it was and run the command again.\n"
        f"{choices(unfinished)}",
    )


def refuse_left_behind(dialect: Dialect) -> tuple[LeftBehind, ...]:
    """Return the copies that another tool has left.  Raises HalfDone for rows in one alone."""
    left = dialect.left_behind()
    if error := by_others(left, dialect):
        raise error
    return left


def by_others(left: Iterable[LeftBehind], dialect: Dialect) -> HalfDone | None:
    """Return the error for rows that are in a copy alone, as another tool left them, if any."""
    alone = [one for one in left if one.alone]
    if not alone:
        return None
    quote = dialect.sqlalchemy.identifier_preparer.quote
    lines = [
        f"Another tool (Alembic, by the name) was stopped while it replaced table {one.of or '…'}: "
        f"that is gone, and {one.name} has its {counted(one.rows, 'row')}."
        for one in alone
    ]
    ways = [
        f"Rename it back: ALTER TABLE {quote(one.name)} RENAME TO {quote(one.of or '…')}"
        for one in alone
    ]
    return HalfDone(
        "\n".join(lines),
        hint="\n".join([*ways, "Then make the indexes and triggers again that it had."]),
    )


def copies(left: Iterable[LeftBehind]) -> tuple[str, ...]:
    """Return a sentence for each copy whose table is still there."""
    return tuple(
        f"{one.name} was left by a batch of Alembic that was stopped: a copy of {one.of} with "
        f"{counted(one.rows, 'row')}.  Where {one.of} is complete, drop it."
        for one in left
        if not one.alone
    )


def _why(error: Exception) -> str:
    found = getattr(error, "found", None)
    if found is None:
        return f"{error}."
    return f"the script does not begin with these any more, but comes to: {_short(found)}"


def choices(unfinished: Unfinished) -> str:
    """Return what to type where a revision was completed or undone by hand."""
    return (
        f"If you complete it by hand: flask db resolve --applied {unfinished.revision}\n"
        f"If you undo by hand what it did: flask db resolve --rolled-back {unfinished.revision}"
    )


def _stopped(unfinished: Unfinished, what: str = "was interrupted half-way") -> str:
    verb = "Upgrading to" if unfinished.direction == "up" else "Downgrading from"
    number = sum(state == DONE for state, _ in _states(unfinished.entries))
    return f"{verb} {unfinished.revision} {what}; {counted(number, 'statement')} had run:"


def _states(entries: tuple[Entry, ...]) -> list[tuple[str, Entry]]:
    """Return the statements with what is known of them: what was followed by another one is done.

    What the script asked is none of them.
    """
    known = [(DONE, entry) for entry in entries[:-1]] + [(e.state, e) for e in entries[-1:]]
    return [(state, entry) for state, entry in known if entry.state != ANSWER]


def listed(entries: tuple[Entry, ...]) -> str:
    """Return one line for each entry: its state and its statement."""
    states = _states(entries)
    lines = [f"  {state:8}{_short(entry.statement)}" for state, entry in states[-MOST:]]
    if len(states) > MOST:
        lines.insert(0, f"  … and {len(states) - MOST} before these")
    return "\n".join(lines)


def _short(sql: str, limit: int = 100) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= limit else f"{line[:limit]}…"

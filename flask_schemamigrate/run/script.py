"""The functions of a script: finding the one to call, calling it, explaining its failure."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from sqlalchemy.exc import DBAPIError

from ..errors import Irreversible
from ..errors import RunError
from ..errors import ScriptFailed
from ..errors import StatementFailed
from ..history.graph import Direction
from ..history.revision import Revision
from ..steps import Step


def function(
    module: ModuleType, revision: Revision, direction: Direction, bind: str | None
) -> Callable[[], object]:
    """Return ``upgrade`` or ``downgrade`` of a script, ready to be called for one database.

    A function that takes an argument dispatches on the name of the database (``""`` for the default
    one), as in the peers' multidb layout; a database that the script has no function for, because
    it was added later, has nothing to do.  A function without one belongs to the default database.
    Raises Irreversible where there is no ``downgrade``.
    """
    word = "upgrade" if direction is Direction.UP else "downgrade"
    found = getattr(module, word, None)
    if found is None:
        if direction is Direction.UP:
            return _nothing
        raise Irreversible(
            f"Revision {revision.id} ({revision.message}) has no downgrade().",
            hint=f"Write one in {revision.path}, or go back to a backup.",
        )
    if not _takes_name(found) and not (_takes_any(found) and _dispatches(module, word)):
        return found if bind is None else _nothing
    name = bind or ""
    if not hasattr(module, f"{word}_{name}") and _dispatches(module, word):
        return _nothing
    return lambda: found(name)


def _takes_name(function: Callable[..., object]) -> bool:
    """Whether it cannot be called without an argument."""
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return any(p.kind in named and p.default is p.empty for p in parameters)


def _takes_any(function: Callable[..., object]) -> bool:
    """Whether it takes arguments without naming them, as a decorator's wrapper does."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.kind is p.VAR_POSITIONAL or p.default is not p.empty for p in parameters)


def _dispatches(module: ModuleType, word: str) -> bool:
    return any(name.startswith(f"{word}_") for name in vars(module))


def _nothing() -> None:
    """Do nothing."""


def failure(
    error: Exception,
    revision: Revision,
    direction: Direction,
    state: str,
    done: Sequence[Step] = (),
    undone: Sequence[Step] = (),
) -> RunError:
    """Return the error that tells which revision failed where, by what, and what is left of it.

    ``done`` are the statements that stay, ``undone`` those that ran later and were rolled back.
    """
    verb = "Upgrading to" if direction is Direction.UP else "Downgrading from"
    place = _place(error, revision.path)
    what = f"{verb} {revision.id} ({revision.message or 'no message'}) failed{place}."
    left = _left(done, undone) if done or undone else ""
    hint = f"{left}Correct the script, then run the command again."
    if isinstance(error, DBAPIError):
        sql = " ".join((error.statement or "").split())
        said = " ".join(str(error.orig).split())
        return StatementFailed(
            f"{what}\n  statement: {shortened(sql)}\n  database:  {said}\n{state}", hint=hint
        )
    kind = type(error).__name__
    return ScriptFailed(f"{what}\n  {kind}: {error}\n{state}", hint=hint)


def shortened(sql: str, limit: int = 600) -> str:
    """Return SQL on one line, cut where it is longer than ``limit`` characters."""
    return sql if len(sql) <= limit else sql[:limit] + "…"


def _place(error: Exception, path: Path | None) -> str:
    """Return `` at file:line`` for the innermost frame that lies in the script."""
    if path is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename == str(path)]
    return f" at {path}:{lines[-1]}" if lines else f" in {path}"


def _left(done: Sequence[Step], undone: Sequence[Step]) -> str:
    """Return what stays, and what was rolled back after it."""
    parts = [f"These statements have run and stay:\n{_listed(done)}\n"] if done else []
    if undone:
        what = "These were rolled back, unless one of them commits by itself, as DDL may"
        parts.append(f"{what}:\n{_listed(undone)}\n")
    return "".join(parts) + "Undo by hand what stays, or guard it in the script.\n"


def _listed(steps: Sequence[Step]) -> str:
    return "\n".join(f"  {shortened(' '.join(step.sql.split()), 100)}" for step in steps)

"""The functions of a script: finding the one to call, calling it, explaining its failure."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FunctionType
from types import ModuleType
from typing import Any

from sqlalchemy.exc import DBAPIError

from ..errors import CompatError
from ..errors import did_you_mean
from ..errors import Irreversible
from ..errors import RunError
from ..errors import SchemaMigrateError
from ..errors import ScriptFailed
from ..errors import StatementFailed
from ..history.graph import Direction
from ..history.revision import Revision
from ..steps import Step


def function(
    module: ModuleType,
    revision: Revision,
    direction: Direction,
    bind: str | None,
    arguments: Mapping[str, Any] | None = None,
    whole: bool = False,
) -> Callable[[], object]:
    """Return ``upgrade`` or ``downgrade`` of a script, ready to be called for one database.

    A function that takes an argument dispatches on the name of the database (``""`` for the default
    one), as in the peers' multidb layout; a database that the script has no function for, because
    it was added later, has nothing to do.  A function without one belongs to the default database,
    and to a bind that is to have the ``whole`` history.
    ``arguments`` are what an ``env.py`` wants it to be called with; then it is called with these.
    Raises Irreversible where there is no ``downgrade``.
    """
    word = "upgrade" if direction is Direction.UP else "downgrade"
    found = getattr(module, word, None)
    if found is None:
        if direction is Direction.UP and _dispatches(module, word):
            return _nothing
        if direction is Direction.UP:
            raise ScriptFailed(
                f"Revision {revision.id} ({revision.message}) has no upgrade()."
                + did_you_mean(word, vars(module)),
                hint=f"Write one in {revision.path}; where there is nothing to do: pass",
            )
        raise Irreversible(
            f"Revision {revision.id} ({revision.message}) has no downgrade().",
            hint=f"Write one in {revision.path}, or go back to a backup.",
        )
    if arguments is not None:
        return partial(_complete, partial(found, **arguments), word)
    if _takes_nothing(found) or not (
        _takes_name(found) or (_takes_any(found) and _dispatches(module, word))
    ):
        return partial(_complete, found, word) if bind is None or whole else _nothing
    name = bind or ""
    if bind is None and not hasattr(module, f"{word}_") and hasattr(module, f"{word}_default"):
        name = "default"  # As Flask-Alembic calls it.
    if not hasattr(module, f"{word}_{name}") and _dispatches(module, word):
        return _nothing
    return partial(_complete, partial(found, name), word)


def _complete(function: Callable[[], object], word: str) -> None:
    """Call a script's function.  Raises ScriptFailed where that ran nothing, or would leave."""
    try:
        result = function()
    except SystemExit as error:
        raise ScriptFailed(f"The script left with SystemExit({error.code!r}).") from error
    if inspect.iscoroutine(result):
        result.close()
        raise ScriptFailed(
            f"{word}() is async, so nothing of it ran.",
            hint=f"Write def {word}(), and await within op.run_async(…).",
        )
    if inspect.isgenerator(result) or inspect.isasyncgen(result):
        raise ScriptFailed(f"{word}() has a yield in it, so nothing of it ran.")


def _takes_nothing(function: Callable[..., object]) -> bool:
    """Whether it is a plain function without parameters: most are, and it is quickly seen."""
    if type(function) is not FunctionType or vars(function):
        return False
    code = function.__code__
    any_number = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    return not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & any_number)


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
) -> SchemaMigrateError:
    """Return the error that tells which revision failed where, by what, and what is left of it.

    An error of our own, such as that of a directive, stays what it was, and keeps its hint.
    ``done`` are the statements that stay, ``undone`` those that ran later and were rolled back.
    """
    verb = "Upgrading to" if direction is Direction.UP else "Downgrading from"
    where = place(error, revision.path)
    what = f"{verb} {revision.id} ({revision.message or 'no message'}) failed{where}."
    left = _left(done, undone) if done or undone else ""
    then = ": it goes on after what stays" if done else ""
    hint = f"{left}Correct the script, then run the command again{then}."
    if isinstance(error, DBAPIError):
        sql = " ".join((error.statement or "").split())
        said = " ".join(str(error.orig).split())
        sent = f"  statement: {shortened(sql)}\n" if sql else ""  # A commit has none.
        return StatementFailed(f"{what}\n{sent}  database:  {said}\n{state}", hint=hint)
    if isinstance(error, SchemaMigrateError):
        found = error.message.replace("\n", "\n  ")
        hint = "\n".join(filter(None, (error.hint, hint)))
        return type(error)(f"{what}\n  {found}\n{state}", hint=hint)
    kind = type(error).__name__
    return ScriptFailed(f"{what}\n  {kind}: {_worded(error)}\n{state}", hint=hint)


def _worded(error: Exception) -> str:
    """Return what an error says, with the nearest name where ours do not have the one it names."""
    text = str(error)
    if isinstance(error, AttributeError) and "Did you mean" not in text:
        owner = getattr(error, "obj", None)
        place = getattr(owner, "__name__", type(owner).__module__)
        if place.startswith("flask_schemamigrate"):
            known = [name for name in dir(owner) if not name.startswith("_")]
            text = text.replace("flask_schemamigrate.compat.alembic", "alembic")
            text = text.replace("flask_schemamigrate.context", "alembic.context")
            return f"{text.rstrip('.')}.{did_you_mean(str(error.name), known)}"
    return text


def shortened(sql: str, limit: int = 600) -> str:
    """Return SQL on one line, cut where it is longer than ``limit`` characters."""
    return sql if len(sql) <= limit else sql[:limit] + "…"


def is_unplaced(error: Exception) -> bool:
    """Whether an error is ours, about what a script does, and does not say where that is."""
    # Where there is no downgrade() at all, the error names the file.
    return isinstance(error, (RunError, CompatError)) and not isinstance(error, Irreversible)


def place(error: BaseException, path: Path | None) -> str:
    """Return `` at file:line`` for the innermost frame that lies in the script."""
    if path is None:
        return ""
    causes = [error] if error.__cause__ is None else [error, error.__cause__]
    frames = [frame for one in causes for frame in traceback.extract_tb(one.__traceback__)]
    lines = [f.lineno for f in frames if f.filename == str(path)]
    return f" at {path}:{lines[-1]}" if lines else f" in {path}"


def _left(done: Sequence[Step], undone: Sequence[Step]) -> str:
    """Return what stays, and what was rolled back after it."""
    parts = [f"These statements have run and stay:\n{_listed(done)}\n"] if done else []
    if undone:
        what = "These were rolled back, unless one of them commits by itself, as DDL may"
        parts.append(f"{what}:\n{_listed(undone)}\n")
    return "".join(parts)


def _listed(steps: Sequence[Step]) -> str:
    return "\n".join(f"  {shortened(' '.join(step.sql.split()), 100)}" for step in steps)

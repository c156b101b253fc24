"""A ``script.py.mako`` that somebody changed, rendered by Mako itself."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InvalidSetting
from ..errors import MakoNeeded
from .script import Functions
from .script import Header
from .script import WRITTEN


def rendered(
    path: Path,
    header: Header,
    bodies: Mapping[str | None, Functions],
    config: Any,
    more: Mapping[str, Any],
) -> str:
    """Return the script that the template at ``path`` makes.

    It gets the variables that Alembic gives, and ``more``.  Raises MakoNeeded, and InvalidSetting
    for a template that fails or makes something that is not Python.
    """
    values = {**_variables(header, bodies), "config": config, **more}
    text = render(path, values)
    try:
        _check(text)
    except SyntaxError:
        # A message may end the docstring that templates put it into.
        values["message"] = values["message"].replace("\\", "\\\\").replace('"', '\\"')
        text = render(path, values)
        try:
            _check(text)
        except SyntaxError as error:
            raise InvalidSetting(
                f"{path} makes a script that is not valid Python: line {error.lineno}: "
                f"{error.msg}\n  {(error.text or '').strip()}",
                hint="Correct the template.",
            ) from error
    return text


def _check(text: str) -> None:
    compile(text, "script", "exec", dont_inherit=True)


def render(path: Path, values: Mapping[str, Any]) -> str:
    """Return what a Mako template makes of ``values``.  Raises MakoNeeded and InvalidSetting."""
    try:
        exceptions: Any = import_module("mako.exceptions")
        template: Any = import_module("mako.template")
    except ModuleNotFoundError as error:
        raise MakoNeeded(
            f"{path} is a template of your own, and Mako, which renders it, is not installed.",
            hint='pip install "Flask-SchemaMigrate[mako]"\n'
            "Or, if the usual scripts will do, remove the template: flask db modernize",
        ) from error
    try:
        made: str = template.Template(filename=str(path)).render_unicode(**values)
    except Exception as error:
        trace = exceptions.RichTraceback()
        raise InvalidSetting(
            f"{path}:{trace.lineno} failed: {type(error).__name__}: {error}",
            hint="Correct the template.",
        ) from error
    return made


def _variables(header: Header, bodies: Mapping[str | None, Functions]) -> dict[str, Any]:
    imports: set[str] = set().union(*(body.imports for body in bodies.values()))
    written = any(body.written for body in bodies.values())
    values: dict[str, Any] = {
        "message": header.message or "empty message",
        "up_revision": header.revision,
        "down_revision": _names(header.parents),
        "branch_labels": header.labels or None,
        "depends_on": _names(header.depends_on),
        "create_date": header.created,
        "comma": _listed,
        "imports": "\n".join(sorted(imports)) + (WRITTEN if written else ""),
        "upgrades": _indented(bodies.get(None, Functions()).upgrade),
        "downgrades": _indented(bodies.get(None, Functions()).downgrade),
    }
    for bind, body in bodies.items():
        values[f"{bind or ''}_upgrades"] = _indented(body.upgrade) or "pass"
        values[f"{bind or ''}_downgrades"] = _indented(body.downgrade) or "pass"
        if body.tokens is not None:
            up, down = body.tokens
            values[up], values[down] = _indented(body.upgrade), _indented(body.downgrade)
        values.update(body.more)
    return values


def _indented(lines: Sequence[str]) -> str:
    """Return a body for a place in a template that is indented already."""
    return "\n".join(lines)[4:]


def _names(names: Sequence[str]) -> str | tuple[str, ...] | None:
    return tuple(names) if len(names) > 1 else next(iter(names), None)


def _listed(value: Any) -> str:
    """Return identifiers for people to read; None is an empty text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else ", ".join(value)

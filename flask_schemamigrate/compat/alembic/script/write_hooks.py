"""``alembic.script.write_hooks``: programs and functions that run on a new script."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from .. import util
from ..util import compat

REVISION_SCRIPT_TOKEN = "REVISION_SCRIPT_FILENAME"
_registry: dict[str, Any] = {}


def register(name: str) -> Callable[[Any], Any]:
    """Decorate a function ``(path, options)`` that runs for hooks with ``type = <name>``."""

    def decorate(function: Any) -> Any:
        _registry[name] = function
        return function

    return decorate


def _invoke(name: str, revision_path: Any, options: Mapping[str, Any]) -> Any:
    if name not in _registry:
        raise util.CommandError(f"No formatter with name '{name}' registered")
    return _registry[name](str(revision_path), options)


def _run_hooks(path: Any, hooks: Any) -> None:
    """Run the hooks of a configuration on a file.  Raises CommandError."""
    for hook in hooks:
        name = hook["_hook_name"]
        if "type" not in hook:
            raise util.CommandError(
                f"Key '{name}.type' (or 'type' in toml) is required for post write hook {name!r}"
            )
        with util.status(f"Running post write hook {name!r}", newline=True):
            _invoke(hook["type"], path, hook)


def _required(options: Mapping[str, Any], key: str) -> str:
    if key not in options:
        name = options["_hook_name"]
        raise util.CommandError(f"Key {name}.{key} is required for post write hook {name!r}")
    return str(options[key])


def _arguments(options: Mapping[str, Any], path: str) -> list[str]:
    """Return the options as words, the file's name in its place or before them."""
    text = options.get("options", "")
    has_token = REVISION_SCRIPT_TOKEN in text
    words = shlex.split(text, posix=compat.is_posix)
    filled = [word.replace(REVISION_SCRIPT_TOKEN, path) for word in words]
    return filled if has_token else [path, *filled]


def _run(command: list[str], options: Mapping[str, Any], path: str, **kw: Any) -> None:
    subprocess.run([*command, *_arguments(options, path)], cwd=options.get("cwd"), **kw)


@register("console_scripts")
def console_scripts(path: str, options: Mapping[str, Any]) -> None:
    """Run a program that an installed package declares."""
    name = _required(options, "entrypoint")
    found = next(
        (entry for entry in compat.importlib_metadata_get("console_scripts") if entry.name == name),
        None,
    )
    if found is None:
        raise util.CommandError(f"Could not find entrypoint console_scripts.{name}")
    code = f"import {found.module}; {found.module}.{found.attr}()"
    _run([sys.executable, "-c", code], options, path)


@register("exec")
def exec_(path: str, options: Mapping[str, Any]) -> None:
    """Run a program by its name or path."""
    _run([_required(options, "executable")], options, path)


@register("module")
def module(path: str, options: Mapping[str, Any]) -> None:
    """Run a module, as ``python -m`` does."""
    name = _required(options, "module")
    if importlib.util.find_spec(name) is None:
        raise util.CommandError(f"Could not find module {name}")
    _run([sys.executable, "-m", name], options, path)

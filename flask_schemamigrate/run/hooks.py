"""Programs that an old folder wants to be run on every new script (``post_write_hooks``)."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from ..errors import did_you_mean
from ..errors import InvalidSetting

#: Stands for the path of the script among the options of a hook.
TOKEN = "REVISION_SCRIPT_FILENAME"
#: What ``<name>.type`` may be, as far as it names a program.
TYPES = ("console_scripts", "exec", "module")


def run(
    hooks: Sequence[Mapping[str, str]],
    path: Path,
    registered: Mapping[str, Callable[..., object]] | None = None,
) -> tuple[str, ...]:
    """Run each hook on the script at ``path``; return sentences about those that failed.

    ``registered`` are functions by the name of their type.  A program's output goes to
    stderr.  Raises InvalidSetting for a hook that cannot be run; the script is there by then.
    """
    failed: list[str] = []
    for hook in hooks:
        name, kind = hook["_hook_name"], hook.get("type")
        if kind is None:
            raise InvalidSetting(
                f"The post-write hook {name!r} does not say what it is.",
                hint=f"Add to [post_write_hooks]: {name}.type = {' or '.join(TYPES)}",
            )
        if kind in TYPES:
            status = _run(_program(hook, kind), hook, path)
            if status:
                failed.append(f"the post-write hook {name!r} ended with status {status}.")
        elif kind in (registered or {}):
            (registered or {})[kind](str(path), dict(hook))
        else:
            near = did_you_mean(kind, [*TYPES, *(registered or {})])
            raise InvalidSetting(
                f"The post-write hook {name!r} is of an unknown type: {kind!r}.{near}",
                hint=f"Correct {name}.type in [post_write_hooks].",
            )
    return tuple(failed)


def _run(program: Sequence[str], hook: Mapping[str, str], path: Path) -> int:
    options = hook.get("options", "")
    if TOKEN not in options:
        options = f"{TOKEN} {options}"
    words = shlex.split(options, posix=os.name == "posix")
    command = [*program, *(word.replace(TOKEN, str(path)) for word in words)]
    try:
        # Stdout is for the command's own result.
        return subprocess.run(command, cwd=hook.get("cwd"), stdout=2).returncode
    except OSError as error:
        raise InvalidSetting(
            f"The post-write hook {hook['_hook_name']!r} cannot be run: {error}.",
            hint="Install the program, or correct its path in [post_write_hooks].",
        ) from error


def _program(hook: Mapping[str, str], kind: str) -> list[str]:
    name = hook["_hook_name"]
    if kind == "exec":
        return [_required(hook, "executable")]
    if kind == "module":
        module = _required(hook, "module")
        if importlib.util.find_spec(module) is None:
            raise _missing(name, f"module {module}", module)
        return [sys.executable, "-m", module]
    wanted = _required(hook, "entrypoint")
    for entry in metadata.entry_points(group="console_scripts", name=wanted):
        code = f"import sys, {entry.module}; sys.exit({entry.module}.{entry.attr}())"
        return [sys.executable, "-c", code]
    raise _missing(name, f"console script {wanted}", wanted)


def _missing(hook: str, what: str, package: str) -> InvalidSetting:
    return InvalidSetting(
        f"The post-write hook {hook!r} needs the {what}, which is not installed.",
        hint=f"pip install {package}",
    )


def _required(hook: Mapping[str, str], key: str) -> str:
    if key not in hook:
        name = hook["_hook_name"]
        raise InvalidSetting(
            f"The post-write hook {name!r} of type {hook['type']} has no {key}.",
            hint=f"Add to [post_write_hooks]: {name}.{key} = …",
        )
    return hook[key]

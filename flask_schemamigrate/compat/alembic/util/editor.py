"""Open a file in the person's editor."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from collections.abc import Mapping
from os.path import exists
from os.path import join
from os.path import splitext
from subprocess import check_call

from .compat import is_posix
from .exc import CommandError


def open_in_editor(filename: str, environ: Mapping[str, str] | None = None) -> None:
    """Open a file in ``EDITOR`` or ``VISUAL``, or the first editor that is installed.

    Raises CommandError where none is found or it ends badly.
    """
    command = _editor(os.environ if environ is None else environ)
    try:
        check_call([*command, str(filename)])
    except Exception as error:
        raise CommandError(f"Error executing editor ({error})") from error


def _editor(env: Mapping[str, str]) -> list[str]:
    for variable in ("EDITOR", "VISUAL"):
        if variable in env:
            return _named(env[variable], variable, env)
    for candidate in ("sensible-editor", "editor", "nano", "vim", "vi", "emacs", "notepad", "code"):
        for path in _executables(candidate, env):
            return [path]
    raise CommandError(
        "No editor was found: set the EDITOR or VISUAL environment variable to the path of one."
    )


def _named(command: str, variable: str, env: Mapping[str, str]) -> list[str]:
    """Return the words of a command whose program exists; it may have arguments."""
    words = shlex.split(command, posix=is_posix)
    for candidate in ([command], words):
        for path in _executables(candidate[0], env):
            return [path, *candidate[1:]]
    raise CommandError(f"The editor in {variable} was not found: {command}")


def _executables(candidate: str, env: Mapping[str, str]) -> Iterator[str]:
    folders = [] if os.path.isabs(candidate) else env.get("PATH", "").split(os.pathsep)
    for path in (candidate, *(join(folder, candidate) for folder in folders)):
        if not is_posix and splitext(path)[1] != ".exe":
            path += ".exe"
        if exists(path):
            yield path

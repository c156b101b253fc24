"""Upgrading in child processes, each with connections of its own."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_schemamigrate.errors import SchemaMigrateError

#: Longer than anything here may take on a slow machine.
PATIENCE = 120.0


@dataclass
class Child:
    """A process that runs a function; what it says to ``say`` can be read meanwhile."""

    number: int
    path: Path
    status: int | None = None

    def said(self) -> list[str]:
        """Return what it has said so far."""
        text = self.path.read_text() if self.path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def kill(self, sign: int = signal.SIGKILL) -> None:
        """Send it a signal, unless it has ended, and wait for its end."""
        if self.status is None:
            os.kill(self.number, sign)
        self.wait()

    def wait(self) -> int:
        """Wait for its end; return its exit status, or a signal's number below zero."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])
        return self.status

    def wait_for(self, text: str) -> None:
        """Wait until it has said something with ``text`` in it."""
        wait_until(lambda: any(text in line for line in self.said()))


def start(path: Path, run: Callable[[Callable[[str], None]], Any]) -> Child:
    """Start ``run(say)`` in a child; it ends with 0, or with 1 after an error, which it says."""
    child = os.fork()
    if child:
        return Child(child, path)
    status = 1
    try:
        with path.open("a", buffering=1) as out:

            def say(text: str) -> None:
                out.write(json.dumps(text) + "\n")

            try:
                run(say)
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            except SchemaMigrateError as error:
                say(str(error))
            except BaseException:
                say(traceback.format_exc())
    finally:
        sys.stderr.flush()
        os._exit(status)


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "this takes too long"
        time.sleep(0.01)

"""An environment of its own for each package, and the programs that run in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from .packages import Package

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("SCHEMAMIGRATE_CACHE") or ROOT / ".cache") / "real"


class Unavailable(Exception):
    """A package could not be installed; the message has pip's last words."""


def python(package: Package) -> Path:
    """Return the interpreter of the package's environment, made when it is first asked for.

    Safe with several test processes; an environment that was left half made is made again.
    Raises Unavailable.
    """
    wanted = "\n".join((*package.requirements, package.pin, sys.version))
    fingerprint = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    folder = CACHE / f"{package.name}-{package.version}-{fingerprint}"
    interpreter = folder / "bin" / "python"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True, symlinks=True)
            _install(interpreter, package.requirements)
            _install(interpreter, ("--no-deps", package.pin))
            (folder / "complete").touch()
    return interpreter


def _install(interpreter: Path, arguments: Sequence[str]) -> None:
    pip = (
        str(interpreter),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-compile",
    )
    done = subprocess.run((*pip, *arguments), capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"pip install {' '.join(arguments)}: {done.stderr.strip()[-500:]}")


def scripts(interpreter: Path, package: Package) -> Path:
    """Return the package's folder of migrations."""
    (found,) = interpreter.parents[1].glob(f"lib/python*/site-packages/{package.folder}")
    return found


class Failed(Exception):
    """A program reported an error; ``kind`` is its type, the message its traceback."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Program:
    """``run_ours`` or ``run_alembic``, running in a package's environment."""

    def __init__(self, name: str, interpreter: Path, package: Package) -> None:
        self.name = name
        self.folder = scripts(interpreter, package)
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            (str(interpreter), "-W", "ignore", "-m", f"tests.real.{name}", package.app or ""),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "true"},
            text=True,
        )

    def __call__(self, command: str, **arguments: Any) -> Any:
        """Have a command done and return its value; raises Failed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if command != "create":
            arguments["folder"] = str(self.folder)
        print(json.dumps({"do": command, **arguments}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise Failed("died", self.errors.read().decode(errors="replace")[-4000:])
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"], f"{self.name} {command} {arguments}\n{answer['text']}")
        return answer["value"]

    def close(self) -> None:
        """End the program."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

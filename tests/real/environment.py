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

    Packages that need the same share one.  Safe with several test processes; an environment that
    was left half made is made again.  Raises Unavailable.
    """
    wanted = "\n".join((*package.requirements, sys.version))
    fingerprint = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    folder = CACHE / f"needs-{fingerprint}"
    interpreter = folder / "bin" / "python"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True, symlinks=True)
            _install(interpreter, package.requirements)
            (folder / "complete").touch()
        if not (folder / package.pin).exists():
            _install(interpreter, ("--no-deps", package.pin))
            (folder / package.pin).touch()
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
    """Return the package's folder of migrations, in site-packages or among its data."""
    places = (f"lib/python*/site-packages/{package.folder}", package.folder)
    (found,) = (path for place in places for path in interpreter.parents[1].glob(place))
    return found


def project(interpreter: Path, package: Package, folder: Path) -> Path:
    """Copy the package's migrations into ``folder``, as a project of Flask-Migrate has them.

    What Flask-Migrate made is taken as it is, ``env.py`` and all.  From others come the scripts,
    and the rest is Flask-Migrate's own.
    """
    source, skipped = scripts(interpreter, package), shutil.ignore_patterns("__pycache__", "*.pyc")
    if package.flask_migrate:
        shutil.copytree(source, folder, ignore=skipped)
        if not (folder / "alembic.ini").exists():
            (folder / "alembic.ini").write_text("[alembic]\n", encoding="utf-8")
    else:
        template = interpreter.parents[1].glob("lib/python*/site-packages/flask_migrate/templates")
        shutil.copytree(next(template) / "flask", folder, ignore=skipped)
        (folder / "alembic.ini.mako").rename(folder / "alembic.ini")
        shutil.copytree(source / "versions", folder / "versions", ignore=skipped)
    return folder


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
        self.driver = package.driver
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.place = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            (
                *(str(interpreter), "-W", "ignore", "-m", f"tests.real.{name}"),
                *(package.app or "", package.metadata or ""),
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "DO_NOT_TRACK": "true",
                **{key: value.format(place=self.place.name) for key, value in package.env.items()},
            },
            text=True,
        )

    def __call__(self, command: str, **arguments: Any) -> Any:
        """Have a command done and return its value; raises Failed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if command != "create":
            arguments.setdefault("folder", str(self.folder))
        for usual, driver in self.driver.items() if "url" in arguments else ():
            arguments["url"] = arguments["url"].replace(usual, driver)
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
        self.place.cleanup()

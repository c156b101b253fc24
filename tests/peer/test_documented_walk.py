"""The walk of docs/moving.rst, as it is written there, with the real Flask-Migrate at its ends."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

from ..test_docs import blocks
from ..test_docs import DOCS


def patched(folder: Path, body: str) -> None:
    """Apply a ``diff`` block: after ``--- FILE``, lines that begin with a space, ``-`` or ``+``."""
    first, *lines = body.splitlines()
    path = folder / first.removeprefix("--- ")
    old = "\n".join(line[1:] for line in lines if line[0] in " -")
    new = "\n".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_walk(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
    said: list[str] = []
    for kind, body in blocks((DOCS / "moving.rst").read_text(encoding="utf-8")):
        if kind == "python":
            name, _, code = body.partition("\n")
            (tmp_path / name.removeprefix("# ")).write_text(code, encoding="utf-8")
        elif kind == "diff":
            patched(tmp_path, body)
        for line in re.findall(r"(?m)^\$ flask (.*)$", body):
            done = subprocess.run(
                [sys.executable, "-m", "flask", *shlex.split(line)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                env=environment,
            )
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
            said.append(f"{line}\n{done.stdout}{done.stderr}")
    assert len(said) == 17
    assert "No changes" in said[5]
    assert "add email" in said[11] and "(head)" in said[10]
    assert [path.name for path in (tmp_path / "migrations").iterdir() if path.is_file()] == [
        "README"
    ]
    with sqlite3.connect(tmp_path / "instance" / "shop.db") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(user)")]
    connection.close()
    assert columns == ["id", "name", "email"]

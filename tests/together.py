"""Several processes of ``flask db`` at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .conftest import Database

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemamigrate import SchemaMigrate
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
db = SQLAlchemy(app)
SchemaMigrate(app, db, directory={directory!r})
"""


def said_by(
    number: int, folder: Path, database: Database, directory: str, *words: str
) -> list[tuple[int, str]]:
    """Run a command in that many processes at once; return each one's status and output."""
    text = APP.format(url=database.text, directory=directory)
    (folder / "app.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-m", "flask", "db", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    started = [
        subprocess.Popen(command, cwd=folder, text=True, **pipes)  # type: ignore[call-overload]
        for _ in range(number)
    ]
    outputs = [process.communicate(timeout=300)[0] for process in started]
    return [(process.returncode, said) for process, said in zip(started, outputs, strict=True)]

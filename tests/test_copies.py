"""The throw-away databases on servers: none is left, whatever ends the command."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate.dialects import copies

from .conftest import Database
from .conftest import Project

Make = Callable[..., Project]

#: An app whose process is killed where the script would be tried on the copy.
KILLED = """
import os
import signal
import sys

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemamigrate import SchemaMigrate
from flask_schemamigrate.api import verifying

url, directory = sys.argv[1:]
app = Flask("app")
app.config["SQLALCHEMY_DATABASE_URI"] = url
db = SQLAlchemy(app)
sa.Table("user", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
SchemaMigrate(app, db, directory=directory)

def killed(trial):
    os.write(1, trial.at.connection.engine.url.database.encode())
    os.kill(os.getpid(), signal.SIGKILL)

verifying.Trial.laws = killed
app.test_cli_runner().invoke(args=["db", "migrate", "--verify"], catch_exceptions=False)
"""


def users(db: Any) -> None:
    sa.Table("user", db.metadata, sa.Column("id", sa.Integer, primary_key=True))


def databases(database: Database) -> set[str]:
    word = "datname FROM pg_database" if database.system == "postgresql" else (
        "schema_name FROM information_schema.schemata"
    )  # fmt: skip
    with database.engine().connect() as connection:
        return set(connection.execute(sa.text(f"SELECT {word}")).scalars())


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_the_copy_of_a_killed_run_is_dropped_by_the_next(
    database: Database, make_project: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(database, users)
    project.ok("init")
    scripts = set(project.versions.iterdir())
    command = [sys.executable, "-c", KILLED, database.text, str(project.folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    left = ended.stdout.strip()
    assert left.startswith(copies.PREFIX)
    assert left in databases(database)
    assert set(project.versions.iterdir()) == scripts
    # A young one is let alone: whoever makes it may not have connected to it yet.
    project.ok("migrate", "--plan")
    assert left in databases(database)
    monkeypatch.setattr(copies, "is_old", lambda name: name == left)
    deadline = time.monotonic() + 20  # The server may notice late that the process has gone.
    while left in databases(database) and time.monotonic() < deadline:
        project.ok("migrate", "--plan")
    assert left not in databases(database)
    assert "Tried on a copy" in project.ok("migrate", "--verify")


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_no_copy_is_left(
    database: Database, make_project: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(database, users)
    project.ok("init")
    names = []
    new_name = copies.new_name
    monkeypatch.setattr(copies, "new_name", lambda: names.append(new_name()) or names[-1])
    project.ok("migrate", "--verify")
    project.ok("upgrade", "--plan")
    project.ok("upgrade")
    project.ok("check")
    assert names
    assert not databases(database) & set(names)


def test_an_old_copy_is_known_by_its_name() -> None:
    now = int(time.time())
    assert copies.is_old(f"{copies.PREFIX}{now - copies.GRACE - 2:x}_ab12")
    assert not copies.is_old(copies.new_name())
    assert not copies.is_old(f"{copies.PREFIX}of_somebody")
    assert not copies.is_old("app")

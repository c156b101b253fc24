"""From Flask-Migrate to us and back, alternating on one database, on every system."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ..conftest import Database

DRIVE = Path(__file__).parent / "drive.py"
APP = """
import sys
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from {package} import Migrate

app = Flask("shop", root_path={root!r})
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
app.config["SQLALCHEMY_BINDS"] = {binds!r}
db = SQLAlchemy(app)
migrate = Migrate(app, db, directory={folder!r})


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40), index=True)
{user}


if {several}:
    class Log(db.Model):
        __bind_key__ = "second"
        id = db.Column(db.Integer, primary_key=True)
{log}
"""
OURS, THEIRS = "flask_schemamigrate", "flask_migrate"


class Walk:
    """An app whose migrations either tool runs."""

    def __init__(self, tmp_path: Path, url: str, second: str | None) -> None:
        self.root, self.url, self.second = tmp_path, url, second
        self.folder = tmp_path / "migrations"
        self.user: list[str] = []
        self.log: list[str] = []

    def run(self, package: str, *commands: str) -> list[str]:
        """Run commands in one interpreter; all must succeed."""
        results = self.results(package, *commands)
        for command, (status, output) in zip(commands, results):
            assert status == 0, f"{package} {command}: {output}"
        return [output for _, output in results]

    def results(self, package: str, *commands: str) -> list[tuple[int, str]]:
        app = self.root / f"{package}_app.py"
        app.write_text(
            APP.format(
                package=package,
                root=str(self.root),
                url=self.url,
                binds={"second": self.second} if self.second else {},
                folder=str(self.folder),
                user="\n".join(f"    {line}" for line in self.user),
                several=bool(self.second),
                log="\n".join(f"        {line}" for line in self.log),
            ),
            encoding="utf-8",
        )
        done = subprocess.run(
            [sys.executable, str(DRIVE), str(app)],
            input=json.dumps([command.split() for command in commands]),
            capture_output=True,
            text=True,
            cwd=self.root,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [(status, text) for status, text in json.loads(done.stdout.splitlines()[-1])]

    def columns(self, table: str, url: str | None = None) -> set[str]:
        engine = sa.create_engine(url or self.url, poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            inspector = sa.inspect(connection)
            if not inspector.has_table(table):
                return set()
            return {column["name"] for column in inspector.get_columns(table)}

    def scripts(self) -> list[Path]:
        return sorted((self.folder / "versions").glob("*.py"), key=lambda p: p.stat().st_mtime_ns)


@pytest.fixture(params=["generic", "multidb"])
def walk(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Walk]:
    second = f"sqlite:///{tmp_path / 'second.db'}" if request.param == "multidb" else None
    yield Walk(tmp_path, database.text, second)


def test_there_and_back_again(walk):
    init = "init --multidb" if walk.second else "init"
    walk.run(THEIRS, init, "migrate -m user", "upgrade")
    assert walk.columns("user") == {"id", "name"}
    before = {path.name: path.read_bytes() for path in walk.folder.iterdir() if path.is_file()}

    # Over to us: nothing but the import changes.
    current, check, heads = walk.run(OURS, "current", "check", "heads")
    assert "(head)" in current and "No changes" in check
    walk.user.append("email = db.Column(db.String(80))")
    walk.log.append("text = db.Column(db.Text)")
    walk.run(OURS, "migrate -m email", "upgrade", "downgrade", "upgrade", "check")
    assert walk.columns("user") == {"id", "name", "email"}
    if walk.second:
        assert walk.columns("log", walk.second) == {"id", "text"}
    new = walk.scripts()[-1]
    assert new.name.endswith("_email.py") and new.name[12] == "_"  # as the folder has them

    # Back to them: they read what we wrote, files and database, undo it and do it again.
    current, history = walk.run(THEIRS, "current", "history")
    assert current.count("(head)") == (2 if walk.second else 1)
    assert "email" in history
    walk.run(THEIRS, "downgrade", "upgrade", "check", "downgrade base", "upgrade")
    assert walk.columns("user") == {"id", "name", "email"}
    walk.user.append("age = db.Column(db.Integer)")
    walk.run(THEIRS, "migrate -m age", "upgrade")

    # And over again, where both have written scripts.
    walk.run(OURS, "check", "downgrade -- -2", "upgrade", "current", "downgrade base", "upgrade")
    assert walk.columns("user") == {"id", "name", "email", "age"}
    walk.run(THEIRS, "check")
    after = {path.name: path.read_bytes() for path in walk.folder.iterdir() if path.is_file()}
    assert after == before


@pytest.mark.parametrize("several", [False, True])
def test_what_they_print_we_print(several, tmp_path):
    second = f"sqlite:///{tmp_path / 'second.db'}" if several else None
    walk = Walk(tmp_path, f"sqlite:///{tmp_path / 'app.db'}", second)
    init = "init --multidb" if walk.second else "init"
    walk.run(THEIRS, init, "migrate -m user", "upgrade", "revision -m two", "revision -m three")
    commands = ("history", "heads", "current", "branches", "show", "history -v", "history -i")
    theirs, ours = walk.run(THEIRS, *commands), walk.run(OURS, *commands)

    def answer(text: str) -> list[str]:
        noise = ("INFO  [", "Context impl", "Will assume")
        return [
            line.rstrip()
            for line in text.splitlines()
            if line.strip() and not line.startswith(noise)
        ]

    for command, their, our in zip(commands, theirs, ours):
        if walk.second and command in ("current", "history -i"):
            continue  # They say it once for each database, without naming it.
        assert answer(our) == answer(their), command


@pytest.mark.parametrize("several", [False, True])
def test_a_new_folder_of_ours_goes_over_to_them(several, tmp_path):
    second = f"sqlite:///{tmp_path / 'second.db'}" if several else None
    walk = Walk(tmp_path, f"sqlite:///{tmp_path / 'app.db'}", second)
    walk.run(OURS, "init", "migrate -m user", "upgrade", "init --eject")
    walk.user.append("email = db.Column(db.String(80))")
    walk.run(THEIRS, "current", "migrate -m email", "upgrade", "check", "migrate -m nothing")
    assert [path.name.endswith("_email.py") for path in walk.scripts()] == [False, True]
    if several:
        assert walk.columns("log", walk.second) == {"id"}
    walk.run(THEIRS, "downgrade base", "upgrade --sql", "upgrade")
    assert walk.columns("user") == {"id", "name", "email"}
    walk.run(OURS, "check", "downgrade", "upgrade")

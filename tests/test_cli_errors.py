"""Errors before anything is done: settings, drivers, servers.  Each is told without a traceback."""

from __future__ import annotations

import os
import pty
import select
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_schemamigrate import SchemaMigrate


def plain(tmp_path, **config):
    app = Flask("plain", root_path=str(tmp_path))
    app.config.update({f"SCHEMAMIGRATE_{key}": value for key, value in config.items()})
    SchemaMigrate(app, directory=tmp_path / "migrations")
    runner = app.test_cli_runner()
    assert runner.invoke(args=["db", "init"]).exit_code == 0
    return lambda *args: runner.invoke(args=["db", *args], catch_exceptions=False)


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("postgresql+psycopg2://u:s3cret@h/d", "S103", 'pip install "Flask-SchemaMigrate[post'),
        ("mysql+cymysql://u:s3cret@h/d", "S103", 'pip install "Flask-SchemaMigrate[mysql]"'),
        ("postgresq://u:s3cret@h/d", "S105", "Did you mean 'postgresql'?"),
        ("postgresql+psycopg://u:s3cret@127.0.0.1:1/d", "D301", "Check that the server runs"),
        ("mysql+pymysql://u:s3cret@127.0.0.1:1/d", "D301", "Check that the server runs"),
        ("sqlite:////no/such/folder/app.db", "D301", "unable to open database file"),
        ("sqlite:////no/such/folder/app.db", "D301", "its folder must exist and be writable"),
    ],
)
def test_database_that_cannot_be_used(tmp_path, url, code, words):
    run = plain(tmp_path, DATABASE_URI=url)
    for command in ("current", "upgrade"):
        result = run(command)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert f"Error [{code}]: " in result.stderr
        assert words in result.stderr
        assert "s3cret" not in result.stderr


COMMANDS = [
    ("current",),
    ("upgrade",),
    ("upgrade", "--plan"),
    ("downgrade",),
    ("stamp",),
    ("migrate",),
    ("check",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_without_a_database(mariadb_database, make_project, command):
    project = make_project(mariadb_database.url._replace(database=None), one_table)
    project.ok("init")
    result = project.run(*command)
    assert result.exit_code == 1
    assert "Error [S101]: " in result.stderr
    assert "names a server and no database on it." in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_file_that_is_no_database(sqlite_database, make_project, command):
    Path(sqlite_database.url.database).write_text("This is text.\n" * 100)
    project = make_project(sqlite_database, one_table)
    project.ok("init")
    result = project.run(*command)
    assert result.exit_code == 1
    assert "Error [D301]: " in result.stderr
    assert "file is not a database" in result.stderr
    assert "must be an SQLite database" in result.stderr


def one_table(db):
    sa.Table("t", db.metadata, sa.Column("id", sa.Integer, primary_key=True))


def test_url_that_is_none(tmp_path):
    app = Flask("plain")
    SchemaMigrate(app, database_uri="s3cret")
    result = app.test_cli_runner().invoke(args=["db", "heads"])
    assert "Error [S106]: The database URL cannot be parsed." in result.stderr
    assert "s3cret" not in result.stderr


def test_database_in_memory_is_remarked(tmp_path):
    run = plain(tmp_path, DATABASE_URI="sqlite://")
    run("revision", "--rev-id", "r1")
    assert "lives in memory" in run("upgrade").stderr


def test_no_database(tmp_path):
    result = plain(tmp_path)("upgrade")
    assert result.exit_code == 1
    assert "Error [S101]" in result.stderr
    assert 'app.config["SQLALCHEMY_DATABASE_URI"]' in result.stderr


def test_mistyped_setting(tmp_path):
    app = Flask("plain")
    app.config["SCHEMAMIGRATE_VERSION_TABEL"] = "x"
    SchemaMigrate(app)
    result = app.test_cli_runner().invoke(args=["db", "heads"])
    assert "Did you mean 'SCHEMAMIGRATE_VERSION_TABLE'?" in result.stderr


APP = """
import os
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemamigrate import SchemaMigrate

db = SQLAlchemy()


class User(db.Model):
    id = db.mapped_column(sa.Integer, primary_key=True)
    if os.environ["COLUMN"] == "old":
        first_name = db.mapped_column(sa.String(40))
    else:
        given_name = db.mapped_column(sa.String(40))


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///" + os.environ["DATABASE"]
db.init_app(app)
SchemaMigrate(app, db)
"""


@pytest.fixture
def terminal(tmp_path):
    """Run ``flask db …`` on a terminal of its own, typing ``answer`` at the first question."""
    (tmp_path / "app.py").write_text(APP)

    def run(column: str, *arguments: str, answer: str = "", **environment: str) -> str:
        child, terminal = pty.fork()
        if not child:
            os.chdir(tmp_path)
            os.environ.pop("NO_COLOR", None)
            os.environ.update(COLUMN=column, DATABASE=str(tmp_path / "app.db"), **environment)
            os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)
            os.execv(sys.executable, [sys.executable, "-m", "flask", "db", *arguments])
        said = b""
        while select.select([terminal], [], [], 60)[0]:
            try:
                said += os.read(terminal, 4096)
            except OSError:
                break
            if answer and said.rstrip().endswith(b"]:"):
                os.write(terminal, answer.encode() + b"\n")
                answer = ""
        os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said.decode()
        return said.decode()

    return run


@pytest.mark.parametrize(
    ("answer", "words"), [("y", "new_column_name"), ("n", "drop_column")], ids=["yes", "no"]
)
def test_renames_are_asked_about_on_a_terminal(terminal, tmp_path, answer, words):
    for command in ("init", "migrate", "upgrade"):
        terminal("old", command)
    said = terminal("new", "migrate", "-m", "second", answer=answer)
    assert "Was column user.first_name renamed to given_name?" in said
    script = next(tmp_path.glob("migrations/versions/*second.py"))
    assert words in script.read_text()


def test_colour_on_a_terminal_alone_and_never_with_no_color(terminal):
    terminal("old", "init")
    terminal("old", "migrate")
    assert "\x1b[32mupgraded\x1b[0m" in terminal("old", "upgrade")
    said = terminal("old", "downgrade", NO_COLOR="1")
    assert "\x1b[" not in said
    assert "destroys every row of user.\r\ndowngraded  " in said
    assert "\rupgraded  " in terminal("old", "upgrade", NO_COLOR="1")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("upgrad", 2, "No such command 'upgrad'. Did you mean 'upgrade'?"),
        ("migrate add users", 2, "'add users' is too much.  A message of several words needs"),
        ("migrate -m add users", 2, "'users' is too much.  A message of several words needs"),
        ("upgrade head again", 2, "'again' is too much."),
        ("current now", 2, "'now' is too much."),
        ("heads --verbsoe", 2, "Did you mean '--verbose'?"),
        ("migrate --mesage", 2, "'--message'?)"),
        ("upgrade haed", 1, "Did you mean 'head'?"),
        ("upgrade HEAD", 1, "Did you mean 'head'?"),
        ("downgrade bas", 1, "Did you mean 'base'?"),
        ("migrate --rename user.name", 1, "--rename user.name says no new name."),
        ("upgrade --sql head:base", 1, "To go back: flask db downgrade --sql head:base"),
    ],
)
def test_what_was_mistyped_is_told(tmp_path, words, status, said):
    metadata = sa.MetaData()
    sa.Table("user", metadata, sa.Column("id", sa.Integer, primary_key=True))
    run = plain(tmp_path, DATABASE_URI=f"sqlite:///{tmp_path}/app.db", METADATA=metadata)
    assert run("migrate", "-m", "first").exit_code == 0
    if words.startswith("migrate"):
        assert run("upgrade").exit_code == 0
    result = run(*words.split())
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_the_folder_beside_the_app_is_offered_from_elsewhere(tmp_path, monkeypatch):
    run = plain(tmp_path, DATABASE_URI="sqlite://", METADATA=sa.MetaData())
    app = Flask("plain", root_path=str(tmp_path))
    app.config["SCHEMAMIGRATE_DATABASE_URI"] = "sqlite://"
    SchemaMigrate(app)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = app.test_cli_runner().invoke(args=["db", "history"])
    assert result.exit_code == 1
    assert f"Did you mean this one? flask db --directory {tmp_path}/migrations" in result.stderr
    assert run("history").exit_code == 0


@pytest.mark.parametrize("system", ["postgresql", "mariadb"])
@pytest.mark.parametrize("command", [("stamp", "head"), ("upgrade",)])
def test_what_the_server_refuses_us_is_no_traceback(request, make_project, system, command):
    database = request.getfixturevalue(f"{system}_database")
    project = make_project(database, SCHEMAMIGRATE_VERSION_TABLE_SCHEMA="nowhere")
    project.ok("init")
    project.script("a1", None, "pass")
    result = project.run(*command)
    assert result.exit_code == 1
    assert "Error [D311]" in result.stderr or "Error [R401]" in result.stderr, result.output
    assert "nowhere" in result.stderr
    assert isinstance(result.exception, SystemExit)

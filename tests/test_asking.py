"""Questions: on a real terminal, and what happens without one."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .deciding import begun
from .deciding import newest
from .deciding import person
from .deciding import run_under_alembic
from .deciding import values

APP = """
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemamigrate import SchemaMigrate

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
db = SQLAlchemy(app)
SchemaMigrate(app, db, directory={folder!r})
db.Table(
    "article",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("headline", sa.String(40)),
    sa.Column("body", sa.Text),
    sa.Column("lang", sa.String(2), nullable=False),
)
"""


def posts(table: str, column: str) -> Any:
    def define(db: Any) -> None:
        own = sa.Column("id", sa.Integer, primary_key=True)
        db.Table(table, own, sa.Column(column, sa.String(40)), sa.Column("body", sa.Text))

    return define


def on_terminal(folder: Path, answers: list[tuple[str, str]], *arguments: str) -> tuple[int, str]:
    """Run ``flask db`` on a terminal; wait for each question before its answer is typed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "asked:app", "db", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"},
    )
    os.close(theirs)
    said, left = "", list(answers)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        ready, _, _ = select.select([ours], [], [], 1)
        try:
            said += os.read(ours, 4096).decode() if ready else ""
        except OSError:  # The other end is closed.
            break
        if left and left[0][0] in said:
            os.write(ours, f"{left.pop(0)[1]}\n".encode())
    process.wait(10)
    os.close(ours)
    assert not left, said
    return process.returncode, said


def test_a_terminal_is_asked_one_question_for_each(
    sqlite_database: Database, make_project: Any, tmp_path: Path
) -> None:
    rows = [{"id": 1, "title": "a", "body": "x"}]
    begun(sqlite_database, make_project, posts("post", "title"), post=rows)
    text = APP.format(url=sqlite_database.text, folder=str(tmp_path / "migrations"))
    (tmp_path / "asked.py").write_text(text)
    questions = [
        ("Was table post renamed to article? [Y/n]", ""),
        ("Was column article.title renamed to headline? [Y/n]", "y"),
        ("What do they get (1, 2, 3) [3]", "1"),
        ("Value", "en"),
    ]
    status, said = on_terminal(tmp_path, questions, "migrate", "-m", "asked")
    assert status == 0, said
    assert "Column article.lang is required, and article has 1 row." in said
    assert said.index("Was table") < said.index("Was column") < said.index("is required")
    status, said = on_terminal(tmp_path, [], "upgrade")
    assert status == 0, said
    assert values(sqlite_database, "article", "headline") == ["a"]
    assert values(sqlite_database, "article", "lang") == ["en"]


def test_pending_revisions_are_offered(
    sqlite_database: Database, make_project: Any, tmp_path: Path
) -> None:
    project = begun(sqlite_database, make_project, posts("post", "title"))
    project.ok("downgrade")
    text = APP.format(url=sqlite_database.text, folder=str(tmp_path / "migrations"))
    (tmp_path / "asked.py").write_text(text)
    status, said = on_terminal(tmp_path, [("and go on? [y/N]", "")], "migrate")
    assert status == 1 and "Error [D303]" in said
    questions = [("and go on? [y/N]", "y"), ("[Y/n]", "n")]
    status, said = on_terminal(tmp_path, questions, "migrate")
    assert status == 0, said
    assert "Create table article" in said


def test_the_likeliest_is_asked_about_first(database: Database, make_project: Any) -> None:
    both = [lambda n=n: sa.Column(n, sa.String(40)) for n in ("title", "author")]
    new = [lambda n=n: sa.Column(n, sa.String(40)) for n in ("titles", "authors")]
    begun(database, make_project, person(*both), person=[{"id": 1, "title": "t", "author": "a"}])
    second = make_project(database, person(*new))
    said = second.ok("migrate", "-m", "both")
    lines = [line for line in said.splitlines() if "delete this script" in line]
    assert [line.split("--rename ")[1] for line in lines[:2]] == [
        "person.author:authors",
        "person.title:titles",
    ]


def test_without_a_terminal_the_script_is_marked(database: Database, make_project: Any) -> None:
    begun(
        database,
        make_project,
        posts("post", "title"),
        post=[{"id": n, "title": "a"} for n in (1, 2)],
    )
    second = make_project(database, posts("post", "headline"))
    result = second.run("migrate", "-m", "marked", "--strict", "--rev-id", "r2")
    assert result.exit_code == 3
    assert "Error [C504]: The script was written, and somebody has to look at it:" in result.stderr
    text = newest(second, "marked")
    block = (
        "    # ================================= RENAMED? =================================\n"
        "    # column post.title goes and headline comes, and what 2 rows had in it is lost.\n"
        "    # If it was renamed, delete this file and run:\n"
        "    #     flask db migrate --rename post.title:headline\n"
    )
    assert block in text
    (path,) = second.versions.glob("*_marked.py")
    path.unlink()
    assert second.run("migrate", "-m", "marked", "--rev-id", "r2").exit_code == 0
    dated = [line for line in newest(second, "marked").splitlines() if "Create Date" not in line]
    assert dated == [line for line in text.splitlines() if "Create Date" not in line]
    second.ok("upgrade")


def test_a_model_can_say_it(database: Database, make_project: Any) -> None:
    rows = [{"id": 1, "title": "a"}]
    begun(database, make_project, posts("post", "title"), post=rows)

    def define(db: Any) -> None:
        db.Table(
            "article",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("headline", sa.String(40), info={"renamed_from": "title"}),
            sa.Column("body", sa.Text),
            info={"renamed_from": "post"},
        )

    second = make_project(database, define)
    second.ok("migrate", "-m", "said", "--strict")
    second.ok("upgrade")
    assert values(database, "article", "headline") == ["a"]
    assert "No changes" in second.ok("check")


@pytest.mark.parametrize("flag", ["mood.sad:unhappy", "person.mood.sad:unhappy"])
def test_a_renamed_value(postgresql_database: Database, make_project: Any, flag: str) -> None:
    def moods(*names):
        return lambda: sa.Column("mood", sa.Enum(*names, name="mood"), server_default=names[0])

    old, new = moods("sad", "glad"), moods("unhappy", "glad", "calm")
    rows = [{"id": 1, "mood": "sad"}, {"id": 2, "mood": "glad"}]
    begun(postgresql_database, make_project, person(old), person=rows)
    second = make_project(postgresql_database, person(new))
    result = second.run("migrate", "-m", "moods")
    assert "flask db migrate --rename mood.sad:unhappy" in result.stderr
    assert "Value 'sad' of type mood goes, and 1 row of person.mood holds it." in result.stderr
    said = "1 of 2 rows of person.mood hold 'sad', which mood does not have any more"
    assert said in second.run("check").output
    second.ok("migrate", "-m", "moods", "--rename", flag)
    second.ok("upgrade")
    assert values(postgresql_database, "person", "mood") == ["unhappy", "glad"]
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert values(postgresql_database, "person", "mood") == ["sad", "glad"]


@pytest.mark.parametrize("flag", ["post:article", "post.title:headline"])
def test_renames_run_under_alembic(database: Database, make_project: Any, flag: str) -> None:
    rows = [{"id": 1, "title": "a"}]
    begun(database, make_project, posts("post", "title"), post=rows)
    table = "article" if flag == "post:article" else "post"
    column = "title" if table == "article" else "headline"
    second = make_project(database, posts(table, column))
    second.ok("migrate", "-m", "renamed", "--rename", flag)
    run_under_alembic(database, newest(second, "renamed"), "upgrade")
    assert values(database, table, column) == ["a"]
    assert "No changes" not in second.run("check").stdout
    run_under_alembic(database, newest(second, "renamed"), "downgrade")
    assert values(database, "post", "title") == ["a"]


def listed(*names: str, column: str = "mood") -> Any:
    """Return a column whose values the database lists in the column or in a check."""
    return lambda: sa.Column(
        column,
        sa.Enum(*names, name="mood_of_person", native_enum=False, create_constraint=True, length=9),
        nullable=False,
    )


@pytest.mark.parametrize("native", [False, True], ids=["check", "native"])
def test_a_renamed_value_of_a_list(database: Database, make_project: Any, native: bool) -> None:
    if native and database.system != "mariadb":
        pytest.skip("its types have no lists of their own")

    def kind(*names: str) -> Any:
        if not native:
            return listed(*names)
        return lambda: sa.Column("mood", sa.Enum(*names), server_default=names[0], nullable=False)

    rows = [{"id": 1, "mood": "sad"}, {"id": 2, "mood": "glad"}]
    begun(database, make_project, person(kind("sad", "glad")), person=rows)
    second = make_project(database, person(kind("unhappy", "glad")))
    said = second.run("migrate", "-m", "unsaid", "--no-verify").stderr
    assert "flask db migrate --rename person.mood.sad:unhappy" in said
    said = second.ok("migrate", "-m", "moods", "--rename", "person.mood.sad:unhappy")
    assert "fails" not in said
    second.ok("upgrade")
    assert values(database, "person", "mood") == ["unhappy", "glad"]
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert values(database, "person", "mood") == ["sad", "glad"]
    run_under_alembic(database, newest(second, "moods"), "upgrade")
    assert values(database, "person", "mood") == ["unhappy", "glad"]


def test_a_renamed_sequence_and_exclusion(postgresql_database: Database, make_project: Any) -> None:
    from sqlalchemy.dialects.postgresql import ExcludeConstraint
    from sqlalchemy.dialects.postgresql import INT4RANGE

    def define(sequence: str, exclusion: str) -> Any:
        def make(db: Any) -> None:
            sa.Sequence(sequence, metadata=db.metadata, start=5)
            at = sa.Column("at", INT4RANGE())
            rule = ExcludeConstraint((at, "&&"), name=exclusion)
            db.Table("person", sa.Column("id", sa.Integer, primary_key=True), at, rule)

        return make

    begun(postgresql_database, make_project, define("numbers", "apart"), person=[{"id": 1}])
    with postgresql_database.engine().begin() as connection:
        assert connection.exec_driver_sql("SELECT nextval('numbers')").scalar_one() == 5
    second = make_project(postgresql_database, define("counter", "no_overlap"))
    said = second.ok("migrate", "--rename", "numbers:counter")
    assert "Rename sequence numbers to counter" in said
    assert "Rename constraint apart of table person to no_overlap" in said
    second.ok("upgrade")
    with postgresql_database.engine().begin() as connection:
        assert connection.exec_driver_sql("SELECT nextval('counter')").scalar_one() == 6
    assert "No changes" in second.ok("check")
    second.ok("downgrade")


def test_each_bind_takes_what_is_meant_for_it(
    sqlite_database: Database, make_project: Any, tmp_path: Path
) -> None:
    def define(second: bool) -> Any:
        def make(db: Any) -> None:
            posts("post", "headline" if second else "title")(db)
            more = [sa.Column("email", sa.String(9), nullable=False)] if second else []
            key = sa.Column("id", sa.Integer, primary_key=True)
            db.Table("login", key, *more, bind_key="users")

        return make

    binds = {"SQLALCHEMY_BINDS": {"users": f"sqlite:///{tmp_path}/users.db"}}
    first = make_project(sqlite_database, define(False), **binds)
    for command in (("init",), ("migrate",), ("upgrade",)):
        first.ok(*command)
    users = sa.create_engine(binds["SQLALCHEMY_BINDS"]["users"], poolclass=sa.pool.NullPool)
    with users.begin() as connection:
        connection.exec_driver_sql("INSERT INTO login (id) VALUES (1)")
    second = make_project(sqlite_database, define(True), **binds)
    refused = second.run("migrate", "--rename", "post.title:headline")
    assert "login.email is required, and login has 1 row." in refused.stderr
    mistyped = second.run("migrate", "--rename", "pots.title:headline", "--fill", "login.email=x")
    assert mistyped.exit_code == 1
    assert (
        "--rename pots.title:headline: no database has 'pots.title'. Did you mean 'post'?"
    ) in " ".join(mistyped.stderr.split())
    flags = ("--rename", "post.title:headline", "--fill", "login.email=x")
    second.ok("migrate", *flags)
    second.ok("upgrade")
    assert "No changes" in second.ok("check")
    with users.connect() as connection:
        assert connection.exec_driver_sql("SELECT email FROM login").scalar_one() == "x"

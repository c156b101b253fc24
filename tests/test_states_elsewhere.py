"""States and what follows from them where there are several databases, or an ``env.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project
from .states import person
from .states import ran
from .states import States


@pytest.fixture
def edited(database: Database, make_project: Any) -> Project:
    """Give a project whose folder has an env.py that somebody changed."""
    made = States(database, make_project).app()
    made.ok("init", "--eject")
    path = made.folder / "env.py"
    changed = path.read_text(encoding="utf-8").replace(
        "context.configure(connection",
        "context.configure(transaction_per_migration=True, connection",
    )
    assert changed != path.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    return made


def test_an_env_py_says_which_databases_there_are(edited: Project) -> None:
    assert edited.run("status").exit_code == 10
    edited.ok("upgrade")
    assert edited.run("status", "--drift").exit_code == 0
    assert edited.ok("wait", "--timeout", "0")
    assert "Nothing is logged." in edited.run("log").stderr


def test_an_env_py_that_reaches_nothing(
    edited: Project, database: Database, make_project: Any
) -> None:
    other = States(database, make_project).unreachable()
    result = other.run("status")
    assert result.exit_code == 17, result.output
    assert "s3cret" not in result.output


def test_a_log_is_kept_where_it_is_asked_for(
    edited: Project, database: Database, make_project: Any
) -> None:
    other = States(database, make_project).app(SCHEMAMIGRATE_LOG=True)
    other.ok("upgrade")
    (told,) = json.loads(other.run("log", "--json").stdout)
    assert [record["revision"] for record in told["records"]] == ["b2", "a1"]


def test_a_log_within_a_transaction_of_env_py(
    edited: Project, database: Database, make_project: Any
) -> None:
    path = edited.folder / "env.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("with db.engine.connect()", "with db.engine.begin()"))
    assert "db.engine.begin()" in path.read_text(encoding="utf-8")
    other = States(database, make_project).app(SCHEMAMIGRATE_LOG=True)
    other.ok("upgrade")
    (told,) = json.loads(other.run("log", "--json").stdout)
    assert [record["revision"] for record in told["records"]] == ["b2", "a1"]
    assert other.run("status").exit_code == 0


def test_several_databases_are_taken_over_together(
    sqlite_database: Database, make_project: Any, tmp_path: Path
) -> None:
    def define(db: Any) -> None:
        person(db)
        db.Table("pet", sa.Column("id", sa.Integer, primary_key=True), bind_key="other")

    binds = {"other": f"sqlite:///{tmp_path / 'other.db'}"}
    project = make_project(sqlite_database, define, SQLALCHEMY_BINDS=binds)
    project.ok("init")
    with project.app.app_context():
        project.db.create_all()
    assert project.run("status").exit_code == 14
    project.ok("baseline")
    assert len(list(project.versions.glob("*.py"))) == 1
    assert project.run("status", "--drift").exit_code == 0
    other = Database("sqlite", sa.make_url(binds["other"]))
    ran(other, "ALTER TABLE pet ADD COLUMN hand VARCHAR(10)")
    assert project.run("drift", "--bind", "default").exit_code == 0
    result = project.run("drift")
    assert (result.exit_code, "pet.hand" in result.stdout) == (13, True)
    project.ok("drift", "--adopt")
    assert project.run("status", "--drift").exit_code == 0
    ran(sqlite_database, "CREATE INDEX by_hand ON person (name)")
    project.ok("drift", "--repair", "--yes")
    assert project.run("status", "--drift").exit_code == 0


def test_types_and_keys_are_taken_over(database: Database, make_project: Any) -> None:
    def define(db: Any) -> None:
        db.Table(
            "owner",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("mood", sa.Enum("sad", "glad", name="mood"), nullable=False),
            sa.Column("since", sa.DateTime, server_default=sa.func.now()),
            sa.Column("price", sa.Numeric(10, 2), server_default="1.50"),
            sa.CheckConstraint("price > 0", name="paid"),
        )
        db.Table(
            "pet",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("owner_id", sa.ForeignKey("owner.id", ondelete="CASCADE"), index=True),
            sa.Column("name", sa.String(40), unique=True),
        )

    project = make_project(database, define)
    project.ok("init")
    with project.app.app_context():
        project.db.create_all()
    project.ok("baseline")
    assert len(list(project.versions.glob("*.py"))) == 1
    assert "No changes" in project.ok("check")
    assert project.run("status", "--drift").exit_code == 0
    project.ok("downgrade", "base")
    project.ok("upgrade")
    assert "No changes" in project.ok("check")

"""A database that another program writes to, and an app that has one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from .conftest import Database
from .conftest import Project


def test_a_busy_sqlite_file_is_named(
    sqlite_database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(
        sqlite_database, SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 0.1}}
    )
    project.ok("init")
    project.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))")
    with closing(sqlite3.connect(sqlite_database.url.database or "")) as other:
        other.execute("BEGIN IMMEDIATE")
        for command in ("upgrade", "stamp"):
            result = project.run(command)
            assert result.exit_code == 1
            assert "[D304]" in result.output
            assert "database is locked" in result.output
        other.execute("ROLLBACK")
    project.ok("upgrade")


def test_an_app_with_one_connection_can_migrate(
    database: Database, make_project: Callable[..., Project]
) -> None:
    one = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 1}
    project = make_project(database, SQLALCHEMY_ENGINE_OPTIONS=one)
    project.ok("init")
    body = "op.create_table('t', sa.Column('id', sa.Integer))"
    project.script("a1", None, body, downgrade="op.drop_table('t')")
    for command in ("upgrade", "downgrade", "upgrade", "current", "status"):
        project.ok(command)


def test_written_sql_does_not_enforce_foreign_keys(
    sqlite_database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(sqlite_database)
    project.ok("init")
    body = "op.create_table('t', sa.Column('a', sa.Text))\n"
    body += "op.execute(\"INSERT INTO t VALUES ('a\\tb')\")"
    project.script("a1", None, body)
    written = project.ok("upgrade", "--sql")
    assert written.index("PRAGMA foreign_keys = OFF;") < written.index("BEGIN;")
    assert "'a\tb'" in written

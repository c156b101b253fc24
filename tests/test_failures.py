"""What is said of a database after a script failed, and whether it is true."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project

TABLE = "op.create_table('one', sa.Column('id', sa.Integer, autoincrement=False))\n"
ROW = "op.execute('INSERT INTO one VALUES (1)')\n"


def rows(database: Database) -> int | None:
    with database.engine().connect() as connection:
        if not sa.inspect(connection).has_table("one"):
            return None
        return connection.exec_driver_sql("SELECT count(*) FROM one").scalar_one()


@pytest.mark.parametrize(
    ("end", "row_stays"),
    [("raise RuntimeError('x')", False), ("op.drop_table('nowhere')", True)],
    ids=["exception", "ddl"],
)
def test_what_stays_after_a_failure_is_what_is_said(
    project: Project, database: Database, end: str, row_stays: bool
) -> None:
    project.script("a1", None, TABLE + ROW + end)
    output = project.run("upgrade").output
    if database.system != "mariadb":
        assert "nothing of this revision was kept" in output
        assert rows(database) is None
        return
    stays, _, undone = output.partition("were rolled back")
    assert "CREATE TABLE one" in stays
    assert ("INSERT INTO one" in stays) is row_stays
    assert ("INSERT INTO one" in undone) is not row_stays
    assert rows(database) == int(row_stays)


def test_a_script_that_rolls_back_and_fails_leaves_nothing(
    project: Project, database: Database
) -> None:
    body = f"{TABLE}from sqlalchemy.orm import Session\nSession(op.get_bind()).rollback()\n"
    project.script("a1", None, body + "op.get_bind().rollback()\n" + ROW)
    output = project.run("upgrade").output
    if database.system == "mariadb":
        assert rows(database) == 1
        return
    assert "nothing of this revision was kept" in output
    assert rows(database) is None


@pytest.mark.parametrize(
    "commit",
    ["with op.get_context().autocommit_block():\n    pass\n", "op.get_bind().commit()\n"],
    ids=["autocommit_block", "commit"],
)
def test_a_script_that_commits_is_not_said_to_leave_nothing(
    postgresql_database: Database, make_project: Callable[..., Project], commit: str
) -> None:
    project = make_project(postgresql_database)
    project.ok("init")
    project.script("a1", None, TABLE + ROW + commit + "raise RuntimeError('x')")
    output = project.run("upgrade").output
    assert "nothing of this revision was kept" not in output
    assert "committed a part of its work" in output
    assert rows(postgresql_database) == 1


@pytest.mark.parametrize("way", ["upgrade", "downgrade"])
def test_an_error_of_ours_is_placed(project: Project, database: Database, way: str) -> None:
    wrong, code, said = "context.static_output('x')", "R404", "static_output() writes into"
    if database.system == "sqlite":
        wrong = "with op.batch_alter_table('usr') as batch: batch.alter_column('a', nullable=False)"
        code, said = "R407", "There is no table usr."
    wrong = f"from alembic import context\n{wrong}"
    if way == "upgrade":
        path = project.script("a1", None, TABLE + wrong, message="add a")
        what, place = "Upgrading to a1", f"{path}:13"
    else:
        path = project.script("a1", None, TABLE, downgrade=wrong, message="add a")
        project.ok("upgrade")
        what, place = "Downgrading from a1", f"{path}:16"
    result = project.run(way)
    assert result.exit_code == 1
    assert f"Error [{code}]: {what} (add a) failed at {place}.\n  {said}" in result.stderr
    at = "no revision" if way == "upgrade" else "a1"
    kept = "" if database.system == "mariadb" else "; nothing of this revision was kept."
    assert f"\nThe database is at {at}{kept}" in result.stderr
    assert "Correct the script, then run the command again" in result.stderr


def test_an_error_of_ours_is_placed_in_sql_too(project: Project) -> None:
    path = project.script("a1", None, "op.run_async(None)")
    result = project.run("upgrade", "--sql")
    assert result.stderr.startswith(f"Error [R404]: Upgrading to a1 (a1) failed at {path}:11.")
    assert "Nothing was run: this was --sql." in result.stderr


@pytest.mark.parametrize(
    "before", ["", "op.get_bind().execute(sa.text('INSERT INTO one VALUES (1)'))\n"]
)
def test_nothing_stays_of_a_first_statement_that_fails(
    mariadb_database: Database, make_project: Callable[..., Project], before: str
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    project.script("a1", None, TABLE)
    project.ok("upgrade")
    project.script("b1", "a1", before + "op.drop_table('nowhere')")
    output = project.run("upgrade").output
    assert ("nothing of this revision was kept" in output) is (rows(mariadb_database) == 0), output
    assert ("committed a part of its work" in output) is (rows(mariadb_database) == 1)
    there = rows(mariadb_database)
    project.script("b1", "a1", before + "op.create_table('two', sa.Column('id', sa.Integer))")
    project.ok("upgrade")
    assert rows(mariadb_database) == there

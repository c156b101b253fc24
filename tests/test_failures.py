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

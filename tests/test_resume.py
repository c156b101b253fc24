"""Revisions that stop half-way on a database whose DDL commits by itself, and how they go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from flask_schemamigrate import dialects
from flask_schemamigrate.schema.names import Name

from .conftest import Database
from .conftest import Project

FIRST = """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer))
op.execute("INSERT INTO t VALUES (1, 1)")
op.create_index('ix', 't', ['a'])
op.execute("UPDATE t SET a = a + 1")
"""
MISTAKE = FIRST + "op.add_column('nowhere', sa.Column('b', sa.Integer))\n"
CORRECT = FIRST + "op.add_column('t', sa.Column('b', sa.Integer))\n"


@pytest.fixture
def maria(mariadb_database: Database, make_project: Callable[..., Project]) -> Project:
    """Give a project whose first revision has stopped at its third DDL statement."""
    made = make_project(mariadb_database)
    made.ok("init")
    made.script("a1", None, MISTAKE)
    assert made.run("upgrade").exit_code == 1
    return made


def rows(database: Database) -> list[tuple[object, ...]]:
    with database.engine().connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text("SELECT * FROM t"))]


def tables(database: Database) -> set[str]:
    with database.engine().connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_a_corrected_script_goes_on_after_what_stays(
    maria: Project, mariadb_database: Database
) -> None:
    assert rows(mariadb_database) == [(1, 2)]
    maria.script("a1", None, CORRECT)
    assert "2 statements had run before" in maria.ok("upgrade")
    assert rows(mariadb_database) == [(1, 2, None)]
    assert tables(mariadb_database) == {"t", "alembic_version", "schemamigrate_log"}


def test_the_same_mistake_again_does_nothing_twice(
    maria: Project, mariadb_database: Database
) -> None:
    for _ in range(2):
        result = maria.run("upgrade")
        assert result.exit_code == 1
        assert "nowhere" in result.output
        assert "which stays" in result.output and "nothing of this" not in result.output
    assert rows(mariadb_database) == [(1, 2)]


def test_a_first_statement_that_is_refused_leaves_nothing_half_done(
    mariadb_database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    project.script("a1", None, "op.add_column('nowhere', sa.Column('b', sa.Integer))")
    assert "nothing of this revision was kept" in project.run("upgrade").output
    result = project.run("status")
    assert (result.exit_code, result.output.split(":")[0]) == (10, "empty")
    for path in project.versions.glob("*.py"):
        path.unlink()
    project.script("b1", None, FIRST)
    project.ok("upgrade")
    assert "t" in tables(mariadb_database)


def test_a_script_changed_above_the_place_is_refused(
    maria: Project, mariadb_database: Database
) -> None:
    maria.script("a1", None, CORRECT.replace("create_index('ix'", "create_index('ix_other'"))
    result = maria.run("upgrade")
    assert result.exit_code == 1
    assert "Upgrading to a1 was interrupted half-way; 2 statements had run:" in result.output
    assert "done    CREATE TABLE t" in result.output
    assert "failed  ALTER TABLE nowhere ADD COLUMN b INTEGER" in result.output
    assert "comes to: Create index ix_other" in result.output
    assert "flask db resolve --rolled-back a1" in result.output
    assert rows(mariadb_database) == [(1, 2)]


def test_what_is_completed_by_hand_is_recorded(maria: Project, mariadb_database: Database) -> None:
    assert "a1 is applied" in maria.ok("resolve", "--applied", "a1")
    assert "a1" in maria.ok("current")
    assert tables(mariadb_database) == {"t", "alembic_version", "schemamigrate_log"}


@pytest.mark.parametrize(
    ("flag", "said", "place"),
    [
        ("--applied", "a1 is undone", "the base, before the first revision"),
        ("--rolled-back", "a1 is applied; the next downgrade undoes it", "a1"),
    ],
)
def test_a_downgrade_is_settled_as_one(
    mariadb_database: Database,
    make_project: Callable[..., Project],
    flag: str,
    said: str,
    place: str,
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    project.script("a1", None, FIRST, downgrade="op.drop_index('ix', 't')\nop.drop_table('no')")
    project.ok("upgrade")
    assert project.run("downgrade").exit_code == 1
    output = project.ok("resolve", flag, "a1")
    assert said in output and f"(at {place})" in output
    assert ("a1" in project.ok("current")) is (place == "a1")


def test_what_has_no_script_any_more_is_not_recorded(
    maria: Project, mariadb_database: Database
) -> None:
    path = maria.script("a1", None, CORRECT)
    path.unlink()
    result = maria.run("resolve", "--applied", "a1")
    assert result.exit_code == 1
    assert "There is no script of a1, so it cannot be recorded." in result.stderr
    assert "schemamigrate_journal" in tables(mariadb_database)
    maria.ok("resolve", "--rolled-back", "a1")
    assert "schemamigrate_journal" not in tables(mariadb_database)


def test_what_is_undone_by_hand_runs_from_its_beginning(
    maria: Project, mariadb_database: Database
) -> None:
    maria.ok("resolve", "--rolled-back", "a1")
    with mariadb_database.engine().begin() as connection:
        connection.exec_driver_sql("DROP TABLE t")
    maria.script("a1", None, CORRECT)
    maria.ok("upgrade")
    assert rows(mariadb_database) == [(1, 2, None)]


@pytest.mark.parametrize("flags", [(), ("--applied", "--rolled-back")])
def test_what_became_of_it_has_to_be_said(
    maria: Project, mariadb_database: Database, flags: tuple[str, ...]
) -> None:
    result = maria.run("resolve", *flags, "a1")
    assert result.exit_code == 2
    assert "Say --applied or --rolled-back" in result.stderr
    assert "schemamigrate_journal" in tables(mariadb_database)


@pytest.mark.parametrize("flags", [(), ("--purge",)])
def test_a_stamp_does_not_go_past_it(
    maria: Project, mariadb_database: Database, flags: tuple[str, ...]
) -> None:
    result = maria.run("stamp", *flags, "a1")
    assert result.exit_code == 1
    assert "Error [D307]: Upgrading to a1 was interrupted half-way;" in result.stderr
    assert "flask db resolve --applied a1" in result.stderr
    assert "base" in maria.ok("current")
    with mariadb_database.engine().begin() as connection:  # As another program may do.
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('a1')")
    assert "Error [D307]" in maria.run("upgrade").stderr
    maria.ok("resolve", "--applied", "a1")
    maria.ok("stamp", "a1")


def test_there_may_be_nothing_to_resolve(project: Project) -> None:
    project.script("a1", None, "pass")
    result = project.run("resolve", "--applied", "a1")
    assert result.exit_code == 1
    assert "a1 has not stopped half-way in any database" in result.output


def test_other_commands_do_not_go_past_it(maria: Project) -> None:
    maria.script("b1", None, "pass")
    result = maria.run("upgrade", "b1")
    assert result.exit_code == 1
    assert "Finish it first: flask db upgrade" in result.output


def test_a_downgrade_goes_on_too(
    mariadb_database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    down = "op.drop_index('ix', 't')\nop.execute('UPDATE t SET a = a - 1')\nop.drop_table('{}')"
    project.script("a1", None, FIRST, downgrade=down.format("nowhere"))
    project.ok("upgrade")
    assert project.run("downgrade").exit_code == 1
    assert rows(mariadb_database) == [(1, 1)]
    project.script("a1", None, FIRST, downgrade=down.format("t"))
    assert "1 statement had run before" in project.ok("downgrade")
    assert tables(mariadb_database) == {"alembic_version", "schemamigrate_log"}


def test_a_python_error_after_the_last_statement_is_no_doubt(
    mariadb_database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    project.script("a1", None, FIRST + "raise RuntimeError('x')")
    assert project.run("upgrade").exit_code == 1
    project.script("a1", None, FIRST)
    project.ok("upgrade")
    # What followed the last DDL statement was rolled back, so it runs now.
    assert rows(mariadb_database) == [(1, 2)]


def test_what_we_ask_is_no_statement_of_the_script(
    mariadb_database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    project.script("a1", None, "op.execute('ALTER TABLE nowhere ADD COLUMN b INTEGER')")
    assert project.run("upgrade").exit_code == 1
    said = project.run("status")
    assert (said.exit_code, said.stdout.split(":")[0]) == (10, "empty")
    assert "information_schema" not in said.stdout + said.stderr


def test_a_percent_sign_in_a_name_hides_no_change(mariadb_database: Database) -> None:
    with mariadb_database.engine().connect() as connection:
        connection.exec_driver_sql("CREATE TABLE `a%%b` (x INTEGER)")
        dialect = dialects.for_connection(connection)
        before = dialect.state((Name("a%b"),))
        connection.exec_driver_sql("ALTER TABLE `a%%b` ADD COLUMN y INTEGER")
        assert dialect.state((Name("a%b"),)) != before

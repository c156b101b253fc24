"""``flask db baseline`` and ``flask db drift``: tables that no script of ours has made."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project
from .states import COLUMN
from .states import person
from .states import ran
from .states import States
from .states import STOPS


@pytest.fixture
def states(database: Database, make_project: Any) -> States:
    """Give what brings a database into a state."""
    return States(database, make_project)


def columns(database: Database, table: str = "person") -> list[str]:
    with database.engine().connect() as connection:
        return [column["name"] for column in sa.inspect(connection).get_columns(table)]


def rows(database: Database, table: str = "person") -> int:
    with database.engine().connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def applied(project: Project) -> list[str]:
    return list(json.loads(project.run("status", "--json").stdout)[0]["current"])


# --- baseline -----------------------------------------------------------------------------------


def test_what_create_all_made_is_the_head(states: States, database: Database) -> None:
    project = states.unmanaged()
    ran(database, "INSERT INTO person (id, name) VALUES (1, 'Ana')")
    assert "equals b2" in project.run("baseline", "--dry-run").stderr
    assert applied(project) == []
    assert "recorded b2 as applied" in project.run("baseline").stderr
    assert project.run("status", "--drift").exit_code == 0
    assert (rows(database), columns(database)) == (1, ["id", "name"])
    (log,) = json.loads(project.run("log", "--json").stdout)
    assert [(r["action"], r["revision"]) for r in log["records"]] == [("stamp", "b2")]
    assert "It has a recorded revision: b2." in project.ok("baseline")


def test_an_upgrade_that_finds_the_tables_names_the_command(states: States) -> None:
    project = states.unmanaged()
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "Error [R401]" in result.stderr
    assert "record that: flask db baseline" in result.stderr
    project.ok("baseline")
    project.script("c3", "b2", "op.create_table('person', sa.Column('id', sa.Integer))")
    again = project.run("upgrade")
    assert (again.exit_code, "baseline" in again.stderr) == (1, False)


def test_what_equals_an_older_revision_is_that(states: States, database: Database) -> None:
    project = states.app()
    kinds = {"postgresql": "SERIAL", "mariadb": "INTEGER AUTO_INCREMENT", "sqlite": "INTEGER"}
    key = kinds[database.system]
    ran(database, f"CREATE TABLE person (id {key} NOT NULL, PRIMARY KEY (id))")
    result = project.run("baseline")
    assert "recorded a1 as applied" in result.stderr, result.output
    assert "1 revision are not applied" in result.stderr.replace("revisions", "revision")
    project.ok("upgrade")
    assert columns(database) == ["id", "name"]


def test_what_equals_none_is_not_recorded_unless_it_is_said(
    states: States, database: Database
) -> None:
    project = states.unmanaged()
    ran(database, "ALTER TABLE person ADD COLUMN hand VARCHAR(10)")
    result = project.run("baseline")
    assert result.exit_code == 1
    assert "Error [D310]" in result.stderr
    assert "The nearest is b2" in result.stderr and "person.hand" in result.stderr
    assert applied(project) == []
    project.ok("baseline", "--nearest")
    assert applied(project) == ["b2"]
    assert project.run("status", "--drift").exit_code == 13


def test_a_database_without_any_history(database: Database, make_project: Any) -> None:
    project = make_project(database, person)
    project.ok("init")
    with project.app.app_context():
        project.db.create_all()
    ran(database, "INSERT INTO person (id, name) VALUES (1, 'Ana')")
    newer = make_project(
        database,
        lambda db: (person(db), db.Table("pet", sa.Column("id", sa.Integer, primary_key=True))),
    )
    assert newer.run("baseline", "--dry-run").exit_code == 0
    assert list(newer.versions.glob("*.py")) == []
    newer.ok("baseline")
    first, second = sorted(newer.versions.glob("*.py"), key=lambda p: "pet" in p.read_text())
    assert "op.create_table(" in first.read_text() and '"person"' in first.read_text()
    (told,) = json.loads(newer.run("status", "--json").stdout)
    assert (told["state"], told["pending"]) == ("behind", 1)
    assert rows(database) == 1
    newer.ok("upgrade")
    assert "No changes" in newer.ok("check")
    assert newer.run("status", "--drift").exit_code == 0


def test_nothing_to_take_over(states: States, make_project: Any, database: Database) -> None:
    empty = make_project(database, person, folder="none")
    empty.ok("init")
    result = empty.run("baseline")
    assert (result.exit_code, "flask db migrate" in result.stderr) == (1, True)
    assert "It has no tables of this app: flask db upgrade" in states.empty().ok("baseline")


@pytest.mark.parametrize("flags", [("--dry-run",), ()], ids=str)
@pytest.mark.parametrize(("state", "code"), [("current", "D302"), ("half", "D307")])
def test_no_history_is_begun_where_scripts_are_missing(
    states: States, state: str, code: str, flags: tuple[str, ...]
) -> None:
    project = states.current()
    if state == "half":
        project.ok("stamp", "base", "--purge")
        project.script("a1", None, STOPS)
        assert project.run("upgrade").exit_code == 1
    for path in project.versions.glob("*.py"):
        path.unlink()
    result = project.run("baseline", *flags)
    assert result.exit_code == 1 and f"Error [{code}]" in result.stderr
    assert list(project.versions.glob("*.py")) == []


def test_a_history_that_does_not_run_from_its_beginning_proves_nothing(
    states: States,
) -> None:
    project = states.unmanaged()
    project.script("a1", None, "op.drop_table('long_gone')")
    result = project.run("baseline")
    assert result.exit_code == 1
    assert "a1 does not run on an empty database" in result.stderr
    assert "flask db stamp REVISION" in result.stderr


# --- drift --------------------------------------------------------------------------------------


def test_drift_is_told(states: States) -> None:
    project = states.drifted()
    assert project.run("status").exit_code == 0
    result = project.run("status", "--drift")
    assert (result.exit_code, result.stdout.split(":")[0]) == (13, "drifted")
    assert "person.hand" in result.stdout and "Next: flask db drift" in result.stdout
    found = project.run("drift")
    assert found.exit_code == 13
    assert found.stdout.startswith("+ ") and "person.hand" in found.stdout
    (told,) = json.loads(project.run("drift", "--json").stdout)
    assert told["is_drifted"] and told["losses"] and told["statements"]


def test_no_drift(states: States) -> None:
    project = states.behind()
    result = project.run("drift")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "is as a1 makes it" in result.stderr
    assert project.run("status", "--drift").exit_code == 11
    project.ok("upgrade")
    assert "Nothing has drifted." in project.ok("drift", "--adopt")
    assert len(list(project.versions.glob("*.py"))) == 2


def test_drift_is_adopted(states: States, database: Database) -> None:
    project = states.drifted()
    project.ok("drift", "--adopt", "-m", "by hand")
    (path,) = project.versions.glob("*by_hand.py")
    assert "hand" in path.read_text(encoding="utf-8")
    assert project.run("status", "--drift").exit_code == 0
    project.ok("downgrade")
    assert columns(database) == ["id", "name"]
    project.ok("upgrade")
    assert columns(database) == ["id", "name", "hand"]


def test_nothing_is_adopted_beside_a_half_done_revision(states: States) -> None:
    project = states.drifted()
    project.script("b2", "a1", COLUMN, downgrade=STOPS)
    assert project.run("downgrade").exit_code == 1
    result = project.run("drift", "--adopt")
    assert result.exit_code == 1 and "Error [D307]" in result.stderr
    assert len(list(project.versions.glob("*.py"))) == 2


def test_repair_destroys_nothing_that_it_was_not_told_to(
    states: States, database: Database
) -> None:
    project = states.drifted()
    result = project.run("drift", "--repair", "--yes")
    assert result.exit_code == 1
    assert "Error [C502]" in result.stderr and "--allow-drop" in result.stderr
    assert "hand" in columns(database)
    asked = project.run("drift", "--repair", "--allow-drop")
    assert asked.exit_code == 13
    assert "Nothing was run.  To do it: flask db drift --repair --allow-drop --yes" in asked.stderr
    assert "hand" in columns(database)
    project.ok("drift", "--repair", "--allow-drop", "--yes")
    assert columns(database) == ["id", "name"]
    assert project.run("status", "--drift").exit_code == 0


def test_repair_shows_its_statements_and_asks(states: States, database: Database) -> None:
    project = states.current()
    ran(database, "CREATE INDEX by_hand ON person (name)")
    result = project.run("drift", "--repair")
    assert "DROP INDEX" in result.stderr and "Nothing was run." in result.stderr
    assert result.exit_code == 13
    assert project.run("drift").exit_code == 13
    project.ok("drift", "--repair", "--yes")
    assert project.run("drift").exit_code == 0


def test_a_dropped_column_comes_back(states: States, database: Database) -> None:
    project = states.current()
    ran(database, "INSERT INTO person (id) VALUES (1)", "ALTER TABLE person DROP COLUMN name")
    assert project.run("drift").stdout.startswith("- ")
    project.ok("drift", "--repair", "--yes")
    assert (columns(database), rows(database)) == (["id", "name"], 1)


def test_both_at_once_is_a_mistake(sqlite_database: Database, make_project: Any) -> None:
    project = States(sqlite_database, make_project).current()
    assert project.run("drift", "--adopt", "--repair").exit_code == 2

"""``flask db status`` and ``migrate.health()``: each state has a name, a status, a next step."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate.api.states import EXIT_STATUS

from .conftest import Database
from .conftest import Project
from .states import ran
from .states import States

#: Those that show without a look at the schema.
PLAIN = [state for state in EXIT_STATUS if state != "drifted"]
NEXT = {
    "current": "",
    "empty": "flask db upgrade",
    "behind": "flask db upgrade",
    "dirty": "flask db upgrade",
}


@pytest.fixture
def states(database: Database, make_project: Any) -> States:
    """Give what brings a database into a state."""
    return States(database, make_project)


def health(project: Project, **options: Any) -> Any:
    """Return what a readiness probe is told."""
    with project.app.app_context():
        return project.app.extensions["schemamigrate"].health(**options)


@pytest.mark.parametrize("state", PLAIN)
def test_each_state_is_told_by_its_name(states: States, state: str) -> None:
    project = getattr(states, state)()
    result = project.run("status")
    assert result.stdout.startswith(f"{state}: "), result.output
    assert result.exit_code == EXIT_STATUS[state]  # type: ignore[index]
    (told,) = json.loads(project.run("status", "--json").stdout)
    assert (told["state"], told["exit_status"]) == (state, result.exit_code)
    assert told["ready"] is (state == "current")
    if state in NEXT:
        assert told["command"] == NEXT[state]
    found = health(project)
    assert (found.state, found.ready, found.command) == (state, told["ready"], told["command"])
    assert found.pending == told["pending"]
    assert "s3cret" not in result.output + found.message


def test_each_number_is_a_state_of_its_own() -> None:
    numbers = list(EXIT_STATUS.values())
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers), "of several databases the worst counts"
    assert numbers[0] == 0 and not {1, 2, 3} & set(numbers)


def test_status_changes_nothing_and_waits_for_nobody(states: States, database: Database) -> None:
    project = states.empty()
    project.run("status")
    with database.engine().connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    project.ok("upgrade", "a1")
    with database.engine().connect() as other:
        other.exec_driver_sql("SELECT * FROM person").all()
        assert project.run("status").exit_code == EXIT_STATUS["behind"]


def test_a_probe_asks_few_questions_on_one_connection(states: States) -> None:
    project = states.current()
    asked: list[str] = []
    opened: list[Any] = []
    with project.app.app_context():
        engine = project.db.engine
        sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        sa.event.listen(engine, "checkout", lambda *a: opened.append(a[0]))
    assert health(project).state == "current"
    assert 1 <= len(asked) <= 4, asked
    assert len(opened) == 1


def test_a_locked_file_is_a_database_that_does_not_answer(
    sqlite_database: Database, make_project: Any
) -> None:
    states = States(sqlite_database, make_project)
    options = {"connect_args": {"timeout": 0}}
    project = states.current(SQLALCHEMY_ENGINE_OPTIONS=options)
    with sqlite_database.engine().connect() as other:
        other.exec_driver_sql("BEGIN EXCLUSIVE")
        found = health(project)
    assert found.state == "unreachable"
    assert "database is locked" in found.message


def test_tables_of_other_programs_leave_a_database_empty(
    states: States, database: Database
) -> None:
    project = states.empty()
    ran(database, "CREATE TABLE celery_taskmeta (id INTEGER)")
    assert project.run("status").exit_code == EXIT_STATUS["empty"]


def test_tables_and_no_history_at_all(database: Database, make_project: Any) -> None:
    project = make_project(database)
    project.ok("init")
    assert json.loads(project.run("status", "--json").stdout)[0]["command"] == "flask db migrate"
    ran(database, "CREATE TABLE person (id INTEGER)")
    result = project.run("status")
    assert result.exit_code == EXIT_STATUS["unmanaged"]
    assert "person" in result.stdout


def test_scripts_in_other_encodings_hinder_nobody(states: States) -> None:
    project = states.app()
    path = project.versions / "b2.py"
    text = path.read_text(encoding="utf-8").replace('"""b2"""', '# coding: latin-1\n"""ü"""')
    path.write_bytes(text.encode("latin-1"))
    with project.app.app_context():
        project.db.create_all()
    assert project.run("status").exit_code == EXIT_STATUS["unmanaged"]
    project.ok("baseline")
    assert project.run("status", "--drift").exit_code == 0


def test_two_heads_name_the_command_that_takes_both(states: States) -> None:
    project = states.behind()
    project.script("c9", "a1", "pass")
    assert health(project).command == "flask db upgrade heads"


def test_several_databases_each_have_a_state_and_the_worst_counts(
    sqlite_database: Database, make_project: Any, tmp_path: Any
) -> None:
    binds = {"other": f"sqlite:///{tmp_path / 'other.db'}", "far": "sqlite:////nowhere/at/all.db"}
    project = make_project(sqlite_database, SQLALCHEMY_BINDS=binds)
    project.ok("init")
    project.script("a1", None, "pass")
    project.ok("upgrade", "--bind", "other")
    result = project.run("status")
    assert result.exit_code == EXIT_STATUS["unreachable"]
    words = [line.split(":")[0] for line in result.stdout.splitlines() if line.startswith("[")]
    assert words == ["[default] empty", "[far] unreachable", "[other] current"]
    assert project.run("status", "--bind", "other").exit_code == 0
    found = health(project)
    assert (found.state, found.ready, len(found.databases)) == ("unreachable", False, 3)
    assert health(project, bind="other").ready

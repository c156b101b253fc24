"""``flask db repair``: what is wrong with the version table and the journal."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .states import ran
from .states import States


@pytest.fixture
def states(database: Database, make_project: Any) -> States:
    """Give what brings a database into a state."""
    return States(database, make_project)


def versions(database: Database) -> list[Any]:
    with database.engine().connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        return sorted(found.scalars(), key=str)


def tables(database: Database) -> set[str]:
    with database.engine().connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def loosened(database: Database) -> None:
    """Make the version table one without a key, as old tools or hands have made it."""
    ran(
        database,
        "DROP TABLE alembic_version",
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
    )


def test_nothing_is_wrong(states: States, database: Database) -> None:
    project = states.current()
    assert "Nothing is wrong" in project.ok("repair")
    assert "Nothing is wrong" in States(database, states.make).app().ok("repair", "--yes")


def test_wrong_rows_of_the_version_table(states: States, database: Database) -> None:
    project = states.current()
    loosened(database)
    wrong = "INSERT INTO alembic_version VALUES ('b2'), ('b2'), ('a1'), (NULL), ('')"
    ran(database, wrong)
    result = project.run("repair")
    assert result.exit_code == 1
    for said in (
        "b2 is recorded twice",
        "a1 is recorded beside b2, which stands on it",
        "A row of the version table names no revision",
        "Nothing was changed.",
    ):
        assert said in result.stderr
    assert len(versions(database)) == 5
    project.ok("repair", "--yes")
    assert versions(database) == ["b2"]
    assert project.run("status", "--drift").exit_code == 0
    project.ok("downgrade")
    assert versions(database) == ["a1"]


def test_a_journal_of_what_has_ended(states: States, database: Database) -> None:
    project = states.dirty()
    with_it = project.run("repair", "--yes")
    assert with_it.exit_code == 1
    assert "To go on: flask db upgrade" in with_it.stderr
    assert "flask db resolve --applied b2" in with_it.stderr
    ran(database, "UPDATE alembic_version SET version_num = 'b2'")
    result = project.run("repair")
    assert "The journal speaks of b2, which is complete by now" in result.stderr
    project.ok("repair", "--yes")
    assert "schemamigrate_journal" not in tables(database)
    assert project.run("status").exit_code == 0


def test_what_it_cannot_put_right_is_said(states: States) -> None:
    project = states.ahead()
    result = project.run("repair", "--json")
    assert result.exit_code == 1
    (told,) = json.loads(result.stdout)
    assert told["others"] == ["There is no script of c3 here: flask db status"]
    assert told["mendable"] == []


def test_copies_of_alembics_batches_are_listed(
    sqlite_database: Database, make_project: Any
) -> None:
    project = States(sqlite_database, make_project).current()
    ran(sqlite_database, "CREATE TABLE _alembic_tmp_person (id INTEGER)")
    result = project.run("repair", "--yes")
    assert result.exit_code == 1
    assert "a copy of person with 0 rows" in result.stderr
    ran(sqlite_database, "DROP TABLE person")
    assert "Rename it back: ALTER TABLE _alembic_tmp_person" in project.run("repair").stderr

"""The log beside the version table, and what an older image can do with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project
from .states import ran
from .states import States


@pytest.fixture
def states(database: Database, make_project: Any) -> States:
    """Give what brings a database into a state."""
    return States(database, make_project)


def tables(database: Database) -> set[str]:
    with database.engine().connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def logged(project: Project, *arguments: str) -> list[dict[str, Any]]:
    """Return the records, oldest first."""
    (one,) = json.loads(project.run("log", "--json", *arguments).stdout)
    return list(reversed(one["records"]))


def test_every_revision_is_written_down(states: States) -> None:
    project = states.app(SCHEMAMIGRATE_APP_VERSION="1.3")
    project.ok("upgrade")
    project.ok("downgrade")
    project.ok("stamp", "head")
    found = logged(project)
    assert [(r["action"], r["revision"]) for r in found] == [
        ("upgrade", "a1"),
        ("upgrade", "b2"),
        ("downgrade", "b2"),
        ("stamp", "b2"),
    ]
    first, second, _, stamp = found
    assert first["source"] == (project.versions / "a1.py").read_text(encoding="utf-8")
    assert (first["message"], first["parents"], second["parents"]) == ("person", [], ["a1"])
    assert first["app_version"] == "1.3" and first["host"] and first["version"]
    assert first["seconds"] > 0 == stamp["seconds"]
    assert first["statement_count"] >= 1 == len(second["statements"])
    assert stamp["statement_count"] == 0
    assert first["at"].endswith("+00:00")
    assert [line.split()[2:4] for line in project.run("log", "-n", "1").stdout.splitlines()] == [
        ["stamp", "b2"]
    ]
    assert "op.create_table('person'" in project.run("log", "a1", "-v").stdout


@pytest.mark.parametrize("word", ["--bogus", "-z"])
def test_an_option_that_there_is_none_of(states: States, word: str) -> None:
    result = states.current().run("log", word)
    assert result.exit_code == 2
    assert "No such option" in result.stderr and word in result.stderr


def test_what_is_not_logged_is_named(states: States) -> None:
    result = states.current().run("log", "c3")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Nothing is logged of c3.\n"


def test_it_is_no_part_of_the_schema(states: States, database: Database) -> None:
    project = states.current()
    assert "schemamigrate_log" in tables(database)
    assert "No changes" in project.ok("check")
    project.ok("migrate")
    assert len(list(project.versions.glob("*.py"))) == 2
    assert "schemamigrate_log" not in project.ok("upgrade", "--plan")


def test_the_compat_layers_comparison_leaves_it_out(states: States, database: Database) -> None:
    from flask_schemamigrate.compat.alembic.autogenerate import compare_metadata
    from flask_schemamigrate.compat.alembic.runtime.migration import MigrationContext

    project = states.current()
    assert "schemamigrate_log" in tables(database)
    with database.engine().connect() as connection, project.app.app_context():
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, project.db.metadata) == []


def test_it_can_be_turned_off_and_dropped(states: States, database: Database) -> None:
    project = states.current(SCHEMAMIGRATE_LOG=False)
    assert tables(database) == {"person", "alembic_version"}
    assert "Nothing is logged." in project.run("log").stderr
    again = states.app()
    again.ok("downgrade")
    assert "schemamigrate_log" in tables(database)
    assert "Nothing was dropped" in again.run("log", "--drop").stderr
    again.ok("log", "--drop", "--yes")
    assert tables(database) == {"person", "alembic_version"}
    again.ok("upgrade")
    assert [r["revision"] for r in logged(again)] == ["b2"]


def test_the_row_comes_with_the_version_row(sqlite_database: Database, make_project: Any) -> None:
    project = States(sqlite_database, make_project).behind()
    refusing = "CREATE TRIGGER no BEFORE INSERT ON schemamigrate_log BEGIN "
    ran(sqlite_database, refusing + "SELECT RAISE(ABORT, 'no more rows'); END")
    result = project.run("upgrade")
    assert result.exit_code == 1 and "no more rows" in result.output
    with sqlite_database.engine().connect() as connection:
        columns = sa.inspect(connection).get_columns("person")
    assert [column["name"] for column in columns] == ["id"]
    assert "a1" in project.ok("current")


def test_who_takes_the_version_row_away_is_noticed(states: States, database: Database) -> None:
    project = states.behind()
    project.script("b2", "a1", "op.execute('INSERT INTO person (id) VALUES (7)')\n"
                   "op.execute('DELETE FROM alembic_version')")  # fmt: skip
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "no longer has the row a1: somebody else changed it meanwhile." in result.stderr
    assert "flask db current" in result.stderr
    with database.engine().connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM person")) == 0
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "a1"
    assert [r["revision"] for r in logged(project)] == ["a1"]


def test_who_may_not_create_it_is_told_and_goes_on(
    postgresql_database: Database, make_project: Any
) -> None:
    role = f"r_{postgresql_database.url.database}"
    project = States(postgresql_database, make_project).current(SCHEMAMIGRATE_LOG=False)
    ran(
        postgresql_database,
        f"CREATE ROLE {role} LOGIN PASSWORD 's3cret'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )
    try:
        url = postgresql_database.url.set(username=role, password="s3cret")
        other = States(Database("postgresql", url), make_project).app()
        project.script("c3", "b2", 'op.execute("INSERT INTO person (id) VALUES (7)")')
        result = other.run("upgrade")
        assert result.exit_code == 0, result.output
        said = "Note: The log schemamigrate_log cannot be kept: permission denied"
        assert result.stderr.count(said) == 1
        assert "c3" in other.ok("current")
    finally:
        ran(postgresql_database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_any_text_fits_into_a_database_of_any_encoding(
    mariadb_database: Database, make_project: Any
) -> None:
    ran(mariadb_database, f"ALTER DATABASE {mariadb_database.url.database} CHARACTER SET latin1")
    project = States(mariadb_database, make_project).app(SCHEMAMIGRATE_APP_VERSION="版本")
    project.script("c3", "b2", "pass  # 中文 🐍", message="添加")
    project.ok("upgrade")
    last = logged(project)[-1]
    assert (last["message"], last["app_version"]) == ("添加", "版本")
    assert "🐍" in last["source"]


def test_an_older_image_says_what_is_there(states: States) -> None:
    project = states.ahead(SCHEMAMIGRATE_APP_VERSION="2.0")
    for command in (["upgrade"], ["migrate"], ["stamp"], ["upgrade", "--plan"]):
        result = project.run(*command)
        assert result.exit_code == 1
        assert "Error [D302]" in result.stderr
        assert "c3  later  (applied 20" in result.stderr and "app 2.0" in result.stderr
        assert "flask db downgrade --stored b2" in result.stderr
    assert "c3  later" in project.run("status").stdout
    assert "\n  c3  later  (applied 20" in project.run("current").stderr


def test_an_older_image_goes_on_where_that_is_allowed(states: States) -> None:
    project = states.ahead()
    older = states.app(SCHEMAMIGRATE_AHEAD="allow")
    result = older.run("upgrade")
    assert result.exit_code == 0
    assert "is ahead of these scripts:\n  c3  later" in result.stderr
    assert json.loads(older.run("status", "--json").stdout)[0]["ready"] is True
    assert json.loads(project.run("status", "--json").stdout)[0]["ready"] is False


def test_what_the_log_cannot_prove_is_not_allowed(states: States) -> None:
    states.ahead().ok("log", "--drop", "--yes")
    older = states.app(SCHEMAMIGRATE_AHEAD="allow")
    assert older.run("upgrade").exit_code == 1
    (told,) = json.loads(older.run("status", "--json").stdout)
    assert (told["state"], told["ready"]) == ("ahead", False)


def test_a_diverged_database_is_not_allowed(states: States) -> None:
    states.diverged()
    older = states.app(SCHEMAMIGRATE_AHEAD="allow")
    result = older.run("upgrade")
    assert result.exit_code == 1
    assert "x9  other" in result.stderr
    (told,) = json.loads(older.run("status", "--json").stdout)
    assert (told["state"], told["behind"], told["ready"]) == ("diverged", ["b2"], False)


def test_stored_scripts_undo_what_is_not_here(states: States, database: Database) -> None:
    project = states.ahead()
    assert project.run("downgrade", "b2").exit_code == 1
    assert "later" in tables(database)
    project.ok("downgrade", "--stored", "b2")
    assert "later" not in tables(database)
    assert project.run("status").exit_code == 0
    assert [(r["action"], r["revision"]) for r in logged(project)][-1] == ("downgrade", "c3")
    assert "op.create_table('later'" in project.run("log", "c3", "-v").stdout


def test_a_diverged_database_is_brought_back(states: States, database: Database) -> None:
    project = states.diverged()
    project.ok("downgrade", "--stored", "a1")
    project.ok("upgrade")
    assert "other" not in tables(database)
    assert project.run("status").exit_code == 0


def test_without_the_script_nothing_is_undone(states: States) -> None:
    project = states.ahead()
    project.ok("log", "--drop", "--yes")
    result = project.run("downgrade", "--stored", "b2")
    assert result.exit_code == 1
    assert "does not have the script of c3" in result.stderr


def test_resolved_revisions_are_written_down(mariadb_database: Database, make_project: Any) -> None:
    project = States(mariadb_database, make_project).dirty()
    project.ok("resolve", "--applied", "b2")
    assert [(r["action"], r["revision"]) for r in logged(project)][-1] == ("stamp", "b2")

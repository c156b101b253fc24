"""Tables that no script mentions are left alone; so is what ``ignore`` names."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate.history import spoken
from flask_schemamigrate.history.folder import Folder
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.scope import Scope

from .conftest import Database
from .deciding import begun
from .deciding import person

ONE = [{"id": 1}]


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine()).get_table_names())


def add(database: Database, *names: str) -> None:
    with database.engine().begin() as connection:
        for name in names:
            sa.Table(name, sa.MetaData(), sa.Column("id", sa.Integer)).create(connection)


def test_they_are_listed_once_and_left_alone(database: Database, make_project: Any) -> None:
    project = begun(database, make_project, person(), person=ONE)
    add(database, "spatial_ref_sys", "legacy orders")
    output = project.run("migrate")
    assert output.exit_code == 0
    assert (
        "Note: 2 tables are in no script and no model, and left alone: legacy orders, "
        "spatial_ref_sys.  This is said once; --include-unmanaged compares them too.\n"
    ) in output.stderr
    assert "No changes: 1 table of " in output.stderr
    assert "unmanaged" not in project.run("migrate").stderr
    add(database, "third")
    assert "1 table is in no script and no model, and left alone: third." in project.ok("migrate")
    assert "No changes" in project.ok("check")

    def age():
        return sa.Column("age", sa.Integer)

    second = make_project(database, person(age))
    second.ok("migrate")
    second.ok("upgrade")
    assert {"spatial_ref_sys", "legacy orders", "third"} < tables(database)


def test_each_of_several_databases_is_told_of(
    database: Database, make_project: Any, tmp_path: Any
) -> None:
    def define(db: Any) -> None:
        db.Table("person", sa.Column("id", sa.Integer, primary_key=True))
        db.Table("login", sa.Column("id", sa.Integer, primary_key=True), bind_key="users")

    users = Database("sqlite", sa.make_url(f"sqlite:///{tmp_path}/users.db"))
    project = make_project(database, define, SQLALCHEMY_BINDS={"users": users.text})
    project.ok("init")
    with project.app.app_context():
        project.db.create_all()
    add(database, "here")
    add(users, "there")
    said = project.run("migrate").stderr
    assert "there is no revision yet" in said
    for name in ("here", "there"):
        assert f"1 table is in no script and no model, and left alone: {name}." in said
    assert "1 table of users.db" in said
    assert "left alone" not in project.run("migrate").stderr


def test_they_are_compared_when_asked_for(database: Database, make_project: Any) -> None:
    project = begun(database, make_project, person(), person=ONE)
    add(database, "legacy")
    assert "- Drop table legacy" in project.run("check", "--include-unmanaged").stdout
    project.ok("migrate", "--include-unmanaged")
    project.ok("upgrade")
    assert tables(database) == {"alembic_version", "schemamigrate_log", "person"}
    project.ok("downgrade")
    assert "legacy" in tables(database)


@pytest.mark.parametrize(
    "body",
    [
        'op.create_table("legacy", sa.Column("id", sa.Integer))',
        'op.execute("CREATE TABLE legacy (id INTEGER)")',
        'op.rename_table("ancient", "legacy")',
    ],
)
def test_what_a_script_mentions_is_managed(
    sqlite_database: Database, make_project: Any, body: str
) -> None:
    project = make_project(sqlite_database, person())
    project.ok("init")
    add(sqlite_database, *(["ancient"] if "ancient" in body else []))
    project.script("aaaa1111", None, body)
    project.ok("upgrade")
    assert "- Drop table legacy" in project.run("check").stdout


def test_names_are_words(tmp_path: Any) -> None:
    (tmp_path / "a.py").write_text(
        "op.drop_table('users')  # orders\nop.execute('TRUNCATE \"Odd Name\"; SELECT x_y')\n"
    )
    said = spoken.of(Folder(tmp_path, (tmp_path,)))
    names = ["user", "users", "Users", "Odd Name", "odd", "x", "X_Y", "orders", "op"]
    assert [name for name in names if said.mentions(name)] == [
        *("users", "Users", "Odd Name", "odd", "X_Y")
    ]


def test_what_no_script_makes_is_kept_whatever_else_is_called_so(
    database: Database, make_project: Any
) -> None:
    """Its words are in what our scripts say of themselves, of their columns and in Python."""
    begun(database, make_project, person(), person=ONE)
    foreign = ["revision", "date", "title", "op", "create", "upgrade"]
    add(database, *foreign)
    project = make_project(database, person(lambda: sa.Column("title", sa.String(9))))
    assert "Drop" not in project.ok("migrate", "-m", "create date")
    project.ok("upgrade")
    assert "Drop" not in project.ok("migrate")
    assert set(foreign) < tables(database)


def test_a_table_that_was_renamed_is_asked_for(database: Database, make_project: Any) -> None:
    project = make_project(database, person())
    project.ok("init")
    project.script("aaaa1111", None, "pass")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        old = sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
        old.create(connection)
        connection.execute(old.insert(), ONE)
    output = project.ok("migrate", "--rename", "people:person")
    assert "Rename table people to person" in output
    project.ok("upgrade")
    assert tables(database) == {"alembic_version", "schemamigrate_log", "person"}


def test_ignored_tables_are_not_even_listed(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=ONE)
    add(database, "celery_task", "celery_group", "other")
    project = make_project(database, person(), SCHEMAMIGRATE_IGNORE=["celery_*", "schema:x*"])
    output = project.ok("migrate", "--include-unmanaged")
    assert "- Drop table other" in output
    assert "celery" not in output


def test_an_ignored_schema_is_not_looked_into() -> None:
    names = [Name("a", "audit_1"), Name("b", "mine"), Name("c")]
    scope = Scope.over(names, ignore=["schema:audit_*"], places=["audit_2"])
    assert scope.schemas == (None, "mine")
    assert not scope.covers(Name("a", "audit_1"))


def test_an_ignored_schema_stays(postgresql_database: Database, make_project: Any) -> None:
    def define(db: Any) -> None:
        person()(db)
        db.Table("event", sa.Column("id", sa.Integer, primary_key=True), schema="_timescaledb_x")

    with postgresql_database.engine().begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA _timescaledb_x CREATE TABLE chunk (id INTEGER)")
    project = make_project(
        postgresql_database, define, SCHEMAMIGRATE_IGNORE=["schema:_timescaledb*"]
    )
    project.ok("init")
    output = project.ok("migrate", "--include-unmanaged")
    assert output.count("Create") == 1 and "timescaledb" not in output


def test_one_that_points_at_a_dropped_table_is_named(database: Database, make_project: Any) -> None:
    def tag(db: Any) -> None:
        person()(db)
        db.Table("tag", sa.Column("id", sa.Integer, primary_key=True))

    begun(database, make_project, tag, person=ONE)
    with database.engine().begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE legacy (id INTEGER, tag_id INTEGER, "
            "CONSTRAINT to_tag FOREIGN KEY (tag_id) REFERENCES tag (id))"
        )
    said = make_project(database, person()).ok("migrate", "--no-verify")
    assert "legacy, which no script and no model mentions, points at tag (to_tag): " in said


def test_what_a_stopped_batch_of_alembic_leaves_is_told(
    sqlite_database: Database, make_project: Any
) -> None:
    """Whether the table is still there, or its rows are in the copy alone."""
    project = begun(sqlite_database, make_project, person(), person=ONE)
    with sqlite_database.engine().begin() as connection:
        statement = "SELECT sql FROM sqlite_master WHERE name = 'person'"
        sql = connection.exec_driver_sql(statement).scalar_one()
        connection.exec_driver_sql(sql.replace("person", "_alembic_tmp_person", 1))
        connection.exec_driver_sql("INSERT INTO _alembic_tmp_person SELECT * FROM person")
    told = project.ok("migrate")
    assert (
        "_alembic_tmp_person was left by a batch of Alembic that was stopped: a copy of person "
        "with 1 row.  Where person is complete, drop it." in told
    )
    with sqlite_database.engine().begin() as connection:
        connection.exec_driver_sql("DROP TABLE person")
    for command in ("migrate", "check", "upgrade"):
        if command == "upgrade":
            project.ok("revision", "-m", "empty")
        result = project.run(command)
        assert result.exit_code == 1
        assert "Error [D307]: Another tool (Alembic, by the name) was stopped" in result.stderr
        assert "that is gone, and _alembic_tmp_person has its 1 row." in result.stderr
        repair = "ALTER TABLE _alembic_tmp_person RENAME TO person"
        assert f"Rename it back: {repair}\n" in result.stderr
    with sqlite_database.engine().begin() as connection:
        connection.exec_driver_sql(repair)
    project.ok("upgrade")
    assert "No changes" in project.ok("check")

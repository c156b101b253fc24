"""``migrate --verify``: a script is tried on a copy before it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.api import migrating
from flask_schemamigrate.api import verifying
from flask_schemamigrate.dialects.sqlite import replica
from flask_schemamigrate.errors import NotProven

from .conftest import Database
from .conftest import Project

ALL = "Tried on a copy: it runs, leaves no difference, makes what create_all makes, loses no row and can be undone.\n"  # noqa: E501
Make = Callable[..., Project]


def users(*columns: Any) -> Callable[[Any], None]:
    def define(db: Any) -> None:
        key = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table("user", db.metadata, key, *(column._copy() for column in columns))

    return define


NAME = sa.Column("name", sa.String(40))


def with_rows(database: Database, make_project: Make, *names: str | None) -> Project:
    """Give a project at its head whose table has rows."""
    project = make_project(database, users(NAME))
    project.ok("init")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        table = project.db.metadata.tables["user"]
        for name in names:
            connection.execute(table.insert().values(name=name))
    return project


def master(database: Database) -> list[Any]:
    with database.engine().connect() as connection:
        return list(connection.exec_driver_sql("SELECT * FROM sqlite_master"))


def test_what_was_proven_is_said(sqlite_database: Database, make_project: Make) -> None:
    with_rows(sqlite_database, make_project, "Ana", "Bo")
    before = master(sqlite_database)
    project = make_project(sqlite_database, users(NAME, sa.Column("age", sa.Integer)))
    result = project.run("migrate", "-m", "age")
    assert result.exit_code == 0
    assert result.stderr == f"  + Add column user.age\n{ALL}"
    assert master(sqlite_database) == before


def test_what_was_proven_is_told_as_json(sqlite_database: Database, make_project: Make) -> None:
    project = make_project(sqlite_database, users(NAME))
    project.ok("init")
    told = json.loads(project.run("migrate", "--json").stdout)
    laws = ["runs", "silent", "true", "lossless", "reversible"]
    assert told["proofs"] == [{"database": "default", "proven": laws, "unproven": []}]


def test_a_script_that_would_fail_is_not_written(
    sqlite_database: Database, make_project: Make
) -> None:
    with_rows(sqlite_database, make_project, "Ana", "Ana")
    unique = sa.Column("name", sa.String(40), unique=True)
    project = make_project(sqlite_database, users(unique))
    count = len(list(project.versions.iterdir()))
    result = project.run("migrate", "-m", "unique", "--rev-id", "u1")
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error [C510]: On a copy of {sqlite_database.url} the script does not keep the law 'runs' "
        "(the script runs).\n"
        '  statement: INSERT INTO "_schemamigrate_user" ("id", "name") SELECT "id", "name" '
        'FROM "user"\n'
        "  database:  UNIQUE constraint failed: _schemamigrate_user.name\n"
        f"{result.stderr.splitlines()[3].partition(' was not')[0]} was not written.\n"
        "  To write it all the same: flask db migrate --no-verify\n"
    )
    assert result.stderr.splitlines()[3].endswith("-u1_unique.py was not written.")
    assert len(list(project.versions.iterdir())) == count
    written = project.run("migrate", "-m", "unique", "--no-verify")
    assert written.exit_code == 0
    assert "Tried" not in written.stderr
    assert len(list(project.versions.iterdir())) == count + 1


def test_the_setting_turns_it_off(sqlite_database: Database, make_project: Make) -> None:
    project = make_project(sqlite_database, users(NAME), SCHEMAMIGRATE_VERIFY=False)
    project.ok("init")
    first = project.run("migrate")
    assert "Tried" not in first.stderr
    Path(first.stdout.strip()).unlink()
    result = project.run("migrate", "--verify")
    assert result.stderr.endswith(ALL)


def prepared(project: Project) -> tuple[Any, Any]:
    """Return the settings and a script that adds a column, not written yet."""
    with project.app.app_context():
        settings = project.app.extensions["schemamigrate"].settings()
        return settings, migrating.prepare(settings, api.Draft("x", rev_id="x1"))


BODY = "import sqlalchemy as sa\nfrom alembic import op\n\ndef upgrade():\n    {}\n\ndef downgrade():\n    {}\n"  # noqa: E501
ADD = "op.add_column('user', sa.Column('age', sa.Integer()))"
DROP = "op.drop_column('user', 'age')"


@pytest.mark.parametrize(
    ("up", "down", "law", "said"),
    [
        ("raise OSError('no')", DROP, "runs", "  OSError: no\n"),
        ("pass", "pass", "silent",
         "  After upgrade there is still to do:\n  + Add column user.age\n"),
        (f"{ADD}; op.execute('DELETE FROM user')", DROP, "lossless",
         "  user has 0 of 2 rows after upgrade.\n"),
        (ADD, "pass", "reversible", "  downgrade() does not give back\n  - Drop column user.age\n"),
        (ADD, "op.drop_table('user')", "reversible", "  + Create table user\n"),
        (ADD, f"{DROP}; op.execute('DELETE FROM user WHERE id = 1')", "lossless",
         "  user has 1 of 2 rows after upgrade and downgrade.\n"),
    ],
)  # fmt: skip
def test_a_law_that_does_not_hold_is_named(
    sqlite_database: Database, make_project: Make, up: str, down: str, law: str, said: str
) -> None:
    with_rows(sqlite_database, make_project, "Ana", "Bo")
    project = make_project(sqlite_database, users(NAME, sa.Column("age", sa.Integer)))
    settings, script = prepared(project)
    with pytest.raises(NotProven) as caught:
        verifying.prove(settings, script.revision, BODY.format(up, down), script.found)
    assert f"does not keep the law '{law}' ({verifying.LAWS[law]}).\n" in caught.value.message
    assert said in caught.value.message


def test_what_create_all_would_make_otherwise_is_found(
    sqlite_database: Database, make_project: Make
) -> None:
    """The model of a listener that create_all runs is not in the metadata: only a try shows it."""
    with_rows(sqlite_database, make_project)
    project = make_project(sqlite_database, users(NAME, sa.Column("age", sa.Integer)))
    index = sa.DDL("CREATE INDEX extra ON user (name)")
    sa.event.listen(project.db.metadata.tables["user"], "after_create", index)
    settings, script = prepared(project)
    with pytest.raises(NotProven) as caught:
        verifying.prove(settings, script.revision, script.text, script.found)
    assert "'true' (the tables are as create_all makes them).\n" in caught.value.message
    assert "  create_all() would make it otherwise:\n  + Create index extra" in caught.value.message


def test_what_cannot_be_undone_is_no_failure(sqlite_database: Database, make_project: Make) -> None:
    with_rows(sqlite_database, make_project, "Ana")
    project = make_project(sqlite_database, users(NAME, sa.Column("age", sa.Integer)))
    settings, script = prepared(project)
    text = BODY.format(ADD, DROP).partition("\ndef downgrade")[0]
    (proof,) = verifying.prove(settings, script.revision, text, script.found)
    assert proof.proven == ("runs", "silent", "true", "lossless")
    assert proof.unproven[0].startswith("downgrade() was not proven: Revision x1 (x) has no")


def test_a_large_file_is_copied_in_part(
    sqlite_database: Database, make_project: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rows(sqlite_database, make_project, *["x" * 30] * 1500)
    with sqlite_database.engine().begin() as connection:
        connection.exec_driver_sql("CREATE VIEW names AS SELECT name FROM user")
        connection.exec_driver_sql("CREATE VIRTUAL TABLE found USING fts5(text)")
    monkeypatch.setattr(replica, "LIMIT", 1000)
    project = make_project(
        sqlite_database,
        users(sa.Column("name", sa.String(40), nullable=False)),
        SCHEMAMIGRATE_IGNORE=["found*"],
    )
    result = project.run("migrate")
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[1:] == [
        ALL.strip(),
        "Not proven: The database has 0 MB, more than the 0 MB that are copied whole: "
        "the copy had 1,000 rows of each table.",
    ]


def test_functions_that_the_app_registers_are_there(
    sqlite_database: Database, make_project: Make
) -> None:
    project = make_project(sqlite_database, users(NAME))
    with project.app.app_context():
        engine = project.db.engine

    @sa.event.listens_for(engine, "connect")
    def register(connection: Any, record: Any) -> None:
        connection.create_function("even", 1, lambda value: value % 2 == 0, deterministic=True)

    listeners = list(engine.pool.dispatch.connect)
    project.ok("init")
    project.ok("migrate")
    project.ok("upgrade")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO user VALUES (2, 'Ana')")
    table = project.db.metadata.tables["user"]
    table.append_constraint(sa.CheckConstraint("even(id)", name="is_even"))
    result = project.run("migrate")
    assert (result.exit_code, ALL in result.stderr) == (0, True), result.output
    assert list(engine.pool.dispatch.connect) == listeners


def test_a_hook_that_edits_the_script_is_no_failure(
    sqlite_database: Database, make_project: Make
) -> None:
    with_rows(sqlite_database, make_project)
    project = make_project(sqlite_database, users(NAME, sa.Column("age", sa.Integer)))
    settings, script = prepared(project)
    hook = {"process_revision_directives": lambda context, revision, directives: None}
    settings = replace(settings, options={**settings.options, **hook})
    text = BODY.format("pass", "pass")
    (proof,) = verifying.prove(settings, script.revision, text, script.found)
    assert proof.proven == ("runs", "lossless", "reversible")
    assert proof.unproven == (
        "The script leaves, as process_revision_directives may want: + Add column user.age",
        "It is not as create_all() makes it, as process_revision_directives may want: "
        "+ Add column user.age",
    )


def with_a_check(check: str | None) -> Callable[[Any], None]:
    def define(db: Any) -> None:
        columns = [sa.Column("age", sa.Integer, nullable=False)] if check else []
        checks = [sa.CheckConstraint(check, name="grown")] if check else []
        key = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table("user", db.metadata, key, *columns, *checks)

    return define


def test_rows_that_stand_in_the_way_back_are_no_failure(
    database: Database, make_project: Make
) -> None:
    """The values of a dropped column are gone, and what comes in their place may not pass."""
    check = "age % 7 = 3 AND age > 90"
    first = make_project(database, with_a_check(check))
    first.ok("init")
    first.ok("migrate", "-m", "first")
    first.ok("upgrade")
    with database.engine().begin() as connection:
        connection.execute(first.db.metadata.tables["user"].insert().values(age=94))
    project = make_project(database, with_a_check(None))
    result = project.run("migrate", "--verify", "-m", "second")
    assert result.exit_code == 0, result.stderr
    proof = result.stderr.splitlines()[-2:]
    assert proof[0] == (
        "Tried on a copy: it runs, leaves no difference, makes what create_all makes and loses no "
        "row."
    )
    assert proof[1].startswith(
        "Not proven: downgrade() gives the former tables back while they are empty; on the rows "
        "that are there it fails.  statement: "
    )
    script = " ".join(Path(result.stdout.strip()).read_text(encoding="utf-8").split())
    script = script.replace(" # ", " ")
    assert "The former values of user.age are gone: every row gets 0. That does not pass " in script
    assert ": this fails where the table has rows." in script
    project.ok("upgrade")


@pytest.mark.parametrize(
    ("check", "value"), [("age > 17", "18"), ("age < 0 AND age > -9", "-1"), ("age >= 0", "0")]
)
def test_what_comes_back_passes_the_check_on_it(
    database: Database, make_project: Make, check: str, value: str
) -> None:
    first = make_project(database, with_a_check(check))
    first.ok("init")
    first.ok("migrate", "-m", "first")
    first.ok("upgrade")
    with database.engine().begin() as connection:
        age = {"18": 40, "-1": -5, "0": 3}[value]
        connection.execute(first.db.metadata.tables["user"].insert().values(age=age))
    project = make_project(database, with_a_check(None))
    result = project.run("migrate", "--verify", "-m", "second")
    assert result.stderr.endswith(ALL)
    script = Path(result.stdout.strip()).read_text(encoding="utf-8")
    assert f"# The former values of user.age are gone: every row gets {value}.\n" in script
    project.ok("upgrade")
    project.ok("downgrade")
    with database.engine().connect() as connection:
        ages = connection.execute(sa.select(sa.table("user", sa.column("age")))).scalars().all()
    assert ages == [int(value)]


def test_a_way_back_that_fails_without_rows_too_is_refused(
    sqlite_database: Database, make_project: Make
) -> None:
    with_rows(sqlite_database, make_project, "Ana")
    project = make_project(sqlite_database, users(NAME, sa.Column("age", sa.Integer)))
    settings, script = prepared(project)
    with pytest.raises(NotProven, match="does not keep the law 'reversible'"):
        body = BODY.format(ADD, "op.drop_column('user', 'other')")
        verifying.prove(settings, script.revision, body, script.found)

"""What users of Flask-Migrate suffer from (their scenarios L1 to L18), and what happens here."""

from __future__ import annotations

import logging
import re
import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa

import flask_schemamigrate
from flask_schemamigrate.errors import UnknownRevision

from .conftest import Database
from .conftest import Project
from .deciding import begun
from .deciding import newest
from .deciding import person
from .deciding import values
from .together import said_by

ONE = [{"id": 1}]


def migrated(project: Project, message: str, *flags: str) -> str:
    """Migrate and upgrade, find nothing left, and return what was said."""
    said = project.ok("migrate", "-m", message, *flags)
    project.ok("upgrade")
    assert "No changes" in project.ok("check")
    return said


FAMILY = """
CREATE TABLE p (id INTEGER PRIMARY KEY, a VARCHAR(10), n INTEGER, CHECK (n > 0));
CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE);
CREATE TRIGGER tr AFTER UPDATE ON p BEGIN UPDATE child SET id = id; END;
INSERT INTO p VALUES (1, 'x', 1), (2, 'y', 2);
INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)
"""
VIEW = "CREATE VIEW v_p AS SELECT id, a FROM p"
WIDEN = """
with op.batch_alter_table("p") as batch:
    batch.alter_column("a", existing_type=sa.String(10), type_=sa.String(99), nullable=False)
"""


def family(database: Database, make_project: Any, *more: str) -> Project:
    """Return a project on SQLite that enforces foreign keys, with a script that widens a column."""
    with sqlite3.connect(str(database.url.database)) as driver:
        driver.executescript(";".join([FAMILY, *more]))
    driver.close()
    project: Project = make_project(database)
    with project.app.app_context():
        enforced = "PRAGMA foreign_keys = ON"
        sa.event.listen(project.db.engine, "connect", lambda d, r: d.execute(enforced))
    project.ok("init")
    project.script("widen", None, WIDEN)
    return project


@pytest.mark.parametrize("more", [(), (VIEW,)], ids=["l1", "l2 with a view"])
def test_l1_and_l2_a_rebuilt_parent_loses_nothing(
    more: tuple[str, ...], sqlite_database: Database, make_project: Any
) -> None:
    project = family(sqlite_database, make_project, *more)
    with sqlite_database.engine().connect() as connection:
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'")
        before = dict(tuple(row) for row in connection.execute(query))
    project.ok("upgrade")
    assert values(sqlite_database, "child", "p") == [1, 1, 2]
    with sqlite_database.engine().connect() as connection:
        after = dict(tuple(row) for row in connection.execute(query))
        table = after.pop("p")
        assert "CHECK (n > 0)" in table and "VARCHAR(99)" in table
        assert {n: sql for n, sql in after.items() if n in before} == {
            n: sql for n, sql in before.items() if n != "p"
        }
        if more:
            assert connection.execute(sa.text("SELECT count(*) FROM v_p")).scalar() == 2


def test_l3_a_null_in_the_way_leaves_nothing_behind(
    sqlite_database: Database, make_project: Any
) -> None:
    project = family(sqlite_database, make_project, "INSERT INTO p VALUES (3, NULL, 3)")
    assert project.run("upgrade").exit_code == 1
    assert {
        t for t in sa.inspect(sqlite_database.engine()).get_table_names() if "tmp" in t
    } == set()
    assert values(sqlite_database, "child", "p") == [1, 1, 2]
    with sqlite_database.engine().begin() as connection:
        connection.execute(sa.text("UPDATE p SET a = '' WHERE a IS NULL"))
    project.ok("upgrade")
    assert values(sqlite_database, "p", "a") == ["x", "y", ""]


def test_l4_six_at_once_and_a_slow_migration(
    database: Database, make_project: Any, tmp_path: Any
) -> None:
    project = make_project(database)
    project.ok("init")
    body = 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))'
    project.script("slow", None, f"import time\ntime.sleep(3)\n{body}")
    done = said_by(6, tmp_path, database, "migrations", "upgrade")
    assert [status for status, _ in done] == [0] * 6, done
    assert sum("upgraded  slow" in said for _, said in done) == 1


def test_l5_a_second_operation_that_fails_is_mended_and_goes_on(
    database: Database, make_project: Any
) -> None:
    project = make_project(database)
    project.ok("init")
    first = 'op.create_table("t1", sa.Column("id", sa.Integer, primary_key=True))'
    project.script("two", None, f'{first}\nop.execute("INSERT INTO nowhere VALUES (1)")')
    assert project.run("upgrade").exit_code == 1
    project.script("two", None, f'{first}\nop.execute("INSERT INTO t1 VALUES (1)")')
    project.ok("upgrade")
    assert "two" in project.ok("current")
    assert values(database, "t1", "id") == [1]


def test_l6_four_changes_at_once_are_all_seen(database: Database, make_project: Any) -> None:
    def define(second: bool) -> Any:
        def make(db: Any) -> None:
            moods = ("sad", "glad", "calm") if second else ("sad", "glad")
            db.Table(
                "person",
                sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column("site", sa.Integer, primary_key=second, nullable=False),
                sa.Column("mood", sa.Enum(*moods, name="mood")),
                sa.Column("age", sa.Integer, server_default="2" if second else "1"),
                sa.CheckConstraint(f"age > {18 if second else 0}", name="grown"),
            )

        return make

    rows = [{"id": 1, "site": 7, "mood": "sad", "age": 30}]
    begun(database, make_project, define(False), person=rows)
    second = make_project(database, define(True))
    said = migrated(second, "four")
    found = sa.inspect(database.engine())
    assert found.get_pk_constraint("person")["constrained_columns"] == ["id", "site"]
    columns = {c["name"]: c for c in found.get_columns("person")}
    assert str(columns["age"]["default"]).strip("'") == "2"
    (check,) = (c for c in found.get_check_constraints("person") if c["name"] == "grown")
    assert "18" in check["sqltext"]
    assert values(database, "person", "mood") == ["sad"]
    assert "grown" in said
    second.ok("downgrade")
    second.ok("upgrade")


def test_l7_a_renamed_column_is_remarked_on(database: Database, make_project: Any) -> None:
    old, new = (lambda n=n: sa.Column(n, sa.String(40)) for n in ("full_name", "name"))
    begun(database, make_project, person(old), person=[{"id": 1, "full_name": "Ana"}])
    second = make_project(database, person(new))
    said = second.ok("migrate", "-m", "rename")
    assert "Loses the values of person.full_name: 1 of 1 row have one." in said.replace(
        "rows", "row"
    )
    assert "flask db migrate --rename person.full_name:name" in said
    assert "RENAMED?" in newest(second, "rename")
    next(second.versions.glob("*_rename.py")).unlink()
    migrated(second, "rename", "--rename", "person.full_name:name")
    assert values(database, "person", "name") == ["Ana"]


def test_l8_models_that_nobody_imports(
    database: Database, make_project: Any, tmp_path: Any
) -> None:
    begun(database, make_project, person(), person=ONE)
    (tmp_path / "models.py").write_text("class Person(db.Model):\n    pass\n")
    project = make_project(database, lambda db: None)
    result = project.run("migrate")
    assert result.exit_code == 1
    assert "The app has no models: there is no table in its metadata." in result.stderr
    assert "These files define models and were not imported:\n  " in result.stderr
    assert "models.py:1" in result.stderr
    assert len(list(project.versions.glob("*.py"))) == 1


def test_l9_a_required_column_runs(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=ONE)

    def req():
        return sa.Column("req", sa.Integer, nullable=False)

    second = make_project(database, person(req))
    assert second.run("migrate").exit_code == 1
    migrated(second, "req", "--fill", "person.req=3")
    assert values(database, "person", "req") == [3]


def test_l10_a_string_becomes_a_number(database: Database, make_project: Any) -> None:
    old, new = (lambda t=t: sa.Column("n", t) for t in (sa.String(20), sa.Integer()))
    begun(database, make_project, person(old), person=[{"id": 1, "n": "12"}])
    migrated(make_project(database, person(new)), "number")
    assert values(database, "person", "n") == [12]


def test_l10_what_is_no_number_is_counted(database: Database, make_project: Any) -> None:
    old, new = (lambda t=t: sa.Column("n", t) for t in (sa.String(20), sa.Integer()))
    rows = [{"id": 1, "n": "12"}, {"id": 2, "n": "abc"}]
    begun(database, make_project, person(old), person=rows)
    second = make_project(database, person(new))
    result = second.run("migrate", "-m", "number", "--strict", "--no-verify")
    words = "1 of 2 rows of person.n are no integers, for example 'abc': "
    assert words in result.stderr
    assert words in " ".join(newest(second, "number").replace("#", " ").split()) + " "
    assert result.exit_code == 3
    assert "Error [C504]: The script was written" in result.stderr


def test_l11_an_enum_for_an_existing_table(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=ONE)

    def mood():
        return sa.Column("mood", sa.Enum("sad", "glad", name="mood"))

    second = make_project(database, person(mood))
    migrated(second, "mood")
    second.ok("downgrade")
    second.ok("upgrade")


def test_l12_an_indexed_foreign_key_column_goes(database: Database, make_project: Any) -> None:
    def define(*columns: Any) -> Any:
        def make(db: Any) -> None:
            db.Table("parent", sa.Column("id", sa.Integer, primary_key=True))
            person(*columns)(db)

        return make

    def up():
        return sa.Column("up", sa.ForeignKey("parent.id"), index=True)

    rows = [{"id": 1, "up": 5}]
    begun(database, make_project, define(up), parent=[{"id": 5}], person=rows)
    second = make_project(database, define())
    migrated(second, "less")
    second.ok("downgrade")
    assert values(database, "person", "id") == [1]


def test_l13_two_tables_that_point_at_each_other(database: Database, make_project: Any) -> None:
    def define(db: Any) -> None:
        for one, other in (("a", "b"), ("b", "a")):
            key = sa.ForeignKey(f"{other}.id", name=f"fk_{one}", use_alter=one == "b")
            own = sa.Column("id", sa.Integer, primary_key=True)
            db.Table(one, own, sa.Column("other", sa.Integer, key))

    project = begun(database, make_project, person())
    second = make_project(database, define)
    migrated(second, "cycle", "--allow-drop")
    project.ok("downgrade")
    project.ok("upgrade")


class Upper(sa.types.TypeDecorator):
    """A type of the app."""

    impl = sa.String
    cache_ok = True


def test_l14_a_type_of_the_app(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=ONE)

    def name():
        return sa.Column("name", Upper(length=10))

    second = make_project(database, person(name))
    migrated(second, "name")
    text = newest(second, "name")
    assert "Upper" not in text and __name__ not in text
    compile(text, "script", "exec")


def test_l15_an_unnamed_unique_constraint(database: Database, make_project: Any) -> None:
    old, new = (lambda u=u: sa.Column("name", sa.String(20), unique=u) for u in (None, True))
    begun(database, make_project, person(old), person=[{"id": 1, "name": "a"}])
    second = make_project(database, person(new))
    migrated(second, "unique")
    with pytest.raises(sa.exc.IntegrityError), database.engine().begin() as connection:
        table = sa.Table("person", sa.MetaData(), autoload_with=connection)
        connection.execute(table.insert().values(id=2, name="a"))
    second.ok("downgrade")


LONG = "0123456789abcdef0123456789abcdef012345"


def test_l16_a_revision_id_of_38_characters(database: Database, make_project: Any) -> None:
    project = make_project(database, person())
    project.ok("init")
    with database.engine().begin() as connection:  # As Alembic makes it.
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        )
    project.script(LONG, None, "op.create_table('person', sa.Column('id', sa.Integer))")
    project.ok("upgrade")
    assert LONG in project.ok("current")
    assert project.run("status").exit_code == 0


def test_l17_an_upgrade_within_the_app(database: Database, make_project: Any) -> None:
    project = make_project(database, person())
    project.ok("init")
    project.script("a1", None, "pass")
    log, level = logging.getLogger("shop"), logging.root.level
    with project.app.app_context():
        (moved,) = flask_schemamigrate.upgrade(directory=str(project.folder))
        assert [done.revision.id for done in moved.applied] == ["a1"]
        with pytest.raises(UnknownRevision):
            flask_schemamigrate.upgrade(directory=str(project.folder), revision="nothing")
    assert not log.disabled and logging.root.level == level


def test_l18_what_is_the_matter_is_said(database: Database, make_project: Any) -> None:
    project = begun(database, make_project, person(), person=ONE)
    (first,) = project.versions.glob("*.py")
    id_ = re.search(r'^revision = "(\w+)"', first.read_text(encoding="utf-8"), re.M)[1]  # type: ignore[index]
    project.script("b2", id_, "pass")
    behind = project.run("migrate")
    assert "is 1 revision behind:\n  b2" in behind.stderr
    assert "flask db migrate --upgrade" in behind.stderr
    project.script("c3", id_, "pass")
    project.ok("upgrade", "heads")
    forked = project.run("migrate")
    assert "Error [H212]" in forked.stderr and "b2" in forked.stderr and "c3" in forked.stderr
    (project.versions / "b2.py").unlink()
    gone = project.run("migrate")
    assert "says that it is at b2" in gone.stderr and "b2  b2  (applied 20" in gone.stderr
    for command in ("current", "history", "heads"):
        project.ok(command)


# --- the classic errors -------------------------------------------------------------------------


def test_a_database_that_is_behind_is_brought_up(database: Database, make_project: Any) -> None:
    project = begun(database, make_project, person(), person=ONE)
    project.ok("downgrade")

    def age():
        return sa.Column("age", sa.Integer)

    second = make_project(database, person(age))
    refused = second.run("migrate", "-m", "age")
    assert "is 1 revision behind:\n" in refused.stderr
    assert "New changes can only be compared with an up-to-date database." in refused.stderr
    assert "flask db migrate --upgrade" in refused.stderr
    said = second.ok("migrate", "-m", "age", "--upgrade")
    assert "upgraded" in said and "+ Add column person.age" in said
    second.ok("upgrade")
    assert "No changes" in second.ok("check")


def test_a_revision_without_a_script(database: Database, make_project: Any) -> None:
    project = begun(database, make_project, person())
    with database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'deadbeef0000'")
    for command in ("migrate", "check", "upgrade"):
        result = project.run(command)
        assert result.exit_code == 1
        assert "says that it is at deadbeef0000, and there is no such script" in result.stderr
        assert "git log --all --oneline" in result.stderr
    assert "deadbeef0000 (no such script)" in project.ok("current")
    assert "first" in project.ok("history")


def test_no_changes_says_what_was_compared(database: Database, make_project: Any) -> None:
    project = begun(database, make_project, person())
    said = project.ok("migrate")
    name = "app.db" if database.system == "sqlite" else database.url.database
    assert said.startswith(f"No changes: 1 table of {name} (")
    assert said.endswith(" equals the 1 model (person).\n")


def test_most_tables_going_is_refused_with_what_was_searched(
    database: Database, make_project: Any, tmp_path: Any
) -> None:
    def three(db: Any) -> None:
        person()(db)
        for name in ("tag", "note"):
            db.Table(name, sa.Column("id", sa.Integer, primary_key=True))

    begun(database, make_project, three, person=ONE, tag=[{"id": 1}, {"id": 2}])
    (tmp_path / "blog.py").write_text("class Tag(db.Model):\n    pass\n")
    second = make_project(database, person())
    result = second.run("migrate")
    assert result.exit_code == 1
    assert "would drop 2 of the 3 tables of " in result.stderr
    assert "tag (2 rows), note (0 rows)" in result.stderr
    assert "blog.py:1" in result.stderr
    assert "flask db migrate --allow-drop" in result.stderr
    said = second.ok("migrate", "-m", "less", "--allow-drop")
    assert "Loses every row of tag: 2 rows." in said
    assert "# Loses every row of tag: 2 rows." in newest(second, "less")

"""Values of enumerations that go while rows hold them, on real databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from .conftest import Database
from .deciding import begun
from .deciding import newest
from .deciding import person
from .deciding import run_under_alembic
from .deciding import values
from .test_asking import on_terminal

ROWS = [{"id": n, "mood": mood} for n, mood in enumerate(("sad", "glad", "sad", "calm"), 1)]


def typed(*names: str, **options: Any) -> Any:
    """Return a column of a type of its own (PostgreSQL), or of an ENUM (MariaDB)."""
    return lambda: sa.Column("mood", sa.Enum(*names, name="mood"), **options)


def checked(*names: str, **options: Any) -> Any:
    """Return a column whose values a check lists."""
    return lambda: sa.Column(
        "mood",
        sa.Enum(*names, name="mood_of_person", native_enum=False, create_constraint=True),
        **options,
    )


def many(*names: str) -> Any:
    """Return a column of arrays."""
    return lambda: sa.Column("mood", postgresql.ARRAY(sa.Enum(*names, name="mood")))


def kind_of(kind: str, database: Database) -> tuple[Any, str]:
    """Return what makes the column, and what ``--map`` calls the values of it."""
    if kind == "native" and database.system == "sqlite":
        pytest.skip("SQLite has no types that list values")
    by_type = kind == "native" and database.system == "postgresql"
    return (typed if kind == "native" else checked), "mood" if by_type else "person.mood"


KINDS = pytest.mark.parametrize("kind", ["native", "check"])


@KINDS
def test_rows_get_the_value_of_the_flag(database: Database, make_project: Any, kind: str) -> None:
    make, holder = kind_of(kind, database)
    old = make("sad", "glad", "calm", nullable=False, server_default="sad")
    new = make("glad", "calm", nullable=False, server_default="calm")
    begun(database, make_project, person(old), person=ROWS)
    second = make_project(database, person(new))
    flags = ("--map", f"{holder}.sad:glad")
    result = second.run("migrate", "-m", "moods", "--verify", *flags)
    assert result.exit_code == 0, result.output
    assert "fails" not in result.output, result.output
    text = newest(second, "moods")
    assert "2 rows of person.mood hold 'sad': they get 'glad'." in " ".join(
        text.replace("#", " ").split()
    )
    below = " ".join(text.partition("def downgrade")[2].replace("#", " ").split())
    assert "is not known any more: they keep 'glad'." in below
    second.ok("upgrade")
    assert values(database, "person", "mood") == ["glad", "glad", "glad", "calm"]
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert values(database, "person", "mood") == ["glad", "glad", "glad", "calm"]
    with database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE person SET mood = 'sad' WHERE id = 1")
    run_under_alembic(database, text, "upgrade")
    assert values(database, "person", "mood") == ["glad", "glad", "glad", "calm"]
    run_under_alembic(database, text, "downgrade")
    with database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE person SET mood = 'sad' WHERE id = 1")


@KINDS
def test_rows_may_get_a_new_value(database: Database, make_project: Any, kind: str) -> None:
    make, holder = kind_of(kind, database)
    begun(database, make_project, person(make("sad", "mad", "glad", "calm")), person=ROWS)
    with database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE person SET mood = 'mad' WHERE id = 3")
    second = make_project(database, person(make("glad", "calm", "troubled")))
    flags = [f"--map={holder}.{old}:troubled" for old in ("sad", "mad")]
    second.ok("migrate", "-m", "moods", *flags)
    second.ok("upgrade")
    assert values(database, "person", "mood") == ["troubled", "glad", "troubled", "calm"]
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert values(database, "person", "mood") == ["sad", "glad", "sad", "calm"]


@KINDS
def test_it_is_refused_where_nobody_says(database: Database, make_project: Any, kind: str) -> None:
    make, holder = kind_of(kind, database)
    begun(database, make_project, person(make("sad", "glad", "calm")), person=ROWS)
    second = make_project(database, person(make("glad", "calm")))
    before = sorted(second.versions.glob("*.py"))
    result = second.run("migrate", "-m", "moods")
    assert result.exit_code == 1
    of = " of type mood" if holder == "mood" else ""
    assert f"Value 'sad'{of} goes, and 2 rows of person.mood hold it." in result.stderr
    assert "Error [C505]" in result.stderr
    assert f"flask db migrate --map {holder}.sad:VALUE (glad, calm)" in result.stderr
    assert sorted(second.versions.glob("*.py")) == before
    for flag, said in (
        (f"{holder}.sad:glat", f"--map {holder}.sad:glat: there is no value 'glat' in the model."),
        (f"{holder}.sat:glad", f"flask db migrate --map {holder}.sad:VALUE"),
    ):
        refused = second.run("migrate", "--map", flag)
        assert refused.exit_code == 1 and said in refused.stderr
    flags = ("--map", f"{holder}.sad:calm", "--map", "person.mood.mad:calm")
    refused = second.run("migrate", *flags)
    assert "--map person.mood.mad:calm: no such value goes." in refused.stderr
    refused = second.run("migrate", "--rename", f"{holder}.sad:glad")
    assert f"flask db migrate --map {holder}.sad:glad" in refused.stderr
    with database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE person SET mood = 'calm' WHERE mood = 'sad'")
    second.ok("migrate", "-m", "moods")  # No row holds it any more.
    second.ok("upgrade")
    assert "No changes" in second.ok("check")


@KINDS
def test_one_is_renamed_and_one_goes(database: Database, make_project: Any, kind: str) -> None:
    make, holder = kind_of(kind, database)
    begun(database, make_project, person(make("sad", "glad", "calm")), person=ROWS)
    second = make_project(database, person(make("unhappy", "glad")))
    flags = ("--rename", f"{holder}.sad:unhappy", "--map", f"{holder}.calm:unhappy")
    said = second.ok("migrate", "-m", "moods", "--verify", *flags)
    assert "fails" not in said
    second.ok("upgrade")
    assert values(database, "person", "mood") == ["unhappy", "glad", "unhappy", "unhappy"]
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert values(database, "person", "mood") == ["sad", "glad", "sad", "sad"]
    run_under_alembic(database, newest(second, "moods"), "upgrade")


@KINDS
@pytest.mark.parametrize(("old", "new"), [("a:b", "a:z"), ("v1.0", "v2.0"), ("1:2.5", "1:3.5:")])
def test_colons_and_dots_in_values(
    database: Database, make_project: Any, kind: str, old: str, new: str
) -> None:
    make, holder = kind_of(kind, database)
    begun(database, make_project, person(make(old, "c")), person=[{"id": 1, "mood": old}])
    second = make_project(database, person(make(new, "c")))
    advised = f"--rename {holder}.{old}:{new}\n"
    refused = second.run("migrate")
    assert refused.exit_code == 1 and advised in refused.stderr
    second.ok("migrate", *advised.split())
    second.ok("upgrade")
    assert values(database, "person", "mood") == [new]
    assert "No changes" in second.ok("check")


@KINDS
def test_a_value_that_there_is_none_of(database: Database, make_project: Any, kind: str) -> None:
    make, holder = kind_of(kind, database)
    begun(database, make_project, person(make("sad", "glad")), person=ROWS[:1])
    second = make_project(database, person(make("unhappy", "glad")))
    result = second.run("migrate", "--rename", f"{holder}.sat:unhappy")
    assert result.exit_code == 1
    assert f"--rename {holder}.sat:unhappy: there is no value 'sat'." in result.stderr


def test_arrays(postgresql_database: Database, make_project: Any) -> None:
    rows = [{"id": 1, "mood": ["sad", "glad", "sad"]}, {"id": 2, "mood": ["calm"]}]
    begun(
        postgresql_database, make_project, person(many("sad", "mad", "glad", "calm")), person=rows
    )
    second = make_project(postgresql_database, person(many("glad", "calm")))
    result = second.run("migrate", "-m", "moods")
    assert "Value 'sad' of type mood goes, and 1 row of person.mood holds it." in result.stderr
    assert "'mad'" not in result.stderr  # No row holds that.
    second.ok("migrate", "-m", "moods", "--map", "mood.sad:calm", "--map", "mood.mad:calm")
    second.ok("upgrade")
    held = "SELECT array_to_string(mood, ' ') FROM person ORDER BY id"
    with postgresql_database.engine().connect() as connection:
        assert list(connection.exec_driver_sql(held).scalars()) == ["calm glad calm", "calm"]
    assert "No changes" in second.ok("check")
    second.ok("downgrade")


def test_a_type_of_several_tables(postgresql_database: Database, make_project: Any) -> None:
    def define(*names: str) -> Any:
        def both(db: Any) -> None:
            person(typed(*names))(db)
            db.Table("pet", sa.Column("id", sa.Integer, primary_key=True), typed(*names)())

        return both

    begun(
        postgresql_database,
        make_project,
        define("sad", "glad", "calm"),
        person=ROWS,
        pet=[{"id": 1, "mood": "sad"}],
    )
    second = make_project(postgresql_database, define("glad", "calm"))
    result = second.run("migrate")
    said = "goes, and 2 rows of person.mood and 1 row of pet.mood hold it."
    assert said in result.stderr
    second.ok("migrate", "-m", "moods", "--map", "pet.mood.sad:glad")
    second.ok("upgrade")
    assert values(postgresql_database, "person", "mood") == ["glad", "glad", "glad", "calm"]
    assert values(postgresql_database, "pet", "mood") == ["glad"]


APP = """
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemamigrate import SchemaMigrate

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
db = SQLAlchemy(app)
SchemaMigrate(app, db, directory={folder!r})
kind = sa.Enum("glad", "calm", name="mood_of_person", native_enum=False, create_constraint=True)
db.Table("person", sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", kind))
"""


def test_a_terminal_is_asked(database: Database, make_project: Any, tmp_path: Path) -> None:
    begun(database, make_project, person(checked("sad", "glad", "calm")), person=ROWS)
    text = APP.format(url=database.text, folder=str(tmp_path / "migrations"))
    (tmp_path / "asked.py").write_text(text)
    questions = [("Which value do they get (glad, calm):", "calm")]
    status, said = on_terminal(tmp_path, questions, "migrate", "-m", "asked")
    assert status == 0, said
    assert "Value 'sad' goes, and 2 rows of person.mood hold it." in said
    status, said = on_terminal(tmp_path, [], "upgrade")
    assert status == 0, said
    assert values(database, "person", "mood") == ["calm", "glad", "calm", "calm"]

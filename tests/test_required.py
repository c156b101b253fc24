"""A required column in a table with rows: what they get is asked, told or refused."""

from __future__ import annotations

import datetime as dt
import enum
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .deciding import begun
from .deciding import column_of
from .deciding import newest
from .deciding import person
from .deciding import run_under_alembic
from .deciding import values

TWO = [{"id": 1}, {"id": 2}]
PERSON = sa.table("person")


def email(**options: Any) -> Any:
    return lambda: sa.Column("email", sa.String(40), **{"nullable": False, **options})


@pytest.mark.parametrize("given", [{}, {"server_default": "0"}], ids=["without", "with"])
def test_a_required_column_of_an_empty_table_is_remarked_on(
    database: Database, make_project: Any, given: dict[str, str]
) -> None:
    begun(database, make_project, person())

    def age():
        return sa.Column("age", sa.Integer, nullable=False, **given)

    second = make_project(database, person(age))
    second.ok("migrate", "-m", "age")
    said = "person.age is required and has no server default" in newest(second, "age")
    assert said is (not given)
    second.ok("upgrade")
    second.ok("check")


def test_bytes_stay_bytes(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=TWO)
    second = make_project(
        database, person(lambda: sa.Column("extra", sa.LargeBinary, nullable=False))
    )
    second.ok("migrate", "--fill", "person.extra=abc")
    second.ok("upgrade")
    assert values(database, "person", "extra") == [b"abc", b"abc"]
    third = make_project(database, person())
    third.ok("migrate", "-m", "gone")
    third.ok("upgrade")
    third.ok("downgrade")
    assert values(database, "person", "extra") == [b"", b""]


@pytest.mark.parametrize("text", ["nan", "inf"])
def test_no_number_is_no_value(sqlite_database: Database, make_project: Any, text: str) -> None:
    begun(sqlite_database, make_project, person(), person=TWO)
    second = make_project(
        sqlite_database, person(lambda: sa.Column("extra", sa.Float, nullable=False))
    )
    result = second.run("migrate", "--fill", f"person.extra={text}")
    assert result.exit_code == 1
    assert "a finite number is needed" in result.stderr


@pytest.mark.parametrize(
    ("type_", "value"),
    [(sa.Integer, 7), (sa.String(20), "it's 50%: a\\b"), (sa.Boolean, True), (sa.Float, 1.5)],
    ids=str,
)
def test_the_default_of_the_model_fills_the_rows(
    database: Database, make_project: Any, type_: Any, value: Any
) -> None:
    begun(database, make_project, person(), person=TWO)

    def extra():
        return sa.Column("extra", type_, nullable=False, default=value)

    second = make_project(database, person(extra))
    second.ok("migrate", "-m", "extra")
    assert "has no server default" not in newest(second, "extra")
    second.ok("upgrade")
    second.ok("check")
    assert values(database, "person", "extra") == [value, value]
    assert column_of(database, "person", "extra") == (False, None)
    second.ok("downgrade")


@pytest.mark.parametrize("value", [{"a": ["it's", 1]}, [], "x", b"\x00'"], ids=repr)
def test_documents_and_bytes_fill_the_rows(
    database: Database, make_project: Any, value: Any
) -> None:
    begun(database, make_project, person(), person=TWO)
    type_ = sa.LargeBinary if isinstance(value, bytes) else sa.JSON

    def extra():
        return sa.Column("extra", type_, nullable=False, default=value)

    second = make_project(database, person(extra))
    second.ok("migrate", "-m", "extra")
    second.ok("upgrade")
    second.ok("check")
    with database.engine().connect() as connection:
        found = connection.scalars(sa.select(sa.column("extra", type_())).select_from(PERSON))
        assert found.all() == [value, value]


def test_without_an_answer_it_is_refused(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=TWO)
    second = make_project(database, person(email()))
    result = second.run("migrate", "-m", "email")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error [C503]: A required column would have no value in rows that are there:\n"
        "person.email is required, and person has 2 rows.\n"
        "  One value for all of them: flask db migrate --fill person.email=VALUE\n"
        '  A value for each of them: flask db migrate --fill "person.email=sql:EXPRESSION"\n'
        "  Not required for now: flask db migrate --fill person.email=nullable\n"
    )
    assert len(list(second.versions.glob("*.py"))) == 1
    assert "+ Add column person.email" in second.run("check").stdout


def test_what_may_have_been_renamed_is_offered_first(database: Database, make_project: Any) -> None:
    def column(name):
        return sa.Column(name, sa.String(40), nullable=False)

    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    begun(database, make_project, person(partial(column, "name")), person=rows)
    second = make_project(database, person(partial(column, "full_name")))
    result = second.run("migrate", "-m", "name")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[2:4] == [
        "  If person.name is full_name now: flask db migrate --rename person.name:full_name",
        "  One value for all of them: flask db migrate --fill person.full_name=VALUE",
    ]
    second.ok("migrate", "-m", "name", "--rename", "person.name:full_name")
    second.ok("upgrade")
    assert values(database, "person", "full_name") == ["a", "b"]


@pytest.mark.parametrize(
    ("flag", "expected", "nullable"),
    [
        ("person.email=", ["", ""], False),
        ("person.email=it's", ["it's", "it's"], False),
        ("person.email='nullable'", ["nullable", "nullable"], False),
        ("person.email=sql:name", ["a", "b"], False),
        ("person.email=nullable", [None, None], True),
    ],
)
def test_a_flag_decides_about_a_new_column(
    database: Database, make_project: Any, flag: str, expected: list[Any], nullable: bool
) -> None:
    def name():
        return sa.Column("name", sa.String(40))

    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    begun(database, make_project, person(name), person=rows)
    second = make_project(database, person(name, email()))
    second.ok("migrate", "-m", "email", "--fill", flag)
    second.ok("upgrade")
    assert values(database, "person", "email") == expected
    assert column_of(database, "person", "email") == (nullable, None)
    if nullable:
        assert "stays nullable for now" in newest(second, "email")
        assert "NOT NULL" in second.run("check").stdout
    else:
        assert "No changes" in second.ok("check")
    second.ok("downgrade")
    second.ok("upgrade")


@pytest.mark.parametrize(
    ("flag", "expected"),
    [("person.email=none", ["x", "none"]), ("person.email=sql:name", ["x", "b"])],
)
def test_null_becomes_a_value_before_not_null(
    database: Database, make_project: Any, flag: str, expected: list[str]
) -> None:
    def name():
        return sa.Column("name", sa.String(40))

    rows = [{"id": 1, "name": "a", "email": "x"}, {"id": 2, "name": "b", "email": None}]
    begun(database, make_project, person(name, email(nullable=True)), person=rows)
    second = make_project(database, person(name, email()))
    refused = second.run("migrate")
    assert "person.email is required, and 1 row of person is NULL in it." in refused.stderr
    second.ok("migrate", "-m", "email", "--fill", flag)
    second.ok("upgrade")
    assert values(database, "person", "email") == expected
    assert column_of(database, "person", "email") == (False, None)
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert column_of(database, "person", "email") == (True, None)


def test_null_stays_where_the_column_is_left_nullable(
    database: Database, make_project: Any
) -> None:
    begun(database, make_project, person(email(nullable=True)), person=[{"id": 1, "email": None}])

    def longer():
        return sa.Column("email", sa.String(50), nullable=False)

    second = make_project(database, person(longer))
    second.ok("migrate", "--fill", "person.email=nullable")
    second.ok("upgrade")
    assert values(database, "person", "email") == [None]


def test_the_models_default_takes_the_place_of_null(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(email(nullable=True)), person=[{"id": 1, "email": None}])
    second = make_project(database, person(email(default="@")))
    second.ok("migrate")
    second.ok("upgrade")
    assert values(database, "person", "email") == ["@"]


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        (
            "person.emial=x",
            "no column 'person.emial' becomes required. Did you mean 'person.email'",
        ),
        ("email", "a column and a value are needed"),
        ("person.email=default", "the model has no plain default"),
        ("person.age=abc", "'abc' is no int"),
        ("person.code=x", "person.code is unique, so that one value cannot do for 2 rows"),
    ],
)
def test_a_wrong_flag_is_explained(
    sqlite_database: Database, make_project: Any, flag: str, message: str
) -> None:
    begun(sqlite_database, make_project, person(), person=TWO)

    def age():
        return sa.Column("age", sa.Integer, nullable=False, default=1)

    def code():
        return sa.Column("code", sa.String(9), nullable=False, unique=True)

    second = make_project(sqlite_database, person(email(), age, code))
    others = ["--fill", "person.email=x", "--fill", "person.code=sql:id"]
    result = second.run("migrate", *others, "--fill", flag)
    assert result.exit_code == 1, result.output
    assert message in result.stderr


def test_each_row_gets_its_own_in_a_unique_column(database: Database, make_project: Any) -> None:
    begun(database, make_project, person(), person=TWO)

    def code():
        return sa.Column("code", sa.Integer, nullable=False, unique=True, default=0)

    second = make_project(database, person(code))
    assert "person.code is required" in second.run("migrate").stderr
    second.ok("migrate", "--fill", "person.code=sql:id * 10")
    second.ok("upgrade")
    assert values(database, "person", "code") == [10, 20]
    assert "No changes" in second.ok("check")


@pytest.mark.parametrize("flag", ["person.email=x", "person.email=sql:'x'"])
def test_the_script_runs_under_alembic(database: Database, make_project: Any, flag: str) -> None:
    begun(database, make_project, person(), person=TWO)
    second = make_project(database, person(email()))
    second.ok("migrate", "-m", "email", "--fill", flag)
    run_under_alembic(database, newest(second, "email"), "upgrade")
    assert values(database, "person", "email") == ["x", "x"]
    assert column_of(database, "person", "email") == (False, None)
    run_under_alembic(database, newest(second, "email"), "downgrade")


# --- the way back ---------------------------------------------------------------------------------


class Mood(enum.Enum):
    sad = 1
    glad = 2


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.String(9), "x"),
        (sa.Text(), "x"),
        (sa.Integer(), 5),
        (sa.Numeric(8, 2), 5),
        (sa.Boolean(), True),
        (sa.Date(), dt.date(2020, 1, 2)),
        (sa.DateTime(), dt.datetime(2020, 1, 2, 3)),
        (sa.JSON(), {"a": 1}),
        (sa.Enum(Mood, name="mood"), "glad"),
        (sa.LargeBinary(), b"x"),
        (sa.Uuid(), None),
    ],
    ids=repr,
)
def test_a_dropped_required_column_comes_back(
    database: Database, make_project: Any, type_: Any, value: Any
) -> None:
    def gone():
        return sa.Column("gone", type_, nullable=False)

    begun(database, make_project, person(gone))
    with database.engine().begin() as connection:
        table = sa.Table("person", sa.MetaData(), autoload_with=connection)
        import uuid

        given = uuid.UUID(int=7) if value is None else value
        holder = sa.table("person", sa.column("id"), sa.column("gone", type_))
        if isinstance(type_, sa.Enum):
            holder = table
        connection.execute(holder.insert().values(id=1, gone=given))
    second = make_project(database, person())
    output = second.ok("migrate", "-m", "less")
    assert "Loses the values of person.gone: 1 of 1 row have one." in output.replace("rows", "row")
    second.ok("upgrade")
    second.ok("downgrade")
    text = newest(second, "less")
    assert "The former values of person.gone are gone" in " ".join(text.split()).replace("# ", "")
    nullable, default = column_of(database, "person", "gone")
    assert (nullable, default) == (False, None)
    second.ok("upgrade")


def test_dropped_keys_come_back(database: Database, make_project: Any) -> None:
    def family(*columns: Any) -> Any:
        def define(db: Any) -> None:
            db.Table("parent", sa.Column("id", sa.Integer, primary_key=True))
            person(*columns)(db)

        return define

    columns = (
        lambda: sa.Column("parent_id", sa.ForeignKey("parent.id"), nullable=False),
        lambda: sa.Column("code", sa.String(9), nullable=False, unique=True),
    )
    rows = [{"id": n, "parent_id": 3, "code": str(n)} for n in (1, 2)]
    begun(database, make_project, family(*columns), parent=[{"id": 3}], person=rows)
    second = make_project(database, family())
    second.ok("migrate")
    second.ok("upgrade")
    second.ok("downgrade")
    assert values(database, "person", "parent_id") == [3, 3]
    assert values(database, "person", "code") == ["1", "2"]
    assert column_of(database, "person", "parent_id")[0] is False
    second.ok("upgrade")


def test_mysql_gives_no_default_to_text() -> None:
    """No server of it is at hand: what is asked of MariaDB is decided without one."""
    from flask_schemamigrate import dialects
    from flask_schemamigrate.diff import required
    from flask_schemamigrate.operations.columns import AddColumn
    from flask_schemamigrate.schema.names import Name
    from flask_schemamigrate.schema.objects import Column
    from flask_schemamigrate.schema.objects import Sql

    for scheme, by_update in (("mysql+pymysql", True), ("mariadb+pymysql", False)):
        dialect = dialects.offline(sa.make_url(f"{scheme}://"))
        add = AddColumn(Name("t"), Column("a", Sql("TEXT", sa.Text()), nullable=False))
        fills = {(Name("t"), "a"): required.Fill(value=Sql("'x'"))}
        (found,) = required.filled([add], fills, dialect.takes_default)
        assert isinstance(found, AddColumn)
        assert (found.fill is None, found.backfill is not None) == (by_update, by_update)


@pytest.mark.parametrize("renamed", [False, True], ids=["", "renamed"])
def test_a_new_type_and_name_and_no_null(
    database: Database, make_project: Any, renamed: bool
) -> None:
    def old():
        return sa.Column("age", sa.String(9))

    rows = [{"id": 1, "age": "12"}, {"id": 2, "age": None}]
    begun(database, make_project, person(old), person=rows)
    name = "years" if renamed else "age"

    def new():
        return sa.Column(name, sa.Integer, nullable=False)

    second = make_project(database, person(new))
    flags = ["--rename", "person.age:years"] if renamed else []
    second.ok("migrate", "-m", "new", "--fill", f"person.{name}=0", *flags)
    second.ok("upgrade")
    assert values(database, "person", name) == [12, 0]
    assert column_of(database, "person", name) == (False, None)
    assert "No changes" in second.ok("check")
    second.ok("downgrade")
    assert values(database, "person", "age") == ["12", "0"]

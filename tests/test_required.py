"""A new column that must have a value: the script says so, and the rows stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project


def _define(*columns: sa.Column) -> Callable[..., None]:
    def define(db) -> None:
        attributes = {"id": db.Column(db.Integer, primary_key=True), "__tablename__": "person"}
        for column in columns:
            attributes[column.name] = column
        type("Person", (db.Model,), attributes)

    return define


@pytest.mark.parametrize("given", [{}, {"server_default": "0"}], ids=["without", "with"])
def test_a_required_column_is_remarked_on(
    database: Database, make_project: Callable[..., Project], given: dict[str, str]
) -> None:
    first = make_project(database, _define())
    first.ok("init")
    first.ok("migrate")
    first.ok("upgrade")
    age = sa.Column("age", sa.Integer, nullable=False, **given)
    second = make_project(database, _define(age))
    second.ok("migrate", "-m", "age")
    script = next(second.versions.glob("*_age.py")).read_text(encoding="utf-8")
    assert ("person.age is required and has no server default" in script) is (not given)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (sa.Integer, 7),
        (sa.String(20), "it's 50%: a\\b"),
        (sa.Boolean, True),
        (sa.Float, 1.5),
    ],
    ids=str,
)
def test_the_default_of_the_model_fills_the_rows(
    database: Database, make_project: Callable[..., Project], type_: Any, value: Any
) -> None:
    first = make_project(database, _define())
    first.ok("init")
    first.ok("migrate")
    first.ok("upgrade")
    person = sa.table("person", sa.column("id"), sa.column("extra", type_))
    engine = database.engine()
    with engine.begin() as connection:
        connection.execute(person.insert().values(id=1))
    extra = sa.Column("extra", type_, nullable=False, default=value)
    second = make_project(database, _define(extra))
    second.ok("migrate", "-m", "extra")
    script = next(second.versions.glob("*_extra.py")).read_text(encoding="utf-8")
    assert "has no server default" not in script
    second.ok("upgrade")
    second.ok("check")
    with engine.connect() as connection:
        assert connection.execute(sa.select(person.c.extra)).scalar_one() == value
        (_, column) = sa.inspect(connection).get_columns("person")
    assert (column["nullable"], column["default"]) == (False, None)
    second.ok("downgrade")

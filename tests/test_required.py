"""A new column that must have a value: the script says so, and the rows stay."""

from __future__ import annotations

from collections.abc import Callable

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

"""SQLAlchemy constructs on tables that only carry them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite

from flask_schemamigrate.directives import elements
from flask_schemamigrate.directives.build import Builder
from flask_schemamigrate.schema.metadata import Reader


def test_table_takes_constraints_that_belong_to_none_yet() -> None:
    key = sa.PrimaryKeyConstraint("id", name="t_pk")
    table = elements.full_table("t", sa.MetaData(), [sa.Column("id", sa.Integer()), key], {})
    assert table.primary_key.name == "t_pk"


def test_table_copies_columns_of_another() -> None:
    other = sa.Table("other", sa.MetaData(), sa.Column("id", sa.Integer()))
    table = elements.full_table("t", sa.MetaData(), [other.c.id], {})
    assert table.c.id is not other.c.id
    assert other.c.id.table is other


@pytest.mark.parametrize(("dialect", "kept"), [(postgresql.dialect(), 0), (sqlite.dialect(), 1)])
def test_foreign_key_that_waits_for_its_table_is_left_to_the_script(
    dialect: Any, kept: int
) -> None:
    key = sa.ForeignKeyConstraint(["a"], ["other.id"], name="fk", use_alter=True)
    parts = [sa.Column("a", sa.Integer()), key]
    operation = Builder(Reader(dialect)).create_table("t", parts, False, {})
    assert len(operation.table.foreign_keys) == kept

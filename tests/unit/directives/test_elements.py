"""SQLAlchemy constructs on tables that only carry them."""

from __future__ import annotations

import sqlalchemy as sa

from flask_schemamigrate.directives import elements


def test_table_takes_constraints_that_belong_to_none_yet() -> None:
    key = sa.PrimaryKeyConstraint("id", name="t_pk")
    table = elements.full_table("t", sa.MetaData(), [sa.Column("id", sa.Integer()), key], {})
    assert table.primary_key.name == "t_pk"


def test_table_copies_columns_of_another() -> None:
    other = sa.Table("other", sa.MetaData(), sa.Column("id", sa.Integer()))
    table = elements.full_table("t", sa.MetaData(), [other.c.id], {})
    assert table.c.id is not other.c.id
    assert other.c.id.table is other

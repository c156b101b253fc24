"""What counts as written alike, and what must not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.ext.compiler import deregister

from flask_schemamigrate.schema import likeness
from flask_schemamigrate.schema.metadata import Reader


class Shown(sa.types.UserDefinedType[Any]):
    """A type of the app's whose text is the name of its column."""


class Sized(sa.types.TypeDecorator[Any]):
    """A type of the app's with an argument."""

    impl = sa.String
    cache_ok = True

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(sa.String(self._size))


def texts(*columns: sa.Column[Any]) -> list[tuple[str, str | None]]:
    """Return the types and defaults of columns of one table, as they are read."""
    table = sa.Table("t", sa.MetaData(), *columns)
    read = Reader(postgresql.dialect()).table(table)
    return [(c.type.text, c.default and c.default.text) for c in read.columns]


def test_columns_that_differ_in_anything_are_not_taken_for_each_other() -> None:
    types: tuple[Any, ...] = (
        sa.String(5), sa.String(6), sa.String(), sa.Unicode(5), sa.Numeric(10, 2), sa.Numeric(10),
        sa.DateTime(), sa.DateTime(timezone=True), sa.Boolean(), sa.Integer(), sa.BigInteger(),
        sa.JSON(), sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), Sized(5), Sized(6),
        sa.ARRAY(sa.Integer), sa.ARRAY(sa.String(5)), sa.Enum("a", "b", native_enum=False),
        sa.Enum("a", "bcd", native_enum=False), sa.String(5, collation="C"),
    )  # fmt: skip
    alone = [texts(sa.Column("c0", type_)) for type_ in types]
    together = texts(*(sa.Column(f"c{n}", type_) for n, type_ in enumerate(types)))
    assert [[text] for text in together] == alone


def test_defaults_that_differ_in_anything_are_not_taken_for_each_other() -> None:
    sequence = sa.Sequence("s")
    defaults: tuple[Any, ...] = (
        "1", sa.text("1"), sa.func.now(), sa.func.now(6), sa.func.current_timestamp(),
        sa.func.gen_random_uuid(), sa.func.own.gen_random_uuid(), sequence.next_value(),
        sa.func.lower("A"), sa.func.lower("B"), sa.text("now()"), sa.true(), sa.literal("1"), None,
        sa.sql.functions.Function(sa.sql.quoted_name("now", True)),
    )  # fmt: skip
    alone = [texts(sa.Column("c0", sa.Text, server_default=d)) for d in defaults]
    named = enumerate(defaults)
    together = texts(*(sa.Column(f"c{n}", sa.Text, server_default=d) for n, d in named))
    assert [[text] for text in together] == alone


@pytest.fixture
def shown() -> Iterator[None]:
    """Let the app write a type by the column that it is of."""

    @compiles(Shown)
    def visit(type_: Shown, compiler: Any, **given: Any) -> str:
        return f"shown_{given['type_expression'].name}"

    likeness._is_written_by_app.cache_clear()
    yield
    deregister(Shown)
    likeness._is_written_by_app.cache_clear()


def test_a_type_that_the_app_writes_is_written_for_each_column(shown: None) -> None:
    assert texts(sa.Column("a", Shown()), sa.Column("b", Shown())) == [
        ("shown_a", None),
        ("shown_b", None),
    ]


def test_an_index_with_options_is_not_plain() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Text), sa.Column("B", sa.Text))
    plain = sa.Index("i", table.c.a, table.c["B"])
    read = Reader(postgresql.dialect())
    assert read.index(plain).definition.text == '(a, "B")'
    ordered = sa.Index("j", table.c.a.desc())
    partial = sa.Index("k", table.c.a, postgresql_where=table.c.a > "")
    assert [likeness.is_plain(i) for i in (plain, ordered, partial)] == [True, False, False]

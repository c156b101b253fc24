"""A type's text makes the same type again."""

from __future__ import annotations

import enum
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import CompileError

from flask_schemamigrate.dialects.base import plain
from flask_schemamigrate.source.types import Types

DIALECTS = {
    "postgresql": plain(postgresql.dialect()),
    "mysql": plain(mysql.dialect()),
    "sqlite": plain(sqlite.dialect()),
}
texts = st.text("abc xyz'\"\\%:é", min_size=1, max_size=6)
numbers = st.integers(1, 60)
optional = st.none() | numbers


class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"


class Upper(sa.types.TypeDecorator[str]):
    impl = sa.String
    cache_ok = True


class Uuid(sa.types.TypeDecorator[str]):
    impl = sa.CHAR(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        special = postgresql.UUID() if dialect.name == "postgresql" else sa.CHAR(32)
        return dialect.type_descriptor(special)


def made_again(type_: Any, name: str = "postgresql") -> Any:
    """Return the type that the rendered text makes, with nothing but its imports."""
    types = Types(DIALECTS[name])
    text = types.text(type_)
    names: dict[str, Any] = {"sa": sa}
    exec("\n".join(types.imports), names)
    return eval(text, names)


def ddl(type_: Any, dialect: Any) -> str:
    """Return the DDL of a column of the type with its CHECK, or the class of the error."""
    table = sa.Table("t", sa.MetaData(), sa.Column("c", type_))
    try:
        return str(sa.schema.CreateTable(table).compile(dialect=dialect))
    except CompileError as error:
        return type(error).__name__


def expect_same(type_: Any, *names: str) -> None:
    for name in names or DIALECTS:
        again = made_again(type_, name)
        assert ddl(again, DIALECTS[name]) == ddl(type_, DIALECTS[name])


GENERIC = [
    sa.Integer(),
    sa.SmallInteger(),
    sa.BigInteger(),
    sa.Boolean(),
    sa.Boolean(create_constraint=True, name="is_it"),
    sa.Date(),
    sa.Time(timezone=True),
    sa.DateTime(timezone=True),
    sa.TIMESTAMP(timezone=True),
    sa.Interval(native=False, second_precision=3),
    sa.Interval(day_precision=4),
    sa.LargeBinary(200),
    sa.Text(),
    sa.UnicodeText(),
    sa.Unicode(30),
    sa.String(20, collation="C"),
    sa.CHAR(3),
    sa.NVARCHAR(10),
    sa.Float(24),
    sa.Float(53, asdecimal=True),
    sa.Double(),
    sa.REAL(),
    sa.Numeric(),
    sa.Numeric(asdecimal=False),
    sa.DECIMAL(12, 4),
    sa.JSON(),
    sa.JSON(none_as_null=True),
    sa.PickleType(),
    sa.Uuid(),
    sa.Uuid(as_uuid=False, native_uuid=False),
    sa.UUID(as_uuid=False),
    sa.ARRAY(sa.Integer()),
    sa.ARRAY(sa.String(5), dimensions=2),
    sa.Enum("a", "b", name="letters"),
    sa.Enum(Colour),
    sa.Enum(Colour, name="tones", values_callable=lambda e: [m.value for m in e]),
    sa.Enum("a", "b", name="letters", schema="other"),
    sa.Enum("a", "b", name="letters", native_enum=False),
    sa.Enum("a", "b", native_enum=False, length=30),
    sa.Enum("a", "b", name="letters", native_enum=False, create_constraint=True),
    sa.Enum("it's", 'a "b"', "c\\d", "50%", ":x", name="odd"),
    sa.BINARY(4),
    sa.VARBINARY(20),
    sa.types.NullType(),
    Upper(12),
    Uuid(),
    sa.ARRAY(Upper(3)),
    sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
    sa.BigInteger().with_variant(sa.Integer(), "sqlite").with_variant(sa.SmallInteger(), "mysql"),
    sa.String(10).with_variant(mysql.VARCHAR(10, charset="latin1"), "mysql", "mariadb"),
]
POSTGRESQL = [
    postgresql.JSONB(),
    postgresql.JSON(astext_type=sa.Text()),
    postgresql.HSTORE(),
    postgresql.INET(),
    postgresql.CIDR(),
    postgresql.MACADDR(),
    postgresql.MONEY(),
    postgresql.OID(),
    postgresql.REGCLASS(),
    postgresql.TSVECTOR(),
    postgresql.TSQUERY(),
    postgresql.BYTEA(),
    postgresql.UUID(),
    postgresql.INTERVAL(fields="DAY TO SECOND", precision=3),
    postgresql.TIMESTAMP(timezone=True, precision=3),
    postgresql.TIME(precision=2),
    postgresql.BIT(5),
    postgresql.BIT(5, varying=True),
    postgresql.DOUBLE_PRECISION(),
    postgresql.ARRAY(postgresql.JSONB()),
    postgresql.ARRAY(sa.Enum("a", name="letters"), dimensions=2),
    postgresql.ENUM("a", "b", name="letters", create_type=False),
    postgresql.DOMAIN("positive", sa.Integer(), check="VALUE > 0"),
    postgresql.INT4RANGE(),
    postgresql.NUMRANGE(),
    postgresql.TSTZMULTIRANGE(),
    postgresql.CITEXT(),
]
MYSQL = [
    mysql.INTEGER(unsigned=True),
    mysql.INTEGER(11, zerofill=True),
    mysql.TINYINT(1),
    mysql.MEDIUMINT(),
    mysql.BIGINT(unsigned=True),
    mysql.DECIMAL(10, 2, unsigned=True),
    mysql.DOUBLE(10, 3, asdecimal=False),
    mysql.FLOAT(),
    mysql.BIT(3),
    mysql.DATETIME(fsp=6),
    mysql.TIMESTAMP(fsp=3),
    mysql.TIME(fsp=2),
    mysql.YEAR(),
    mysql.VARCHAR(20, charset="utf8mb4", collation="utf8mb4_bin"),
    mysql.CHAR(4, ascii=True),
    mysql.TEXT(),
    mysql.TINYTEXT(),
    mysql.MEDIUMTEXT(charset="utf8mb4"),
    mysql.LONGTEXT(collation="utf8mb4_bin"),
    mysql.LONGBLOB(),
    mysql.ENUM("a", "it's", "50%"),
    mysql.ENUM("a", "b", charset="utf8mb4"),
    mysql.SET("a", "b"),
    mysql.SET("a", "b", retrieve_as_bitwise=True),
    mysql.JSON(),
]


@pytest.mark.parametrize("type_", GENERIC, ids=repr)
def test_generic_types_survive_on_every_database(type_: Any) -> None:
    expect_same(type_)


@pytest.mark.parametrize("type_", POSTGRESQL, ids=repr)
def test_types_of_postgresql_survive(type_: Any) -> None:
    expect_same(type_, "postgresql")


@pytest.mark.parametrize("type_", MYSQL, ids=repr)
def test_types_of_mysql_survive(type_: Any) -> None:
    expect_same(type_, "mysql")


@pytest.mark.parametrize("type_", [sqlite.DATETIME(), sqlite.DATE(), sqlite.JSON()], ids=repr)
def test_types_of_sqlite_survive(type_: Any) -> None:
    expect_same(type_, "sqlite")


@given(st.builds(sa.String, optional, texts) | st.builds(sa.Numeric, optional, optional))
@settings(deadline=None)
def test_any_length_precision_and_collation_survives(type_: Any) -> None:
    expect_same(type_)


@given(st.lists(texts, min_size=1, max_size=4, unique=True), texts, st.booleans())
@settings(deadline=None)
def test_any_enumeration_survives(values: list[str], name: str, native: bool) -> None:
    expect_same(sa.Enum(*values, name=name, native_enum=native))


def test_a_decorator_is_written_as_what_it_stands_for() -> None:
    types = Types(DIALECTS["postgresql"])
    assert types.text(Upper(12)) == "sa.String(length=12)"
    assert types.imports == set()


class Point(sa.types.UserDefinedType[str]):
    def get_col_spec(self, **kw: Any) -> str:
        return "POINT"


def test_a_type_of_the_app_is_written_in_the_words_of_the_database() -> None:
    types = Types(DIALECTS["postgresql"])
    assert types.text(Point()) == 'Written("POINT")'
    assert (types.imports, types.written) == (set(), True)


def test_types_of_the_app_are_named_where_there_is_a_prefix() -> None:
    types = Types(DIALECTS["postgresql"], user_module_prefix="own.")
    assert types.text(Point()) == "own.Point()"
    assert types.text(Upper(12)) == "own.Upper(length=12)"
    assert (types.imports, types.written) == (set(), False)


def test_a_special_implementation_is_a_variant() -> None:
    types = Types(DIALECTS["postgresql"])
    assert types.text(Uuid()) == 'sa.CHAR(length=32).with_variant(sa.UUID(), "postgresql")'

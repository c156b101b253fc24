"""Scripts of tables that have everything, under names and texts that nobody likes."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from flask_schemamigrate.schema.objects import Schema

from ..diff.server import sorted_schema
from .scripts import change
from .scripts import complaints
from .scripts import dialect_of
from .scripts import operations_of
from .scripts import statements
from .scripts import written_by_alembic

SYSTEMS = ("postgresql", "mariadb", "sqlite")
ODD = ("it's", 'a "b"', "c\\d", "50%", "a :b", "x::y", "\\:z", "%(n)s", "é\n", '"""', "a\tb")


def everyday(metadata: sa.MetaData) -> None:
    """Define what every database has."""
    sa.Table(
        "Order",
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("select", sa.String(20), nullable=False, server_default="it's 50%: a\\b"),
        sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("done", sa.Boolean, server_default=sa.false(), comment="a 'b' \"c\" %d"),
        sa.Column("at", sa.String(30), server_default=sa.text("'12\\:30:15'")),
        sa.Column("n", sa.Integer, sa.Computed("id * 2", persisted=True)),
        sa.Column("parent_id", sa.ForeignKey("Order.id", name="fk_self", ondelete="SET NULL")),
        sa.CheckConstraint("\"select\" <> 'a:b'", name="ck_a"),
        sa.CheckConstraint("n > 0 AND n % 2 = 0", name="ck_b"),
        sa.UniqueConstraint("select", "n", name="uq_select_n"),
        sa.Index("ix_lower", sa.func.lower(sa.column("select"))),
        sa.Index("ix_two", "n", "select", unique=True),
        comment="50% of 'it' \\ \"that\"",
    )
    sa.Table(
        "line",
        metadata,
        sa.Column("a", sa.BigInteger, primary_key=True),
        sa.Column("b", sa.BigInteger, primary_key=True),
        sa.Column("order_id", sa.ForeignKey("Order.id", name="fk_order"), index=True),
    )
    sa.Table(
        "part",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.BigInteger),
        sa.Column("b", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["a", "b"], ["line.a", "line.b"], "fk_ab", onupdate="CASCADE", ondelete="RESTRICT"
        ),
    )


def cyclic(metadata: sa.MetaData) -> None:
    """Define tables that point at each other."""
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("other_id", sa.ForeignKey(f"{other}.id", name=f"fk_{name}")),
        )


def elsewhere(metadata: sa.MetaData) -> None:
    """Define tables in another schema."""
    sa.Table(
        "a",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, index=True),
        sa.UniqueConstraint("n", name="uq_n"),
        schema="other",
        comment="there",
    )
    sa.Table(
        "a",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a_id", sa.ForeignKey("other.a.id", name="fk_there")),
    )


def only_postgresql(metadata: sa.MetaData) -> None:
    """Define what PostgreSQL alone has."""
    table = sa.Table(
        "p",
        metadata,
        sa.Column("id", sa.Integer, sa.Identity(always=True, start=5, cycle=True)),
        sa.Column("tags", postgresql.ARRAY(sa.String(9)), server_default=sa.text("'{}'::text[]")),
        sa.Column("data", postgresql.JSONB, server_default=sa.text("""'{"a": 1}'::jsonb""")),
        sa.Column("room", sa.Integer),
        sa.Column("during", postgresql.TSTZRANGE),
        sa.Column("kind", sa.Enum("a", "it's", name="kind"), server_default="a"),
        sa.PrimaryKeyConstraint("id", name="pk_p"),
        sa.UniqueConstraint("room", name="uq_room", deferrable=True, initially="DEFERRED"),
        postgresql.ExcludeConstraint(
            ("room", "="),
            ("during", "&&"),
            name="ex_room",
            using="gist",
            where=sa.text("room > 0"),
        ),
        sa.Index("ix_key", sa.text("(data ->> 'a:b')"), postgresql_include=["room"]),
    )
    sa.Index("ix_gin", table.c.data, postgresql_using="gin")
    sa.Index("ix_ops", table.c.room, postgresql_where=table.c.room > 5)
    sa.Index("ix_down", table.c.room.desc().nulls_last(), postgresql_with={"fillfactor": 50})
    sa.Index("ix_class", table.c.data, postgresql_using="gin", postgresql_ops={"data": "jsonb_ops"})
    sa.Index("ix_sum", table.c.room + table.c.id, table.c.room.desc(), sa.func.abs(table.c.room))
    sa.Index("ix_apart", table.c.room, unique=True, postgresql_nulls_not_distinct=True)


def only_mariadb(metadata: sa.MetaData) -> None:
    """Define what MariaDB alone has."""
    sa.Table(
        "m",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("body", sa.Text),
        sa.Column("kind", sa.Enum("a", "it's", "50%"), server_default="it's"),
        sa.Index("ix_body", "body", mysql_length={"body": 20}),
        sa.Index("ix_full", "body", mysql_prefix="FULLTEXT"),
        mysql_engine="InnoDB",
        mysql_default_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def only_sqlite(metadata: sa.MetaData) -> None:
    """Define what SQLite alone has."""
    table = sa.Table(
        "s",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.String(5, collation="NOCASE")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    sa.Index("ix_part", table.c.a, sqlite_where=table.c.a > "a:b")


DEFINED = [
    *((define, system) for define in (everyday, cyclic, elsewhere) for system in SYSTEMS),
    (only_postgresql, "postgresql"),
    (only_mariadb, "mariadb"),
    (only_sqlite, "sqlite"),
]


def schema_of(define: Any, system: str) -> Schema:
    metadata = sa.MetaData()
    define(metadata)
    return dialect_of(system).reader.schema(metadata.tables.values())


def sql(dialect: Any, operations: Any) -> list[str]:
    """Return the statements of operations that begin with an empty database."""
    found, state = [], Schema.of()
    for operation in operations:
        found += statements(dialect, operation, state)
        state = operation.apply(state)
    return found


@pytest.mark.parametrize(("define", "system"), DEFINED)
def test_everything_is_made_again(define: Any, system: str) -> None:
    dialect, wanted = dialect_of(system), schema_of(define, system)
    text = change(dialect, Schema.of(), wanted)
    operations = operations_of(dialect, text)
    made = reduce(lambda s, op: op.apply(s), operations, Schema.of())
    assert sorted_schema(made).tables == sorted_schema(wanted).tables, text
    down = operations_of(dialect, text, "downgrade")
    assert not reduce(lambda s, op: op.apply(s), down, made).tables


@pytest.mark.parametrize(("define", "system"), [d for d in DEFINED if d[1] != "sqlite"])
def test_alembic_writes_the_same_statements(define: Any, system: str) -> None:
    dialect, wanted = dialect_of(system), schema_of(define, system)
    text = change(dialect, Schema.of(), wanted)
    theirs = "".join(written_by_alembic(system, text).replace("%%", "%").split())
    for statement in sql(dialect, operations_of(dialect, text)):
        assert "".join(statement.split()) in theirs


@pytest.mark.parametrize("system", SYSTEMS)
def test_odd_tables_give_formatted_scripts(system: str, tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    dialect = dialect_of(system)
    for define, on in DEFINED:
        if on == system:
            text = change(dialect, Schema.of(), schema_of(define, system))
            (tmp_path / f"{define.__name__}.py").write_text(text, "utf-8")
    assert complaints(tmp_path) == ""


@pytest.mark.parametrize("system", SYSTEMS)
@given(st.sampled_from(ODD), st.sampled_from(ODD), st.sampled_from(ODD))
@settings(deadline=None, max_examples=30)
def test_no_text_is_too_odd(system: str, value: str, name: str, comment: str) -> None:
    def define(metadata: sa.MetaData) -> None:
        literal = sa.literal_column("'" + value.replace("'", "''") + "'")
        sa.Table(
            f"t {name}",
            metadata,
            sa.Column("a", sa.String(9), server_default=value, comment=comment),
            sa.Column("b", sa.String(9)),
            sa.CheckConstraint(sa.column("b") != literal, name=f"ck {name}"),
            sa.Index(f"ix {name}", "b"),
            comment=comment,
        )

    dialect, wanted = dialect_of(system), schema_of(define, system)
    text = change(dialect, Schema.of(), wanted)
    made = reduce(lambda s, op: op.apply(s), operations_of(dialect, text), Schema.of())
    assert sorted_schema(made).tables == sorted_schema(wanted).tables, text
    written_by_alembic(system, text)

"""PostgreSQL: models equal what create_all made of them, and single changes are seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Connection

from flask_schemamigrate import dialects
from flask_schemamigrate.dialects.base import Settlement
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Table
from flask_schemamigrate.schema.scope import Scope

from ..conftest import Database


pytestmark = pytest.mark.filterwarnings("ignore:Computed column")


class Money(sa.types.TypeDecorator[Any]):
    """A decorated type."""

    impl = sa.Numeric(12, 4)
    cache_ok = True


GENERIC = (
    sa.BigInteger(), sa.Boolean(), sa.Date(), sa.DateTime(), sa.DateTime(timezone=True),
    sa.Double(), sa.Float(), sa.Float(24), sa.Float(53), sa.Integer(), sa.Interval(),
    sa.LargeBinary(), sa.Numeric(), sa.Numeric(10), sa.Numeric(10, 2), sa.SmallInteger(),
    sa.String(), sa.String(50), sa.String(50, collation="C"), sa.Text(), sa.Text(collation="C"),
    sa.Time(), sa.Time(timezone=True), sa.Unicode(20), sa.UnicodeText(), sa.Uuid(),
    sa.Uuid(native_uuid=False), sa.JSON(), sa.CHAR(3), sa.PickleType(), sa.REAL(),
    sa.Enum("a", "b", name="letter"), sa.Enum("a", "b", name="plain", native_enum=False),
    Money(), sa.ARRAY(sa.Integer()),
)  # fmt: skip
OWN = (
    pg.JSONB(), pg.ARRAY(sa.String(10)), pg.ARRAY(sa.Integer(), dimensions=2), pg.UUID(),
    pg.INET(), pg.CIDR(), pg.MACADDR(), pg.MACADDR8(), pg.INTERVAL(fields="DAY TO SECOND"),
    pg.INTERVAL(precision=3), pg.INT4RANGE(), pg.TSTZRANGE(), pg.DATERANGE(), pg.NUMMULTIRANGE(),
    pg.HSTORE(), pg.CITEXT(), pg.TSVECTOR(), pg.TSQUERY(), pg.BIT(4), pg.BIT(8, varying=True),
    pg.MONEY(), pg.OID(), pg.TIMESTAMP(precision=3), pg.TIME(precision=0), pg.BYTEA(), pg.REGCLASS(),
    pg.ENUM("x", "y", name="Own Mood"), pg.ARRAY(pg.ENUM("x", "y", name="Own Mood")),
    pg.DOMAIN("positive", sa.Integer(), check="VALUE > 0"), pg.JSONPATH(),
)  # fmt: skip
DEFAULTS: tuple[tuple[Any, Any], ...] = (
    (sa.String(50), "it's"), (sa.String(50), ""), (sa.String(50), "50% \\ :x"),
    (pg.JSONB(), '{"a": [1, "b"]}'), (sa.JSON(), "{}"), (sa.DateTime(), sa.func.now()),
    (sa.DateTime(timezone=True), sa.text("CURRENT_TIMESTAMP")), (sa.Boolean(), sa.true()),
    (sa.Boolean(), sa.text("false")), (sa.Integer(), "5"), (sa.Integer(), sa.text("-1")),
    (sa.Numeric(10, 2), sa.text("1.5")), (sa.Numeric(), "1.50"), (sa.Float(), "0.25"),
    (pg.ENUM("x", "y", name="Own Mood"), "x"), (pg.ARRAY(sa.Integer()), "{}"),
    (pg.ARRAY(sa.String()), sa.text("ARRAY['a','b']::varchar[]")), (sa.Date(), "2020-01-02"),
    (pg.UUID(), sa.text("gen_random_uuid()")), (sa.Text(), sa.text("lower('A') || 'b'")),
    (sa.Interval(), sa.text("interval '1 day'")), (sa.LargeBinary(), sa.text("'\\x00'")),
    (sa.String(5), sa.text("NULL")),
)  # fmt: skip


def wide() -> sa.MetaData:
    """Every type, default, constraint and index that the models of this file need."""
    metadata = sa.MetaData()
    sequence = sa.Sequence("tickets", start=100, increment=5, metadata=metadata)
    sa.Table(
        "types",
        metadata,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        *(sa.Column(f"t{n}", type_) for n, type_ in enumerate((*GENERIC, *OWN))),
    )
    sa.Table(
        "defaults",
        metadata,
        sa.Column("id", sa.Integer(), sa.Identity(always=True, start=10, cache=1), primary_key=True),
        sa.Column("ticket", sa.Integer(), server_default=sequence.next_value()),
        *(sa.Column(f"d{n}", t, server_default=d) for n, (t, d) in enumerate(DEFAULTS)),
        comment="What's the default?",
    )
    rooms = sa.Table(
        "Rooms",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True, comment="50% of 'it'"),
        sa.Column("order", sa.String(20), nullable=False, unique=True),
        sa.Column("kind", sa.String(20)),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("qty", sa.SmallInteger()),
        sa.Column("total", sa.Numeric(20, 2), sa.Computed("price * qty", persisted=True)),
        sa.Column("upper", sa.Text(), sa.Computed("upper(kind) || '%'")),
        sa.Column("during", pg.TSRANGE()),
        sa.Column("data", pg.JSONB()),
        sa.Column("parent", sa.ForeignKey("Rooms.id", ondelete="cascade"), index=True),
        sa.Column("way", sa.Enum("in", "out", name="way", native_enum=False, create_constraint=True)),
        sa.CheckConstraint("price > 0"),
        sa.CheckConstraint("kind IN ('a', 'b')", name="known kind"),
        sa.CheckConstraint("qty>1 and (price<5 or qty=3)"),
        sa.CheckConstraint("kind LIKE '10:%' AND \"order\" <> ':x'", name="percent"),
        sa.UniqueConstraint("kind", "price", deferrable=True, initially="DEFERRED"),
        sa.UniqueConstraint("kind", "qty", name="uq_include", postgresql_include=["price"]),
        pg.ExcludeConstraint(("during", "&&"), name="no_overlap", where=sa.text("qty > 0")),
        pg.ExcludeConstraint((sa.text("int4range(qty, 9)"), "&&")),
        sa.ForeignKeyConstraint(["price"], ["prices.price"], match="FULL", deferrable=True),
        sa.Index("ix_lower", sa.text("lower(kind)")),
        sa.Index("ix_expression", sa.func.coalesce(sa.column("kind"), "a"), "qty", unique=True),
        sa.Index("ix_partial", "kind", postgresql_where=sa.text("qty > 1 AND kind = 'a'")),
        sa.Index("ix_ops", "kind", postgresql_ops={"kind": "text_pattern_ops"}),
        sa.Index("ix_gin", "data", postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"}),
        sa.Index("ix_include", "kind", postgresql_include=["qty"]),
        sa.Index("ix_desc", sa.desc("kind"), sa.text("qty NULLS FIRST")),
        sa.Index("ix_with", "qty", postgresql_with={"fillfactor": 70}),
        sa.Index("ix_nulls", "qty", unique=True, postgresql_nulls_not_distinct=True),
        sa.Index("ix_collate", sa.text('kind COLLATE "C" DESC NULLS LAST')),
    )
    del rooms
    sa.Table("prices", metadata, sa.Column("price", sa.Numeric(10, 2), primary_key=True))
    sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mood", sa.Enum("low", "high", name="mood", schema="crew"), server_default="low"),
        sa.Column("room", sa.ForeignKey("Rooms.id")),
        sa.Column("loop", sa.SmallInteger(), sa.Identity(increment=-1, cycle=True)),
        schema="crew",
    )
    return metadata


@pytest.fixture
def connection(postgresql_database: Database) -> Iterator[Connection]:
    """Give a connection to an empty database with a second schema and two extensions."""
    engine = postgresql_database.engine()
    with engine.begin() as preparing:
        preparing.exec_driver_sql("CREATE SCHEMA crew")
        preparing.exec_driver_sql("CREATE EXTENSION hstore; CREATE EXTENSION citext")
    with engine.connect() as connection:
        yield connection


def settled(connection: Connection, metadata: sa.MetaData) -> Settlement:
    """Compare a model with the database."""
    dialect = dialects.for_connection(connection)
    wanted = dialect.reader.schema(metadata.sorted_tables)
    actual = dialect.inspect(Scope.over(wanted.tables))
    return dialect.settle(actual, wanted)


def differences(settlement: Settlement) -> list[str]:
    """Return what differs, field by field; the order of things is no difference."""
    found = []
    for name in {*settlement.actual.tables, *settlement.wanted.tables}:
        pair = settlement.actual.table(name), settlement.wanted.table(name)
        if pair[0] is None or pair[1] is None:
            found.append(f"{name}: {'added' if pair[0] is None else 'removed'}")
            continue
        for each in fields(Table):
            one, two = (getattr(t, each.name) for t in pair)
            if each.compare and one != two:
                if isinstance(one, tuple):
                    gone, new = [x for x in one if x not in two], [x for x in two if x not in one]
                    found += [f"{name}.{each.name} -{x}" for x in gone]
                    found += [f"{name}.{each.name} +{x}" for x in new]
                else:
                    found.append(f"{name}.{each.name}: {one} {two}")
    for kind in ("enums", "sequences"):
        one, two = (getattr(s, kind) for s in (settlement.actual, settlement.wanted))
        found += [f"{kind}: {n}" for n in {*one, *two} if one.get(n) != two.get(n)]
    return found


def test_models_equal_the_database_straight_after_create_all(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    settlement = settled(connection, metadata)
    assert settlement.notes == ()
    assert "\n".join(differences(settlement)) == ""

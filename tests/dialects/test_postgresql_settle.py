"""PostgreSQL: models equal what create_all made of them, and single changes are seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
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


GENERIC: tuple[Any, ...] = (
    sa.BigInteger(), sa.Boolean(), sa.Date(), sa.DateTime(), sa.DateTime(timezone=True),
    sa.Double(), sa.Float(), sa.Float(24), sa.Float(53), sa.Integer(), sa.Interval(),
    sa.LargeBinary(), sa.Numeric(), sa.Numeric(10), sa.Numeric(10, 2), sa.SmallInteger(),
    sa.String(), sa.String(50), sa.String(50, collation="C"), sa.Text(), sa.Text(collation="C"),
    sa.Time(), sa.Time(timezone=True), sa.Unicode(20), sa.UnicodeText(), sa.Uuid(),
    sa.Uuid(native_uuid=False), sa.JSON(), sa.CHAR(3), sa.PickleType(), sa.REAL(),
    sa.Enum("a", "b", name="letter"), sa.Enum("a", "b", name="plain", native_enum=False),
    Money(), sa.ARRAY(sa.Integer()),
)  # fmt: skip
OWN: tuple[Any, ...] = (
    pg.JSONB(), pg.ARRAY(sa.String(10)), pg.ARRAY(sa.Integer(), dimensions=2), pg.UUID(),
    pg.INET(), pg.CIDR(), pg.MACADDR(), pg.MACADDR8(), pg.INTERVAL(fields="DAY TO SECOND"),
    pg.INTERVAL(precision=3), pg.INT4RANGE(), pg.TSTZRANGE(), pg.DATERANGE(), pg.NUMMULTIRANGE(),
    pg.HSTORE(), pg.CITEXT(), pg.TSVECTOR(), pg.TSQUERY(), pg.BIT(4), pg.BIT(8, varying=True),
    pg.MONEY(), pg.OID(), pg.TIMESTAMP(precision=3), pg.TIME(precision=0), pg.BYTEA(),
    pg.REGCLASS(),
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
        sa.Column(
            "id", sa.Integer(), sa.Identity(always=True, start=10, cache=1), primary_key=True
        ),
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
        sa.Column(
            "way", sa.Enum("in", "out", name="way", native_enum=False, create_constraint=True)
        ),
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
        sa.Index(
            "ix_gin", "data", postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"}
        ),
        sa.Index("ix_include", "kind", postgresql_include=["qty"]),
        sa.Index("ix_desc", sa.desc("kind"), sa.text("qty NULLS FIRST")),
        sa.Index("ix_with", "qty", postgresql_with={"fillfactor": 70}),
        sa.Index("ix_nulls", "qty", unique=True, postgresql_nulls_not_distinct=True),
        sa.Index("ix_collate", sa.text('kind COLLATE "C" DESC NULLS LAST')),
    )
    del rooms
    price: Any = sa.Column("price", sa.Numeric(10, 2), primary_key=True, autoincrement=False)
    sa.Table("prices", metadata, price)
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


def test_models_read_from_the_database_equal_it(connection: Connection) -> None:
    """Their keys have ``nextval('…_id_seq'::regclass)`` where the tables were made with SERIAL."""
    made, read = sa.MetaData(), sa.MetaData()
    sa.Table("My Table's", made, sa.Column("Id", sa.Integer, primary_key=True))
    sa.Table("n", made, sa.Column("id", sa.BigInteger, primary_key=True), schema="crew")
    made.create_all(connection)
    read.reflect(connection)
    read.reflect(connection, schema="crew")
    assert "\n".join(differences(settled(connection, read))) == ""


def column(metadata: sa.MetaData, table: str, name: str) -> sa.Column[Any]:
    """Return a column of the wide model."""
    return metadata.tables[table].c[name]


def _retype(table: str, name: str, type_: Any) -> Any:
    return lambda m: setattr(column(m, table, name), "type", type_)


def _redefault(name: str, default: Any) -> Any:
    def change(metadata: sa.MetaData) -> None:
        target = column(metadata, "defaults", name)
        target.server_default = sa.DefaultClause(default) if default is not None else None

    return change


def _recheck(name: str, condition: str) -> Any:
    def change(metadata: sa.MetaData) -> None:
        rooms = metadata.tables["Rooms"]
        old = next(c for c in rooms.constraints if c.name == name)
        rooms.constraints.remove(old)
        rooms.append_constraint(sa.CheckConstraint(condition, name=name))

    return change


def _reindex(name: str, *keys: Any, **options: Any) -> Any:
    def change(metadata: sa.MetaData) -> None:
        rooms = metadata.tables["Rooms"]
        rooms.indexes.remove(next(i for i in rooms.indexes if i.name == name))
        columns = [rooms.c[k] if isinstance(k, str) else k for k in keys]
        sa.Index(name, *columns, _table=rooms, **options)

    return change


def _recompute(text: str) -> Any:
    def change(metadata: sa.MetaData) -> None:
        target: Any = column(metadata, "Rooms", "total")
        target.computed.sqltext = sa.text(text)

    return change


SEEN = {
    "longer string": _retype("types", "t17", sa.String(51)),
    "other collation": _retype("types", "t18", sa.String(50, collation="POSIX")),
    "float precision": _retype("types", "t7", sa.Float(25)),
    "numeric scale": _retype("types", "t14", sa.Numeric(10, 3)),
    "time zone": _retype("types", "t3", sa.DateTime(timezone=True)),
    "json to jsonb": _retype("types", "t27", pg.JSONB()),
    "interval fields": _retype("types", "t43", pg.INTERVAL(fields="DAY")),
    "varbit length": _retype("types", "t54", pg.BIT(9, varying=True)),
    "timestamp precision": _retype("types", "t57", pg.TIMESTAMP(precision=2)),
    "default quotes": _redefault("d0", "it''s"),
    "default removed": _redefault("d0", None),
    "default json": _redefault("d3", '{"a": [1, "c"]}'),
    "default number": _redefault("d11", sa.text("1.51")),
    "default boolean": _redefault("d7", sa.false()),
    "default function": _redefault("d5", sa.func.clock_timestamp()),
    "default of enum": _redefault("d14", "y"),
    "check by name": _recheck("known kind", "kind IN ('a', 'c')"),
    "check like": _recheck("percent", "kind LIKE '11:%'"),
    "predicate": _reindex("ix_partial", "kind", postgresql_where=sa.text("qty > 2")),
    "operator class": _reindex("ix_ops", "kind"),
    "method": _reindex("ix_with", "qty", postgresql_using="hash"),
    "storage": _reindex("ix_with", "qty", postgresql_with={"fillfactor": 71}),
    "include": _reindex("ix_include", "kind", postgresql_include=["price"]),
    "direction": _reindex("ix_desc", "kind", sa.text("qty NULLS FIRST")),
    "expression": _reindex("ix_lower", sa.text("upper(kind)")),
    "nulls": _reindex("ix_nulls", "qty", unique=True),
    "uniqueness": _reindex("ix_nulls", "qty", postgresql_nulls_not_distinct=True),
    "computed": _recompute("price * qty + 1"),
    "comment": lambda m: setattr(column(m, "Rooms", "id"), "comment", "other"),
    "identity": lambda m: setattr(column(m, "defaults", "id").identity, "start", 11),
}


def test_single_changes_are_seen_and_nothing_else(connection: Connection) -> None:
    wide().create_all(connection)
    found = {}
    for change, mutate in SEEN.items():
        metadata = wide()
        mutate(metadata)
        settlement = settled(connection, metadata)
        found[change] = (len(differences(settlement)), settlement.notes)
    assert found == dict.fromkeys(SEEN, (2, ()))


SAME = {
    "numeric constant": _redefault("d11", sa.text("1.50")),
    "numeric constant, quoted": _redefault("d12", sa.text("1.5")),
    "cast": _redefault("d0", sa.text("'it''s'::varchar")),
    "json spaces": _redefault("d3", '{"a":[1,"b"]}'),
    "check spelling": _recheck("known kind", "(((kind) in ('a','b')))"),
    "computed spelling": _recompute("(\n  price*qty )"),
    "index spelling": _reindex("ix_lower", sa.text("LOWER(kind :: text) ASC")),
    "type spelling": _retype("types", "t13", sa.DECIMAL(10, 0)),
}


def test_other_spellings_of_the_same_are_no_difference(connection: Connection) -> None:
    wide().create_all(connection)
    found = {}
    for change, mutate in SAME.items():
        metadata = wide()
        mutate(metadata)
        found[change] = differences(settled(connection, metadata))
    assert found == {change: [] for change in SAME}


def test_a_check_restored_from_a_dump_is_no_difference(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    asked = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'known kind'"
    text = connection.exec_driver_sql(asked).scalar()
    connection.exec_driver_sql('ALTER TABLE "Rooms" DROP CONSTRAINT "known kind"')
    connection.exec_driver_sql(f'ALTER TABLE "Rooms" ADD CONSTRAINT "known kind" {text}')
    assert connection.exec_driver_sql(asked).scalar() != text
    assert differences(settled(connection, metadata)) == []


def test_settling_leaves_no_trace_within_or_without_a_transaction(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    connection.commit()
    count = "SELECT count(*) FROM pg_class UNION ALL SELECT count(*) FROM pg_type"
    before = connection.exec_driver_sql(count).all()
    connection.exec_driver_sql("CREATE TABLE mine (id int)")
    settled(connection, metadata)
    assert connection.exec_driver_sql("SELECT to_regclass('mine')").scalar() == "mine"
    connection.rollback()
    dialect = dialects.for_connection(connection)
    wanted = dialect.reader.schema(metadata.sorted_tables)
    actual = dialect.inspect(Scope.over(wanted.tables))
    connection.rollback()
    dialect.settle(actual, wanted)
    assert not connection.in_transaction()
    automatic = connection.execution_options(isolation_level="AUTOCOMMIT")
    assert differences(settled(automatic, metadata)) == []
    assert automatic.exec_driver_sql(count).all() == before


def test_what_the_server_refuses_is_compared_as_text_and_said(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    _recheck("percent", "no_such_function(kind)")(metadata)
    settlement = settled(connection, metadata)
    assert settlement.notes == (
        "The constraint percent of table Rooms was compared as text: function "
        "no_such_function(character varying) does not exist",
    )
    assert len(differences(settlement)) == 2


def test_a_read_only_transaction_is_compared_as_text_and_said(connection: Connection) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("a", sa.String(20), server_default="it's", index=True),
        sa.Column("b", sa.Float(), unique=True),
        sa.Column("c", sa.DateTime(), server_default=sa.func.now()),
        sa.Index("i", sa.text("a text_pattern_ops"), "c"),
    )
    metadata.create_all(connection)
    connection.commit()
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    settlement = settled(connection, metadata)
    (note,) = settlement.notes
    assert note.startswith("Types and expressions were compared as text")
    assert "read-only transaction" in note
    assert differences(settlement) == []


def test_changed_and_new_enumerated_types_are_known_while_settling(connection: Connection) -> None:
    before = sa.MetaData()
    sa.Table("t", before, sa.Column("a", sa.Enum("x", name="kind"), server_default="x"))
    before.create_all(connection)
    after = sa.MetaData()
    kind = sa.Enum("x", "y", name="kind")
    new = sa.Enum("n", name="new")
    sa.Table(
        "t",
        after,
        sa.Column("a", kind, server_default="y"),
        sa.Column("b", new, server_default="n"),
    )
    settlement = settled(connection, after)
    assert settlement.notes == ()
    wanted = settlement.wanted.tables[Name("t")]
    assert [str(c.default) for c in wanted.columns] == ["'y'::kind", "'n'::new"]
    assert [str(c.type) for c in wanted.columns] == ["kind", "new"]


def test_unnamed_constraints_take_the_names_of_the_database(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    rooms = settled(connection, metadata).wanted.tables[Name("Rooms")]
    assert rooms.primary_key is not None
    assert rooms.primary_key.name == "Rooms_pkey"
    assert {u.name for u in rooms.uniques} == {
        "Rooms_order_key",
        "Rooms_kind_price_key",
        "uq_include",
    }
    assert {k.name for k in rooms.foreign_keys} == {"Rooms_parent_fkey", "Rooms_price_fkey"}

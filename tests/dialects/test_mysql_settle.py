"""MariaDB: models equal what create_all made of them, and single changes are seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection

from flask_schemamigrate import dialects
from flask_schemamigrate.dialects.base import Settlement
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.schema.objects import Table
from flask_schemamigrate.schema.scope import Scope

from ..conftest import Database


class Money(sa.types.TypeDecorator[Any]):
    """A decorated type."""

    impl = sa.Numeric(12, 4)
    cache_ok = True


GENERIC: tuple[Any, ...] = (
    sa.BigInteger(), sa.Boolean(), sa.Date(), sa.DateTime(), sa.Double(), sa.Float(), sa.Float(24),
    sa.Float(53), sa.Integer(), sa.Interval(), sa.LargeBinary(), sa.LargeBinary(300), sa.Numeric(),
    sa.Numeric(10), sa.Numeric(10, 2), sa.SmallInteger(), sa.String(50), sa.Text(), sa.Text(500),
    sa.String(50, collation="utf8mb4_bin"), sa.Time(), sa.Unicode(20), sa.UnicodeText(), sa.Uuid(),
    sa.JSON(), sa.CHAR(3), sa.PickleType(), sa.Enum("a", "it's", "c,d"), Money(), sa.REAL(),
    sa.Enum("a", "b", name="plain", native_enum=False), sa.TIMESTAMP(), sa.BINARY(4),
)  # fmt: skip
OWN: tuple[Any, ...] = (
    mysql.TINYINT(), mysql.TINYINT(1), mysql.TINYINT(unsigned=True), mysql.SMALLINT(unsigned=True),
    mysql.MEDIUMINT(), mysql.INTEGER(unsigned=True), mysql.BIGINT(unsigned=True),
    mysql.INTEGER(display_width=5, zerofill=True), mysql.DECIMAL(10, 2, unsigned=True),
    mysql.DOUBLE(10, 2), mysql.FLOAT(8, 3), mysql.BIT(3), mysql.YEAR(), mysql.DATETIME(fsp=3),
    mysql.TIMESTAMP(fsp=6), mysql.TIME(fsp=2), mysql.TINYTEXT(), mysql.MEDIUMTEXT(),
    mysql.LONGTEXT(), mysql.TINYBLOB(), mysql.MEDIUMBLOB(), mysql.LONGBLOB(), mysql.VARBINARY(9),
    mysql.ENUM("x", "y", collation="utf8mb4_bin"), mysql.SET("a", "b"), mysql.NCHAR(3),
    mysql.VARCHAR(20, charset="latin1"), mysql.VARCHAR(9, charset="latin1", collation="latin1_bin"),
    mysql.TEXT(charset="ascii"), mysql.JSON(),
)  # fmt: skip
DEFAULTS: tuple[tuple[Any, Any], ...] = (
    (sa.String(50), "it's"), (sa.String(50), ""), (sa.String(50), "50% \\ :x \" \n"),
    (sa.String(50), "NULL"), (sa.String(9), sa.text("NULL")), (sa.JSON(), "{}"),
    (sa.DateTime(), sa.func.now()), (sa.TIMESTAMP(), sa.text("CURRENT_TIMESTAMP")),
    (mysql.DATETIME(fsp=3), sa.text("now(3)")), (sa.Boolean(), sa.true()),
    (sa.Boolean(), sa.false()), (sa.Boolean(), "1"), (sa.Boolean(), sa.text("true")),
    (sa.Integer(), "5"), (sa.Integer(), sa.text("-1")), (sa.Numeric(10, 2), sa.text("1.5")),
    (sa.Numeric(10, 2), "1.50"), (sa.Float(), "0.25"), (sa.Enum("a", "b"), "b"),
    (sa.Date(), "2020-01-02"), (sa.Date(), sa.text("(curdate())")), (sa.Uuid(), sa.text("uuid()")),
    (sa.CHAR(36), sa.text("(uuid())")), (sa.Text(), "long"), (sa.Integer(), sa.text("(1 + 2)")),
    (sa.String(20), sa.text("(concat('a', lower('B')))")), (mysql.BIT(2), sa.text("b'10'")),
    (sa.DateTime(), sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
    (sa.TIMESTAMP(), sa.text("now() on update now()")),
    (sa.DateTime(), sa.text("NULL ON UPDATE CURRENT_TIMESTAMP")),
    (sa.DateTime(), sa.text("(now() + interval 1 day)")),
)  # fmt: skip


def wide() -> sa.MetaData:
    """Every type, default, constraint and index that the models of this file need."""
    metadata = sa.MetaData()
    sa.Table(
        "types",
        metadata,
        sa.Column("id", mysql.BIGINT(unsigned=True), primary_key=True),
        *(sa.Column(f"t{n}", type_) for n, type_ in enumerate((*GENERIC, *OWN))),
    )
    sa.Table(
        "defaults",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(f"d{n}", t, server_default=d) for n, (t, d) in enumerate(DEFAULTS)),
        *(sa.Column(f"n{n}", t, server_default=d, nullable=False)
          for n, (t, d) in enumerate(DEFAULTS) if "NULL" not in str(d)),
        comment="What's the \\ default?\n50%",
    )  # fmt: skip
    sa.Table(
        "Rooms",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True, comment="50% of 'it'"),
        sa.Column("order", sa.String(20), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), sa.CheckConstraint("kind <> 'z'")),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("qty", sa.SmallInteger(), index=True),
        sa.Column("total", sa.Numeric(20, 2), sa.Computed("price * qty", persisted=True)),
        sa.Column("upper", sa.String(30), sa.Computed("concat(upper(kind), '%')")),
        sa.Column("body", sa.Text(), comment="long"),
        sa.Column("parent", sa.ForeignKey("Rooms.id", ondelete="cascade"), index=True),
        sa.Column("other", sa.ForeignKey("Rooms.id", ondelete="RESTRICT", onupdate="NO ACTION")),
        sa.Column("way", sa.Enum("in", "out", native_enum=False, create_constraint=True)),
        sa.Column("flag", sa.Boolean(create_constraint=True, name="flag")),
        sa.CheckConstraint("price > 0"),
        sa.CheckConstraint("kind IN ('a', 'b')", name="known kind"),
        sa.CheckConstraint("qty>1 and not (price=5 or qty=3)"),
        sa.CheckConstraint("kind LIKE '10:%' AND `order` <> ':x'", name="percent"),
        sa.UniqueConstraint("kind", "price", name="uq_kind"),
        sa.UniqueConstraint("kind", "qty"),
        sa.Index("ix_unique", "price", "qty", unique=True),
        sa.Index("ix_prefix", "body", "kind", mysql_length={"body": 10}),
        sa.Index("ix_full_prefix", "kind", mysql_length=20),
        sa.Index("ix_desc", sa.desc("kind"), "price"),
        sa.Index("ix_hash", "order", mysql_using="hash"),
        sa.Index("ft", "body", "kind", mysql_prefix="FULLTEXT"),
        mysql_engine="innodb",
        mysql_default_charset="utf8mb4",
        mysql_row_format="Dynamic",
        comment="It's",
    )
    sa.Table(
        "child",
        metadata,
        sa.Column("a", sa.Integer()),
        sa.Column("b", sa.Integer(), primary_key=True),
        sa.Column("c", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("room", sa.Integer()),
        sa.ForeignKeyConstraint(["room"], ["Rooms.id"], name="fk_room"),
        sa.ForeignKeyConstraint(["a"], ["Rooms.id"], onupdate="SET NULL"),
        sa.PrimaryKeyConstraint("c", "b", name="pk_child"),
        sa.Index("ix_a", "a", "b"),
    )
    return metadata


@pytest.fixture
def connection(mariadb_database: Database) -> Iterator[Connection]:
    """Give a connection to an empty database."""
    with mariadb_database.engine().connect() as opened:
        yield opened


def settled(connection: Connection, metadata: sa.MetaData) -> Settlement:
    """Compare a model with the database."""
    dialect = dialects.for_connection(connection)
    wanted = dialect.reader.schema(metadata.sorted_tables)
    return dialect.settle(dialect.inspect(Scope()), wanted)


def differences(one: Table, other: Table) -> Iterator[tuple[Any, Any]]:
    """Yield what differs, as small as it can be told."""
    for part in fields(one):
        here, there = getattr(one, part.name), getattr(other, part.name)
        if not part.compare or here == there:
            continue
        if part.name == "columns":
            here, there = (sorted(side, key=lambda c: c.name) for side in (here, there))
        pairs = zip(here, there, strict=False) if isinstance(here, (tuple, list)) else ()
        found = [(a, b) for a, b in pairs if a != b]
        yield from found or [(here, there)]


def test_models_equal_what_create_all_made(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    found = settled(connection, metadata)
    different = [
        pair
        for name, table in found.wanted.tables.items()
        for pair in differences(found.actual.tables[name], table)
    ]
    assert different == []
    assert found.notes == ()
    assert diff(found.actual, found.wanted) == ()


def test_settling_leaves_an_open_transaction_open(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    connection.commit()
    connection.execute(metadata.tables["child"].insert().values(b=1, c=1))
    settled(connection, metadata)
    connection.rollback()
    count = sa.select(sa.func.count()).select_from(metadata.tables["child"])
    assert connection.execute(count).scalar() == 0


def test_what_the_server_refuses_is_compared_as_text_and_the_rest_is_not(
    connection: Connection,
) -> None:
    def model(check: str) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table(
            "t",
            metadata,
            sa.Column("a", sa.Integer(), server_default=sa.text("(1+1)")),
            sa.CheckConstraint(check, name="k"),
            sa.CheckConstraint("a>0", name="known"),
        )
        return metadata

    model("a<>3").create_all(connection)
    found = settled(connection, model("unknown_function(a)"))
    (operations, notes) = diff(found.actual, found.wanted), found.notes
    assert [type(op).__name__ for op in operations] == ["DropConstraint", "AddConstraint"]
    (note,) = notes
    assert note.startswith("t: the check k was compared as text, because the server says: ")


def test_without_the_privilege_texts_are_compared_and_a_note_says_so(
    connection: Connection, mariadb_database: Database
) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("b", sa.String(20), server_default="It's"),
        sa.CheckConstraint("a <> 0", name="k"),
        sa.Index("ix", "b", mysql_length=5),
    )
    sa.Table("u", metadata, sa.Column("a", sa.Integer()))
    metadata.create_all(connection)
    connection.exec_driver_sql("CREATE USER 'sm_reader'@'%%' IDENTIFIED BY 'x'")
    try:
        connection.exec_driver_sql(
            f"GRANT SELECT ON {mariadb_database.url.database}.* TO 'sm_reader'@'%%'"
        )
        url = mariadb_database.url.set(username="sm_reader", password="x")
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        with engine.connect() as reading:
            found = settled(reading, metadata)
    finally:
        connection.exec_driver_sql("DROP USER 'sm_reader'@'%%'")
    (note,) = found.notes
    assert "were compared as text, because the server makes no temporary table here" in note
    assert diff(found.actual, found.wanted) == ()


def test_the_same_thing_is_asked_under_every_mode(connection: Connection) -> None:
    metadata = wide()
    metadata.create_all(connection)
    connection.exec_driver_sql("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'")
    del metadata
    plain = sa.MetaData()
    sa.Table("child", plain, autoload_with=connection)
    assert settled(connection, plain).notes == ()


def test_a_foreign_keys_own_index_goes_with_it(connection: Connection) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("up", sa.ForeignKey("t.id")),
    )
    metadata.create_all(connection)
    without = sa.MetaData()
    sa.Table(
        "t", without, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("up", sa.Integer())
    )
    found = settled(connection, without)
    names = [type(op).__name__ for op in diff(found.actual, found.wanted)]
    assert names == ["DropConstraint", "DropIndex"]

"""PostgreSQL: operations run on tables with rows, and the result is what create_all makes."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Connection

from flask_schemamigrate import dialects
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.errors import InvalidOperation
from flask_schemamigrate.operations.base import Operation
from flask_schemamigrate.operations.columns import AddColumn
from flask_schemamigrate.operations.columns import AlterColumn
from flask_schemamigrate.operations.constraints import DropConstraint
from flask_schemamigrate.operations.indexes import CreateIndex
from flask_schemamigrate.operations.indexes import DropIndex
from flask_schemamigrate.operations.tables import CreateTable
from flask_schemamigrate.operations.tables import RenameTable
from flask_schemamigrate.operations.types import AlterEnum
from flask_schemamigrate.run.live import fire
from flask_schemamigrate.run.live import LiveTables
from flask_schemamigrate.run.sqlwriter import WrittenTables
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Computed
from flask_schemamigrate.schema.objects import Enum
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.schema.objects import Sql
from flask_schemamigrate.schema.scope import Scope
from flask_schemamigrate.steps import Step

from ..conftest import Database

T = Name("t")
Part = Any


@pytest.fixture
def connection(postgresql_database: Database) -> Iterator[Connection]:
    """Give a connection to an empty database."""
    with postgresql_database.engine().connect() as connection:
        yield connection


def run(connection: Connection, *operations: Operation) -> list[str]:
    """Carry operations out; return their statements."""
    dialect = dialects.for_connection(connection)
    ran = []
    for operation in operations:
        tables = LiveTables(dialect)
        for action in dialect.ddl.actions(operation, tables):
            if not isinstance(action, Step):
                fire(action, connection)
                continue
            if not action.transactional:
                connection.commit()
                connection.execution_options(isolation_level="AUTOCOMMIT")
            options = {"no_parameters": True}
            connection.exec_driver_sql(action.sql, execution_options=options)
            if not action.transactional:
                connection.commit()
                connection.execution_options(isolation_level="READ COMMITTED")
            ran.append(action.sql)
            tables.forget()
    return ran


def table(*parts: Part, name: str = "t", **options: Any) -> sa.MetaData:
    """Return a model with one table."""
    metadata = sa.MetaData()
    sa.Table(name, metadata, *parts, **options)
    return metadata


def migrated(connection: Connection, after: sa.MetaData) -> list[str]:
    """Bring the database to ``after``; return the statements."""
    dialect = dialects.for_connection(connection)
    wanted = dialect.reader.schema(after.sorted_tables)
    settlement = dialect.settle(dialect.inspect(Scope.over(wanted.tables)), wanted)
    return run(connection, *diff(settlement.actual, settlement.wanted))


def catalogue(connection: Connection) -> Schema:
    """Read the default schema."""
    return dialects.for_connection(connection).inspect(Scope())


def alike(one: Schema, two: Schema) -> None:
    """Assert that two schemas are equal, the order of columns aside."""
    for pair in (one, two), (two, one):
        for name, value in pair[0].tables.items():
            other = pair[1].tables[name]
            assert {c.name: c for c in value.columns} == {c.name: c for c in other.columns}
            assert set(value.constraints) == set(other.constraints)
            assert set(value.indexes) == set(other.indexes)
            assert (value.comment, value.options) == (other.comment, other.options)
    assert dict(one.enums) == dict(two.enums)


def column(type_: Any, *parts: Part, **options: Any) -> Callable[[], sa.MetaData]:
    """Return what makes a model whose column c is of that type."""

    def make() -> sa.MetaData:
        key: Part = sa.Column("id", sa.Integer(), primary_key=True)
        return table(key, sa.Column("c", type_, *parts, **options))

    return make


Mood = sa.Enum("low", "high", name="mood")
#: name: (before, after, rows of c)
CHANGES: dict[str, tuple[Any, Any, str]] = {
    "longer": (column(sa.String(5)), column(sa.String(9), nullable=False), "('a')"),
    "text to integer": (column(sa.Text()), column(sa.Integer()), "('5')"),
    "integer to text": (column(sa.Integer()), column(sa.Text()), "(5)"),
    "integer to boolean": (column(sa.Integer()), column(sa.Boolean()), "(1), (0)"),
    "boolean to integer": (column(sa.Boolean()), column(sa.Integer()), "(true)"),
    "integer to bigint": (column(sa.Integer()), column(sa.BigInteger()), "(5)"),
    "text to jsonb": (column(sa.Text()), column(pg.JSONB()), "('{}')"),
    "json to jsonb": (column(sa.JSON()), column(pg.JSONB()), "('{}')"),
    "text to enum": (
        column(sa.String(9), server_default="low"),
        column(Mood, server_default="low"),
        "('high')",
    ),
    "enum to text": (
        column(Mood, server_default="low"),
        column(sa.String(9), server_default="low"),
        "('high')",
    ),
    "enum to enum": (column(Mood), column(sa.Enum("low", "high", name="other")), "('high')"),
    "text with default": (
        column(sa.String(9), server_default="it's"),
        column(sa.Text(), server_default="it's"),
        "('x')",
    ),
    "integer default to text": (
        column(sa.Integer(), server_default="5"),
        column(sa.String(3), server_default="5"),
        "(7)",
    ),
    "text default to integer": (
        column(sa.String(3), server_default="5"),
        column(sa.Integer(), server_default="5"),
        "('7')",
    ),
    "texts to integers": (column(pg.ARRAY(sa.Text())), column(pg.ARRAY(sa.Integer())), "('{1}')"),
    "default set": (column(sa.Integer()), column(sa.Integer(), server_default="1"), "(1)"),
    "default removed": (column(sa.Integer(), server_default="1"), column(sa.Integer()), "(1)"),
    "timestamp to date": (column(sa.DateTime()), column(sa.Date()), "('2020-01-02 03:04')"),
    "text to date": (column(sa.Text()), column(sa.Date()), "('2020-01-02')"),
    "uuid": (column(sa.Text()), column(sa.Uuid()), "('00000000-0000-0000-0000-000000000001')"),
    "collation": (column(sa.Text()), column(sa.Text(collation="C")), "('a')"),
    "numeric": (column(sa.Numeric(4, 1)), column(sa.Numeric(10, 3)), "(1.5)"),
    "not null": (column(sa.Integer()), column(sa.Integer(), nullable=False), "(1)"),
    "nullable": (column(sa.Integer(), nullable=False), column(sa.Integer()), "(1)"),
    "comment": (column(sa.Integer()), column(sa.Integer(), comment="It's 5%"), "(1)"),
    "identity": (column(sa.Integer()), column(sa.Integer(), sa.Identity()), "(3)"),
    "no identity": (column(sa.Integer(), sa.Identity()), column(sa.Integer()), "(3)"),
    "identity changed": (
        column(sa.Integer(), sa.Identity(start=5, cycle=True, minvalue=2)),
        column(sa.Integer(), sa.Identity(always=True, increment=2, start=2, minvalue=2)),
        "(3)",
    ),
    "computed added": (
        column(sa.Integer()),
        column(sa.Integer(), sa.Computed("id * 2", persisted=True), index=True),
        "(3)",
    ),
    "computed removed": (
        column(sa.Integer(), sa.Computed("id * 2", persisted=True)),
        column(sa.Integer()),
        "",
    ),
    "enum grows": (
        column(Mood, server_default="low"),
        column(sa.Enum("first", "low", "mid", "high", "top", name="mood"), server_default="low"),
        "('high')",
    ),
    "enum shrinks": (
        column(sa.Enum("low", "gone", "high", name="mood"), server_default="low", nullable=False),
        column(sa.Enum("high", "low", name="mood"), server_default="low", nullable=False),
        "('high')",
    ),
    "enum default goes": (
        column(sa.Enum("low", "gone", name="mood"), server_default="gone"),
        column(sa.Enum("low", name="mood"), server_default="low"),
        "('low')",
    ),
    "enums shrink": (
        column(pg.ARRAY(sa.Enum("low", "gone", name="mood"))),
        column(pg.ARRAY(sa.Enum("low", name="mood"))),
        "('{low}')",
    ),
    "enum in a check": (
        column(sa.Enum("low", "gone", name="mood"), sa.CheckConstraint("c <> 'gone'", name="k")),
        column(sa.Enum("low", "new", name="mood"), sa.CheckConstraint("c <> 'low'", name="k")),
        "(NULL)",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_column_is_as_create_all_makes_it(connection: Connection, change: str) -> None:
    before, after, rows = CHANGES[change]
    after().create_all(connection)
    expected = catalogue(connection)
    after().drop_all(connection)
    before().create_all(connection)
    if rows:
        overriding = "OVERRIDING SYSTEM VALUE " if "GENERATED" in rows else ""
        connection.exec_driver_sql(f"INSERT INTO t (c) {overriding}VALUES {rows}")
    migrated(connection, after())
    alike(catalogue(connection), expected)
    assert migrated(connection, after()) == []
    if rows and "computed" not in change:
        count = connection.exec_driver_sql("SELECT count(*) FROM t").scalar()
        assert count == rows.count("(")


def test_a_serial_key_becomes_bigint_with_its_sequence(connection: Connection) -> None:
    table(sa.Column("id", sa.Integer(), primary_key=True)).create_all(connection)
    connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    statements = migrated(connection, table(sa.Column("id", sa.BigInteger(), primary_key=True)))
    assert statements == [
        "ALTER TABLE t ALTER COLUMN id TYPE BIGINT",
        "ALTER SEQUENCE t_id_seq AS bigint",
    ] or statements == [
        "ALTER TABLE t ALTER COLUMN id TYPE bigint",
        "ALTER SEQUENCE t_id_seq AS bigint",
    ]
    connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    assert connection.exec_driver_sql("SELECT max(id) FROM t").scalar() == 2


def test_a_serial_key_becomes_a_string(connection: Connection) -> None:
    table(sa.Column("id", sa.Integer(), primary_key=True)).create_all(connection)
    connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    op = AlterColumn(Name("t"), "id", type=Sql("VARCHAR(20)", sa.String(20)))
    assert run(connection, op) == ["ALTER TABLE t ALTER COLUMN id TYPE VARCHAR(20)"]
    connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    assert connection.exec_driver_sql("SELECT max(id) FROM t").scalar() == "2"


def test_a_sequence_has_the_schema_that_its_table_is_given(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE SCHEMA app CREATE TABLE t (id serial PRIMARY KEY)")
    type_ = Sql("BIGINT", sa.BigInteger())
    (_, sequence) = run(connection, AlterColumn(Name("t", "app"), "id", type=type_))
    assert sequence == "ALTER SEQUENCE app.t_id_seq AS bigint"


def test_a_new_expression_leaves_the_comment(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);"
        "COMMENT ON COLUMN t.b IS 'it''s one more'"
    )
    run(connection, AlterColumn(Name("t"), "b", computed=Computed(Sql("a + 2"), True)))
    (_, b) = sa.inspect(connection).get_columns("t")
    assert b["comment"] == "it's one more" and "2" in b["computed"]["sqltext"]


def test_serial_becomes_identity_and_plain_and_serial_again(connection: Connection) -> None:
    serial = table(sa.Column("id", sa.Integer(), primary_key=True))
    identity = table(sa.Column("id", sa.Integer(), sa.Identity(always=True), primary_key=True))
    plain = table(sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False))
    serial.create_all(connection)
    connection.exec_driver_sql("INSERT INTO t VALUES (41)")
    for model in (identity, plain, serial, identity, serial):
        migrated(connection, model)
        assert migrated(connection, model) == []
        if model is not plain:
            connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    numbers = connection.exec_driver_sql("SELECT id FROM t ORDER BY id").scalars().all()
    assert numbers == [41, 42, 43, 44, 45]


def test_a_narrowed_string_is_never_cut(connection: Connection) -> None:
    column(sa.String(9))().create_all(connection)
    connection.exec_driver_sql("INSERT INTO t (c) VALUES ('too long')")
    with pytest.raises(sa.exc.DataError, match="too long for type character varying"):
        migrated(connection, column(sa.String(3))())


def test_using_is_taken_from_the_script(connection: Connection) -> None:
    column(sa.Text())().create_all(connection)
    connection.exec_driver_sql("INSERT INTO t (c) VALUES ('a,b')")
    change = AlterColumn(T, "c", type=Sql("TEXT[]"), using="string_to_array(c, ',')")
    assert run(connection, change) == [
        "ALTER TABLE t ALTER COLUMN c TYPE TEXT[] USING string_to_array(c, ',')"
    ]
    assert connection.exec_driver_sql("SELECT c FROM t").scalar() == ["a", "b"]


def test_a_computed_column_is_made_anew_with_what_stood_on_it(connection: Connection) -> None:
    computed = sa.Computed("id * 2", persisted=True)
    make = column(sa.Integer(), computed, unique=True, index=True)
    make().create_all(connection)
    before = catalogue(connection)
    dialect = dialects.for_connection(connection)
    changed: Part = sa.Column("c", sa.Integer(), sa.Computed("id * 3", persisted=True))
    connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    run(connection, AlterColumn(T, "c", computed=dialect.reader.computed(changed)))
    assert connection.exec_driver_sql("SELECT c FROM t").scalar() == 3
    after = catalogue(connection)
    assert set(after.tables[T].indexes) == set(before.tables[T].indexes)
    assert set(after.tables[T].uniques) == set(before.tables[T].uniques)


def test_adding_a_column_creates_its_missing_type_once(connection: Connection) -> None:
    table(sa.Column("id", sa.Integer(), primary_key=True)).create_all(connection)
    connection.exec_driver_sql("INSERT INTO t DEFAULT VALUES")
    reader = dialects.for_connection(connection).reader
    first: Part = sa.Column("a", Mood, server_default="low", nullable=False, comment="how")
    many: Part = sa.Column("b", pg.ARRAY(Mood))
    other: Part = sa.Column("d", pg.ENUM("low", name="missing", create_type=False))
    assert run(connection, AddColumn(T, reader.column(first))) == [
        "CREATE TYPE mood AS ENUM ('low', 'high')",
        "ALTER TABLE t ADD COLUMN a mood DEFAULT 'low' NOT NULL",
        "COMMENT ON COLUMN t.a IS 'how'",
    ]
    assert run(connection, AddColumn(T, reader.column(many))) == [
        "ALTER TABLE t ADD COLUMN b mood[]"
    ]
    with pytest.raises(sa.exc.ProgrammingError, match='type "missing" does not exist'):
        run(connection, AddColumn(T, reader.column(other)))


def test_written_scripts_create_a_type_only_where_it_is_missing(
    connection: Connection, postgresql_database: Database
) -> None:
    table(sa.Column("id", sa.Integer())).create_all(connection)
    dialect = dialects.offline(postgresql_database.url)
    add = AddColumn(T, dialect.reader.column(sa.Column("a", Mood)), if_absent=True)
    steps = list(dialect.ddl.actions(add, WrittenTables()))
    for step in (*steps, *steps):
        assert isinstance(step, Step)
        connection.exec_driver_sql(step.sql, execution_options={"no_parameters": True})
    assert catalogue(connection).enums[Name("mood")].values == ("low", "high")


def test_enum_values_are_renamed_added_and_removed(connection: Connection) -> None:
    column(Mood)().create_all(connection)
    connection.exec_driver_sql("INSERT INTO t (c) VALUES ('high')")
    before = Enum(Name("mood"), ("low", "high"))
    after = Enum(Name("mood"), ("zero", "low", "it's"))
    statements = run(connection, AlterEnum(before, after, (("high", "it's"),)))
    assert statements == [
        "ALTER TYPE mood RENAME VALUE 'high' TO 'it''s'",
        "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'zero' BEFORE 'low'",
    ]
    assert catalogue(connection).enums[Name("mood")] == after
    fewer = Enum(Name("mood"), ("it's", "zero"))
    run(connection, AlterEnum(after, fewer, columns=((T, "c", None),)))
    assert catalogue(connection).enums[Name("mood")] == fewer
    assert connection.exec_driver_sql("SELECT c::text FROM t").scalar() == "it's"


def test_indexes_are_made_and_dropped_concurrently(connection: Connection) -> None:
    column(sa.Text())().create_all(connection)
    index = sa.Index("i", "c", _table=column(sa.Text())().tables["t"])
    value = dialects.for_connection(connection).reader.index(index)
    connection.commit()
    assert run(
        connection,
        CreateIndex(T, value, if_absent=True, concurrently=True),
        DropIndex(T, "i", concurrently=True, if_present=True),
    ) == [
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c)",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
    ]


def test_an_unnamed_constraint_is_found_by_what_it_is(connection: Connection) -> None:
    metadata = table(
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("a", sa.Integer(), sa.ForeignKey("t.id"), unique=True),
    )
    metadata.create_all(connection)
    connection.exec_driver_sql("ALTER TABLE t RENAME CONSTRAINT t_a_fkey TO something")
    wanted = dialects.for_connection(connection).reader.table(metadata.tables["t"])
    (key,), (unique,) = wanted.foreign_keys, wanted.uniques
    assert run(
        connection,
        DropConstraint(T, None, "foreignkey", constraint=key),
        DropConstraint(T, None, "unique", constraint=unique),
        DropConstraint(T, None, "primary"),
    ) == [
        "ALTER TABLE t DROP CONSTRAINT something",
        "ALTER TABLE t DROP CONSTRAINT t_a_key",
        "ALTER TABLE t DROP CONSTRAINT t_pkey",
    ]
    with pytest.raises(InvalidOperation, match="no unique constraint on"):
        run(connection, DropConstraint(T, None, "unique", constraint=unique))


def test_a_dropped_table_can_be_made_again_from_the_catalogue(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE EXTENSION btree_gist")
    connection.exec_driver_sql(
        """CREATE TABLE t (id serial PRIMARY KEY, a varchar(5) DEFAULT 'x' NOT NULL CHECK (a <> ''),
        b int GENERATED ALWAYS AS IDENTITY (START 5), c int GENERATED ALWAYS AS (1 + 1) STORED,
        d int REFERENCES t ON DELETE CASCADE DEFERRABLE, UNIQUE NULLS NOT DISTINCT (a, b)
        INCLUDE (c), EXCLUDE USING gist (b WITH =) WHERE (c > 0))"""
    )
    connection.exec_driver_sql("CREATE INDEX i ON t (lower(a) DESC) WHERE a <> ':x'")
    connection.exec_driver_sql("COMMENT ON TABLE t IS 'it''s'; COMMENT ON COLUMN t.a IS 'x'")
    before = catalogue(connection)
    connection.exec_driver_sql("DROP TABLE t")
    run(connection, CreateTable(before.tables[T]))
    alike(catalogue(connection), before)


def test_a_renamed_table_and_column_keep_their_rows(connection: Connection) -> None:
    column(sa.Text())().create_all(connection)
    connection.exec_driver_sql("INSERT INTO t (c) VALUES ('x')")
    alter = AlterColumn(T, "c", new_name="Order", nullable=False, type=Sql("VARCHAR(3)"))
    assert run(connection, alter, RenameTable(T, "New")) == [
        "ALTER TABLE t ALTER COLUMN c TYPE VARCHAR(3)",
        "ALTER TABLE t ALTER COLUMN c SET NOT NULL",
        'ALTER TABLE t RENAME COLUMN c TO "Order"',
        'ALTER TABLE t RENAME TO "New"',
    ]
    assert connection.exec_driver_sql('SELECT "Order" FROM "New"').scalar() == "x"

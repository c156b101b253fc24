"""SQLite: what create_all made equals its models; what was changed by hand does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from flask_schemamigrate import dialects
from flask_schemamigrate.dialects.base import Settlement
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Table
from flask_schemamigrate.schema.scope import Scope


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Give a database in memory."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def settled(connection: Connection, metadata: sa.MetaData) -> Settlement:
    dialect = dialects.for_connection(connection)
    wanted = dialect.reader.schema(metadata.sorted_tables)
    return dialect.settle(dialect.inspect(Scope.over(wanted.tables)), wanted)


def differences(one: Table, other: Table) -> dict[str, tuple[object, object]]:
    names = [name for name in Table.__dataclass_fields__ if name != "element"]
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def models() -> sa.MetaData:
    """Return tables with everything that SQLAlchemy says to SQLite."""
    names = {"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
    metadata = sa.MetaData(naming_convention=names)
    sa.Table(
        "user",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(120, collation="NOCASE"), unique=True, nullable=False),
        sa.Column("born", sa.Date, server_default=sa.text("CURRENT_DATE"), comment="of birth"),
        sa.Column("made", sa.DateTime, server_default=sa.func.now(), index=True),
        sa.Column("kind", sa.Enum("a", "b", name="kind", create_constraint=True)),
        sa.Column("on", sa.Boolean(create_constraint=True, name="flag"), server_default=sa.true()),
        sa.Column("price", sa.Numeric(10, 2), server_default="1.50"),
        sa.Column("data", sa.JSON, server_default="{}"),
        sa.Column("blob", sa.LargeBinary),
        sa.Column("double", sa.Float, sa.Computed("price * 2")),
        sa.Column("stored", sa.Float, sa.Computed("price * 3", persisted=True)),
        sa.CheckConstraint("price > 0 AND price <> 5", name="price"),
        sa.CheckConstraint("length(email) > 3"),
        sa.Index("ix_expr", sa.func.lower(sa.text("email")), sa.text("made DESC")),
        comment="people",
        sqlite_autoincrement=True,
    )
    sa.Table(
        "Order Line",
        metadata,
        sa.Column("a", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("select", sa.String(5), primary_key=True, sqlite_on_conflict_not_null="FAIL"),
        sa.Column("user", sa.ForeignKey("user.id", name="fk_u", ondelete="CASCADE", match="FULL")),
        sa.Column("x", sa.Integer, sa.ForeignKey("user.id", deferrable=True, initially="DEFERRED")),
        sa.UniqueConstraint("user", "x", name="uq", sqlite_on_conflict="IGNORE"),
        sa.ForeignKeyConstraint(["a", "select"], ["Order Line.a", "Order Line.select"]),
        sqlite_with_rowid=False,
    )
    strict = sa.Table("strict", metadata, sa.Column("a", sa.Text), sqlite_strict=True)
    sa.Index("ix_where", strict.c.a, unique=True, sqlite_where=strict.c.a != "x'y")
    return metadata


def test_models_equal_what_create_all_makes(connection: Connection) -> None:
    metadata = models()
    metadata.create_all(connection)
    found = settled(connection, metadata)
    assert found.notes == ()
    assert len(found.actual.tables) == 3
    for name, table in found.actual.tables.items():
        assert differences(table, found.wanted.tables[name]) == {}


def test_an_attached_database_is_a_schema(connection: Connection) -> None:
    connection.exec_driver_sql("ATTACH ':memory:' AS aux")
    metadata = sa.MetaData(schema="aux")
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Text))
    sa.Index("ix", metadata.tables["aux.t"].c.n)
    sa.Table("c", metadata, sa.Column("t", sa.ForeignKey("aux.t.id"), primary_key=True))
    metadata.create_all(connection)
    found = settled(connection, metadata)
    assert set(found.actual.tables) == {Name("t", "aux"), Name("c", "aux")}
    assert found.actual == found.wanted


def one_table(**column: object) -> sa.MetaData:
    metadata = sa.MetaData()
    type_ = column.pop("type_", sa.Integer())
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", type_, **column),  # type: ignore[call-overload]
    )
    return metadata


@pytest.mark.parametrize(
    ("default", "written"),
    [
        (sa.text("1"), "1"),
        ("1", "('1')"),
        (sa.true(), "TRUE"),
        (sa.text("(1 + 2)"), "(1+2)"),
        (sa.func.now(), "CURRENT_TIMESTAMP"),
        (sa.text("(my_function(3))"), "(MY_FUNCTION( 3 ))"),
    ],
)
def test_defaults_that_do_the_same_are_the_same(
    connection: Connection, default: object, written: str
) -> None:
    connection.connection.create_function("my_function", 1, lambda value: value)
    sql = f"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER DEFAULT {written})"
    connection.exec_driver_sql(sql)
    found = settled(connection, one_table(server_default=default))
    assert found.actual == found.wanted
    assert found.notes == ()


@pytest.mark.parametrize("written", ["2", "3", "'1'", "(1 + 1)", "NULL"])
def test_defaults_that_store_something_else_differ(connection: Connection, written: str) -> None:
    sql = f"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a TEXT DEFAULT {written})"
    connection.exec_driver_sql(sql)
    found = settled(connection, one_table(type_=sa.Text(), server_default="3"))
    assert found.actual != found.wanted


@pytest.mark.parametrize(
    ("model", "written", "equal"),
    [
        ("a > 0 AND a <> 5", "[a]>0 and (a != 5)", True),
        ("a > 0", "a > 1", False),
        ("(a + 1) * 2 > 3", "a + 1 * 2 > 3", False),
        ("lower(a) = 'x'", "LOWER(\"A\") = 'X'", False),
    ],
)
def test_checks_are_compared_by_what_sqlite_would_do(
    connection: Connection, model: str, written: str, equal: bool
) -> None:
    sql = f"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER, CHECK ({written}))"
    connection.exec_driver_sql(sql)
    metadata = one_table()
    metadata.tables["t"].append_constraint(sa.CheckConstraint(model))
    found = settled(connection, metadata)
    assert (found.actual == found.wanted) is equal


def test_a_foreign_key_without_columns_means_the_primary_key(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE P (k INTEGER PRIMARY KEY, b INT)")
    connection.exec_driver_sql("CREATE TABLE c (x INTEGER REFERENCES p, y INT REFERENCES p(b))")
    actual = dialects.for_connection(connection).inspect(Scope())
    keys = actual.tables[Name("c")].foreign_keys
    assert [(k.columns, k.target, k.target_columns) for k in keys] == [
        (("x",), Name("P"), ("k",)),
        (("y",), Name("P"), ("b",)),
    ]


def test_views_virtual_tables_and_their_shadows_are_left_out(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    connection.exec_driver_sql("CREATE VIEW v AS SELECT * FROM t")
    connection.exec_driver_sql("CREATE VIRTUAL TABLE docs USING fts5(body)")
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
    scope = Scope(own=frozenset({Name("alembic_version")}))
    assert set(dialects.for_connection(connection).inspect(scope).tables) == {Name("t")}


def test_a_thousand_tables_are_read_with_as_many_queries_as_one(connection: Connection) -> None:
    asked: list[str] = []

    def count() -> int:
        asked.clear()
        dialects.for_connection(connection).inspect(Scope())
        return len(asked)

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    connection.exec_driver_sql("CREATE TABLE t (a INTEGER REFERENCES t)")
    sa.event.listen(connection, "before_cursor_execute", note)
    few = count()
    for number in range(30):
        connection.exec_driver_sql(f"CREATE TABLE t{number} (a INTEGER REFERENCES t)")
        connection.exec_driver_sql(f"CREATE INDEX ix{number} ON t{number} (a)")
    assert count() == few

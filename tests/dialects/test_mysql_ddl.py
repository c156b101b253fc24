"""MariaDB: operations change what they name and lose nothing else."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection
from sqlalchemy.engine import make_url

from flask_schemamigrate import dialects
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.directives.build import Builder
from flask_schemamigrate.errors import InvalidOperation
from flask_schemamigrate.operations.base import Operation
from flask_schemamigrate.operations.batch import AlterTable
from flask_schemamigrate.operations.columns import AlterColumn
from flask_schemamigrate.operations.constraints import AddConstraint
from flask_schemamigrate.operations.constraints import DropConstraint
from flask_schemamigrate.operations.indexes import DropIndex
from flask_schemamigrate.operations.tables import AlterTableOptions
from flask_schemamigrate.operations.tables import RenameTable
from flask_schemamigrate.run.live import LiveTables
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Check
from flask_schemamigrate.schema.objects import PrimaryKey
from flask_schemamigrate.schema.objects import Sql
from flask_schemamigrate.schema.scope import Scope
from flask_schemamigrate.steps import Step

from ..conftest import Database

T = Name("t")
COLUMN = (
    "stamp timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3) "
    "COMMENT 'it''s'"
)


class Unknown:
    """Knows no table, as in an offline run."""

    def table(self, name: Name) -> None:
        """Return None."""
        return


@pytest.fixture
def connection(mariadb_database: Database) -> Iterator[Connection]:
    """Give a connection to an empty database."""
    with mariadb_database.engine().connect() as opened:
        yield opened


def run(connection: Connection, *operations: Operation) -> list[str]:
    """Carry operations out and return their statements."""
    dialect = dialects.for_connection(connection)
    texts = []
    for operation in operations:
        tables = LiveTables(dialect)
        for action in dialect.ddl.actions(operation, tables):
            if isinstance(action, Step):
                connection.exec_driver_sql(action.sql, execution_options={"no_parameters": True})
                texts.append(action.sql)
                tables.forget()
    return texts


def alter(connection: Connection, column: str, **given: Any) -> list[str]:
    """Run ``op.alter_column`` on table t."""
    reader = dialects.for_connection(connection).reader
    return run(connection, Builder(reader).alter_column("t", None, column, given))


def shown(connection: Connection, table: str = "t") -> list[str]:
    """Return the lines of SHOW CREATE TABLE."""
    text = connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").fetchall()[0][1]
    return [line.strip().rstrip(",") for line in str(text).splitlines()]


def create(connection: Connection, parts: str) -> None:
    connection.exec_driver_sql(f"CREATE TABLE t ({parts})")


def test_a_comment_changes_and_the_rest_of_the_column_stays(connection: Connection) -> None:
    create(
        connection,
        "id int unsigned AUTO_INCREMENT PRIMARY KEY, "
        f"{COLUMN}, name varchar(9) COLLATE utf8mb4_bin DEFAULT 'a''b' CHECK (name <> 'x'), "
        "hidden int NOT NULL DEFAULT 3 INVISIBLE, g int GENERATED ALWAYS AS (hidden + 1) STORED, "
        "data json NOT NULL DEFAULT '{}'",
    )
    before = shown(connection)
    for column in ("id", "stamp", "name", "hidden", "g", "data"):
        alter(connection, column, comment="50% of 'it'")
    for column in ("id", "name", "hidden", "g", "data"):
        alter(connection, column, comment=None)
    alter(connection, "stamp", comment="it's")
    assert shown(connection) == before


def test_columns_of_a_batch_change_in_one_statement(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE t (a int, b int, c varchar(5) DEFAULT 'x')")
    kinds = (("a", "bigint"), ("b", "text"), ("a", "int"))
    changes = tuple(AlterColumn(T, name, type=Sql(kind)) for name, kind in kinds)
    assert run(connection, AlterTable(T, changes)) == [
        "ALTER TABLE t MODIFY a bigint NULL, MODIFY b text NULL",
        "ALTER TABLE t MODIFY a int NULL",
    ]


def test_a_type_changes_and_the_collation_and_check_stay(connection: Connection) -> None:
    create(connection, "name varchar(9) COLLATE utf8mb4_bin NOT NULL DEFAULT 'a' CHECK (name<>'x')")
    alter(connection, "name", type_=sa.String(20), existing_type=sa.String(9))
    assert shown(connection)[1] == (
        "`name` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a' "
        "CHECK (`name` <> 'x')"
    )


def test_a_type_without_collation_replaces_one_that_the_script_knows(
    connection: Connection,
) -> None:
    create(connection, "name varchar(9) COLLATE utf8mb4_bin")
    known = mysql.VARCHAR(9, collation="utf8mb4_bin")
    alter(connection, "name", type_=sa.String(9), existing_type=known)
    assert shown(connection)[1] == "`name` varchar(9) DEFAULT NULL"


def test_an_existing_type_is_made_true_where_nothing_else_changes(connection: Connection) -> None:
    create(connection, "a int, b varchar(9) COLLATE utf8mb4_bin NOT NULL DEFAULT 'x' COMMENT 'c'")
    alter(connection, "a", nullable=True, existing_type=sa.String(36))
    alter(connection, "b", nullable=False, existing_type=sa.String(30))
    expected = [
        "`a` varchar(36) DEFAULT NULL",
        "`b` varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'x' "
        "COMMENT 'c'",
    ]
    assert shown(connection)[1:3] == expected
    alter(connection, "b", nullable=True, existing_type=sa.String(80))
    assert shown(connection)[2] == expected[1].replace("NOT NULL ", "")


@pytest.mark.parametrize(
    ("old", "stated", "new"),
    [
        ("enum('a','b') NOT NULL", sa.Enum("a", "b", "c"), "enum('a','b','c') NOT NULL"),
        ("enum('a','b') NOT NULL", sa.Enum("a", "c"), "enum('a','b') NOT NULL"),
        ("enum('a','b') NOT NULL", sa.String(9), "enum('a','b') NOT NULL"),
        ("set('a') NOT NULL", mysql.SET("a", "b"), "set('a','b') NOT NULL"),
        ("varchar(12) NOT NULL", sa.String(36), "varchar(36) NOT NULL"),
        ("varchar(36) NOT NULL", sa.String(12), "varchar(36) NOT NULL"),
        ("varchar(36) NOT NULL", sa.Text(), "varchar(36) NOT NULL"),
        ("int(11) NOT NULL", sa.BigInteger(), "bigint(20) NOT NULL"),
        ("bigint(20) NOT NULL", sa.Integer(), "bigint(20) NOT NULL"),
        ("int(10) unsigned NOT NULL", sa.BigInteger(), "int(10) unsigned NOT NULL"),
        ("tinyint(1) NOT NULL", sa.Integer(), "tinyint(1) NOT NULL"),
        ("datetime NOT NULL", mysql.DATETIME(fsp=6), "datetime(6) NOT NULL"),
        ("datetime(6) NOT NULL", sa.DateTime(), "datetime(6) NOT NULL"),
        ("decimal(9,2) NOT NULL", sa.Numeric(12, 4), "decimal(12,4) NOT NULL"),
        ("decimal(9,2) NOT NULL", sa.Numeric(12, 1), "decimal(9,2) NOT NULL"),
        ("text NOT NULL", mysql.LONGTEXT(), "longtext NOT NULL"),
    ],
)
def test_an_existing_type_is_made_true_where_it_holds_more(
    connection: Connection, old: str, stated: Any, new: str
) -> None:
    create(connection, f"a {old}")
    alter(connection, "a", new_column_name="b", existing_type=stated, existing_nullable=False)
    assert shown(connection)[1] == f"`b` {new}"


def test_a_column_is_renamed_and_nothing_else(connection: Connection) -> None:
    create(connection, f"{COLUMN}, a int CHECK (a > 0)")
    alter(connection, "stamp", new_column_name="at", existing_type=sa.DateTime())
    alter(connection, "a", new_column_name="b", type_=sa.BigInteger())
    assert shown(connection)[1:3] == [
        "`at` timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3) "
        "COMMENT 'it''s'",
        "`b` bigint(20) DEFAULT NULL CHECK (`b` > 0)",
    ]


@pytest.mark.parametrize(
    ("before", "default", "after"),
    [
        ("int DEFAULT 3", None, "int(11) DEFAULT NULL"),
        ("int NOT NULL DEFAULT 3", None, "int(11) NOT NULL"),
        ("int NOT NULL", sa.text("1 + 2"), "int(11) NOT NULL DEFAULT (1 + 2)"),
        ("varchar(9)", "it's", "varchar(9) DEFAULT 'it''s'"),
        ("datetime", sa.func.now(), "datetime DEFAULT current_timestamp()"),
        ("varchar(40) COMMENT 'k'", sa.text("uuid()"), "varchar(40) DEFAULT uuid() COMMENT 'k'"),
        ("varchar(9)", sa.text("concat('a', lower('B'))"),
         "varchar(9) DEFAULT concat('a',lcase('B'))"),
        ("datetime DEFAULT now() ON UPDATE now()", sa.func.now(),
         "datetime DEFAULT current_timestamp()"),
        ("datetime", sa.text("now() ON UPDATE now()"),
         "datetime DEFAULT current_timestamp() ON UPDATE current_timestamp()"),
    ],
)  # fmt: skip
def test_a_default_changes(connection: Connection, before: str, default: Any, after: str) -> None:
    create(connection, f"c {before}")
    alter(connection, "c", server_default=default)
    assert shown(connection)[1] == f"`c` {after}"


@pytest.mark.parametrize(
    ("columns", "indexes"), [(("id", "tenant"), 0), (("tenant", "id"), 1), (("tenant",), 1)]
)
def test_a_key_of_a_numbered_column_is_replaced(
    connection: Connection, columns: tuple[str, ...], indexes: int
) -> None:
    create(connection, "id int AUTO_INCREMENT PRIMARY KEY, tenant int NOT NULL")
    table = sa.Table("t", sa.MetaData(), sa.Column("id"), sa.Column("tenant"))
    key = sa.PrimaryKeyConstraint(*columns)
    table.append_constraint(key)
    run(
        connection,
        DropConstraint(T, None, "primary"),
        AddConstraint(T, PrimaryKey(columns, element=key)),
    )
    lines = shown(connection)
    assert lines[1].endswith("AUTO_INCREMENT")
    assert f"PRIMARY KEY ({','.join(f'`{c}`' for c in columns)})" in lines
    # The server wants a key that begins with the column that it numbers.
    assert len([line for line in lines if line.startswith("KEY")]) == indexes


def test_an_index_under_a_foreign_key_gives_way_to_the_servers_own(connection: Connection) -> None:
    create(connection, "id int PRIMARY KEY, up int, KEY ix (up), FOREIGN KEY (up) REFERENCES t(id)")
    run(connection, DropIndex(T, "ix"))
    assert "KEY `up` (`up`)" in shown(connection)


def test_an_index_is_found_without_its_table(connection: Connection) -> None:
    create(connection, "a int, KEY ix (a)")
    assert run(connection, DropIndex(None, "ix")) == ["DROP INDEX ix ON t"]


@pytest.mark.parametrize("name", ["a", "k", "u", "f"])
def test_a_constraint_is_dropped_without_its_kind(connection: Connection, name: str) -> None:
    create(
        connection,
        "id int PRIMARY KEY, a int NOT NULL DEFAULT 1 CHECK (a > 0), CONSTRAINT k CHECK (a < 9), "
        "UNIQUE u (a), up int, CONSTRAINT f FOREIGN KEY (up) REFERENCES t (id)",
    )
    run(connection, DropConstraint(T, name))
    words = {"a": "> 0", "k": "< 9", "u": "UNIQUE KEY", "f": "REFERENCES"}
    text = "\n".join(shown(connection))
    assert [n for n, word in words.items() if word not in text] == [name]


def test_what_is_absent_is_not_dropped_and_what_is_present_not_added(
    connection: Connection,
) -> None:
    create(connection, "a int")
    for kind in ("unique", "check", "foreignkey", "primary"):
        assert run(connection, DropConstraint(T, "x", kind, if_present=True)) == []
    assert run(connection, DropIndex(T, "x", if_present=True)) == []


def test_a_check_that_came_with_a_column_is_not_added_again(connection: Connection) -> None:
    create(connection, "a int, CONSTRAINT k CHECK (a in (0,1))")
    assert run(connection, AddConstraint(T, Check(Sql("`a` in (0,1)"), "k"))) == []


def test_a_virtual_column_becomes_a_plain_one_with_its_values(connection: Connection) -> None:
    create(connection, "a int, g int GENERATED ALWAYS AS (a + 1) VIRTUAL COMMENT 'kept'")
    connection.exec_driver_sql("INSERT INTO t (a) VALUES (1)")
    alter(connection, "g", server_default=None, existing_server_default=sa.Computed("a + 1"))
    assert connection.exec_driver_sql("SELECT g FROM t").scalar() == 2
    assert shown(connection)[2] == "`g` int(11) DEFAULT NULL COMMENT 'kept'"


def test_a_character_set_reaches_the_columns_that_follow_the_table(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE t (a varchar(5), b text, c varchar(5) COLLATE utf8mb4_bin) CHARSET latin1"
    )
    options = (("mysql_charset", "utf8mb4"), ("mysql_collate", "utf8mb4_unicode_ci"))
    run(connection, AlterTableOptions(T, options))
    assert shown(connection)[1:4] == [
        "`a` varchar(5) DEFAULT NULL",
        "`b` text DEFAULT NULL",
        "`c` varchar(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL",
    ]


def test_a_table_is_renamed_within_its_schema(connection: Connection) -> None:
    create(connection, "a int")
    schema = str(connection.exec_driver_sql("SELECT DATABASE()").scalar())
    assert run(connection, RenameTable(Name("t", schema), "u")) == [
        f"ALTER TABLE {schema}.t RENAME TO {schema}.u"
    ]


def test_offline_a_column_of_unknown_type_is_refused() -> None:
    dialect = dialects.offline(make_url("mysql+pymysql://"))
    change = Builder(dialect.reader).alter_column("t", None, "c", {"nullable": False})
    with pytest.raises(InvalidOperation, match="type is not known"):
        list(dialect.ddl.actions(change, Unknown()))


def test_offline_the_script_says_what_a_column_is() -> None:
    dialect = dialects.offline(make_url("mysql+pymysql://"))
    given = {"nullable": False, "existing_type": sa.String(9), "existing_server_default": "x"}
    change = Builder(dialect.reader).alter_column("t", None, "c", given)
    (step,) = dialect.ddl.actions(change, Unknown())
    assert isinstance(step, Step)
    assert step.sql == "ALTER TABLE t MODIFY c VARCHAR(9) NOT NULL DEFAULT 'x'"


def _model(*changes: Callable[[dict[str, Any]], None]) -> sa.MetaData:
    parts: dict[str, Any] = {
        "id": sa.Column("id", sa.Integer(), primary_key=True),
        "name": sa.Column("name", sa.String(20), nullable=False),
        "body": sa.Column("body", sa.Text()),
        "qty": sa.Column("qty", sa.Integer(), server_default="1"),
        "up": sa.Column("up", sa.Integer()),
        "total": sa.Column("total", sa.Integer(), sa.Computed("qty + 1", persisted=True)),
        "check": sa.CheckConstraint("qty > 0", name="ck"),
        "unique": sa.UniqueConstraint("name", name="uq"),
        "index": sa.Index("ix", "qty"),
        "key": sa.ForeignKeyConstraint(["up"], ["t.id"], name="fk"),
    }
    for change in changes:
        change(parts)
    options = {k: parts.pop(k) for k in list(parts) if k.startswith("mysql_") or k == "comment"}
    metadata = sa.MetaData()
    sa.Table("t", metadata, *(p for p in parts.values() if p is not None), **options)
    return metadata


CHANGES: tuple[dict[str, Any], ...] = (
    {"name": lambda: sa.Column("name", sa.String(30), nullable=False)},
    {"name": lambda: sa.Column("name", sa.String(20))},
    {"name": lambda: sa.Column("name", sa.String(20, collation="utf8mb4_bin"), nullable=False)},
    {"name": lambda: sa.Column("name", sa.String(20), nullable=False, comment="it's")},
    {"name": lambda: sa.Column("name", sa.String(20), nullable=False, server_default="")},
    {"name": lambda: sa.Column("name", sa.Enum("a", "b"), nullable=False)},
    {"id": lambda: sa.Column("id", sa.BigInteger(), primary_key=True), "key": None},
    {"id": lambda: sa.Column("id", mysql.INTEGER(unsigned=True), primary_key=True), "key": None},
    {"id": lambda: sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False)},
    {"qty": lambda: sa.Column("qty", sa.Integer())},
    {"qty": lambda: sa.Column("qty", mysql.INTEGER(unsigned=True), server_default="1")},
    {"qty": lambda: sa.Column("qty", sa.Integer(), server_default=sa.text("(1 + 1)"))},
    {"total": lambda: sa.Column("total", sa.Integer(), sa.Computed("qty + 2", persisted=True))},
    {"total": lambda: sa.Column("total", sa.Integer(), sa.Computed("qty + 1", persisted=False))},
    {"total": lambda: sa.Column("total", sa.Integer())},
    {"check": None}, {"check": lambda: sa.CheckConstraint("qty > 1", name="ck")},
    {"unique": None}, {"unique": lambda: sa.UniqueConstraint("name", "qty", name="uq")},
    {"index": None}, {"index": lambda: sa.Index("ix", sa.desc("qty"))},
    {"index": lambda: sa.Index("ix", "qty", unique=True)},
    {"index": lambda: sa.Index("ix", "body", mysql_length=5)},
    {"index": lambda: sa.Index("ix", "body", mysql_prefix="FULLTEXT")},
    {"key": None}, {"key": lambda: sa.ForeignKeyConstraint(["up"], ["t.id"], name="fk2")},
    {"key": lambda: sa.ForeignKeyConstraint(["up"], ["t.id"], name="fk", ondelete="CASCADE")},
    {"up": lambda: sa.Column("up", sa.Integer(), index=True)},
    {"up": None, "key": None}, {"comment": "It's 50%"}, {"mysql_row_format": "COMPRESSED"},
    {"mysql_charset": "latin1"}, {"mysql_collate": "utf8mb4_bin"},
    {"body": lambda: sa.Column("body", mysql.LONGTEXT())},
    {"body": lambda: sa.Column("body", sa.JSON())},
    {"new": lambda: sa.Column("new", mysql.DATETIME(fsp=3), server_default=sa.func.now(3))},
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: "+".join(c))
@pytest.mark.parametrize("backwards", [False, True])
def test_a_change_is_seen_carried_out_and_equals_a_new_table(
    connection: Connection, change: dict[str, Any], backwards: bool
) -> None:
    def changed(parts: dict[str, Any]) -> None:
        parts.update({k: v() if callable(v) else v for k, v in change.items()})

    before, after = _model(), _model(changed)
    if backwards:
        before, after = after, before
    after.create_all(connection)
    expected = sorted(shown(connection))
    after.drop_all(connection)
    before.create_all(connection)
    dialect = dialects.for_connection(connection)

    def differences() -> tuple[Operation, ...]:
        wanted = dialect.reader.schema(after.sorted_tables)
        found = dialect.settle(dialect.inspect(Scope()), wanted)
        assert found.notes == ()
        return dialect.arranged(diff(found.actual, found.wanted), found.actual)

    operations = differences()
    # An option that the model no longer states is nobody's business.
    if not (backwards and any(k.startswith("mysql_") for k in change)):
        assert operations
        run(connection, *operations)
        assert differences() == ()
        assert sorted(shown(connection)) == expected


def test_a_check_of_an_actual_table_has_a_text(connection: Connection) -> None:
    create(connection, "a int CHECK (a > 0)")
    found = dialects.for_connection(connection).inspect(Scope()).tables[T]
    assert found.checks == (Check(Sql("`a` > 0"), "a", column="a"),)


@pytest.mark.parametrize(
    ("scheme", "exists"), [("mysql+pymysql", ""), ("mariadb+pymysql", "IF EXISTS ")]
)
def test_offline_a_check_is_dropped_in_words_that_both_systems_know(
    scheme: str, exists: str
) -> None:
    dialect = dialects.offline(make_url(f"{scheme}://"))
    (step,) = dialect.ddl.actions(DropConstraint(T, "k", "check", if_present=True), Unknown())
    assert isinstance(step, Step)
    assert step.sql == f"ALTER TABLE t DROP CONSTRAINT {exists}k"

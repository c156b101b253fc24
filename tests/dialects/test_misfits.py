"""Values that do not fit a new type are counted, and what is foretold of them comes true."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from flask_schemamigrate import dialects
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.scope import Scope
from flask_schemamigrate.steps import Step

from ..conftest import Database

T = Name("t")
STAMP = "2020-01-02 03:04:05.678900"

#: Type, new type, values, and what is said: system -> (rows, words, outcome, example).
CASES: list[tuple[Any, Any, list[Any], dict[str, tuple[int, str, str, str] | None]]] = [
    (
        sa.String(20),
        sa.Integer(),
        ["12", " 7 ", "abc", "", "1.5"],
        {
            "sqlite": (3, "are no integers", "misread", ""),
            "postgresql": (3, "are no integers", "refused", ""),
            "mariadb": (3, "are no integers", "refused", ""),
        },
    ),
    (
        sa.LargeBinary(),
        sa.Text(),
        [b"abc", b"\xff\xfe", None, "ä".encode()],
        {
            "sqlite": (1, "are no texts in UTF-8", "misread", "X'FFFE'"),
            "postgresql": (1, "do not fit text", "refused", "\\xfffe"),
            "mariadb": (1, "are no texts in utf8mb4", "refused", "??"),
        },
    ),
    (
        sa.String(20),
        sa.Numeric(10, 2),
        ["12", "1.5", "x", None],
        {
            "sqlite": (1, "are no numbers", "misread", "x"),
            "postgresql": (1, "are no numbers", "refused", "x"),
            "mariadb": (1, "are no numbers", "refused", "x"),
        },
    ),
    (
        sa.String(40),
        sa.Date(),
        ["2020-01-02", "tomorrow"],
        {
            "sqlite": (1, "are no dates", "misread", "tomorrow"),
            "postgresql": None,  # tomorrow is a date there
            "mariadb": (1, "are no dates", "refused", "tomorrow"),
        },
    ),
    (
        sa.String(50),
        sa.String(4),
        ["four", "fiver", None],
        {
            "sqlite": (1, "are longer than 4 characters", "kept", "fiver"),
            "postgresql": (1, "are longer than 4 characters", "refused", "fiver"),
            "mariadb": (1, "are longer than 4 characters", "refused", "fiver"),
        },
    ),
    (
        sa.Numeric(8, 3),
        sa.Numeric(8, 1),
        [1.5, 1.25, 2],
        {
            "sqlite": (1, "have more than 1 decimal", "kept", "1.25"),
            "postgresql": (1, "have more than 1 decimal", "changed", "1.250"),
            "mariadb": (1, "have more than 1 decimal", "changed", "1.250"),
        },
    ),
    (
        sa.Numeric(8, 2),
        sa.Numeric(4, 2),
        [99.5, 100],
        {
            "sqlite": None,  # it knows no precision
            "postgresql": (1, "do not fit numeric(4,2)", "refused", "100.00"),
            "mariadb": (1, "do not fit decimal(4,2)", "refused", "100.00"),
        },
    ),
    (
        sa.BigInteger(),
        sa.SmallInteger(),
        [1, 32767, 32768],
        {
            "sqlite": None,
            "postgresql": (1, "do not fit smallint", "refused", "32768"),
            "mariadb": (1, "do not fit smallint", "refused", "32768"),
        },
    ),
    (
        sa.Integer(),
        sa.Boolean(),
        [0, 1],
        {"sqlite": None, "postgresql": None, "mariadb": None},
    ),
    (
        sa.String(20),
        sa.Text(),
        ["anything"],
        {"sqlite": None, "postgresql": None, "mariadb": None},
    ),
]


def dialect_of(connection):
    return dialects.for_connection(connection)


def changed(connection, type_):
    """Return the operation that changes the type of t.a, and the column before and after."""
    dialect = dialect_of(connection)
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    table.append_column(sa.Column("a", type_))
    wanted = dialect.reader.schema([table])
    settled = dialect.settle(dialect.inspect(Scope()), wanted)
    before, after = (s.tables[T].column("a") for s in (settled.actual, settled.wanted))
    return dialect, before, after, diff(settled.actual, settled.wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]!r} to {c[1]!r}")
def test_what_does_not_fit_is_counted(case: Any, database: Database) -> None:
    type_, target, values, expected = case
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    table.append_column(sa.Column("a", type_))
    with database.engine().begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"a": value} for value in values])
    with database.engine().connect() as connection:
        dialect, before, after, operations = changed(connection, target)
        found = dialect.misfits(T, before, after)
        said = [(m.count, m.what, m.outcome, m.example) for m in found]
        wanted = expected[database.system]
        assert said == ([wanted] if wanted else [])
        connection.rollback()
        if database.system == "sqlite":
            return
        prophecy = "refused" in {m.outcome for m in found}
        try:
            _run(connection, dialect, operations)
        except DBAPIError:
            assert prophecy, "nobody said that it fails"
        else:
            assert not prophecy, "it was said to fail"


def _run(connection, dialect, operations):
    dialect.prepare()

    class Tables:
        def table(self, name):
            return dialect.inspect(Scope(only=frozenset((name,)))).table(name)

    for operation in operations:
        for action in dialect.ddl.actions(operation, Tables()):
            if isinstance(action, Step):
                connection.exec_driver_sql(action.sql)


DAY = datetime.datetime(2020, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("type_", "target", "values"),
    [
        (sa.String(5), sa.Boolean(), ["true", "false", "0", "1", "2", "x"]),
        (sa.Integer(), sa.Boolean(), [0, 1, 2]),
        (sa.DateTime(), sa.Date(), [DAY, DAY.replace(hour=0, minute=0, second=0)]),
        (sa.String(30), sa.Date(), ["2020-01-02", "2020-01-02 10:00:00", "x"]),
        (sa.Date(), sa.DateTime(), [DAY.date()]),
        (sa.String(30), sa.DateTime(), ["2020-01-02", "2020-01-02 10:00:00", "x"]),
        (sa.String(30), sa.Time(), ["10:00:00", "2020-01-02 10:00:00", "x"]),
        (sa.DateTime(), sa.Time(), [DAY]),
        (sa.String(30), sa.Integer(), ["1", "x"]),
        (sa.String(30), sa.Numeric(8, 2), ["1.5", "x"]),
    ],
    ids=str,
)
def test_what_sqlite_keeps_is_read_or_foretold(
    sqlite_database: Database, type_: Any, target: Any, values: list[Any]
) -> None:
    metadata = sa.MetaData()
    table = sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
    table.append_column(sa.Column("a", type_))
    with sqlite_database.engine().begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"a": value} for value in values])
    with sqlite_database.engine().connect() as connection:
        dialect, before, after, operations = changed(connection, target)
        foretold = sum(m.count for m in dialect.misfits(T, before, after))
        _run(connection, dialect, operations)
        column = sa.Column("a", target)
        sa.Table("t", sa.MetaData(), column)
        wrong = 0
        for number, value in enumerate(values, 1):
            query = sa.select(column).where(sa.text(f"id = {number}"))
            try:
                wrong += not _is_the_same(value, connection.execute(query).scalar_one())
            except (ValueError, TypeError, decimal.DecimalException):
                wrong += 1
        assert foretold == wrong


def _is_the_same(before: Any, after: Any) -> bool:
    """Whether a value was read as what it said."""
    if isinstance(after, bool):
        return str(before) == str(int(after))
    if isinstance(after, str):
        return False  # None of the targets is a text.
    return str(after).startswith(str(before))


def test_fractions_of_a_second(database: Database) -> None:
    if database.system == "sqlite":
        pytest.skip("it keeps them")
    fine = "DATETIME(6)" if database.system == "mariadb" else "TIMESTAMP(6)"
    with database.engine().begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE t (id INTEGER PRIMARY KEY, a {fine})")
        values = f"(1, '{STAMP}'), (2, '2020-01-02 00:00:00')"
        connection.exec_driver_sql(f"INSERT INTO t VALUES {values}")
    with database.engine().connect() as connection:
        from sqlalchemy.dialects import mysql
        from sqlalchemy.dialects import postgresql

        coarse = (
            mysql.DATETIME() if database.system == "mariadb" else postgresql.TIMESTAMP(False, 0)
        )
        dialect, before, after, _ = changed(connection, coarse)
        (found,) = dialect.misfits(T, before, after)
        assert (found.count, found.outcome) == (1, "changed")
        assert found.what == "have fractions of a second beyond 0 digits"
        dialect, before, after, _ = changed(connection, sa.Date())
        (found,) = dialect.misfits(T, before, after)
        assert (found.count, found.what, found.outcome) == (1, "have a time of day", "changed")

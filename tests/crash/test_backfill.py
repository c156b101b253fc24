"""Changing many rows in batches: killed at any statement, each row is changed once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.errors import InvalidOperation
from flask_schemamigrate.run.move import Progress
from flask_schemamigrate.settings import Settings

from .. import tables
from ..conftest import Database
from ..conftest import Project
from . import forks
from .test_kill import killed_at
from .test_kill import opened
from .test_kill import settings
from .test_kill import write

ROWS = 7
#: Whether to kill at every statement, with every key: that takes minutes.
ALL = bool(os.environ.get("SCHEMAMIGRATE_TEST_KILLS"))
#: Keys of all kinds: their columns, and the values of row ``n`` in SQL of every system.
KEYS = {
    "number": ("id INTEGER NOT NULL PRIMARY KEY", lambda n: f"{n * 3}"),
    "text": ("id VARCHAR(20) NOT NULL PRIMARY KEY", lambda n: f"'k''%{n:02}:x'"),
    "two columns": (
        "a INTEGER NOT NULL, b VARCHAR(9) NOT NULL, PRIMARY KEY (a, b)",
        lambda n: f"{n // 4}, 'b{n % 4}'",
    ),
    "unique": ("u DECIMAL(9, 2) NOT NULL UNIQUE", lambda n: f"{n}.50"),
    "time": ("at TIMESTAMP NOT NULL PRIMARY KEY", lambda n: f"'2026-01-{n + 1:02} 12:00:00'"),
}
FILL = "op.backfill('t', {'n': sa.text('n + 1'), 'w': \"it's 50%: \\\\ done\"}, batch=3)"


@pytest.fixture
def mine(database: Database, tmp_path: Path) -> Settings:
    """Give settings with a folder."""
    made = settings(tmp_path / "migrations", database)
    api.init(made)
    return made


def make(mine: Settings, database: Database, key: str, rows: int = ROWS) -> None:
    """Make a table with rows."""
    columns, values = KEYS[key]
    with opened(database).begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS t")
        connection.exec_driver_sql(f"CREATE TABLE t (n INTEGER, w VARCHAR(30), {columns})")
        for n in range(rows):
            options = {"no_parameters": True}
            insert = f"INSERT INTO t VALUES ({n}, NULL, {values(n)})"
            connection.exec_driver_sql(insert, execution_options=options)


def column(database: Database, name: str) -> list[Any]:
    with opened(database).connect() as connection:
        return sorted(connection.scalars(sa.text(f"SELECT {name} FROM t")).all())


@pytest.mark.parametrize("key", KEYS)
def test_killed_anywhere_each_row_is_changed_once(
    key: str,
    mine: Settings,
    database: Database,
    record_property: Callable[[str, Any], None],
) -> None:
    write(mine.directory, "a1", None, f"op.create_table('u', sa.Column('i', sa.Integer))\n{FILL}")
    point = 0
    # Each system has its own way of reading a key; the points are the same for all keys.
    step = 1 if ALL else {"number": 4, "two columns": 9}.get(key, 13)
    while True:
        point += step
        make(mine, database, key)
        ended = not killed_at(point, lambda: api.upgrade(settings(mine.directory, database)))
        api.upgrade(mine)
        assert column(database, "n") == list(range(1, ROWS + 1)), f"killed at {point}"
        assert set(column(database, "w")) == {"it's 50%: \\ done"}
        if ended:
            break
        with opened(database).begin() as connection:
            for table in ("u", "alembic_version"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
    cell = f"{point // step - 1} kills"
    title = "A backfill killed at its statements; each row is changed once"
    record_property(tables.PROPERTY, (title, f"key: {key}", database.system, cell))


def test_what_where_says_is_changed_and_it_is_told(mine: Settings, database: Database) -> None:
    make(mine, database, "number", 10)
    body = "op.backfill('t', {'w': sa.func.lower('AB')}, 'n >= 4 OR n = 0', batch=4)"
    write(mine.directory, "a1", None, body)
    told: list[Progress] = []
    api.upgrade(mine, progress=lambda name, progress: told.append(progress))
    with opened(database).connect() as connection:
        found = connection.scalars(sa.text("SELECT n FROM t WHERE w = 'ab' ORDER BY n")).all()
    assert found == [0, 4, 5, 6, 7, 8, 9]
    rows = [(one.rows, one.of) for one in told if one.stage == "rows"]
    assert rows == [(0, 10), (4, 10), (8, 10), (10, 10)]


def test_a_batch_that_fails_is_corrected_and_the_rest_goes_on(
    mine: Settings, database: Database
) -> None:
    if database.system == "sqlite":
        pytest.skip("SQLite takes any number for a text")
    make(mine, database, "number")
    with opened(database).begin() as connection:
        connection.exec_driver_sql("UPDATE t SET w = 'none' WHERE n = 5")
    number = "INTEGER" if database.system == "postgresql" else "SIGNED"
    strict = f"n + CAST(coalesce(w, '1') AS {number})"
    body = f"op.backfill('t', {{'n': sa.text({strict!r})}}, batch=3)"
    if (
        database.system == "mariadb"
    ):  # A warning alone, in an UPDATE without a length that is wrong.
        body = body.replace("n + CAST", "n + 0 * length(repeat('x', n)) + CAST")
        with opened(database).begin() as connection:
            connection.exec_driver_sql("ALTER TABLE t ADD CONSTRAINT c CHECK (n < 6 OR w IS NULL)")
    write(mine.directory, "a1", None, body)
    with pytest.raises(Exception, match="Upgrading to a1"):
        api.upgrade(mine)
    with opened(database).begin() as connection:
        connection.exec_driver_sql("UPDATE t SET w = NULL WHERE n IN (5, 6)")
    api.upgrade(mine)
    assert column(database, "n") == list(range(1, ROWS + 1))


@pytest.mark.parametrize("pause", [0, 600])
def test_other_processes_write_between_two_batches(
    pause: int,
    mine: Settings,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(mine, database, "number")
    write(mine.directory, "a1", None, FILL.replace("batch=3", f"batch=4, pause={pause}"))
    if not pause:
        api.upgrade(mine)
        assert column(database, "n") == list(range(1, ROWS + 1))
        return
    child = forks.start(
        tmp_path / "said",
        lambda say: api.upgrade(
            settings(mine.directory, database),
            progress=lambda name, told: say(f"{told.stage} {told.rows}"),
        ),
    )
    child.wait_for("rows 4")
    with opened(database).begin() as connection:  # It sleeps, and nothing is locked.
        connection.exec_driver_sql("UPDATE t SET n = n + 100 WHERE id IN (0, 18)")
        connection.exec_driver_sql("ALTER TABLE t ADD COLUMN m INTEGER")
    child.kill()
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    api.upgrade(mine)
    assert column(database, "n") == sorted([101, *range(2, ROWS), ROWS + 100])


def test_there_must_be_a_key(mine: Settings, database: Database) -> None:
    with opened(database).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER, n INTEGER, w VARCHAR(30))")
        for n in range(ROWS):
            connection.exec_driver_sql(f"INSERT INTO t VALUES ({n}, {n}, NULL)")
    write(mine.directory, "a1", None, FILL)
    if database.system == "sqlite":  # Its rows are numbered.
        api.upgrade(mine)
    else:
        with pytest.raises(InvalidOperation, match="every key has a column that may be NULL"):
            api.upgrade(mine)
        with opened(database).begin() as connection:
            null = "ALTER COLUMN id SET" if database.system == "postgresql" else "MODIFY id INTEGER"
            connection.exec_driver_sql(f"ALTER TABLE t {null} NOT NULL")
        write(mine.directory, "a1", None, FILL.replace("batch=3", "batch=3, key=['id']"))
        api.upgrade(mine)
    assert column(database, "n") == list(range(1, ROWS + 1))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("op.backfill('t', {})", "must map columns to values"),
        ("op.backfill('t', {'n': 1}, batch=0)", "batch is 0"),
        ("op.backfill('t', {'n': 1}, pause=-1)", "pause is -1"),
        ("op.backfill('nowhere', {'n': 1})", "there is no such table"),
        ("op.backfill('t', {'m': 1})", "it has no column m"),
        ("op.backfill('t', {'id': 1}, key=['id'])", "the key id has a column that"),
        (
            "with op.get_context().autocommit_block(): op.backfill('t', {'n': 1})",
            "cannot run in an autocommit block",
        ),
    ],
)
def test_mistakes_are_told(call: str, said: str, sqlite_database: Database, tmp_path: Path) -> None:
    mine = settings(tmp_path / "migrations", sqlite_database)
    api.init(mine)
    make(mine, sqlite_database, "number")
    write(mine.directory, "a1", None, call)
    with pytest.raises(InvalidOperation) as error:
        api.upgrade(mine)
    assert said in error.value.message
    assert "a1.py:" in error.value.message


def test_written_and_planned(project: Project, database: Database) -> None:
    columns = "sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Integer), "
    columns += "sa.Column('w', sa.String(30))"
    project.script("a0", None, f"op.create_table('t', {columns})")
    project.ok("upgrade")
    with opened(database).begin() as connection:
        for n in range(ROWS):
            connection.exec_driver_sql(f"INSERT INTO t VALUES ({n + 1}, {n}, NULL)")
    project.script("a1", "a0", FILL + "\nop.backfill('t', {'n': 0}, sa.column('w') == 'a:b')")
    written = project.ok("upgrade", "--sql", "a0:a1")
    assert "-- Fill t.n, t.w, in batches of 3 rows: here all at once" in written
    assert "UPDATE t SET n=n + 1, w='it''s 50%: " in written
    assert "UPDATE t SET n=0 WHERE (w = 'a:b');" in written
    planned = project.ok("upgrade", "--plan")
    assert "~ Fill t.n, t.w, in batches of 3 rows" in planned
    assert "LK43 note: Each batch of 3 rows commits by itself" in planned
    statements = [one for one in written.split("\n\n") if one.startswith("UPDATE t SET n=n")]
    with opened(database).begin() as connection:
        options = {"no_parameters": True}
        connection.exec_driver_sql(statements[0].rstrip(";"), execution_options=options)
    assert column(database, "n") == list(range(1, ROWS + 1))
    assert set(column(database, "w")) == {"it's 50%: \\ done"}
    project.ok("upgrade")
    assert column(database, "n") == list(range(2, ROWS + 2))


def test_a_downgrade_fills_too(mine: Settings, database: Database) -> None:
    make(mine, database, "number")
    write(mine.directory, "a1", None, FILL)
    path = mine.directory / "versions" / "a1.py"
    down = "op.backfill('t', {'n': sa.text('n - 1'), 'w': None}, batch=4)"
    path.write_text(path.read_text().replace("    pass", f"    {down}"))
    api.upgrade(mine)
    api.downgrade(mine, "base")
    assert column(database, "n") == list(range(ROWS))
    assert set(map(str, column(database, "coalesce(w, '-')"))) == {"-"}


BENCH = int(os.environ.get("SCHEMAMIGRATE_TEST_ROWS", "0"))


@pytest.mark.skipif(not BENCH, reason="SCHEMAMIGRATE_TEST_ROWS says how many rows to fill")
def test_many_rows(
    mine: Settings, database: Database, record_property: Callable[[str, Any], None]
) -> None:
    with opened(database).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, w TEXT)")
        values = [{"id": n, "n": n} for n in range(BENCH)]
        table = sa.table("t", sa.column("id"), sa.column("n"))
        for begin in range(0, BENCH, 10_000):
            connection.execute(table.insert(), values[begin : begin + 10_000])
    write(mine.directory, "a1", None, "op.backfill('t', {'w': sa.text(\"concat('n', n)\")})")
    if database.system == "sqlite":
        write(mine.directory, "a1", None, "op.backfill('t', {'w': sa.text(\"'n' || n\")})")
    (moved,) = api.upgrade(replace(mine))
    seconds = moved.applied[0].seconds
    cell = f"{seconds:.1f} s, {BENCH / seconds:,.0f} rows/s"
    record_property(tables.PROPERTY, (f"Filling {BENCH} rows", "by 1000", database.system, cell))
    assert len(set(column(database, "w"))) == BENCH

"""MariaDB: the migration lock, the session's mode, and how the catalogue is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import dialects
from flask_schemamigrate.dialects.base import Dialect
from flask_schemamigrate.errors import LockTimeout
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.scope import Scope

from ..conftest import Database
from ..conftest import Project


@pytest.fixture
def engine(mariadb_database: Database) -> sa.Engine:
    """Give an engine on an empty database."""
    return mariadb_database.engine()


def _lock(
    engine: sa.Engine, timeout: float | None, waiting: Callable[[str], None] = print, key: str = "k"
) -> Any:
    with engine.connect() as connection:
        return dialects.for_connection(connection).lock(engine, key, timeout, waiting)


def test_a_lock_that_is_held_is_not_given_twice(engine: sa.Engine) -> None:
    said: list[str] = []
    with _lock(engine, 1):
        second = _lock(engine, 0, said.append)
        with pytest.raises(LockTimeout, match=r"connection \d+ of user root"), second:
            pass
        with _lock(engine, 0, key="another"):
            pass
    assert len(said) == 1
    assert "Another process is migrating this database: connection " in said[0]
    with _lock(engine, 0):
        pass


def test_who_waits_gets_the_lock_when_it_is_free(engine: sa.Engine) -> None:
    waits, done = threading.Event(), threading.Event()

    def other() -> None:
        with _lock(engine, None, lambda _: waits.set()):
            done.set()

    with _lock(engine, 1):
        thread = threading.Thread(target=other)
        thread.start()
        assert waits.wait(10)
        assert not done.is_set()
    assert done.wait(10)
    thread.join()


def test_a_lock_dies_with_its_connection(engine: sa.Engine) -> None:
    with _lock(engine, 0):
        with engine.connect() as other:
            query = (
                "SELECT id FROM information_schema.processlist "
                "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            )
            for (number,) in other.exec_driver_sql(query).fetchall():
                other.exec_driver_sql(f"KILL {number}")
        with _lock(engine, 10):
            pass


def test_a_lax_session_is_strict_while_migrations_run(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = 'ANSI_QUOTES'")
        dialect = dialects.for_connection(connection)
        dialect.prepare()
        mode = connection.exec_driver_sql("SELECT @@SESSION.sql_mode").scalar()
        assert set(str(mode).split(",")) == {"ANSI_QUOTES", "STRICT_TRANS_TABLES"}
        dialect.restore()
        assert connection.exec_driver_sql("SELECT @@SESSION.sql_mode").scalar() == "ANSI_QUOTES"


def _asked(engine: sa.Engine, use: Callable[[Dialect], Any]) -> int:
    count = 0

    def counted(*_: Any) -> None:
        nonlocal count
        count += 1

    with engine.connect() as connection:
        dialect = dialects.for_connection(connection)
        sa.event.listen(engine, "before_cursor_execute", counted)
        use(dialect)
        sa.event.remove(engine, "before_cursor_execute", counted)
    return count


def test_the_catalogue_is_read_with_few_queries(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for n in range(12):
            connection.exec_driver_sql(f"CREATE TABLE t{n} (id int PRIMARY KEY CHECK (id > {n}))")
            connection.exec_driver_sql(f"CREATE SEQUENCE s{n} START {n + 2}")
    assert _asked(engine, lambda dialect: dialect.inspect(Scope())) <= 8


def test_what_is_no_base_table_is_not_read_as_one(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id int PRIMARY KEY)")
        connection.exec_driver_sql("CREATE VIEW v AS SELECT * FROM t")
        connection.exec_driver_sql("CREATE SEQUENCE s START 5 INCREMENT 10 CYCLE")
        found = dialects.for_connection(connection).inspect(Scope())
    assert list(found.tables) == [Name("t")]
    sequence = found.sequences[Name("s")]
    assert (sequence.start, sequence.increment, sequence.cycle) == (5, 10, True)


def test_expressions_are_read_alike_under_every_mode(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE t (a int, b varchar(9) DEFAULT 'it''s' CHECK (b <> 'x'), "
            "c int GENERATED ALWAYS AS (a + 1), CONSTRAINT k CHECK (a > 0))"
        )
        usual = dialects.for_connection(connection).inspect(Scope())
        connection.exec_driver_sql("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
        assert dialects.for_connection(connection).inspect(Scope()).tables == usual.tables


def test_a_table_of_another_schema_is_named_with_it(
    engine: sa.Engine, mariadb_database: Database
) -> None:
    other = f"{mariadb_database.url.database}_other"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {other}")
        try:
            connection.exec_driver_sql("CREATE TABLE t (id int PRIMARY KEY)")
            connection.exec_driver_sql(
                f"CREATE TABLE {other}.u (id int, FOREIGN KEY (id) REFERENCES "
                f"{mariadb_database.url.database}.t (id))"
            )
            found = dialects.for_connection(connection).inspect(Scope((None, other)))
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {other}")
    assert set(found.tables) == {Name("t"), Name("u", other)}
    assert found.tables[Name("u", other)].foreign_keys[0].target == Name("t")


def test_a_script_does_not_name_its_database(
    mariadb_database: Database, make_project: Callable[..., Project]
) -> None:
    """MariaDB shows a default of a sequence with the database that this is in."""

    def numbered(db: Any) -> None:
        ticket = sa.Sequence("ticket", metadata=db.metadata)
        count = sa.Column("n", sa.Integer, server_default=ticket.next_value())
        sa.Table("t", db.metadata, sa.Column("id", sa.Integer, primary_key=True), count)

    def plain(db: Any) -> None:
        sa.Sequence("ticket", metadata=db.metadata)
        count = sa.Column("n", sa.Integer)
        sa.Table("t", db.metadata, sa.Column("id", sa.Integer, primary_key=True), count)

    project = make_project(mariadb_database, numbered)
    project.ok("init")
    project.ok("migrate", "-m", "numbered")
    project.ok("upgrade")
    project.ok("check")
    project = make_project(mariadb_database, plain)
    project.ok("migrate", "-m", "plain")
    (script,) = project.versions.glob("*plain.py")
    assert "nextval(`ticket`)" in script.read_text()
    assert str(mariadb_database.url.database) not in script.read_text()
    project.ok("upgrade")
    project.ok("check")
    project.ok("downgrade")
    with mariadb_database.engine().begin() as connection:
        connection.exec_driver_sql("INSERT INTO t (id) VALUES (1)")
        assert connection.exec_driver_sql("SELECT n FROM t").scalar() == 1

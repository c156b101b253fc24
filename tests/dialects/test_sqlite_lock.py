"""SQLite: the migration lock between processes, and one transaction for each revision."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate import dialects
from flask_schemamigrate import op
from flask_schemamigrate.dialects.sqlite import lock
from flask_schemamigrate.errors import LockTimeout
from flask_schemamigrate.errors import Unreachable

from .sqlite import File

HOLDER = """
import sys
from sqlalchemy.engine import make_url
from flask_schemamigrate.dialects.sqlite import lock
with lock.held(make_url(sys.argv[1]), None, print):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Give a database with one table."""
    file = File(tmp_path / "app.db")
    file.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
    return file


def holder(url: str) -> subprocess.Popen[str]:
    """Start a process that holds the lock until its input ends."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process: subprocess.Popen[str] = subprocess.Popen([sys.executable, "-c", HOLDER, url], **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_is_waited_for_and_named(file: File) -> None:
    url = file.engine().url
    said: list[str] = []
    with holder(str(url)) as other:
        with (
            pytest.raises(LockTimeout, match=r"within 0 s: process \d+ on "),
            lock.held(url, 0, said.append),
        ):
            pass
        (sentence,) = said
        assert sentence.startswith(
            f"Another process is migrating this database: process {other.pid} on"
        )
        other.communicate("")
        with lock.held(url, 60, said.append):
            pass
    assert len(said) == 1


def test_the_lock_of_a_killed_process_is_free(file: File) -> None:
    url = file.engine().url
    with holder(str(url)) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with lock.held(url, 60, print):
            pass


def test_a_symbolic_link_leads_to_the_same_lock(file: File) -> None:
    link = file.path.parent / "link.db"
    link.symlink_to(file.path)
    assert lock.path_of(File(link).engine().url) == lock.path_of(file.engine().url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory"])
def test_a_database_in_memory_needs_no_lock(url: str) -> None:
    assert lock.path_of(sa.make_url(url)) is None


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = File(tmp_path / "nowhere" / "app.db").engine().url
    with pytest.raises(Unreachable, match=r"nowhere.*cannot be taken"), lock.held(url, 0, print):
        pass


def test_ddl_and_rows_are_rolled_back_together(file: File) -> None:
    before = file.master()

    def script() -> None:
        op.create_table("new", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO t VALUES (2)")
        op.alter_column("t", "a", nullable=False, type_=sa.Text())
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        file.migrate(script)
    assert file.master() == before
    assert file.rows("SELECT * FROM t") == [(1,)]


def test_a_transaction_writes_from_its_first_moment(file: File) -> None:
    def script() -> None:
        with closing(sqlite3.connect(file.path, timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("INSERT INTO t VALUES (3)")
            assert other.execute("SELECT count(*) FROM t").fetchone() == (1,)

    file.migrate(script)


def test_an_app_that_begins_by_itself_is_left_alone(file: File) -> None:
    engine = file.engine()

    @sa.event.listens_for(engine, "connect")
    def keep(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    with engine.connect() as connection:
        dialect = dialects.for_connection(connection)
        dialect.prepare()
        with connection.begin():
            dialect.begin()
            connection.exec_driver_sql("CREATE TABLE u (a)")
            dialect.check()
        dialect.restore()
        driver = connection.connection.dbapi_connection
        assert driver is not None
        assert driver.isolation_level is None
    assert "u" in file.master()


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sqlite3.connect(autocommit=) is new in 3.12"
)
@pytest.mark.parametrize("autocommit", [True, False])
def test_a_connection_in_pep_249_mode_migrates_too(file: File, autocommit: bool) -> None:
    url = f"sqlite:///{file.path}"
    engine = sa.create_engine(url, connect_args={"autocommit": autocommit})
    with engine.connect() as connection:
        dialect = dialects.for_connection(connection)
        dialect.prepare()
        for name in ("kept", "undone"):
            with connection.begin() as transaction:
                dialect.begin()
                connection.exec_driver_sql(f"CREATE TABLE {name} (a)")
                if name == "undone":
                    transaction.rollback()
        dialect.restore()
        driver = connection.connection.dbapi_connection
        assert driver is not None
        assert driver.autocommit is autocommit
    engine.dispose()
    assert set(file.master()) == {"t", "kept"}

"""A run that is interrupted, or whose statement, connection or disk ends: the next one goes on."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.cli import ScriptInfo

from flask_schemamigrate import api
from flask_schemamigrate.errors import SchemaMigrateError

from .. import servers
from .. import tables
from ..conftest import Database
from ..conftest import Project
from . import forks
from .test_kill import content
from .test_kill import opened
from .test_together import SLEEPER

TITLE = "What ends a run, and what comes of it; the next upgrade goes on"
FIRST = """
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t VALUES (1)")
op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))
op.execute("INSERT INTO t VALUES (2)")
"""
LAST = "op.create_table('v', sa.Column('id', sa.Integer, primary_key=True))\n"
SLEEPS = {"postgresql": "SELECT pg_sleep(600)", "mariadb": "SELECT SLEEP(600)"}


class Said(io.TextIOBase):
    """A file for stderr whose lines go to a child's log."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say

    def write(self, text: str) -> int:
        self.say(text)
        return len(text)


def command(project: Project, path: Path, *arguments: str) -> forks.Child:
    """Run ``flask db …`` in a child, as a process of its own would."""

    def run(say: Callable[[str], None]) -> None:
        sys.stderr = Said(say)
        sys.stdout = Said(say)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with project.app.app_context():
            for engine in project.db.engines.values():
                engine.dispose(close=False)
        info = ScriptInfo(create_app=lambda: project.app)
        project.app.cli.main(args=["db", *arguments], obj=info, prog_name="flask")

    return forks.start(path, run)


def slow(project: Project, database: Database, flag: Path) -> None:
    """Write a revision that stays in a statement, or in Python on SQLite, after two tables."""
    body = FIRST + f"open({str(flag)!r}, 'w').close()\n"
    if database.system == "sqlite":
        body += "import time\ntime.sleep(600)\n"
    else:
        body += f"op.execute('{SLEEPS[database.system]}')\n"
    project.script("a1", None, body + LAST)


def sleeping(database: Database) -> list[int]:
    """Return the numbers of the sessions that sleep in a statement."""
    if database.system == "sqlite":
        return []
    sql = {
        "postgresql": "SELECT pid FROM pg_stat_activity WHERE query = :sql AND state = 'active'",
        "mariadb": "SELECT id FROM information_schema.processlist WHERE info = :sql",
    }[database.system]
    with opened(database).connect() as connection:
        found = connection.execute(sa.text(sql), {"sql": SLEEPS[database.system]})
        return list(found.scalars())


def goes_on(project: Project, database: Database) -> None:
    """Upgrade with a script that does not sleep, and look."""
    project.script("a1", None, FIRST + LAST)
    project.ok("upgrade", "--lock-timeout", "60")
    found = content(opened(database))
    assert {"t", "u", "v"} <= set(found)
    assert found["t"][-1] == ["[('id', 1)]", "[('id', 2)]"]


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_in_a_statement(
    sign: signal.Signals,
    status: int,
    project: Project,
    database: Database,
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
) -> None:
    flag = tmp_path / "flag"
    slow(project, database, flag)
    child = command(project, tmp_path / "said", "upgrade")
    forks.wait_until(flag.exists)
    if database.system != "sqlite":
        forks.wait_until(lambda: sleeping(database))
    os.kill(child.number, sign)
    assert child.wait() == status, child.said()
    said = "".join(child.said())
    assert "Error [R409]: Interrupted while upgrading to a1 (a1): " in said
    left = "what had run stays" if database.system == "mariadb" else "nothing of it was kept"
    assert left in said
    assert "Traceback" not in said
    forks.wait_until(lambda: not sleeping(database))
    goes_on(project, database)
    record_property(tables.PROPERTY, (TITLE, sign.name, database.system, f"{status}, {left}"))


def test_interrupted_while_it_waits(project: Project, database: Database, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    project.script("a1", None, SLEEPER.format(flag=str(flag)))
    holder = command(project, tmp_path / "holder", "upgrade")
    forks.wait_until(flag.exists)
    waiting = [
        (command(project, tmp_path / name, "upgrade"), sign, status)
        for name, sign, status in (("b", signal.SIGINT, 130), ("c", signal.SIGTERM, 143))
    ]
    try:
        for child, sign, status in waiting:
            child.wait_for("Another process is migrating this database: ")
            os.kill(child.number, sign)
            assert child.wait() == status, child.said()
            assert "Interrupted before the migration lock was free" in "".join(child.said())
    finally:
        holder.kill()
    project.ok("upgrade", "--lock-timeout", "60")


@pytest.mark.parametrize("how", ["cancelled", "terminated"])
def test_a_statement_or_connection_is_ended_by_somebody(
    how: str,
    project: Project,
    database: Database,
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
) -> None:
    if database.system == "sqlite":
        pytest.skip("SQLite has no sessions")
    slow(project, database, tmp_path / "flag")
    child = command(project, tmp_path / "said", "upgrade")
    forks.wait_until(lambda: sleeping(database))
    (number,) = sleeping(database)
    end = {
        "postgresql": f"SELECT pg_{how.removesuffix('led').removesuffix('d')}_backend({number})",
        "mariadb": f"KILL {'QUERY ' if how == 'cancelled' else ''}{number}",
    }[database.system]
    with opened(database, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(end)
    status = child.wait()
    said = "".join(child.said())
    assert status == 1, said
    assert "Error [R401]: Upgrading to a1 (a1) failed at " in said
    assert "Traceback" not in said
    goes_on(project, database)
    record_property(tables.PROPERTY, (TITLE, f"the session is {how}", database.system, str(status)))


def test_a_killed_runs_statement_is_waited_for(
    mariadb_database: Database, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    statement = "CREATE TABLE s AS SELECT SLEEP(3) AS a"
    project.script("a1", None, f"op.execute('{statement}')\n{LAST}")
    child = command(project, tmp_path / "said", "upgrade")

    def runs() -> bool:
        with opened(mariadb_database).connect() as connection:
            query = "SELECT COUNT(*) FROM information_schema.processlist WHERE info = :sql"
            return bool(connection.scalar(sa.text(query), {"sql": statement}))

    forks.wait_until(runs)
    child.kill()
    said = project.ok("upgrade")
    assert "The interrupted statement still runs in session " in said
    assert set(content(opened(mariadb_database))) >= {"s", "v"}


def test_a_full_disk(
    sqlite_database: Database, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    project = make_project(sqlite_database)
    project.ok("init")
    rows = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 90000)"
    rows = f"op.execute('INSERT INTO t {rows} SELECT x FROM c')"
    body = "op.create_table('t', sa.Column('id', sa.Integer))\n" + rows
    project.script("a1", None, body)

    def run(say: Callable[[str], None]) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with project.app.app_context():
            api.upgrade(project.app.extensions["schemamigrate"].settings())

    child = forks.start(tmp_path / "said", run)
    assert child.wait() == 1
    said = child.said()[-1]
    assert said.startswith("Upgrading to a1 (a1) failed "), said
    assert "disk" in said and "Traceback" not in said
    assert "t" not in content(opened(sqlite_database))
    project.ok("upgrade")
    assert len(content(opened(sqlite_database))["t"][-1]) == 90000


def test_a_file_that_may_only_be_read(
    sqlite_database: Database, make_project: Callable[..., Project]
) -> None:
    path = sqlite_database.url.database
    with opened(sqlite_database).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER)")
    project = make_project(f"sqlite:///file:{path}?mode=ro&uri=true")
    project.ok("init")
    project.script("a1", None, FIRST)
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "attempt to write a readonly database" in result.output
    assert "Traceback" not in result.output
    assert set(content(opened(sqlite_database))) == {"p", "views"}


def test_an_interruption_is_both(project: Project) -> None:
    project.script("a1", None, FIRST + "raise KeyboardInterrupt\n")
    with project.app.app_context():
        settings = project.app.extensions["schemamigrate"].settings()
        with pytest.raises(KeyboardInterrupt) as error:
            api.upgrade(settings)
    assert isinstance(error.value, SchemaMigrateError)
    assert error.value.exit_status == 130


def models(db: Any) -> None:
    class T(db.Model):  # type: ignore[misc,name-defined,unused-ignore]
        __tablename__ = "t"
        id = sa.Column(sa.Integer, primary_key=True)
        size = sa.Column(sa.Integer, sa.CheckConstraint("size > 0"), server_default=sa.text("1+1"))


@pytest.mark.parametrize(
    "line",
    [
        "upgrade",
        "downgrade base",
        "stamp a1",
        "check",
        "status --drift",
        "log",
        "drift",
        "migrate --verify",
    ],
)
def test_interrupted_in_any_statement(
    line: str, database: Database, make_project: Callable[..., Project]
) -> None:
    project = make_project(database, models)
    project.ok("init")
    project.script("a1", None, FIRST, downgrade="op.drop_table('u')\nop.drop_table('t')")
    if line not in ("upgrade", "stamp a1"):
        project.ok("upgrade")
    count, at = 0, 0

    def stop(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == at:
            signal.raise_signal(signal.SIGINT)

    with project.app.app_context():
        sa.event.listen(project.db.engine, "after_cursor_execute", stop)
    while count >= at:
        count, at = 0, at + 1
        result = project.run(*line.split())
        if count >= at:
            assert result.exit_code in (1, 130), result.output
            assert isinstance(result.exception, SystemExit)
    assert at > 1


SETTLED = "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))\n"


@pytest.mark.parametrize(
    "line", ["upgrade --plan", "drift", "status --drift", "baseline", "baseline --dry-run"]
)
def test_interrupted_in_a_rehearsal(
    line: str, database: Database, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    """It ends the command, and is no finding about the script."""
    project = make_project(database, models)
    project.ok("init")
    project.script("a1", None, SETTLED)
    if line != "upgrade --plan":
        project.ok("upgrade")
    if line.startswith("baseline"):
        project.ok("stamp", "base")
    told = f"with open({str(tmp_path / 'runs')!r}, 'a') as file:\n    file.write('1')\n"
    project.script("a1", None, SETTLED + told + "raise KeyboardInterrupt\n")
    result = project.run(*line.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.strip().endswith("Aborted!")
    assert (tmp_path / "runs").read_text() == "1"


@pytest.mark.skipif(
    not os.environ.get("SCHEMAMIGRATE_TEST_KILLS"), reason="it starts servers of its own"
)
@pytest.mark.parametrize("system", ["postgresql", "mariadb"])
def test_the_server_dies_and_comes_back(
    system: str,
    make_project: Callable[..., Project],
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
) -> None:
    start = {
        "postgresql": lambda: servers._private_postgresql(servers._postgresql_binaries()),
        "mariadb": servers._private_mariadb,
    }[system]
    with start() as url:
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE app")
            query = "SHOW data_directory" if system == "postgresql" else "SELECT @@pid_file"
            path = Path(str(connection.exec_driver_sql(query).scalar()))
        number = int(
            (path / "postmaster.pid" if system == "postgresql" else path).read_text().split()[0]
        )
        proc = Path(f"/proc/{number}")
        arguments = proc.joinpath("cmdline").read_bytes().decode().rstrip("\0").split("\0")
        owner, place = proc.stat().st_uid, proc.joinpath("cwd").readlink()
        database = Database(system, url.set(database="app"))
        project = make_project(database)
        project.ok("init")
        slow(project, database, tmp_path / "flag")
        child = command(project, tmp_path / "said", "upgrade")
        forks.wait_until(lambda: sleeping(database))
        os.kill(number, signal.SIGKILL)
        assert child.wait() == 1, child.said()
        assert "Error [" in "".join(child.said()) and "Traceback" not in "".join(child.said())
        os.waitpid(number, 0)  # Its number would pass for a server that runs.
        again = subprocess.Popen(
            arguments, cwd=place, user=owner, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            forks.wait_until(lambda: servers._answers(url))
            goes_on(project, database)
        finally:
            again.kill()
            again.wait()
    record_property(tables.PROPERTY, (TITLE, "the server dies", system, "1"))

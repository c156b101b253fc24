"""Upgrading through PgBouncer in transaction mode: every transaction may get another session."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.settings import Database as AppDatabase
from flask_schemamigrate.settings import Settings

from .. import servers
from ..conftest import Database
from . import forks
from .test_kill import write
from .test_together import SLEEPER

INI = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
logfile = {folder}/log
pidfile = {folder}/pid
ignore_startup_parameters = extra_float_digits
"""


@pytest.fixture
def pooled(postgresql_database: Database) -> Iterator[Database]:
    """Give the same database behind a pooler."""
    where = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    program = shutil.which("pgbouncer", path=where)
    if program is None:
        pytest.skip("pgbouncer is not installed")
    url = postgresql_database.url
    with servers._folder("sm-pool-") as name:
        folder, port = Path(name), servers._free_port()
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{url.username}" "{url.password or ""}"\n')
        host, server = url.host or "127.0.0.1", url.port or 5432
        values = {"host": host, "port": server, "user": url.username, "listen": port}
        (folder / "ini").write_text(INI.format(folder=folder, **values))
        become = servers._unprivileged(name, "postgres")
        process = subprocess.Popen([program, "-q", str(folder / "ini")], **become)  # type: ignore[call-overload]
        try:
            pooled = replace(postgresql_database, url=url.set(host="127.0.0.1", port=port))
            forks.wait_until(lambda: _answers(pooled))
            yield pooled
        finally:
            process.terminate()
            process.wait()


def _answers(database: Database) -> bool:
    with suppress(sa.exc.OperationalError), database.engine().connect():
        return True
    return False


def settings(folder: Path, database: Database) -> Settings:
    # Statements that the driver prepares belong to a session.
    engine = database.engine(connect_args={"prepare_threshold": None})
    return Settings(folder, (AppDatabase(None, database.url, lambda: engine),))


def test_the_migration_lock_holds_behind_a_pooler(pooled: Database, tmp_path: Path) -> None:
    mine, flag, log = settings(tmp_path / "migrations", pooled), tmp_path / "flag", tmp_path / "log"
    api.init(mine)
    write(mine.directory, "a1", None, SLEEPER.format(flag=str(flag)))
    body = f"with open({str(log)!r}, 'a') as file: file.write('b')\n"
    body += "op.create_index('ix', 'u', ['id'], postgresql_concurrently=True)"
    write(mine.directory, "b2", "a1", body)
    holder = forks.start(
        tmp_path / "holder", lambda say: api.upgrade(settings(mine.directory, pooled))
    )
    forks.wait_until(flag.exists)
    others = [
        forks.start(
            tmp_path / f"other{number}",
            lambda say: api.upgrade(settings(mine.directory, pooled), waiting=say),
        )
        for number in range(3)
    ]
    try:
        for other in others:
            other.wait_for(f"{holder.number} on ")
    finally:
        holder.kill()
    assert [other.wait() for other in others] == [0, 0, 0], [other.said() for other in others]
    assert log.read_text() == "b"

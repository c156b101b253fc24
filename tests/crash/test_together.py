"""Many processes upgrade one database at the same time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.errors import LockTimeout
from flask_schemamigrate.settings import Settings

from .. import tables
from ..conftest import Database
from . import forks
from .test_kill import opened
from .test_kill import settings
from .test_kill import write

#: How many processes begin with an empty database, and with one that is behind.
MANY = {"empty": 20, "behind by 5": int(os.environ.get("SCHEMAMIGRATE_TEST_PROCESSES", "8"))}
REVISIONS = 6


def history(folder: Path, log: Path) -> None:
    """Write revisions of all kinds, each of which writes down that its body has run."""
    parent = None
    for number in range(REVISIONS):
        body = f"with open({str(log)!r}, 'a') as file: file.write('r{number}\\n')\n"
        body += f"op.create_table('t{number}', sa.Column('id', sa.Integer, primary_key=True))\n"
        if number % 2:
            body += "with op.get_context().autocommit_block():\n"
            body += f"    op.execute('INSERT INTO t{number} VALUES (1)')\n"
        body += f"op.execute('INSERT INTO t{number} VALUES (2)')\n"
        write(folder, f"r{number}", parent, body)
        parent = f"r{number}"


@pytest.mark.parametrize("begin", MANY)
def test_each_revision_runs_once_and_everybody_succeeds(
    begin: str, database: Database, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    mine, log = settings(tmp_path / "migrations", database), tmp_path / "log"
    api.init(mine)
    history(mine.directory, log)
    if begin != "empty":
        api.upgrade(mine, "r0")
    processes = [
        forks.start(
            tmp_path / f"out{number}",
            lambda say: api.upgrade(settings(mine.directory, database), waiting=say),
        )
        for number in range(MANY[begin])
    ]
    statuses = [process.wait() for process in processes]
    failed = [process.said() for process in processes if process.status]
    assert not failed, "\n".join(failed[0])
    assert log.read_text().split() == [f"r{number}" for number in range(REVISIONS)]
    with opened(database).connect() as connection:
        for number in range(REVISIONS):
            rows = connection.scalars(sa.text(f"SELECT id FROM t{number} ORDER BY id")).all()
            assert rows == ([1, 2] if number % 2 else [2])
        versions = connection.scalars(sa.text("SELECT version_num FROM alembic_version")).all()
    assert versions == [f"r{REVISIONS - 1}"]
    waited = sum(any("Another process" in line for line in p.said()) for p in processes)
    cell = f"{statuses.count(0)} of {MANY[begin]} ended with 0, {waited} waited"
    title = "Processes that upgrade at once; each revision's body has run once"
    record_property(tables.PROPERTY, (title, begin, database.system, cell))


SLEEPER = """
import os, time
op.create_table('t', sa.Column('id', sa.Integer))
if not os.path.exists({flag!r}):
    open({flag!r}, 'w').close()
    time.sleep(600)
op.create_table('u', sa.Column('id', sa.Integer))
"""


@pytest.fixture
def held(database: Database, tmp_path: Path) -> Any:
    """Give the settings of a database whose migration lock a process has, and that process."""
    mine, flag = settings(tmp_path / "migrations", database), tmp_path / "flag"
    api.init(mine)
    write(mine.directory, "a1", None, SLEEPER.format(flag=str(flag)))
    holder = forks.start(
        tmp_path / "holder", lambda say: api.upgrade(settings(mine.directory, database))
    )
    forks.wait_until(flag.exists)
    yield mine, holder
    holder.kill()


def test_who_waits_is_told_for_whom_and_goes_on_when_that_one_is_killed(
    held: tuple[Settings, forks.Child], database: Database, tmp_path: Path
) -> None:
    mine, holder = held
    loser = forks.start(
        tmp_path / "loser",
        lambda say: api.upgrade(settings(mine.directory, database), waiting=say),
    )
    loser.wait_for("Another process is migrating this database: ")
    (said,) = loser.said()
    assert ", since 20" in said
    if database.system == "mariadb":
        assert "connection " in said and " of user " in said
    else:
        assert f"{holder.number} on " in said
    holder.kill()
    assert loser.wait() == 0, loser.said()
    with opened(database).connect() as connection:
        assert {"t", "u", "alembic_version"} <= set(sa.inspect(connection).get_table_names())


def test_who_does_not_wait_so_long_is_told_what_to_do(
    held: tuple[Settings, forks.Child], database: Database
) -> None:
    with pytest.raises(LockTimeout) as error:
        api.upgrade(replace(held[0], lock_timeout=0.1))
    assert "was not free within 0.1 s: " in error.value.message
    assert ", since 20" in error.value.message
    assert "--lock-timeout SECONDS" in error.value.hint
    what_to_type = {
        "sqlite": r"lsof /\S+",
        "postgresql": r"SELECT pg_terminate_backend\(\d+\)",
        "mariadb": r"KILL \d+",
    }
    assert re.search(what_to_type[database.system], error.value.hint)

"""Many workers, some of which are killed: each tenant gets each revision once."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest
import sqlalchemy as sa

from ..conftest import Database
from ..fleet import Fleet
from ..fleet import made
from . import forks

#: The first tenant that comes here waits, until the test lets all pass; each says that it was here.
GATE = """
import os, time
folder = {folder!r}
op.create_table("gate", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO gate VALUES (1)")
with open(os.path.join(folder, "passing"), "a") as file:
    file.write(f"{{os.getpid()}}\\n")
while not os.path.exists(os.path.join(folder, "open")):
    time.sleep(0.02)
"""
NAMES = tuple("abcdefgh")


@pytest.fixture
def fleet(database: Database, tmp_path: Path) -> Iterator[Fleet]:
    """Give eight tenants, on each system in turn, whose second revision waits for the test."""
    gate = GATE.format(folder=str(tmp_path))
    first = 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))'
    with made(database, tmp_path, *NAMES) as found:
        found.prepare((first, gate))
        yield found


def passing(fleet: Fleet) -> list[int]:
    """Return the processes that have come to the gate."""
    path = fleet.folder / "passing"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"


def open_gate(fleet: Fleet) -> None:
    """Let all scripts pass."""
    (fleet.folder / "open").touch()


def is_whole(fleet: Fleet) -> bool:
    """Whether all tenants have everything, once."""
    return all(
        fleet.version(name) == "r2"
        and fleet.rows(name, "SELECT id FROM gate") == [(1,)]
        and fleet.rows(name, "SELECT revision FROM schemamigrate_log ORDER BY revision")
        == [("r1",), ("r2",)]
        for name in fleet.names
    )


def ended(process: Popen[str], status: int) -> tuple[str, str]:
    """Wait for a command, and return what it printed."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, out + err
    assert "Traceback" not in err, err
    return out, err


def test_two_processes_share_the_work(fleet: Fleet) -> None:
    one = fleet.start("upgrade", *fleet.each, "--json")
    forks.wait_until(lambda: passing(fleet))
    two = fleet.start("upgrade", *fleet.each, "--json")
    forks.wait_until(lambda: len(set(passing(fleet))) == 2)  # It goes on with another tenant.
    open_gate(fleet)
    found: list[tuple[str, str]] = []
    for process in (one, two):
        out, _ = ended(process, 0)
        mine = [(row["tenant"], id_) for row in json.loads(out) for id_ in row["applied"]]
        assert mine
        found += mine
    assert sorted(found) == [(fleet.full(n), id_) for n in fleet.names for id_ in ("r1", "r2")]
    assert is_whole(fleet)


def test_a_killed_run_leaves_no_worker_and_the_next_one_goes_on(fleet: Fleet) -> None:
    with fleet.start("upgrade", *fleet.each, "--workers", "2") as process:
        forks.wait_until(lambda: len(passing(fleet)) == 2)
        process.kill()
        process.communicate()
    workers = passing(fleet)
    forks.wait_until(lambda: all(map(is_gone, workers)))
    open_gate(fleet)
    fleet.run("upgrade", *fleet.each, "--workers", "2")
    assert is_whole(fleet)


def test_a_killed_worker_is_replaced_and_its_tenant_done_again(fleet: Fleet) -> None:
    process = fleet.start("upgrade", *fleet.each, "--workers", "2", "--json")
    forks.wait_until(lambda: len(passing(fleet)) == 2)
    os.kill(passing(fleet)[0], signal.SIGKILL)
    forks.wait_until(lambda: len(set(passing(fleet))) >= 3)
    open_gate(fleet)
    out, _ = ended(process, 0)
    assert not any(row["code"] for row in json.loads(out))
    assert is_whole(fleet)


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("workers", [(), ("--workers", "2")], ids=["here", "workers"])
def test_an_interrupted_run_ends_at_once_and_says_what_is_done(
    number: signal.Signals, status: int, workers: tuple[str, ...], fleet: Fleet
) -> None:
    process = fleet.start("upgrade", *fleet.each, *workers)
    forks.wait_until(lambda: len(passing(fleet)) == (2 if workers else 1))
    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    _, err = ended(process, status)
    assert "Error [R409]: Interrupted: 0 of 8 tenants were done." in err
    assert all(map(is_gone, passing(fleet)))
    open_gate(fleet)
    fleet.run("upgrade", *fleet.each)
    assert is_whole(fleet)


def test_a_tenant_that_is_locked_fails_alone_after_the_others_are_done(fleet: Fleet) -> None:
    open_gate(fleet)
    with ExitStack() as stack:
        hold(fleet, "c", stack)
        out, err = fleet.run("upgrade", *fleet.each, "--lock-timeout", "0.3", status=1)
    assert err.count("failed [D304]") == 1 and f"{fleet.full('c')} failed [D304]" in err
    assert out.count("base -> r2") == 7
    fleet.run("upgrade", *fleet.each)
    assert is_whole(fleet)


def hold(fleet: Fleet, name: str, stack: ExitStack) -> None:
    """Hold the migration lock of a tenant."""
    from flask_schemamigrate import dialects

    url, table = fleet.database.url, "alembic_version"
    if fleet.database.system == "postgresql":
        table = f"{fleet.full(name)}.{table}"
    elif fleet.database.system == "sqlite":
        url = url.set(database=str(fleet.folder / f"{name}.db"))
    else:
        url = url.set(database=fleet.full(name))
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    dialect = dialects.offline(url)
    stack.enter_context(dialect.lock(engine, f"schemamigrate:{table}", 5, print))

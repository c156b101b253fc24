"""Somebody reads a table while a migration wants to change it."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.errors import InvalidSetting
from flask_schemamigrate.errors import StatementFailed
from flask_schemamigrate.settings import Settings

from .. import tables
from ..conftest import Database
from . import forks
from .test_kill import BEFORE
from .test_kill import content
from .test_kill import opened
from .test_kill import settings
from .test_kill import write

#: MariaDB and MySQL count whole seconds.
LIMIT = {"postgresql": 0.4, "mariadb": 1.0}
BODY = """
op.execute("INSERT INTO c VALUES (7, 7, 'seven')")
op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))
op.add_column('p', sa.Column('m', sa.Integer))
op.execute("UPDATE p SET m = coalesce(m, 0) + 1")
"""
AUTO = """
op.execute("INSERT INTO c VALUES (7, 7, 'seven')")
with op.get_context().autocommit_block():
    op.execute("UPDATE c SET p_id = p_id + 1")
    op.add_column('p', sa.Column('m', sa.Integer))
op.execute("UPDATE p SET m = coalesce(m, 0) + 1")
"""


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    """Give an empty database where statements wait for readers."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def mine(database: Database, tmp_path: Path) -> Settings:
    """Give settings with tables, and revisions that change one of them."""
    made = settings(tmp_path / "migrations", database)
    made = replace(made, table_lock_timeout=LIMIT[database.system])
    api.init(made)
    write(made.directory, "a1", None, BEFORE)
    api.upgrade(made)
    return made


@dataclass
class Reader:
    """A process that reads a table in a transaction, which lasts until it is ended."""

    child: forks.Child
    flag: Path

    @property
    def number(self) -> str:
        """The server's number of its session."""
        return self.child.said()[0]

    def end(self) -> None:
        """End the transaction."""
        self.flag.touch()
        assert self.child.wait() == 0, self.child.said()


@pytest.fixture
def reader(mine: Settings, database: Database, tmp_path: Path) -> Iterator[Reader]:
    """Give a reader; in this process it would be taken for a connection of the script's."""
    function = "pg_backend_pid()" if database.system == "postgresql" else "CONNECTION_ID()"
    flag = tmp_path / "ended"

    def read(say: Callable[[str], None]) -> None:
        with opened(database).connect() as connection:
            connection.execute(sa.text("SELECT n FROM p WHERE a <> 'a secret'")).all()
            say(str(connection.scalar(sa.text(f"SELECT {function}"))))
            forks.wait_until(flag.exists)

    made = Reader(forks.start(tmp_path / "reader", read), flag)
    forks.wait_until(made.child.said)
    yield made
    made.end()


def upgrading(mine: Settings, database: Database, path: Path) -> forks.Child:
    def run(say: Callable[[str], None]) -> None:
        engine = opened(database)
        app = replace(mine.databases[0], engine=lambda: engine)
        api.upgrade(replace(mine, databases=(app,)), waiting=say)

    return forks.start(path, run)


@pytest.mark.parametrize("body", [BODY, AUTO], ids=["transaction", "autocommit block"])
def test_others_pass_and_the_upgrade_comes_again(
    body: str,
    mine: Settings,
    database: Database,
    reader: Reader,
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
) -> None:
    write(mine.directory, "b2", "a1", body)
    child = upgrading(mine, database, tmp_path / "said")
    child.wait_for(
        f"Waiting for a lock: blocked by {whom(database)}session {reader.number} of user "
    )
    stalls = []
    with opened(database).connect() as other:
        # Behind a statement that waits for the reader these would wait as long as that.
        while not any("(2 of " in line for line in child.said()):
            began = time.monotonic()
            other.execute(sa.text("UPDATE p SET n = n + 1 WHERE id = 1"))
            other.commit()
            stalls.append(time.monotonic() - began)
            time.sleep(0.02)
    reader.end()
    assert child.wait() == 0, child.said()
    found = content(opened(database))
    assert sum("'seven'" in row for row in found["c"][-1]) == 1
    assert all("('m', 1)" in row for row in found["p"][-1])
    assert not any("a secret" in line for line in child.said())
    cell = f"at most {max(stalls):.2f} s at a limit of {LIMIT[database.system]:g} s"
    title = "Others' writes while an upgrade waits for a reader, who stays"
    subject = "autocommit block" if body == AUTO else "transaction"
    record_property(tables.PROPERTY, (title, subject, database.system, cell))


def whom(database: Database) -> str:
    """Return how a server is spoken of that does not say who it is."""
    if database.system == "postgresql":
        return ""
    return "one of these, as far as this server tells: "


def test_it_gives_up_in_the_end_and_says_who_it_was(
    mine: Settings, database: Database, reader: Reader, tmp_path: Path
) -> None:
    write(mine.directory, "b2", "a1", BODY)
    child = upgrading(replace(mine, table_lock_retries=1), database, tmp_path / "said")
    assert child.wait() == 1
    said = child.said()[-1]
    assert "Upgrading to b2 (no message) failed at " in said
    assert "ADD COLUMN m INTEGER" in said
    assert f"session {reader.number} of user " in said
    assert said.endswith(f"It waited {LIMIT[database.system]:g} s each time and tried 2 times.")
    reader.end()
    api.upgrade(mine)
    assert all("('m', 1)" in row for row in content(opened(database))["p"][-1])


def test_a_script_may_wait_longer_or_for_ever(
    mine: Settings, database: Database, reader: Reader, tmp_path: Path
) -> None:
    path = mine.directory / "versions" / "b2.py"
    write(mine.directory, "b2", "a1", BODY)
    path.write_text(path.read_text() + "\n\ntable_lock_timeout = '1 minute'\n")
    with pytest.raises(InvalidSetting, match="table_lock_timeout is '1 minute' in "):
        api.upgrade(mine)
    path.write_text(path.read_text().replace("'1 minute'", "'1min'"))
    child = upgrading(mine, database, tmp_path / "said")
    child.wait_for("Waiting for a lock: ")
    reader.end()
    assert child.wait() == 0
    assert len(child.said()) == 1  # It has not begun again.


def test_the_app_gets_its_connection_back_as_it_was(mine: Settings, database: Database) -> None:
    if database.system != "mariadb":
        pytest.skip("PostgreSQL's limits end with the transaction")
    engine = sa.create_engine(
        database.url, connect_args={"ssl_disabled": True}, pool_size=2, max_overflow=0
    )
    variables = sa.text("SELECT @@lock_wait_timeout, @@max_statement_time, @@wait_timeout")
    with engine.connect() as one, engine.connect() as two:
        before = [one.execute(variables).one(), two.execute(variables).one()]
    app = replace(mine.databases[0], engine=lambda: engine)
    write(mine.directory, "b2", "a1", BODY)
    api.upgrade(replace(mine, databases=(app,), statement_timeout=30))
    with engine.connect() as one, engine.connect() as two:
        assert [one.execute(variables).one(), two.execute(variables).one()] == before
    engine.dispose()


def test_a_statement_may_be_limited(mine: Settings, database: Database) -> None:
    pause = "pg_sleep(30)" if database.system == "postgresql" else "SLEEP(30)"
    write(mine.directory, "b2", "a1", f"op.execute('SELECT {pause}')")
    said = "statement timeout" if database.system == "postgresql" else "max_statement_time exceeded"
    with pytest.raises(StatementFailed, match=said):
        api.upgrade(replace(mine, statement_timeout=0.2))

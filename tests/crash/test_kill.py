"""``kill -9`` at every statement of a revision, then upgrade again: the end is the same."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_schemamigrate import api
from flask_schemamigrate.run import journal
from flask_schemamigrate.run import log
from flask_schemamigrate.run.statements import Kind
from flask_schemamigrate.run.statements import kind
from flask_schemamigrate.settings import Database as AppDatabase
from flask_schemamigrate.settings import Settings

from ..conftest import Database
from .migrations import BEFORE
from .migrations import Script
from .migrations import SCRIPTS

TEXT = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {parent!r}


def upgrade():
{body}


def downgrade():
    pass
"""


def write(folder: Path, revision: str, parent: str | None, body: str) -> None:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    path = folder / "versions" / f"{revision}.py"
    path.write_text(TEXT.format(revision=revision, parent=parent, body=lines))


def opened(database: Database, **options: Any) -> Engine:
    """Return an engine; loading certificates takes most of a connection to MariaDB."""
    arguments = {"ssl_disabled": True} if database.system == "mariadb" else {}
    return database.engine(connect_args=arguments, **options)


def settings(folder: Path, database: Database) -> Settings:
    engine = opened(database)
    return Settings(folder, (AppDatabase(None, database.url, lambda: engine),))


def emptied(database: Database) -> None:
    """Remove everything that a script may have made."""
    if database.system == "sqlite":
        Path(database.url.database or "").unlink(missing_ok=True)
        return
    with opened(database, isolation_level="AUTOCOMMIT").connect() as connection:
        if database.system == "postgresql":
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        else:
            name = database.url.database
            connection.exec_driver_sql(f"DROP DATABASE {name}")
            connection.exec_driver_sql(f"CREATE DATABASE {name}")


def content(engine: Engine) -> dict[str, Any]:
    """Return every table: its columns, keys and rows; views' names; nothing of anybody's names."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for name in inspector.get_table_names():
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings().all()
            found[name] = (
                sorted(map(_column, inspector.get_columns(name))),
                _names(inspector.get_indexes(name)),
                _names(inspector.get_foreign_keys(name)),
                _names(inspector.get_unique_constraints(name)),
                _names(inspector.get_check_constraints(name)),
                sorted(repr(sorted(row.items())) for row in rows),
            )
        # What is logged has a time in it, and is there once, like the revision.
        if log.NAME in found:
            query = f"SELECT revision, action FROM {log.NAME} ORDER BY id"
            found[log.NAME] = list(map(tuple, connection.execute(sa.text(query))))
        # A death between the last commit and the end leaves it, empty; the next run removes it.
        if journal.JOURNAL in found and not found[journal.NAME][-1]:
            del found[journal.JOURNAL]
        found["views"] = inspector.get_view_names()
    return found


def _column(column: Any) -> tuple[Any, ...]:
    return (column["name"], str(column["type"]), column["nullable"], str(column.get("comment")))


def _names(items: Any) -> list[str]:
    return sorted(item["name"] or "" for item in items)


def killed_at(point: int, run: Callable[[], object]) -> bool:
    """Run in a child process that kills itself at a point; return whether it came to that point.

    Points are before and after each statement that changes something, and before each commit; to
    die between two questions is to die before the next change.
    """
    child = os.fork()
    if child == 0:
        try:
            _die_at(point)
            run()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _die_at(point: int) -> None:
    seen = 0

    def count(*arguments: Any) -> None:
        nonlocal seen
        if len(arguments) > 1 and kind(arguments[2]) is Kind.READ:
            return
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        sa.event.listen(Engine, name, count)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_killed_at_every_statement(script: Script, database: Database, tmp_path: Path) -> None:
    if database.system not in script.systems:
        pytest.skip(f"not for {database.system}")
    mine = settings(tmp_path / "migrations", database)
    api.init(mine)
    write(mine.directory, "a1", None, BEFORE)
    write(mine.directory, "b2", "a1", script.body)
    api.upgrade(mine)
    expected = content(opened(database))
    point = 0
    while True:
        point += 1
        emptied(database)
        api.upgrade(mine, "a1")
        if not killed_at(point, lambda: api.upgrade(settings(mine.directory, database))):
            break
        api.upgrade(mine)
        assert content(opened(database)) == expected, f"killed at {point}"
    assert point > 3

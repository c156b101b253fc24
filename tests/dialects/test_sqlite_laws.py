"""SQLite: laws that hold for any table and any change, and when the process is killed half-way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_schemamigrate import op

from .sqlite import File

ROOT = Path(__file__).parent.parent.parent
COLUMNS = st.lists(
    st.sampled_from(
        [
            "b TEXT COLLATE NOCASE -- a comment, with (\n",
            '"c d" NUMERIC(10, 2) DEFAULT (1 + 2) CHECK ("c d" <> 13)',
            "[e] DATE DEFAULT CURRENT_DATE",
            "f INT REFERENCES t(id) ON DELETE CASCADE",
            "g INTEGER AS (id + 1) STORED",
            "h BLOB NOT NULL DEFAULT x'00'",
            "i REAL CONSTRAINT uq_i UNIQUE ON CONFLICT FAIL",
        ]
    ),
    unique=True,
)
CONSTRAINTS = st.lists(
    st.sampled_from(
        [
            "CHECK (id > 0)",
            "CONSTRAINT ck CHECK (id < 1000 /* , */)",
            "UNIQUE (id, a) ON CONFLICT FAIL",
            "CONSTRAINT fk FOREIGN KEY (id) REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED",
        ]
    ),
    unique=True,
)
AROUND = st.lists(
    st.sampled_from(
        [
            "CREATE INDEX i1 ON t (a COLLATE RTRIM DESC)",
            "CREATE UNIQUE INDEX i2 ON t (id, lower(a)) WHERE id > 1",
            "CREATE VIEW v AS SELECT * FROM t -- all\n",
            "CREATE TRIGGER tr BEFORE DELETE ON t BEGIN SELECT 'a; -- b', OLD.id; END",
            "CREATE TRIGGER to_t AFTER INSERT ON child BEGIN UPDATE t SET a = a; END",
        ]
    ),
    unique=True,
)


def widen() -> None:
    op.alter_column("t", "a", type_=sa.String(99))


def default() -> None:
    op.alter_column("t", "a", server_default="x")


def require() -> None:
    op.alter_column("t", "a", nullable=False)


def unique() -> None:
    op.create_unique_constraint("added", "t", ["id", "a"])


def check() -> None:
    op.create_check_constraint("added", "t", "a <> 'never'")


def refer() -> None:
    op.create_foreign_key(None, "t", "child", ["id"], ["id"])


CHANGES = st.lists(
    st.sampled_from([widen, default, require, unique, check, refer]), min_size=1, max_size=3
)


@given(COLUMNS, CONSTRAINTS, AROUND, CHANGES, st.sampled_from(["INTEGER", "INT"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_no_change_names_stays_to_the_letter(
    columns: list[str],
    constraints: list[str],
    around: list[str],
    changes: list[Callable[[], None]],
    key: str,
    rowid: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = File(Path(folder) / "app.db")
        items = [f"id {key} PRIMARY KEY", "a VARCHAR(5)", *columns, *constraints]
        options = "" if rowid else " WITHOUT ROWID"
        file.execute(f"CREATE TABLE t ({', '.join(items)}){options}")
        file.execute("CREATE TABLE child (id INTEGER PRIMARY KEY REFERENCES t ON DELETE CASCADE)")
        file.execute("INSERT INTO t (id, a) VALUES (3, 'x'), (7, 'y'), (9, 'z')")
        file.execute("INSERT INTO child VALUES (3), (7), (9)")
        for sql in around:
            file.execute(sql)
        before, rows = file.master(), file.rows("SELECT * FROM t")
        file.migrate(lambda: [change() for change in changes] and None)
        after = file.master()
        text = after.pop("t")
        before.pop("t")
        assert after == before
        assert file.rows("SELECT * FROM t") == rows
        assert file.rows("SELECT id FROM child") == [(3,), (7,), (9,)]
        assert file.rows("PRAGMA foreign_key_check") == []
        assert file.rows("PRAGMA integrity_check") == [("ok",)]
        for item in (*columns, *constraints):
            assert item in text


VICTIM = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from flask_schemamigrate import op
from flask_schemamigrate.run.live import Live
from tests.dialects.sqlite import File

left = int(sys.argv[2])
execute = Live._execute

def counted(self, step):
    global left
    execute(self, step)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

Live._execute = counted
File(Path(sys.argv[1])).migrate(lambda: op.alter_column("t", "a", type_=sa.String(99)))
"""


@pytest.mark.parametrize("statements", range(1, 9))
def test_a_process_killed_at_any_statement_leaves_the_old_table(
    tmp_path: Path, statements: int
) -> None:
    file = File(tmp_path / "app.db")
    file.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(5)); CREATE INDEX i ON t (a);"
        "CREATE TRIGGER tr AFTER DELETE ON t BEGIN SELECT 1; END; INSERT INTO t VALUES (1, 'x')"
    )
    before = file.master()
    command = [sys.executable, "-c", VICTIM, str(file.path), str(statements)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert file.master() == before
    assert file.rows("SELECT * FROM t") == [(1, "x")]
    file.migrate(lambda: op.alter_column("t", "a", type_=sa.String(99)))
    assert "VARCHAR(99)" in file.master()["t"]

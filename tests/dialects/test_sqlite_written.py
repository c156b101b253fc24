"""SQLite: ``--sql`` writes what a live run would do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate import dialects
from flask_schemamigrate import op
from flask_schemamigrate.directives.build import Builder
from flask_schemamigrate.run.context import activated
from flask_schemamigrate.run.context import MigrationContext
from flask_schemamigrate.run.sqlwriter import SqlWriter
from flask_schemamigrate.run.sqlwriter import WrittenTables
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings

from .sqlite import File
from .test_sqlite_rebuild import SCHEMA


def script() -> None:
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("name", type_=sa.String(99), new_column_name="label")
        batch.add_column(sa.Column("n", sa.Integer, server_default=sa.text("(1 + 1)")))
    op.create_table("new", sa.Column("id", sa.Integer, primary_key=True))
    op.create_foreign_key(None, "new", "parent", ["id"], ["id"], ondelete="CASCADE")
    op.drop_index("ix_part", "parent")


@pytest.mark.parametrize("enforced", [True, False])
def test_written_sql_does_what_a_live_run_does(tmp_path: Path, enforced: bool) -> None:
    live, written = File(tmp_path / "live.db", enforced), File(tmp_path / "written.db", False)
    for file in (live, written):
        file.execute(SCHEMA)
    live.migrate(script)
    written.execute(sql_of(script))
    assert written.master() == live.master()
    for table in ("parent", "child", "strict_one", "sqlite_sequence"):
        query = f"SELECT * FROM {table}"
        assert written.rows(query) == live.rows(query)


def sql_of(script: object) -> str:
    """Return the SQL of a script that begins where ``SCHEMA`` ends."""
    engine = sa.create_engine("sqlite://")
    out = io.StringIO()
    with engine.connect() as shadow:
        driver = shadow.connection.dbapi_connection
        assert driver is not None
        driver.executescript(SCHEMA.partition("INSERT INTO parent")[0])
        dialect = dialects.for_connection(shadow)
        dialect.prepare()
        writer = SqlWriter(dialect, out, shadow.exec_driver_sql)
        database = Database(None, engine.url, lambda: engine)
        context = MigrationContext(
            dialect,
            writer,
            WrittenTables(),
            Builder(dialect.reader),
            database,
            Settings(Path(), (database,)),
            engine.dialect,
            {},
            (),
            (),
            None,
        )
        writer.begin()
        with activated(context):
            script()  # type: ignore[operator]
        writer.commit()
    engine.dispose()
    return out.getvalue()

"""``check``: what it asks, and that what it passes over is not what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.settings import Database as AppDatabase
from flask_schemamigrate.settings import Settings

from .conftest import Database

#: As many queries, however many tables there are.
MOST = {"postgresql": 12, "mariadb": 12, "sqlite": 8}


def define(metadata: sa.MetaData, tables: int) -> None:
    """Define tables with keys, indexes, checks, defaults and types of several kinds."""
    for number in range(tables):
        sa.Table(
            f"t{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(50), nullable=False, server_default="x", unique=True),
            sa.Column("price", sa.Numeric(10, 2), server_default="0", index=True),
            sa.Column("count", sa.Integer, server_default="1", nullable=False),
            sa.Column("made", sa.DateTime, server_default=sa.func.current_timestamp()),
            sa.Column("above", sa.ForeignKey(f"t{number - 1}.id", name=f"f{number}"))
            if number
            else sa.Column("none", sa.Boolean, comment="none"),
        )


def at_head(folder: Path, database: Database, metadata: sa.MetaData) -> tuple[Settings, sa.Engine]:
    """Return the settings of a database that has the tables, and an empty history."""
    engine = database.engine()
    metadata.create_all(engine)
    (folder / "versions").mkdir()
    return Settings(folder, (AppDatabase(None, database.url, lambda: engine, (metadata,)),)), engine


@pytest.mark.parametrize("tables", [1, 60])
def test_the_queries_are_few_and_do_not_grow_with_the_tables(
    database: Database, tmp_path: Path, tables: int
) -> None:
    metadata = sa.MetaData()
    define(metadata, tables)
    settings, engine = at_head(tmp_path, database, metadata)
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    (found,) = api.check(settings)
    assert (found.operations, found.notes, found.tables, found.models) == ((), (), tables, tables)
    assert len(asked) <= MOST[database.system], "\n".join(asked)


CHANGES: dict[str, dict[str, str]] = {
    "a default": {
        "postgresql": "ALTER TABLE t7 ALTER price SET DEFAULT 1",
        "mariadb": "ALTER TABLE t7 ALTER price SET DEFAULT 1",
    },
    "a type": {
        "postgresql": "ALTER TABLE t7 ALTER price TYPE numeric(11, 2)",
        "mariadb": "ALTER TABLE t7 MODIFY price NUMERIC(11, 2) DEFAULT '0'",
    },
    "null": {
        "postgresql": "ALTER TABLE t7 ALTER name DROP NOT NULL",
        "mariadb": "ALTER TABLE t7 MODIFY name VARCHAR(50) NULL DEFAULT 'x'",
    },
    "a comment": {
        "postgresql": "COMMENT ON COLUMN t7.name IS 'other'",
        "mariadb": "ALTER TABLE t7 MODIFY name VARCHAR(50) NOT NULL DEFAULT 'x' COMMENT 'other'",
    },
    "a column more": {
        "": "ALTER TABLE t7 ADD more INTEGER",
    },
    "a column less": {
        "": "ALTER TABLE t7 DROP COLUMN made",
    },
    "another column": {
        "": "ALTER TABLE t7 RENAME COLUMN made TO done",
    },
    "an index": {
        "postgresql": "DROP INDEX ix_t7_price",
        "mariadb": "DROP INDEX ix_t7_price ON t7",
        "sqlite": "DROP INDEX ix_t7_price",
    },
    "a table more, of models that were": {
        "": "DROP TABLE t19",
    },
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_table_of_many_that_differs_is_seen(
    database: Database, tmp_path: Path, change: str
) -> None:
    statement = CHANGES[change].get(database.system, CHANGES[change].get(""))
    if statement is None:
        assert database.system == "sqlite"  # It has no such statement.
        return
    metadata = sa.MetaData()
    define(metadata, 20)
    settings, engine = at_head(tmp_path, database, metadata)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    (found,) = api.check(settings)
    assert {str(getattr(o, "table", None) and _name(o)) for o in found.operations} <= {"t7", "t19"}
    assert found.operations
    created = api.migrate(settings, verify=False)
    assert created.path is not None


def _name(operation: Any) -> object:
    return getattr(operation.table, "name", operation.table)


def test_a_callback_is_asked_although_nothing_differs(database: Database, tmp_path: Path) -> None:
    metadata = sa.MetaData()
    define(metadata, 2)
    settings, _ = at_head(tmp_path, database, metadata)
    heard: list[Any] = []

    def hook(context: Any, revision: Any, directives: Any) -> None:
        heard.append(directives)

    settings = replace(settings, options={"process_revision_directives": hook})
    assert api.migrate(settings).path is None
    assert len(heard) == 1

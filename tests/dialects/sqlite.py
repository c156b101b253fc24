"""A SQLite file, and scripts that run on it as a revision does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_schemamigrate.directives.build import Builder
from flask_schemamigrate.run.context import activated
from flask_schemamigrate.run.context import MigrationContext
from flask_schemamigrate.run.live import Live
from flask_schemamigrate.run.live import LiveTables
from flask_schemamigrate.run.session import connect
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings


@dataclass(frozen=True)
class File:
    """A database file; the app's connections enforce foreign keys where ``enforced``."""

    path: Path
    enforced: bool = True

    def engine(self) -> Engine:
        """Return the app's engine."""
        engine = sa.create_engine(f"sqlite:///{self.path}", poolclass=sa.pool.NullPool)
        if self.enforced:
            sa.event.listen(engine, "connect", _enforce)
        return engine

    def execute(self, script: str) -> None:
        """Run statements as the app would."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(f"PRAGMA foreign_keys = {int(self.enforced)}")
            connection.executescript(script)
            connection.commit()

    def rows(self, query: str) -> list[Any]:
        """Ask the file."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def master(self) -> dict[str, str]:
        """Return the text of everything in the file, by name."""
        return dict(self.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))

    def migrate(self, script: Callable[[], None]) -> list[str]:
        """Run a script as a revision does; return its statements."""
        engine = self.engine()
        database = Database(None, engine.url, lambda: engine)
        settings = Settings(self.path.parent, (database,))
        with connect(database, settings) as session:
            live, dialect = Live(session), session.dialect
            tables, builder = LiveTables(dialect), Builder(dialect.reader)
            context = MigrationContext(
                dialect, live, tables, builder, database, settings, engine.dialect, {}, (), (), None
            )
            with session.transaction(), activated(context):
                script()
        return [step.sql for step in live.executed]


def _enforce(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")

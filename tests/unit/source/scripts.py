"""Scripts that are written, read back and run without a database."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext as Oracle

from flask_schemamigrate import dialects
from flask_schemamigrate.compat.names import alembic_names
from flask_schemamigrate.dialects.base import Dialect
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.directives.build import Builder
from flask_schemamigrate.operations.base import Operation
from flask_schemamigrate.run.context import activated
from flask_schemamigrate.run.context import MigrationContext
from flask_schemamigrate.run.sqlwriter import WrittenTables
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings
from flask_schemamigrate.source import script
from flask_schemamigrate.source.types import Types
from flask_schemamigrate.source.values import Values
from flask_schemamigrate.steps import Action
from flask_schemamigrate.steps import Step

URLS = {
    "postgresql": sa.make_url("postgresql+psycopg://"),
    "mariadb": sa.make_url("mysql+pymysql://"),
    "sqlite": sa.make_url("sqlite://"),
}


def dialect_of(system: str) -> Dialect:
    """Return a dialect without a connection."""
    return dialects.offline(URLS[system])


def statements(dialect: Dialect, operation: Operation, schema: Schema) -> list[str]:
    """Return the SQL of an operation on ``schema``."""
    actions = dialect.ddl.actions(operation, WrittenTables(schema))
    return [action.sql for action in actions if isinstance(action, Step)]


def written(
    dialect: Dialect, before: Schema, operations: Sequence[Operation], message: str = "m"
) -> str:
    """Return the script of ``operations``."""
    values = Values(dialect.reader, Types(dialect.sqlalchemy))
    functions = script.functions(
        operations,
        before,
        values,
        lambda op: statements(dialect, op, before),
        script.Margin(spelled=(dialect.spelled, dialect.spelled)),
    )
    header = script.Header("abc", (), message, datetime(2026, 1, 2))
    return script.script(header, {None: functions})


def change(dialect: Dialect, before: Schema, after: Schema) -> str:
    """Return the script of what is different."""
    return written(
        dialect, before, diff(before, after, batches=dialect.batches, beside=dialect.beside)
    )


class _Nothing:
    """An executor, and a dialect's DDL, that let operations pass."""

    as_sql = True
    bind = None

    def actions(self, operation: Operation, tables: Any) -> Iterator[Action]:
        return iter(())

    def enter(self, operation: Operation, before: Any) -> bool:
        return True

    def leave(self) -> None:
        pass

    def run(self, action: Action) -> None:
        raise AssertionError(action)


@dataclass
class _Recording:
    ddl: _Nothing


def operations_of(dialect: Dialect, text: str, word: str = "upgrade") -> list[Operation]:
    """Run a function of a script with our ``op`` and return what it would do."""
    nothing = _Nothing()
    database = Database(None, sa.make_url("sqlite://"), lambda: sa.create_engine("sqlite://"))
    context = MigrationContext(
        _Recording(nothing),
        nothing,
        WrittenTables(),
        Builder(dialect.reader),
        database,
        Settings(Path("migrations")),
        dialect.sqlalchemy,
        {},
    )
    names: dict[str, Any] = {}
    with alembic_names(), activated(context):
        exec(compile(text, "script", "exec"), names)
        names[word]()
    return context.counter


def written_by_alembic(system: str, text: str, word: str = "upgrade") -> str:
    """Run a function of a script with Alembic and return the SQL that it writes."""
    out = io.StringIO()
    names: dict[str, Any] = {}
    exec(compile(text, "script", "exec"), names)
    options = {"as_sql": True, "output_buffer": out, "literal_binds": True}
    context = Oracle.configure(url=str(URLS[system]), opts=options)
    with Operations.context(context):
        names[word]()
    return out.getvalue()


def complaints(folder: Path) -> str:
    """Return what ruff says of the scripts in a folder: unused and missing names, their format."""
    ruff = [sys.executable, "-m", "ruff"]
    checks = [
        [*ruff, "check", "--isolated", "--no-cache", "--select", "F,E4,E7,E9,I,W", str(folder)],
        [*ruff, "format", "--isolated", "--no-cache", "--diff", str(folder)],
    ]
    results = [subprocess.run(check, text=True, capture_output=True) for check in checks]
    return "".join(result.stdout for result in results if result.returncode)

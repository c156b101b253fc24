"""What the tests of decisions share: projects in two states, with rows between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from .conftest import Database
from .conftest import Project

Define = Callable[[Any], Any]


def begun(
    database: Database, make_project: Any, define: Define, **rows: list[dict[str, Any]]
) -> Project:
    """Return a project whose first script has run, and put rows into its tables."""
    project: Project = make_project(database, define)
    project.ok("init")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        for name, given in rows.items():
            connection.execute(tables.tables[name].insert(), given)
    return project


def person(*columns: Any, **options: Any) -> Define:
    """Return a function that defines a table of persons with these columns more."""

    def define(db: Any) -> None:
        made = [column() if callable(column) else column for column in columns]
        db.Table("person", sa.Column("id", sa.Integer, primary_key=True), *made, **options)

    return define


def newest(project: Project, message: str) -> str:
    """Return the text of the script of that message."""
    (path,) = project.versions.glob(f"*_{message}.py")
    return path.read_text(encoding="utf-8")


def values(database: Database, table: str, column: str) -> list[Any]:
    """Return the values of a column, by the primary key."""
    query = sa.select(sa.column(column)).select_from(sa.table(table)).order_by(sa.column("id"))
    with database.engine().connect() as connection:
        return list(connection.scalars(query))


def column_of(database: Database, table: str, column: str) -> tuple[bool, Any]:
    """Return whether a column is nullable, and its server default."""
    with database.engine().connect() as connection:
        found = {c["name"]: c for c in sa.inspect(connection).get_columns(table)}
    return found[column]["nullable"], found[column]["default"]


def run_under_alembic(database: Database, text: str, word: str) -> None:
    """Run a function of a script with Alembic itself."""
    with database.engine().begin() as connection:
        names: dict[str, Any] = {}
        exec(compile(text, "script", "exec"), names)
        with Operations.context(MigrationContext.configure(connection)):
            names[word]()

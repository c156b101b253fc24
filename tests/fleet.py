"""An app with tenants, in a folder that other processes import it from."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.engine import URL

from .conftest import Database

APP = """
from flask import Flask
from flask_schemamigrate import SchemaMigrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
migrate = SchemaMigrate(db=db, directory={folder!r})


def create_app():
    app = Flask(__name__)
    app.config.update({config!r})
    db.init_app(app)
    migrate.init_app(app, db)
    return app
"""
SCRIPT = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {parent!r}


def upgrade():
{body}


def downgrade():
    pass
"""
#: Three revisions: a table with a row, a column that is filled, a table that points there.
BODIES = (
    """
name = sa.Column("name", sa.String(20))
op.create_table("item", sa.Column("id", sa.Integer, primary_key=True), name)
op.execute("INSERT INTO item VALUES (1, 'one')")
""",
    """
op.add_column("item", sa.Column("size", sa.Integer))
op.execute("UPDATE item SET size = 7")
""",
    """
op.create_table(
    "part",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("item_id", sa.Integer, sa.ForeignKey("item.id", name="fk_part"), index=True),
)
op.get_bind().execute(sa.text("INSERT INTO part VALUES (1, 1)"))
""",
)


@dataclass
class Fleet:
    """Tenants: schemas on PostgreSQL, databases on MariaDB, files (binds) on SQLite."""

    database: Database
    folder: Path
    names: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """What the names of all tenants begin with; the server of MariaDB has those of others."""
        return f"{self.database.url.database}_" if self.database.system == "mariadb" else "t_"

    @property
    def each(self) -> tuple[str, ...]:
        """The options that name the tenants."""
        if self.database.system == "sqlite":
            return ("--each-bind",)
        return ("--each-schema", f"{self.prefix}%")

    def full(self, name: str) -> str:
        """Return what a tenant is called on the server."""
        return self.prefix + name

    def prepare(self, bodies: tuple[str, ...] = BODIES, **config: Any) -> None:
        """Make the tenants, the app and its scripts."""
        config["SQLALCHEMY_DATABASE_URI"] = self.database.text
        if self.database.system == "sqlite":
            config["SQLALCHEMY_BINDS"] = {
                self.full(name): str(URL.create("sqlite", database=f"{self.folder / name}.db"))
                for name in self.names
            }
        text = APP.format(config=config, folder=str(self.folder / "migrations"))
        (self.folder / "shop.py").write_text(text)
        (self.folder / "migrations" / "versions").mkdir(parents=True, exist_ok=True)
        for number, body in enumerate(bodies, 1):
            self.script(number, body)
        if self.database.system != "sqlite":
            self.execute(None, *(f"CREATE SCHEMA {self.quoted(name)}" for name in self.names))

    def script(self, number: int, body: str) -> None:
        """Write the revision with that number."""
        lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
        parent = f"r{number - 1}" if number > 1 else None
        path = self.folder / "migrations" / "versions" / f"r{number}.py"
        path.write_text(SCRIPT.format(revision=f"r{number}", parent=parent, body=lines))

    def drop(self) -> None:
        """Take away what the database of the test does not take along."""
        if self.database.system == "mariadb":
            names = map(self.quoted, self.names)
            self.execute(None, *(f"DROP DATABASE IF EXISTS {name}" for name in names))

    def quoted(self, name: str) -> str:
        """Return what a tenant is called in SQL."""
        mark = "`" if self.database.system == "mariadb" else '"'
        return f"{mark}{self.full(name).replace(mark, 2 * mark)}{mark}"

    @contextmanager
    def connected(self, name: str | None = None) -> Iterator[Connection]:
        """Give a connection that commits, on which names are those of a tenant."""
        engine = self._engine(name)
        options = {"isolation_level": "AUTOCOMMIT", "no_parameters": True}
        with engine.connect().execution_options(**options) as connection:
            if name is not None and self.database.system == "postgresql":
                connection.exec_driver_sql(f"SET search_path TO {self.quoted(name)}")
            yield connection

    def _engine(self, name: str | None) -> Engine:
        if name is None or self.database.system == "postgresql":
            return self.database.engine()
        changed = self.full(name)
        if self.database.system == "sqlite":
            changed = str(self.folder / f"{name}.db")
        return sa.create_engine(self.database.url.set(database=changed), poolclass=sa.pool.NullPool)

    def execute(self, name: str | None, *statements: str) -> None:
        """Run statements in the database of a tenant; None: in the app's own."""
        with self.connected(name) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def tables(self, name: str | None) -> list[str]:
        """Return the names of a tenant's tables, sorted."""
        with self.connected(name) as connection:
            return sorted(sa.inspect(connection).get_table_names())

    def rows(self, name: str, query: str) -> list[Any]:
        """Return what a tenant's database answers."""
        with self.connected(name) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def version(self, name: str) -> str:
        """Return where a tenant is."""
        return "".join(row for (row,) in self.rows(name, "SELECT version_num FROM alembic_version"))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin ``flask db …`` in a process of its own, and of a group of its own."""
        command = [sys.executable, "-m", "flask", "--app", "shop:create_app", "db", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            # Where the tests run in the background, Ctrl-C is not for them.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def run(self, *arguments: str, status: int = 0) -> tuple[str, str]:
        """Run ``flask db …`` to its end; return what it printed, results and talk."""
        if "--workers" in arguments:
            with self.start(*arguments) as process:
                out, err = process.communicate(timeout=120)
            found = process.returncode
        else:
            found, out, err = self._here(arguments)
        assert found == status, out + err
        assert "Traceback" not in err, err
        return out, err

    def _here(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        """Run a command in this process, which is sooner done."""
        shop: dict[str, Any] = {"__name__": "shop"}
        exec((self.folder / "shop.py").read_text(), shop)
        app = shop["create_app"]()
        try:
            result = app.test_cli_runner().invoke(args=["db", *arguments], catch_exceptions=False)
        finally:
            with app.app_context():
                for engine in shop["db"].engines.values():
                    engine.dispose()
        return result.exit_code, result.stdout, result.stderr

    def json(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """Run a command with ``--json``; return the results by the names of tenants."""
        out, _ = self.run(*arguments, "--json", status=status)
        found = json.loads(out)
        return {one["tenant"].removeprefix(self.prefix): one for one in found}


@contextmanager
def made(database: Database, folder: Path, *names: str) -> Iterator[Fleet]:
    """Give tenants, which :meth:`Fleet.prepare` makes."""
    fleet = Fleet(database, folder, names)
    try:
        yield fleet
    finally:
        fleet.drop()

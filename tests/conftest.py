"""Fixtures: a fresh database on each system, an app on it, and its command line."""

from __future__ import annotations

import os
import textwrap
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import settings
from sqlalchemy.engine import Engine
from sqlalchemy.engine import URL

from . import servers
from . import tables
from .laws import report
from .laws.place import Places
from .real import report as real

IN_CI = bool(os.environ.get("CI"))
# CI judges a change by the same examples each time; random ones are for the desk.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if IN_CI else "desk")
SYSTEMS = ("sqlite", "postgresql", "mariadb")


@dataclass(frozen=True)
class Database:
    """An empty database of its own on one system."""

    system: str
    url: URL

    @property
    def text(self) -> str:
        """The URL with its password."""
        return self.url.render_as_string(hide_password=False)

    def engine(self, **options: Any) -> Engine:
        """Return a new engine without a pool."""
        return sa.create_engine(self.url, poolclass=sa.pool.NullPool, **options)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Callable[[str], URL]]:
    """Give a function from a system's name to its server's URL; servers start when asked for."""
    found: dict[str, URL | servers.Missing] = {}
    with ExitStack() as stack:

        def find(system: str) -> URL:
            if system not in found:
                try:
                    found[system] = stack.enter_context(getattr(servers, system)())
                except servers.Missing as error:
                    found[system] = error
            url = found[system]
            if isinstance(url, servers.Missing):
                request.config.stash.setdefault(_MISSING, set()).add(str(url))
                if IN_CI:
                    pytest.fail(str(url), pytrace=False)
                pytest.skip(str(url))
            return url

        yield find


_MISSING: pytest.StashKey[set[str]] = pytest.StashKey()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say loudly which systems could not be tested."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {str(r.longrepr) for r in skipped if "server (" in str(r.longrepr)}
    for reason in sorted(config.stash.get(_MISSING, set()) | reasons):
        terminalreporter.write_line(f"NOT TESTED: {reason}", red=True, bold=True)
    called = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    cases, histories = report.lines(report.outcomes(called)), real.lines(real.counts(called))
    for line in (*cases, *histories, *tables.lines(called)):
        terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file on one worker, but share out those that would keep it for long."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            shared = file.endswith(("tests/test_cases.py", "crash/test_kill.py"))
            return f"{file} {zlib.crc32(nodeid.encode()) % 64}" if shared else file

    return Scheduling(config, log)


NO_HEX = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")


@pytest.fixture(params=SYSTEMS)
def database(
    request: pytest.FixtureRequest, server: Callable[[str], URL], tmp_path: Path
) -> Iterator[Database]:
    """Give an empty database, on each system in turn."""
    yield from _fresh(request.param, server, tmp_path)


def _fresh(system: str, server: Callable[[str], URL], folder: Path) -> Iterator[Database]:
    if system == "sqlite":
        yield Database(system, URL.create("sqlite", database=str(folder / "app.db")))
        return
    url = server(system)
    # Of no letters or digits that a test could take for a revision in what a command prints.
    name = "sm_" + uuid4().hex[:16].translate(NO_HEX)
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield Database(system, url.set(database=name))
    finally:
        force = " WITH (FORCE)" if system == "postgresql" else ""
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")


@pytest.fixture(scope="session")
def places(
    server: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Places]:
    """Give one database of each system for all cases of this worker."""
    made = Places(server, tmp_path_factory.mktemp("places"))
    with made.stack:
        yield made


@pytest.fixture
def sqlite_database(server: Callable[[str], URL], tmp_path: Path) -> Iterator[Database]:
    """Give an empty SQLite file."""
    yield from _fresh("sqlite", server, tmp_path)


@pytest.fixture
def postgresql_database(server: Callable[[str], URL], tmp_path: Path) -> Iterator[Database]:
    """Give an empty PostgreSQL database."""
    yield from _fresh("postgresql", server, tmp_path)


@pytest.fixture
def mariadb_database(server: Callable[[str], URL], tmp_path: Path) -> Iterator[Database]:
    """Give an empty MariaDB database."""
    yield from _fresh("mariadb", server, tmp_path)


@dataclass
class Project:
    """An app on a database, with its models and its folder of migrations."""

    app: Flask
    db: SQLAlchemy
    folder: Path

    @property
    def versions(self) -> Path:
        """Where its scripts are."""
        return self.folder / "versions"

    def run(self, *arguments: str, **options: Any) -> Result:
        """Run ``flask db …`` in this process; its output is in the result."""
        runner = self.app.test_cli_runner()
        return runner.invoke(args=["db", *arguments], catch_exceptions=False, **options)

    def ok(self, *arguments: str, **options: Any) -> str:
        """Run a command that must succeed and return what it printed."""
        result = self.run(*arguments, **options)
        assert result.exit_code == 0, result.output
        return result.output

    def script(self, revision: str, parent: str | None, body: str, **functions: str) -> Path:
        """Write a script: ``body`` is that of upgrade()."""
        down = functions.get("downgrade", "pass")
        text = (
            f'"""{functions.get("message", revision)}"""\n\n'
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f"revision = {revision!r}\ndown_revision = {parent!r}\n\n\n"
            f"def upgrade():\n{_indented(body)}\n\n\ndef downgrade():\n{_indented(down)}\n"
        )
        path = self.versions / f"{revision}.py"
        path.write_text(text, encoding="utf-8")
        return path


def _indented(body: str) -> str:
    return textwrap.indent(textwrap.dedent(body).strip(), "    ")


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Give a function from a database URL and a function that defines models to a project."""
    from flask_schemamigrate import SchemaMigrate

    made: list[Project] = []

    def make(
        url: Any,
        define: Callable[[SQLAlchemy], Any] = lambda db: None,
        folder: str = "migrations",
        **config: Any,
    ) -> Project:
        app = Flask("app", root_path=str(tmp_path))
        text = url.text if isinstance(url, Database) else str(url)
        app.config.update(SQLALCHEMY_DATABASE_URI=text, **config)
        db = SQLAlchemy(app)
        define(db)
        SchemaMigrate(app, db, directory=str(tmp_path / folder))
        project = Project(app, db, tmp_path / folder)
        made.append(project)
        return project

    yield make
    for project in made:
        with project.app.app_context():
            for engine in project.db.engines.values():
                engine.dispose()


@pytest.fixture
def project(database: Database, make_project: Callable[..., Project]) -> Project:
    """Give a project without models, after ``flask db init``."""
    made = make_project(database)
    made.ok("init")
    return made

"""Folders of the peers that open asynchronous engines work on such engines."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alembic
import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from flask_schemamigrate import Migrate

from ..conftest import Database
from ..conftest import Project

DRIVERS = (
    ("sqlite", "sqlite+aiosqlite"),
    ("postgresql", "postgresql+psycopg"),
    ("postgresql", "postgresql+asyncpg"),
    ("mariadb", "mysql+aiomysql"),
)
TEMPLATES = Path(flask_migrate.__file__).parent / "templates"


class Extension:
    """What aioflask's extension, or Alchemical, is to an ``env.py``."""

    def __init__(self, urls: dict[str | None, str]) -> None:
        self.engines = {
            bind: create_async_engine(url, poolclass=NullPool) for bind, url in urls.items()
        }
        self.metadatas = {bind: sa.MetaData() for bind in urls}

    @property
    def engine(self) -> AsyncEngine:
        return self.engines[None]

    @property
    def metadata(self) -> sa.MetaData:
        return self.metadatas[None]

    def get_engine(self, bind_key: str | None = None) -> AsyncEngine:
        return self.engines[bind_key]


@pytest.fixture(params=DRIVERS, ids=[driver for _, driver in DRIVERS])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[Database, str]]:
    """Give a database and its asynchronous URL, and a loop as Flask-Migrate's env.py wants one."""
    system, driver = request.param
    pytest.importorskip(driver.partition("+")[2])
    database = request.getfixturevalue(f"{system}_database")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield database, database.url.set(drivername=driver).render_as_string(False)
    loop.close()
    asyncio.set_event_loop(None)


def project(folder: Path, urls: dict[str | None, str], template: Path) -> Project:
    app = Flask("app", root_path=str(folder))
    others = {bind: url for bind, url in urls.items() if bind}
    app.config.update(SQLALCHEMY_DATABASE_URI=urls[None], SQLALCHEMY_BINDS=others)
    db: Any = Extension(urls)
    migrations = folder / "migrations"
    shutil.copytree(template, migrations)
    (migrations / "alembic.ini.mako").rename(migrations / "alembic.ini")
    (migrations / "versions").mkdir()
    Migrate(app, db, directory=str(migrations))
    return Project(app, db, migrations)


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine()).get_table_names())


def walk(site: Project, database: Database) -> None:
    """Go through the commands with one table."""
    sa.Table("one", site.db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    site.ok("migrate", "-m", "one", "--rev-id", "a1")
    site.ok("upgrade")
    assert "one" in tables(database)
    assert "a1 (head)" in site.ok("current")
    assert "No changes" in site.ok("check")
    written = site.ok("upgrade", "--sql")
    assert "CREATE TABLE" in written or "second" in site.db.engines  # Then it is in files.
    site.ok("downgrade")
    assert "one" not in tables(database)
    site.ok("stamp", "head")
    site.ok("stamp", "base")
    site.ok("upgrade")


def test_flask_migrates_layout(place: Any, tmp_path: Path) -> None:
    database, url = place
    site = project(tmp_path, {None: url}, TEMPLATES / "aioflask")
    walk(site, database)
    site.db.metadata.tables["one"].append_column(sa.Column("n", sa.Integer))
    site.ok("migrate", "-m", "two", "--rev-id", "b1")
    site.ok("upgrade")
    assert {c["name"] for c in sa.inspect(database.engine()).get_columns("one")} == {"id", "n"}
    site.script(
        "c1",
        "b1",
        """
        async def fill(connection):
            await connection.execute(sa.text("INSERT INTO one (id, n) VALUES (1, 2)"))
        op.run_async(fill)
        op.execute("UPDATE one SET n = n + 1")
        """,
    )
    site.ok("upgrade")
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("SELECT id, n FROM one")).all() == [(1, 3)]
    site.script("d1", "c1", 'op.execute("DELETE FROM one")\nop.execute("SELECT x FROM nowhere")')
    result = site.run("upgrade")
    assert result.exit_code == 1 and "Error [R401]" in result.output, result.output
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM one")).scalar() == 1


def test_flask_migrates_layout_for_several(
    place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # Where it writes SQL.
    database, url = place
    if database.system != "sqlite":
        pytest.skip("The second database is a file.")
    second = Database("sqlite", database.url.set(database=str(tmp_path / "second.db")))
    urls = {None: url, "second": f"sqlite+aiosqlite:///{tmp_path / 'second.db'}"}
    site = project(tmp_path, urls, TEMPLATES / "aioflask-multidb")
    env = site.folder / "env.py"  # Theirs was written for SQLAlchemy 1.4, and fails with 2.
    env.write_text(env.read_text("utf-8").replace("._sync_connection()", ".sync_connection"))
    sa.Table("two", site.db.metadatas["second"], sa.Column("id", sa.Integer, primary_key=True))
    walk(site, database)
    assert "two" in tables(second) and "two" not in tables(database)


def test_alembics_layout(place: Any, tmp_path: Path) -> None:
    database, url = place
    template = Path(alembic.__file__).parent / "templates" / "async"
    site = project(tmp_path, {None: url}, template)
    ini = site.folder / "alembic.ini"
    text = ini.read_text("utf-8").replace("${script_location}", "%(here)s")
    ini.write_text(text.replace("driver://user:pass@localhost/dbname", url.replace("%", "%%")))
    env = site.folder / "env.py"
    env.write_text(
        env.read_text("utf-8").replace(
            "target_metadata = None",
            "from flask import current_app\n"
            "target_metadata = current_app.extensions['migrate'].db.metadata",
        )
    )
    walk(site, database)

"""Libraries that build on Alembic work on our names, each in an environment of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from .. import conftest
from .conftest import _environment
from .environment import ROOT
from .packages import Package

pytestmark = pytest.mark.real

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_schemamigrate import Migrate

app = Flask("app", root_path={root!r})
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
db = SQLAlchemy(app)
migrate = Migrate(app, db, directory={folder!r})
"""
SCRIPT = """
from alembic import op
import sqlalchemy as sa

revision = {id!r}
down_revision = {parent!r}
"""


class Site:
    """An app with migrations, in the environment of a library."""

    def __init__(self, name: str, version: str, needs: tuple[str, ...], root: Path) -> None:
        self.package = Package(name, version, "", needs=needs)
        self.python = _environment(self.package)
        self.root, self.folder = root, root / "migrations"
        (self.folder / "versions").mkdir(parents=True)

    def app(self, url: str, models: str = "") -> None:
        text = APP.format(root=str(self.root), url=url, folder=str(self.folder)) + models
        (self.root / "app.py").write_text(text)

    def script(self, id_: str, parent: str | None, body: str) -> None:
        path = self.folder / "versions" / f"{id_}.py"
        path.write_text(SCRIPT.format(id=id_, parent=parent) + body)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [str(self.python), "-W", "ignore", "-m", *words],
            cwd=self.root,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def db(self, *words: str) -> str:
        return self.run("flask", "--app", "app", "db", *words)


Fresh = Callable[[str], conftest.Database]


def scalar(database: conftest.Database, sql: str) -> object:
    with database.engine().connect() as connection:
        return connection.execute(sa.text(sql)).scalar()


def test_alembic_utils(fresh: Fresh, tmp_path: Path) -> None:
    database = fresh("postgresql")
    site = Site("alembic-utils", "0.8.8", ("flupy", "parse", "typing_extensions"), tmp_path)
    site.app(database.text)
    top = """
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_view import PGView

twice = PGFunction("public", "twice(n integer)",
    "returns integer as $$ select n * {} $$ language sql")
view = PGView("public", "four", "select twice(2) as n")
"""
    site.script(
        "a1",
        None,
        top.format(2) + "def upgrade():\n    op.create_entity(twice)\n    op.create_entity(view)\n"
        "def downgrade():\n    op.drop_entity(view)\n    op.drop_entity(twice)\n",
    )
    site.script(
        "b1",
        "a1",
        top.format(3) + "def upgrade():\n    op.replace_entity(twice)\n"
        "def downgrade():\n    pass\n",
    )
    site.db("upgrade", "a1")
    assert scalar(database, "SELECT n FROM four") == 4
    site.db("upgrade")
    assert scalar(database, "SELECT n FROM four") == 6
    site.db("downgrade", "base")
    assert scalar(database, "SELECT count(*) FROM pg_views WHERE viewname = 'four'") == 0


def test_alembic_postgresql_enum(fresh: Fresh, tmp_path: Path) -> None:
    database = fresh("postgresql")
    site = Site("alembic-postgresql-enum", "1.11.0", (), tmp_path)
    site.app(database.text)
    site.script(
        "a1",
        None,
        "def upgrade():\n"
        "    op.create_table('t', sa.Column('e', sa.Enum('a', 'b', name='mood')))\n"
        "    op.execute(\"INSERT INTO t VALUES ('a')\")\n"
        "def downgrade():\n    op.drop_table('t')\n",
    )
    site.script(
        "b1",
        "a1",
        "from alembic_postgresql_enum import TableReference\n\n\n"
        "def sync(values):\n"
        "    op.sync_enum_values(enum_schema='public', enum_name='mood', new_values=values,\n"
        "        enum_values_to_rename=[], affected_columns=[\n"
        "            TableReference(table_schema='public', table_name='t', column_name='e')])\n\n\n"
        "def upgrade():\n    sync(['a', 'b', 'c'])\n\n\ndef downgrade():\n    sync(['a', 'b'])\n",
    )
    site.db("upgrade")
    values = "SELECT string_agg(enumlabel, '' ORDER BY enumsortorder) FROM pg_enum"
    assert scalar(database, values) == "abc"
    site.db("downgrade")
    assert scalar(database, values) == "ab"
    assert scalar(database, "SELECT e FROM t") == "a"


def test_alembic_utils_autogenerates(fresh: Fresh, tmp_path: Path) -> None:
    database = fresh("postgresql")
    site = Site("alembic-utils", "0.8.8", ("flupy", "parse", "typing_extensions"), tmp_path)
    models = """
from alembic_utils.pg_function import PGFunction
from alembic_utils.replaceable_entity import register_entities

register_entities([PGFunction("public", "twice(n integer)",
    "returns integer as $$ select n * 2 $$ language sql")])


class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""
    site.app(database.text, models)
    site.db("migrate", "-m", "twice")
    site.db("upgrade")
    assert scalar(database, "SELECT twice(4)") == 8
    assert "No changes" in site.db("check")
    site.db("downgrade")


def test_alembic_postgresql_enum_autogenerates(fresh: Fresh, tmp_path: Path) -> None:
    database = fresh("postgresql")
    site = Site("alembic-postgresql-enum", "1.11.0", (), tmp_path)
    models = """
import alembic_postgresql_enum


class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    mood = db.Column(db.Enum({}, name="mood"))
"""
    site.app(database.text, models.format("'a', 'b'"))
    site.db("migrate", "-m", "two")
    site.db("upgrade")
    assert "No changes" in site.db("check")
    site.app(database.text, models.format("'a', 'b', 'c'"))
    site.db("migrate", "-m", "three")
    site.db("upgrade")
    values = "SELECT string_agg(enumlabel, '' ORDER BY enumsortorder) FROM pg_enum"
    assert scalar(database, values) == "abc"
    assert "No changes" in site.db("check")
    site.db("downgrade")
    assert scalar(database, values) == "ab"
    site.db("downgrade")


def test_geoalchemy2(fresh: Fresh, tmp_path: Path) -> None:
    site = Site("GeoAlchemy2", "0.20.0", ("packaging",), tmp_path)
    models = """
from geoalchemy2 import Geometry, alembic_helpers
app.config["SCHEMAMIGRATE_RENDER_ITEM"] = alembic_helpers.render_item
app.config["SCHEMAMIGRATE_INCLUDE_OBJECT"] = alembic_helpers.include_object
"""
    database = fresh("postgresql")
    site.app(database.text, models)
    site.script(
        "a1",
        None,
        "import geoalchemy2\nfrom geoalchemy2 import alembic_helpers\n\n\n"
        "def upgrade():\n"
        "    op.create_geospatial_table('spot', sa.Column('id', sa.Integer, primary_key=True),\n"
        "        sa.Column('at', geoalchemy2.Geometry('POINT', srid=4326, spatial_index=False)))\n"
        "    op.create_geospatial_index('ix_at', 'spot', ['at'], postgresql_using='gist')\n\n\n"
        "def downgrade():\n    op.drop_geospatial_table('spot')\n",
    )
    said = site.db("upgrade", "--sql")  # The server has no PostGIS.
    assert "geometry(POINT,4326)" in said and "USING gist" in said, said


@pytest.mark.parametrize("system", ["sqlite", "postgresql", "mariadb"])
def test_sqlalchemy_continuum(fresh: Fresh, tmp_path: Path, system: str) -> None:
    database = fresh(system)
    site = Site("SQLAlchemy-Continuum", "2.0.0", ("sqlalchemy-utils",), tmp_path)
    models = """
from sqlalchemy_continuum import make_versioned
import sqlalchemy as sa

make_versioned(user_cls=None)


class Article(db.Model):
    __versioned__ = {}
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40))


sa.orm.configure_mappers()
"""
    site.app(database.text, models)
    site.db("migrate", "-m", "articles")
    site.db("upgrade")
    site.db("check")
    names = set(sa.inspect(database.engine()).get_table_names())
    assert names >= {"article", "article_version", "transaction"}
    site.db("downgrade", "base")


def test_pytest_alembic(tmp_path: Path) -> None:
    site = Site("pytest-alembic", "0.13.1", ("pytest",), tmp_path)
    (site.folder / "env.py").write_text(
        "from alembic import context\nimport sqlalchemy as sa\n\n"
        "metadata = sa.MetaData()\n"
        "sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
        "with context.config.attributes['connection'].connect() as connection:\n"
        "    context.configure(connection=connection, target_metadata=metadata)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    )
    site.script(
        "a1",
        None,
        "def upgrade():\n"
        "    op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))\n\n\n"
        "def downgrade():\n    op.drop_table('t')\n",
    )
    (tmp_path / "ours.py").write_text(
        "from flask_schemamigrate.compat.names import alembic_names\n\n"
        "names = alembic_names()\nnames.__enter__()\n"
    )
    (tmp_path / "conftest.py").write_text(
        "import pytest\nimport sqlalchemy as sa\nfrom pytest_alembic import executor\n\n"
        "assert executor.alembic.__name__ == 'flask_schemamigrate.compat.alembic'\n\n\n"
        "@pytest.fixture\ndef alembic_config():\n"
        f"    return {{'script_location': {str(site.folder)!r}}}\n\n\n"
        "@pytest.fixture\ndef alembic_engine(tmp_path):\n"
        "    return sa.create_engine(f'sqlite:///{tmp_path}/a.db')\n"
    )
    (tmp_path / "test_all.py").write_text("from pytest_alembic.tests import *\n")
    said = site.run("pytest", "-p", "ours", "-q", "-p", "no:cacheprovider")
    assert "4 passed" in said, said

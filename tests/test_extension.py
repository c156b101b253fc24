"""The extension object: registering, options, databases, models."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_schemamigrate import SchemaMigrate
from flask_schemamigrate.errors import InvalidSetting
from flask_schemamigrate.errors import NoDatabase
from flask_schemamigrate.errors import UnknownBind
from flask_schemamigrate.errors import UnsupportedDatabase

METADATA = sa.MetaData()
sa.Table("plain", METADATA, sa.Column("id", sa.Integer, primary_key=True))


def flask_app(name: str = "shop", **config: object) -> Flask:
    app = Flask(name)
    app.config.update(config)
    return app


def sqlite(tmp_path, name="app"):
    return f"sqlite:///{tmp_path / name}.db"


def test_registers_with_one_app(tmp_path):
    app = flask_app(SQLALCHEMY_DATABASE_URI=sqlite(tmp_path))
    db = SQLAlchemy(app)
    migrate = SchemaMigrate(app, db)

    assert app.extensions["schemamigrate"] is migrate
    assert "db" in app.cli.commands
    settings = migrate.settings(app)
    assert settings.directory.name == "migrations"
    assert settings.directory.is_absolute()
    assert [database.bind for database in settings.databases] == [None]
    assert settings.databases[0].metadata == (db.metadata,)
    with app.app_context():
        assert settings.databases[0].engine() is db.engine


def test_factory_serves_several_apps(tmp_path):
    db = SQLAlchemy()
    migrate = SchemaMigrate(directory="one", version_table="versions")
    apps = [flask_app(n, SQLALCHEMY_DATABASE_URI=sqlite(tmp_path, n)) for n in ("one", "two")]
    for app in apps:
        db.init_app(app)
    migrate.init_app(apps[0], db)
    migrate.init_app(apps[1], db, directory="two", version_table="other")

    first, second = (migrate.settings(app) for app in apps)
    assert (first.directory.name, first.version_table) == ("one", "versions")
    assert (second.directory.name, second.version_table) == ("two", "other")
    assert first.databases[0].url != second.databases[0].url


def test_db_is_found_without_being_named(tmp_path):
    app = flask_app(SQLALCHEMY_DATABASE_URI=sqlite(tmp_path))
    db = SQLAlchemy(app)
    settings = SchemaMigrate(app).settings(app)
    assert settings.databases[0].metadata == (db.metadata,)


def test_every_bind_is_a_database(tmp_path):
    app = flask_app(
        SQLALCHEMY_DATABASE_URI=sqlite(tmp_path),
        SQLALCHEMY_BINDS={"users": sqlite(tmp_path, "users"), "audit": sqlite(tmp_path, "audit")},
    )
    db = SQLAlchemy(app)
    db.Table("login", db.Column("id", db.Integer, primary_key=True), bind_key="users")
    migrate = SchemaMigrate(app, db)

    databases = migrate.settings(app).databases
    assert [database.bind for database in databases] == [None, "audit", "users"]
    assert [t for m in databases[2].metadata for t in m.tables] == ["login"]
    assert [d.bind for d in migrate.settings(app, bind="users").databases] == ["users"]
    assert [d.bind for d in migrate.settings(app, bind="default").databases] == [None]
    with pytest.raises(UnknownBind, match="Did you mean 'users'") as caught:
        migrate.settings(app, bind="user")
    assert caught.value.hint == "Its binds are: default, audit, users"


def test_flask_sqlalchemy_lite(tmp_path):
    lite = pytest.importorskip("flask_sqlalchemy_lite")
    app = flask_app(
        SQLALCHEMY_ENGINES={"default": sqlite(tmp_path), "audit": sqlite(tmp_path, "audit")},
        SCHEMAMIGRATE_METADATA={"default": METADATA},
    )
    db = lite.SQLAlchemy(app)
    databases = SchemaMigrate(app, db).settings(app).databases
    assert [database.bind for database in databases] == [None, "audit"]
    assert databases[0].metadata == (METADATA,)
    assert databases[1].metadata == ()


@pytest.mark.parametrize(
    "metadata", [METADATA, [METADATA], f"{__name__}:METADATA"], ids=["object", "list", "name"]
)
def test_plain_config(tmp_path, metadata):
    app = flask_app(SCHEMAMIGRATE_DATABASE_URI=sqlite(tmp_path), SCHEMAMIGRATE_METADATA=metadata)
    database = SchemaMigrate(app).settings(app).databases[0]
    assert database.metadata == (METADATA,)
    assert database.engine() is database.engine()
    assert database.engine().url.database == str(tmp_path / "app.db")


def test_plain_config_falls_back(tmp_path):
    app = flask_app(SQLALCHEMY_DATABASE_URI=sqlite(tmp_path))
    assert SchemaMigrate(app).settings(app).databases[0].url.database == str(tmp_path / "app.db")


def test_own_url_counts_before_flask_sqlalchemy(tmp_path):
    app = flask_app(
        SQLALCHEMY_DATABASE_URI=sqlite(tmp_path), SCHEMAMIGRATE_DATABASE_URI=sqlite(tmp_path, "own")
    )
    database = SchemaMigrate(app, SQLAlchemy(app)).settings(app).databases[0]
    assert database.url.database == str(tmp_path / "own.db")


def test_constructor_counts_before_config(tmp_path):
    app = flask_app(
        SQLALCHEMY_DATABASE_URI=sqlite(tmp_path),
        SCHEMAMIGRATE_VERSION_TABLE="configured",
        SCHEMAMIGRATE_IGNORE="celery_*, schema:audit",
        SCHEMAMIGRATE_DIRECTORY="elsewhere",
        SCHEMAMIGRATE_COMPARE_TYPE=False,
    )
    settings = SchemaMigrate(app, version_table="given", lock_timeout=3).settings(app)
    assert settings.version_table == "given"
    assert settings.lock_timeout == 3.0
    assert settings.ignore == ("celery_*", "schema:audit")
    assert settings.directory.name == "elsewhere"
    assert settings.options == {"compare_type": False}


def test_unknown_option_is_an_error():
    with pytest.raises(InvalidSetting, match="Did you mean 'version_table'"):
        SchemaMigrate(version_tabel="v")


def test_unknown_config_key_is_an_error():
    app = flask_app(SCHEMAMIGRATE_TIMEZON="UTC")
    migrate = SchemaMigrate(app)
    with pytest.raises(InvalidSetting, match="Did you mean 'SCHEMAMIGRATE_TIMEZONE'"):
        migrate.settings(app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUNCATE_SLUG_LENGTH", 0),
        ("LOCK_TIMEOUT", "soon"),
        ("TIMEZONE", "Mars/Olympus"),
        ("VERSION_TABLE", ""),
        ("METADATA", "no_such_module:Base"),
        ("METADATA", "flask"),
        ("METADATA", 3),
        ("DATABASE_URI", "not a url"),
        ("OUTPUT_ENCODING", "utf9"),
        ("OUTPUT_ENCODING", "base64"),
    ],
)
def test_wrong_value_is_an_error(name, value):
    app = flask_app(**{f"SCHEMAMIGRATE_{name}": value})
    with pytest.raises(InvalidSetting):
        SchemaMigrate(app).settings(app)


def test_no_database():
    app = flask_app()
    migrate = SchemaMigrate(app)
    with pytest.raises(NoDatabase, match="neither SCHEMAMIGRATE_DATABASE_URI nor"):
        migrate.settings(app)
    assert migrate.settings(app, database=False).databases == ()


def test_forgotten_init_app_of_db_is_named():
    app = flask_app()
    migrate = SchemaMigrate(app, SQLAlchemy())
    with pytest.raises(NoDatabase, match=r"db\.init_app\(app\) was not called"):
        migrate.settings(app)


def test_asynchronous_engines_alone_are_refused(tmp_path):
    lite = pytest.importorskip("flask_sqlalchemy_lite")
    pytest.importorskip("aiosqlite")
    app = flask_app(SQLALCHEMY_ASYNC_ENGINES={"default": f"sqlite+aiosqlite:///{tmp_path}/a.db"})
    migrate = SchemaMigrate(app, lite.SQLAlchemy(app))
    with pytest.raises(UnsupportedDatabase):
        migrate.settings(app)


def test_no_app():
    with pytest.raises(InvalidSetting, match="There is no current app"):
        SchemaMigrate().settings()
    app = flask_app()
    with app.app_context(), pytest.raises(InvalidSetting, match="does not know the app 'shop'"):
        SchemaMigrate().settings()


def test_other_command_name():
    app = flask_app()
    SchemaMigrate(app, command="schema")
    assert "schema" in app.cli.commands
    assert "db" not in app.cli.commands


def test_command_name_from_config_and_none_at_all():
    app = flask_app(SCHEMAMIGRATE_COMMAND="schema")
    SchemaMigrate(app)
    assert "schema" in app.cli.commands
    silent = flask_app()
    SchemaMigrate(silent, command=None)
    assert "db" not in silent.cli.commands


def test_two_objects_on_one_app(tmp_path):
    app = flask_app()
    SchemaMigrate(app, database_uri=sqlite(tmp_path, "a"))
    SchemaMigrate(app, database_uri=sqlite(tmp_path, "b"), command="db2", directory="two")
    assert {"db", "db2"} <= set(app.cli.commands)


def test_registering_loads_no_engine():
    code = """
import flask, flask_sqlalchemy, sys
before = set(sys.modules)
from flask_schemamigrate import SchemaMigrate
app = flask.Flask("x")
SchemaMigrate(app)
print(sorted(m for m in set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = ["", ".extension", ".group", ".options", ".registered"]
    loaded = done.stdout.strip()
    assert loaded == repr([f"flask_schemamigrate{name}" for name in ours])

"""An env.py that somebody changed is run, and says where and how the commands work."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_schemamigrate import Migrate

from .conftest import Database
from .conftest import Project

#: An env.py such as people have: its own engine, logging from the file, a hook.
ENV = """
from logging.config import fileConfig
import logging
from alembic import context
from sqlalchemy import create_engine, NullPool, text
from flask import current_app

config = context.config
fileConfig(config.config_file_name)
logger = logging.getLogger("alembic.env")
db = current_app.extensions["migrate"].db
{top}

def run_offline():
    context.configure(url=db.engine.url, target_metadata=db.metadata, literal_binds=True{options})
    with context.begin_transaction():
        context.run_migrations({arguments})

def run_online():
    engine = create_engine(db.engine.url, poolclass=NullPool)
    with engine.connect() as connection:
        {before}
        context.configure(
            connection=connection,
            target_metadata=db.metadata{options},
            **current_app.extensions["migrate"].configure_args
        )
        with context.begin_transaction():
            context.run_migrations({arguments})
    engine.dispose()

if context.is_offline_mode():
    run_offline()
else:
    run_online()
"""
INI = """
[alembic]
[loggers]
keys = root,alembic
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARN
handlers = console
[logger_alembic]
level = INFO
handlers =
qualname = alembic
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic
[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
"""


def user(db: SQLAlchemy) -> None:
    db.Table("user", db.Column("id", db.Integer, primary_key=True), db.Column("name", db.String(9)))


def write_env(project: Project, **parts: str) -> None:
    given = {"top": "", "options": "", "before": "pass", "arguments": ""} | parts
    text = ENV
    for name, part in given.items():
        text = text.replace("{" + name + "}", part)
    (project.folder / "env.py").write_text(text, encoding="utf-8")
    (project.folder / "alembic.ini").write_text(INI, encoding="utf-8")


@pytest.fixture
def old(database: Database, make_project: Callable[..., Project]) -> Project:
    project = make_project(database, user)
    project.ok("init")
    write_env(project)
    return project


def tables(database: Database) -> set[str]:
    with database.engine().connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_whole_walk_through_an_env(old, database):
    old.ok("migrate", "-m", "user")
    assert len(list(old.versions.glob("*_user.py"))) == 1
    old.ok("upgrade")
    assert tables(database) >= {"user", "alembic_version"}
    assert "user" in old.ok("history")
    assert old.ok("current").strip().endswith("(head)")
    assert "No changes" in old.ok("check")
    sql = old.ok("upgrade", "--sql")
    assert "CREATE TABLE" in sql and "INSERT INTO alembic_version" in sql
    old.ok("downgrade", "base")
    assert "user" not in tables(database)
    old.ok("stamp", "head")
    assert old.ok("current").strip()


def state() -> dict[str, Any]:
    found = {}
    for name, one in [("", logging.root), *logging.root.manager.loggerDict.items()]:
        if isinstance(one, logging.Logger):
            found[name] = (one.level, one.disabled, one.propagate, one.handlers[:], one.filters[:])
        else:
            found[name] = type(one)
    return found


def test_logging_is_left_alone(make_project, tmp_path):
    project = make_project(f"sqlite:///{tmp_path / 'app.db'}", user)
    project.ok("init")
    write_env(
        project,
        top="logging.basicConfig(level=10, force=True); logging.getLogger('app').disabled = True\n"
        "logging.getLogger().setLevel(1); logging.root.addHandler(logging.NullHandler())",
    )
    log = logging.getLogger("app")
    handler = logging.FileHandler(tmp_path / "log", mode="w")
    log.addHandler(handler)
    try:
        log.warning("before")
        log.isEnabledFor(1)
        for command in (["migrate"], ["upgrade"], ["upgrade", "--sql"], ["current"], ["check"]):
            before = state()
            project.ok(*command)
            # What is imported for the first time has loggers of its own.
            now = {name: value for name, value in state().items() if name in before}
            assert now == before, command
        log.warning("after")
        assert (tmp_path / "log").read_text() == "before\nafter\n"
    finally:
        log.removeHandler(handler)
        handler.close()


def test_options_of_configure_count(old, database):
    write_env(
        old,
        options=", version_table='own_versions', include_object=wanted",
        top="def wanted(obj, name, type_, reflected, other): return name != 'secret'",
    )
    with database.engine().begin() as connection:
        connection.exec_driver_sql("CREATE TABLE secret (a INTEGER)")
    old.ok("migrate", "-m", "user")
    old.ok("upgrade")
    assert tables(database) >= {"user", "own_versions", "secret"}
    assert "No changes" in old.ok("check")


def test_arguments_reach_the_scripts(old, database):
    write_env(old, arguments="word='abc'")
    old.script("a1", None, "pass")
    path = old.versions / "a1.py"
    path.write_text(
        path.read_text().replace(
            "def upgrade():\n    pass",
            textwrap.dedent("""
        def upgrade(word):
            op.create_table(word, sa.Column("id", sa.Integer))
    """),
        )
    )
    old.ok("upgrade")
    assert "abc" in tables(database)
    assert "CREATE TABLE abc" in old.ok("upgrade", "base:head", "--sql")


def test_what_env_executes_before_does_not_undo_the_run(old, database):
    """Alembic loses everything here, and says that all is well."""
    write_env(old, before="connection.execute(text('SELECT 1'))")
    old.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))")
    old.ok("upgrade")
    assert "t" in tables(database)
    assert old.ok("current").split()[0] == "a1"


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_a_transaction_that_env_holds_is_its_own(database, make_project, ending):
    project = make_project(database)
    project.ok("init")
    write_env(project, before="transaction = connection.begin()")
    env = project.folder / "env.py"
    env.write_text(
        env.read_text().replace(
            "    engine.dispose()", f"        transaction.{ending}()\n    engine.dispose()"
        )
    )
    project.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))")
    project.script("a2", "a1", "op.execute('INSERT INTO t VALUES (1)')")
    project.ok("upgrade")
    kept = ending == "commit"
    if database.system != "mariadb":  # DDL commits there, whoever holds the transaction.
        assert ("t" in tables(database)) is kept
    if kept or database.system != "mariadb":
        assert project.ok("current").startswith("a2") is kept
    if kept:
        with database.engine().connect() as connection:
            assert connection.exec_driver_sql("SELECT id FROM t").scalar() == 1


def test_x_and_tag(old, database):
    write_env(
        old,
        top="""
seen = (context.get_x_argument(as_dictionary=True), context.get_tag_argument(),
        context.get_revision_argument(), context.get_head_revision(), context.script.get_heads())
assert seen == ({"a": "1", "b": ""}, "now", "a1", "a1", ["a1"]), seen
""",
    )
    old.script("a1", None, "pass")
    old.ok("-x", "a=1", "upgrade", "-x", "b", "--tag", "now")


def test_env_that_fails(old):
    write_env(old, top="raise KeyError('DATABASE_URL')")
    result = old.run("upgrade")
    assert result.exit_code == 1
    assert "Error [S107]" in result.output
    assert "env.py:" in result.output and "KeyError: 'DATABASE_URL'" in result.output


def test_a_statement_that_fails_is_told_as_usual(old, database):
    old.script("a1", None, "op.execute('SELEC 1')")
    result = old.run("upgrade")
    assert result.exit_code == 1
    assert "Error [R401]" in result.output and "a1.py:" in result.output
    assert "is at the base" in old.ok("current")


@pytest.mark.parametrize(
    "line",
    ["upgrade", "upgrade --plan", "upgrade --sql", "downgrade base", "stamp", "current", "status"]
    + ["wait --timeout 0", "migrate", "check", "drift", "baseline", "repair", "log"]
    + ["show current"],
)
def test_env_without_a_run(old, line):
    (old.folder / "env.py").write_text("from alembic import context\n")
    old.script("a1", None, "pass")
    result = old.run(*line.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error [S101]" in result.stderr
    assert "without a call of context.run_migrations()" in result.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [("upgrade", ""), ("upgrade --sql", ""), ("status", "S101"), ("wait --timeout 0", "S101")],
)
def test_env_that_says_that_there_is_nothing_to_do(old, line, code):
    (old.folder / "env.py").write_text("import sys\nsys.exit(0)\n")
    old.script("a1", None, "pass")
    result = old.run(*line.split())
    assert (result.exit_code, result.stdout) == (int(bool(code)), "")
    assert code in result.stderr


def test_env_with_an_engine_in_place_of_a_connection(old):
    env = old.folder / "env.py"
    env.write_text(env.read_text().replace("connection=connection", "connection=engine"))
    old.script("a1", None, "pass")
    result = old.run("upgrade")
    assert result.exit_code == 1
    assert "sqlalchemy.engine.Connection instance, got Engine" in result.output


def test_bind_is_refused_where_env_chooses_the_databases(old, database):
    old.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))")
    result = old.run("upgrade", "--bind", "default")
    assert result.exit_code == 1
    assert "env.py says which databases there are, so --bind has no meaning." in result.output
    assert "t" not in tables(database)


def test_several_engines(database, make_project, tmp_path):
    second = sa.create_engine(f"sqlite:///{tmp_path / 'second.db'}")
    project = make_project(
        database, SQLALCHEMY_BINDS={"second": f"sqlite:///{tmp_path / 'second.db'}"}
    )
    user(project.db)
    project.db.Table(
        "log", project.db.Column("id", project.db.Integer, primary_key=True), bind_key="second"
    )
    project.ok("init")
    (project.folder / "alembic.ini").write_text(INI)
    (project.folder / "env.py").write_text(
        textwrap.dedent("""
        from alembic import context
        from flask import current_app
        db = current_app.extensions["migrate"].db
        opened = {name or "": engine.connect() for name, engine in db.engines.items()}
        begun = {name: connection.begin() for name, connection in opened.items()}
        try:
            for name, connection in opened.items():
                context.configure(
                    connection=connection,
                    target_metadata=db.metadatas[name or None],
                    upgrade_token=f"{name}_upgrades",
                    downgrade_token=f"{name}_downgrades",
                )
                context.run_migrations(engine_name=name)
            for transaction in begun.values():
                transaction.commit()
        except:
            for transaction in begun.values():
                transaction.rollback()
            raise
        finally:
            for connection in opened.values():
                connection.close()
    """)
    )
    project.ok("migrate", "-m", "both")
    text = next(project.versions.glob("*.py")).read_text()
    assert "def upgrade_():" in text and "def upgrade_second():" in text
    project.ok("upgrade")
    assert "user" in tables(database) and "log" not in tables(database)
    with second.connect() as connection:
        assert sa.inspect(connection).has_table("log")
    second.dispose()
    project.ok("downgrade", "base")
    assert "user" not in tables(database)


def test_the_migrate_object_of_flask_migrate(tmp_path: Path):
    app = Flask("app")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'app.db'}"
    db = SQLAlchemy()
    migrate = Migrate(
        db=db, directory=tmp_path / "m", compare_type=False, include_schemas=True, something_else=1
    )
    db.init_app(app)
    migrate.init_app(app, command="database", render_as_batch=False)
    assert "database" in app.cli.commands
    found = app.extensions["migrate"]
    assert found.db is db and found.migrate is migrate
    assert found.metadata is db.metadata
    assert found.directory == str(tmp_path / "m")
    assert found.configure_args == {
        "compare_type": False,
        "render_as_batch": False,
        "include_schemas": True,
        "something_else": 1,
    }

    @migrate.configure
    def locations(config):
        config.set_main_option("version_locations", str(tmp_path / "elsewhere"))
        config.set_main_option("file_template", "%(rev)s")
        return config

    with app.app_context():
        config = migrate.get_config(x_arg="a=1", opts=["autogenerate"])
        assert config.get_main_option("script_location") == str(tmp_path / "m")
        assert config.config_file_name == str(tmp_path / "m" / "alembic.ini")
        assert (config.cmd_opts.x, config.cmd_opts.autogenerate) == (["a=1"], True)
        settings = migrate.settings()
    assert settings.version_locations == (tmp_path / "elsewhere",)
    assert settings.file_template == "%(rev)s"
    assert settings.options["something_else"] == 1


def test_other_names_for_op_and_sa(make_project, tmp_path):
    def define(db):
        db.Table("user", db.Column("id", db.Integer, primary_key=True, comment="op.x and sa.y"))

    project = make_project(
        f"sqlite:///{tmp_path}/a.db",
        define,
        SCHEMAMIGRATE_ALEMBIC_MODULE_PREFIX="alembic_op.",
        SCHEMAMIGRATE_SQLALCHEMY_MODULE_PREFIX="sqla.",
    )
    project.ok("init")
    project.ok("migrate", "-m", "user", "--no-verify")
    (path,) = project.versions.glob("*.py")
    text = path.read_text("utf-8")
    assert "    alembic_op.create_table(" in text and 'sqla.Column("id", sqla.Integer()' in text
    assert 'comment="op.x and sa.y"' in text or "comment" not in text
    assert " op." not in text.replace('"op.x', "") and " sa." not in text.replace("and sa.y", "")

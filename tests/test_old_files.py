"""What the other files of an old folder say counts: alembic.ini, script.py.mako, hooks."""

from __future__ import annotations

import compileall
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy

import flask_schemamigrate
from flask_schemamigrate import errors

from .conftest import Project

STOCK = Path(flask_migrate.__file__).parent / "templates"


def user(db: SQLAlchemy) -> None:
    db.Table("user", db.Column("id", db.Integer, primary_key=True))


@pytest.fixture
def project(make_project: Callable[..., Project], tmp_path: Path) -> Project:
    made = make_project(f"sqlite:///{tmp_path / 'app.db'}", user)
    made.ok("init")
    return made


def ini(project: Project, text: str) -> None:
    (project.folder / "alembic.ini").write_text(textwrap.dedent(text), encoding="utf-8")


def test_how_scripts_are_named(project):
    ini(
        project,
        """
        [alembic]
        file_template = %%(year)d-%%(rev)s--%%(slug)s
        truncate_slug_length = 12
        timezone = Europe/Vienna
    """,
    )
    project.ok("revision", "-m", "a message with many words", "--rev-id", "abc")
    path = next(project.versions.glob("*.py"))
    assert re.fullmatch(r"\d{4}-abc--a_message_\.py", path.name)


def test_a_folder_of_the_peers_keeps_its_way_of_naming(project):
    ini(project, "[alembic]\n")
    project.ok("revision", "-m", "One two", "--rev-id", "abc")
    assert [path.name for path in project.versions.glob("*.py")] == ["abc_one_two.py"]


def test_options_of_the_app_count_first(project):
    ini(project, "[alembic]\nfile_template = no\n")
    project.app.config["SCHEMAMIGRATE_FILE_TEMPLATE"] = "%(slug)s"
    project.ok("revision", "-m", "One two")
    assert [path.name for path in project.versions.glob("*.py")] == ["one_two.py"]


def test_sections_by_name_and_a_file_by_name(project, tmp_path):
    other = tmp_path / "other.ini"
    other.write_text(
        "[alembic]\nfile_template = first\n[reports]\nfile_template = second\n"
        "version_locations = %(here)s/reports\n"
    )
    (tmp_path / "reports").mkdir()
    project.ok("-c", str(other), "revision", "-m", "x")
    project.ok("-c", str(other), "-n", "reports", "revision", "-m", "x")
    assert (project.versions / "first.py").exists()
    assert (tmp_path / "reports" / "second.py").exists()
    result = project.run("--config", str(tmp_path / "missing.ini"), "heads")
    assert result.exit_code == 1
    assert "There is no configuration file" in result.output


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
def test_pyproject_and_alembic_ini_in_the_current_directory(make_project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = make_project(f"sqlite:///{tmp_path / 'app.db'}", user, folder="scripts")
    project.ok("init")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "%(here)s/scripts"\nfile_template = "toml_%%(rev)s"\n'
    )
    project.ok("revision", "--rev-id", "a")
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = scripts\nfile_template = ini_%%(rev)s\n"
    )
    project.ok("revision", "--rev-id", "b")
    names = {path.name for path in project.versions.glob("*.py")}
    assert names == {"toml_a.py", "ini_b.py"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
@pytest.mark.parametrize(
    "line",
    ["script_location = 5", 'script_location = ["scripts"]', "version_locations = 5"]
    + ["prepend_sys_path = 5", "post_write_hooks = 5", 'post_write_hooks = ["black"]']
    + ['post_write_hooks = [{type = "exec"}]'],
)
def test_a_value_in_pyproject_that_it_cannot_be(make_project, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    project = make_project(f"sqlite:///{tmp_path / 'app.db'}", user, folder="scripts")
    project.ok("init")
    name = line.partition(" ")[0]
    location = "" if name == "script_location" else 'script_location = "scripts"\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.alembic]\n{location}{line}\n")
    result = project.run("heads")
    assert result.exit_code == 1
    assert "Error [S106]" in result.stderr and f"pyproject.toml: {name} is " in result.stderr


def test_recursive_locations_and_folders_in_names(project):
    ini(
        project,
        """
        [alembic]
        recursive_version_locations = true
        file_template = %%(year)d/%%(rev)s
    """,
    )
    project.ok("revision", "--rev-id", "a1")
    project.ok("revision", "--rev-id", "a2")
    assert len(list(project.versions.glob("20*/a?.py"))) == 2
    assert project.ok("heads").startswith("a2")
    ini(project, "[alembic]\nfile_template = %%(year)d/%%(rev)s\n")
    result = project.run("revision", "--rev-id", "a3")
    assert "recursive_version_locations = true" in result.output and result.exit_code == 1


@pytest.mark.parametrize("beside", [True, False])
def test_sourceless(project, beside):
    project.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))", message="first")
    project.script("a2", "a1", "pass")
    compileall.compile_dir(project.versions, quiet=2, legacy=beside)
    for path in project.versions.glob("*.py"):
        path.unlink()
    assert "a2" not in project.ok("history")
    ini(project, "[alembic]\nsourceless = true\n")
    assert project.ok("history").splitlines() == ["a1 -> a2 (head), a2", "<base> -> a1, first"]
    project.ok("upgrade")
    assert sa.inspect(sa.create_engine(project.app.config["SQLALCHEMY_DATABASE_URI"])).has_table(
        "t"
    )


def test_compiled_by_another_python(project):
    ini(project, "[alembic]\nsourceless = true\n")
    (project.versions / "a1.pyc").write_bytes(b"\0" * 64)
    result = project.run("heads")
    assert result.exit_code == 1
    assert "another version of Python" in result.output


# --- hooks ----------------------------------------------------------------------------------------

HOOKS = """
    [alembic]
    [post_write_hooks]
    hooks = mark, tool, script
    mark.type = exec
    mark.executable = {python}
    mark.options = -c "open(__import__('sys').argv[1], 'a').write('# marked')" {token}
    tool.type = module
    tool.module = py_compile
    script.type = console_scripts
    script.entrypoint = pytest
    script.options = --version
    script.cwd = %(here)s
"""


@pytest.mark.parametrize("command", ["revision", "migrate"])
def test_hooks_run_on_new_scripts(project, command):
    ini(project, HOOKS.format(python=sys.executable, token="REVISION_SCRIPT_FILENAME"))
    project.ok(command)
    path = next(project.versions.glob("*.py"))
    assert path.read_text().endswith("# marked")
    assert list(project.versions.glob("__pycache__/*.pyc"))
    assert project.ok("heads")


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        ("a.type = nothing", "of an unknown type: 'nothing'"),
        ("a.type = modul", "Did you mean 'module'?"),
        ("", "does not say what it is"),
        ("a.type = exec", "a.executable = …"),
        ("a.type = module\na.module = no_such_module", "pip install no_such_module"),
        ("a.type = console_scripts\na.entrypoint = nope", "needs the console script nope"),
        ("a.type = exec\na.executable = /nope", "cannot be run"),
    ],
)
def test_hooks_that_cannot_run(project, hook, message):
    (project.folder / "alembic.ini").write_text(
        f"[alembic]\n[post_write_hooks]\nhooks = a\n{hook}\n"
    )
    result = project.run("revision")
    assert result.exit_code == 1
    assert message in result.output


def test_a_hook_that_fails_is_told(project):
    (project.folder / "alembic.ini").write_text(
        "[alembic]\n[post_write_hooks]\nhooks = a\na.type = exec\n"
        f"a.executable = {sys.executable}\n"
        "a.options = -c 'raise SystemExit(3)' REVISION_SCRIPT_FILENAME\n"
    )
    assert "Note: the post-write hook 'a' ended with status" in project.ok("revision")


# --- script.py.mako -------------------------------------------------------------------------------


def template(project: Project, text: str) -> None:
    (project.folder / "script.py.mako").write_text(textwrap.dedent(text), encoding="utf-8")


CUSTOM = '''
    """${message}

    Revises: ${down_revision | comma,n}
    Made on ${create_date.year} for ${config.get_main_option("script_location")}
    """
    from alembic import op
    import sqlalchemy as sa
    ${imports if imports else ""}
    revision = ${repr(up_revision)}
    down_revision = ${repr(down_revision)}
    branch_labels = ${repr(branch_labels)}
    depends_on = ${repr(depends_on)}

    def upgrade():
        ${upgrades if upgrades else "pass"}

    def downgrade():
        ${downgrades if downgrades else "pass"}

    # by hand
'''


def test_a_template_of_ones_own(project):
    template(project, CUSTOM)
    project.ok("migrate", "-m", 'say "this" and \\N, """too"""')
    text = next(project.versions.glob("*.py")).read_text()
    assert text.rstrip().endswith("# by hand")
    assert "for " + str(project.folder) in text
    project.ok("upgrade")
    project.ok("revision", "-m", "plain", "--branch-label", "one")
    project.ok("upgrade")
    project.ok("downgrade", "base")
    assert "plain" in project.ok("history")


def test_a_template_without_mako(project):
    template(project, CUSTOM)
    code = (
        "import sys; sys.modules['mako'] = None\n"
        "from flask import Flask; from flask_sqlalchemy import SQLAlchemy\n"
        "from flask_schemamigrate import Migrate; from click.testing import CliRunner\n"
        f"app = Flask('x'); app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'\n"
        f"db = SQLAlchemy(app); Migrate(app, db, directory={str(project.folder)!r})\n"
        "result = app.test_cli_runner().invoke(args=['db', 'revision'])\n"
        "print(result.exit_code, result.output)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 Error [S108]")
    assert 'pip install "Flask-SchemaMigrate[mako]"' in done.stdout


def test_a_template_that_fails(project):
    template(project, CUSTOM + "    ${nothing.here}\n")
    result = project.run("revision")
    assert result.exit_code == 1
    assert "script.py.mako:" in result.output and "Correct the template" in result.output
    template(project, "def (")
    result = project.run("revision")
    assert "not valid Python: line 1" in result.output
    assert not list(project.versions.glob("*.py"))


@pytest.mark.parametrize("layout", ["flask", "flask-multidb"])
def test_stock_templates_need_no_mako(project, layout):
    (project.folder / "script.py.mako").write_bytes(
        (STOCK / layout / "script.py.mako").read_bytes()
    )
    project.ok("migrate")
    text = next(project.versions.glob("*.py")).read_text()
    assert ("def upgrade(engine_name):" in text) is (layout == "flask-multidb")
    project.ok("upgrade")


def test_a_single_layout_leaves_binds_alone(make_project, tmp_path):
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")]
    project = make_project(urls[0], user, SQLALCHEMY_BINDS={"two": urls[1]})
    project.ok("init")
    (project.folder / "env.py").write_bytes((STOCK / "flask" / "env.py").read_bytes())
    project.ok("migrate")
    project.ok("upgrade")
    engines = [sa.create_engine(url, poolclass=sa.pool.NullPool) for url in urls]
    assert [sa.inspect(e).has_table("alembic_version") for e in engines] == [True, False]
    assert "two" in project.ok("modernize")
    (project.folder / "env.py").write_bytes((STOCK / "flask-multidb" / "env.py").read_bytes())
    project.ok("upgrade")
    assert sa.inspect(engines[1]).has_table("alembic_version")
    assert not sa.inspect(engines[1]).has_table("user")


def test_sql_of_several_databases_goes_into_files(make_project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = make_project("sqlite:///one.db", user, SQLALCHEMY_BINDS={"two": "sqlite:///two.db"})
    project.ok("init")
    for name in ("env.py", "script.py.mako"):
        (project.folder / name).write_bytes((STOCK / "flask-multidb" / name).read_bytes())
    project.ok("migrate")
    output = project.ok("upgrade", "--sql")
    assert "CREATE TABLE" not in output and f"wrote  {tmp_path / 'two.sql'}" in output
    assert "CREATE TABLE user" in (tmp_path / ".sql").read_text().replace('"', "")
    assert "alembic_version" in (tmp_path / "two.sql").read_text()


# --- eject, modernize -----------------------------------------------------------------------------


@pytest.mark.parametrize("several", [False, True])
def test_an_ejected_env_is_known_and_works_when_edited(make_project, tmp_path, several):
    binds = {"two": f"sqlite:///{tmp_path / 'two.db'}"} if several else {}
    project = make_project(f"sqlite:///{tmp_path / 'one.db'}", user, SQLALCHEMY_BINDS=binds)
    project.ok("init", "--eject")
    files = {path.name for path in project.folder.iterdir()}
    assert files == {"README", "alembic.ini", "env.py", "script.py.mako", "versions"}
    result = project.run("init", "--eject")
    assert (
        result.exit_code == 1 and "has alembic.ini, env.py, script.py.mako already" in result.output
    )
    for edited in (False, True):
        if edited:
            env = project.folder / "env.py"
            env.write_text(env.read_text() + "\nprint('edited')\n")
        with project.app.app_context():
            settings = project.app.extensions["migrate"].migrate.settings()
        assert (settings.environment is not None) is edited
        project.ok("migrate", "-m", f"number{edited}")
        project.ok("upgrade")
        project.ok("downgrade", "base")
        project.ok("upgrade")
        assert "No changes" in project.ok("check")


def test_ejecting_into_a_folder_that_is_there(project):
    project.ok("migrate", "-m", "first")
    project.ok("init", "--eject")
    assert (project.folder / "env.py").exists()
    assert "first" in project.ok("history")


def test_versions_that_git_did_not_keep(project):
    project.versions.rmdir()
    (project.folder / "env.py").write_bytes((STOCK / "flask" / "env.py").read_bytes())
    project.ok("migrate")
    project.ok("upgrade")


def test_modernize(project):
    for name in ("env.py", "script.py.mako"):
        (project.folder / name).write_bytes((STOCK / "flask" / name).read_bytes())
    (project.folder / "alembic.ini").write_bytes(
        (STOCK / "flask" / "alembic.ini.mako").read_bytes()
    )
    output = project.ok("modernize")
    assert output.count("remove  ") == 3 and "flask db modernize --yes" in output
    assert (project.folder / "env.py").exists()
    project.ok("modernize", "--yes")
    assert {path.name for path in project.folder.iterdir()} == {"README", "versions"}
    assert "nothing to remove" in project.ok("modernize")
    project.ok("migrate")
    project.ok("upgrade")


def test_modernize_keeps_what_counts(project):
    (project.folder / "env.py").write_text("from alembic import context\n")
    ini(project, "[alembic]\nfile_template = x\n[post_write_hooks]\nhooks =\n")
    template(project, CUSTOM)
    output = project.ok("modernize", "--yes")
    assert "it was changed, and so it is run" in output
    assert "it sets file_template" in output
    assert "made of it, by Mako" in output
    assert {"env.py", "alembic.ini", "script.py.mako"} <= {p.name for p in project.folder.iterdir()}


# --- functions ------------------------------------------------------------------------------------


def test_functions_return_values_and_raise(make_project, tmp_path, capsys):
    project = make_project(f"sqlite:///{tmp_path / 'app.db'}", user)
    folder = str(project.folder)
    from flask_schemamigrate import check
    from flask_schemamigrate import current
    from flask_schemamigrate import downgrade
    from flask_schemamigrate import heads
    from flask_schemamigrate import history
    from flask_schemamigrate import init
    from flask_schemamigrate import merge
    from flask_schemamigrate import migrate
    from flask_schemamigrate import revision
    from flask_schemamigrate import show
    from flask_schemamigrate import stamp
    from flask_schemamigrate import upgrade

    with project.app.app_context():
        assert project.folder in init(folder)
        with pytest.raises(errors.ChangesPending, match="Create table user"):
            check()
        first = migrate(message="one")
        assert first.path is not None and first.path.exists()
        (moved,) = upgrade(x_arg="a=b")
        assert moved.after == (first.revision.id,)
        check(directory=folder)
        second = revision(message="two", rev_id="two")
        other = revision(message="three", head=first.revision.id, splice=True)
        assert {entry.revision.id for entry in heads()} == {"two", other.revision.id}
        with pytest.raises(errors.MultipleHeads):
            upgrade()
        merged = merge(revisions=["two", other.revision.id])
        assert len(history()) == 4 and history()[0].revision.id == merged.revision.id
        assert show()[0].revision.parents == ("two", other.revision.id)
        upgrade()
        assert current()[0].rows == (merged.revision.id,)
        downgrade(revision="base")
        capsys.readouterr()
        (script,) = upgrade(sql=True)
        assert "CREATE TABLE" in script.sql and "CREATE TABLE" in capsys.readouterr().out
        stamp(revision="two")
        with pytest.raises(errors.UnknownRevision):
            upgrade(revision="nope")
        assert second.revision.id == "two"
    from flask_schemamigrate.history import folder as module

    assert module.Folder
    assert flask_schemamigrate.alembic_version == (1, 20, 1)
    assert callable(flask_schemamigrate.history)
    with pytest.raises(AttributeError):
        flask_schemamigrate.nothing  # noqa: B018


def test_options_by_environment_variable(project, monkeypatch):
    monkeypatch.setenv("FLASK_DB_MIGRATE_MESSAGE", "from outside")
    project.app.test_cli_runner().invoke(
        args=["db", "migrate"], auto_envvar_prefix="FLASK", catch_exceptions=False
    )
    assert "from outside" in project.ok("history")


# --- Flask-Alembic --------------------------------------------------------------------------------


def test_the_config_of_flask_alembic_counts(tmp_path):
    from flask import Flask

    app = Flask("app", root_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'app.db'}"
    app.config["ALEMBIC"] = {
        "script_location": "scripts",
        "version_locations": [("branch", "more"), "third"],
        "file_template": "%%(rev)s",
        "post_write_hooks": {"hooks": ""},
    }
    app.config["ALEMBIC_CONTEXT"] = {"version_table": "their_versions"}
    db = SQLAlchemy(app)
    flask_schemamigrate.Migrate(app, db)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "1.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        'revision = "1700000000"\ndown_revision = None\nbranch_labels = ("default",)\n'
        'def upgrade(name="default"):\n    globals()[f"upgrade_{name}"]()\n'
        'def upgrade_default():\n    op.create_table("t", sa.Column("id", sa.Integer))\n'
    )
    runner = app.test_cli_runner()
    for words in (["upgrade"], ["revision", "-m", "x", "--rev-id", "two"]):
        result = runner.invoke(args=["db", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert (tmp_path / "scripts" / "two.py").exists()
    engine = sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.pool.NullPool)
    assert set(sa.inspect(engine).get_table_names()) == {"t", "their_versions", "schemamigrate_log"}

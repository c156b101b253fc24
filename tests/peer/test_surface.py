"""What Flask-Migrate offers is there: signatures, commands, options, settings of its folders."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import flask_migrate
import flask_migrate.cli
import pytest
from flask import Flask

import flask_schemamigrate

from .test_moving import OURS
from .test_moving import THEIRS
from .test_moving import Walk
from .test_moving import walk as walk

FUNCTIONS = sorted(
    name
    for name, value in vars(flask_migrate).items()
    if inspect.isfunction(value) and hasattr(value, "__wrapped__")
)


def parameters(function: Any) -> list[tuple[str, Any]]:
    return [(one.name, one.default) for one in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signatures(name: str) -> None:
    assert parameters(getattr(flask_schemamigrate, name)) == parameters(
        getattr(flask_migrate, name)
    )


def test_signatures_of_the_extension() -> None:
    theirs, ours = flask_migrate.Migrate, flask_schemamigrate.Migrate
    for name in ("__init__", "init_app"):
        their, our = parameters(getattr(theirs, name)), parameters(getattr(ours, name))
        assert our[:-1] == their[:-1]  # and any keywords


def options(group: click.Group) -> set[tuple[str, str]]:
    context = click.Context(group)
    found = set()
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        for one in command.params:
            found |= {(name, word) for word in one.opts} if one.opts[0][0] == "-" else set()
    return found


def test_commands_and_options() -> None:
    app = Flask("app")
    flask_schemamigrate.Migrate(app)
    ours = app.cli.commands["db"]
    assert isinstance(ours, click.Group)
    assert options(flask_migrate.cli.db) - options(ours) == set()


def test_every_option_on_a_folder_of_theirs(walk: Walk) -> None:
    init = "init --multidb" if walk.second else "init"
    walk.run(THEIRS, init, "migrate -m user --rev-id a1", "upgrade")
    commands = (
        "revision -m two --rev-id b1 --branch-label side --head a1",
        "revision -m three --rev-id c1 --head a1 --splice --version-path "
        + str(walk.folder / "versions"),
        "merge -m both --rev-id d1 --branch-label joined b1 c1",
        "heads --resolve-dependencies -v",
        "branches -v",
        "show d1",
        "show joined@head",
        "history -r a1:d1 -v -i",
        "history -r :b1",
        "upgrade --sql a1:d1",
        "upgrade --tag here -x key=value -x flag d1",
        "current -v",
        "downgrade --sql d1:a1",
        "downgrade --tag here -x key=value a1",
        "stamp --sql d1",
        "stamp --tag here d1",
        "stamp --purge a1",
        "upgrade heads",
        "check",
    )
    ours = walk.run(OURS, *commands)
    assert "d1" in ours[3] and "b1" in ours[4]
    # They read the same folder and answer the same; the script files are as they leave them.
    theirs = walk.run(THEIRS, "heads", "current", "history -r a1:d1", "check")
    assert "d1" in theirs[0] and "d1" in theirs[1]
    walk.run(THEIRS, "downgrade a1")
    walk.run(OURS, "upgrade d1")


EDIT = ("context.configure(", "context.configure(on_version_apply=[told], tag_seen=tag(), ")
TOP = """
import sys
from alembic import context as _context


def told(ctx, step, heads, run_args, **kw):
    print("told", step.up_revision_id, file=sys.stderr)


def tag():
    print("tag", _context.get_tag_argument(), file=sys.stderr)
    print("x", _context.get_x_argument(as_dictionary=True), file=sys.stderr)
    return None


"""


def test_an_env_of_theirs_that_was_changed(walk: Walk) -> None:
    init = "init --multidb" if walk.second else "init"
    walk.run(THEIRS, init, "migrate -m user --rev-id a1", "upgrade", "downgrade base")
    path = walk.folder / "env.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(EDIT[0]) == 2
    text = (
        text.replace(*EDIT)
        .replace(" tag_seen=tag(),", "")
        .replace("def run_migrations_offline", TOP + "tag()\n\n\ndef run_migrations_offline")
    )
    path.write_text(text, encoding="utf-8")
    for package in (THEIRS, OURS):
        up, sql, down = walk.run(
            package,
            "upgrade --tag now -x one=1",
            "upgrade --sql --tag now -x one=1",
            "downgrade base",
        )
        for said in (up, sql):
            assert "tag now" in said and "x {'one': '1'}" in said, (package, said)
        assert "told a1" in up and "told a1" in down
        assert "CREATE TABLE" in sql or walk.second  # they write one file for each database
    walk.run(OURS, "upgrade", "migrate -m nothing", "check")


def test_settings_of_the_ini_of_theirs(walk: Walk) -> None:
    init = "init --multidb" if walk.second else "init"
    walk.run(THEIRS, init)
    more = walk.folder / "more"
    more.mkdir()
    ini = walk.folder / "alembic.ini"
    text = ini.read_text(encoding="utf-8")
    ini.write_text(
        text.replace(
            "[alembic]",
            "[alembic]\nfile_template = %%(year)d_%%(month).2d_%%(slug)s_%%(rev)s\n"
            "timezone = UTC\ntruncate_slug_length = 8\n"
            "version_locations = %(here)s/versions %(here)s/more\nversion_path_separator = space\n",
        ),
        encoding="utf-8",
    )
    long = "migrate --rev-id a1 --version-path {} -m a_long_message_that_is_cut"
    walk.run(OURS, long.format(more), "upgrade", "check")
    (made,) = more.glob("*.py")
    assert re.fullmatch(r"\d{4}_\d\d_a_long__a1\.py", made.name), made.name
    assert re.search(r"Create Date: .*\+00:00", made.read_text(encoding="utf-8"))
    (said,) = walk.run(THEIRS, "current")
    assert "a1 (head)" in said
    walk.run(THEIRS, "revision --rev-id b1 -m a_long_message_that_is_cut", "upgrade", "check")
    (theirs,) = more.glob("*b1.py")
    assert theirs.name == made.name.replace("a1", "b1")
    walk.run(OURS, "downgrade base", "upgrade", "check")


@pytest.mark.parametrize("several", [False, True])
def test_a_template_of_theirs_that_was_changed(several: bool, tmp_path: Path) -> None:
    second = f"sqlite:///{tmp_path / 'second.db'}" if several else None
    walk = Walk(tmp_path, f"sqlite:///{tmp_path / 'app.db'}", second)
    walk.run(THEIRS, "init --multidb" if several else "init")
    mako = walk.folder / "script.py.mako"
    text = mako.read_text(encoding="utf-8")
    mako.write_text(text.replace("from alembic import op", "# of us\nfrom alembic import op", 1))
    walk.run(OURS, "migrate -m user", "upgrade", "check")
    (made,) = walk.scripts()
    assert "# of us\nfrom alembic import op" in made.read_text(encoding="utf-8")
    walk.run(THEIRS, "check", "downgrade base", "upgrade")


@pytest.mark.parametrize("package", [THEIRS, OURS])
def test_environment_variables(package: str, tmp_path: Path) -> None:
    walk = Walk(tmp_path, f"sqlite:///{tmp_path / 'app.db'}", None)
    walk.run(THEIRS, "init", "migrate -m user")
    walk.results(package, "heads")  # writes the app
    folder = walk.folder.rename(tmp_path / "elsewhere")
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", f"{package}_app", "db", "upgrade"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "FLASK_DB_UPGRADE_DIRECTORY": str(folder), "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert walk.columns("user") == {"id", "name"}


def test_modernize_and_eject_on_a_folder_of_theirs(walk: Walk) -> None:
    walk.run(THEIRS, "init --multidb" if walk.second else "init", "migrate -m user", "upgrade")
    walk.run(OURS, "modernize --yes", "check", "current", "downgrade", "upgrade")
    assert not (walk.folder / "env.py").exists()
    walk.run(OURS, "init --eject", "check")
    walk.run(THEIRS, "check", "downgrade", "upgrade")

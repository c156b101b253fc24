"""Whatever stands in a script, on the command line or in a setting: success or our error."""

from __future__ import annotations

import codecs
import contextlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from flask_schemamigrate import SchemaMigrate
from flask_schemamigrate.errors import SchemaMigrateError

SCRIPT = b'''"""first"""
from flask_schemamigrate import op
import sqlalchemy as sa
revision = "aaaa1111"
down_revision = None
def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("t")
'''
COMMANDS = ("history -v", "heads", "branches", "current", "status", "upgrade --sql", "upgrade")
COMMANDS += ("migrate", "downgrade", "show", "check")


class Project:
    """An app in a folder, whose commands must end as documented."""

    def __init__(self, folder: Path, **config: object) -> None:
        app = Flask("fuzz", root_path=str(folder))
        metadata = sa.MetaData()
        sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
        app.config["SCHEMAMIGRATE_DATABASE_URI"] = f"sqlite:///{folder}/app.db"
        app.config["SCHEMAMIGRATE_METADATA"] = metadata
        app.config.update({f"SCHEMAMIGRATE_{key}": value for key, value in config.items()})
        self.versions = folder / "migrations" / "versions"
        self.migrate = SchemaMigrate(app, directory=folder / "migrations")
        self.app, self.runner = app, app.test_cli_runner()

    def run(self, *words: str) -> Result:
        """Run a command; it ends with success, or with an error that is told, and not otherwise."""
        result = self.runner.invoke(args=["db", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), words
        assert "Traceback" not in result.output
        if words[0] != "status":
            assert result.exit_code in (0, 1, 2), words
        if result.exit_code in (1, 2):
            assert "Error" in result.stderr or "Aborted" in result.stderr or words[0] == "check"
        assert not [path for path in self.versions.parent.rglob("*") if ".tmp" in path.name]
        return result


@pytest.fixture
def folders(tmp_path_factory):
    """Return a function that makes a project in a folder of its own."""

    def make(**config: object) -> Project:
        project = Project(tmp_path_factory.mktemp("fuzz"), **config)
        assert project.run("init").exit_code == 0
        return project

    return make


def changed(old: bytes, new: bytes) -> bytes:
    """Return the script with one thing in it changed."""
    assert old in SCRIPT
    return SCRIPT.replace(old, new)


REFUSED = {
    "truncated": (SCRIPT[:5], "is not valid Python"),
    "null byte": (SCRIPT[:40] + b"\0" + SCRIPT[40:], "null bytes"),
    "binary": (bytes(range(256)), "is not text in UTF-8"),
    "UTF-16": (SCRIPT.decode().encode("utf-16"), "is not text in UTF-8"),
    "Latin-1": (changed(b"first", b"f\xfcrst"), "is not text in UTF-8"),
    "unknown encoding": (b"# -*- coding: nope -*-\n" + SCRIPT, "unknown encoding: nope"),
    "number as id": (changed(b'"aaaa1111"', b"12"), "revision must be a string, not 12"),
    "bytes as id": (changed(b'"aaaa1111"', b'b"a"'), "revision must be a string"),
    "empty id": (changed(b"aaaa1111", b""), "revision must be a string, not ''"),
    "line feed in the id": (changed(b"aaaa1111", b"a\\nDROP TABLE t"), "control characters"),
    "null in the id": (changed(b"aaaa1111", b"a\\0"), "control characters"),
    "surrogate as id": (changed(b"aaaa1111", b"\\udc80"), "control characters"),
    "computed id": (changed(b'"aaaa1111"', b"str(1)"), "is not a plain value: str(1)"),
    "its own parent": (changed(b"None", b'"aaaa1111"'), "stands on the next one"),
    "number as parent": (changed(b"None", b"3"), "down_revision must be None, a string"),
    "unknown parent": (changed(b"None", b'"zz"'), "there is no such revision"),
    "number as label": (SCRIPT + b"branch_labels = 3\n", "branch_labels must be None, a string"),
    "name that is none": (changed(b"first", b"\\N{nope}"), "unknown Unicode character name"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_script_that_says_nothing_usable_is_named(folders, name):
    source, said = REFUSED[name]
    project = folders()
    (project.versions / "aaaa.py").write_bytes(source)
    for command in COMMANDS:
        result = project.run(*command.split())
        assert said in result.stderr or command == "status", command
        assert "aaaa.py" in result.stderr or command == "status"
    assert sa.inspect(sa.create_engine(f"sqlite:///{project.app.root_path}/app.db")).has_table(
        "t"
    ) is (False)


FAILS = {
    "SystemExit at import": (SCRIPT + b"raise SystemExit(3)\n", "SystemExit(3)"),
    "SystemExit": (changed(b"    op.create", b"    raise SystemExit(4)\n    op.create"), "Exit(4)"),
    "raises at import": (SCRIPT + b"1/0\n", "aaaa.py:10"),
    "import of nothing": (b"import nope_nope\n" + SCRIPT, "No module named 'nope_nope'"),
    "no upgrade()": (changed(b"def upgrade", b"def upgrde"), "Did you mean 'upgrde'?"),
    "upgrade = 3": (changed(b"def upgrade", b"def u") + b"upgrade = 3\n", "not a callable"),
    "async": (changed(b"def upgrade", b"async def upgrade"), "is async, so nothing of it ran"),
    "yield": (changed(b"    op.create", b"    yield\n    op.create"), "nothing of it ran"),
    "too many arguments": (changed(b"upgrade()", b"upgrade(a, b)"), "missing 1 required"),
    "nested too deeply": (SCRIPT + b"x = " + b"(" * 300 + b")" * 300, "too many nested"),
    "bad indentation": (changed(b"    op.drop", b"\t  op.drop\n    x"), "is not valid Python"),
}


@pytest.mark.parametrize("name", FAILS)
def test_a_script_that_cannot_run_changes_nothing(folders, name):
    source, said = FAILS[name]
    project = folders()
    (project.versions / "aaaa.py").write_bytes(source)
    assert project.run("history").exit_code == 0
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert said in result.stderr
    assert project.run("upgrade", "--sql").exit_code == 1
    assert project.run("current").stdout == ""
    with project.app.app_context(), pytest.raises(SchemaMigrateError):
        project.migrate.upgrade()


RUNS = {
    "byte order mark": codecs.BOM_UTF8 + SCRIPT,
    "CRLF": SCRIPT.replace(b"\n", b"\r\n"),
    "declared encoding": b"# -*- coding: latin-1 -*-\n" + changed(b"first", b"f\xfcrst"),
    "SQL as id": changed(b"aaaa1111", b"a'; DROP TABLE alembic_version; --"),
    "shell as id": changed(b"aaaa1111", b"$(touch x)`touch y`"),
    "percent and colons as id": changed(b"aaaa1111", b"100%s%(x)s:y::z{q}"),
    "word as id": changed(b"aaaa1111", b"head"),
    "step as id": changed(b"aaaa1111", b"+1"),
    "emoji as id": changed(b"aaaa1111", "é漢🙂".encode()),
    "long id": changed(b"aaaa1111", b"a" * 5000),
    "message with escapes": changed(b"first", b"\\N{BULLET} \\x1b[31m %s {x} \\udc80 \\\\"),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_script_that_looks_strange_runs(folders, name):
    project = folders()
    (project.versions / "aaaa.py").write_bytes(RUNS[name])
    for command in ("history -v", "heads", "upgrade --sql", "upgrade"):
        assert project.run(*command.split()).exit_code == 0, command
    assert "\x1b" not in project.run("history", "-v").stdout
    assert project.run("current").stdout != ""
    assert project.run("check").exit_code == 0
    assert project.run("downgrade").exit_code == 0
    assert project.run("current").stdout == ""


def test_folders_that_go_in_circles_and_files_that_are_none(folders):
    project = folders(RECURSIVE_VERSION_LOCATIONS=True)
    (project.versions / "aaaa.py").write_bytes(SCRIPT)
    (project.versions / "loop").symlink_to(project.versions)
    (project.versions / "itself.py").symlink_to(project.versions / "itself.py")
    (project.versions / "folder.py").mkdir()
    assert "itself.py" in project.run("history").stderr
    (project.versions / "itself.py").unlink()
    assert project.run("history").stdout.count("aaaa1111") == 1
    for command in COMMANDS:
        assert project.run(*command.split()).exit_code in (0, 1 if command == "check" else 10)


def test_thousands_of_files_that_are_no_scripts(folders):
    project = folders()
    (project.versions / "aaaa.py").write_bytes(SCRIPT)
    for number in range(3000):
        (project.versions / f"helper{number}.py").write_bytes(b"x = 1\n")
    assert project.run("heads").stdout.startswith("aaaa1111")


@given(st.binary(max_size=200))
def test_any_bytes_in_a_script(data):
    with project_with(data) as project:
        for command in ("history", "upgrade", "upgrade --sql"):
            project.run(*command.split())


@given(st.data())
def test_any_damage_to_a_script(data):
    """Some bytes of a good script are other ones, missing or there twice."""
    source = bytearray(SCRIPT)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source)))
        source[start : start + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    with project_with(bytes(source)) as project:
        for command in ("history -v", "upgrade --sql", "upgrade", "current", "downgrade"):
            project.run(*command.split())


@contextlib.contextmanager
def project_with(source: bytes):
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        project = Project(Path(name))
        assert project.run("init").exit_code == 0
        (project.versions / "aaaa.py").write_bytes(source)
        yield project


WORDS = st.sampled_from(
    ["head", "heads", "base", "current", "aaaa1111", "@", "+", "-", ":", "+1", "-1", "99", "'", '"']
    + ["; DROP TABLE t; --", "$(x)", "`", "%s", "{x}", "\n", "\\", " ", "é", "\udc80", "..", "/"]
)
TARGETS = st.lists(WORDS, max_size=4).map("".join) | st.text(max_size=8)
TAKING = ("upgrade", "downgrade", "show", "stamp", "merge", "upgrade --sql", "downgrade --sql")
TAKING += ("stamp --sql", "history -r", "upgrade --plan", "resolve --applied", "current --bind")
TAKING += ("revision -m", "revision --rev-id", "revision --head", "revision --depends-on")
TAKING += ("revision --branch-label", "revision --version-path", "migrate -m", "migrate --rename")
TAKING += ("migrate --fill", "migrate --map", "-c x upgrade", "-n x upgrade", "-x x upgrade")


@given(command=st.sampled_from(TAKING), word=TARGETS)
def test_any_word_on_the_command_line(command, word):
    if "\0" in word:  # No shell can pass one.
        word = word.replace("\0", "")
    with project_with(SCRIPT) as project:
        project.run("upgrade")
        before = set(Path(project.app.root_path).rglob("*"))
        words = [word if part == "x" else part for part in command.split()]
        project.run(*words, *([] if "x" in command.split() else [word]))
        made = set(Path(project.app.root_path).rglob("*")) - before
        assert all(project.versions.parent in path.parents for path in made)
        if command != "upgrade" and command.split()[0] not in ("downgrade", "stamp"):
            assert project.run("current").stdout.startswith("aaaa1111")


SETTINGS = ("DATABASE_URI", "VERSION_TABLE", "VERSION_TABLE_SCHEMA", "FILE_TEMPLATE", "TIMEZONE")
SETTINGS += ("LOCK_TIMEOUT", "IGNORE", "VERIFY", "VERSION_LOCATIONS", "TRUNCATE_SLUG_LENGTH")
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats()
VALUES |= st.lists(st.text(max_size=5), max_size=3) | st.binary(max_size=5) | WORDS
VALUES |= st.sampled_from(
    ["sqlite://", "sqlite:///", "sqlite:////", "postgresql://", "://", "mysql://u:p@h:port/d"]
    + ["sqlite:///x.db?mode=nope", "postgresql+nope://h/d", "sqlite:///\0", "%(rev)s", "%(nope)s"]
)


@given(name=st.sampled_from(SETTINGS), value=VALUES)
def test_any_value_of_a_setting(name, value):
    import os
    import tempfile

    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            project = Project(Path(folder), **{name: value})
            project.run("init")
            for command in ("revision -m x", "history", "upgrade", "current", "status"):
                project.run(*command.split())
        finally:
            os.chdir(here)

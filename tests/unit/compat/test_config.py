"""What is read of alembic.ini and pyproject.toml."""

from __future__ import annotations

import os
import sys
import textwrap
from argparse import Namespace
from io import StringIO
from pathlib import Path

import pytest

from flask_schemamigrate.compat.alembic.config import Config
from flask_schemamigrate.errors import InvalidSetting

needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")


def ini(folder: Path, text: str, **options: object) -> Config:
    path = folder / "alembic.ini"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Config(path, **options)


def toml(folder: Path, text: str) -> Config:
    path = folder / "pyproject.toml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Config(toml_file=path)


def test_names_are_filled_in(tmp_path):
    config = ini(
        tmp_path,
        """
        [alembic]
        script_location = %(here)s/scripts
        file_template = %%(rev)s_%%(slug)s
        base = one
        more = %(base)s/two
        most = %(more)s/three
        extra = %(given)s
        """,
        config_args={"given": "by the caller"},
    )
    assert config.get_main_option("script_location") == f"{tmp_path.as_posix()}/scripts"
    assert config.get_main_option("file_template") == "%(rev)s_%(slug)s"
    assert config.get_main_option("most") == "one/two/three"
    assert config.get_main_option("extra") == "by the caller"
    assert config.get_main_option("absent", "default") == "default"


@pytest.mark.parametrize("password", ["50%", "p%40ss", "%", "%s", "a%(b", "100%%"])
def test_percent_signs_never_break(tmp_path, password):
    url = f"postgresql://scott:{password}@localhost/x"
    config = ini(tmp_path, f"[alembic]\nwritten = {url}\n")
    config.set_main_option("sqlalchemy.url", url)
    expected = url.replace("%%", "%")
    assert config.get_main_option("sqlalchemy.url") == expected
    assert config.get_main_option("written") == expected
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    assert config.get_main_option("sqlalchemy.url") == url


def test_a_name_that_refers_to_itself_ends(tmp_path):
    config = ini(tmp_path, "[alembic]\na = %(b)s\nb = %(a)s\n")
    assert "%(" in str(config.get_main_option("a"))


def test_sections_by_name(tmp_path):
    config = ini(
        tmp_path,
        "[alembic]\nversion_locations = one\n[other]\nversion_locations = two\n",
        ini_section="other",
    )
    assert config.get_main_option("version_locations") == "two"
    assert config.get_section("alembic") == {
        "version_locations": "one",
        "here": tmp_path.as_posix(),
    }
    assert config.get_section("missing", {"a": "b"}) == {"a": "b"}
    with pytest.raises(InvalidSetting, match=r"no '\[missing\]' section"):
        config.get_section_option("missing", "name")


def test_without_a_file():
    config = Config()
    config.set_main_option("script_location", "somewhere")
    config.set_section_option("new", "a", "b")
    assert config.get_alembic_option("script_location") == "somewhere"
    assert config.get_section_option("new", "a") == "b"
    config.remove_main_option("script_location")
    assert config.get_main_option("script_location") is None


@pytest.mark.parametrize(
    ("separator", "text"),
    [
        ("os", os.pathsep.join(["a b", "c"])),
        (":", "a b: c"),
        (";", "a b;c"),
        ("newline", "\n    a b\n    c"),
    ],
)
def test_lists_by_separator(tmp_path, separator, text):
    config = ini(
        tmp_path,
        f"[alembic]\npath_separator = {separator}\nversion_locations = {text}\n"
        f"prepend_sys_path = {text}\n",
    )
    assert config.get_version_locations_list() == ["a b", "c"]
    assert config.get_prepend_sys_paths_list() == ["a b", "c"]


def test_lists_as_they_were_written_of_old(tmp_path):
    config = ini(tmp_path, "[alembic]\nversion_locations = a, b c\nprepend_sys_path = .:d, e\n")
    with pytest.warns(DeprecationWarning, match="No path_separator"):
        assert config.get_version_locations_list() == ["a", "b", "c"]
    with pytest.warns(DeprecationWarning, match="and colons"):
        assert config.get_prepend_sys_paths_list() == [".", "d", "e"]


def test_unknown_separator(tmp_path):
    config = ini(tmp_path, "[alembic]\npath_separator = |\nversion_locations = a|b\n")
    with pytest.raises(ValueError, match="not a valid value for path_separator"):
        config.get_version_locations_list()


@needs_toml
def test_pyproject(tmp_path):
    config = toml(
        tmp_path,
        """
        [tool.alembic]
        script_location = "%(here)s/scripts"
        file_template = "%%(year)d_%%(slug)s"
        version_locations = ["%(here)s/one", "two"]
        sourceless = true
        [[tool.alembic.post_write_hooks]]
        name = "black"
        type = "console_scripts"
        entrypoint = "black"
        """,
    )
    here = tmp_path.as_posix()
    assert config.get_alembic_option("script_location") == f"{here}/scripts"
    assert config.get_alembic_option("file_template") == "%(year)d_%(slug)s"
    assert config.get_version_locations_list() == [f"{here}/one", "two"]
    assert config.get_alembic_boolean_option("sourceless") is True
    assert config.get_alembic_boolean_option("recursive_version_locations") is False
    hook = {"_hook_name": "black", "type": "console_scripts", "entrypoint": "black"}
    assert config.get_hooks_list() == [hook]


@needs_toml
def test_the_ini_file_counts_before_pyproject(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\na = "toml"\nb = "toml"\n')
    config = ini(tmp_path, "[alembic]\na = ini\n", toml_file=tmp_path / "pyproject.toml")
    assert config.get_alembic_option("a") == "ini"
    assert config.get_alembic_option("b") == "toml"


def test_hooks_of_an_ini_file(tmp_path):
    config = ini(
        tmp_path,
        """
        [alembic]
        [post_write_hooks]
        hooks = ruff, black
        black.type = console_scripts
        black.options = -l 79 REVISION_SCRIPT_FILENAME
        ruff.type = exec
        ruff.executable = %(here)s/bin/ruff
        """,
    )
    ruff, black = config.get_hooks_list()
    executable = f"{tmp_path.as_posix()}/bin/ruff"
    assert ruff == {"_hook_name": "ruff", "type": "exec", "executable": executable}
    assert black["options"] == "-l 79 REVISION_SCRIPT_FILENAME"


def test_a_file_that_cannot_be_understood(tmp_path):
    config = ini(tmp_path, "script_location = x\n")
    with pytest.raises(InvalidSetting, match=r"alembic\.ini cannot be understood"):
        config.get_main_option("script_location")


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "alembic.ini"
    path.write_bytes("[alembic]\n# Müller\nname = Müller\n".encode("latin-1"))
    assert Config(path).get_main_option("name") is not None
    path.write_bytes("\ufeff[alembic]\nname = Müller\n".encode())
    assert Config(path).get_main_option("name") == "Müller"


def test_printing():
    out = StringIO()
    Config(stdout=out).print_stdout("%s - %s", "a", "b")
    Config(stdout=out).print_stdout("50%")
    Config(stdout=out, cmd_opts=Namespace(quiet=True)).print_stdout("nothing")
    assert out.getvalue() == "a - b\n50%\n"

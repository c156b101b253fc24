"""Scripts on disk: their headers, their names, writing them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import datetime
from datetime import timezone
from pathlib import Path

import pytest

from flask_schemamigrate.errors import BrokenScript
from flask_schemamigrate.errors import DuplicateRevision
from flask_schemamigrate.errors import FolderMissing
from flask_schemamigrate.errors import FolderNotEmpty
from flask_schemamigrate.errors import FolderNotWritable
from flask_schemamigrate.errors import InvalidRevisionId
from flask_schemamigrate.errors import InvalidSetting
from flask_schemamigrate.errors import InvalidTarget
from flask_schemamigrate.history import headers
from flask_schemamigrate.history.folder import Folder
from flask_schemamigrate.history.folder import slug
from flask_schemamigrate.history.graph import Graph
from flask_schemamigrate.history.revision import Revision


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "migrations")
    made.create()
    return made


def put(folder: Folder, name: str, text: str | bytes) -> Path:
    path = folder.locations[0] / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('revision = "a"\ndown_revision = None\n', Revision("a")),
        ('revision: str = "a"\ndown_revision: str | None = "b"\n', Revision("a", ("b",))),
        ('revision = "a"\ndown_revision = ("b", "c")\n', Revision("a", ("b", "c"))),
        ('revision = "a"\ndown_revision = "b", "c"\n', Revision("a", ("b", "c"))),
        ('revision = "a" "b"\ndown_revision = ["c"]\n', Revision("ab", ("c",))),
        ('REV = "a"\nrevision = REV\ndown_revision = None\n', Revision("a")),
        ('revision = "a"\ndepends_on = "x"\n', Revision("a", (), ("x",))),
        ('revision = "a"\nbranch_labels = {"l"}\n', Revision("a", labels=("l",))),
        (
            'def upgrade():\n    pass\n\n\nrevision = "a"\ndown_revision = "b"\n',
            Revision("a", ("b",)),
        ),
        ('revision = "a"\n\ndef upgrade():\n    this is no python\n', Revision("a")),
        ('"""Add a\nclass of users\ndef x\n"""\nrevision = "a"\n', Revision("a")),
        ('"""Set the\ndefault of x\n"""\nrevision = "a"\ndef f():\n    x y\n', Revision("a")),
        (
            'revision = "a"\n\n\ndef upgrade():\n    pass\n\n\ndown_revision = "b"\n',
            Revision("a", ("b",)),
        ),
        ('\ufeffrevision = "a"\n', Revision("a")),
        ('revision = "a"\r\ndown_revision = "b"\r\n', Revision("a", ("b",))),
    ],
)
def test_a_header_is_read_without_running_the_script(
    tmp_path: Path, text: str, expected: Revision
) -> None:
    path = tmp_path / "x.py"
    path.write_text(text + "\n\nraise SystemExit\n", encoding="utf-8", newline="")
    found = headers.read(path)
    assert found is not None
    assert (found.id, found.parents, found.depends_on, found.labels) == (
        expected.id,
        expected.parents,
        expected.depends_on,
        expected.labels,
    )


def test_a_header_may_be_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes('# coding: latin-1\n"""Größe"""\nrevision = "a"\n'.encode("latin-1"))
    found = headers.read(path)
    assert found is not None
    assert found.message == "Größe"


def test_the_docstring_gives_message_and_date(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        '"""Add an\ne-mail\n\nRevision ID: a\nCreate Date: 2026-01-02 03:04\n"""\nrevision = "a"\n'
    )
    found = headers.read(path)
    assert found is not None
    assert (found.message, found.created) == ("Add an e-mail", "2026-01-02 03:04")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"revision = (\n", "not valid Python"),
        (b"revision = 12\n", "must be a string"),
        (b"revision = make()\n", "not a plain value"),
        (b"revision = 'a'\ndown_revision = 3\n", "must be None, a string"),
        (b"def upgrade():\n    pass\n", "does not say which revision"),
        (b"revision = '\xff'\n", "not text in UTF-8"),
    ],
)
def test_a_broken_header_names_the_file(folder: Folder, text: bytes, words: str) -> None:
    path = put(folder, "zz_broken.py", text)
    with pytest.raises(BrokenScript, match=words) as caught:
        folder.read()
    assert str(path) in caught.value.message


def test_a_syntax_error_in_the_header_names_its_line(folder: Folder) -> None:
    path = put(folder, "x.py", '"""x"""\nrevision = "a"\ndown_revision = = None\n')
    with pytest.raises(BrokenScript) as caught:
        folder.read()
    assert caught.value.message.startswith(f"{path}:3 is not valid Python")
    assert caught.value.message.endswith("down_revision = = None")


def test_a_name_that_begins_with_hexadecimal_digits_is_no_id(folder: Folder) -> None:
    put(folder, "add_users.py", "def upgrade():\n    pass\n")
    with pytest.raises(BrokenScript, match="does not say which revision"):
        folder.read()


def test_helpers_and_leftovers_are_no_scripts(folder: Folder) -> None:
    put(folder, "one.py", "revision = 'a'\n")
    put(folder, "helper.py", "def helper():\n    pass\n")
    put(folder, "__init__.py", "")
    put(folder, ".#one.py", "revision = 'b'\n")
    put(folder, "one.py~", "revision = 'c'\n")
    assert list(folder.read().revisions) == ["a"]


def test_a_hexadecimal_file_name_is_an_id(folder: Folder) -> None:
    put(folder, "1a2b3c.py", "down_revision = None\ndef upgrade():\n    pass\n")
    assert list(folder.read().revisions) == ["1a2b3c"]


def test_one_file_by_two_locations_is_read_once(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "a.py").write_text("revision = 'a'\n")
    os.symlink(real, tmp_path / "link")
    os.symlink(real, real / "loop")
    both = Folder(tmp_path, (real, tmp_path / "link"), recursive=True)
    assert list(both.read().revisions) == ["a"]


def test_a_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing) as caught:
        Folder(tmp_path / "nowhere").read()
    assert str(tmp_path / "nowhere") in caught.value.message
    assert "flask db init" in caught.value.hint


def test_a_folder_that_git_has_emptied_can_be_made_again(folder: Folder) -> None:
    folder.locations[0].rmdir()
    with pytest.raises(FolderMissing) as caught:
        folder.read()
    assert caught.value.hint.endswith(f"mkdir {folder.locations[0]}")
    assert folder.create() == (folder.directory, folder.locations[0])
    assert folder.read() == Graph()


def test_init_twice_is_refused(folder: Folder) -> None:
    with pytest.raises(FolderNotEmpty, match="already is a migrations folder"):
        folder.create()


def test_init_does_not_write_into_other_files(tmp_path: Path) -> None:
    (tmp_path / "thing").touch()
    with pytest.raises(FolderNotEmpty, match="has other files"):
        Folder(tmp_path).create()


def test_a_script_is_never_overwritten(folder: Folder) -> None:
    path = folder.write(folder.locations[0] / "x.py", "one")
    with pytest.raises(DuplicateRevision):
        folder.write(path, "two")
    assert path.read_text() == "one"
    assert [p.name for p in folder.locations[0].iterdir()] == ["x.py"]


def test_a_folder_that_cannot_be_written_is_named(folder: Folder) -> None:
    (folder.directory / "file").touch()
    with pytest.raises(FolderNotWritable, match="Cannot write into"):
        folder.write(folder.directory / "file" / "x.py", "one")
    with pytest.raises(FolderNotWritable) as caught:
        folder.write(folder.locations[0] / ("x" * 300 + ".py"), "one")
    assert "shorter" in caught.value.hint


def test_loading_runs_a_script_and_leaves_no_trace(folder: Folder) -> None:
    path = put(folder, "2026-1a_x.py", "revision = 'a'\nhere = (__name__, __file__)\n")
    before, path_before = set(sys.modules), list(sys.path)
    module = folder.load(folder.read().revisions["a"])
    assert module.here == ("2026_1a_x", str(path))
    assert (set(sys.modules), sys.path) == (before, path_before)
    assert [p.name for p in folder.locations[0].iterdir()] == ["2026-1a_x.py"]


def test_loading_names_the_line_of_a_syntax_error(folder: Folder) -> None:
    path = put(folder, "x.py", "revision = 'a'\ndef upgrade():\n    no python\n")
    with pytest.raises(BrokenScript) as caught:
        folder.load(folder.read().revisions["a"])
    assert caught.value.message.startswith(f"{path}:3 is not valid Python")


def test_a_new_script_goes_where_its_parent_is(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    folder = Folder(tmp_path, (one, two), recursive=True)
    (two / "2026").mkdir(parents=True)
    (two / "2026" / "a.py").write_text("revision = 'a'\n")
    graph = folder.read()
    assert folder.location_for(graph, ("a",), None) == two
    assert folder.location_for(graph, ("a",), str(one)) == one
    with pytest.raises(InvalidTarget) as caught:
        folder.location_for(graph, (), None)
    assert "--version-path" in caught.value.hint
    with pytest.raises(InvalidTarget, match="none of the version locations"):
        folder.location_for(graph, (), str(tmp_path))


def test_a_word_with_a_meaning_is_no_id(folder: Folder) -> None:
    graph = Graph.build([Revision("a", labels=("net",))])
    for id_ in ("head", "net"):
        with pytest.raises(InvalidRevisionId, match="another meaning"):
            folder.check_id(id_, graph)


def test_settings_that_mean_nothing_are_named(folder: Folder) -> None:
    with pytest.raises(InvalidSetting, match="time zone 'Mars/Base'"):
        replace(folder, timezone="Mars/Base").now()
    with pytest.raises(InvalidSetting, match="file_template"):
        replace(folder, file_template="%(nothing)s").path_for("a", "", datetime.now(timezone.utc))


@pytest.mark.parametrize("id_", ["a@b", "a-b", "a+b", "a:b", "a b", "", "x" * 256, "a'b", "../x"])
def test_an_id_that_cannot_be_used_is_refused(folder: Folder, id_: str) -> None:
    with pytest.raises(InvalidRevisionId):
        folder.check_id(id_, Graph())


def test_file_names_sort_by_date(folder: Folder) -> None:
    when = datetime(2026, 11, 23, 7, 40, tzinfo=timezone.utc)
    path = folder.path_for("1a2b3c", "Add an e-mail!", when)
    assert path.name == "2026_11_23_0740-1a2b3c_add_an_e_mail.py"


def test_a_slug_is_cut_at_a_word() -> None:
    assert slug("one two three", 9) == "one_two_"
    assert slug("Ünïcode, kept") == "ünïcode_kept"


def test_a_header_may_have_what_a_module_holds(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "of_the_app.py").write_text("class cli:\n    BRANCH = 'contract'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "from of_the_app import cli\nimport not_there\nrevision = 'a'\ndown_revision = None\n"
    put(folder, "a.py", f"{text}branch_labels = (cli.BRANCH,)\n\ndef upgrade():\n    pass\n")
    assert folder.read().revisions["a"].labels == ("contract",)


@pytest.mark.parametrize(
    ("top", "words"),
    [
        ("from missing_of_app import cli", "from missing_of_app import cli fails.*No module named"),
        ("import os as cli", "has no attribute 'BRANCH'"),
        ("", r"branch_labels is not a plain value: \(cli.BRANCH,\)"),
    ],
)
def test_what_a_header_cannot_have_is_told(folder: Folder, top: str, words: str) -> None:
    text = f"{top}\nrevision = 'a'\ndown_revision = None\nbranch_labels = (cli.BRANCH,)\n"
    path = put(folder, "a.py", text)
    with pytest.raises(BrokenScript, match=words) as caught:
        folder.read()
    assert str(path) in caught.value.message

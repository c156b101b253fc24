"""Scripts on disk: their headers, their names, writing them."""

from __future__ import annotations

import os
from datetime import datetime
from datetime import timezone
from pathlib import Path

import pytest

from flask_schemamigrate.errors import BrokenScript
from flask_schemamigrate.errors import DuplicateRevision
from flask_schemamigrate.errors import FolderMissing
from flask_schemamigrate.errors import FolderNotEmpty
from flask_schemamigrate.errors import InvalidRevisionId
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
    ],
)
def test_a_header_is_read_without_running_the_script(
    tmp_path: Path, text: str, expected: Revision
) -> None:
    path = tmp_path / "x.py"
    path.write_text(text + "\n\nraise SystemExit\n")
    found = headers.read(path)
    assert found is not None
    assert (found.id, found.parents, found.depends_on, found.labels) == (
        expected.id,
        expected.parents,
        expected.depends_on,
        expected.labels,
    )


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


def test_helpers_and_leftovers_are_no_scripts(folder: Folder) -> None:
    put(folder, "one.py", "revision = 'a'\n")
    put(folder, "helper.py", "def helper():\n    pass\n")
    put(folder, "__init__.py", "")
    put(folder, ".#one.py", "revision = 'b'\n")
    put(folder, "one.py~", "revision = 'c'\n")
    assert list(folder.read().revisions) == ["a"]


def test_a_hexadecimal_file_name_is_an_id(folder: Folder) -> None:
    put(folder, "1a2b3c_old.py", "down_revision = None\ndef upgrade():\n    pass\n")
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

"""The index of headers: the same answers with and without it, whatever happens to the files."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from flask_schemamigrate.errors import DuplicateRevision
from flask_schemamigrate.history import headers
from flask_schemamigrate.history import index
from flask_schemamigrate.history.folder import Folder
from flask_schemamigrate.history.graph import Graph

SIZE = 80


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "migrations")
    made.create()
    for number in range(SIZE):
        _write(made, number)
    return made


def _path(folder: Folder, number: int) -> Path:
    return folder.locations[0] / f"{number:03}_step.py"


def _write(folder: Folder, number: int, message: str = "step", old: bool = True) -> None:
    below = f"r{number - 1:03}" if number else None
    path = _path(folder, number)
    path.write_text(
        f'"""{message}"""\nrevision = "r{number:03}"\ndown_revision = {below!r}\n\n'
        "def upgrade():\n    pass\n"
    )
    if old:
        os.utime(path, ns=(0, 10**18))


def _kept(folder: Folder) -> list[Path]:
    return sorted(folder.locations[0].glob("__pycache__/*.index"))


@pytest.fixture(autouse=True)
def certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written count as old, and byte code may be written."""
    monkeypatch.setattr(index, "_DOUBTFUL", -(10**18))
    monkeypatch.setattr("sys.dont_write_bytecode", False)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which scripts are read."""
    found: list[str] = []
    read = headers.read

    def watched(path: Path, *names: Any) -> object:
        found.append(path.name)
        return read(path, *names)

    monkeypatch.setattr(headers, "read", watched)
    return found


def _same(one: Graph, other: Graph) -> bool:
    return dict(one.revisions) == dict(other.revisions) and all(
        dict(getattr(one, name)) == dict(getattr(other, name))
        for name in ("requirements", "children", "dependants", "labelled")
    )


def test_what_was_read_once_is_not_read_again(folder: Folder, reads: list[str]) -> None:
    first = folder.read()
    assert len(reads) == SIZE
    second = folder.read()
    assert len(reads) == SIZE
    assert list(second.revisions) == list(first.revisions)
    assert _same(first, second)


def test_changed_new_and_vanished_scripts_are_noticed(folder: Folder, reads: list[str]) -> None:
    folder.read()
    reads.clear()
    _write(folder, 7, "another message")
    _write(folder, SIZE)
    _path(folder, SIZE - 1).unlink()
    _path(folder, SIZE).write_text('revision = "new"\ndown_revision = "r001"\n')
    found = folder.read()
    assert reads == ["007_step.py", f"{SIZE:03}_step.py"]
    assert found.revisions["r007"].message == "another message"
    assert f"r{SIZE - 1:03}" not in found.revisions
    assert found.heads == (f"r{SIZE - 2:03}", "new")
    assert _same(folder.read(), found)


def test_same_size_and_time_but_another_content_is_noticed(folder: Folder) -> None:
    folder.read()
    status = _path(folder, 7).stat()
    _write(folder, 7, "spet")
    os.utime(_path(folder, 7), ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _path(folder, 7).stat().st_size == status.st_size
    assert folder.read().revisions["r007"].message == "spet"


def test_a_script_that_was_just_written_is_read_again(
    folder: Folder, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_DOUBTFUL", 2_000_000_000)
    folder.read()
    reads.clear()
    folder.read()
    assert len(reads) == SIZE  # All were written within the last two seconds.


def test_a_mistake_is_told_with_and_without_the_index(folder: Folder) -> None:
    folder.read()
    _path(folder, SIZE).write_text('revision = "r001"\ndown_revision = None\n')
    for _ in range(2):
        with pytest.raises(DuplicateRevision):
            folder.read()


@pytest.mark.parametrize("content", [b"", b"nonsense", None, "other"])
def test_a_damaged_index_does_not_count(folder: Folder, content: bytes | str | None) -> None:
    first = folder.read()
    (kept,) = _kept(folder)
    whole = kept.read_bytes()
    if content is None:
        kept.write_bytes(whole[:-100])
    elif isinstance(content, str):
        at = len(whole) // 2
        kept.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    else:
        kept.write_bytes(content)
    assert _same(folder.read(), first)
    assert kept.read_bytes()[:100] == whole[:100]


def test_without_a_place_for_it_there_is_none(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on a file system that cannot be written to; root may write anywhere else.
    (folder.locations[0] / "__pycache__").write_text("a file")
    assert len(folder.read().revisions) == SIZE
    (folder.locations[0] / "__pycache__").unlink()
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert len(folder.read().revisions) == SIZE
    assert _kept(folder) == []


def test_a_small_folder_has_none(tmp_path: Path) -> None:
    small = Folder(tmp_path / "small")
    small.create()
    _write(small, 0)
    small.read()
    assert _kept(small) == []


def test_it_follows_the_folder_to_another_place(
    folder: Folder, reads: list[str], tmp_path: Path
) -> None:
    folder.read()
    reads.clear()
    (tmp_path / "migrations").rename(tmp_path / "moved")
    moved = Folder(tmp_path / "moved").read()
    assert reads == []
    assert moved.revisions["r003"].path == tmp_path / "moved" / "versions" / "003_step.py"


def test_many_writers_leave_one_whole_index(folder: Folder) -> None:
    first = folder.read()
    (kept,) = _kept(folder)
    failed: list[BaseException] = []

    def read_anew() -> None:
        try:
            for _ in range(5):
                kept.unlink(missing_ok=True)
                assert _same(folder.read(), first)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=read_anew) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    folder.read()
    assert _kept(folder) == [kept]
    assert [p.name for p in kept.parent.iterdir() if p.name.startswith("scripts-")] == [kept.name]

"""What was compiled is kept, and believed only of the very same source."""

from __future__ import annotations

import os
import shutil
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from flask_schemamigrate.history import bytecode

ONE, OTHER = b"answer = 1\n", b"answer = 2\n"


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "a1_first.py"
    path.write_bytes(ONE)
    return path


def place(path: Path) -> Path:
    return Path(cache_from_source(str(path)))


def answer(code: CodeType) -> Any:
    names: dict[str, Any] = {}
    exec(code, names)
    return names["answer"]


def test_the_same_source_is_compiled_once(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bytecode.code(str(script), ONE)
    monkeypatch.setattr(bytecode, "_compiled", lambda path, source: pytest.fail("compiled again"))
    second = bytecode.code(str(script), ONE)
    assert (answer(first), answer(second), second.co_filename) == (1, 1, str(script))


def test_another_source_of_the_same_size_and_time_is_compiled(script: Path) -> None:
    times = script.stat()
    bytecode.code(str(script), ONE)
    script.write_bytes(OTHER)
    os.utime(script, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert answer(bytecode.code(str(script), OTHER)) == 2
    assert answer(bytecode.code(str(script), OTHER)) == 2


@pytest.mark.parametrize("data", [b"", b"x", None], ids=["empty", "torn", "cut"])
def test_a_broken_cache_is_made_again(script: Path, data: bytes | None) -> None:
    bytecode.code(str(script), ONE)
    whole = place(script).read_bytes()
    place(script).write_bytes(whole[:-5] if data is None else data)
    assert answer(bytecode.code(str(script), ONE)) == 1
    assert place(script).read_bytes() == whole


def test_a_folder_that_moved_tells_where_it_is_now(script: Path, tmp_path: Path) -> None:
    bytecode.code(str(script), ONE)
    (tmp_path / "new").mkdir()
    moved = tmp_path / "new" / script.name
    shutil.move(script, moved)
    shutil.move(tmp_path / "__pycache__", tmp_path / "new")
    assert bytecode.code(str(moved), ONE).co_filename == str(moved)


def test_a_cache_that_python_made_itself_is_not_believed(script: Path) -> None:
    import py_compile

    py_compile.compile(str(script))
    assert answer(bytecode.code(str(script), OTHER)) == 2


def test_a_file_in_the_place_of_the_folder_hinders_nothing(script: Path) -> None:
    place(script).parent.write_text("")
    assert answer(bytecode.code(str(script), ONE)) == 1


def test_what_is_not_to_be_kept_leaves_nothing(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytecode.code(str(script), ONE, kept=False)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    bytecode.code(str(script), ONE)
    assert not place(script).parent.exists()


def test_source_that_is_none_is_an_error_as_ever(script: Path) -> None:
    with pytest.raises(SyntaxError):
        bytecode.code(str(script), b"def upgrade(:\n")

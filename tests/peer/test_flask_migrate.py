"""Flask-Migrate's own tests pass against this package, under an alias of its name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from . import sources

VERSION = "4.1.0"
#: What does not pass, with the reason.
LEFT: dict[str, str] = {}
#: All that there are, so that none gets lost.
NUMBER = 7


def test_flask_migrates_own_tests(tmp_path: Path, record_property: Callable[..., None]) -> None:
    try:
        source = sources.fetch("Flask-Migrate", VERSION)
    except sources.Unavailable as error:
        pytest.skip(str(error))
    shutil.copytree(source / "tests", tmp_path / "tests")
    paths = [str(sources.ALIASES), str(sources.ROOT), os.environ.get("PYTHONPATH", "")]
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join(programs),
        "PYTHONWARNINGS": "ignore",
    }
    pytest_ = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-q", "tests")
    done = subprocess.run(pytest_, cwd=tmp_path, env=environment, capture_output=True, text=True)
    found = re.findall(r"(?m)^(PASSED|FAILED|ERROR) (\S+)", done.stdout)
    results = {name: word for word, name in found}
    passed = sum(word == "PASSED" for word in results.values())
    print(f"Flask-Migrate {VERSION}: {passed} of {len(results)} tests pass, {len(LEFT)} are left.")
    record_property("flask_migrate", f"{passed} of {len(results)}")
    assert len(results) == NUMBER, done.stdout + done.stderr
    assert {name for name, word in results.items() if word != "PASSED"} == set(LEFT), done.stdout

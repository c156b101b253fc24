"""``alembic`` means our modules while a script runs, and what it meant before afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flask_schemamigrate.compat.names import alembic_names
from flask_schemamigrate.errors import UnknownName

#: Run in a process of its own, because what has been imported before makes a difference.
APP_MODULE = """
import sys
from flask_schemamigrate.compat.names import alembic_names

with alembic_names():
    from alembic import op
    import app_module
    assert op.__name__ == "flask_schemamigrate.op", op
    assert sys.modules["alembic.op"] is op
assert app_module.upgrade.__module__ == "alembic.command"
import alembic.command
assert alembic.command.upgrade is app_module.upgrade, "the real package was loaded twice"
assert alembic.__version__ and "flask_schemamigrate" not in alembic.__file__
"""


def test_script_finds_our_op_and_everybody_else_the_real_one() -> None:
    import alembic

    with alembic_names():
        from alembic import op

        assert op.__name__ == "flask_schemamigrate.op"
    assert sys.modules["alembic"] is alembic


def test_module_of_the_app_finds_the_real_alembic(tmp_path: Path) -> None:
    tmp_path.joinpath("app_module.py").write_text("from alembic.command import upgrade\n")
    done = subprocess.run(
        (sys.executable, "-c", APP_MODULE),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"},
    )
    assert done.returncode == 0, done.stderr


def test_module_that_nobody_has_is_named() -> None:
    with alembic_names(), pytest.raises(UnknownName, match=r"alembic\.opp.*'alembic\.op'"):
        import alembic.opp  # noqa: F401


def test_modules_are_back_after_an_error() -> None:
    before = {name: module for name, module in sys.modules.items() if name.startswith("alembic")}
    with pytest.raises(ZeroDivisionError), alembic_names():
        raise ZeroDivisionError
    after = {name: module for name, module in sys.modules.items() if name.startswith("alembic")}
    assert after == before

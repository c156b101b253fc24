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
    assert op.__name__ == "flask_schemamigrate.compat.alembic.op", op
    import alembic.op
    assert alembic.op is sys.modules["alembic.op"] is op
assert app_module.upgrade.__module__ == "flask_schemamigrate.compat.alembic.command"
import alembic.command
assert alembic.command.upgrade.__module__ == "alembic.command", "the real package is disturbed"
assert alembic.__version__ and "flask_schemamigrate" not in alembic.__file__
"""


def test_script_finds_our_op_and_everybody_else_the_real_one() -> None:
    import alembic

    with alembic_names():
        from alembic import op

        assert op.__name__ == "flask_schemamigrate.compat.alembic.op"
    assert sys.modules["alembic"] is alembic


def test_module_that_a_script_imports_finds_ours(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("from alembic import opp", "'op'"),
        ("from alembic.operatons import ops", "'alembic.operations"),
        ("from alembic.operations import op", "'ops'"),
        ("from alembic.op import add_colum", "'add_column'"),
    ],
)
def test_error_has_the_place_and_what_is_near(tmp_path: Path, line: str, near: str) -> None:
    script = tmp_path / "a1_script.py"
    script.write_text(f"\n{line}\n")
    with pytest.raises(UnknownName) as caught, alembic_names():
        exec(compile(script.read_text(), str(script), "exec"), {})
    assert caught.value.message.startswith(f"{script}:2 imports ")
    assert f"Did you mean {near}" in caught.value.message


def test_import_error_of_somebody_else_stays(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="'nothing' from 'json'"), alembic_names():
        from json import nothing  # type: ignore[attr-defined]  # noqa: F401


EACH = """
import sys
from flask_schemamigrate.compat.names import known_names

for name in known_names():
    if name.startswith(("alembic.ext", "alembic.context")):
        continue
    for loaded in [m for m in sys.modules if m.startswith("flask_schemamigrate.compat.alembic")]:
        del sys.modules[loaded]
    __import__("flask_schemamigrate.compat." + name)
"""


def test_every_module_can_be_the_first_that_is_imported() -> None:
    done = subprocess.run((sys.executable, "-c", EACH), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

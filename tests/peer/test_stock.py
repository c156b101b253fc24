"""Files of the peers that nobody changed are recognised, whatever their layout."""

from __future__ import annotations

from pathlib import Path

import alembic
import flask_migrate
import pytest

from flask_schemamigrate.compat import stock

LAYOUTS = {
    "flask": Path(flask_migrate.__file__).parent / "templates",
    "alembic": Path(alembic.__file__).parent / "templates",
}
FOUND = [
    (package, path)
    for package, folder in LAYOUTS.items()
    for path in sorted(folder.iterdir())
    if (path / "env.py").is_file()
]


@pytest.mark.parametrize(("package", "folder"), FOUND, ids=lambda value: Path(value).name)
def test_installed_files_are_known(package, folder):
    name = folder.name if package == "flask" else f"alembic-{folder.name}"
    same = {"alembic-pyproject": "alembic-generic", "alembic-pyproject_async": "alembic-async"}
    text = (folder / "env.py").read_text()
    assert stock.environment(text) == same.get(name, name)
    layout = "multidb" if "multidb" in folder.name else "generic"
    assert stock.template((folder / "script.py.mako").read_text()) == layout


def test_there_are_all_layouts():
    assert len(FOUND) == 9


def test_layout_comments_and_order_of_imports_do_not_matter():
    text = (LAYOUTS["flask"] / "flask" / "env.py").read_text()
    first = "from logging.config import fileConfig\n"
    moved = text.replace(first, "").replace("'alembic.env'", '"alembic.env"')
    assert stock.environment(f"# ours\n{first}{moved}\n") == "flask"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("context.run_migrations()", "context.run_migrations(x=1)"),
        ("literal_binds=True", "literal_binds=False"),
        ("**conf_args", "include_object=None, **conf_args"),
        ("def get_engine():", "import app\n\n\ndef get_engine():"),
    ],
)
def test_a_change_is_noticed(old, new):
    text = (LAYOUTS["flask"] / "flask" / "env.py").read_text()
    assert old in text
    assert stock.environment(text.replace(old, new)) is None
    assert stock.environment("def (") is None
    mako = (LAYOUTS["flask"] / "flask" / "script.py.mako").read_text()
    assert stock.template(mako + "\n# ours") is None

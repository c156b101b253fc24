"""The architecture, held by a test: sizes, docstrings, annotations, and what an import loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "flask_schemamigrate"
FILES = sorted(PACKAGE.rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_file_is_short_documented_and_annotated(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert source.count("\n") <= 400, "a file has at most 400 lines"
    assert ast.get_docstring(tree), "a module has a docstring"
    for node in ast.walk(tree):
        if isinstance(node, Function):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 50, f"{node.name} has {length} lines, at most 50 are allowed"
            assert node.returns is not None, f"{node.name} does not say what it returns"
    for node in _public(tree):
        assert ast.get_docstring(node), f"{node.name} has no docstring"


def _public(tree: ast.AST) -> list[ast.ClassDef | Function]:
    found: list[ast.ClassDef | Function] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            overloaded = any("overload" in ast.unparse(d) for d in node.decorator_list)
            if not overloaded:
                found.append(node)
            if isinstance(node, ast.ClassDef):
                found.extend(_public(node))
    return found


def test_dialect_folders_have_the_same_modules() -> None:
    common = {"__init__.py", "inspect.py", "canonical.py", "ddl.py", "lock.py"}
    for folder in (p.parent for p in (PACKAGE / "dialects").glob("*/__init__.py")):
        assert common <= {p.name for p in folder.iterdir()}, folder.name


def test_importing_the_extension_loads_no_engine() -> None:
    code = (
        "import flask, flask_sqlalchemy, sys; before = set(sys.modules); "
        "from flask_schemamigrate import SchemaMigrate; app = flask.Flask('x'); "
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'; "
        "db = flask_sqlalchemy.SQLAlchemy(app); SchemaMigrate(app, db); "
        "print(*sorted(m for m in set(sys.modules) - before if m.startswith('flask_schema')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    floors = {name.split(".")[1] for name in loaded if "." in name}
    assert not floors & {"run", "dialects", "diff", "source", "history", "operations", "op", "cli"}

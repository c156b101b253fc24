"""Files of old folders that nobody has changed: recognised, they need not be run or rendered.

Known are ``env.py`` and ``script.py.mako`` of every release of Flask-Migrate and of Alembic, and
those of ``flask db init --eject``, by a hash of what they say, whatever their layout.
"""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path
from typing import Literal

from .known import ENVIRONMENTS
from .known import TEMPLATES

Layout = Literal["generic", "multidb"]

#: Layouts whose ``env.py`` says nothing that is not known without running it.  The others open
#: asynchronous engines or, in Alembic's own, need names that only they have.
NATIVE = frozenset(
    {
        "flask",
        "flask-multidb",
        "alembic-generic",
        "alembic-multidb",
        "alembic-pyproject",
        "ours",
        "ours-multidb",
    }
)
#: Layouts whose ``env.py`` writes the SQL of each database into a file of its own.
WRITING = frozenset({"flask-multidb", "alembic-multidb"})


def environment(source: str) -> str | None:
    """Return which layout an ``env.py`` comes from, or None for one that was changed."""
    try:
        return ENVIRONMENTS.get(fingerprint(source))
    except SyntaxError:
        return None


def template(source: str) -> Layout | None:
    """Return which layout a ``script.py.mako`` comes from, or None for one that was changed."""
    return TEMPLATES.get(template_fingerprint(source))


def fingerprint(source: str) -> str:
    """Return a hash of a module's code: comments, docstrings, layout and order of imports aside."""
    tree = ast.parse(source)
    imports: set[str] = set()
    rest: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            imports |= {f"import {alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports |= {f"from {node.module} import {alias.name}" for alias in node.names}
        else:
            rest.append(node)
    for inner in ast.walk(tree):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner.body = [one for one in inner.body if not _is_text(one)] or inner.body
            inner.returns = None
            for argument in inner.args.args:
                argument.annotation = None
    code = [ast.unparse(node) for node in rest if not _is_text(node)]
    return _hash("\n".join([*sorted(imports), *code]))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def template_fingerprint(source: str) -> str:
    """Return a hash of a template: comments, empty lines and spaces at the ends of lines aside."""
    lines = (line.rstrip() for line in source.lstrip("\ufeff").splitlines())
    return _hash("\n".join(line for line in lines if line and not re.match(r"\s*##", line)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(path: Path) -> str:
    """Return the text of a file; "" where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""

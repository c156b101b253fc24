"""Values of a script's header that other modules hold, such as ``(cli.CONTRACT_BRANCH,)``.

Only the import that binds the name is carried out, which the script does as well when it runs; the
script itself is not.  An index keeps what was read until the script changes.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from ..errors import BrokenScript
from .reader import Names


def is_borrowed(node: ast.expr) -> bool:
    """Whether a value is made of names, their attributes and constants alone."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(is_borrowed, node.elts))
    if isinstance(node, ast.Attribute):
        return is_borrowed(node.value)
    return isinstance(node, (ast.Name, ast.Constant))


def value(node: ast.expr, tree: ast.Module, path: Path, names: Names) -> Any:
    """Return the value of a header's expression, for which :func:`is_borrowed` holds.

    ``names`` lets ``alembic`` be found.  Raises ValueError where no import binds a name of it, and
    BrokenScript where that import fails.
    """
    wanted = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    known: dict[str, Any] = {}
    with names():
        for each in tree.body:
            if isinstance(each, (ast.Import, ast.ImportFrom)) and wanted & _bound(each):
                _run(each, path, known)
    missing = sorted(wanted - known.keys())
    if missing:
        raise ValueError(f"no import binds {', '.join(missing)}")
    expression = ast.Expression(node)
    try:
        found = eval(compile(expression, str(path), "eval"), known)
    except AttributeError as error:
        raise BrokenScript(f"{path}:{node.lineno}: {error}.") from error
    return tuple(found) if isinstance(found, (list, set)) else found


def _bound(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {alias.asname or alias.name.partition(".")[0] for alias in node.names}


def _run(node: ast.stmt, path: Path, known: dict[str, Any]) -> None:
    try:
        exec(compile(ast.Module([node], []), str(path), "exec"), known)
    except Exception as error:
        raise BrokenScript(
            f"{path}:{node.lineno}: {ast.unparse(node)} fails, which its header needs: "
            f"{type(error).__name__}: {error}",
            hint="Install what it imports, or write the value itself into the script.",
        ) from error

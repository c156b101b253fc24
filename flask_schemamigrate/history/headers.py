"""Reading what a script says about itself, without running it.

Only the top of a file is parsed, down to its first function or class, unless the identifiers are
further below.  Values are literals, names of constants assigned above them, or what modules hold
that the script imports.
"""

from __future__ import annotations

import ast
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import BrokenScript
from . import imported
from .reader import Names
from .revision import Revision
from .scanning import scan

_BODY = re.compile(r"^(?:def|class|async\s+def)\s|^@", re.MULTILINE)
_FIELDS = ("revision", "down_revision", "depends_on", "branch_labels")
_FIELD_BELOW = re.compile(rf"^(?:{'|'.join(_FIELDS)})\s*[:=]", re.MULTILINE)
_CREATED = re.compile(r"^Create Date:\s*(.+?)\s*$", re.MULTILINE)
#: A declaration of an encoding is on one of the first two lines.
_DECLARED = re.compile(rb"[^\n]*(?:\n[^\n]*)?coding")
_SHOWN = 100
#: Characters that no terminal, comment or database should be given.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LEGACY_NAME = re.compile(r"[a-f0-9]+")


def read(path: Path, names: Names = nullcontext) -> Revision | None:
    """Return what the script at ``path`` says of itself; None for a file that is no script.

    A file is a script when it assigns ``revision`` or defines ``upgrade``; others are helpers that
    scripts import.  ``names`` is entered around an import that its header needs.  Raises
    BrokenScript, which names the file and the line.
    """
    source = _text(path)
    body = _BODY.search(source)
    if body is not None and not _FIELD_BELOW.search(source, body.start()):
        scanned = scan(source[: body.start()])
        if scanned is not None and isinstance(scanned[0]["revision"], str):
            values, doc = scanned
            return _revision(path, values["revision"], values, doc)
    return _parsed(source, path, names)


def _parsed(source: str, path: Path, names: Names) -> Revision | None:
    try:
        tree = _top(source, path)
        values = _assigned(tree, path, names)
        if "revision" not in values:
            tree = ast.parse(source, str(path))
            values = _assigned(tree, path, names)
    except SyntaxError as error:
        raise broken(path, error) from error
    except ValueError as error:  # A null byte.
        raise BrokenScript(f"{path} cannot be read: {error}.", hint=_HINT) from error
    id_ = values.get("revision")
    if id_ is None:
        return _legacy(path, tree, values)
    return _revision(path, id_, values, ast.get_docstring(tree) or "")


def _revision(path: Path, id_: Any, values: dict[str, Any], doc: str) -> Revision:
    if not isinstance(id_, str) or not id_:
        raise BrokenScript(f"{path}: revision must be a string, not {id_!r}.", hint=_HINT)
    return described(path, id_, values, doc)


def _top(source: str, path: Path) -> ast.Module:
    """Parse a file down to its first function or class, so that a mistake below hinders nobody."""
    body = _BODY.search(source)
    if body is not None and not _FIELD_BELOW.search(source, body.start()):
        try:
            return ast.parse(source[: body.start()], str(path))
        except SyntaxError:
            pass  # What looked like a function was a line of a docstring, or the top is broken.
    return ast.parse(source, str(path))


_HINT = "Correct the file, or move it out of the versions folder."


def broken(path: Path, error: SyntaxError) -> BrokenScript:
    """Return the error for a file that is not Python."""
    line = (error.text or "").strip()[:_SHOWN]
    where = f"{path}:{error.lineno}" if error.lineno else f"{path}"
    return BrokenScript(
        f"{where} is not valid Python: {error.msg}" + (f"\n  {line}" if line else ""),
        hint=_HINT,
    )


def _text(path: Path) -> str:
    try:
        with open(path, "rb", 0) as file:
            data = file.read()
        if not data.startswith(BOM_UTF8) and not _DECLARED.match(data):
            return data.decode().replace("\r\n", "\n").replace("\r", "\n")
        import tokenize
        from io import BytesIO

        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except (UnicodeDecodeError, SyntaxError, LookupError) as error:
        raise BrokenScript(f"{path} is not text in UTF-8: {error}.", hint=_HINT) from error
    except OSError as error:
        raise BrokenScript(f"{path} cannot be read: {error.strerror}.", hint=_HINT) from error


def _assigned(tree: ast.Module, path: Path, names: Names) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                _remember(constants, target.id, value, partial(_borrowed, tree, path, names))
    return constants


def _remember(
    constants: dict[str, Any], name: str, value: ast.expr, borrowed: Callable[[str, ast.expr], Any]
) -> None:
    try:
        constants[name] = _literal(value, constants)
    except ValueError:
        constants.pop(name, None)
        if name in _FIELDS:
            constants[name] = borrowed(name, value)


def _borrowed(tree: ast.Module, path: Path, names: Names, name: str, value: ast.expr) -> Any:
    try:
        if imported.is_borrowed(value):
            return imported.value(value, tree, path, names)
    except ValueError:
        pass
    raise BrokenScript(
        f"{path}:{value.lineno}: {name} is not a plain value: {ast.unparse(value)}",
        hint="Write the identifier itself: it is read without running the script.",
    )


def _literal(node: ast.expr, constants: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return tuple(_literal(element, constants) for element in node.elts)
    return ast.literal_eval(node)


def _legacy(path: Path, tree: ast.Module, values: dict[str, Any]) -> Revision | None:
    """Return the revision of a file without ``revision``, as in the first histories ever written:
    its whole name is the id, in hexadecimal; None for a helper module."""
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if "upgrade" not in functions:
        return None
    if not _LEGACY_NAME.fullmatch(path.stem):
        raise BrokenScript(
            f"{path} defines upgrade() but does not say which revision it is.",
            hint='Add revision = "…" and down_revision = "…" at its top.',
        )
    return described(path, path.stem, values, ast.get_docstring(tree) or "")


def described(path: Path, id_: str, values: dict[str, Any], doc: str) -> Revision:
    """Return the revision that a script's assigned ``values`` and its docstring describe."""
    if _UNPRINTABLE.search(id_):
        raise BrokenScript(
            f"{path}: revision must have no control characters in it, as {id_!r} does.",
            hint=_HINT,
        )
    doc = _printable(doc)
    created = _CREATED.search(doc)
    message = " ".join(re.split(r"\n\s*\n", doc, maxsplit=1)[0].split())
    return Revision(
        id_,
        _names(values.get("down_revision"), "down_revision", path),
        _names(values.get("depends_on"), "depends_on", path),
        _names(values.get("branch_labels"), "branch_labels", path),
        message,
        doc,
        path,
        created[1] if created else None,
    )


def _printable(text: str) -> str:
    """Return a docstring with its control characters written as escapes, such as ``\\x1b``."""
    return _UNPRINTABLE.sub(lambda c: c[0] if c[0] in "\n\t" else ascii(c[0])[1:-1], text)


def _names(value: Any, field: str, path: Path) -> tuple[str, ...]:
    if value is None:
        return ()
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
        raise BrokenScript(
            f"{path}: {field} must be None, a string or a tuple of strings, not {value!r}.",
            hint=_HINT,
        )
    return tuple(dict.fromkeys(names))

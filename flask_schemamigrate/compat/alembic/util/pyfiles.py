"""Python files that are run, and files that are written from templates."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from .exc import CommandError


def template_to_file(
    template_file: str | Path,
    dest: str | Path,
    output_encoding: str,
    *,
    append_with_newlines: bool = False,
    **kw: Any,
) -> None:
    """Render a Mako template into a file.

    Raises CommandError where Mako is not installed, and with Mako's own words where it fails.
    """
    try:
        from mako import exceptions  # type: ignore[import-untyped,unused-ignore]
        from mako.template import Template  # type: ignore[import-untyped,unused-ignore]
    except ModuleNotFoundError as error:
        raise CommandError(
            f"{template_file} is a Mako template, and Mako is not installed.",
            hint="pip install 'Flask-SchemaMigrate[mako]'",
        ) from error
    template = Template(filename=str(template_file))
    try:
        output = template.render_unicode(**kw).encode(output_encoding)
    except Exception as error:
        text = exceptions.text_error_template().render_unicode()
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", delete=False) as log:
            log.write(text)
        raise CommandError(
            f"Template rendering failed; see {log.name} for a template-oriented traceback."
        ) from error
    with Path(dest).open("ab" if append_with_newlines else "wb") as file:
        if append_with_newlines:
            file.write(b"\n\n")
        file.write(output)


def pyc_file_from_path(path: str | Path) -> Path | None:
    """Return the compiled file of a source file, wherever it lies; None where there is none."""
    path = Path(path)
    candidate = Path(importlib.util.cache_from_source(str(path)))
    if candidate.exists():
        return candidate
    # A name without the tag of this Python, or an optimised one.
    for found in sorted(path.parent.glob(f"__pycache__/{path.stem}.*.pyc")):
        return found
    for extension in importlib.machinery.BYTECODE_SUFFIXES:
        beside = path.with_suffix(extension)
        if beside.exists():
            return beside
    return None


def load_python_file(directory: str | Path, filename: str | Path) -> ModuleType:
    """Run a file of Python in a fresh module, its compiled form where there is no source.

    Raises ImportError where there is neither.
    """
    path = Path(directory) / filename
    module_id = re.sub(r"\W", "_", str(path.name))
    if path.suffix == ".py" and not path.exists():
        compiled = pyc_file_from_path(path)
        if compiled is None:
            raise ImportError(f"Can't find Python file {path}")
        return load_module_py(module_id, compiled)
    return load_module_py(module_id, path)


def load_module_py(module_id: str, path: str | Path) -> ModuleType:
    """Run a source or compiled file in a module that is not put into ``sys.modules``."""
    spec = importlib.util.spec_from_file_location(module_id, str(path))
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file says."""
    from . import compat

    with path.open("rb") as file:
        found: dict[str, Any] = compat.__getattr__("tomllib").load(file)
    return found

"""One script of the folder: a revision with its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import util
from .node import Revision

#: ``rev_slug.py``, also compiled; what an editor leaves beside them is none.
_FILE = re.compile(r"(?!\.\#|__init__)(.*\.py)$")
_SOURCELESS = re.compile(r"(?!\.\#|__init__)(.*\.py)(c|o)?$")
_LEGACY_ID = re.compile(r"([a-f0-9]+)\.py$")


class Script(Revision):
    """A revision with its module and path."""

    _db_current_indicator: bool | None = None

    def __init__(self, module: Any, rev_id: str, path: Any) -> None:
        self.module = module
        self.path = str(path)
        super().__init__(
            rev_id,
            module.down_revision,
            branch_labels=util.to_tuple(getattr(module, "branch_labels", None), default=()),
            dependencies=util.to_tuple(getattr(module, "depends_on", None), default=()),
        )

    @property
    def _script_path(self) -> Path:
        return Path(self.path)

    # --- what it says ----------------------------------------------------------------------------

    @property
    def doc(self) -> str:
        """The docstring up to its first empty line."""
        return re.split("\n\n", self.longdoc)[0]

    @property
    def longdoc(self) -> str:
        """The whole docstring."""
        text = self.module.__doc__
        if not text:
            return ""
        if hasattr(self.module, "_alembic_source_encoding"):
            text = text.decode(self.module._alembic_source_encoding)
        return str(text.strip())

    @property
    def log_entry(self) -> str:
        """All of it, as ``history -v`` prints it."""
        words = [
            self.revision,
            " (head)" * self.is_head,
            " (branchpoint)" * self.is_branch_point,
            " (mergepoint)" * self.is_merge_point,
            " (current)" * bool(self._db_current_indicator),
        ]
        entry = f"Rev: {''.join(words)}\n"
        if self.is_merge_point:
            entry += f"Merges: {self._format_down_revision()}\n"
        else:
            entry += f"Parent: {self._format_down_revision()}\n"
        if self.dependencies:
            entry += f"Also depends on: {util.format_as_comma(self.dependencies)}\n"
        if self.is_branch_point:
            entry += f"Branches into: {util.format_as_comma(self.nextrev)}\n"
        if self.branch_labels:
            entry += f"Branch names: {util.format_as_comma(self.branch_labels)}\n"
        indented = "\n".join(f"    {line}" for line in self.longdoc.splitlines())
        return f"{entry}Path: {self.path}\n\n{indented}\n"

    def __str__(self) -> str:
        return (
            f"{self._format_down_revision()} -> {self.revision}{' (head)' * self.is_head}"
            f"{' (branchpoint)' * self.is_branch_point}{' (mergepoint)' * self.is_merge_point}, "
            f"{self.doc}"
        )

    def _head_only(
        self,
        include_branches: bool = False,
        include_doc: bool = False,
        include_parents: bool = False,
        tree_indicators: bool = True,
        head_indicators: bool = True,
    ) -> str:
        text = self.revision
        if include_parents:
            needs = f" ({util.format_as_comma(self.dependencies)})" if self.dependencies else ""
            text = f"{self._format_down_revision()}{needs} -> {text}"
        if include_branches and self.branch_labels:
            text += f" ({util.format_as_comma(self.branch_labels)})"
        if head_indicators or tree_indicators:
            text += " (head)" * self._is_real_head
            text += " (effective head)" * (self.is_head and not self._is_real_head)
            text += " (current)" * bool(self._db_current_indicator)
        if tree_indicators:
            text += " (branchpoint)" * self.is_branch_point
            text += " (mergepoint)" * self.is_merge_point
        return f"{text}, {self.doc}" if include_doc else text

    def cmd_format(
        self,
        verbose: bool,
        include_branches: bool = False,
        include_doc: bool = False,
        include_parents: bool = False,
        tree_indicators: bool = True,
    ) -> str:
        """Return what a command prints for it."""
        if verbose:
            return self.log_entry
        return self._head_only(include_branches, include_doc, include_parents, tree_indicators)

    def _format_down_revision(self) -> str:
        if not self.down_revision:
            return "<base>"
        return util.format_as_comma(self._versioned_down_revisions)

    # --- reading ---------------------------------------------------------------------------------

    @classmethod
    def _from_path(cls, scriptdir: Any, path: Any) -> Script | None:
        """Load a script; None for a file that is none."""
        path = Path(path)
        name = path.name
        found = (_SOURCELESS if scriptdir.sourceless else _FILE).match(name)
        if found is None:
            return None
        if scriptdir.sourceless and name[-1] in "co":
            source = path.with_suffix(".py")
            if path.parent.name == "__pycache__":
                source = path.parent.parent / found[1]
            if source.exists():
                return None
        module = util.load_python_file(path.parent, name)
        if not hasattr(module, "revision"):
            legacy = _LEGACY_ID.match(name)
            if legacy is None:
                raise util.CommandError(
                    f"Could not determine revision id from filename {name}. Be sure the 'revision' "
                    "variable is declared inside the script."
                )
            revision = legacy[1]
        else:
            revision = module.revision
        return cls(module, revision, path)

    @classmethod
    def _list_py_dir(cls, scriptdir: Any, path: Path) -> Iterator[Path]:
        """Yield the files of a folder that may be scripts, each one once."""
        if not path.is_dir():
            return
        folders = [path]
        if scriptdir.recursive_version_locations:
            folders += sorted(p for p in path.rglob("*") if p.is_dir() and p.name != "__pycache__")
        for folder in folders:
            names = sorted(p.name for p in folder.iterdir() if p.is_file())
            yield from (folder / name for name in names if not name.startswith("."))
            compiled = folder / "__pycache__"
            if scriptdir.sourceless and compiled.is_dir():
                known = {name.split(".")[0] for name in names}
                for cached in sorted(compiled.iterdir()):
                    if cached.name.split(".")[0] not in known:
                        yield cached

"""Writing one new script from ``script.py.mako``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .. import util
from . import write_hooks
from .revision import RevisionError
from .scripts import Script


class Generating:
    """A new script: where it goes, what it follows, what its template is given."""

    def __init__(self, folder: Any, revid: str, message: str | None, arguments: Any) -> None:
        self.folder = folder
        self.revid = revid
        self.message = message
        self.arguments = arguments

    def run(
        self, head: Any, splice: bool, branch_labels: Any, version_path: Any, depends_on: Any
    ) -> Script | None:
        """Write the script, run the hooks, add it to the history and return it.

        Raises CommandError.
        """
        folder = self.folder
        try:
            Script.verify_rev_id(self.revid)
        except RevisionError as error:
            raise util.CommandError(error.args[0]) from error
        with folder._catch_revision_errors(
            multiple_heads=(
                "Multiple heads are present; please specify the head revision on which the new "
                "revision should be based, or perform a merge."
            )
        ):
            heads = folder.revision_map.get_revisions(head)
            if head == "heads" or head == "head":
                folder.revision_map.get_current_head() if head == "head" else None
            if len(set(heads)) != len(heads):
                raise util.CommandError("Duplicate head revisions specified")
        created = folder._generate_create_date()
        location = self._location(heads, version_path)
        path = folder._rev_path(location, self.revid, self.message, created)
        if not splice:
            self._refuse_inner(heads)
        needs = self._dependencies(depends_on)
        self._write(path, created, heads, branch_labels, needs)
        if folder.hooks:
            write_hooks._run_hooks(path, folder.hooks)
        return self._read(path, branch_labels)

    def _location(self, heads: Any, version_path: Any) -> Path:
        folder = self.folder
        if version_path is None:
            if len(folder._version_locations) == 1:
                return folder._version_locations[0]  # type: ignore[no-any-return]
            for head in heads:
                if head is not None:
                    return Path(head.path).parent
            raise util.CommandError(
                "Multiple version locations present, please specify --version-path"
            )
        wanted = Path(version_path).absolute()
        known = [location.absolute() for location in folder._version_locations]
        if not any(_same(wanted, location) for location in known):
            raise util.CommandError(
                f"Path {os.path.normpath(version_path)} is not represented in current version "
                "locations"
            )
        return wanted

    def _refuse_inner(self, heads: Any) -> None:
        for head in heads:
            if head is not None and not head.is_head:
                raise util.CommandError(
                    f"Revision {head.revision} is not a head revision; please specify --splice to "
                    "create a new branch from this revision"
                )

    def _dependencies(self, depends_on: Any) -> Any:
        if not depends_on:
            return None
        found = []
        for name in util.to_list(depends_on):
            revision = self.folder.get_revision(name)
            # A label stays one; part of an id becomes the whole of it.
            found.append(name if name in revision.branch_labels else revision.revision)
        return found

    def _write(self, path: Path, created: Any, heads: Any, branch_labels: Any, needs: Any) -> None:
        folder = self.folder
        folder._ensure_directory(path.parent)
        parents = tuple(head.revision if head is not None else None for head in heads)
        folder._generate_template(
            Path(folder.dir, "script.py.mako"),
            path,
            up_revision=str(self.revid),
            down_revision=util.to_tuple(_one_or_all(parents)) and _one_or_all(parents),
            branch_labels=util.to_tuple(branch_labels),
            depends_on=_one_or_all(tuple(needs)) if needs else None,
            create_date=created,
            comma=util.format_as_comma,
            message=self.message if self.message is not None else "empty message",
            **self.arguments,
        )

    def _read(self, path: Path, branch_labels: Any) -> Script | None:
        script = Script._from_path(self.folder, path)
        if script is None:
            return None
        if branch_labels and not script.branch_labels:
            raise util.CommandError(
                f"Version {script.revision} specified branch_labels "
                f"{util.format_as_comma(branch_labels)}, however the migration file {path} does "
                "not have them; have you upgraded your script.py.mako to include the "
                "'branch_labels' section?"
            )
        self.folder.revision_map.add_revision(script)
        return script


def _same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()


def _one_or_all(values: tuple[Any, ...]) -> Any:
    given = tuple(value for value in values if value is not None)
    if not given:
        return None
    return given[0] if len(given) == 1 else given

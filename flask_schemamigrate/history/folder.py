"""The migrations folder on disk: reading, loading and writing scripts."""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from datetime import timezone
from pathlib import Path
from types import ModuleType

from ..errors import BrokenScript
from ..errors import DuplicateRevision
from ..errors import FolderMissing
from ..errors import FolderNotEmpty
from ..errors import FolderNotWritable
from ..errors import InvalidRevisionId
from ..errors import InvalidTarget
from ..errors import ScriptFailed
from . import headers
from .graph import Graph
from .revision import Revision

#: Files sort by date; everything is in UTC unless a time zone is set.
FILE_TEMPLATE = "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s"
README = """\
Migrations of this app's database, made and run by Flask-SchemaMigrate.

    flask db migrate     write a script for what has changed in the models
    flask db upgrade     run the scripts that the database has not seen yet
    flask db history     list them

Commit the scripts in versions/ together with the models that they belong to.
"""


@dataclass(frozen=True, slots=True)
class Folder:
    """A migrations folder and how file names are made in it.

    ``version_locations`` defaults to ``directory/versions``.
    """

    directory: Path
    version_locations: tuple[Path, ...] = ()
    recursive: bool = False
    file_template: str = FILE_TEMPLATE
    truncate_slug_length: int = 40
    timezone: str | None = "UTC"

    @property
    def locations(self) -> tuple[Path, ...]:
        """Where scripts are."""
        return self.version_locations or (self.directory / "versions",)

    # --- reading -------------------------------------------------------------------------------

    def read(self) -> Graph:
        """Read the headers of all scripts.

        Raises FolderMissing and whatever ``headers.read`` and ``Graph.build`` raise.
        """
        if not self.directory.is_dir():
            raise self._missing(f"There is no folder {self.directory.absolute()}.")
        if not any(location.is_dir() for location in self.locations):
            tried = ", ".join(str(location.absolute()) for location in self.locations)
            raise self._missing(f"{self.directory.absolute()} has no versions: {tried} is missing.")
        found = (headers.read(path) for path in self._scripts())
        return Graph.build(revision for revision in found if revision is not None)

    def _missing(self, message: str) -> FolderMissing:
        near = [p for p in Path.cwd().glob("*/versions") if p.is_dir()]
        near += [p for p in Path.cwd().glob("*/migrations/versions") if p.is_dir()]
        hint = "Make one: flask db init\nOr name yours: flask db --directory … (FLASK_DB_DIRECTORY)"
        if near:
            hint = f"Did you mean this one? flask db --directory {near[0].parent}\n{hint}"
        return FolderMissing(message, hint=hint)

    def _scripts(self) -> Iterator[Path]:
        seen: set[str] = set()
        for location in self.locations:
            for path in sorted(self._files(location)):
                real = os.path.realpath(path)
                if real not in seen:
                    seen.add(real)
                    yield path

    def _files(self, location: Path) -> Iterator[Path]:
        if not location.is_dir():
            return
        if not self.recursive:
            with os.scandir(location) as entries:
                yield from (Path(e.path) for e in entries if _is_script(e.name))
            return
        for parent, folders, files in os.walk(location):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            yield from (Path(parent, name) for name in files if _is_script(name))

    def load(self, revision: Revision) -> ModuleType:
        """Run a script's top level in a fresh module, which is not put into ``sys.modules``.

        Raises BrokenScript for a syntax error and ScriptFailed for an exception at the top level.
        """
        path = revision.path
        assert path is not None
        module = ModuleType(re.sub(r"\W", "_", path.stem))
        module.__file__ = str(path)
        try:
            code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except SyntaxError as error:
            raise headers.broken(path, error) from error
        except (OSError, ValueError) as error:
            raise BrokenScript(f"{path} cannot be read: {error}.") from error
        exec(code, vars(module))
        return module

    # --- writing -------------------------------------------------------------------------------

    def create(self, package: bool = False) -> tuple[Path, ...]:
        """Make the folder, ``versions/`` and a README; return what was made.

        Raises FolderNotEmpty where something is there already and FolderNotWritable.
        """
        if self.directory.is_dir() and any(self.directory.iterdir()):
            is_ours = any(location.is_dir() for location in self.locations)
            what = "already is a migrations folder" if is_ours else "has other files in it"
            raise FolderNotEmpty(
                f"{self.directory.absolute()} {what}.",
                hint="Go on with: flask db migrate"
                if is_ours
                else "Choose another folder: flask db init --directory …",
            )
        made: list[Path] = []
        try:
            for folder in (self.directory, *self.locations):
                folder.mkdir(parents=True, exist_ok=True)
                made.append(folder)
                if package:
                    (folder / "__init__.py").touch()
                    made.append(folder / "__init__.py")
            readme = self.directory / "README"
            readme.write_text(README, encoding="utf-8")
        except OSError as error:
            raise _not_writable(self.directory, error) from error
        return (*made, readme)

    def new_id(self, graph: Graph) -> str:
        """Return twelve random hexadecimal digits that no revision begins with."""
        while True:
            id_ = uuid.uuid4().hex[-12:]
            if id_ not in graph.revisions:
                return id_

    def check_id(self, id_: str, graph: Graph) -> str:
        """Return ``id_`` if a new revision may have it.

        Raises InvalidRevisionId and DuplicateRevision.
        """
        bad = sorted(set(re.findall(r"[@:+\-\s\"'\\/\x00-\x1f]", id_)))
        if bad or not 1 <= len(id_) <= 255:
            what = (
                f"has {' '.join(map(repr, bad))} in it" if bad else "must have 1 to 255 characters"
            )
            raise InvalidRevisionId(
                f"The revision id {id_[:60]!r} {what}.",
                hint="Use letters, digits and underscores: flask db revision --rev-id 2026_users",
            )
        if id_ in graph.revisions:
            raise DuplicateRevision(
                f"There already is a revision {id_}: {graph.revisions[id_].path}",
                hint="Choose another --rev-id, or leave it out.",
            )
        return id_

    def now(self) -> datetime:
        """Return the present time in the folder's time zone (None: local time)."""
        if self.timezone is None:
            return datetime.now().astimezone()
        if self.timezone.upper() == "UTC":
            return datetime.now(timezone.utc)
        from zoneinfo import ZoneInfo

        return datetime.now(ZoneInfo(self.timezone))

    def path_for(
        self, id_: str, message: str, created: datetime, location: Path | None = None
    ) -> Path:
        """Return the path of a new script."""
        names = {
            "rev": id_,
            "slug": slug(message, self.truncate_slug_length),
            "epoch": int(created.timestamp()),
            **{
                part: getattr(created, part)
                for part in ("year", "month", "day", "hour", "minute", "second")
            },
        }
        return (location or self.locations[0]) / (self.file_template % names + ".py")

    def location_for(self, graph: Graph, parents: tuple[str, ...], asked: str | None) -> Path:
        """Return the folder for a new script: the asked one, its parent's, or the only one.

        Raises InvalidTarget where that leaves several, or the asked one is none of them.
        """
        if asked is not None:
            for location in self.locations:
                if Path(asked).resolve() == location.resolve():
                    return location
            known = ", ".join(map(str, self.locations))
            raise InvalidTarget(
                f"{asked} is none of the version locations.", hint=f"These: {known}"
            )
        for parent in parents:
            path = graph.revisions[parent].path
            if path is not None:
                return path.parent
        if len(self.locations) > 1:
            raise InvalidTarget(
                "There are several version locations, and the new revision has no parent.",
                hint="Name one: --version-path " + " or ".join(map(str, self.locations)),
            )
        return self.locations[0]

    def write(self, path: Path, text: str) -> Path:
        """Write a new script as a whole, or not at all; an existing file is never overwritten.

        Raises FolderNotWritable and DuplicateRevision.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.chmod(name, 0o666 & ~_umask())
                os.link(name, path)  # Unlike rename, this fails where the file exists.
            finally:
                os.unlink(name)
        except FileExistsError as error:
            raise DuplicateRevision(f"{path} exists already.", hint="Choose another -m.") from error
        except OSError as error:
            raise _not_writable(path.parent, error) from error
        return path


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _not_writable(folder: Path, error: OSError) -> FolderNotWritable:
    return FolderNotWritable(
        f"Cannot write into {folder.absolute()}: {error.strerror}.",
        hint="Check the folder's owner and permissions.",
    )


def _is_script(name: str) -> bool:
    return name.endswith(".py") and not name.startswith((".", "__init__", "#"))


def slug(message: str, limit: int = 40) -> str:
    """Return the words of a message joined by ``_``, lower case, at most ``limit`` characters."""
    words = "_".join(re.findall(r"\w+", message)).lower()
    if len(words) <= limit:
        return words
    cut = words[:limit].rsplit("_", 1)[0]
    return f"{cut}_"


def failed_at_import(path: Path, error: Exception) -> ScriptFailed:
    """Return the error for a script whose top level raised."""
    return ScriptFailed(f"{path} cannot be loaded: {type(error).__name__}: {error}")

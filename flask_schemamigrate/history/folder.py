"""The migrations folder on disk: reading, loading and writing scripts."""

from __future__ import annotations

import errno
import itertools
import os
import re
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from datetime import timezone
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from ..errors import BrokenScript
from ..errors import DuplicateRevision
from ..errors import FolderMissing
from ..errors import FolderNotEmpty
from ..errors import FolderNotWritable
from ..errors import InvalidRevisionId
from ..errors import InvalidSetting
from ..errors import InvalidTarget
from ..settings import Settings
from . import bytecode
from . import index
from . import listing
from . import reached
from .graph import Graph
from .reader import Names
from .reader import reader
from .revision import Revision

#: Files sort by date; everything is in UTC unless a time zone is set.
FILE_TEMPLATE = "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s"
#: Words that stand for revisions, and so cannot be ids or labels.
WORDS = frozenset({"base", "current", "head", "heads"})
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

    ``version_locations`` defaults to ``directory/versions``.  ``sourceless``: compiled scripts
    count where there is no source.  ``encoding`` is that of new scripts.  ``root`` is where the
    app's code is, and perhaps the folder that somebody looks for from elsewhere.
    """

    directory: Path
    version_locations: tuple[Path, ...] = ()
    recursive: bool = False
    file_template: str = FILE_TEMPLATE
    truncate_slug_length: int = 40
    timezone: str | None = "UTC"
    sourceless: bool = False
    encoding: str = "utf-8"
    root: Path | None = None
    names: Names = nullcontext

    @classmethod
    def of(cls, settings: Settings) -> Folder:
        """Return the migrations folder of ``settings``."""
        return cls(
            settings.directory,
            settings.version_locations,
            settings.recursive_version_locations,
            file_template=settings.file_template or FILE_TEMPLATE,
            truncate_slug_length=settings.truncate_slug_length,
            timezone=settings.timezone,
            sourceless=settings.sourceless,
            encoding=settings.output_encoding,
            root=settings.root,
        )

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
        if not any(map(Path.is_dir, self.locations)) and not (self.directory / "env.py").is_file():
            tried = ", ".join(str(location.absolute()) for location in self.locations)
            raise FolderMissing(
                f"{self.directory.absolute()} has no scripts: there is no folder {tried}.",
                hint=f"Make it (git does not keep empty folders): mkdir {self.locations[0]}",
            )
        try:
            files = list(listing.files(self.locations, self.recursive, self.sourceless))
        except OSError as error:
            raise FolderMissing(
                f"{error.filename} cannot be read: {error.strerror}.",
                hint="Check the folder's owner and permissions.",
            ) from error
        base = self.locations[0]
        others = list(map(str, self.locations[1:]))
        place = index.place(base, (others, self.recursive, self.sourceless))
        return index.graph(place, base, files, reader(self.names))

    def _missing(self, message: str) -> FolderMissing:
        beside = (self.root, self.root.parent) if self.root is not None else ()
        near = [p for p in Path.cwd().glob("*/versions") if p.is_dir()]
        near += [p for p in Path.cwd().glob("*/migrations/versions") if p.is_dir()]
        near += [p for root in beside if (p := root / "migrations" / "versions").is_dir()]
        hint = "Make one: flask db init\nOr name yours: flask db --directory … (FLASK_DB_DIRECTORY)"
        if near:
            hint = f"Did you mean this one? flask db --directory {near[0].parent}\n{hint}"
        return FolderMissing(message, hint=hint)

    def load(self, revision: Revision) -> ModuleType:
        """Run a script's top level in a fresh module, which is not put into ``sys.modules``.

        Raises BrokenScript for a file that is not Python, and whatever the top level raises.
        """
        path = revision.path
        assert path is not None
        source, where = b"", str(path)
        module = ModuleType(re.sub(r"\W", "_", path.stem))
        module.__file__ = where
        module.__spec__ = ModuleSpec(module.__name__, None, origin=where)
        try:
            if path.suffix == ".pyc":
                from . import compiled

                code = compiled.code(path)
            else:
                source = path.read_bytes()
                code = bytecode.code(where, source, kept=not self.sourceless)
        except SyntaxError as error:
            from . import headers

            raise headers.broken(path, error) from error
        except (OSError, ValueError) as error:
            raise BrokenScript(f"{path} cannot be read: {error}.") from error
        try:
            try:
                exec(code, vars(module))
            except AttributeError:
                if not reached.imported(source, module):
                    raise
                exec(code, vars(module))
            reached.imported(source, module)
        except SystemExit as error:
            raise BrokenScript(
                f"{path} left with SystemExit({error.code!r}) while it was loaded.",
                hint="Take that out: the commands of a script belong in its functions.",
            ) from error
        return module

    # --- writing -------------------------------------------------------------------------------

    def create(self, package: bool = False) -> tuple[Path, ...]:
        """Make the folder, ``versions/`` and a README; return what was made.

        Raises FolderNotEmpty where something is there already and FolderNotWritable.
        """
        self._refuse_content()
        readme = self.directory / "README"
        made: list[Path] = []
        try:
            for folder in (self.directory, *self.locations):
                folder.mkdir(parents=True, exist_ok=True)
                made.append(folder)
                if package:
                    (folder / "__init__.py").touch()
                    made.append(folder / "__init__.py")
            if not readme.exists():
                readme.write_text(README, encoding="utf-8")
                made.append(readme)
        except OSError as error:
            raise _not_writable(self.directory, error) from error
        return tuple(made)

    def _refuse_content(self) -> None:
        # git keeps no empty folders: these are what it leaves of a migrations folder.
        ours = {"README", "__init__.py", "__pycache__"}
        if any(location.is_dir() for location in self.locations):
            raise FolderNotEmpty(
                f"{self.directory.absolute()} already is a migrations folder.",
                hint="Go on with: flask db migrate",
            )
        if self.directory.is_dir() and {p.name for p in self.directory.iterdir()} - ours:
            raise FolderNotEmpty(
                f"{self.directory.absolute()} has other files in it.",
                hint="Choose another folder: flask db --directory … init",
            )

    def add(self, path: Path, content: str | bytes) -> Path:
        """Write a file that is no script.  Raises FolderNotWritable."""
        data = content.encode() if isinstance(content, str) else content
        try:
            path.write_bytes(data)
        except OSError as error:
            raise _not_writable(path.parent, error) from error
        return path

    def remove(self, path: Path) -> Path:
        """Remove a file that is no script.  Raises FolderNotWritable."""
        try:
            path.unlink()
        except OSError as error:
            raise _not_writable(path.parent, error) from error
        return path

    def new_id(self, graph: Graph) -> str:
        """Return twelve random hexadecimal digits that no revision has."""
        import uuid

        return next(
            id_
            for id_ in (uuid.uuid4().hex[-12:] for _ in itertools.count())
            if id_ not in graph.revisions
        )

    def check_id(self, id_: str, graph: Graph) -> str:
        """Return ``id_`` if a new revision may have it.

        Raises InvalidRevisionId and DuplicateRevision.
        """
        what = ""
        if bad := unfit(id_) or {"/"} & set(id_):
            what = f"has {' '.join(map(repr, sorted(bad)))} in it"
        elif not 1 <= len(id_) <= 255:
            what = "must have 1 to 255 characters"
        elif id_ in WORDS or id_ in graph.labelled:
            what = "has another meaning already"
        if what:
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
        from zoneinfo import ZoneInfoNotFoundError

        for name in (self.timezone, self.timezone.upper()):
            try:
                return datetime.now(ZoneInfo(name))
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
        raise InvalidSetting(
            f"There is no time zone {self.timezone!r} on this machine.",
            hint="Name one such as Europe/Vienna, or UTC.  On Windows: pip install tzdata",
        )

    def path_for(
        self, id_: str, message: str, created: datetime, location: Path | None = None
    ) -> Path:
        """Return the path of a new script.  Raises InvalidSetting for a bad ``file_template``."""
        names = {
            "rev": id_,
            "slug": slug(message, self.truncate_slug_length),
            "epoch": int(created.timestamp()),
            **{
                part: getattr(created, part)
                for part in ("year", "month", "day", "hour", "minute", "second")
            },
        }
        try:
            name = self.file_template % names
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidSetting(
                f"The file_template {self.file_template!r} cannot be filled in: {error}.",
                hint=f"It may have {', '.join(f'%({word})s' for word in names)}; %% stands for %.",
            ) from error
        if "/" in name and not self.recursive:
            raise InvalidSetting(
                f"The file_template {self.file_template!r} puts scripts into folders, where they "
                "are not looked for.",
                hint="Set recursive_version_locations = true beside it.",
            )
        return (location or self.locations[0]) / f"{name}.py"

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
                above = path.resolve().parents
                around = (here for here in self.locations if here.resolve() in above)
                return next(around, path.parent)
        if len(self.locations) > 1:
            raise InvalidTarget(
                "There are several version locations, and the new revision has no parent.",
                hint="Name one: --version-path " + " or ".join(map(str, self.locations)),
            )
        return self.locations[0]

    def write(self, path: Path, text: str) -> Path:
        """Write a new script as a whole, or not at all; an existing file is never overwritten.

        Raises FolderNotWritable, DuplicateRevision, and InvalidSetting for a character that the
        encoding lacks.
        """
        temporary = path.parent / f".{os.urandom(16).hex()}.tmp"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("x", encoding=self.encoding, newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                taken = not _publish(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
        except UnicodeEncodeError as error:
            raise InvalidSetting(
                f"{path} was not written: it has {error.object[error.start]!r} in it, which cannot "
                f"be written in {self.encoding}.",
                hint='Leave it out, or set SCHEMAMIGRATE_OUTPUT_ENCODING = "utf-8".',
            ) from error
        except OSError as error:
            raise _not_writable(path.parent, error) from error
        if taken:
            raise DuplicateRevision(f"{path} exists already.", hint="Choose another -m.")
        return path


def unfit(name: str) -> set[str]:
    """Return the signs of a new id or label that symbols, shells and terminals stumble over."""
    return set(re.findall(r"[@:+\-\s\"'\\\x00-\x1f\x7f-\x9f\ud800-\udfff]", name))


def _publish(temporary: Path, path: Path) -> bool:
    """Give a complete file its name; return False where that name is taken."""
    try:
        os.link(temporary, path)  # Unlike a rename, this fails where the file exists.
    except FileExistsError:
        return False
    except OSError:  # A file system without hard links: FAT, some network drives.
        if path.exists():
            return False
        temporary.rename(path)
    return True


def _not_writable(folder: Path, error: OSError) -> FolderNotWritable:
    return FolderNotWritable(
        f"Cannot write into {folder.absolute()}: {error.strerror}.",
        hint="Use a shorter -m or --rev-id."
        if error.errno == errno.ENAMETOOLONG
        else "Check the folder's owner and permissions.",
    )


def slug(message: str, limit: int = 40) -> str:
    """Return the words of a message joined by ``_``, lower case, at most ``limit`` characters."""
    words = "_".join(re.findall(r"\w+", message)).lower()
    if len(words) <= limit:
        return words
    cut = words[:limit].rsplit("_", 1)[0]
    return f"{cut}_"

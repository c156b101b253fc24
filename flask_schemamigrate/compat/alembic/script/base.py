"""``alembic.script.base``: a folder of scripts."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.util import memoized_property

from .. import util
from ..runtime import migration
from .location import resolved
from .node import Revision as Revision
from .revision import MultipleHeads
from .revision import RangeNotAncestorError
from .revision import ResolutionError
from .revision import RevisionError
from .revision import RevisionMap
from .scripts import Script as Script

try:
    from zoneinfo import ZoneInfo
    from zoneinfo import ZoneInfoNotFoundError
except ImportError:
    ZoneInfo = None  # type: ignore[assignment,misc]

_default_file_template = "%(rev)s_%(slug)s"


class ScriptDirectory:
    """A folder with ``env.py``, ``script.py.mako`` and the scripts."""

    def __init__(
        self,
        dir: str | os.PathLike[str],
        file_template: str = _default_file_template,
        truncate_slug_length: int | None = 40,
        version_locations: Any = None,
        sourceless: bool = False,
        output_encoding: str = "utf-8",
        timezone: str | None = None,
        hooks: Any = (),
        recursive_version_locations: bool = False,
        messaging_opts: Mapping[str, Any] = {},
    ) -> None:
        self.dir = str(dir)
        self.file_template = file_template
        self.version_locations = version_locations
        self.truncate_slug_length = truncate_slug_length or 40
        self.sourceless = sourceless
        self.output_encoding = output_encoding
        self.revision_map = RevisionMap(self._load_revisions)
        self.timezone = timezone
        self.hooks = hooks
        self.recursive_version_locations = recursive_version_locations
        self.messaging_opts = messaging_opts
        if not os.access(dir, os.F_OK):
            raise util.CommandError(
                f"Path doesn't exist: {resolved(dir)}.  Please use the 'init' command to create a "
                "new scripts folder."
            )

    @classmethod
    def from_config(cls, config: Any) -> ScriptDirectory:
        """Return the folder that a ``Config`` names.  Raises CommandError where it names none."""
        location = config.get_alembic_option("script_location")
        if location is None:
            raise util.CommandError("No 'script_location' key found in configuration.")
        length = config.get_alembic_option("truncate_slug_length")
        prepended = config.get_prepend_sys_paths_list()
        if prepended:
            sys.path[:0] = prepended
        return cls(
            resolved(location),
            file_template=config.get_alembic_option("file_template", _default_file_template),
            truncate_slug_length=int(length) if length is not None else None,
            sourceless=config.get_alembic_boolean_option("sourceless"),
            output_encoding=config.get_alembic_option("output_encoding", "utf-8"),
            version_locations=config.get_version_locations_list(),
            timezone=config.get_alembic_option("timezone"),
            hooks=config.get_hooks_list(),
            recursive_version_locations=config.get_alembic_boolean_option(
                "recursive_version_locations"
            ),
            messaging_opts=config.messaging_opts,
        )

    # --- places ----------------------------------------------------------------------------------

    @property
    def versions(self) -> str:
        """The only folder of scripts.  Raises CommandError where there are several."""
        return str(self._singular_version_location)

    @memoized_property
    def _singular_version_location(self) -> Path:
        locations = self._version_locations
        if len(locations) > 1:
            raise util.CommandError("Multiple version_locations present")
        return locations[0]

    @memoized_property
    def _version_locations(self) -> list[Path]:
        if self.version_locations:
            return [resolved(location).absolute() for location in self.version_locations]
        return [Path(self.dir, "versions").absolute()]

    def _load_revisions(self) -> Iterator[Script]:
        seen: set[str] = set()
        for location in self._version_locations:
            for path in Script._list_py_dir(self, location):
                real = os.path.realpath(path)
                if real in seen:
                    util.warn(
                        f"File {real} loaded twice! ignoring. Please ensure version_locations "
                        "is unique."
                    )
                    continue
                seen.add(real)
                script = Script._from_path(self, real)
                if script is not None:
                    yield script

    @property
    def env_py_location(self) -> str:
        """The path of ``env.py``."""
        return str(Path(self.dir, "env.py").absolute())

    def run_env(self) -> None:
        """Run ``env.py``."""
        util.load_python_file(self.dir, "env.py")

    # --- revisions -------------------------------------------------------------------------------

    @contextmanager
    def _catch_revision_errors(
        self,
        ancestor: str | None = None,
        multiple_heads: str | None = None,
        start: Any = None,
        end: Any = None,
        resolution: str | None = None,
    ) -> Iterator[None]:
        """Turn errors of the history into those of commands."""
        try:
            yield
        except RangeNotAncestorError as error:
            upper = start if start is not None else error.lower
            lower = end if end is not None else error.upper
            if not ancestor:
                ancestor = (
                    "Requested range %(start)s:%(end)s does not refer to ancestor/descendant "
                    "revisions along the same branch"
                )
            raise util.CommandError(ancestor % {"start": upper, "end": lower}) from error
        except MultipleHeads as error:
            if not multiple_heads:
                multiple_heads = (
                    "Multiple head revisions are present for given argument '%(head_arg)s'; please "
                    "specify a specific target revision, '<branchname>@%(head_arg)s' to narrow to "
                    "a specific head, or 'heads' for all heads"
                )
            words = {"head_arg": end or error.argument, "heads": util.format_as_comma(error.heads)}
            raise util.CommandError(multiple_heads % words) from error
        except ResolutionError as error:
            if resolution is None:
                resolution = f"Can't locate revision identified by '{error.argument}'"
            raise util.CommandError(resolution) from error
        except RevisionError as error:
            raise util.CommandError(error.args[0]) from error

    def walk_revisions(self, base: str = "base", head: str = "heads") -> Iterator[Script]:
        """Yield the scripts of a range, the newest first."""
        with self._catch_revision_errors(start=base, end=head):
            yield from self.revision_map.iterate_revisions(
                head, base, inclusive=True, assert_relative_length=False
            )

    def get_revision(self, id_: str) -> Any:
        """Return the script of an identifier."""
        with self._catch_revision_errors():
            return self.revision_map.get_revision(id_)

    def get_revisions(self, id_: Any) -> tuple[Any, ...]:
        """Return the scripts of an identifier."""
        with self._catch_revision_errors():
            return self.revision_map.get_revisions(id_)

    def get_all_current(self, id_: Any) -> set[Any]:
        """Return the applied scripts that are tips of their branch."""
        from .walking import all_current

        with self._catch_revision_errors():
            return all_current(self.revision_map, id_)

    def as_revision_number(self, id_: Any) -> Any:
        """Return the id of an identifier, a tuple for ``heads``, None for the base."""
        with self._catch_revision_errors():
            found, _ = self.revision_map._resolve_revision_number(id_)
        if not found:
            return None
        return found if id_ == "heads" else found[0]

    def iterate_revisions(self, upper: Any, lower: Any, **kw: Any) -> Iterator[Any]:
        """Yield the scripts between two identifiers, the newest first."""
        return self.revision_map.iterate_revisions(upper, lower, **kw)

    def get_current_head(self) -> str | None:
        """Return the only head.  Raises CommandError where there are several."""
        with self._catch_revision_errors(
            multiple_heads=(
                "The script directory has multiple heads (due to branching).Please use "
                "get_heads(), or merge the branches using alembic merge."
            )
        ):
            return self.revision_map.get_current_head()

    def get_heads(self, consider_depends_on: bool = False) -> list[str]:
        """Return the heads, without those that others depend on where that is considered."""
        map_ = self.revision_map
        return list(map_._real_heads if consider_depends_on else map_.heads)

    def get_base(self) -> str | None:
        """Return the only base.  Raises CommandError where there are several."""
        bases = self.get_bases()
        if len(bases) > 1:
            raise util.CommandError(
                "The script directory has multiple bases. Please use get_bases()."
            )
        return bases[0] if bases else None

    def get_bases(self) -> list[str]:
        """Return the bases."""
        return list(self.revision_map.bases)

    def _upgrade_revs(self, destination: str, current_rev: Any) -> list[Any]:
        with self._catch_revision_errors(
            ancestor="Destination %(end)s is not a valid upgrade target from current head(s)",
            end=destination,
        ):
            scripts = self.iterate_revisions(destination, current_rev, implicit_base=True)
            return [
                migration.MigrationStep.upgrade_from_script(self.revision_map, script)
                for script in reversed(list(scripts))
            ]

    def _downgrade_revs(self, destination: str, current_rev: Any) -> list[Any]:
        with self._catch_revision_errors(
            ancestor="Destination %(end)s is not a valid downgrade target from current head(s)",
            end=destination,
        ):
            scripts = self.iterate_revisions(current_rev, destination, select_for_downgrade=True)
            return [
                migration.MigrationStep.downgrade_from_script(self.revision_map, script)
                for script in scripts
            ]

    def _stamp_revs(self, revision: Any, heads: Any) -> list[Any]:
        from .stamping import stamp_steps

        with self._catch_revision_errors(
            multiple_heads=("Multiple heads are present; please specify a single target revision")
        ):
            return stamp_steps(self.revision_map, revision, heads)

    # --- writing ---------------------------------------------------------------------------------

    def _generate_template(self, src: Path, dest: Path, **kw: Any) -> None:
        with util.status(f"Generating {dest.absolute()}", **self.messaging_opts):
            util.template_to_file(src, dest, self.output_encoding, **kw)

    def _copy_file(self, src: Path, dest: Path) -> None:
        with util.status(f"Generating {dest.absolute()}", **self.messaging_opts):
            shutil.copy(src, dest)

    def _ensure_directory(self, path: Path) -> None:
        path = path.absolute()
        if not path.exists():
            with util.status(f"Creating directory {path}", **self.messaging_opts):
                os.makedirs(path)

    def _generate_create_date(self) -> Any:
        if self.timezone is None:
            return datetime.datetime.now()
        if ZoneInfo is None:
            raise util.CommandError(
                "Python >= 3.9 is required for timezone support or the 'backports.zoneinfo' "
                "package must be installed."
            )
        for name in (self.timezone, self.timezone.upper()):
            try:
                zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
            return datetime.datetime.now(tz=datetime.timezone.utc).astimezone(zone)
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise util.CommandError(f"Can't locate timezone: {self.timezone}") from error

    def generate_revision(
        self,
        revid: str,
        message: str | None,
        head: Any = None,
        splice: bool = False,
        branch_labels: Any = None,
        version_path: Any = None,
        file_template: str | None = None,
        depends_on: Any = None,
        **kw: Any,
    ) -> Script | None:
        """Write a new script from ``script.py.mako`` and return it."""
        from .generating import Generating

        return Generating(self, revid, message, kw).run(
            "head" if head is None else head, splice, branch_labels, version_path, depends_on
        )

    def _rev_path(self, path: Any, rev_id: str, message: str | None, create_date: Any) -> Path:
        slug = "_".join(re.findall(r"\w+", message or "")).lower()
        if len(slug) > self.truncate_slug_length:
            slug = slug[: self.truncate_slug_length].rsplit("_", 1)[0] + "_"
        words = {
            "rev": rev_id,
            "slug": slug,
            "epoch": int(create_date.timestamp()),
            **{
                part: getattr(create_date, part)
                for part in ("year", "month", "day", "hour", "minute", "second")
            },
        }
        return Path(path).absolute() / f"{self.file_template % words}.py"

"""From the files of an old folder to settings: ``alembic.ini``, ``env.py``, ``script.py.mako``."""

from __future__ import annotations

import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterable
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import InvalidSetting
from ..settings import Inherited
from . import stock
from .alembic.config import Config


class FolderConfig(Config):
    """The ``Config`` of a migrations folder: ``template_directory`` has layouts of one's own."""

    def __init__(
        self, *arguments: Any, template_directory: str | None = None, **named: Any
    ) -> None:
        self.template_directory = template_directory
        super().__init__(*arguments, **named)

    def get_template_directory(self) -> str:
        """Return the folder of the layouts that ``init`` can write."""
        return self.template_directory or super().get_template_directory()


#: What the peers call a script where nothing else is set.
FILE_TEMPLATE = "%(rev)s_%(slug)s"
#: Files that only the peers put into a migrations folder.
FILES = ("alembic.ini", "env.py", "script.py.mako")
#: What stands in a new ``alembic.ini`` of Alembic's until somebody writes a URL there.
_PLACEHOLDER = "driver://user:pass@localhost/dbname"


def config(
    directory: str,
    file: str | None = None,
    section: str = "alembic",
    x_arguments: Iterable[str] = (),
    *,
    explicit: bool = True,
    given: Mapping[str, Any] | None = None,
    root: str = "",
) -> FolderConfig:
    """Return the ``Config`` of a folder, with ``script_location`` set to where its scripts are.

    ``file`` is an ini file or a ``pyproject.toml`` that the user named; else ``alembic.ini`` is
    looked for in the folder, and both beside it in the current directory, where they count if they
    name this folder (or, unless ``explicit``, if it does not exist).  ``given`` is what an app had
    for Flask-Alembic, with paths relative to ``root``.  Raises InvalidSetting.
    """
    found, location = _found(directory, file, section, explicit)
    found.set_main_option("script_location", location.replace("%", "%%"))
    if given is not None:
        _take_over(found, given, root)
    found.cmd_opts = Namespace(x=list(x_arguments))
    return found


def _found(
    directory: str, file: str | None, section: str, explicit: bool
) -> tuple[FolderConfig, str]:
    if file is not None:
        if not os.path.isfile(file):
            raise InvalidSetting(
                f"There is no configuration file {os.path.abspath(file)}.",
                hint="Correct --config (FLASK_DB_CONFIG) or SCHEMAMIGRATE_CONFIG_FILE.",
            )
        named = _read(file, section)
        location = named.get_alembic_option("script_location")
        return named, directory if explicit or not location else location
    inside = os.path.join(directory, "alembic.ini")
    for beside in () if os.path.isfile(inside) else ("alembic.ini", "pyproject.toml"):
        if os.path.isfile(beside):
            near = _read(beside, section)
            location = near.get_alembic_option("script_location")
            if location and (_same(location, directory) or _stands_in(directory, explicit)):
                return near, location
    return FolderConfig(inside, ini_section=section), directory


def _take_over(config: FolderConfig, given: Mapping[str, Any], root: str) -> None:
    """Set what ``app.config["ALEMBIC"]`` has; its scripts are right in the folder."""

    def path(name: str) -> str:
        absolute = os.path.isabs(name) or ":" in name
        return (name if absolute else os.path.join(root, name)).replace("%", "%%")

    location = path(given.get("script_location", "migrations"))
    more = (one if isinstance(one, str) else one[1] for one in given.get("version_locations", ()))
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join([location, *map(path, more)]))
    for name, value in given.items():
        if isinstance(value, Mapping):
            for inner, text in value.items():
                config.set_section_option(name, inner, str(text))
        elif name not in ("script_location", "version_locations", "path_separator"):
            config.set_main_option(name, str(value))


def _read(file: str, section: str) -> FolderConfig:
    is_toml = os.path.basename(file) == "pyproject.toml"
    names = (None, file) if is_toml else (file, None)
    return FolderConfig(*names, ini_section=section)


def _same(location: str, directory: str) -> bool:
    return resource(location).resolve() == Path(directory).resolve()


def _stands_in(directory: str, explicit: bool) -> bool:
    return not explicit and not os.path.isdir(directory)


def resource(name: str) -> Path:
    """Return a path; ``package:folder`` is a folder in a package (InvalidSetting)."""
    package, colon, rest = name.partition(":")
    if not colon or os.path.isabs(name) or not package.isidentifier() and "." not in package:
        return Path(os.path.abspath(name))
    try:
        found = resources.files(package)
    except (ModuleNotFoundError, TypeError) as error:
        raise InvalidSetting(f"{name!r} names a package that cannot be found: {error}.") from error
    return Path(os.path.abspath(os.path.join(str(found), *rest.split(":"))))


def is_old(config: Config, folder: Path) -> bool:
    """Whether the peers made the folder, or a file of theirs describes it."""
    described = config.toml_file_name or os.path.isfile(config.config_file_name or "")
    return bool(described) or any((folder / name).is_file() for name in FILES)


def options(config: Config, folder: Path) -> dict[str, Any]:
    """Return the options that a folder's files give, by the names that they have here."""
    given: dict[str, Any] = {
        name: value
        for name in ("file_template", "timezone", "truncate_slug_length", "output_encoding")
        if (value := config.get_alembic_option(name)) is not None
    }
    for name in ("sourceless", "recursive_version_locations"):
        if config.get_alembic_boolean_option(name):
            given[name] = True
    if locations := _listed(config, "version_locations"):
        given["version_locations"] = tuple(locations)
    if is_old(config, folder):
        # What the peers do where nothing is set.
        given = {"file_template": FILE_TEMPLATE, "timezone": None, **given}
    return given


def _listed(config: Config, name: str) -> Iterable[str] | None:
    """Return a list of paths; what the peers have deprecated means what it did."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            if name == "version_locations":
                return config.get_version_locations_list()
            return config.get_prepend_sys_paths_list()
    except ValueError as error:
        raise InvalidSetting(
            f"{config.config_file_name or config.toml_file_name}: {error}.",
            hint="Write: path_separator = os",
        ) from error


def inherited(config: Config, folder: Path) -> Inherited:
    """Return what the folder brings along.  Files that nobody changed are only recognised."""
    environment, template = folder / "env.py", folder / "script.py.mako"
    known = stock.environment(stock.read(environment)) if environment.is_file() else None
    layout = stock.template(stock.read(template)) if template.is_file() else None
    runs = environment.is_file() and (known is None or known not in stock.NATIVE)
    return Inherited(
        config,
        environment if runs else None,
        known,
        template if template.is_file() and layout is None else None,
        layout,
        tuple(config.get_hooks_list()),
    )


def extend_path(config: Config) -> None:
    """Put the folders of ``prepend_sys_path`` before all others, as the peers do."""
    wanted = [os.path.abspath(path) for path in _listed(config, "prepend_sys_path") or ()]
    sys.path[:0] = [path for path in wanted if path not in sys.path]


def engine_options(config: Config, section: str) -> dict[str, str] | None:
    """Return the ``sqlalchemy.…`` options of a section; None without a URL that somebody wrote."""
    found = config.get_section(section) or {}
    if found.get("sqlalchemy.url") in (None, "", _PLACEHOLDER):
        return None
    return {name: value for name, value in found.items() if name.startswith("sqlalchemy.")}

"""``alembic.config``: what ``alembic.ini`` and ``pyproject.toml`` of an old folder say."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from argparse import Namespace
from collections.abc import Mapping
from configparser import ConfigParser
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any
from typing import overload
from typing import TextIO

from ...errors import InvalidSetting
from . import ini

#: One hook that runs after a script was written: its options, and ``_hook_name``.
PostWriteHookConfig = Mapping[str, str]

log = logging.getLogger("alembic.config")
_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_SPACES = re.compile(r", *|(?: +)")
_SPACES_AND_COLONS = re.compile(r", *|(?: +)|:")
_LEGACY_WORDS = {_SPACES: "spaces/commas", _SPACES_AND_COLONS: "spaces, commas, and colons"}

#: What some names of ``[tool.alembic]`` stand for, and that in words.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "script_location": ((str,), "a text"),
    "version_locations": ((str, list), "a list of texts"),
    "prepend_sys_path": ((str, list), "a list of texts"),
    "post_write_hooks": ((list,), "a list of tables with a name each"),
}


class Config:
    """What an ini file and a ``pyproject.toml`` say, to be read and changed by name.

    Either file may be missing; the ini file counts first.  ``attributes`` is for objects that are
    no strings, ``cmd_opts`` what the command line had; ``config_args`` can be named in both files
    as ``%(name)s``, and so can ``here``, the folder of the file.
    """

    cmd_opts: Namespace | None = None
    config_file_name: str | None = None
    toml_file_name: str | None = None
    config_ini_section: str = "alembic"

    def __init__(
        self,
        file_: str | os.PathLike[str] | None = None,
        toml_file: str | os.PathLike[str] | None = None,
        ini_section: str = "alembic",
        output_buffer: TextIO | None = None,
        stdout: TextIO = sys.stdout,
        cmd_opts: Namespace | None = None,
        config_args: Mapping[str, Any] = {},
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self.config_file_name = os.fspath(file_) if file_ else None
        self.toml_file_name = os.fspath(toml_file) if toml_file else None
        self.config_ini_section = ini_section
        self.output_buffer = output_buffer
        self.stdout = stdout
        self.cmd_opts = cmd_opts
        self.config_args: dict[str, Any] = dict(config_args)
        self.toml_args: dict[str, Any] = dict(config_args)
        self.attributes: dict[str, Any] = dict(attributes or {})

    # --- the files ------------------------------------------------------------------------------

    @property
    def _config_file_path(self) -> Path | None:
        return Path(self.config_file_name) if self.config_file_name else None

    @property
    def _toml_file_path(self) -> Path | None:
        return Path(self.toml_file_name) if self.toml_file_name else None

    def _get_template_path(self) -> Path:
        return Path(self.get_template_directory())

    @cached_property
    def file_config(self) -> ConfigParser:
        """The parsed ini file, or an empty one with the main section."""
        path = Path(self.config_file_name) if self.config_file_name else None
        here = path.absolute().parent if path else Path()
        self.config_args["here"] = here.as_posix()
        parsed = ini.parser(self.config_args)
        verbose = getattr(self.cmd_opts, "verbose", False)
        if path is not None:
            if verbose:
                log.info("Loading config from file: %s", path)
            ini.read(parsed, path)
        else:
            if verbose:
                log.info("No config file provided; using in-memory default config")
            parsed.add_section(self.config_ini_section)
        return parsed

    @cached_property
    def toml_alembic_config(self) -> Mapping[str, Any]:
        """The table ``[tool.alembic]``; empty where there is none.

        Raises InvalidSetting for a file that is no TOML.
        """
        path = Path(self.toml_file_name) if self.toml_file_name else None
        if path is None or not path.exists():
            return {}
        self.toml_args["here"] = path.absolute().parent.as_posix()
        found = _toml(path).get("tool", {}).get("alembic", {})
        if not isinstance(found, dict):
            raise InvalidSetting("Incorrect TOML format", hint=f"[tool.alembic] in {path}")
        _check(path, found)
        return found

    def get_template_directory(self) -> str:
        """Return the folder of the layouts that ``init`` can write."""
        return str(Path(__file__).parent / "templates")

    # --- options --------------------------------------------------------------------------------

    @overload
    def get_section(self, name: str, default: None = ...) -> dict[str, str] | None: ...
    @overload
    def get_section(self, name: str, default: dict[str, str]) -> dict[str, str]: ...
    @overload
    def get_section(self, name: str, default: Mapping[str, str]) -> Mapping[str, str]: ...
    def get_section(
        self, name: str, default: Mapping[str, str] | None = None
    ) -> Mapping[str, str] | None:
        """Return the options of a section of the ini file, or ``default``."""
        if not self.file_config.has_section(name):
            return default
        return dict(self.file_config.items(name))

    def set_main_option(self, name: str, value: str) -> None:
        """Set an option of the main section; ``%%`` in the value is a percent sign."""
        self.set_section_option(self.config_ini_section, name, value)

    def remove_main_option(self, name: str) -> None:
        """Remove an option of the main section."""
        self.file_config.remove_option(self.config_ini_section, name)

    def set_section_option(self, section: str, name: str, value: str) -> None:
        """Set an option of a section, which is made if it is not there."""
        if not self.file_config.has_section(section):
            self.file_config.add_section(section)
        self.file_config.set(section, name, value)

    def get_section_option(self, section: str, name: str, default: str | None = None) -> str | None:
        """Return an option of a section, or ``default``.  Raises InvalidSetting without one."""
        if not self.file_config.has_section(section):
            raise InvalidSetting(
                f"No config file {self.config_file_name!r} found, or file has no "
                f"'[{section}]' section",
                hint="Name the right one: flask db --config FILE --name SECTION",
            )
        return self.file_config.get(section, name, fallback=default)

    @overload
    def get_main_option(self, name: str, default: str) -> str: ...
    @overload
    def get_main_option(self, name: str, default: str | None = None) -> str | None: ...
    def get_main_option(self, name: str, default: str | None = None) -> str | None:
        """Return an option of the main section of the ini file, or ``default``."""
        return self.get_section_option(self.config_ini_section, name, default)

    @overload
    def get_alembic_option(self, name: str, default: str) -> str: ...
    @overload
    def get_alembic_option(self, name: str, default: str | None = None) -> str | None: ...
    def get_alembic_option(self, name: str, default: Any = None) -> Any:
        """Return an option of the main section, else of ``[tool.alembic]``, else ``default``."""
        if self.file_config.has_option(self.config_ini_section, name):
            return self.file_config.get(self.config_ini_section, name)
        return self._toml_value(name, default)

    def get_alembic_boolean_option(self, name: str) -> bool:
        """Return an option that is ``true`` or not.  Raises InvalidSetting for others in TOML."""
        if self.file_config.has_option(self.config_ini_section, name):
            return self.file_config.get(self.config_ini_section, name) == "true"
        value = self.toml_alembic_config.get(name, False)
        if not isinstance(value, bool):
            raise InvalidSetting(f"boolean value expected for TOML parameter {name!r}")
        return value

    def _toml_value(self, name: str, default: Any = None) -> Any:
        table = self.toml_alembic_config
        value = table.get(name, default)
        if name not in table or value is None or isinstance(value, int):
            return value
        if isinstance(value, str):
            return ini.filled(value, self.toml_args)
        if isinstance(value, dict):
            return self._filled_table(value)
        if isinstance(value, list):
            return [
                self._filled_table(item)
                if isinstance(item, dict)
                else ini.filled(str(item), self.toml_args)
                for item in value
            ]
        raise InvalidSetting(f"unsupported TOML value type for key: {name!r}")

    def _filled_table(self, table: Mapping[str, Any]) -> dict[str, str]:
        return {key: ini.filled(str(value), self.toml_args) for key, value in table.items()}

    # --- lists ----------------------------------------------------------------------------------

    def get_version_locations_list(self) -> list[str] | None:
        """Return the folders of scripts, or None where they are not set."""
        return self._list("version_locations", _SPACES, "path_separator", "version_path_separator")

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        """Return the folders to be found by ``import``, or None where they are not set."""
        return self._list("prepend_sys_path", _SPACES_AND_COLONS, "path_separator")

    def _list(self, name: str, legacy: re.Pattern[str], *separators: str) -> list[str] | None:
        section = self.config_ini_section
        text = self.file_config.get(section, name, fallback=None)
        if not text:
            found = self._toml_value(name)
            return [found] if isinstance(found, str) else found
        separator = self._separator(*separators)
        if separator is None:
            warnings.warn(
                "No path_separator found in configuration; falling back to legacy splitting on "
                f"{_LEGACY_WORDS[legacy]} for {name}.  "
                "Consider adding path_separator=os to Alembic config.",
                DeprecationWarning,
                stacklevel=3,
            )
            return legacy.split(text)
        return [part.strip() for part in text.split(separator) if part]

    def _separator(self, *names: str) -> str | None:
        for name in names:
            word = self.file_config.get(self.config_ini_section, name, fallback=None)
            if word is None:
                continue
            if word not in _SEPARATORS:
                raise ValueError(
                    f"'{word}' is not a valid value for {name}; "
                    "expected 'space', 'newline', 'os', ':', ';'"
                )
            if name == "version_path_separator":
                warnings.warn(
                    "The version_path_separator configuration parameter is deprecated; "
                    "please use path_separator",
                    DeprecationWarning,
                    stacklevel=4,
                )
            return _SEPARATORS[word]
        return None

    def get_hooks_list(self) -> list[PostWriteHookConfig]:
        """Return the options of each hook that runs after a script was written, in order."""
        section = self.get_section("post_write_hooks")
        hooks: list[PostWriteHookConfig] = []
        if section is None:
            for table in self._toml_value("post_write_hooks", []):
                named = dict(table)
                named["_hook_name"] = named.pop("name")
                hooks.append(named)
            return hooks
        for name in filter(None, _SPACES.split(section.get("hooks", ""))):
            prefix = f"{name}."
            found = {k[len(prefix) :]: v for k, v in section.items() if k.startswith(prefix)}
            hooks.append({**found, "_hook_name": name})
        return hooks

    # --- talk -----------------------------------------------------------------------------------

    @cached_property
    def messaging_opts(self) -> Mapping[str, Any]:
        """``quiet``: whether nothing is to be printed."""
        return {"quiet": getattr(self.cmd_opts, "quiet", False)}

    def print_stdout(self, text: str, *arg: Any) -> None:
        """Print a line, with ``arg`` filled in for its ``%s``, unless quiet."""
        from .util.messaging import write_outstream

        line = str(text) % arg if arg else str(text)
        write_outstream(self.stdout, line, "\n", **self.messaging_opts)


def _check(path: Path, table: Mapping[str, Any]) -> None:
    """Raise InvalidSetting for a value of ``[tool.alembic]`` that is of another kind."""
    for name, (kinds, wanted) in _KINDS.items():
        value = table.get(name, "" if str in kinds else [])
        fits = isinstance(value, kinds)
        if fits and name == "post_write_hooks":
            fits = all(isinstance(hook, dict) and "name" in hook for hook in value)
        if not fits:
            raise InvalidSetting(
                f"{path.absolute()}: {name} is {value!r}.",
                hint=f"In [tool.alembic] it is {wanted}.",
            )


def _toml(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8", errors="replace")
    if "tool.alembic" not in text:
        return {}
    try:
        reader: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            f"{path} has settings in [tool.alembic], and this Python cannot read TOML.",
            hint="pip install tomli",
        ) from error
    try:
        found: dict[str, Any] = reader.loads(text)
    except reader.TOMLDecodeError as error:
        raise InvalidSetting(f"{path} is no valid TOML: {error}.") from error
    return found


def __getattr__(name: str) -> Any:
    """Return what only the command line needs: ``command``, ``CommandLine``, ``ArgumentParser``."""
    if name == "command":
        return import_module(f"{__package__}.command")
    if name == "CommandLine":
        return import_module(f"{__package__}.commandline").CommandLine
    if name == "ArgumentParser":
        return import_module("argparse").ArgumentParser
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main(argv: Any = None, prog: str | None = None, **kwargs: Any) -> None:
    """Run the ``alembic`` program."""
    __getattr__("CommandLine")(prog=prog).main(argv=argv)

"""``alembic init``: a new folder from a layout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import util
from .util import pyfiles


class Creating:
    """A folder that is made from a layout."""

    def __init__(self, config: Any, directory: str, template: str, package: bool) -> None:
        self.config = config
        self.directory = Path(directory)
        self.template = template
        self.package = package

    def run(self) -> None:
        """Make the folder.  Raises CommandError where it has files, or there is no such layout."""
        from . import command

        operating: Any = command.os  # type: ignore[attr-defined]
        directory, config = self.directory, self.config
        there = operating.access(directory, os.F_OK)
        if there and operating.listdir(directory):
            raise util.CommandError(f"Directory {directory} already exists and is not empty")
        layout = config._get_template_path() / self.template
        if not operating.access(layout, os.F_OK):
            raise util.CommandError(f"No such template {layout}")
        versions = directory / "versions"
        for folder in [] if there else [directory]:
            self._make(operating, folder)
        self._make(operating, versions)
        self._fill(command, layout, versions)

    def _make(self, operating: Any, folder: Path) -> None:
        with util.status(f"Creating directory {folder.absolute()}", **self.config.messaging_opts):
            operating.makedirs(folder)

    def _fill(self, command: Any, layout: Path, versions: Path) -> None:
        config = self.config
        script = command.ScriptDirectory(
            str(self.directory.absolute()), messaging_opts=config.messaging_opts
        )
        written = []
        for source in sorted(layout.iterdir()):
            if source.name == "alembic.ini.mako":
                written.append(self._ini(script, source))
            elif source.name == "pyproject.toml.mako":
                written.append(self._toml(script, source))
            elif source.is_file():
                script._copy_file(source, self.directory / source.name)
        if self.package:
            for folder in (self.directory.absolute(), versions.absolute()):
                path = folder / "__init__.py"
                adding = util.status(f"Adding {path!s}", **config.messaging_opts)
                with adding, command.open(path, "w"):
                    pass
        names = " and ".join(str(path) for path in written if path is not None)
        util.msg(
            f"Please edit configuration/connection/logging settings in {names} before proceeding.",
            **config.messaging_opts,
        )

    def _ini(self, script: Any, source: Path) -> Path | None:
        path = self.config._config_file_path
        assert path is not None
        if path.exists():
            util.msg(f"File {path} already exists, skipping", **self.config.messaging_opts)
            return None
        script._generate_template(source, path, script_location=self._relative(path))
        return path.absolute()  # type: ignore[no-any-return]

    def _toml(self, script: Any, source: Path) -> Path | None:
        config = self.config
        path = config._toml_file_path
        assert path is not None
        there = path.exists()
        if there and pyfiles.toml(path).get("tool", {}).get("alembic"):
            util.msg(
                f"File {path} already exists and already has a [tool.alembic] section, skipping",
                **config.messaging_opts,
            )
            return None
        words = {"script_location": self._relative(path), "append_with_newlines": there}
        if there:
            with util.status(f"Appending to existing {path.absolute()}", **config.messaging_opts):
                util.template_to_file(source, path, script.output_encoding, **words)
        else:
            script._generate_template(source, path, **words)
        return path.absolute()  # type: ignore[no-any-return]

    def _relative(self, file: Path) -> str:
        """Return the folder as the file names it: from the folder that the file is in."""
        if self.directory.is_absolute():
            return str(self.directory)
        here = file.absolute().parent
        relative = os.path.relpath(self.directory.absolute(), here)
        return (Path("%(here)s") / relative).as_posix()

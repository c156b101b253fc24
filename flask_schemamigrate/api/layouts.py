"""The files that a folder may have beside its scripts: making them, and doing without."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..compat import folder as old
from ..errors import did_you_mean
from ..errors import FolderMissing
from ..errors import FolderNotEmpty
from ..errors import InvalidSetting
from ..history.folder import Folder
from ..settings import Settings
from ..source import mako
from . import reading
from .values import Finding
from .values import Template

#: What the peers call the same layouts.
_ALIASES = {
    "flask": "generic",
    "flask-multidb": "multidb",
    "aioflask": "generic",
    "aioflask-multidb": "multidb",
}
_OURS = Path(__file__).parent.parent / "templates"
#: What Mako would not leave as it is.
_MARKUP = re.compile(r"\$\{|<%|^\s*%(?!%)|^\s*##|\\$", re.MULTILINE)


def list_templates() -> tuple[Template, ...]:
    """Return the layouts of scripts.  Which one is written follows from the app's databases."""
    return (
        Template("generic", "One database: upgrade() and downgrade()."),
        Template("multidb", "Several: upgrade_() for the default one, upgrade_NAME() for a bind."),
    )


def init(
    settings: Settings,
    *,
    template: str | None = None,
    multidb: bool = False,
    package: bool = False,
    eject: bool = False,
) -> tuple[Path, ...]:
    """Make the migrations folder and return what was made.

    ``template`` is the name of a layout, which nothing depends on, or the path of a folder whose
    files are taken.  With ``eject`` there are an ``env.py`` and what else the peers need; in a
    folder that has none of it they are added.  Raises FolderNotEmpty, FolderNotWritable and
    InvalidSetting.
    """
    folder = reading.folder(settings)
    if template is not None and re.search(r"[/\\]", template):
        files = _files(Path(template))
        return (*folder.create(package), *_from(files, settings, folder))
    names = [one.name for one in list_templates()]
    layout = _ALIASES.get(template or "", template)
    if layout is not None and layout not in names:
        raise InvalidSetting(
            f"There is no template {template!r}.{did_you_mean(str(template), names)}",
            hint="Scripts need no template here; see: flask db list-templates\n"
            "A folder of your own is named with a slash: flask db init -t ./templates",
        )
    if not eject:
        return folder.create(package)
    several = multidb or layout == "multidb" or len(settings.databases) > 1
    return _ejected(settings, folder, "multidb" if several else "generic", package)


def _files(template: Path) -> list[Path]:
    if not template.is_dir():
        raise InvalidSetting(
            f"There is no folder {template.absolute()}.",
            hint="Name one that has alembic.ini.mako, env.py and script.py.mako in it.",
        )
    return sorted(template.iterdir())


def _from(files: Iterable[Path], settings: Settings, folder: Folder) -> Iterator[Path]:
    """Copy the files of a template, and fill in its ``alembic.ini.mako``, as the peers do."""
    config = settings.inherited.config
    for path in files:
        if path.name == "alembic.ini.mako":
            target = Path(config.config_file_name or folder.directory / "alembic.ini")
            if not target.exists():
                yield folder.add(target, _filled(path, config))
        elif path.is_file() and path.suffix != ".pyc":
            yield folder.add(folder.directory / path.name, path.read_bytes())


def _filled(path: Path, config: Any) -> str:
    location = config.get_main_option("script_location", "migrations")
    text = path.read_text(encoding="utf-8").replace("${script_location}", location)
    if _MARKUP.search(text):
        return mako.render(path, {"script_location": location, "config": config})
    return text


def _ejected(settings: Settings, folder: Folder, layout: str, package: bool) -> tuple[Path, ...]:
    there = [name for name in old.FILES if (folder.directory / name).exists()]
    if there:
        raise FolderNotEmpty(
            f"{folder.directory.absolute()} has {', '.join(there)} already.",
            hint="Edit it; or, to begin with a new one, move it away first.",
        )
    made = () if any(map(Path.is_dir, folder.locations)) else folder.create(package)
    sources = {
        "alembic.ini": _OURS / "alembic.ini",
        "env.py": _OURS / layout / "env.py.txt",
        "script.py.mako": _OURS / layout / "script.py.mako",
    }
    texts = {name: source.read_text(encoding="utf-8") for name, source in sources.items()}
    written = (folder.add(folder.directory / name, text) for name, text in texts.items())
    return (*made, *written)


# --- doing without --------------------------------------------------------------------------------


def modernize(settings: Settings) -> tuple[Finding, ...]:
    """Return what a folder has of the peers' files; () where it has none.  Nothing is removed.

    Raises FolderMissing.
    """
    directory, inherited = settings.directory, settings.inherited
    if not directory.is_dir():
        raise FolderMissing(
            f"There is no folder {directory}.", hint="Name yours: flask db --directory … modernize"
        )
    found: list[Finding] = []
    if (directory / "env.py").is_file():
        found.append(_environment(settings))
    template = directory / "script.py.mako"
    if template.is_file():
        changed = inherited.template is not None
        reason = (
            "it was changed; new scripts are made of it, by Mako"
            if changed
            else "nobody changed it, and scripts are written without it"
        )
        found.append(Finding(template, changed, reason))
    ini = directory / "alembic.ini"
    if ini.is_file():
        found.append(_ini(settings, ini, any(one.needed for one in found)))
    return tuple(found)


def _environment(settings: Settings) -> Finding:
    inherited, path = settings.inherited, settings.directory / "env.py"
    if inherited.environment is not None:
        what = "opens asynchronous engines" if inherited.stock else "was changed"
        return Finding(path, True, f"it {what}, and so it is run by every command that connects")
    if str(inherited.stock).startswith("alembic-"):
        section = inherited.config.config_ini_section
        if old.engine_options(inherited.config, section) or inherited.stock == "alembic-multidb":
            return Finding(path, True, "with it, the databases are those that alembic.ini names")
    others = [one.bind for one in settings.every if one.bind is not None]
    if "multidb" not in str(inherited.stock) and others:
        listed = ", ".join(others)
        return Finding(
            path, True, f"with it, the default database alone is migrated, and not {listed}"
        )
    return Finding(path, False, "nobody changed it, and all that it does is done without it")


def _ini(settings: Settings, path: Path, others: bool) -> Finding:
    config = settings.inherited.config
    section = config.get_section(config.config_ini_section) or {}
    ignored = {"script_location", "here", "prepend_sys_path", "sqlalchemy.url"}
    set_here = sorted(name for name in section if name not in ignored)
    if section.get("prepend_sys_path", ".") not in (".", ""):
        set_here.append("prepend_sys_path")
    if settings.inherited.hooks:
        set_here.append("post_write_hooks")
    if set_here:
        return Finding(path, True, f"it sets {', '.join(set_here)}")
    if others:
        return Finding(path, True, "a file beside it may read it")
    return Finding(
        path, False, "it sets nothing; its logging sections were never read by this package"
    )


def remove(settings: Settings, findings: tuple[Finding, ...]) -> tuple[Path, ...]:
    """Remove the files that are not needed, and return them.  Raises FolderNotWritable."""
    folder = reading.folder(settings)
    return tuple(folder.remove(one.path) for one in findings if not one.needed)

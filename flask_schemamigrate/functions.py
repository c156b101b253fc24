"""The commands as functions, with the names and the arguments that Flask-Migrate gives them.

They work on the current app.  Those that answer a question print the answer, as Flask-Migrate's do;
all of them return values, and raise the exceptions of :mod:`flask_schemamigrate.errors` where the
commands would end with status 1.  ``directory`` is the migrations folder and ``x_arg`` a free
argument for scripts, or a list of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click
from flask import current_app

from . import api
from .api import values
from .compat.alembic import __version__
from .compat.folder import FolderConfig as Config
from .errors import ChangesPending
from .errors import counted
from .errors import InvalidSetting
from .report import text
from .settings import Settings

__all__ = [
    "Config",
    "alembic_version",
    "branches",
    "check",
    "current",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "list_templates",
    "merge",
    "migrate",
    "revision",
    "show",
    "stamp",
    "upgrade",
]

#: The release of Alembic that is followed.
alembic_version = tuple(map(int, __version__.split(".")[:3]))

Directory = str | os.PathLike[str] | None
Several = str | Iterable[str] | None


def _settings(directory: Directory, x_arg: Several = None, *, database: bool = True) -> Settings:
    registered = current_app.extensions.get("migrate")
    if registered is None:
        raise InvalidSetting(
            f"The app {current_app.name!r} has no Migrate object.",
            hint="Call Migrate(app, db), or migrate.init_app(app, db), where the app is made.",
        )
    settings: Settings = registered.migrate.settings(
        directory=directory, x_arguments=_several(x_arg), database=database
    )
    return settings


def _several(value: Several) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _say(answer: str) -> None:
    if answer:
        click.echo(answer)


def list_templates() -> tuple[values.Template, ...]:
    """Print and return the layouts that ``init`` can make."""
    found = api.list_templates()
    _say(text.templates(found))
    return found


def init(
    directory: Directory = None,
    multidb: bool = False,
    template: str | None = None,
    package: bool = False,
) -> tuple[Path, ...]:
    """Make the migrations folder; return what was made.

    ``template`` is the name of a layout, or the path of a folder with one's own.
    """
    settings = _settings(directory, database=False)
    return api.init(settings, template=template, multidb=multidb, package=package)


def revision(
    directory: Directory = None,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: Several = None,
    version_path: str | None = None,
    rev_id: str | None = None,
) -> values.Created:
    """Write an empty script; with ``autogenerate`` one for what has changed in the models."""
    _refuse_sql(sql)
    draft = api.Draft(message, head, splice, _several(branch_label), version_path, rev_id)
    if autogenerate:
        return api.migrate(_settings(directory), draft)
    return api.revision(_settings(directory, database=False), draft)


def migrate(
    directory: Directory = None,
    message: str | None = None,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: Several = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    x_arg: Several = None,
) -> values.Created:
    """Write a script for what has changed in the models."""
    _refuse_sql(sql)
    draft = api.Draft(message, head, splice, _several(branch_label), version_path, rev_id)
    return api.migrate(_settings(directory, x_arg), draft)


def _refuse_sql(sql: bool) -> None:
    if sql:
        raise InvalidSetting(
            "A script is written here and no SQL is run, so sql=True has no meaning.",
            hint="For the SQL of a script: upgrade(sql=True)",
        )


def edit(directory: Directory = None, revision: str = "current") -> Path:
    """Open the script of a revision in the editor; return its path."""
    path = api.edit_path(_settings(directory), revision)
    click.edit(filename=str(path))
    return path


def merge(
    directory: Directory = None,
    revisions: Several = "",
    message: str | None = None,
    branch_label: Several = None,
    rev_id: str | None = None,
) -> values.Created:
    """Write a script that joins several revisions."""
    draft = api.Draft(message, branch_labels=_several(branch_label), rev_id=rev_id)
    named = tuple(filter(None, _several(revisions)))
    return api.merge(_settings(directory, database=False), named, draft)


def upgrade(
    directory: Directory = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Several = None,
) -> tuple[values.Moved, ...] | tuple[values.Script, ...]:
    """Apply revisions up to ``revision``; with ``sql`` print their SQL instead."""
    settings = _settings(directory, x_arg)
    if sql:
        return _written(api.upgrade_sql(settings, revision, tag=tag))
    return api.upgrade(settings, revision, tag=tag)


def downgrade(
    directory: Directory = None,
    revision: str = "-1",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Several = None,
) -> tuple[values.Moved, ...] | tuple[values.Script, ...]:
    """Undo the revisions above ``revision``; with ``sql`` print their SQL instead."""
    settings = _settings(directory, x_arg)
    if sql:
        return _written(api.downgrade_sql(settings, revision, tag=tag))
    return api.downgrade(settings, revision, tag=tag)


def stamp(
    directory: Directory = None,
    revision: Several = "head",
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
) -> tuple[values.Moved, ...] | tuple[values.Script, ...]:
    """Record ``revision`` as applied without running anything."""
    settings, targets = _settings(directory), _several(revision)
    if sql:
        return _written(api.stamp_sql(settings, targets))
    return api.stamp(settings, targets, purge=purge, tag=tag)


def _written(scripts: tuple[values.Script, ...]) -> tuple[values.Script, ...]:
    _say(text.scripts([script for script in scripts if script.path is None]))
    return scripts


def show(directory: Directory = None, revision: str = "head") -> tuple[values.Entry, ...]:
    """Print and return a revision."""
    needed = api.needs_database(revision)
    found = api.show(_settings(directory, database=needed), revision)
    _say(text.show(found))
    return found


def history(
    directory: Directory = None,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
) -> tuple[values.Entry, ...]:
    """Print and return the revisions, newest first."""
    needed = indicate_current or api.needs_database(rev_range)
    settings = _settings(directory, database=needed)
    found = api.history(settings, rev_range, indicate_current=indicate_current)
    _say(text.history(found, verbose))
    return found


def heads(
    directory: Directory = None, verbose: bool = False, resolve_dependencies: bool = False
) -> tuple[values.Entry, ...]:
    """Print and return the revisions that nothing follows."""
    settings = _settings(directory, database=False)
    found = api.heads(settings, resolve_dependencies=resolve_dependencies)
    _say(text.heads(found, verbose))
    return found


def branches(directory: Directory = None, verbose: bool = False) -> tuple[values.Branch, ...]:
    """Print and return the revisions that several others follow."""
    found = api.branches(_settings(directory, database=False))
    _say(text.branches(found, verbose))
    return found


def current(directory: Directory = None, verbose: bool = False) -> tuple[values.Current, ...]:
    """Print and return where each database is."""
    found = api.current(_settings(directory))
    _say(text.current(found, verbose))
    return found


def check(directory: Directory = None) -> tuple[values.Changes, ...]:
    """Raise ChangesPending if the models are ahead of the database; return what was compared."""
    found = api.check(_settings(directory))
    number = sum(one.number for one in found)
    if number:
        raise ChangesPending(
            f"The models are ahead of the database by {counted(number, 'change')}:\n"
            f"{text.changes(found)}",
            hint="flask db migrate",
        )
    _say(text.unchanged(found))
    return found

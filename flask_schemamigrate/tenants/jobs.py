"""The side of a worker: what it is given can be pickled, and names the app as ``flask --app`` does.

So any :class:`concurrent.futures.Executor` can carry it out anywhere.
"""

from __future__ import annotations

import atexit
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from importlib import import_module
from uuid import uuid4

from flask import Flask
from flask.cli import ScriptInfo

from ..api import tenants as api
from ..api.tenants import Kind
from ..api.tenants import Tenant
from ..errors import InvalidSetting
from ..history.graph import Graph
from ..settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where the app is, its folder and what a command was told: all that settings are made of.

    ``app`` is an import path such as ``shop:create_app``; empty: what ``flask`` finds by itself.
    ``run`` is different for each run, because workers may live longer than one.
    """

    app: str
    directory: str | None = None
    x_arguments: tuple[str, ...] = ()
    config: str | None = None
    section: str | None = None
    run: str = field(default_factory=lambda: uuid4().hex)

    def settings(self, app: Flask) -> Settings:
        """Return the settings of an app."""
        registered = app.extensions.get("migrate")
        if registered is None:
            raise InvalidSetting(
                f"The app {app.name!r} has no Migrate object.",
                hint="Call Migrate(app, db), or migrate.init_app(app, db), where it is made.",
            )
        made: Settings = registered.migrate.settings(
            app,
            directory=self.directory,
            x_arguments=self.x_arguments,
            config_file=self.config,
            config_section=self.section,
        )
        return made


@dataclass(frozen=True, slots=True)
class Job:
    """The upgrade of one tenant.  ``patience`` is how long it waits for the migration lock."""

    place: Place
    kind: Kind
    name: str
    target: str
    patience: float | None


#: Only one thread of a process works at a time: while a script runs, ``alembic`` in ``sys.modules``
#: belongs to it.
_turn = threading.RLock()


@dataclass
class _Opened:
    """The app of a place, its history, and what makes the settings of a tenant."""

    place: Place
    kind: Kind
    app: Flask
    graph: Graph
    at: api.Places
    stack: ExitStack


#: What the last job has left open for the next one.
_opened: list[_Opened] = []


def run(job: Job) -> Tenant:
    """Carry out a job, in whichever process this is.  Raises nothing."""
    with _turn:
        try:
            opened = _open(job)
            with opened.app.app_context(), opened.at(job.name) as found:
                settings = replace(found, lock_timeout=job.patience)
                return api.upgrade(settings, opened.graph, job.name, job.target)
        except (Exception, KeyboardInterrupt) as error:
            return api.failed(Tenant(job.name), error)


def _open(job: Job) -> _Opened:
    if _opened and (_opened[0].place, _opened[0].kind) == (job.place, job.kind):
        return _opened[0]
    close()
    app = ScriptInfo(app_import_path=job.place.app or None).load_app()
    settings = job.place.settings(app)
    stack = ExitStack()
    stack.callback(_dispose, settings)
    with app.app_context():
        at = stack.enter_context(api.places(settings, job.kind))
        graph = api.history(settings, job.target)
    _opened.append(_Opened(job.place, job.kind, app, graph, at, stack))
    return _opened[0]


def close() -> None:
    """Close what jobs have left open in this process; done at its end too."""
    with _turn:
        while _opened:
            _opened.pop().stack.close()


atexit.register(close)


def _dispose(settings: Settings) -> None:
    for database in settings.databases:
        database.engine().dispose()


def import_path(info: ScriptInfo) -> str:
    """Return how another process finds the app of a command.  Raises InvalidSetting."""
    if info.create_app is None:
        return str(info.app_import_path or "")
    factory = info.create_app
    module, name = factory.__module__, getattr(factory, "__qualname__", "")
    try:
        found = getattr(import_module(module), name, None) if module != "__main__" else None
    except ImportError:
        found = None
    if found is not factory:
        raise InvalidSetting(
            "Other processes cannot import what makes this app.",
            hint="Name the app, such as: flask --app shop:create_app db …, or leave --workers out.",
        )
    return f"{module}:{name}"

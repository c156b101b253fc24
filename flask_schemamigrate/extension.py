"""The extension object.  Every web worker imports this module: it loads no part of the engine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any
from weakref import WeakKeyDictionary

from flask import current_app

from .errors import InvalidSetting
from .group import LazyGroup
from .options import check_names

if TYPE_CHECKING:
    from flask import Flask

    from . import api
    from .settings import Settings


class SchemaMigrate:
    """Migrations for a Flask app: ``SchemaMigrate(app, db)``, or :meth:`init_app` in a factory.

    ``db`` is the app's Flask-SQLAlchemy object (found by itself where there is one), ``directory``
    the migrations folder, relative to the current directory, and ``command`` the name of the
    command group.  ``options`` are the settings of the configuration page in lower case; what is
    not given here comes from ``app.config["SCHEMAMIGRATE_…"]``.  One object serves several apps.

    The other methods do what the commands do and return values.  They need an app context, or
    ``app=``; they raise the exceptions of :mod:`flask_schemamigrate.errors`, and neither exit nor
    print.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        directory: str | os.PathLike[str] = "migrations",
        command: str | None = "db",
        **options: Any,
    ) -> None:
        check_names(options)
        self.db = db
        self.directory = directory
        self.command = command
        self.options: Mapping[str, Any] = dict(options)
        self._registered: WeakKeyDictionary[Flask, Mapping[str, Any]] = WeakKeyDictionary()
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        directory: str | os.PathLike[str] | None = None,
        command: str | None = None,
        **options: Any,
    ) -> None:
        """Register with ``app``: ``app.extensions["schemamigrate"]`` and its commands.

        What is given here counts for this app alone, before what the constructor was given.
        """
        check_names(options)
        self._registered[app] = {
            "db": db if db is not None else self.db,
            "directory": directory,
            "options": {**self.options, **options},
        }
        app.extensions["schemamigrate"] = self
        name = command or self.command or app.config.get("SCHEMAMIGRATE_COMMAND")
        if name:
            app.cli.add_command(LazyGroup(name, self.settings))

    def settings(
        self,
        app: Flask | None = None,
        *,
        directory: str | os.PathLike[str] | None = None,
        bind: str | None = None,
        x_arguments: Iterable[str] = (),
        database: bool = True,
    ) -> Settings:
        """Return the settings for ``app`` (the current one), resolved.

        ``bind`` limits them to one database (``"default"`` is the one without a bind).  Raises
        SettingsError where the configuration cannot be used; an app without a database is an error
        only when a ``database`` is needed.
        """
        from . import configure

        chosen = app if app is not None else _current()
        registered = self._registered.get(chosen)
        if registered is None:
            raise InvalidSetting(
                f"This SchemaMigrate object does not know the app {chosen.name!r}.",
                hint="Call migrate.init_app(app, db) where the app is made.",
            )
        folder = directory or registered["directory"] or self._directory(chosen)
        db, options = registered["db"], registered["options"]
        return configure.settings(chosen, db, folder, options, bind, tuple(x_arguments), database)

    def _directory(self, app: Flask) -> str | os.PathLike[str]:
        configured = app.config.get("SCHEMAMIGRATE_DIRECTORY")
        return configured if configured and self.directory == "migrations" else self.directory


def _current() -> Flask:
    if not current_app:
        raise InvalidSetting(
            "There is no current app.",
            hint="Work within `with app.app_context():`, or say which app is meant: app=app",
        )
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]

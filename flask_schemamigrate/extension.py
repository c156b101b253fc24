"""The extension object.  Every web worker imports this module: it loads no part of the engine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from flask import current_app

from .group import LazyGroup
from .options import check_names

if TYPE_CHECKING:
    from flask import Flask

    from .api import values
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
        name = command or self._configured(app, "command", "db")
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
            from .errors import InvalidSetting

            raise InvalidSetting(
                f"This SchemaMigrate object does not know the app {chosen.name!r}.",
                hint="Call migrate.init_app(app, db) where the app is made.",
            )
        folder = directory or registered["directory"]
        folder = folder or self._configured(chosen, "directory", "migrations")
        db, options = registered["db"], registered["options"]
        return configure.settings(chosen, db, folder, options, bind, tuple(x_arguments), database)

    # --- the commands, as methods -------------------------------------------------------------

    def init(self, *, app: Flask | None = None, package: bool = False) -> tuple[Path, ...]:
        """Make the migrations folder; return what was made."""
        from . import api

        return api.init(self.settings(app, database=False), package=package)

    def migrate(
        self,
        message: str | None = None,
        *,
        app: Flask | None = None,
        bind: str | None = None,
        renames: Mapping[str, str] | None = None,
        **header: Any,
    ) -> values.Created:
        """Write a script for what has changed in the models.

        ``renames`` maps ``"table.old"`` to ``"new"``; ``header`` is what
        :class:`flask_schemamigrate.api.Draft` has.
        """
        from . import api

        draft = api.Draft(message=message, **header)
        told = [f"{old}:{new}" for old, new in (renames or {}).items()]
        return api.migrate(self.settings(app, bind=bind), draft, renames=told)

    def check(
        self, *, app: Flask | None = None, bind: str | None = None
    ) -> tuple[values.Changes, ...]:
        """Return what is different between each database and its models; nothing is written."""
        from . import api

        return api.check(self.settings(app, bind=bind))

    def revision(
        self, message: str | None = None, *, app: Flask | None = None, **header: Any
    ) -> values.Created:
        """Write an empty script."""
        from . import api

        draft = api.Draft(message=message, **header)
        return api.revision(self.settings(app, database=False), draft)

    def merge(
        self,
        revisions: Sequence[str] = ("heads",),
        message: str | None = None,
        *,
        app: Flask | None = None,
        **header: Any,
    ) -> values.Created:
        """Write a script that joins several revisions."""
        from . import api

        draft = api.Draft(message=message, **header)
        return api.merge(self.settings(app, database=False), revisions, draft)

    def upgrade(
        self, target: str = "head", *, app: Flask | None = None, bind: str | None = None
    ) -> tuple[values.Moved, ...]:
        """Apply revisions up to ``target``; return what was done to each database."""
        from . import api

        return api.upgrade(self.settings(app, bind=bind), target)

    def downgrade(
        self, target: str = "-1", *, app: Flask | None = None, bind: str | None = None
    ) -> tuple[values.Moved, ...]:
        """Undo the revisions above ``target``."""
        from . import api

        return api.downgrade(self.settings(app, bind=bind), target)

    def stamp(
        self,
        *targets: str,
        purge: bool = False,
        app: Flask | None = None,
        bind: str | None = None,
    ) -> tuple[values.Moved, ...]:
        """Record ``targets`` (default: the head) as applied without running anything."""
        from . import api

        return api.stamp(self.settings(app, bind=bind), targets or ("head",), purge=purge)

    def current(
        self, *, app: Flask | None = None, bind: str | None = None
    ) -> tuple[values.Current, ...]:
        """Return where each database is."""
        from . import api

        return api.current(self.settings(app, bind=bind))

    def history(
        self, chosen: str | None = None, *, app: Flask | None = None
    ) -> tuple[values.Entry, ...]:
        """Return the revisions, newest first: all, or those of a range ``start:end``."""
        from . import api

        return api.history(self.settings(app, database=False), chosen)

    def heads(self, *, app: Flask | None = None) -> tuple[values.Entry, ...]:
        """Return the revisions that nothing follows."""
        from . import api

        return api.heads(self.settings(app, database=False))

    def branches(self, *, app: Flask | None = None) -> tuple[values.Branch, ...]:
        """Return the revisions that several others follow."""
        from . import api

        return api.branches(self.settings(app, database=False))

    def show(self, symbol: str = "head", *, app: Flask | None = None) -> tuple[values.Entry, ...]:
        """Return the revisions that ``symbol`` stands for."""
        from . import api

        return api.show(self.settings(app, database=False), symbol)

    def _configured(self, app: Flask, name: str, default: str) -> Any:
        """Return an argument of the constructor; config counts where it is the default."""
        given = getattr(self, name)
        return app.config.get(f"SCHEMAMIGRATE_{name.upper()}", given) if given == default else given


def _current() -> Flask:
    if not current_app:
        from .errors import InvalidSetting

        raise InvalidSetting(
            "There is no current app.",
            hint="Work within `with app.app_context():`, or say which app is meant: app=app",
        )
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]

"""The extension object.  Every web worker imports this module: it loads no part of the engine."""

from __future__ import annotations

import os
from collections.abc import Callable
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
from .registered import Registered

if TYPE_CHECKING:
    from flask import Flask

    from .api import logs
    from .api import states
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

    #: Whether an option that has no meaning here is an error.
    strict = True

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        directory: str | os.PathLike[str] = "migrations",
        command: str | None = "db",
        **options: Any,
    ) -> None:
        self._check(options)
        self.db = db
        self.directory = os.fspath(directory)
        self.command = command
        self.config_file: str | None = options.pop("config_file", None)
        self.config_section: str = options.pop("config_section", "alembic")
        self.options: dict[str, Any] = dict(options)
        #: Change the peers' ``Config`` of a folder before it is used: see :meth:`configure`.
        self.configure_callbacks: list[Callable[[Any], Any]] = []
        self._registered: WeakKeyDictionary[Flask, Registered] = WeakKeyDictionary()
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
        self._check(options)
        self._registered[app] = registered = Registered(
            self,
            db if db is not None else self.db,
            None if directory is None else os.fspath(directory),
            {**self.options, **options},
            app,
        )
        app.extensions["schemamigrate"] = self
        app.extensions["migrate"] = registered
        name = command or self._configured(app, "command", "db")
        if name:
            app.cli.add_command(LazyGroup(name, self.settings))
        mode = registered.configure_args.get("on_startup")
        if mode or app.config.get("SCHEMAMIGRATE_ON_STARTUP"):
            from .startup import prepared

            registered.startup = prepared(app, self.settings, mode)

    def _check(self, options: Mapping[str, Any]) -> None:
        if self.strict:
            check_names(options)

    def configure(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Register a function that gets the peers' ``Config`` of a folder, and returns it.

        What it sets there counts like what stands in ``alembic.ini``.
        """
        self.configure_callbacks.append(function)
        return function

    def call_configure_callbacks(self, config: Any) -> Any:
        """Return ``config`` after every function that :meth:`configure` registered."""
        for function in self.configure_callbacks:
            config = function(config)
        return config

    def get_config(
        self,
        directory: str | os.PathLike[str] | None = None,
        x_arg: str | Iterable[str] | None = None,
        opts: Iterable[str] | None = None,
    ) -> Any:
        """Return the peers' ``Config`` of a migrations folder, as an ``env.py`` gets it.

        ``x_arg`` are free arguments, ``opts`` names that are true in its ``cmd_opts``.
        """
        given = (x_arg,) if isinstance(x_arg, str) else tuple(x_arg or ())
        config = self._config(_current(), directory, given)
        for name in opts or ():
            setattr(config.cmd_opts, name, True)
        return config

    def _config(
        self,
        app: Flask,
        directory: str | os.PathLike[str] | None = None,
        x_arguments: Iterable[str] = (),
        file: str | None = None,
        section: str | None = None,
    ) -> Any:
        from .compat import folder as folders

        named = directory or self._of(app).given_directory
        folder = named or self._configured(app, "directory", "migrations")
        config = folders.config(
            os.fspath(folder),
            file or self._configured(app, "config_file", None),
            section or self._configured(app, "config_section", "alembic"),
            x_arguments,
            explicit=bool(named) or folder != "migrations",
            given=app.config.get("ALEMBIC"),
            root=app.root_path,
        )
        return self.call_configure_callbacks(config)

    def settings(
        self,
        app: Flask | None = None,
        *,
        directory: str | os.PathLike[str] | None = None,
        bind: str | None = None,
        x_arguments: Iterable[str] = (),
        database: bool = True,
        config_file: str | None = None,
        config_section: str | None = None,
    ) -> Settings:
        """Return the settings for ``app`` (the current one), resolved.

        ``bind`` limits them to one database (``"default"`` is the one without a bind).  Raises
        SettingsError where the configuration cannot be used; an app without a database is an error
        only when a ``database`` is needed.
        """
        from . import configure

        chosen = app if app is not None else _current()
        registered = self._of(chosen)
        given = tuple(x_arguments)
        config = self._config(chosen, directory, given, config_file, config_section)
        db, options = registered.given_db, registered.configure_args
        return configure.settings(chosen, db, options, bind, given, database, config)

    def _of(self, app: Flask) -> Registered:
        registered = self._registered.get(app)
        if registered is None:
            from .errors import InvalidSetting

            raise InvalidSetting(
                f"This SchemaMigrate object does not know the app {app.name!r}.",
                hint="Call migrate.init_app(app, db) where the app is made.",
            )
        return registered

    def startup(self, app: Flask | None = None, timeout: float | None = 300) -> None:
        """Do what ``on_startup`` says now, rather than before the first request.

        Not in commands of ``flask`` other than ``run``, nor where ``app.testing``.  Raises NotReady
        (``fail``; ``wait``, after ``timeout``) and what an upgrade raises.
        """
        startup = self._of(app if app is not None else _current()).startup
        if startup is not None:
            startup.now(timeout)

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
        verify: bool | None = None,
        **header: Any,
    ) -> values.Created:
        """Write a script for what has changed in the models.

        ``renames`` maps ``"table.old"`` to ``"new"``; ``verify`` is whether the script is tried on
        a copy first (None: as set); ``header`` is what :class:`flask_schemamigrate.api.Draft` has.
        """
        from . import api

        draft = api.Draft(message=message, **header)
        told = [f"{old}:{new}" for old, new in (renames or {}).items()]
        return api.migrate(self.settings(app, bind=bind), draft, renames=told, verify=verify)

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
        self,
        target: str = "-1",
        *,
        stored: bool = False,
        app: Flask | None = None,
        bind: str | None = None,
    ) -> tuple[values.Moved, ...]:
        """Undo the revisions above ``target``; ``stored``: with the log's copies of scripts."""
        from . import api

        return api.downgrade(self.settings(app, bind=bind), target, stored=stored)

    def log(
        self, revision: str | None = None, *, app: Flask | None = None, bind: str | None = None
    ) -> tuple[logs.Logged, ...]:
        """Return what was applied, undone and recorded, newest first."""
        from . import api

        return api.log(self.settings(app, bind=bind), revision)

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

    def health(self, *, app: Flask | None = None, bind: str | None = None) -> states.Health:
        """Return the state of the databases, for a readiness probe.

        Takes no lock and changes nothing.  That a database does not answer is a state too.
        """
        from . import api

        return api.health(self.settings(app, bind=bind))

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

    def _configured(self, app: Flask, name: str, default: str | None) -> Any:
        """Return an argument of the constructor; config counts where it is the default."""
        given = getattr(self, name)
        return app.config.get(f"SCHEMAMIGRATE_{name.upper()}", given) if given == default else given


class Migrate(SchemaMigrate):
    """Flask-Migrate's constructor: change the import, and everything else goes on.

    ``options`` may be anything; what ``context.configure`` of the peers takes is honoured, and the
    rest is kept for scripts (``op.get_context().opts``).
    """

    strict = False

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        directory: str | os.PathLike[str] = "migrations",
        command: str | None = "db",
        compare_type: Any = True,
        render_as_batch: bool = True,
        **options: Any,
    ) -> None:
        options.update(compare_type=compare_type, render_as_batch=render_as_batch)
        super().__init__(app, db, directory, command, **options)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        directory: str | os.PathLike[str] | None = None,
        command: str | None = None,
        compare_type: Any = None,
        render_as_batch: bool | None = None,
        **options: Any,
    ) -> None:
        """Register with ``app``: what is given here counts before what the constructor was."""
        if compare_type is not None:
            options["compare_type"] = compare_type
        if render_as_batch is not None:
            options["render_as_batch"] = render_as_batch
        super().init_app(app, db, directory, command, **options)


def _current() -> Flask:
    if not current_app:
        from .errors import InvalidSetting

        raise InvalidSetting(
            "There is no current app.",
            hint="Work within `with app.app_context():`, or say which app is meant: app=app",
        )
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]

"""What an app keeps of the extension: ``app.extensions["migrate"]``."""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from flask import Flask


class Registered:
    """``app.extensions["migrate"]``: what an ``env.py`` of the peers asks the app for.

    ``configure_args`` are the arguments for ``context.configure``; an ``env.py`` may add to them.
    """

    def __init__(
        self,
        migrate: Any,
        db: Any,
        directory: str | None,
        options: dict[str, Any],
        app: Flask,
    ) -> None:
        self.migrate = migrate
        self.given_db = db
        self.given_directory = directory
        self.configure_args = options
        #: What ``on_startup`` does, where it is set.
        self.startup: Any = None
        self._app = ref(app)

    @property
    def db(self) -> Any:
        """The app's SQLAlchemy extension: the one that was given, else the registered one."""
        app = self._app()
        if self.given_db is not None or app is None:
            return self.given_db
        return app.extensions.get("sqlalchemy")

    @property
    def directory(self) -> str:
        """The migrations folder, as it was given."""
        return self.given_directory or self.migrate.directory

    @property
    def metadata(self) -> Any:
        """The metadata of :attr:`db`, where files of the earliest releases look for it."""
        return self.db.metadata

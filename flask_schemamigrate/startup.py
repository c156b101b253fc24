"""What an app does about its database before its first request: ``on_startup``.

It happens when the app is called as a WSGI app for the first time in a process, which no command
of ``flask`` does but ``flask run``; or earlier, where :meth:`SchemaMigrate.startup` is called.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import TYPE_CHECKING

import click
from flask.cli import FlaskGroup

from . import options

if TYPE_CHECKING:
    from flask import Flask

    from .api.states import Health

#: Seconds between two looks at a database that is not ready.
PAUSE = 1.0


class Startup:
    """Stands before an app until its database is seen to.

    ``warn`` logs what is the matter, once.  ``fail`` answers 503 from then on, ``wait`` until the
    database is ready.  ``upgrade`` applies what is missing, under the migration lock: of several
    workers one does, the others wait and find nothing to do.
    """

    def __init__(self, app: Flask, settings: Callable[..., Any], mode: str) -> None:
        self.app, self.mode = app, mode
        self.settings = settings
        self.wsgi_app = app.wsgi_app
        self._lock = threading.Lock()
        self._is_over = False
        self._refused = ""
        self._next = 0.0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        if not self._is_over and not self.app.testing:
            with self._lock:
                self._look()
            if self._refused:
                headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "5")]
                start_response("503 Service Unavailable", headers)
                return [f"The database is not ready: {self._refused}.\n".encode()]
        return self.wsgi_app(environ, start_response)

    def _look(self) -> None:
        """See to the database, unless that was done or it was looked at a moment ago."""
        if self._is_over or time.monotonic() < self._next:
            return
        from .errors import Interrupted
        from .errors import LockTimeout
        from .errors import NotReady
        from .errors import SchemaMigrateError
        from .errors import Unreachable

        try:
            self.run(0)
        except Interrupted:  # Of the process; the database may be as it should be.
            raise
        except SchemaMigrateError as error:
            state = getattr(error, "state", "") or type(error).__name__
            if state != self._refused:
                self.app.logger.error("%s  %s", error.message, error.hint)
            self._refused = state
            passing = isinstance(error, (Unreachable, LockTimeout))
            passing = passing or (isinstance(error, NotReady) and self.mode == "wait")
            self._next = time.monotonic() + PAUSE if passing else float("inf")
        else:
            self._is_over, self._refused = True, ""

    def now(self, timeout: float | None) -> None:
        """Do it where the app is made, unless that is for a command or a test."""
        if not (self._is_over or self.app.testing or in_command()):
            self.run(timeout)
            self._is_over = True

    def run(self, timeout: float | None) -> None:
        """Do what the mode says, waiting at most ``timeout`` seconds.

        Raises NotReady, and with ``upgrade`` what an upgrade raises.
        """
        from . import api

        with self.app.app_context():
            settings = self.settings(self.app)
            if self.mode == "upgrade":
                api.upgrade(settings, "head")
            elif self.mode == "wait":
                api.wait(settings, timeout)
            else:
                self._judge(api.health(settings))

    def _judge(self, health: Health) -> None:
        from .api.waiting import not_ready

        if health.ready:
            return
        error = not_ready(health)
        if self.mode == "fail":
            raise error
        self.app.logger.warning("%s  Next: %s", error.message, error.hint)


def prepared(app: Flask, settings: Callable[..., Any], mode: str | None) -> Startup:
    """Put what ``mode``, or the app's config, says before the app.  Raises InvalidSetting."""
    mode = mode or app.config["SCHEMAMIGRATE_ON_STARTUP"]
    options.check_startup(mode)
    startup = Startup(app, settings, str(mode))
    app.wsgi_app = startup  # type: ignore[method-assign]
    return startup


def in_command() -> bool:
    """Whether the app is being made for a command of ``flask`` other than ``flask run``."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name == "run":
        return False
    return isinstance(context.find_root().command, FlaskGroup)

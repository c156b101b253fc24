"""The side of those who want tenants upgraded: giving the work to workers, and waiting for it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import Executor
from concurrent.futures import FIRST_COMPLETED
from concurrent.futures import Future
from concurrent.futures import wait
from dataclasses import dataclass
from dataclasses import replace
from typing import TypeAlias

from flask import current_app

from ..api import tenants as api
from ..api.tenants import Kind
from ..api.tenants import Tenant
from ..errors import Interrupted
from ..errors import InvalidSetting
from ..settings import Settings
from . import jobs
from . import processes
from .jobs import Job
from .jobs import Place

Telling: TypeAlias = Callable[[Tenant], None]


def nobody(*_: object) -> None:
    """Tell nobody."""


def upgrade_each(
    target: str = "head",
    *,
    schemas: str | None = None,
    binds: bool = False,
    executor: Executor | None = None,
    workers: int = 1,
    app: str | None = None,
    directory: str | os.PathLike[str] | None = None,
    progress: Telling = nobody,
) -> tuple[Tenant, ...]:
    """Upgrade each tenant of the current app to ``target``, and return what became of them.

    Tenants are the schemas (on MariaDB the databases) whose names are LIKE ``schemas``, or the
    ``binds``.  They are upgraded here, one after the other; with ``workers`` in so many processes;
    or by an ``executor``, on whatever machines it has.  The last two need ``app``, the import path
    of the app or of its factory (default: ``FLASK_APP``).  ``progress`` is told of each tenant when
    it is done.

    That a tenant fails is in its result, and stops no other.  Raises SettingsError (NoTenants) and
    HistoryError before anything is done, and Interrupted.
    """
    if (schemas is None) is not binds:
        raise InvalidSetting(
            "Tenants are either schemas or binds.",
            hint='Say which: upgrade_each(schemas="tenant_%"), or upgrade_each(binds=True)',
        )
    path = os.environ.get("FLASK_APP", "") if app is None else app
    place = Place(path, None if directory is None else os.fspath(directory))
    settings = place.settings(current_app._get_current_object())  # type: ignore[attr-defined]
    fleet = Fleet(settings, "bind" if binds else "schema", schemas)
    return fleet.upgrade(target, place, executor=executor, workers=workers, progress=progress)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The tenants of an app: ``kind`` says what they are, ``pattern`` which schemas."""

    settings: Settings
    kind: Kind
    pattern: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, sorted.  Raises NoTenants and InvalidSetting."""
        return api.names(self.settings, self.kind, self.pattern)

    def each(self) -> Iterator[tuple[str, Settings]]:
        """Yield each tenant's name and its settings."""
        names = self.names
        with api.places(self.settings, self.kind) as at:
            for name in names:
                with at(name) as settings:
                    yield name, settings

    def upgrade(
        self,
        target: str,
        place: Place,
        *,
        executor: Executor | None = None,
        workers: int = 1,
        progress: Telling = nobody,
        waiting: Callable[[str], None] = nobody,
    ) -> tuple[Tenant, ...]:
        """Upgrade them: see :func:`upgrade_each`."""
        graph = api.history(self.settings, target)
        names = self.names
        patience = self.settings.lock_timeout

        def job(name: str, again: bool) -> Job:
            # Another process may be at it: those that nobody is at come first.
            return Job(place, self.kind, name, target, patience if again else 0.0)

        if executor is not None:

            def given(name: str, again: bool) -> Future[Tenant]:
                return executor.submit(jobs.run, job(name, again))

            try:
                return _carried_out(names, given, len(names), progress)
            finally:
                jobs.close()  # Its threads may have worked in this process.
        if workers > 1:
            with processes.started(min(workers, len(names))) as submit:
                return _carried_out(names, lambda *told: submit(job(*told)), workers, progress)
        with api.places(self.settings, self.kind) as at:

            def here(name: str, again: bool) -> Future[Tenant]:
                done: Future[Tenant] = Future()
                with at(name) as found:
                    settings = replace(found, lock_timeout=job(name, again).patience)
                    say = waiting if again else nobody
                    done.set_result(api.upgrade(settings, graph, name, target, say))
                return done

            return _carried_out(names, here, 1, progress)


#: From the name of a tenant, and whether it is tried again, to its result.
_Submit: TypeAlias = Callable[[str, bool], "Future[Tenant]"]


def _carried_out(
    names: Sequence[str], submit: _Submit, window: int, progress: Telling
) -> tuple[Tenant, ...]:
    """Have tenants upgraded, ``window`` at a time; those that were busy once more, at the end."""
    left = deque((name, False) for name in names)
    running: dict[Future[Tenant], tuple[str, bool]] = {}
    found: dict[str, Tenant] = {}
    try:
        while left or running:
            while left and len(running) < window:
                name, again = left.popleft()
                running[_submitted(submit, name, again)] = name, again
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name, again = running.pop(future)
                one, is_lost = _outcome(name, future)
                if (one.busy or is_lost) and not again:
                    left.append((name, True))
                else:
                    found[name] = one
                    progress(one)
    except KeyboardInterrupt as stop:
        for future in running:
            future.cancel()
        processes.end()
        raise _interrupted(stop, len(names), len(found)) from stop
    return tuple(found[name] for name in names)


def _submitted(submit: _Submit, name: str, again: bool) -> Future[Tenant]:
    try:
        return submit(name, again)
    except Interrupted:
        raise
    except Exception as error:  # An executor that takes no more work.
        refused: Future[Tenant] = Future()
        refused.set_exception(error)
        return refused


def _outcome(name: str, future: Future[Tenant]) -> tuple[Tenant, bool]:
    """Return what became of a tenant, and whether nobody knows because its worker is gone."""
    try:
        return future.result(), False
    except BrokenExecutor:
        lost = Tenant(
            name,
            code="E000",
            error="The process that worked on it has ended without a word: it was killed, or there "
            "was no memory left.",
            hint="Run the command again: it goes on where that stopped.",
        )
        return lost, True
    except Exception as error:
        return api.failed(Tenant(name), error), False


def _interrupted(stop: KeyboardInterrupt, number: int, done: int) -> Interrupted:
    error = Interrupted(
        f"Interrupted: {done} of {number} tenants were done.",
        hint="Run the command again: it goes on with those that are behind.",
    )
    error.exit_status = getattr(stop, "exit_status", error.exit_status)
    return error

"""Workers that are processes of this machine, and end in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from concurrent.futures import Future
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from contextlib import suppress

from ..api.tenants import Tenant
from . import jobs
from .jobs import Job

#: Set while no job runs in a process of ours, and once such a process is to end.
_idle, _leaving = threading.Event(), threading.Event()
#: Seconds that a worker has to hand over its last result.
_LAST = 0.5


@contextmanager
def started(number: int) -> Iterator[Callable[[Job], Future[Tenant]]]:
    """Give what submits jobs to so many processes, which are replaced where one is killed."""
    context = multiprocessing.get_context("spawn")  # Connections must not be inherited.

    def pool() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(number, context, initializer=_begin)

    pools = [pool()]

    def submit(job: Job) -> Future[Tenant]:
        try:
            found = pools[-1].submit(_work, job)
        except BrokenExecutor:
            pools.append(pool())
            found = pools[-1].submit(_work, job)
        # What watches the processes may have looked just before the last one was there: it looks
        # again when there is more to do.  Else nobody would notice that one is killed.
        with suppress(BrokenExecutor):
            pools[-1].submit(_nothing)
        return found

    try:
        yield submit
    finally:
        for one in pools:
            one.shutdown(cancel_futures=True)


def _nothing() -> None:
    """Do nothing."""


def end() -> None:
    """Let our workers stop what they do, and roll it back."""
    for process in multiprocessing.active_children():
        if process.name.startswith("SpawnProcess"):
            process.terminate()


# --- in each of them ----------------------------------------------------------------------------


class _Stop(KeyboardInterrupt):
    """The process that gave the job wants it to end."""


def _begin() -> None:
    """Make a process ready: it ends what it does when it is told to, or when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides.
    signal.signal(signal.SIGTERM, _stop)
    _idle.set()
    threading.Thread(target=_watch_parent, daemon=True).start()


def _stop(*_: object) -> None:
    _leaving.set()
    raise SystemExit(0) if _idle.is_set() else _Stop


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _work(job: Job) -> Tenant:
    _idle.clear()
    try:
        return jobs.run(job)
    finally:
        _idle.set()
        if _leaving.is_set():  # Else it would wait for a job that nobody gives.
            threading.Timer(_LAST, os._exit, (0,)).start()

"""Keeping the log while revisions run: what each record says, and what hinders none."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterable
from contextlib import nullcontext
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from functools import cached_property
from importlib import metadata
from typing import Any

from sqlalchemy.exc import DBAPIError

from ..dialects.direct import Statement
from ..history.graph import Direction
from ..history.graph import Move
from ..history.revision import Revision
from . import log
from .log import Record
from .session import Session
from .source import Source
from .watch import Watch

_ACTIONS = {Direction.UP: log.UPGRADE, Direction.DOWN: log.DOWNGRADE}


@dataclass(frozen=True)
class Ledger:
    """Writes the log of a session, in whatever transaction is open."""

    session: Session

    def moved(self, move: Move, seconds: float, watch: Watch) -> Statement:
        """Return the statement that writes that a revision was applied or undone."""
        record = self._record(
            watch.source,
            _ACTIONS[move.direction],
            seconds=round(seconds, 3),
            statements=tuple(watch.statements),
            statement_count=watch.statement_count,
        )
        return self.session.log.adding(record)

    def noted(self, revisions: Iterable[Revision], action: str = log.STAMP) -> None:
        """Write that revisions were recorded without running, or that they were accepted."""
        for revision in revisions:
            self.session.log.write(self._record(Source(revision), action))

    def _record(self, source: Source, action: str, **more: Any) -> Record:
        revision = source.revision
        return Record(
            revision.id,
            action,
            log.now(),
            revision.parents,
            revision.depends_on,
            revision.labels,
            revision.message[:4000],
            revision.path.name if revision.path else "",
            source.digest,
            source.text,
            app_version=self.app_version,
            version=self.version,
            user=self.user,
            host=self.host,
            **more,
        )

    @cached_property
    def app_version(self) -> str:
        """The version of the app: the one that is set, else that of the package it is in."""
        settings = self.session.settings
        return settings.app_version or _version(settings.package)

    @cached_property
    def version(self) -> str:
        """The version of this package."""
        return _version("Flask-SchemaMigrate")

    @cached_property
    def host(self) -> str:
        """The name of this machine, or of the container."""
        return socket.gethostname()

    @cached_property
    def user(self) -> str:
        """Who runs the process."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # A container may have a user without a name.
            return ""


@cache
def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution) if distribution else ""
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def opened(session: Session) -> tuple[Ledger | None, str]:
    """Return the ledger of a session, its table made; or None, and the reason if it was not meant.

    That the log cannot be kept hinders no revision.
    """
    if not session.settings.keeps_log:
        return None, ""
    transactional = session.dialect.transactional_ddl
    joined = session.joined and transactional
    # On SQLite there is no round trip to save, and who is in the way is told at BEGIN.
    if session.dialect.queues and not session.joined and _takes_rows(session):
        return Ledger(session), ""
    try:
        session.begin()
        with session.connection.begin_nested() if joined else nullcontext():
            session.log.prepare()
        session.commit()
    except DBAPIError as error:
        session.rollback()
        said = " ".join(str(error.orig).split())
        return None, f"The log {session.log.table.fullname} cannot be kept: {said}"
    return Ledger(session), ""


def _takes_rows(session: Session) -> bool:
    with suppress(DBAPIError), session.asking():
        session.log.attempt()
        return True
    return False

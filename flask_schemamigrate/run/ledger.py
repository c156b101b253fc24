"""Keeping the log while revisions run: what each record says, and what hinders none."""

from __future__ import annotations

import getpass
import hashlib
import importlib.util
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

from ..history.graph import Direction
from ..history.graph import Move
from ..history.revision import Revision
from . import log
from .log import Record
from .session import Session
from .watch import Watch

_ACTIONS = {Direction.UP: log.UPGRADE, Direction.DOWN: log.DOWNGRADE}


@dataclass(frozen=True)
class Ledger:
    """Writes the log of a session, in whatever transaction is open."""

    session: Session

    def moved(self, move: Move, seconds: float, watch: Watch | None) -> None:
        """Write that a revision was applied or undone."""
        self.session.log.write(self._moved(move, seconds, watch))

    def row(self, move: Move, seconds: float, watch: Watch | None) -> dict[str, Any]:
        """Return what :meth:`moved` writes."""
        return self.session.log.row(self._moved(move, seconds, watch))

    def _moved(self, move: Move, seconds: float, watch: Watch | None) -> Record:
        return self._record(
            move.revision,
            _ACTIONS[move.direction],
            seconds=round(seconds, 3),
            statements=tuple(watch.statements) if watch is not None else (),
            statement_count=watch.statement_count if watch is not None else 0,
        )

    def noted(self, revisions: Iterable[Revision], action: str = log.STAMP) -> None:
        """Write that revisions were recorded without running, or that they were accepted."""
        for revision in revisions:
            self.session.log.write(self._record(revision, action))

    def _record(self, revision: Revision, action: str, **more: Any) -> Record:
        data = content(revision)
        return Record(
            revision.id,
            action,
            log.now(),
            revision.parents,
            revision.depends_on,
            revision.labels,
            revision.message[:4000],
            revision.path.name if revision.path else "",
            digest(data),
            text(data),
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


def content(revision: Revision) -> bytes:
    """Return the bytes of a script; none where there is no file with its source."""
    path = revision.path
    if path is None or path.suffix != ".py":
        return b""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def digest(data: bytes) -> str:
    """Return the fingerprint of a script, the same whatever ends its lines."""
    data = data.replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest() if data else ""


def text(data: bytes) -> str:
    """Return a script as text; an empty one where it cannot be decoded."""
    if data.isascii() and b"coding" not in data and b"\r" not in data:
        return data.decode("ascii")
    try:
        return importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError, LookupError):
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

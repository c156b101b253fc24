"""What was applied, undone and recorded, when, by whom and with which script: a table of ours.

It lies beside the version table, which stays as Alembic knows it, and is only ever added to.  A
row is written in the transaction that writes the version row.  Texts are kept as JSON in ASCII: a
message in any language, or a script with any character, fits into a database of any encoding.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import fields
from datetime import datetime
from datetime import timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable
from sqlalchemy.schema import DropTable

from ..dialects.base import Dialect
from ..dialects.direct import Statement
from ..settings import Settings
from .own_table import OwnTable
from .prepared import prepared

#: The name of the table; it lies beside the version table.
NAME = "schemamigrate_log"
_LONG = sa.Text().with_variant(sa.Text(2**24 - 1), "mysql")  # MEDIUMTEXT there.
#: What a row may be about.
UPGRADE, DOWNGRADE, STAMP, ACCEPT = "upgrade", "downgrade", "stamp", "accept"
#: A longer script is not kept, only its digest: a packet of the server has to take it.
LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One row: what happened to a revision.

    ``action`` is ``upgrade``, ``downgrade``, ``stamp`` (recorded, not run) or ``accept`` (a changed
    script was accepted); ``at`` is the time in UTC.  ``source`` is the script as it was, ``digest``
    the SHA-256 of its file, which is called ``file``.  ``statements`` are the beginnings of the
    SHA-256 of each statement that wrote something, at most 1,000; ``statement_count`` counts all.
    ``app_version`` is that of the app, ``version`` that of Flask-SchemaMigrate.
    """

    revision: str
    action: str
    at: str = ""
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    file: str = ""
    digest: str = ""
    source: str = ""
    seconds: float = 0.0
    statements: tuple[str, ...] = ()
    statement_count: int = 0
    app_version: str = ""
    version: str = ""
    user: str = ""
    host: str = ""

    @property
    def by(self) -> str:
        """Who it was: ``ana@laptop, app 1.3``."""
        who = "@".join(filter(None, (self.user, self.host)))
        app = f"app {self.app_version}" if self.app_version else ""
        return ", ".join(filter(None, (who, app)))


#: Fields with a column of their own; the rest is in ``details``, so that more may come.
_COLUMNS = ("revision", "action", "at", "digest", "source")
_DETAILS = tuple(one.name for one in fields(Record) if one.name not in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Log(OwnTable):
    """The log of one version table in one database."""

    version_table: str

    @classmethod
    def of(cls, dialect: Dialect, settings: Settings) -> Log:
        """Return the log beside the version table that the settings name."""
        table = sa.Table(
            NAME,
            sa.MetaData(),
            # The time in nanoseconds: in order, and no sequence that somebody must be granted.
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("version_table", sa.String(255), nullable=False),
            sa.Column("revision", sa.String(255), nullable=False),
            sa.Column("action", sa.String(10), nullable=False),
            sa.Column("at", sa.String(32), nullable=False),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("details", _LONG, nullable=False),
            sa.Column("source", _LONG, nullable=False),
            schema=settings.version_table_schema,
        )
        return cls(dialect, table, settings.version_table)

    def prepare(self) -> None:
        """Create the table, or try whether it can be written to; raises what the driver does."""
        if not self.exists():
            self.connection.execute(CreateTable(self.table))
        else:
            self.attempt()

    def attempt(self) -> None:
        """Add no row; raises what the driver does where none could be added."""
        columns = list(self.table.c)
        nothing = sa.select(*columns).where(sa.literal(1) == sa.literal(0))
        self.connection.execute(sa.insert(self.table).from_select(columns, nothing))

    def drop(self) -> bool:
        """Drop the table; whether there was one."""
        if not self.exists():
            return False
        self.connection.execute(DropTable(self.table))
        return True

    def write(self, record: Record) -> None:
        """Add a row in the open transaction."""
        self.dialect.send((self.adding(record),))

    def adding(self, record: Record) -> Statement:
        """Return the statement that adds a row."""
        details = {name: getattr(record, name) for name in _DETAILS}
        row = {
            "id": time.time_ns(),
            "version_table": self.version_table,
            "revision": record.revision,
            "action": record.action,
            "at": record.at or now(),
            "digest": record.digest,
            "details": json.dumps(details),
            "source": json.dumps(record.source if len(record.source) <= LONGEST else ""),
        }
        return prepared(self.connection, self.table, sa.insert).with_values(row)

    def read(
        self,
        revisions: Collection[str] | None = None,
        *,
        limit: int | None = None,
        sources: bool = False,
    ) -> tuple[Record, ...]:
        """Return rows, newest first: all, or those of ``revisions``.

        Without ``sources`` these are left empty.  () where there is no table, or none that may be
        read.  Begins no transaction that it does not end, unless one is open.
        """
        c = self.table.c
        columns = [c.revision, c.action, c.at, c.digest, c.details]
        query = sa.select(*columns, *([c.source] if sources else []))
        query = query.where(c.version_table == self.version_table).order_by(c.id.desc())
        if revisions is not None:
            query = query.where(c.revision.in_(sorted(revisions)))
        try:
            # Else it would spoil the transaction that it is not there.
            if self.connection.in_transaction() and not self.exists():
                return ()
            rows = self.connection.execute(query.limit(limit)).all()
        except DBAPIError:
            with suppress(DBAPIError):
                self.connection.rollback()
            return ()
        return tuple(map(_record, rows))


def _record(row: Any) -> Record:
    details = json.loads(row.details)
    known = {f: details[f] for f in Record.__dataclass_fields__ if f in details}
    for field in ("parents", "depends_on", "labels", "statements"):
        known[field] = tuple(known.get(field, ()))
    source = json.loads(row.source) if len(row) > 5 else ""
    return Record(row.revision, row.action, row.at, digest=row.digest, source=source, **known)


def now() -> str:
    """Return the present time in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")

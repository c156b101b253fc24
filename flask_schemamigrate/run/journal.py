"""What a revision has done that no rollback can undo, written down in the database itself.

A revision whose work commits in pieces (every DDL statement on MariaDB and MySQL, an
``autocommit_block``, a script that commits) may be stopped between them.  The journal has a row for
each piece, which is committed together with what the script did before it; the next run reads them
and goes on from there (:mod:`.replay`).  The table is there only while there is something in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable
from sqlalchemy.schema import DropTable

from ..dialects.base import Dialect
from ..dialects.direct import Statement
from ..settings import Settings
from .opening import JOURNAL
from .own_table import OwnTable
from .prepared import prepared

_MEDIUM = sa.Text(2**24 - 1)  # The server makes it a MEDIUMTEXT.
STARTED, DONE, FAILED, ANSWER = "started", "done", "failed", "answer"


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of work that was begun.

    ``unit`` is the fingerprint of the directive (or of the statement, outside of one) and ``index``
    counts the statements of a directive from 0.  ``state`` is ``started`` (whether it has run is
    not known), ``done``, ``failed`` (the database refused it) or ``answer`` (``answer`` is what a
    question of the script got).  ``before`` is a fingerprint of what the statement was to change;
    ``rows`` is the row count of a statement that wrote rows.
    """

    unit: str
    index: int
    statement: str
    state: str = DONE
    before: str = ""
    rows: int = -1
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A revision that stopped half-way: its entries in order, and its script's fingerprint then."""

    revision: str
    direction: str
    source: str
    entries: tuple[Entry, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing of it has run: the database refused its first statement, or batch."""
        return all(
            entry.state == ANSWER or (entry.state == FAILED and not entry.answer)
            for entry in self.entries
        )


@dataclass(frozen=True, slots=True)
class Journal(OwnTable):
    """The journal of one version table in one database."""

    version_table: str

    @classmethod
    def of(cls, dialect: Dialect, settings: Settings) -> Journal:
        """Return the journal beside the version table that the settings name."""
        table = sa.Table(
            JOURNAL,
            sa.MetaData(),
            # One hash for (version table, revision, direction, position): short on every server.
            sa.Column("id", sa.String(64), primary_key=True),
            sa.Column("version_table", sa.String(255), nullable=False),
            sa.Column("revision", sa.String(255), nullable=False),
            sa.Column("direction", sa.String(4), nullable=False),
            sa.Column("source", sa.String(64), nullable=False),
            sa.Column("position", sa.Integer, nullable=False),
            sa.Column("unit", sa.String(64), nullable=False),
            sa.Column("step", sa.Integer, nullable=False),
            sa.Column("statement", sa.Text, nullable=False),
            sa.Column("state", sa.String(10), nullable=False),
            sa.Column("state_before", sa.String(64), nullable=False),
            sa.Column("row_count", sa.Integer, nullable=False),
            sa.Column("answer", sa.Text().with_variant(_MEDIUM, "mysql"), nullable=False),
            schema=settings.version_table_schema,
        )
        return cls(dialect, table, settings.version_table)

    def create(self, is_absent: bool = False) -> None:
        """Create the table unless it exists; ``is_absent``: it is known that it does not."""
        if is_absent or not self.exists():
            self.connection.execute(CreateTable(self.table))

    def drop(self, is_there: bool = False) -> None:
        """Drop the table if it is there, which may be known, and nobody's work is in it."""
        if is_there or self.exists():
            left = self.connection.scalar(sa.select(sa.func.count()).select_from(self.table))
            if not left:
                self.connection.execute(DropTable(self.table))

    def read(self) -> Unfinished | None:
        """Return the revision that stopped half-way, or None.  At most one can have done so."""
        if not self.exists():
            return None
        c = self.table.c
        query = (
            sa.select(self.table)
            .where(c.version_table == self.version_table)
            .order_by(c.revision, c.direction, c.position)
        )
        try:
            rows = self.connection.execute(query).all()
        except DBAPIError as error:
            if not self.dialect.lacks_table(error):
                raise
            return None  # Another process has dropped it meanwhile.
        if not rows:
            return None
        first = rows[0]
        entries = tuple(
            Entry(r.unit, r.step, r.statement, r.state, r.state_before, r.row_count, r.answer)
            for r in rows
            if (r.revision, r.direction) == (first.revision, first.direction)
        )
        return Unfinished(first.revision, first.direction, first.source, entries)

    def write(self, unfinished: Unfinished, start: int, entries: Iterable[Entry]) -> None:
        """Add ``entries`` of a revision; ``start`` is the position of the first of them."""
        rows = [
            {
                "id": self._id(unfinished, position),
                "version_table": self.version_table,
                "revision": unfinished.revision,
                "direction": unfinished.direction,
                "source": unfinished.source,
                "position": position,
                "unit": entry.unit,
                "step": entry.index,
                "statement": entry.statement,
                "state": entry.state,
                "state_before": entry.before,
                "row_count": entry.rows,
                "answer": entry.answer,
            }
            for position, entry in enumerate(entries, start)
        ]
        insert = prepared(self.connection, self.table, sa.insert)
        for row in rows:
            insert.run(self.connection, row)

    def mark(self, unfinished: Unfinished, position: int, state: str, rows: int = -1) -> None:
        """Say what became of an entry."""
        marking = prepared(self.connection, self.table, _marking)
        values = {"entry": self._id(unfinished, position), "now": state, "changed": rows}
        marking.run(self.connection, values)

    def reach(self, unfinished: Unfinished, position: int, checkpoint: str) -> None:
        """Say how far an entry has come."""
        statement = sa.update(self.table).where(self.table.c.id == self._id(unfinished, position))
        self.connection.execute(statement.values(answer=checkpoint))

    def cut(self, unfinished: Unfinished, position: int) -> None:
        """Forget the entries from ``position`` on; the rest belongs to the script as it is now."""
        c = self.table.c
        mine = (c.version_table == self.version_table) & (c.revision == unfinished.revision)
        self.connection.execute(sa.delete(self.table).where(mine, c.position >= position))
        self.connection.execute(sa.update(self.table).where(mine).values(source=unfinished.source))

    def clear(self) -> None:
        """Forget everything that was begun under this version table."""
        self.dialect.send((self.clearing(),))

    def clearing(self) -> Statement:
        """Return the statement that does it."""
        clearing = prepared(self.connection, self.table, _clearing)
        return clearing.with_values({"under": self.version_table})

    def forget(self) -> tuple[Statement, ...]:
        """Forget a revision that has come to its end, in its transaction.

        What is returned has to run in it yet.
        """
        if not self.dialect.transactional_ddl:
            return (self.clearing(),)
        self.clear()
        self.drop()
        return ()

    def forget_nothing(self) -> bool:
        """Forget a revision that has stopped before anything of it had run; say if it was one."""
        left = self.read()
        if left is None or not left.is_nothing:
            return False
        self.clear()
        return True

    def _id(self, unfinished: Unfinished, position: int) -> str:
        parts = (self.version_table, unfinished.revision, unfinished.direction, str(position))
        return fingerprint("\0".join(parts))


def _marking(table: sa.Table) -> sa.Update:
    update = sa.update(table).where(table.c.id == sa.bindparam("entry"))
    return update.values(state=sa.bindparam("now"), row_count=sa.bindparam("changed"))


def _clearing(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(table.c.version_table == sa.bindparam("under"))


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

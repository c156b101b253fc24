"""PostgreSQL's own spelling of what a model says, asked of the server.

:func:`settle` brings both sides of a comparison into one spelling: :mod:`.textual` compares what is
written alike, :mod:`.scratch` asks, :mod:`.pairing` matches what the model leaves unnamed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from ...schema.objects import Column
from ...schema.objects import Identity
from ...schema.objects import Index
from ...schema.objects import Schema
from ...schema.objects import Sequence
from ...schema.objects import Table
from ..base import Settlement
from . import pairing
from . import scratch
from . import textual
from .inspect import plain_options
from .reader import Reader
from .words import Words

#: Tables made before they are rolled back: each one takes locks that the server has a limit for.
BATCH = 100


def settle(connection: Connection, dialect: Any, actual: Schema, wanted: Schema) -> Settlement:
    """Return both sides in the server's spelling.

    The tables that differ as text are made as temporary tables, read back by the same queries as
    real ones, and rolled back, within the caller's transaction (a savepoint) or one of its own.
    An event trigger of the database sees those temporary tables come: there is no way around it.
    Where the role may not make any, texts are compared as they are and a note says so.
    """
    wanted = Schema.of(
        (
            _plain_table(table, actual.table(table.name), connection)
            for table in wanted.tables.values()
        ),
        wanted.enums.values(),
        (_plain_sequence(sequence) for sequence in wanted.sequences.values()),
        wanted.schemas,
    )
    reader = Reader(dialect, dialect.default_schema_name)
    done, doubtful = _written_alike(reader, actual, wanted)
    notes: list[str] = []
    if doubtful:
        with scratch.undone(connection):
            bench = scratch.Bench(connection, Words(dialect.identifier_preparer), notes)
            if bench.prepare(actual, wanted):
                done += _asked(bench, reader, actual, doubtful)
            else:
                done += _compared(connection, reader, actual, doubtful)
    found = {table.name: _paired(actual, table) for table in done}
    tables = (found[name] for name in wanted.tables)
    schemas = wanted.schemas
    spelled = Schema.of(tables, wanted.enums.values(), wanted.sequences.values(), schemas)
    return Settlement(actual, spelled, tuple(notes))


def _written_alike(
    reader: Reader, actual: Schema, wanted: Schema
) -> tuple[list[Table], list[Table]]:
    """Return the tables that are equal as written, and those to ask the server about."""
    done, doubtful = [], []
    for table in wanted.tables.values():
        present = actual.table(table.name)
        written = None if present is None else textual.matched(reader, present, table)
        if present and written and pairing.alike(present, pairing.paired(present, written)):
            done.append(written)
        else:
            doubtful.append(table)
    return done, doubtful


def _asked(
    bench: scratch.Bench, reader: Reader, actual: Schema, doubtful: list[Table]
) -> list[Table]:
    """Return tables in the server's spelling; indexes that are written alike are not asked for."""
    found = []
    for start in range(0, len(doubtful), BATCH):
        batch = doubtful[start : start + BATCH]
        settled = [_settled_indexes(reader, actual.table(t.name), t) for t in batch]
        reduced = [
            replace(table, indexes=tuple(i for i in table.indexes if i.name not in known))
            for table, known in zip(batch, settled)
        ]
        for table, known, spelled in zip(batch, settled, bench.spelled(reduced)):
            present = actual.table(table.name)
            asked = spelled if present is None else bench.same(present, spelled)
            rest = iter(asked.indexes)
            indexes = (known[i.name] if i.name in known else next(rest) for i in table.indexes)
            found.append(replace(asked, indexes=tuple(indexes)))
    return found


def _settled_indexes(
    reader: Reader, actual: Table | None, wanted: Table
) -> dict[str | None, Index]:
    """Return the indexes that are written alike, on columns whose types are, by name."""
    if actual is None:
        return {}
    written = textual.matched(reader, actual, wanted)
    types = {c.name: c.type for c in actual.columns}
    if any(types.get(c.name, c.type) != c.type for c in written.columns):
        return {}
    return {i.name: i for i in written.indexes if i.name and i in actual.indexes}


def _compared(
    connection: Connection, reader: Reader, actual: Schema, doubtful: list[Table]
) -> list[Table]:
    """Return tables compared by text."""
    found = []
    for table in doubtful:
        present = actual.table(table.name)
        matched = table
        if present is not None:
            matched = textual.matched(reader, present, table, connection)
        found.append(matched)
    return found


def _paired(actual: Schema, wanted: Table) -> Table:
    present = actual.table(wanted.name)
    return wanted if present is None else pairing.paired(present, wanted)


def _plain_table(table: Table, present: Table | None, connection: Connection) -> Table:
    columns = tuple(_plain_column(column, connection) for column in table.columns)
    # How a table is partitioned, stored or placed cannot be altered: no difference.
    options = table.options if present is None else present.options
    return replace(table, columns=columns, options=options)


def _plain_column(column: Column, connection: Connection) -> Column:
    identity, computed = column.identity, column.computed
    if identity is not None:
        kind = str(column.type).lower()
        column = replace(column, identity=Identity(identity.always, **_given(identity, kind)))
    if computed is not None and computed.persisted is None:
        version: Any = connection.dialect.server_version_info
        # PostgreSQL 18 made VIRTUAL the default; before it there was STORED alone.
        column = replace(column, computed=replace(computed, persisted=version < (18,)))
    return column


def _plain_sequence(sequence: Sequence) -> Sequence:
    options = _given(sequence, "bigint")
    return Sequence(sequence.name, **options, element=sequence.element)


def _given(value: Identity | Sequence, kind: str) -> dict[str, Any]:
    names = ("start", "increment", "minvalue", "maxvalue", "cache", "cycle")
    return plain_options({name: getattr(value, name) for name in names}, kind)

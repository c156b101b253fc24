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
from ...schema.objects import Schema
from ...schema.objects import Sequence
from ...schema.objects import Table
from ..base import Settlement
from . import pairing
from . import scratch
from . import textual
from .inspect import plain_options
from .reader import Reader


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
    spelled, notes, asked = scratch.spell(connection, dialect, actual, wanted)
    if not asked:
        reader = Reader(dialect, dialect.default_schema_name)
        spelled = textual.spelled(connection, reader, actual, wanted)
    for name, table in spelled.tables.items():
        present = actual.table(name)
        if present is not None:
            spelled = spelled.with_table(pairing.paired(present, table))
    return Settlement(actual, spelled, notes)


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

"""PostgreSQL's own spelling of what a model says, asked of the server.

:func:`settle` brings both sides of a comparison into one spelling: :mod:`.textual` compares what is
written alike, :mod:`.scratch` asks, :mod:`.pairing` matches what the model leaves unnamed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from typing import TypeVar

from sqlalchemy.engine import Connection

from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Enum
from ...schema.objects import ForeignKey
from ...schema.objects import Identity
from ...schema.objects import Index
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sequence
from ...schema.objects import Table
from ...schema.objects import Unique
from ..base import Settlement
from . import pairing
from . import scratch
from . import serials
from . import textual
from .inspect import plain_options
from .reader import Reader
from .shared import Shared
from .words import Words

Key = TypeVar("Key", bound=PrimaryKey | Unique | ForeignKey)

#: Tables made before they are rolled back: each one takes locks that the server has a limit for.
BATCH = 100


def settle(connection: Connection, reader: Reader, actual: Schema, wanted: Schema) -> Settlement:
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
    wanted = serials.own(connection, actual, wanted)
    notes: list[str] = []
    bench = scratch.Bench(connection, Words(reader.preparer), actual, wanted, notes)
    with bench.undone():
        known = Shared(reader, actual)
        unlike = known.unlike(wanted.tables.values())
        if unlike and bench.is_ready():
            known.ask(bench, unlike)
        done, doubtful = known.sorted(wanted.tables.values())
        same = frozenset(table.name for table in done)
        if doubtful and bench.is_ready():
            done += _asked(bench, reader, actual, doubtful)
        elif doubtful:
            done += _compared(connection, reader, actual, doubtful, notes)
        enums = {**wanted.enums, **_domains(bench, actual, wanted)}
    found = {table.name: table for table in done}
    tables = (found[name] for name in wanted.tables)
    spelled = Schema.of(tables, enums.values(), wanted.sequences.values(), wanted.schemas)
    return Settlement(actual, spelled, tuple(notes), same)


def _domains(bench: scratch.Bench, actual: Schema, wanted: Schema) -> dict[Name, Enum]:
    """Return the domains that are there, as the server spells what the model says of them."""
    doubtful = {
        name: enum
        for name, enum in wanted.enums.items()
        if enum.domain is not None
        and name in actual.enums
        and enum.domain != actual.enums[name].domain
    }
    return {
        name: replace(
            enum, domain=bench.domain(enum) if bench.is_ready() else actual.enums[name].domain
        )
        for name, enum in doubtful.items()
    }


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
            found.append(_paired(actual, replace(asked, indexes=tuple(indexes))))
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
    connection: Connection,
    reader: Reader,
    actual: Schema,
    doubtful: list[Table],
    notes: list[str],
) -> list[Table]:
    """Return tables compared by text; what that cannot decide is left as it is, and noted."""
    found = []
    for table in doubtful:
        present = actual.table(table.name)
        matched = table
        if present is not None:
            matched = textual.matched(reader, present, table, connection)
            matched, undecided = textual.left_alone(present, matched)
            notes += [
                f"Whether {what} of table {table.name} has changed is not known."
                for what in undecided
            ]
        found.append(_paired(actual, matched))
    return found


def _paired(actual: Schema, wanted: Table) -> Table:
    present = actual.table(wanted.name)
    return wanted if present is None else pairing.paired(present, wanted)


def _plain_table(table: Table, present: Table | None, connection: Connection) -> Table:
    columns = table.columns
    if any(column.identity or column.computed for column in columns):
        columns = tuple(_plain_column(column, connection) for column in columns)
    return Table(
        table.name,
        columns,
        _plain_key(table.primary_key) if table.primary_key else None,
        tuple(map(_plain_key, table.uniques)),
        tuple(map(_plain_key, table.foreign_keys)),
        table.checks,
        table.excludes,
        table.indexes,
        table.comment,
        # How a table is partitioned, stored or placed cannot be altered: no difference.
        table.options if present is None else present.options,
        table.element,
    )


def _plain_key(key: Key) -> Key:
    """Return a key without what the server does anyway: INITIALLY IMMEDIATE, MATCH SIMPLE."""
    matched = key.match if isinstance(key, ForeignKey) else None
    if key.initially is None and matched is None:
        return key
    deferred = (key.initially or "").upper() == "DEFERRED"
    plain: dict[str, Any] = {
        "initially": "DEFERRED" if deferred else None,
        "deferrable": key.deferrable or deferred,
    }
    if matched == "SIMPLE":
        plain["match"] = None
    return replace(key, **plain)


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
    type_ = (sequence.type or "bigint").lower()
    options = _given(sequence, type_)
    kind = None if type_ == "bigint" else type_
    return Sequence(sequence.name, **options, element=sequence.element, type=kind)


def _given(value: Identity | Sequence, kind: str) -> dict[str, Any]:
    names = ("start", "increment", "minvalue", "maxvalue", "cache", "cycle")
    return plain_options({name: getattr(value, name) for name in names}, kind)

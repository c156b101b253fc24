"""How the server spells types, defaults and expressions: it is asked, through scratch tables."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from typing import TypeVar

from sqlalchemy.engine import Connection

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ..base import Settlement
from . import implied
from . import textual
from .facts import Facts
from .inspect import INVISIBLE
from .inspect import plain_sequence
from .reader import MySQLReader
from .scratch import accepted
from .scratch import Found
from .scratch import Scratch
from .shared import Shared

Named = TypeVar("Named", Unique, ForeignKey, Check)
#: What options that can be set are where the catalogue does not tell them.
_USUAL = {
    "row_format": "DEFAULT",
    "key_block_size": "0",
    "stats_persistent": "DEFAULT",
    "stats_auto_recalc": "DEFAULT",
    "stats_sample_pages": "DEFAULT",
    "pack_keys": "DEFAULT",
    "checksum": "0",
    "delay_key_write": "0",
    "max_rows": "0",
    "min_rows": "0",
    "avg_row_length": "0",
}
#: Options that say nothing about the table as it is, or that the catalogue does not tell.
_UNCOMPARED = (
    "partition",
    "subpartition",
    "auto_increment",
    "data_directory",
    "index_directory",
    "tablespace",
    "connection",
    "password",
    "union",
    "insert_method",
)


def settle(
    connection: Connection, reader: MySQLReader, facts: Facts, actual: Schema, wanted: Schema
) -> Settlement:
    """Bring the wanted tables into the server's spelling, and read both sides alike."""
    scratch = Scratch(connection, reader, facts)
    existing, changed = dict(actual.tables), dict(wanted.tables)
    known = Shared(scratch)
    equal: list[Name] = []
    options = {
        name: _scratch_options(want, actual.tables.get(name), reader)
        for name, want in wanted.tables.items()
    }
    known.ask((want, options[n]) for n, want in wanted.tables.items() if n in actual.tables)
    for name, want in wanted.tables.items():
        have = actual.tables.get(name)
        written = None if have is None else known.written(want, options[name])
        if have is not None and written is not None:
            told = Found(options=known.options.get(options[name], {}))
            same, there = _paired(written, have, told)
            if known.alike(same, there):
                changed[name], existing[name] = same, there
                equal.append(name)
                continue
        found = scratch.ask(want, options[name])
        want = _spelled(want, found)
        if have is not None:
            want = textual.respelled(want, have, reader) if scratch.refused else want
            want, have = _paired(want, have, found)
            existing[name] = have
        changed[name] = want
    sequences = {name: plain_sequence(value) for name, value in wanted.sequences.items()}
    return Settlement(
        replace(actual, tables=Schema.of(map(_bare, existing.values())).tables),
        replace(wanted, tables=Schema.of(changed.values()).tables, sequences=sequences),
        tuple(dict.fromkeys(scratch.notes)),
        frozenset(equal),
    )


def _scratch_options(want: Table, have: Table | None, reader: MySQLReader) -> str:
    """Return the character set that the table's columns are to have by default, as SQL."""
    prefix = reader.dialect.name
    stated = dict(want.options)
    if f"{prefix}_charset" not in stated and f"{prefix}_collate" not in stated and have:
        stated = dict(have.options)
    charset, collate = stated.get(f"{prefix}_charset"), stated.get(f"{prefix}_collate")
    words = f" DEFAULT CHARSET={charset}" if charset else ""
    return words + (f" COLLATE={collate}" if collate else "")


# --- the wanted side ------------------------------------------------------------------------------


def _spelled(want: Table, found: Found) -> Table:
    return replace(
        want,
        columns=tuple(accepted(column, found) for column in want.columns),
        checks=tuple(
            replace(c, sql=replace(c.sql, text=found.checks[n].sql.text))
            if n in found.checks
            else c
            for n, c in enumerate(want.checks)
        ),
        indexes=tuple(
            _index_spelled(i, found.indexes[n]) if n in found.indexes else i
            for n, i in enumerate(want.indexes)
        ),
    )


def _index_spelled(want: Index, found: Index) -> Index:
    return replace(want, definition=replace(want.definition, text=found.definition.text))


def _options(want: Table, have: Table, found: Found) -> Options:
    """Return the stated options that can be compared, spelled as the table has them."""
    actual = dict(have.options)
    kept = []
    for name, value in want.options:
        word = name.partition("_")[2]
        if word.startswith(_UNCOMPARED):
            continue
        spelled = found.options.get(word) or str(value)
        present = str(actual.get(name) or _USUAL.get(word, ""))
        kept.append((name, present if present.lower() == spelled.lower() else spelled))
    return tuple(kept)


# --- both sides -----------------------------------------------------------------------------------


def _paired(want: Table, have: Table, found: Found) -> tuple[Table, Table]:
    """Return both tables with what the server cannot tell apart read alike."""
    have, want = implied.paired(_as_meant(have, want), want)
    have = _bare(have)
    key = want.primary_key
    if key is not None and (key.name or key.options):  # The server calls each one PRIMARY.
        key = replace(key, name=None, options=())
    want = Table(
        want.name,
        tuple(_nothing_lost(c, have) for c in want.columns),
        key,
        _named(want.uniques, have.uniques),
        _named(map(partial(_acting, have), want.foreign_keys), have.foreign_keys),
        _named(want.checks, have.checks),
        want.excludes,
        tuple(_without_parser(i) for i in want.indexes),
        want.comment,
        _options(want, have, found),
        want.element,
    )
    return want, _in_order(replace(have, options=tuple(_stated(want, have))), want)


def _stated(want: Table, have: Table) -> Iterator[tuple[str, Any]]:
    """Yield the actual table's options that the model states too, in words that set them again."""
    actual = dict(have.options)
    for name, _ in want.options:
        usual = _USUAL.get(name.partition("_")[2])
        if name in actual or usual is not None:
            yield name, actual.get(name, usual)


def _nothing_lost(want: Column, table: Table) -> Column:
    """Return the wanted column; a trigger's or the app's default says nothing about it.

    Nor does ``now()`` where the column has ``CURRENT_TIMESTAMP``, which MySQL keeps apart.
    """
    have = table.column(want.name)
    default = getattr(want.element, "server_default", None)
    if have is None or default is None or want.computed is not None:
        return want
    if hasattr(default, "arg") and not (_is_now(want.default) and _is_now(have.default)):
        return want
    return replace(want, default=have.default)


def _is_now(default: Sql | None) -> bool:
    return default is not None and default.text.upper() in ("(NOW())", "CURRENT_TIMESTAMP")


def _bare(table: Table) -> Table:
    """Return a table without the marks that are for ALTER TABLE alone."""
    if not any(column.options for column in table.columns):
        return table
    return replace(
        table,
        columns=tuple(
            replace(c, options=tuple(o for o in c.options if o[0] != INVISIBLE))
            for c in table.columns
        ),
    )


def _named(want: Iterable[Named], have: Iterable[Named]) -> tuple[Named, ...]:
    """Give constraints that the model leaves unnamed the name that their equals have."""
    free = list(have)
    settled: dict[int, Named] = {}
    listed = list(want)
    if listed == free:
        return tuple(listed)
    for n, item in sorted(enumerate(listed), key=lambda pair: pair[1].name is None):
        match = next((h for h in free if _is_alike(item, h)), None)
        if match is not None:
            free.remove(match)
        settled[n] = item if match is None else replace(item, name=match.name)
    return tuple(settled[n] for n in range(len(listed)))


def _acting(have: Table, want: ForeignKey) -> ForeignKey:
    """Return a key with NO ACTION, or RESTRICT, where its equal has none, and the reverse.

    MariaDB's default is RESTRICT, MySQL's NO ACTION; InnoDB does the same for both.
    """

    def plain(key: ForeignKey) -> ForeignKey:
        same = ("NO ACTION", "RESTRICT")
        onupdate, ondelete = (None if a in same else a for a in (key.onupdate, key.ondelete))
        return replace(key, onupdate=onupdate, ondelete=ondelete)

    for key in have.foreign_keys:
        if want == key:
            return want
        if _is_alike(plain(want), plain(key)):
            return replace(want, onupdate=key.onupdate, ondelete=key.ondelete)
    return want


def _is_alike(want: Named, have: Named) -> bool:
    return want == have or (want.name is None and replace(have, name=None) == want)


def _as_meant(have: Table, want: Table) -> Table:
    """Read each unique index as what the model means: the server has one thing for both."""
    indexes = {i.name for i in want.indexes if i.unique}
    uniques = {u.name for u in want.uniques}
    as_index = tuple(_as_index(u) for u in have.uniques if u.name in indexes)
    as_unique = tuple(
        Unique(i.columns, i.name, element=i.element)
        for i in have.indexes
        if i.unique and i.name in uniques and i.definition.text == f"({', '.join(i.columns)})"
    )
    if not as_index and not as_unique:
        return have
    kept = tuple(i for i in have.indexes if i.name not in {u.name for u in as_unique})
    others = tuple(u for u in have.uniques if u.name not in indexes)
    return replace(have, uniques=(*others, *as_unique), indexes=(*kept, *as_index))


def _as_index(unique: Unique) -> Index:
    text = f"({', '.join(unique.columns)})"
    name, element = unique.name, unique.element
    return Index(name, Sql(text, element), True, unique.columns, None, element)


def _without_parser(index: Index) -> Index:
    """The catalogue does not tell the parser of a FULLTEXT index."""
    text, parser, _ = index.definition.text.partition(" WITH PARSER ")
    if not parser:
        return index
    return replace(index, definition=replace(index.definition, text=text))


def _in_order(have: Table, want: Table) -> Table:
    """Return a table whose constraints and indexes come in the order of the other's."""

    def sorted_like(items: tuple[Any, ...], model: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(items) < 2:
            return items
        places = {item.name: n for n, item in enumerate(model)}
        return tuple(sorted(items, key=lambda item: places.get(item.name, len(places))))

    return Table(
        have.name,
        have.columns,
        have.primary_key,
        sorted_like(have.uniques, want.uniques),
        sorted_like(have.foreign_keys, want.foreign_keys),
        sorted_like(have.checks, want.checks),
        have.excludes,
        sorted_like(have.indexes, want.indexes),
        have.comment,
        have.options,
        have.element,
    )

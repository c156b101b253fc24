"""How the server spells types, defaults and expressions: it is asked, through scratch tables."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from typing import TypeVar

from sqlalchemy.engine import Connection

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
from . import textual
from .facts import Facts
from .inspect import COLUMN_CHECK
from .inspect import INVISIBLE
from .reader import MySQLReader
from .scratch import accepted
from .scratch import Found
from .scratch import Scratch

Named = TypeVar("Named", Unique, ForeignKey, Check)
#: What options that can be set are where the catalogue does not tell them.
_USUAL = {"row_format": "DEFAULT", "key_block_size": "0"}
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
    for name, want in wanted.tables.items():
        have = actual.tables.get(name)
        found = scratch.ask(want, _scratch_options(want, have, reader))
        want = _spelled(want, found)
        if have is not None:
            want = textual.respelled(want, have, reader) if scratch.refused else want
            want, have = _paired(want, have, found)
            existing[name] = have
        changed[name] = want
    return Settlement(
        replace(actual, tables=Schema.of(map(_bare, existing.values())).tables),
        replace(wanted, tables=Schema.of(changed.values()).tables),
        tuple(dict.fromkeys(scratch.notes)),
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
    have = _bare(_as_meant(_without_implied(have, want), want))
    want = replace(
        want,
        columns=tuple(_nothing_lost(c, have.column(c.name)) for c in want.columns),
        uniques=_named(want.uniques, have.uniques),
        foreign_keys=_named(want.foreign_keys, have.foreign_keys),
        checks=_named(want.checks, have.checks),
        indexes=tuple(_without_parser(i) for i in want.indexes),
        options=_options(want, have, found),
    )
    if want.primary_key is not None:  # The server calls each one PRIMARY.
        key = replace(want.primary_key, name=None, options=())
        want = replace(want, primary_key=key)
    have = replace(have, options=tuple(_stated(want, have)))
    return want, _in_order(have, want)


def _stated(want: Table, have: Table) -> Iterator[tuple[str, Any]]:
    """Yield the actual table's options that the model states too, in words that set them again."""
    actual = dict(have.options)
    for name, _ in want.options:
        usual = _USUAL.get(name.partition("_")[2])
        if name in actual or usual is not None:
            yield name, actual.get(name, usual)


def _nothing_lost(want: Column, have: Column | None) -> Column:
    """Return the wanted column; a trigger's or the app's default says nothing about it."""
    default = getattr(want.element, "server_default", None)
    outside = default is not None and not hasattr(default, "arg") and want.computed is None
    return replace(want, default=have.default) if outside and have is not None else want


def _bare(table: Table) -> Table:
    """Return a table without the marks that are for ALTER TABLE alone."""
    return replace(
        table,
        columns=tuple(
            replace(c, options=tuple(o for o in c.options if o[0] != INVISIBLE))
            for c in table.columns
        ),
        checks=tuple(
            replace(c, options=tuple(o for o in c.options if o[0] != COLUMN_CHECK))
            for c in table.checks
        ),
    )


def _named(want: Iterable[Named], have: Iterable[Named]) -> tuple[Named, ...]:
    """Give constraints that the model leaves unnamed the name that their equals have."""
    free = list(have)
    settled: dict[int, Named] = {}
    listed = list(want)
    for n, item in sorted(enumerate(listed), key=lambda pair: pair[1].name is None):
        match = next((h for h in free if _is_alike(item, h)), None)
        if match is not None:
            free.remove(match)
        settled[n] = item if match is None else replace(item, name=match.name)
    return tuple(settled[n] for n in range(len(listed)))


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
    kept = tuple(i for i in have.indexes if i.name not in {u.name for u in as_unique})
    others = tuple(u for u in have.uniques if u.name not in indexes)
    return replace(have, uniques=(*others, *as_unique), indexes=(*kept, *as_index))


def _as_index(unique: Unique) -> Index:
    text = f"({', '.join(unique.columns)})"
    name, element = unique.name, unique.element
    return Index(name, Sql(text, element), True, unique.columns, None, element)


def _without_implied(have: Table, want: Table) -> Table:
    """Leave out the indexes that the server made for foreign keys that stay."""
    named = {i.name for i in want.indexes}
    keys = {k.columns for k in want.foreign_keys}
    names = {k.name for k in have.foreign_keys}

    def is_implied(index: Index) -> bool:
        if index.name in named or index.unique or index.columns not in keys:
            return False
        first = index.columns[0]
        generated = index.name == first or (index.name or "").startswith(f"{first}_")
        return index.name in names or generated

    return replace(have, indexes=tuple(i for i in have.indexes if not is_implied(i)))


def _without_parser(index: Index) -> Index:
    """The catalogue does not tell the parser of a FULLTEXT index."""
    text = index.definition.text.partition(" WITH PARSER ")[0]
    return replace(index, definition=replace(index.definition, text=text))


def _in_order(have: Table, want: Table) -> Table:
    """Return a table whose constraints and indexes come in the order of the other's."""

    def sorted_like(items: tuple[Any, ...], model: tuple[Any, ...]) -> Iterator[Any]:
        places = {item.name: n for n, item in enumerate(model)}
        return iter(sorted(items, key=lambda item: places.get(item.name, len(places))))

    return replace(
        have,
        uniques=tuple(sorted_like(have.uniques, want.uniques)),
        foreign_keys=tuple(sorted_like(have.foreign_keys, want.foreign_keys)),
        checks=tuple(sorted_like(have.checks, want.checks)),
        indexes=tuple(sorted_like(have.indexes, want.indexes)),
    )

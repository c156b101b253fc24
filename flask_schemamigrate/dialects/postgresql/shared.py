"""Columns that many tables have alike, compared once.

A model of a thousand tables has a few dozen definitions of columns, and so has the database.  Each
pair of them is compared as text once, and of those that are not written alike a scratch table with
a column of each says how the server spells them.  What is then equal needs no table of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import NamedTuple
from typing import TypeAlias

from ...schema.objects import Column
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from . import pairing
from . import textual
from .reader import Reader
from .scratch import Bench

#: Columns of one scratch table; the server's limit is 1,600.
MOST = 500
#: Types and defaults of a model's column and of the one in the catalogue, which both sides make
#: once for all columns that have them.
_Pair: TypeAlias = tuple[int, int, int, int]
_Key: TypeAlias = tuple[str, "str | None"]


class Spelled(NamedTuple):
    """The type and default of a model in the catalogue's words, if they are ``alike``."""

    type: Sql
    default: Sql | None
    alike: bool


@dataclass(slots=True)
class Shared:
    """What is known of the definitions of columns; ``actual`` is what there is."""

    reader: Reader
    actual: Schema
    known: dict[_Pair, Spelled] = field(default_factory=dict)

    def unlike(self, tables: Iterable[Table]) -> list[tuple[Column, Column]]:
        """Compare the definitions of columns as text; return those that are not written alike."""
        known = self.known
        found: dict[_Pair, tuple[Column, Column]] = {}
        for table in tables:
            present = self.actual.table(table.name)
            if present is None:
                continue
            there = {column.name: column for column in present.columns}
            for column in table.columns:
                other = there.get(column.name)
                if other is None or column.computed or other.computed:
                    continue
                pair = (id(column.type), id(column.default), id(other.type), id(other.default))
                spelled = known.get(pair)
                if spelled is None:
                    text = textual.column(self.reader, other, column)
                    spelled = known[pair] = _told(text, other)
                    if not spelled.alike:
                        found[pair] = (column, other)
        return list(found.values())

    def ask(self, bench: Bench, unlike: Iterable[tuple[Column, Column]]) -> None:
        """Ask the server how it spells definitions."""
        found: dict[_Key, list[tuple[Column, Column]]] = {}
        for column, other in unlike:
            found.setdefault(_key(column), []).append((column, other))
        for chunk in _chunks(list(found)):
            read = bench.columns([found[key][0][0] for key in chunk])
            for key, spelled in zip(chunk, read):
                for column, other in found[key]:
                    self.known[_pair(column, other)] = _spelled(column, spelled, other)

    def sorted(self, tables: Iterable[Table]) -> tuple[list[Table], list[Table]]:
        """Return the tables that are equal, in the catalogue's words, and the others as given."""
        done, rest = [], []
        for table in tables:
            present = self.actual.table(table.name)
            written = None if present is None else self._matched(present, table)
            if written is None:
                rest.append(table)
            else:
                done.append(written)
        return done, rest

    def _matched(self, present: Table, table: Table) -> Table | None:
        """Return a table in the catalogue's words; None where it is not equal."""
        there = {column.name: column for column in present.columns}
        columns = [self._column(column, there.get(column.name)) for column in table.columns]
        kept = tuple(column for column in columns if column is not None)
        if len(kept) != len(columns) or len(there) != len(columns):
            return None
        written = textual.with_rest(self.reader, present, table, kept)
        paired = pairing.paired(present, written)
        return paired if pairing.alike_but_columns(present, paired) else None

    def _column(self, column: Column, other: Column | None) -> Column | None:
        if other is None:
            return None
        if column.computed or other.computed:
            written = textual.column(self.reader, other, column)
            return written if written == other else None
        spelled = self.known[id(column.type), id(column.default), id(other.type), id(other.default)]
        if not (
            spelled.alike
            and column.nullable == other.nullable
            and column.autoincrement == other.autoincrement
            and column.identity == other.identity
            and column.comment == other.comment
            and column.options == other.options
        ):
            return None
        return Column(
            column.name,
            spelled.type,
            column.nullable,
            spelled.default,
            None,
            column.identity,
            column.autoincrement,
            column.comment,
            column.options,
            column.element,
            column.enum,
        )


def _pair(column: Column, other: Column) -> _Pair:
    return (id(column.type), id(column.default), id(other.type), id(other.default))


def _told(column: Column, other: Column) -> Spelled:
    alike = column.type == other.type and column.default == other.default
    return Spelled(column.type, column.default, alike)


def _spelled(column: Column, spelled: Column, other: Column) -> Spelled:
    default = column.default
    if default is not None:  # Of DEFAULT NULL the server keeps nothing.
        default = spelled.default and Sql(spelled.default.text, default.element)
    type_ = Sql(spelled.type.text, column.type.element)
    return _told(replace(column, type=type_, default=default), other)


def _chunks(keys: list[_Key]) -> Iterator[list[_Key]]:
    for start in range(0, len(keys), MOST):
        yield keys[start : start + MOST]


def _key(column: Column) -> _Key:
    return (column.type.text, None if column.default is None else column.default.text)

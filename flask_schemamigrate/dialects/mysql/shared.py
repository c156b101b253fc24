"""Columns that many tables have alike, asked about once.

A model of a thousand tables has a few dozen definitions of columns.  A scratch table that has each
of them once says how the server spells them; tables that are then equal need no scratch of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import NamedTuple
from typing import TypeAlias

from sqlalchemy.exc import DBAPIError

from ...schema.objects import Column
from ...schema.objects import Sql
from ...schema.objects import Table
from .scratch import accepted
from .scratch import Found
from .scratch import Scratch

#: Columns of one scratch table; a row has room for 65,535 bytes.
MOST = 40
#: What tells one definition of a column from another, with the options of its table.
_Key: TypeAlias = tuple[Any, ...]


class Spelled(NamedTuple):
    """What the server makes of a definition, with SQLAlchemy's objects of the model's."""

    type: Sql
    default: Sql | None
    nullable: bool
    autoincrement: bool


@dataclass(slots=True)
class Shared:
    """Definitions of columns, as the server spells them.

    Columns that are defined alike have the same type and default in memory, on either side
    (``Reader``, ``Catalogue``); ``spelled`` and ``pairs`` go by these.
    """

    scratch: Scratch
    columns: dict[_Key, Column] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    spelled: dict[_Key, Spelled] = field(default_factory=dict)
    pairs: dict[tuple[int, int, int, int], bool] = field(default_factory=dict)

    def ask(self, tables: Iterable[tuple[Table, str]]) -> None:
        """Ask about the columns of tables, each with the options that it is made with."""
        wanted: dict[str, dict[_Key, Column]] = {}
        seen: set[_Key] = set()
        for table, options in tables:
            if _is_plain(table):
                group = wanted.setdefault(options, {})
                for column in table.columns:
                    same = _same(column, options)
                    if same not in seen:
                        seen.add(same)
                        group.setdefault(_key(column, options), column)
        for options, group in wanted.items():
            for chunk in _chunks(list(group.items())):
                self._ask(chunk, options)

    def written(self, table: Table, options: str) -> Table | None:
        """Return a table in the server's words; None where they are not known of all of it."""
        if not _is_plain(table):
            return None
        columns = []
        for column in table.columns:
            told = self.spelled.get(_same(column, options)) or self._told(column, options)
            if told is None:
                return None
            columns.append(
                Column(
                    column.name,
                    told.type,
                    told.nullable,
                    told.default,
                    None,
                    column.identity,
                    told.autoincrement,
                    column.comment,
                    column.options,
                    column.element,
                    column.enum,
                )
            )
        return with_columns(table, tuple(columns))

    def _told(self, column: Column, options: str) -> Spelled | None:
        found = self.columns.get(_key(column, options))
        if found is None:
            return None
        known = accepted(column, Found({column.name: found}))
        told = Spelled(known.type, known.default, known.nullable, known.autoincrement)
        self.spelled[_same(column, options)] = told
        return told

    def alike(self, one: Table, other: Table) -> bool:
        """Whether two tables are equal, the order of their columns aside."""
        there = {column.name: column for column in other.columns}
        return (
            len(there) == len(one.columns)
            and all(self._are_alike(c, there.get(c.name)) for c in one.columns)
            and with_columns(one, ()) == with_columns(other, ())
        )

    def _are_alike(self, one: Column, other: Column | None) -> bool:
        if other is None or other.computed is not None:
            return False
        pair = (id(one.type), id(one.default), id(other.type), id(other.default))
        alike = self.pairs.get(pair)
        if alike is None:
            alike = one.type == other.type and one.default == other.default
            self.pairs[pair] = alike
        return (
            alike
            and one.nullable == other.nullable
            and one.autoincrement == other.autoincrement
            and one.identity == other.identity
            and one.comment == other.comment
            and one.options == other.options
        )

    def _ask(self, chunk: Sequence[tuple[_Key, Column]], options: str) -> None:
        if self.scratch.refused:
            return
        try:
            found = self.scratch.read_columns([column for _, column in chunk], options)
        except DBAPIError as error:
            if not self.scratch.is_refusal(error) and len(chunk) > 1:
                half = len(chunk) // 2
                self._ask(chunk[:half], options)
                self._ask(chunk[half:], options)
            return
        self.options[options] = found.options
        for place, (key, _) in enumerate(chunk):
            self.columns[key] = found.columns[f"c{place}"]


def with_columns(table: Table, columns: tuple[Column, ...]) -> Table:
    """Return a table with other columns."""
    return Table(
        table.name,
        columns,
        table.primary_key,
        table.uniques,
        table.foreign_keys,
        table.checks,
        table.excludes,
        table.indexes,
        table.comment,
        table.options,
        table.element,
    )


def _same(column: Column, options: str) -> _Key:
    parts = (id(column.type), id(column.default))
    return (*parts, column.nullable, column.autoincrement, column.options, options)


def _key(column: Column, options: str) -> _Key:
    default = column.default
    told = (column.type.text, None if default is None else default.text)
    return (*told, column.nullable, column.autoincrement, column.options, options)


def _is_plain(table: Table) -> bool:
    """Whether all that the server may spell in its own way is in columns that stand alone."""
    return (
        not table.checks
        and all(column.computed is None for column in table.columns)
        and all(i.definition.text == f"({', '.join(i.columns)})" for i in table.indexes)
    )


def _chunks(found: list[tuple[_Key, Column]]) -> Iterator[list[tuple[_Key, Column]]]:
    """Split columns so that no table gets too many, or two that the server numbers."""
    numbered = [pair for pair in found if pair[1].autoincrement]
    rest = [pair for pair in found if not pair[1].autoincrement]
    while numbered or rest:
        yield [*numbered[:1], *rest[: MOST - 1]]
        del numbered[:1], rest[: MOST - 1]

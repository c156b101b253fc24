"""Renames: what a difference cannot show.  A table or column that goes while a like one comes may
have been renamed; somebody has to say so."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Protocol

from ..errors import did_you_mean
from ..errors import InvalidSetting
from ..operations.base import Operation
from ..operations.columns import AlterColumn
from ..operations.columns import Existing
from ..operations.tables import RenameTable
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Schema
from ..schema.objects import Table


@dataclass(frozen=True, slots=True)
class Renames:
    """Renames that are certain.

    ``tables`` maps old names to new ones; ``columns`` maps (table's *new* name, old column) to the
    new column.
    """

    tables: Mapping[Name, Name] = field(default_factory=dict)
    columns: Mapping[tuple[Name, str], str] = field(default_factory=dict)

    def operations(self, actual: Schema) -> Iterator[Operation]:
        """Yield the operations, tables before columns."""
        for old, new in self.tables.items():
            yield RenameTable(old, new.name)
        old_names = {new: old for old, new in self.tables.items()}
        for (table, old_column), new_column in self.columns.items():
            existing = actual.tables[old_names.get(table, table)].column(old_column)
            assert existing is not None
            described = Existing(existing.type, existing.nullable, existing.default)
            yield AlterColumn(table, old_column, new_name=new_column, existing=described)

    def with_table(self, old: Name, new: Name) -> Renames:
        """Return these and one of a table."""
        return replace(self, tables={**self.tables, old: new})

    def with_column(self, table: Name, old: str, new: str) -> Renames:
        """Return these and one of a column; ``table`` is the table's new name."""
        return replace(self, columns={**self.columns, (table, old): new})


NONE = Renames()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may have been renamed.  ``column`` is None for the table itself."""

    table: Name
    old: str
    new: str
    likeness: float
    is_table: bool = False

    @property
    def question(self) -> str:
        """What to ask."""
        if self.is_table:
            return f"Was table {self.table} renamed to {self.new}?"
        return f"Was column {self.table}.{self.old} renamed to {self.new}?"


class Questions(Protocol):
    """Who is asked."""

    def is_renamed(self, candidate: Candidate) -> bool:
        """Whether the candidate was renamed; no means that one goes and the other comes."""


class Silent:
    """Answers no: without somebody to ask, nothing is a rename."""

    def is_renamed(self, candidate: Candidate) -> bool:
        """No."""
        return False


def parse(texts: Iterable[str], actual: Schema, wanted: Schema) -> Renames:
    """Return what ``table.old:new`` and ``old_table:new_table`` say.

    Raises InvalidSetting where one names something that is not there.
    """
    renames = NONE
    listed = [text.partition(":") for text in texts]
    tables = [(old, new) for old, _, new in listed if _name(old) in actual.tables]
    for old, new in tables:
        _known(new, {str(n) for n in wanted.tables}, f"--rename {old}:{new}", "model")
        if _name(new) in actual.tables:
            raise InvalidSetting(f"--rename {old}:{new}: the database has a table {new} already.")
        renames = renames.with_table(_name(old), _name(new))
    for old, _, new in listed:
        if (old, new) not in tables:
            renames = _parse_column(old, new, actual, wanted, renames)
    return renames


def _parse_column(old: str, new: str, actual: Schema, wanted: Schema, renames: Renames) -> Renames:
    flag = f"--rename {old}:{new}"
    table_text, dot, column = old.rpartition(".")
    if not dot or not new:
        raise InvalidSetting(
            f"{flag}: there is no table {old!r} in the database."
            + did_you_mean(old, (str(n) for n in actual.tables)),
            hint="Write --rename table.old_column:new_column or --rename old_table:new_table",
        )
    new = new.rpartition(".")[2]
    _known(table_text, {str(n) for n in wanted.tables}, flag, "model")
    name = _name(table_text)
    old_name = {after: before for before, after in renames.tables.items()}.get(name, name)
    existing = actual.table(old_name)
    _known(column, {c.name for c in existing.columns} if existing else set(), flag, "column")
    _known(new, {c.name for c in wanted.tables[name].columns}, flag, "column of the model")
    if existing is not None and existing.column(new) is not None:
        raise InvalidSetting(f"{flag}: the table has a column {new} already.")
    return renames.with_column(name, column, new)


def _known(name: str, known: set[str], flag: str, what: str) -> None:
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise InvalidSetting(
            f"{flag}: there is no {what} {name!r}.{did_you_mean(name, known)}",
            hint=f"There are: {listed}",
        )


def _name(text: str) -> Name:
    schema, _, name = text.rpartition(".")
    return Name(name, schema or None)


def ask(actual: Schema, wanted: Schema, renames: Renames, questions: Questions) -> Renames:
    """Add what models say themselves (``info={"renamed_from": …}``) and what the answers say."""
    renames = _hints(actual, wanted, renames)
    for candidate in _tables(actual, wanted, renames):
        taken = {*renames.tables, *renames.tables.values()}
        new = Name(candidate.new, candidate.table.schema)
        if candidate.table in taken or new in taken:
            continue
        if questions.is_renamed(candidate):
            renames = renames.with_table(candidate.table, new)
    for candidate in _columns(actual, wanted, renames):
        used = {(t, o) for t, o in renames.columns}
        targets = {(t, n) for (t, _), n in renames.columns.items()}
        if (candidate.table, candidate.old) in used or (candidate.table, candidate.new) in targets:
            continue
        if questions.is_renamed(candidate):
            renames = renames.with_column(candidate.table, candidate.old, candidate.new)
    return renames


def _hints(actual: Schema, wanted: Schema, renames: Renames) -> Renames:
    for name, table in wanted.tables.items():
        old = _hint(table)
        if old and name not in actual.tables and Name(old, name.schema) in actual.tables:
            renames = renames.with_table(Name(old, name.schema), name)
    for name, before, table in _pairs(actual, wanted, renames):
        for column in table.columns:
            old = _hint(column)
            if old and before.column(old) and not before.column(column.name):
                renames = renames.with_column(name, old, column.name)
    return renames


def _hint(value: Table | Column) -> str | None:
    info = getattr(value.element, "info", None) or {}
    found = info.get("renamed_from")
    return str(found) if found else None


def _pairs(actual: Schema, wanted: Schema, renames: Renames) -> Iterator[tuple[Name, Table, Table]]:
    old_names = {new: old for old, new in renames.tables.items()}
    for name, table in wanted.tables.items():
        before = actual.table(old_names.get(name, name))
        if before is not None:
            yield name, before, table


def _tables(actual: Schema, wanted: Schema, renames: Renames) -> list[Candidate]:
    gone = [t for n, t in actual.tables.items() if n not in wanted.tables]
    come = [t for n, t in wanted.tables.items() if n not in actual.tables]
    found = []
    for before in gone:
        for after in come:
            likeness = _shared(before, after)
            if before.name.schema == after.name.schema and likeness >= 0.5:
                found.append(
                    Candidate(before.name, before.name.name, after.name.name, likeness, True)
                )
    return _likeliest_first(found)


def _shared(before: Table, after: Table) -> float:
    one = {(c.name, c.type.text) for c in before.columns}
    other = {(c.name, c.type.text) for c in after.columns}
    return len(one & other) / max(len(one | other), 1)


def _columns(actual: Schema, wanted: Schema, renames: Renames) -> list[Candidate]:
    found = []
    for name, before, after in _pairs(actual, wanted, renames):
        gone = [c for c in before.columns if after.column(c.name) is None]
        come = [c for c in after.columns if before.column(c.name) is None]
        for old in gone:
            for new in come:
                likeness = _likeness(old, new)
                if likeness >= 0.5:
                    found.append(Candidate(name, old.name, new.name, likeness))
    return _likeliest_first(found)


def _likeness(old: Column, new: Column) -> float:
    """Between 0 and 1: the same type counts most, then how alike the names are."""
    same_type = old.type == new.type
    names = SequenceMatcher(None, old.name, new.name).ratio()
    return (0.5 if same_type else 0.0) + 0.5 * names


def _likeliest_first(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (-c.likeness, str(c.table), c.old, c.new))

"""Renames: what a difference cannot show.  A table or column that goes while a like one comes may
have been renamed; somebody has to say so."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Protocol

from ..operations.base import Operation
from ..operations.columns import AlterColumn
from ..operations.columns import Existing
from ..operations.names import RenameSequence
from ..operations.tables import RenameTable
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Schema
from ..schema.objects import Table
from . import candidates
from . import enums
from . import inline
from .candidates import Candidate
from .inline import WithValues


@dataclass(frozen=True, slots=True)
class Renames:
    """Renames that are certain.

    ``tables`` and ``sequences`` map old names to new ones; ``columns`` maps (table's *new* name,
    old column) to the new column, ``values`` (type, old value) to the new value, ``inline``
    (table, column, old value) to the new value of a list of the column's own.
    """

    tables: Mapping[Name, Name] = field(default_factory=dict)
    columns: Mapping[tuple[Name, str], str] = field(default_factory=dict)
    values: Mapping[tuple[Name, str], str] = field(default_factory=dict)
    sequences: Mapping[Name, Name] = field(default_factory=dict)
    inline: Mapping[tuple[Name, str, str], str] = field(default_factory=dict)

    def operations(
        self, actual: Schema, with_values: WithValues = lambda column, values: None
    ) -> Iterator[Operation]:
        """Yield the operations, tables before columns; ``with_values`` widens a column's list."""
        for old, new in self.tables.items():
            yield RenameTable(old, new.name)
        for old, new in self.sequences.items():
            yield RenameSequence(old, new.name)
        old_names = {new: old for old, new in self.tables.items()}
        for (table, old_column), new_column in self.columns.items():
            existing = actual.tables[old_names.get(table, table)].column(old_column)
            assert existing is not None
            described = Existing(existing.type, existing.nullable, existing.default)
            yield AlterColumn(table, old_column, new_name=new_column, existing=described)
        for name in dict.fromkeys(name for name, _ in self.values):
            yield self._values(name, actual)
        if self.inline:
            yield from inline.replacing(self.inline, self._columns_renamed(actual), with_values)

    def _columns_renamed(self, actual: Schema) -> Schema:
        for operation in replace(self, inline={}).operations(actual):
            actual = operation.apply(actual)
        return actual

    def _values(self, name: Name, actual: Schema) -> Operation:
        enum = actual.enums[name]
        renamed = {old: new for (type_, old), new in self.values.items() if type_ == name}
        after = tuple(renamed.get(value, value) for value in enum.values)
        return enums.altered(enum, replace(enum, values=after), actual, tuple(renamed.items()))

    @property
    def of_tables(self) -> Renames:
        """Those of tables and sequences alone."""
        return Renames(self.tables, sequences=self.sequences)

    @property
    def of_parts(self) -> Renames:
        """Those of columns and values alone."""
        return Renames(columns=self.columns, values=self.values, inline=self.inline)

    def with_table(self, old: Name, new: Name) -> Renames:
        """Return these and one of a table."""
        return replace(self, tables={**self.tables, old: new})

    def with_column(self, table: Name, old: str, new: str) -> Renames:
        """Return these and one of a column; ``table`` is the table's new name."""
        return replace(self, columns={**self.columns, (table, old): new})

    def with_value(self, type_: Name, old: str, new: str) -> Renames:
        """Return these and one of a value of an enumerated type."""
        return replace(self, values={**self.values, (type_, old): new})

    def with_inline(self, table: Name, column: str, old: str, new: str) -> Renames:
        """Return these and one of a value that a column lists itself."""
        return replace(self, inline={**self.inline, (table, column, old): new})

    def with_sequence(self, old: Name, new: Name) -> Renames:
        """Return these and one of a sequence."""
        return replace(self, sequences={**self.sequences, old: new})

    def with_candidate(self, candidate: Candidate) -> Renames:
        """Return these and one that was asked about."""
        holder, new = candidate.holder, candidate.new
        match candidate.kind:
            case "table":
                return self.with_table(holder, holder.renamed(new))
            case "sequence":
                return self.with_sequence(holder, holder.renamed(new))
            case "column":
                return self.with_column(holder, candidate.old, new)
            case "value" if candidate.column:
                return self.with_inline(holder, candidate.column, candidate.old, new)
            case "value":
                return self.with_value(holder, candidate.old, new)

    def settles(self, candidate: Candidate) -> bool:
        """Whether one end of a candidate is the end of a rename already."""
        holder, old, new = candidate.holder, candidate.old, candidate.new
        match candidate.kind:
            case "table":
                return holder in self.tables or holder.renamed(new) in self.tables.values()
            case "sequence":
                return holder in self.sequences or holder.renamed(new) in self.sequences.values()
            case "column":
                return _is_taken(self.columns, holder, old, new)
            case "value" if candidate.column:
                found = {(c, o): n for (t, c, o), n in self.inline.items() if t == holder}
                taken = {(c, n) for (c, _), n in found.items()}
                return (candidate.column, old) in found or (candidate.column, new) in taken
            case "value":
                return _is_taken(self.values, holder, old, new)


def _is_taken(known: Mapping[tuple[Name, str], str], holder: Name, old: str, new: str) -> bool:
    return (holder, old) in known or any(
        name == holder and taken == new for (name, _), taken in known.items()
    )


NONE = Renames()


class Questions(Protocol):
    """Who is asked."""

    def is_renamed(self, candidate: Candidate) -> bool:
        """Whether the candidate was renamed; no means that one goes and the other comes."""


class Silent:
    """Answers no: without somebody to ask, nothing is a rename."""

    def is_renamed(self, candidate: Candidate) -> bool:
        """No."""
        return False


def ask(actual: Schema, wanted: Schema, renames: Renames, questions: Questions) -> Renames:
    """Add what models say themselves (``info={"renamed_from": …}``) and what the answers say."""
    renames = ask_tables(actual, wanted, renames, questions)
    return ask_parts(actual, wanted, renames, questions)


def ask_tables(actual: Schema, wanted: Schema, renames: Renames, questions: Questions) -> Renames:
    """Add the renames of tables and sequences."""
    for name, table in wanted.tables.items():
        old = _hint(table)
        before = Name(old, name.schema) if old else None
        if before and name not in actual.tables and _goes(before, actual, wanted):
            renames = renames.with_table(before, name)
    found = (*candidates.tables(actual, wanted), *candidates.sequences(actual, wanted))
    return _asked(found, renames, questions)


def _goes(name: Name, actual: Schema, wanted: Schema) -> bool:
    return name in actual.tables and name not in wanted.tables


def ask_parts(actual: Schema, wanted: Schema, renames: Renames, questions: Questions) -> Renames:
    """Add the renames of columns and values; those of tables are known."""
    pairs = list(_pairs(actual, wanted, renames))
    for before, table in pairs:
        for column in table.columns:
            old = _hint(column)
            is_old = old and before.column(old) and not table.column(old)
            if old and is_old and not before.column(column.name):
                renames = renames.with_column(table.name, old, column.name)
    for before, table in pairs:
        renamed = replace(before, name=table.name)
        renames = _asked(candidates.columns(renamed, table), renames, questions)
    for name, enum in wanted.enums.items():
        if name in actual.enums:
            known = actual.enums[name].values
            renames = _asked(candidates.values(name, known, enum.values), renames, questions)
    for before, table in pairs:
        old_names = {new: old for (t, old), new in renames.columns.items() if t == table.name}
        for column in table.columns:
            was = before.column(old_names.get(column.name, column.name))
            if was is not None and hasattr(column.type.element, "enums"):
                lists = (inline.listed(before, was), inline.listed(table, column))
                found = candidates.values(table.name, *lists, column.name)
                renames = _asked(found, renames, questions)
    return renames


def _asked(
    found: tuple[Candidate, ...] | list[Candidate], renames: Renames, questions: Questions
) -> Renames:
    for candidate in found:
        if not renames.settles(candidate) and questions.is_renamed(candidate):
            renames = renames.with_candidate(candidate)
    return renames


def _hint(value: Table | Column) -> str | None:
    info = getattr(value.element, "info", None) or {}
    found = info.get("renamed_from")
    return str(found) if found else None


def _pairs(actual: Schema, wanted: Schema, renames: Renames) -> Iterator[tuple[Table, Table]]:
    old_names = {new: old for old, new in renames.tables.items()}
    for name, table in wanted.tables.items():
        before = actual.table(old_names.get(name, name))
        if before is not None:
            yield before, table

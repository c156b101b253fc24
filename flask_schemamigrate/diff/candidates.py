"""What may have been renamed, judged by structure, the likeliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from typing import Literal

from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Schema
from ..schema.objects import Sequence as SequenceObject
from ..schema.objects import Table

#: What is less alike than this is not asked about.
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may have been renamed.

    ``holder`` is the table of a column, the type of a value, and else the thing itself.  A value
    that a column lists itself has that ``column``, and its table for the holder.
    """

    kind: Literal["table", "column", "value", "sequence"]
    holder: Name
    old: str
    new: str
    likeness: float
    column: str | None = None

    @property
    def what(self) -> str:
        """What it is called now, with the word for it: ``column user.title``."""
        if self.kind in ("table", "sequence"):
            return f"{self.kind} {self.holder}"
        if self.kind == "column":
            return f"column {self.holder}.{self.old}"
        where = f"column {self.holder}.{self.column}" if self.column else f"type {self.holder}"
        return f"value {self.old!r} of {where}"

    @property
    def flag(self) -> str:
        """What ``--rename`` takes for it."""
        if self.kind in ("table", "sequence"):
            return f"{self.holder}:{self.new}"
        column = f".{self.column}" if self.column else ""
        return f"{self.holder}{column}.{self.old}:{self.new}"

    @property
    def question(self) -> str:
        """What to ask."""
        new = repr(self.new) if self.kind == "value" else self.new
        return f"Was {self.what} renamed to {new}?"


def tables(actual: Schema, wanted: Schema) -> list[Candidate]:
    """Return tables that go while one of the same schema comes that is like them."""
    gone = [t for n, t in actual.tables.items() if n not in wanted.tables]
    come = [t for n, t in wanted.tables.items() if n not in actual.tables]
    return likeliest_first(
        Candidate("table", before.name, before.name.name, after.name.name, likeness)
        for before in gone
        for after in come
        if before.name.schema == after.name.schema
        and (likeness := _tables_alike(before, after)) >= ENOUGH
    )


def columns(before: Table, after: Table) -> list[Candidate]:
    """Return columns that go while one comes that is like them; both tables have one name."""
    places = {c.name: n for n, c in enumerate(after.columns)}
    gone = [(n, c) for n, c in enumerate(before.columns) if c.name not in places]
    come = [(n, c) for n, c in enumerate(after.columns) if before.column(c.name) is None]
    return likeliest_first(
        Candidate("column", before.name, old.name, new.name, likeness)
        for old_place, old in gone
        for new_place, new in come
        if (likeness := _columns_alike(old, new, old_place == new_place)) >= ENOUGH
    )


def values(
    holder: Name, before: Sequence[str], after: Sequence[str], column: str | None = None
) -> list[Candidate]:
    """Return values of a list that go while others come."""
    return likeliest_first(
        Candidate("value", holder, old, new, likeness, column)
        for old_place, old in enumerate(before)
        for new_place, new in enumerate(after)
        if old not in after
        and new not in before
        and (likeness := 0.5 * (old_place == new_place) + 0.5 * _names_alike(old, new)) >= ENOUGH
    )


def sequences(actual: Schema, wanted: Schema) -> list[Candidate]:
    """Return sequences that go while one with the same options comes."""

    def options(value: SequenceObject) -> tuple[Any, ...]:
        return (value.name.schema, value.increment, value.minvalue, value.maxvalue, value.cycle)

    return likeliest_first(
        Candidate("sequence", old, old.name, new.name, 0.5 + 0.5 * _names_alike(str(old), str(new)))
        for old, before in actual.sequences.items()
        for new, after in wanted.sequences.items()
        if old not in wanted.sequences
        and new not in actual.sequences
        and options(before) == options(after)
    )


def likeliest_first(candidates: Iterator[Candidate]) -> list[Candidate]:
    """Return candidates in the order in which to ask, the same for the same input."""
    return sorted(candidates, key=lambda c: (-c.likeness, str(c.holder), c.old, c.new))


def _tables_alike(before: Table, after: Table) -> float:
    """Between 0 and 1: by the names of the columns, their types, and the tables' own names."""
    names, others = {c.name for c in before.columns}, {c.name for c in after.columns}
    shared = len(names & others) / max(len(names | others), 1)
    types = Counter(c.type.text for c in before.columns)
    other_types = Counter(c.type.text for c in after.columns)
    alike = (types & other_types).total() / max((types | other_types).total(), 1)
    named = _names_alike(before.name.name, after.name.name)
    return round(0.45 * shared + 0.4 * alike + 0.15 * named, 4)


def _columns_alike(old: Column, new: Column, same_place: bool) -> float:
    """Between 0 and 1: the same type counts most, then the names, the place, NULL and default."""
    if bool(old.computed) != bool(new.computed):
        return 0.0
    kind = 0.5 if old.type == new.type else 0.25 if _kind(old) == _kind(new) else 0.0
    rest = 0.1 * same_place + 0.05 * (old.nullable == new.nullable)
    return round(kind + 0.35 * _names_alike(old.name, new.name) + rest, 4)


def _kind(column: Column) -> str:
    """Return what values of a column are in Python; the type's first word where that is unknown."""
    try:
        return str(column.type.element.python_type.__name__)
    except (AttributeError, NotImplementedError):
        return column.type.text.partition("(")[0].lower()


def _names_alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()

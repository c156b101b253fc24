"""Steps that make and change enumerated types."""

from __future__ import annotations

from collections.abc import Iterator

from ...operations.types import AlterEnum
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Enum
from ...schema.objects import Index
from ...steps import Step
from ..base import Tables
from .words import LONGEST
from .words import Words


class Steps:
    """Turns operations on enumerated types into steps."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def create_text(self, enum: Enum, name: Name | None = None) -> str:
        """``CREATE TYPE name AS ENUM (…)``."""
        values = ", ".join(map(literal, enum.values))
        return f"CREATE TYPE {self.words.name(name or enum.name)} AS ENUM ({values})"

    def alter(self, op: AlterEnum, tables: Tables) -> Iterator[Step]:
        """Rename values, then add the new ones in place or make the type anew."""
        name = self.words.name(op.before.name)
        for old, new in op.renamed:
            yield Step(f"ALTER TYPE {name} RENAME VALUE {literal(old)} TO {literal(new)}", op)
        if op.in_place:
            yield from self._added(op, name)
        else:
            yield from self._remade(op, tables)

    def _added(self, op: AlterEnum, name: str) -> Iterator[Step]:
        """Add values where they belong.

        A new value cannot be used in the transaction that adds it: each commits by itself, and may
        be there already when the run is taken up again.
        """
        names = dict(op.renamed)
        present = [names.get(value, value) for value in op.before.values]
        for place, value in enumerate(op.after.values):
            if value in present:
                continue
            where = ""
            if place:
                where = f" AFTER {literal(op.after.values[place - 1])}"
            elif present:
                where = f" BEFORE {literal(present[0])}"
            text = f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {literal(value)}{where}"
            yield Step(text, op, transactional=False)
            present.append(value)

    def _remade(self, op: AlterEnum, tables: Tables) -> Iterator[Step]:
        """Make a new type, convert every column by way of text, and let it take the name.

        Defaults, checks and indexes that speak of the type would keep the old one in use: they
        are dropped before and made again after.
        """
        old = self.words.name(op.before.name)
        new_name = op.before.name.renamed(_other(op.before.name.name))
        new = self.words.name(new_name)
        holders = tuple(dict.fromkeys(table for table, _, _ in op.columns))
        dependents = [(t, d) for t in holders for d in self._dependents(op, t, tables)]
        yield Step(self.create_text(op.after, new_name), op)
        for table, item in dependents:
            yield Step(self._drop(table, item), op)
        columns = [(t, c, self._default(t, c, d, tables)) for t, c, d in op.columns]
        for table, column, default in columns:
            what = f"ALTER TABLE {self.words.name(table)} ALTER COLUMN {self.words.quote(column)}"
            if default is not None:
                yield Step(f"{what} DROP DEFAULT", op)
            many = "[]" if self._is_array(table, column, tables) else ""
            using = f"{self.words.quote(column)}::text{many}::{new}{many}"
            yield Step(f"{what} TYPE {new}{many} USING {using}", op)
        yield Step(f"DROP TYPE {old}", op)
        yield Step(f"ALTER TYPE {new} RENAME TO {self.words.quote(op.before.name.name)}", op)
        for table, column, default in columns:
            if default is not None and not any(literal(v) in default for v in op.removed):
                what = f"ALTER TABLE {self.words.name(table)}"
                yield Step(
                    f"{what} ALTER COLUMN {self.words.quote(column)} SET DEFAULT {default}", op
                )
        for table, item in dependents:
            yield Step(self._create(table, item), op)

    def _default(self, table: Name, column: str, default: str | None, tables: Tables) -> str | None:
        """Return a column's default now: values may just have been renamed."""
        known = tables.table(table)
        found = known.column(column) if known is not None else None
        if found is None:
            return default
        return None if found.default is None else found.default.text

    def _is_array(self, table: Name, column: str, tables: Tables) -> bool:
        known = tables.table(table)
        found = known.column(column) if known is not None else None
        return found is not None and str(found.type).endswith("[]")

    def _dependents(self, op: AlterEnum, name: Name, tables: Tables) -> list[Check | Index]:
        """Return the checks and indexes whose text casts to the type."""
        table = tables.table(name)
        cast = f"::{self.words.name(op.before.name)}"
        if table is None:
            return []
        checks: list[Check | Index] = [c for c in table.checks if cast in str(c.sql)]
        return checks + [i for i in table.indexes if cast in str(i.definition)]

    def _drop(self, table: Name, item: Check | Index) -> str:
        if isinstance(item, Index):
            return f"DROP INDEX {self.words.name(table.renamed(item.name or ''))}"
        name = self.words.quote(item.name or "")
        return f"ALTER TABLE {self.words.name(table)} DROP CONSTRAINT {name}"

    def _create(self, table: Name, item: Check | Index) -> str:
        if isinstance(item, Index):
            unique = "UNIQUE " if item.unique else ""
            name = self.words.quote(item.name or "")
            where = self.words.name(table)
            return f"CREATE {unique}INDEX {name} ON {where} {item.definition}"
        return f"ALTER TABLE {self.words.name(table)} ADD {self.words.constraint(item)}"


def _other(name: str) -> str:
    """Return a name of at most 63 bytes for the type while both exist."""
    ending = "__new"
    kept = name.encode()[: LONGEST - len(ending)].decode(errors="ignore")
    return kept + ending


def literal(value: str) -> str:
    """Return a string literal (``standard_conforming_strings`` is on)."""
    return "'" + value.replace("'", "''") + "'"

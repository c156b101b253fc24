"""How enumerated types are made and changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import postgresql

from ...operations.base import Operation
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.columns import without_column
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.constraints import type_of
from ...operations.data import Execute
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.types import AlterEnum
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Constraint
from ...schema.objects import Enum
from ...schema.objects import Index
from ...schema.objects import Sql
from ...schema.objects import Table
from ..base import Tables
from .reader import LONGEST
from .words import Words

_CLAUSE = re.compile(r'DEFAULT|NOT NULL|CONSTRAINT (?:"(?:[^"]|"")*"|\S+)')


class Changes:
    """Turns a change of an enumerated type into statements and simpler operations."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def create_text(self, enum: Enum, name: Name | None = None) -> str:
        """``CREATE TYPE name AS ENUM (…)``, or ``CREATE DOMAIN name AS …``."""
        if enum.domain is not None:
            definition = " ".join(enum.domain)
            return f"CREATE DOMAIN {self.words.name(name or enum.name)} {definition}"
        values = ", ".join(map(literal, enum.values))
        return f"CREATE TYPE {self.words.name(name or enum.name)} AS ENUM ({values})"

    def renamed(self, op: AlterEnum) -> Iterator[Operation]:
        """Yield the renames of values."""
        name = self.words.name(op.before.name)
        for old, new in op.renamed:
            yield Execute(f"ALTER TYPE {name} RENAME VALUE {literal(old)} TO {literal(new)}")

    def extended(self, op: AlterEnum, tables: Tables, alone: bool) -> Iterator[Operation]:
        """Yield what adds values in place, and the defaults that come with them.

        A value is not to be used in the transaction that adds it.  Where it must be, they are added
        ``alone``; they may be there already when the run is taken up again.
        """
        name, names = self.words.name(op.before.name), dict(op.renamed)
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
            yield Execute(text, alone=alone)
            present.append(value)
        for user in _users(op, tables):
            if user.default is not None and user.default != op.moved(user.column):
                yield AlterColumn(user.table.name, user.column.name, default=Sql(user.default))

    def domain(self, op: AlterEnum) -> Iterator[Operation]:
        """Yield what makes one domain of another on the same type."""
        alter = f"ALTER DOMAIN {self.words.name(op.before.name)}"
        before, after = _clauses(op.before), _clauses(op.after)
        for name, rest in before.items():
            if name not in after or (name.startswith("CONSTRAINT") and after[name] != rest):
                yield Execute(f"{alter} DROP {name}")
        for name, rest in after.items():
            if before.get(name) == rest:
                continue
            verb = "ADD" if name.startswith("CONSTRAINT") else "SET"
            yield Execute(f"{alter} {verb} {name}{rest}")

    def remade(self, op: AlterEnum, tables: Tables) -> Iterator[Operation]:
        """Yield what makes the type anew: it takes the name when every column has been converted.

        Whatever speaks of the type would keep the old one in use or compare it with the new one: it
        goes before and comes back after.
        """
        old = op.before.name
        new = old.renamed(_other(old.name))
        users = _users(op, tables)
        around = list(self._around(op, users))
        yield Execute(self.create_text(op.after, new))
        yield from (drop for drop, _ in around)
        for user in users:
            if user.column.default is not None:
                yield AlterColumn(user.table.name, user.column.name, default=None)
            yield self._converted(op, user, new)
        yield Execute(f"DROP TYPE {self.words.name(old)}")
        yield Execute(f"ALTER TYPE {self.words.name(new)} RENAME TO {self.words.quote(old.name)}")
        for user in users:
            if user.default is not None:
                yield AlterColumn(user.table.name, user.column.name, default=Sql(user.default))
        yield from (add for _, add in reversed(around))

    def _converted(self, op: AlterEnum, user: _User, new: Name) -> AlterColumn:
        """Return the change of one column, by way of text."""
        column, many = self.words.quote(user.column.name), "[]" if user.is_array else ""
        text = f"{column}::text{many}"
        if many:
            for old, value in op.mapped:
                text = f"array_replace({text}, {literal(old)}, {literal(value)})"
        elif op.mapped:
            cases = " ".join(f"WHEN {literal(o)} THEN {literal(v)}" for o, v in op.mapped)
            text = f"(CASE {text} {cases} ELSE {text} END)"
        type_ = Sql(f"{self.words.name(new)}{many}", _element(op.after, new, user.is_array))
        using = f"{text}::{type_}"
        return AlterColumn(user.table.name, user.column.name, type=type_, using=using)

    def _around(self, op: AlterEnum, users: list[_User]) -> Iterator[tuple[Operation, Operation]]:
        """Yield what has to go, with what brings it back: keys first."""
        cast = f"::{self.words.name(op.before.name)}"
        tables = {user.table.name: user.table for user in users}
        for table in tables.values():
            own = {user.column.name for user in users if user.table.name == table.name}
            found: list[Constraint] = [k for k in table.foreign_keys if own & {*k.columns}]
            found += [c for c in table.checks if cast in c.sql.text]
            found += [x for x in table.excludes if cast in x.definition.text]
            for constraint in found:
                yield _constraint(table.name, constraint)
            for index in table.indexes:
                if cast in index.definition.text:
                    yield _index(table.name, index)
            for column in table.columns:
                if column.computed is not None and cast in column.computed.sql.text:
                    yield aside(table, column)


@dataclass(frozen=True, slots=True)
class _User:
    """A column of the type, and its default after the change."""

    table: Table
    column: Column
    default: str | None

    @property
    def is_array(self) -> bool:
        return str(self.column.type).endswith("]")


def _clauses(domain: Enum) -> dict[str, str]:
    """Return the rest of each clause of a domain by what it is dropped by, but for its type."""
    found = (_CLAUSE.match(text) for text in domain.domain or ())
    return {m[0]: m.string[m.end() :] for m in found if m is not None}


def _users(op: AlterEnum, tables: Tables) -> list[_User]:
    found = (_user(described, tables) for described in op.columns)
    return [user for user in found if user is not None]


def _user(described: tuple[Name, str, str | None], tables: Tables) -> _User | None:
    name, column_name, default = described
    table = tables.table(name)
    column = table.column(column_name) if table is not None else None
    return _User(table, column, default) if table is not None and column is not None else None


def _constraint(table: Name, item: Constraint) -> tuple[Operation, Operation]:
    drop = DropConstraint(table, item.name, type_of(item), constraint=item)
    return drop, AddConstraint(table, item)


def _index(table: Name, item: Index) -> tuple[Operation, Operation]:
    return DropIndex(table, item.name or "", index=item), CreateIndex(table, item)


def aside(table: Table, item: Column) -> tuple[Operation, Operation]:
    """Return the drop of a generated column and its return, with what stands on it."""
    kept = without_column(table, item.name)
    constraints = tuple(c for c in table.constraints if c not in tuple(kept.constraints))
    indexes = tuple(i for i in table.indexes if i not in kept.indexes)
    back = AddColumn(table.name, item, constraints, indexes)
    return DropColumn(table.name, item.name), back


def _element(enum: Enum, name: Name, is_array: bool) -> Any:
    made = postgresql.ENUM(*enum.values, name=name.name, schema=name.schema, create_type=False)
    return postgresql.ARRAY(made) if is_array else made


def _other(name: str) -> str:
    """Return a name of at most 63 bytes for the type while both exist."""
    ending = "__new"
    kept = name.encode()[: LONGEST - len(ending)].decode(errors="ignore")
    return kept + ending


def literal(value: str) -> str:
    """Return a string literal (``standard_conforming_strings`` is on)."""
    return "'" + value.replace("'", "''") + "'"

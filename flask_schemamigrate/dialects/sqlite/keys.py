"""Finding the constraint that a script means, by name or by what it is, and naming the unnamed."""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ...operations.constraints import DropConstraint
from ...operations.constraints import type_of
from ...schema import naming
from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import ForeignKey
from ...schema.objects import PrimaryKey
from ...schema.objects import Sql
from ...schema.objects import Unique
from . import parse
from .edit import Edit

_KINDS = {
    "primary": ("PRIMARY KEY",),
    "unique": ("UNIQUE",),
    "check": ("CHECK",),
    "foreignkey": ("FOREIGN KEY", "REFERENCES"),
}
_ANY = tuple(kind for kinds in _KINDS.values() for kind in kinds)


def find(edit: Edit, op: DropConstraint) -> parse.Clause | None:
    """Return the clause that is meant, or None."""
    kinds = _KINDS.get(op.type or "", _ANY)
    candidates = [c for c in edit.clauses() if c.kind in kinds]
    if op.name is not None:
        for clause in candidates:
            if clause.name is not None and clause.name.lower() == op.name.lower():
                return clause
        for clause in candidates:
            if clause.name is None and _implied_name(edit, clause, op.table) == op.name:
                return clause
    if op.type == "primary":
        return candidates[0] if candidates else None
    return _alike(edit, candidates, op)


def _implied_name(edit: Edit, clause: parse.Clause, table: Name) -> str:
    """Return the name by which generated scripts drop a constraint that has none."""
    if clause.kind == "CHECK":
        return naming.conventional(table, Check(Sql(clause.inner())))
    columns = edit.owner(clause)
    if clause.kind == "UNIQUE":
        return naming.conventional(table, Unique(columns))
    if clause.kind == "PRIMARY KEY":
        return naming.conventional(table, PrimaryKey(columns))
    target, inner = target_of(clause)
    return naming.conventional(table, ForeignKey(columns, Name(target), inner or columns))


def _alike(
    edit: Edit, candidates: Iterable[parse.Clause], op: DropConstraint
) -> parse.Clause | None:
    """Return the unnamed clause that is what the operation says the constraint is."""
    wanted = op.constraint
    if wanted is None:
        return None
    for clause in candidates:
        if clause.name is not None:
            continue
        if isinstance(wanted, Check):
            if parse.normal(clause.inner()) == parse.normal(wanted.sql.text):
                return clause
        elif clause.kind in _KINDS.get(type_of(wanted), ()) and _same_columns(edit, clause, wanted):
            return clause
    return None


def _same_columns(edit: Edit, clause: parse.Clause, wanted: Any) -> bool:
    return edit.owner(clause) == tuple(wanted.columns)


def name_by(
    convention: Mapping[str, Any], edit: Edit, reader: Reader, only: Container[str] | None
) -> None:
    """Give each unnamed key the name that a convention has for it; or ``only`` those of the names.

    Scripts rely on it: a later one drops the key by that name, without the convention.  Ours say
    which they drop, so that the others stay as the model has them.
    """
    for clause in [*edit.clauses()]:
        if clause.name is None and clause.kind in _ANY and clause.kind != "CHECK":
            columns: list[sa.Column[Any]] = [sa.Column(c.name) for c in edit.text.columns]
            table = sa.Table(edit.name.name, sa.MetaData(naming_convention=convention), *columns)
            name = reader.final_name(_element(edit, clause, table))
            if name is not None and (only is None or name in only):
                edit.call(clause, name)


def _element(edit: Edit, clause: parse.Clause, table: sa.Table) -> Any:
    """Return an unnamed key as SQLAlchemy has it, so that a convention can name it."""
    columns = edit.owner(clause)
    made: Any
    if clause.kind == "UNIQUE":
        made = sa.UniqueConstraint(*(table.c[c] for c in columns))
    elif clause.kind == "PRIMARY KEY":
        made = sa.PrimaryKeyConstraint(*(table.c[c] for c in columns))
    else:
        target, inner = target_of(clause)
        other = table.metadata.tables.get(target)
        if other is None:
            named: Any = (sa.Column(c) for c in inner or columns)
            other = sa.Table(target, table.metadata, *named)
        made = sa.ForeignKeyConstraint(columns, [other.c[c] for c in inner or columns])
    table.append_constraint(made)
    return made


def target_of(clause: parse.Clause) -> tuple[str, tuple[str, ...]]:
    """Return the table that a foreign key refers to, and its columns where they are named."""
    words = parse.tokens(clause.text)
    at = next(i for i, t in enumerate(words) if t.word == "REFERENCES")
    target = parse.unquoted(words[at + 1].text)
    return target, parse.Clause("", clause.text[words[at].start :]).columns()

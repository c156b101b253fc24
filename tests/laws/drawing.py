"""Hypothesis strategies: models of one database, and changes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from .models import Col
from .models import CONDITIONS
from .models import HOWS
from .models import Ix
from .models import KINDS
from .models import Model
from .models import Tab

TABLES = ("t", "u", "Order", "select", "a table", "naïve")
COLUMNS = ("a", "b", "c", "Mixed", "order", "two words", "ü", "per%cent")
ACTIONS = (None, "CASCADE", "SET NULL", "RESTRICT")
COMMENTS = (None, "it's", "5%", "ü")


def kinds(system: str) -> list[str]:
    """Return the names of the kinds that a database has."""
    return [name for name, kind in KINDS.items() if system in kind.systems]


@st.composite
def columns(draw: st.DrawFn, system: str, name: str) -> Col:
    """Draw a column."""
    kind = draw(st.sampled_from(kinds(system)))
    return replace(Col(name, kind), **draw(_details(system, kind)))


def _details(system: str, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    defaults = [None, None, *range(len(KINDS[kind].defaults))]
    empty = KINDS[kind].value(1) is None
    return st.fixed_dictionaries(
        {
            "nullable": st.just(True) if empty else st.booleans(),
            "default": st.sampled_from(defaults),
            "comment": st.sampled_from(COMMENTS if system != "sqlite" else (None,)),
        }
    )


@st.composite
def tables(draw: st.DrawFn, system: str, name: str, others: tuple[str, ...]) -> Tab:
    """Draw a table whose foreign keys point at ``others`` or itself."""
    names = draw(st.lists(st.sampled_from(COLUMNS), unique=True, max_size=5))
    table = Tab(name, tuple(draw(columns(system, column)) for column in names))
    comments = COMMENTS if system != "sqlite" else (None,)
    table = replace(table, comment=draw(st.sampled_from(comments)))
    number = draw(st.integers(0, 3))
    for _ in range(number):
        table = draw(extended(system, table, others))
    return table


@st.composite
def extended(draw: st.DrawFn, system: str, table: Tab, others: tuple[str, ...]) -> Tab:
    """Draw a table that has one constraint or index more than ``table``."""
    word = draw(st.sampled_from(("unique", "check", "index", "key", "computed")))
    if word == "unique" and (near := _indexed(table)):
        chosen = tuple(draw(st.lists(st.sampled_from(near), unique=True, min_size=1, max_size=2)))
        name = draw(st.sampled_from((None, f"uq {table.name}", f"uq_{table.name}")))
        taken = any(name == n or chosen == c for n, c in table.uniques)
        return table if taken else replace(table, uniques=(*table.uniques, (name, chosen)))
    if word == "check" and (near := _checked(table)):
        name = draw(st.sampled_from((None, f"ck_{table.name}", f"ck {table.name}")))
        check = (name, draw(st.sampled_from(near)), draw(st.integers(0, 6)))
        taken = any(name == n or check[1:] == (c, k) for n, c, k in table.checks)
        return table if taken else replace(table, checks=(*table.checks, check))
    if word == "index" and (near := _indexed(table)):
        return draw(_with_index(system, table, near))
    if word == "key":
        return draw(_with_key(system, table, others))
    numbers = [c.name for c in table.columns if c.kind == "Integer" and c.name in ("a", "b", "c")]
    if word == "computed" and numbers and not any(c.computed for c in table.columns):
        text = draw(st.sampled_from(("{} + 1", "{} * 2", "{} + 2"))).format(numbers[0])
        return replace(table, columns=(*table.columns, Col("computed", computed=text)))
    return table


@st.composite
def _with_index(draw: st.DrawFn, system: str, table: Tab, near: list[str]) -> Tab:
    how = draw(st.sampled_from([how for how, systems in HOWS.items() if system in systems]))
    texts = [n for n in near if KINDS[table.column(n).kind].family == "text"]
    if how in ("lower", "length"):
        near = texts
    taken = {index.name for index in table.indexes}
    name = f"ix {table.name}" if draw(st.booleans()) else f"ix_{table.name}"
    if not near or name in taken:
        return table
    most = 1 if how == "hash" else 2
    chosen = tuple(draw(st.lists(st.sampled_from(near), unique=True, min_size=1, max_size=most)))
    unique = how not in ("hash", "length") and draw(st.booleans())
    return replace(table, indexes=(*table.indexes, Ix(name, chosen, unique, how)))


@st.composite
def _with_key(draw: st.DrawFn, system: str, table: Tab, others: tuple[str, ...]) -> Tab:
    target = draw(st.sampled_from((*others, table.name)))
    name = f"{target[:1]}_id"
    if any(column.name == name for column in table.columns):
        return table
    named = f"fk_{table.name}_{target}"
    # What MariaDB calls an unnamed one that comes later is in tests/laws/known.py.
    called = draw(st.sampled_from((named,) if system == "mariadb" else (None, named)))
    key = (called, name, target, draw(st.sampled_from(ACTIONS)))
    return replace(table, columns=(*table.columns, Col(name)), keys=(*table.keys, key))


def _indexed(table: Tab) -> list[str]:
    """Return the columns that may stand in any index, with different values in each row."""
    # What becomes of an index under a foreign key on MariaDB is in tests/laws/known.py.
    pointing = {column for _, column, _, _ in table.keys}
    return [
        c.name
        for c in table.columns
        if KINDS[c.kind].indexed
        and KINDS[c.kind].family not in ("", "float")
        and c.name not in pointing
    ]


def _checked(table: Tab) -> list[str]:
    pointing = {column for _, column, _, _ in table.keys}
    return [
        c.name
        for c in table.columns
        if KINDS[c.kind].family in CONDITIONS and not c.computed and c.name not in pointing
    ]


@st.composite
def models(draw: st.DrawFn, system: str, most: int = 3) -> Model:
    """Draw a model of one to ``most`` tables."""
    names = draw(st.lists(st.sampled_from(TABLES), unique=True, min_size=1, max_size=most))
    return tuple(draw(tables(system, name, tuple(names[:at]))) for at, name in enumerate(names))


@st.composite
def changes(draw: st.DrawFn, system: str) -> tuple[Model, Model]:
    """Draw a model and what becomes of it by one to three changes."""
    before = after = draw(models(system))
    for _ in range(draw(st.integers(1, 3))):
        after = draw(changed(system, after))
    return before, after


@st.composite
def changed(draw: st.DrawFn, system: str, model: Model) -> Model:
    """Draw a model that differs from ``model`` in one thing, or in none where that cannot be."""
    at = draw(st.integers(0, len(model) - 1))
    table = model[at]
    others = tuple(t.name for t in model[:at])
    word = draw(st.sampled_from(("table", "column", "alter", "alter", "extend", "reduce", "drop")))
    new = table
    if word == "table":
        free = [name for name in TABLES if name not in {t.name for t in model}]
        if not free:
            return model
        names = tuple(t.name for t in model)
        return (*model, draw(tables(system, draw(st.sampled_from(free)), names)))
    if word == "column":
        new = draw(_with_column(system, table))
    elif word == "alter" and table.columns:
        new = draw(_with_altered(system, table))
    elif word == "extend":
        new = draw(extended(system, table, others))
    elif word == "reduce":
        new = draw(_reduced(table))
    elif word == "drop" and table.columns:
        new = _without(table, draw(st.sampled_from([c.name for c in table.columns])))
    return (*model[:at], new, *model[at + 1 :])


@st.composite
def _with_column(draw: st.DrawFn, system: str, table: Tab) -> Tab:
    free = [name for name in COLUMNS if name not in {c.name for c in table.columns}]
    if not free:
        return table
    column = draw(columns(system, draw(st.sampled_from(free))))
    if column.default is None:
        column = replace(column, nullable=True)
    return replace(table, columns=(*table.columns, column))


@st.composite
def _with_altered(draw: st.DrawFn, system: str, table: Tab) -> Tab:
    column = draw(st.sampled_from(table.columns))
    pointing = {name for _, name, _, _ in table.keys}
    if column.computed or column.name in pointing:
        return table
    family = KINDS[column.kind].family
    near = [k for k in kinds(system) if family and KINDS[k].family == family] or [column.kind]
    if column.name in {name for index in table.indexes for name in index.columns} | {
        name for _, names in table.uniques for name in names
    }:
        near = [k for k in near if KINDS[k].indexed]
    kind = draw(st.sampled_from((column.kind, *near)))
    details = draw(_details(system, kind))
    new = replace(column, kind=kind, **details)
    return replace(table, columns=tuple(new if c is column else c for c in table.columns))


@st.composite
def _reduced(draw: st.DrawFn, table: Tab) -> Tab:
    """Draw a table that has one constraint, index or comment less."""
    fields = [f for f in ("uniques", "checks", "indexes", "comment") if getattr(table, f)]
    if not fields:
        return table
    name = draw(st.sampled_from(fields))
    return replace(table, **{name: None if name == "comment" else getattr(table, name)[1:]})


def _without(table: Tab, name: str) -> Tab:
    """Return a table without a column and what stands on it.

    Where the column is required and must be unique or pass a check, no one value brings it back
    for all rows: see "a required column with a check goes" in tests/laws/known.py.
    """
    if any(c.computed and c.computed.startswith(f"{name} ") for c in table.columns):
        return table
    unique = {n for _, names in table.uniques for n in names}
    unique |= {n for index in table.indexes if index.unique for n in index.columns}
    bound = unique | {column for _, column, _ in table.checks}
    if name in bound and not table.column(name).nullable:
        return table
    return replace(
        table,
        columns=tuple(c for c in table.columns if c.name != name),
        uniques=tuple(u for u in table.uniques if name not in u[1]),
        checks=tuple(c for c in table.checks if c[1] != name),
        indexes=tuple(i for i in table.indexes if name not in i.columns),
        keys=tuple(k for k in table.keys if k[1] != name),
    )

"""How the server spells types, defaults and expressions: it is asked, through temporary tables.

Creating and dropping a temporary table commits nothing.  ``information_schema`` does not list them
(MariaDB 10.11), so they are read back by SHOW FULL COLUMNS and SHOW CREATE TABLE.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from ...schema.metadata import Reader
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
from . import show
from .inspect import action
from .inspect import is_json
from .inspect import type_with

#: Columns of a scratch table: the row must fit, and a VARCHAR may have a kilobyte.
CHUNK = 20
_ALIASES = {
    "mysql_default_charset": "mysql_charset",
    "mysql_character_set": "mysql_charset",
    "mysql_default_character_set": "mysql_charset",
    "mysql_default_collate": "mysql_collate",
}


class MySQLReader(Reader):
    """Reads SQLAlchemy's objects as the server will hold them."""

    def column(self, column: sa.Column[Any]) -> Column:
        """Read a column; a computed one is virtual unless it is persisted."""
        value = super().column(column)
        if value.computed is not None and value.computed.persisted is None:
            value = replace(value, computed=replace(value.computed, persisted=False))
        return value

    def foreign_key(self, key: Any) -> ForeignKey:
        """Read a foreign key; the server stores no deferral and takes RESTRICT for NO ACTION."""
        value = super().foreign_key(key)
        return replace(
            value,
            onupdate=action(value.onupdate or "RESTRICT"),
            ondelete=action(value.ondelete or "RESTRICT"),
            deferrable=False,
            initially=None,
            match=None,
        )

    def unique(self, unique: Any) -> Unique:
        """Read a unique constraint; there is no deferral."""
        return replace(super().unique(unique), deferrable=False, initially=None)

    def options(self, element: Any) -> Options:
        """Return the options of both systems under one spelling, ``mysql_…`` in lower case."""
        found = {}
        for name, value in element.dialect_kwargs.items():
            if name.startswith(("mysql_", "mariadb_")) and value is not None:
                lower = "mysql_" + name.partition("_")[2].lower()
                found[_ALIASES.get(lower, lower)] = value
        return tuple(sorted(found.items()))

    def index_definition(self, index: sa.Index) -> Sql:
        """Return prefix, keys and method, without quotes."""
        text = str(CreateIndex(index).compile(dialect=self.dialect)).replace("`", "")
        found = re.match(r"CREATE (?:UNIQUE )?(?P<prefix>\w+ )?INDEX", text)
        prefix = (found["prefix"] or "") if found else ""
        keys = text[text.index("(") :].strip()
        return Sql(prefix + re.sub(r" USING BTREE$", "", keys), index)


@dataclass(frozen=True, slots=True)
class Spec:
    """A type with a default, on a table of some collation."""

    type: str
    default: str | None
    collation: str


@dataclass(slots=True)
class Scratch:
    """Asks the server through temporary tables; ``notes`` says what it refused."""

    connection: Connection
    notes: list[str] = field(default_factory=list)
    name: str = "_schemamigrate_scratch"

    def read(self, definition: str) -> tuple[list[Any], str]:
        """Create a table, return its SHOW FULL COLUMNS and SHOW CREATE TABLE, drop it."""
        run = self.connection.exec_driver_sql
        plain = {"no_parameters": True}
        run(f"CREATE TEMPORARY TABLE `{self.name}` {definition}", execution_options=plain)
        try:
            rows = run(f"SHOW FULL COLUMNS FROM `{self.name}`").fetchall()
            shown = run(f"SHOW CREATE TABLE `{self.name}`").fetchone()
            return list(rows), str(shown[1]) if shown else ""
        finally:
            run(f"DROP TEMPORARY TABLE `{self.name}`")

    def spellings(self, specs: Iterable[Spec]) -> dict[Spec, tuple[str, str | None]]:
        """Return the server's spelling of types and defaults, in few questions."""
        found: dict[Spec, tuple[str, str | None]] = {}
        groups: dict[str, list[Spec]] = {}
        for spec in specs:
            groups.setdefault(spec.collation, []).append(spec)
        for group in groups.values():
            for start in range(0, len(group), CHUNK):
                found.update(self._chunk(group[start : start + CHUNK]))
        return found

    def _chunk(self, specs: Sequence[Spec]) -> dict[Spec, tuple[str, str | None]]:
        parts = []
        for number, spec in enumerate(specs):
            default = f" DEFAULT {spec.default}" if spec.default is not None else ""
            parts.append(f"c{number} {spec.type} NULL{default}")
        try:
            rows, shown = self.read(f"({', '.join(parts)}){_collate(specs[0].collation)}")
        except DBAPIError as error:
            if len(specs) > 1:
                halves = (specs[: len(specs) // 2], specs[len(specs) // 2 :])
                return {**self._chunk(halves[0]), **self._chunk(halves[1])}
            said = " ".join(str(error.orig).split())
            self.notes.append(f"{specs[0].type} was compared as text: the server says {said}")
            return {}
        columns = show.columns(shown)
        return {
            spec: (_type(row, columns[row[0]], spec.collation), columns[row[0]].default)
            for spec, row in zip(specs, rows, strict=True)
        }

    def expressions(
        self, table: Table, generated: Sequence[str], checks: Sequence[str], collation: str
    ) -> tuple[list[str | None], list[str | None]]:
        """Return generation expressions and checks as the server has them."""
        plain = [f"`{c.name}` {c.type} NULL" for c in table.columns if c.computed is None]
        made = [f"`_g{n}` varchar(50) AS ({text}) VIRTUAL" for n, text in enumerate(generated)]
        held = [f"CONSTRAINT `_k{n}` CHECK ({text})" for n, text in enumerate(checks)]
        try:
            definition = f"({', '.join((*plain, *made, *held))}){_collate(collation)}"
            _, shown = self.read(definition)
        except DBAPIError as error:
            said = " ".join(str(error.orig).split())
            self.notes.append(f"{table.name}: expressions were compared as text: {said}")
            return [None] * len(generated), [None] * len(checks)
        columns, found = show.columns(shown), show.checks(shown)
        return (
            [columns[f"_g{n}"].generated for n in range(len(generated))],
            [found.get(f"_k{n}") for n in range(len(checks))],
        )


def settle(connection: Connection, actual: Schema, wanted: Schema) -> Settlement:
    """Bring the wanted tables that exist into the server's spelling."""
    scratch = Scratch(connection)
    pairs = [(t, actual.tables[n]) for n, t in wanted.tables.items() if n in actual.tables]
    specs = dict.fromkeys(s for want, have in pairs for s in _specs(want, have))
    spelled = scratch.spellings(specs)
    existing, changed = [], []
    for want, have in pairs:
        want = _respelled(want, have, spelled)
        want = _expressions(want, have, scratch)
        have = _as_meant(have, want)
        changed.append(_options_of(want, have))
        existing.append(replace(have, options=_stated(have.options, want.options)))
    new = (t for n, t in wanted.tables.items() if n not in actual.tables)
    kept = (t for n, t in actual.tables.items() if n not in wanted.tables)
    return Settlement(
        Schema.of((*existing, *kept), schemas=actual.schemas),
        Schema.of((*changed, *new), schemas=wanted.schemas),
        tuple(dict.fromkeys(scratch.notes)),
    )


def _collation(table: Table) -> str:
    return str(dict(table.options).get("mysql_collate", ""))


def _collate(collation: str) -> str:
    return f" COLLATE {collation}" if collation else ""


def _specs(want: Table, have: Table) -> Iterator[Spec]:
    for column in want.columns:
        existing = have.column(column.name)
        if existing is None or existing.type != column.type or existing.default != column.default:
            yield _spec(column, have)


def _spec(column: Column, have: Table) -> Spec:
    default = column.default.text if column.default else None
    return Spec(column.type.text, default, _collation(have))


def _type(row: Any, shown: show.Shown, collation: str) -> str:
    """Return a type as ``inspect`` has it, from SHOW FULL COLUMNS."""
    if shown.check is not None and is_json(shown.check, row[0]):
        return "json"
    own = row[2] if row[2] and row[2] != collation else None
    return type_with(row[1], own)


def _respelled(want: Table, have: Table, spelled: dict[Spec, tuple[str, str | None]]) -> Table:
    def column(value: Column) -> Column:
        found = spelled.get(_spec(value, have))
        if found is None:
            return value
        type_, default = found
        value = replace(value, type=replace(value.type, text=type_))
        if value.default is not None and default is not None:
            value = replace(value, default=replace(value.default, text=default))
        elif value.default is not None:
            value = replace(value, default=None)
        return value

    return replace(want, columns=tuple(map(column, want.columns)))


def _expressions(want: Table, have: Table, scratch: Scratch) -> Table:
    computed = [c for c in want.columns if c.computed and c != have.column(c.name)]
    checks = [c for c in want.checks if c not in have.checks]
    if not computed and not checks:
        return want
    texts = [c.computed.sql.text for c in computed if c.computed]
    generated, held = scratch.expressions(
        want, texts, [c.sql.text for c in checks], _collation(have)
    )
    new_columns = {
        c.name: replace(c, computed=replace(c.computed, sql=replace(c.computed.sql, text=text)))
        for c, text in zip(computed, generated, strict=True)
        if text is not None and c.computed
    }
    new_checks = {
        id(c): replace(c, sql=replace(c.sql, text=text))
        for c, text in zip(checks, held, strict=True)
        if text is not None
    }
    return replace(
        want,
        columns=tuple(new_columns.get(c.name, c) for c in want.columns),
        checks=tuple(_check(new_checks.get(id(c), c), have) for c in want.checks),
    )


def _check(check: Check, have: Table) -> Check:
    """A check within a column has the column's name on the server."""
    return check


def _as_meant(have: Table, want: Table) -> Table:
    """Read unique indexes as the model means them, and leave implied indexes out."""
    meant = {i.name: i for i in want.indexes if i.unique}
    uniques = tuple(u for u in have.uniques if u.name not in meant)
    turned = tuple(_index(u, meant[u.name]) for u in have.uniques if u.name in meant)
    keys = [k.columns for k in have.foreign_keys]
    named = {i.name for i in want.indexes}
    indexes = tuple(
        i
        for i in have.indexes
        if i.name in named or i.columns not in keys or i.name not in (i.columns[:1])
    )
    return replace(have, uniques=uniques, indexes=(*indexes, *turned))


def _index(unique: Unique, meant: Index) -> Index:
    holder = sa.Table("t", sa.MetaData(), *map(sa.Column, unique.columns))
    element = sa.Index(unique.name, *(holder.c[c] for c in unique.columns), unique=True)
    text = f"({', '.join(unique.columns)})"
    return Index(unique.name, Sql(text, element), True, unique.columns, None, element)


def _stated(options: Options, wanted: Options) -> Options:
    """Return the options that the model states too: others are nobody's business."""
    names = {name for name, _ in wanted}
    return tuple((name, value) for name, value in options if name in names)


def _options_of(want: Table, have: Table) -> Table:
    """Spell stated options as the server does where they mean the same, drop unknown ones."""
    actual = dict(have.options)
    kept = []
    for name, value in want.options:
        if name not in actual:
            continue
        same = str(actual[name]).lower() == str(value).lower()
        kept.append((name, actual[name] if same else value))
    return replace(want, options=tuple(kept))

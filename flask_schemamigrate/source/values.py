"""Columns, constraints, defaults and indexes as Python expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ..schema.metadata import Reader
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Column
from ..schema.objects import Computed
from ..schema.objects import Constraint
from ..schema.objects import Exclude
from ..schema.objects import ForeignKey
from ..schema.objects import Identity
from ..schema.objects import Index
from ..schema.objects import PrimaryKey
from ..schema.objects import Sql
from ..schema.objects import Table
from ..schema.objects import Unique
from .layout import call
from .layout import escaped
from .layout import Expression
from .layout import literal
from .layout import Text
from .types import Types

#: What ``render_item`` calls a constraint.
_KINDS: dict[type, str] = {
    PrimaryKey: "primary_key",
    Unique: "unique",
    ForeignKey: "foreign_key",
    Check: "check",
    Exclude: "exclude",
}


class Values:
    """Renders values for one dialect; ``types`` collects the imports."""

    def __init__(self, reader: Reader, types: Types) -> None:
        self.reader = reader
        self.types = types

    def quoted(self, name: str) -> str:
        """Return an identifier for SQL text."""
        return str(self.reader.preparer.quote(name))

    def table_name(self, name: Name) -> str:
        """Return a table's name for SQL text."""
        schema = f"{self.reader.preparer.quote_schema(name.schema)}." if name.schema else ""
        return schema + self.quoted(name.name)

    def text(self, sql: str) -> str:
        """Return ``sa.text("…")``."""
        return f"sa.text({literal(escaped(sql))})"

    def name(self, name: str | None, prefix: str = "op") -> str:
        """Return a name as final: it has been through the naming convention already."""
        return "None" if name is None else f"{prefix}.f({literal(name)})"

    def default(self, default: Sql | None) -> str:
        """Return a server default."""
        if default is None:
            return "None"
        if isinstance(default.element, str):
            return literal(default.element)
        return self.text(default.text)

    def computed(self, computed: Computed) -> str:
        """Return ``sa.Computed(…)``."""
        persisted = "" if computed.persisted is None else f", persisted={computed.persisted}"
        return f"sa.Computed({literal(escaped(self.reader.words(computed.sql)))}{persisted})"

    def identity(self, identity: Identity) -> str:
        """Return ``sa.Identity(…)`` with the options that are given."""
        names = ("start", "increment", "minvalue", "maxvalue", "cache")
        given = [f"always={identity.always}"]
        given += [f"{n}={getattr(identity, n)}" for n in names if getattr(identity, n) is not None]
        given += ["cycle=True"] if identity.cycle else []
        return f"sa.Identity({', '.join(given)})"

    def column(
        self, column: Column, key: PrimaryKey | None = None, *parts: Text, **more: Text
    ) -> Expression | str:
        """Return ``sa.Column(…)``; ``key`` is the primary key of the table, where that is known.

        ``parts`` and ``more`` are what else the column is made of.  A text is what a user has said
        of it instead, the empty one that it is left out.
        """
        instead = self.types.said("column", column.element)
        if instead is not None:
            return instead
        positional: list[Text] = [literal(column.name), self.types.text(column.type.element)]
        keywords: dict[str, Text] = {}
        if column.computed is not None:
            positional.append(self.computed(column.computed))
        elif column.identity is not None:
            positional.append(self.identity(column.identity))
        elif column.default is not None:
            own = getattr(column.element, "server_default", None)
            said = self.types.said("server_default", own)
            keywords["server_default"] = said or self.default(column.default)
        if key is not None and _numbers(column, key) != column.autoincrement:
            keywords["autoincrement"] = repr(column.autoincrement)
        keywords.update(more)
        keywords["nullable"] = repr(column.nullable)
        if column.comment is not None:
            keywords["comment"] = literal(column.comment)
        keywords.update((name, literal(value)) for name, value in column.options)
        clause = dict(key.options).get("sqlite_on_conflict") if key is not None else None
        if key is not None and clause and key.columns == (column.name,):
            # With AUTOINCREMENT the key stands within the column.
            keywords["sqlite_on_conflict_primary_key"] = literal(clause)
        return call("sa.Column", *positional, *parts, **keywords)

    def table_parts(self, table: Table) -> list[Text]:
        """Return the columns and constraints of ``op.create_table``."""
        own = {c.column: self.inline(replace(c, name=None)) for c in table.checks if c.column}
        parts: list[Text] = [
            self.column(c, table.primary_key, *([own[c.name]] if c.name in own else []))
            for c in table.columns
        ]
        checks = (c for c in table.checks if not c.of_type and c.column is None)
        for constraint in table.constraints:
            reflected = isinstance(constraint, Exclude) and constraint.element is None
            if not isinstance(constraint, Check) and not reflected:
                parts.append(self.element(constraint))
        parts.extend(self.element(check) for check in checks)
        return [part for part in parts if part != ""]

    def element(self, constraint: Constraint) -> Text:
        """Return an element of ``op.create_table``, or what a user has said of it instead."""
        said = self.types.said(_KINDS[type(constraint)], constraint.element)
        return self.inline(constraint) if said is None else said

    def inline(self, constraint: Constraint) -> Expression:
        """Return a constraint as an element of ``op.create_table``."""
        keywords: dict[str, Text] = {}
        if constraint.name is not None:
            keywords["name"] = self.name(constraint.name)
        match constraint:
            case PrimaryKey():
                columns = map(literal, constraint.columns)
                keywords.update(self.deferral(constraint))
                word = "sa.PrimaryKeyConstraint"
                return call(word, *columns, **keywords, **self.options(constraint))
            case Unique():
                columns = map(literal, constraint.columns)
                keywords.update(self.deferral(constraint))
                return call("sa.UniqueConstraint", *columns, **keywords, **self.options(constraint))
            case ForeignKey():
                targets = [f"{constraint.target}.{c}" for c in constraint.target_columns]
                keywords.update(self.key_options(constraint))
                local = literal(list(constraint.columns))
                return call("sa.ForeignKeyConstraint", local, literal(targets), **keywords)
            case Check():
                condition = literal(escaped(self.reader.words(constraint.sql)))
                return call("sa.CheckConstraint", condition, **keywords, **self.options(constraint))
            case Exclude():
                self.types.imports.add("from sqlalchemy.dialects import postgresql")
                elements, options = self.exclusion(constraint)
                return call("postgresql.ExcludeConstraint", *elements, **keywords, **options)

    def exclusion(self, constraint: Exclude) -> tuple[list[Text], dict[str, Text]]:
        """Return the (expression, operator) pairs and the options of an exclusion."""
        element = constraint.element
        pairs: list[Text] = []
        for expression, _, operator in element._render_exprs:
            compiled = self.reader.expression(expression).text
            pairs.append(f"(sa.text({literal(escaped(compiled))}), {literal(operator)})")
        options: dict[str, Text] = {"using": literal(element.using)}
        if element.where is not None:
            where = self.reader.expression(element.where).text
            options["where"] = self.text(where)
        return pairs, options

    def key_options(self, key: ForeignKey) -> dict[str, Text]:
        """Return the options of a foreign key."""
        found: dict[str, Text] = {}
        for name in ("onupdate", "ondelete", "match"):
            if getattr(key, name) is not None:
                found[name] = literal(getattr(key, name))
        return {**found, **self.deferral(key), **self.options(key)}

    def deferral(self, constraint: PrimaryKey | Unique | ForeignKey) -> dict[str, Text]:
        """Return ``deferrable`` and ``initially``."""
        found: dict[str, Text] = {}
        if constraint.deferrable:
            found["deferrable"] = "True"
        if constraint.initially is not None:
            found["initially"] = literal(constraint.initially)
        return found

    def options(self, value: Any) -> dict[str, Text]:
        """Return dialect options."""
        stated = self.reader.stated(value.options)
        return {name: self.option(option) for name, option in stated}

    def option(self, value: Any) -> str:
        """Return the value of an option: SQL as ``sa.text``, the rest as it is."""
        if isinstance(value, Sql):
            return self.text(value.text)
        if hasattr(value, "compile"):
            return self.text(self.reader.expression(value).text)
        return literal(value)

    def index_keys(self, index: Index) -> str:
        """Return the list of columns and expressions."""
        keys = []
        for expression in index.element.expressions:
            if isinstance(expression, sa.Column):
                keys.append(literal(str(expression.name)))
            else:
                chosen = _operator_classes(index).get(getattr(expression, "key", None))
                words = self.reader.index_key(expression) + (f" {chosen}" if chosen else "")
                keys.append(self.text(words))
        return f"[{', '.join(keys)}]"

    def index_options(self, index: Index) -> dict[str, Text]:
        """Return ``unique`` and the dialects' options."""
        found: dict[str, Text] = {"unique": repr(index.unique)}
        for name, value in sorted(index.element.dialect_kwargs.items()):
            if value is not None and value != {} and value is not False:
                found[name] = self.option(_names_of(value))
        for name in [n for n in found if n.endswith("_ops")]:
            # Those of labelled expressions are written with the expressions.
            columns = {str(c.name) for c in index.element.expressions if isinstance(c, sa.Column)}
            kept = {k: v for k, v in _operator_classes(index).items() if k in columns}
            found[name] = literal(kept)
            if not kept:
                del found[name]
        return found


def _operator_classes(index: Index) -> dict[Any, str]:
    """Return the operator classes of keys, by column or label."""
    return dict(index.element.dialect_kwargs.get("postgresql_ops") or {})


def _names_of(value: Any) -> Any:
    """Return columns in a list of options by their names."""
    if isinstance(value, (list, tuple)):
        return [str(getattr(item, "name", item)) for item in value]
    return value


def _numbers(column: Column, key: PrimaryKey) -> bool:
    """Whether SQLAlchemy would take the column for one that the server numbers."""
    element = column.type.element
    return (
        key.columns == (column.name,)
        and isinstance(element, sa.Integer)
        and column.default is None
        and column.identity is None
    )

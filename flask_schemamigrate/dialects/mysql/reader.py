"""SQLAlchemy's tables, read into values as MariaDB and MySQL will hold them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.operators import asc_op
from sqlalchemy.sql.operators import desc_op

from ...schema.likeness import is_plain
from ...schema.metadata import Reader
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import ForeignKey
from ...schema.objects import Options
from ...schema.objects import Sql
from ...schema.objects import Unique
from .facts import Facts
from .inspect import action

_ALIASES = {
    "default_charset": "charset",
    "character_set": "charset",
    "default_character_set": "charset",
    "default_collate": "collate",
}


class MySQLReader(Reader):
    """Reads SQLAlchemy's objects as the server will hold them."""

    alters_autoincrement: ClassVar[bool] = True

    @property
    def facts(self) -> Facts:
        """What the server can do."""
        return Facts.of(self.dialect)

    def column(self, column: sa.Column[Any]) -> Column:
        """Read a column; a computed one is virtual unless it is persisted."""
        value = super().column(column)
        if value.computed is not None and value.computed.persisted is None:
            value = replace(value, computed=replace(value.computed, persisted=False))
        return value

    def foreign_key(self, key: Any) -> ForeignKey:
        """Read a foreign key; the server stores no deferral."""
        value = super().foreign_key(key)
        if not (key.onupdate or key.ondelete or key.deferrable or key.initially or key.match):
            return value
        return replace(
            value,
            onupdate=action(key.onupdate, self.facts),
            ondelete=action(key.ondelete, self.facts),
            deferrable=False,
            initially=None,
            match=None,
        )

    def check(self, check: Any) -> Check:
        """Read a check; MariaDB keeps one that is within a column, and has no name, as its part."""
        value = super().check(check)
        within = isinstance(check.parent, sa.Column) and self.facts.mariadb
        if not within or value.of_type or value.name is not None:
            return value
        return replace(value, column=str(check.parent.name))

    def unique(self, unique: Any) -> Unique:
        """Read a unique constraint; there is no deferral."""
        value = super().unique(unique)
        if not (value.deferrable or value.initially):
            return value
        return replace(value, deferrable=False, initially=None)

    def options(self, element: Any) -> Options:
        """Return the options under one spelling each: ``mysql_charset``, in lower case."""
        found = {}
        for name, value in super().options(element):
            prefix, _, word = name.lower().partition("_")
            if value is not None:
                found[f"{prefix}_{_ALIASES.get(word, word)}"] = value
        return tuple(sorted(found.items()))

    def index_key(self, expression: Any) -> str:
        """Compile a key; MySQL wants parentheses around each expression."""
        text = super().index_key(expression)
        is_ordered = getattr(expression, "modifier", None) in (desc_op, asc_op)
        return text if is_ordered or isinstance(expression, sa.TextClause) else f"({text})"

    def index_definition(self, index: sa.Index) -> Sql:
        """Return prefix (FULLTEXT), keys and method, names without quotes."""
        if is_plain(index):
            keys: Any = index.expressions
            return Sql(f"({', '.join(key.name for key in keys)})", index)
        prefix = index.dialect_options[self.dialect.name].get("prefix") or ""
        keys = self.create_index_keys(index).replace("`", "")
        return Sql(f"{prefix.upper()} {keys}".strip(), index)

    def create_index_keys(self, index: sa.Index) -> str:
        """Return what follows ``ON table`` in CREATE INDEX."""
        text = str(CreateIndex(index).compile(dialect=self.dialect))
        return text.partition(f" ON {self.preparer.format_table(index.table)} ")[2]

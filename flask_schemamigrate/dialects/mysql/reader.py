"""SQLAlchemy's tables, read into values as MariaDB and MySQL will hold them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.operators import asc_op
from sqlalchemy.sql.operators import desc_op

from ...schema.metadata import Reader
from ...schema.objects import Column
from ...schema.objects import ForeignKey
from ...schema.objects import Options
from ...schema.objects import Sql
from ...schema.objects import Unique
from .inspect import action

_ALIASES = {
    "default_charset": "charset",
    "character_set": "charset",
    "default_character_set": "charset",
    "default_collate": "collate",
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
        prefix = index.dialect_options[self.dialect.name].get("prefix") or ""
        keys = self.create_index_keys(index).replace("`", "")
        return Sql(f"{prefix.upper()} {keys}".strip(), index)

    def create_index_keys(self, index: sa.Index) -> str:
        """Return what follows ``ON table`` in CREATE INDEX."""
        text = str(CreateIndex(index).compile(dialect=self.dialect))
        return text.partition(f" ON {self.preparer.format_table(index.table)} ")[2]

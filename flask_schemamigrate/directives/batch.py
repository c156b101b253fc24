"""What ``with op.batch_alter_table(…) as batch_op`` gives: ``op`` for one table, collected."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Literal
from typing import Protocol

import sqlalchemy as sa

from ..operations.base import Operation
from ..operations.batch import Rebuild
from ..operations.batch import UNNAMED
from ..operations.columns import DropColumn
from ..operations.tables import CommentTable
from . import custom
from . import elements
from .alter import alterations
from .build import Builder


class Performer(Protocol):
    """The context of the running script, as far as a batch needs it."""

    @property
    def builder(self) -> Builder:
        """What builds operations for the dialect."""

    @property
    def bind(self) -> Any:
        """The connection."""

    def execute(self, sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL at once."""


class BatchOperations:
    """Collects changes of one table; the directives are those of ``op`` without the table.

    ``execute`` is not collected but runs at once.  ``operations`` is what has been collected.
    """

    def __init__(
        self,
        context: Performer,
        table_name: str,
        schema: str | None,
        recreate: Literal["auto", "always", "never"],
        keywords: Mapping[str, Any],
    ) -> None:
        if recreate not in ("auto", "always", "never"):
            raise ValueError("recreate may be one of 'auto', 'always', or 'never'.")
        convention = keywords.get("naming_convention") or context.builder.convention
        self.context = context
        self.builder = Builder(context.builder.reader, convention)
        info = (keywords.get("table_kwargs") or {}).get("info") or {}
        self._unnamed = frozenset(info.get(UNNAMED, ()))
        self.table = (table_name, schema)
        self.name = self.builder.reader.name(table_name, schema)
        self.operations: list[Operation] = []
        self._recreate = recreate
        self._keywords = dict(keywords)
        self._positions: dict[str, tuple[str | None, str | None]] = {}

    def rebuild(self) -> Rebuild:
        """Return how the table is to be rebuilt, where that is necessary."""
        given = self._keywords
        return Rebuild(
            self._recreate,
            given.get("copy_from"),
            tuple(given.get("table_args") or ()),
            dict(given.get("table_kwargs") or {}),
            tuple(given.get("reflect_args") or ()),
            dict(given.get("reflect_kwargs") or {}),
            given.get("naming_convention"),
            tuple(tuple(group) for group in given.get("partial_reordering") or ()),
            dict(self._positions),
        )

    # --- columns -------------------------------------------------------------------------------

    def add_column(
        self,
        column: sa.Column[Any],
        *,
        insert_before: str | None = None,
        insert_after: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        """Add a column, in a rebuild before or after another one."""
        self._place(str(column.name), insert_before, insert_after)
        flags = {
            "if_absent": if_not_exists,
            "inline_references": inline_references,
            "inline_primary_key": inline_primary_key,
        }
        self.operations.append(self.builder.add_column(*self.table, column, flags))

    def alter_column(
        self,
        column_name: str,
        *,
        insert_before: str | None = None,
        insert_after: str | None = None,
        **given: Any,
    ) -> None:
        """Change what is given of a column; the keywords are those of ``op.alter_column``."""
        self._place(column_name, insert_before, insert_after)
        if given.get("existing_comment") is None:
            given.pop("existing_comment", None)
        self.operations.extend(alterations(self.builder, *self.table, column_name, given))

    def drop_column(self, column_name: str, **kw: Any) -> None:
        """Drop a column with its values."""
        self.operations.append(DropColumn(self.name, column_name, bool(kw.get("if_exists"))))

    def _place(self, column: str, before: str | None, after: str | None) -> None:
        if before or after:
            self._positions[column] = (before, after)

    # --- constraints ---------------------------------------------------------------------------

    def create_primary_key(
        self, constraint_name: str | None, columns: Sequence[str], **kw: Any
    ) -> None:
        """Make columns the primary key."""
        self._key(sa.PrimaryKeyConstraint, constraint_name, columns, kw)

    def create_unique_constraint(
        self, constraint_name: str | None, columns: Sequence[str], **kw: Any
    ) -> None:
        """Make a combination of columns unique."""
        self._key(sa.UniqueConstraint, constraint_name, columns, kw)

    def _key(self, kind: Any, name: str | None, columns: Sequence[str], kw: Any) -> None:
        name, holder = self._final(name)
        key = elements.key_constraint(kind, name, self.table, columns, holder, kw)
        self.operations.append(self.builder.constraint(key))

    def _final(self, name: str | None) -> tuple[str | None, sa.MetaData]:
        """Return the name for a constraint, and where to make it: no convention names a None."""
        if name in self._unnamed:
            return None, sa.MetaData()
        return name, self.builder.holder()

    def create_foreign_key(
        self,
        constraint_name: str | None,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        referent_schema: str | None = None,
        **kw: Any,
    ) -> None:
        """Make columns refer to another table's."""
        referent = (referent_table, referent_schema)
        name, holder = self._final(constraint_name)
        columns = (local_cols, remote_cols)
        key = elements.foreign_key(name, self.table, referent, columns, holder, kw)
        self.operations.append(self.builder.constraint(key))

    def create_check_constraint(
        self, constraint_name: str | None, condition: Any, **kw: Any
    ) -> None:
        """Require ``condition`` of each row."""
        name, holder = self._final(constraint_name)
        check = elements.check(name, self.table, condition, holder, kw)
        self.operations.append(self.builder.constraint(check))

    def create_exclude_constraint(
        self, constraint_name: str | None, *elements_: Any, **kw: Any
    ) -> None:
        """Add PostgreSQL's EXCLUDE."""
        holder = self.builder.holder()
        exclusion = elements.exclusion(constraint_name, self.table, elements_, holder, kw)
        self.operations.append(self.builder.constraint(exclusion))

    def add(self, constraint: Any) -> None:
        """Add a constraint of SQLAlchemy's that is part of no table."""
        names = {getattr(c, "name", c) for c in getattr(constraint, "_pending_colargs", ())}
        columns = (sa.Column(name) for name in sorted(names))
        sa.Table(self.table[0], self.builder.holder(), *columns, constraint, schema=self.table[1])
        self.operations.append(self.builder.constraint(constraint))

    def drop_constraint(self, constraint_name: str | None, type_: str | None = None) -> None:
        """Drop a constraint."""
        kind = custom.constraint_type(type_)
        self.operations.append(self.builder.drop_constraint(self.name, constraint_name, kind))

    # --- indexes and comments ------------------------------------------------------------------

    def create_index(
        self,
        index_name: str | None,
        columns: Sequence[Any],
        *,
        unique: bool = False,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        """Create an index."""
        holder, keywords = self.builder.holder(), {"unique": unique, **kw}
        index = elements.index(index_name, *self.table, columns, holder, keywords)
        concurrently = bool(kw.get("postgresql_concurrently"))
        create = self.builder.create_index(index, bool(if_not_exists), concurrently)
        self.operations.append(create)

    def drop_index(self, index_name: str, **kw: Any) -> None:
        """Drop an index."""
        self.operations.append(self.builder.drop_index(index_name, *self.table, kw))

    def create_table_comment(
        self, comment: str | None, *, existing_comment: str | None = None
    ) -> None:
        """Set the table's comment."""
        self.operations.append(CommentTable(self.name, comment, existing_comment))

    def drop_table_comment(self, *, existing_comment: str | None = None) -> None:
        """Remove the table's comment."""
        self.operations.append(CommentTable(self.name, None, existing_comment))

    # --- what is not collected -----------------------------------------------------------------

    def execute(self, sqltext: Any, *, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL at once, before the collected changes."""
        self.context.execute(sqltext, execution_options)

    def f(self, name: str) -> str:
        """Mark a name as final."""
        return elements.final(name)

    def get_bind(self) -> Any:
        """Return the connection of the running script."""
        return self.context.bind

    def get_context(self) -> Any:
        """Return the context of the running script."""
        return self.context

    def inline_literal(self, value: Any, type_: Any = None) -> Any:
        """Return ``value`` as an expression that is written into the SQL."""
        return elements.inline_literal(value, type_)

    def invoke(self, operation: Any) -> Any:
        """Collect an operation of ours, or carry out one of a registered class."""
        if isinstance(operation, Operation):
            self.operations.append(operation)
            return None
        return custom.invoke(operation, self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return custom.directive(name, self, "batch_")

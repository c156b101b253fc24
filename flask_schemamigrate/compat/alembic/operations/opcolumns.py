"""Columns that are added, changed or dropped, as operation objects."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Column

from .opbase import Directive
from .opbase import given
from .optables import AlterTableOp
from .optables import no_column


class AddColumnOp(AlterTableOp):
    """A column that is added."""

    def __init__(
        self,
        table_name: str,
        column: Column[Any],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.column = column
        self.if_not_exists = if_not_exists
        self.inline_references = inline_references
        self.inline_primary_key = inline_primary_key
        self.kw = kw

    @classmethod
    def from_column(cls, col: Column[Any]) -> AddColumnOp:
        """Return the operation that adds a column to its table."""
        return cls(col.table.name, col, schema=col.table.schema)

    @classmethod
    def from_column_and_tablename(
        cls, schema: str | None, tname: str, col: Column[Any]
    ) -> AddColumnOp:
        """Return the operation that adds a column to a table."""
        return cls(tname, col, schema=schema)

    def to_column(self) -> Column[Any]:
        """Return the column."""
        return self.column

    def reverse(self) -> DropColumnOp:
        """Return the operation that drops it."""
        found = DropColumnOp.from_column_and_tablename(self.schema, self.table_name, self.column)
        found.if_exists = self.if_not_exists
        return found

    def to_diff_tuple(self) -> Any:
        """``("add_column", schema, table, column)``."""
        return ("add_column", self.schema, self.table_name, self.column)

    def as_directive(self) -> Directive:
        """``op.add_column(…)``."""
        keywords = given(
            schema=self.schema,
            if_not_exists=self.if_not_exists,
            inline_references=self.inline_references,
            inline_primary_key=self.inline_primary_key,
        )
        attached = self.column.table is not None
        column = self.column._copy() if attached else self.column
        return "add_column", (self.table_name, column), {**keywords, **self.kw}


class DropColumnOp(AlterTableOp):
    """A column that is dropped."""

    def __init__(
        self,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: AddColumnOp | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.column_name = column_name
        self.if_exists = if_exists
        self.kw = kw
        self._reverse = _reverse

    @classmethod
    def from_column_and_tablename(
        cls, schema: str | None, tname: str, col: Column[Any]
    ) -> DropColumnOp:
        """Return the operation that drops a column of a table."""
        added = AddColumnOp.from_column_and_tablename(schema, tname, col)
        return cls(tname, col.name, schema=schema, _reverse=added)

    def to_column(self, migration_context: Any = None) -> Column[Any]:
        """Return the column, without a type where only its name is known."""
        if self._reverse is not None:
            return self._reverse.column
        return no_column(self.column_name, migration_context)

    def reverse(self) -> AddColumnOp:
        """Return the operation that adds it again; ValueError where only its name is known."""
        if self._reverse is None:
            raise ValueError("operation is not reversible; original column is not present")
        found = AddColumnOp.from_column_and_tablename(
            self.schema, self.table_name, self._reverse.column
        )
        found.if_not_exists = self.if_exists
        return found

    def to_diff_tuple(self) -> Any:
        """``("remove_column", schema, table, column)``."""
        return ("remove_column", self.schema, self.table_name, self.to_column())

    def as_directive(self) -> Directive:
        """``op.drop_column(…)``."""
        keywords = given(schema=self.schema, if_exists=self.if_exists)
        return "drop_column", (self.table_name, self.column_name), {**keywords, **self.kw}


class AlterColumnOp(AlterTableOp):
    """A column that is changed."""

    modify_name: str | None
    modify_type: Any
    modify_server_default: Any
    modify_nullable: bool | None
    modify_comment: Any

    def __init__(
        self,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        existing_type: Any = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        modify_nullable: bool | None = None,
        modify_comment: Any = False,
        modify_server_default: Any = False,
        modify_name: str | None = None,
        modify_type: Any = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.column_name = column_name
        self.existing_type = existing_type
        self.existing_server_default = existing_server_default
        self.existing_nullable = existing_nullable
        self.existing_comment = existing_comment
        self.modify_nullable = modify_nullable
        self.modify_comment = modify_comment
        self.modify_server_default = modify_server_default
        self.modify_name = modify_name
        self.modify_type = modify_type
        self.kw = kw

    def _existing(self, *names: str) -> dict[str, Any]:
        return {f"existing_{name}": getattr(self, f"existing_{name}") for name in names}

    def to_diff_tuple(self) -> Any:
        """Return a list of ``("modify_type", schema, table, column, existing, old, new)``."""
        where = (self.schema, self.table_name, self.column_name)
        found: list[Any] = []
        if self.modify_type is not None:
            existing = self._existing("nullable", "server_default", "comment")
            found.append(("modify_type", *where, existing, self.existing_type, self.modify_type))
        if self.modify_nullable is not None:
            existing = self._existing("type", "server_default", "comment")
            change = (self.existing_nullable, self.modify_nullable)
            found.append(("modify_nullable", *where, existing, *change))
        if self.modify_server_default is not False:
            existing = self._existing("nullable", "type", "comment")
            defaults = (self.existing_server_default, self.modify_server_default)
            found.append(("modify_default", *where, existing, *defaults))
        if self.modify_comment is not False:
            existing = self._existing("nullable", "type", "server_default")
            comments = (self.existing_comment, self.modify_comment)
            found.append(("modify_comment", *where, existing, *comments))
        return found

    def has_changes(self) -> bool:
        """Whether anything changes."""
        changed = (
            self.modify_nullable is not None
            or self.modify_server_default is not False
            or self.modify_type is not None
            or self.modify_comment is not False
        )
        return changed or any(name.startswith("modify_") for name in self.kw)

    def reverse(self) -> AlterColumnOp:
        """Return the operation that puts the former attributes back."""
        state: dict[str, Any] = {
            **self._existing("type", "nullable", "server_default", "comment"),
            **{
                f"modify_{name}": getattr(self, f"modify_{name}")
                for name in ("type", "nullable", "server_default", "comment")
            },
            **self.kw,
        }
        words = {m[2] for m in (re.match(r"^(existing|modify)_(.+)$", k) for k in state) if m}
        given_words = [word for word in words if f"modify_{word}" in state]
        for word in given_words:
            unset = False if word in ("server_default", "comment") else None
            if state[f"modify_{word}"] is not unset and f"existing_{word}" in state:
                existing, modified = state[f"existing_{word}"], state[f"modify_{word}"]
                state[f"modify_{word}"], state[f"existing_{word}"] = existing, modified
        column = self.modify_name or self.column_name
        new_name = self.column_name if self.modify_name else None
        return self.__class__(
            self.table_name, column, schema=self.schema, modify_name=new_name, **state
        )

    def as_directive(self) -> Directive:
        """``op.alter_column(…)``."""
        keywords = given(
            schema=self.schema,
            nullable=self.modify_nullable,
            new_column_name=self.modify_name,
            type_=self.modify_type,
            existing_type=self.existing_type,
            existing_nullable=self.existing_nullable,
            existing_comment=self.existing_comment,
        )
        for word, value in (
            ("comment", self.modify_comment),
            ("server_default", self.modify_server_default),
            ("existing_server_default", self.existing_server_default),
        ):
            if value is not False:
                keywords[word] = value
        return "alter_column", (self.table_name, self.column_name), {**keywords, **self.kw}

"""Operations into PostgreSQL's DDL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.engine import Connection

from ...errors import InvalidOperation
from ...operations.base import UNSET
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import described
from ...operations.constraints import DropConstraint
from ...operations.constraints import type_of
from ...operations.data import Execute
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.names import RenameConstraint
from ...operations.names import RenameIndex
from ...operations.names import RenameSequence
from ...operations.schemas import CreateSchema
from ...operations.schemas import DropSchema
from ...operations.sequences import AlterSequence
from ...operations.sequences import CreateSequence
from ...operations.sequences import DropSequence
from ...operations.tables import AlterTableOptions
from ...operations.tables import CreateTable
from ...operations.types import AlterEnum
from ...operations.types import CreateEnum
from ...operations.types import DropEnum
from ...schema.names import Name
from ...schema.objects import Enum
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import PrimaryKey
from ...schema.objects import Table
from ...schema.objects import Unique
from ...steps import Action
from ...steps import Step
from .. import ddl
from .. import sequences
from ..base import Tables
from . import columns
from . import enums
from . import views
from .names import constraint_name
from .reader import readable
from .reader import Reader
from .words import Words


class DDL(ddl.DDL):
    """PostgreSQL's DDL; ``connection`` is asked for what is there already, None: offline."""

    def __init__(self, dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(dialect)
        self.connection = connection
        #: Whether steps are to run now; a script that is written knows nothing of views.
        self.runs = True
        self.words = Words(self.preparer)
        self.enums = enums.Changes(self.words)
        self.column_steps = columns.Steps(self.words, connection)

    # --- tables and columns --------------------------------------------------------------------

    def create_table(self, op: CreateTable, tables: Tables) -> Iterator[Action]:
        """Create a table; one that was read from a catalogue has no SQLAlchemy object."""
        if op.table.element is not None:
            yield from super().create_table(op, tables)
            return
        table = op.table
        parts = [self.words.column(column) for column in table.columns]
        parts += [self.words.constraint(constraint) for constraint in table.constraints]
        exists = "IF NOT EXISTS " if op.if_absent else ""
        partition = dict(table.options).get("postgresql_partition_by")
        after = f" PARTITION BY {partition}" if partition else ""
        lines = ",\n    ".join(parts)
        text = f"CREATE TABLE {exists}{self.table_name(table.name)} (\n    {lines}\n){after}"
        yield Step(text, op)
        for index in table.indexes:
            yield Step(self.index_text(table.name, index, op.if_absent), op)
        yield from self.comments(op)

    def late_keys(self, op: CreateTable) -> Iterator[Action]:
        """Add the foreign keys that CREATE TABLE left out because of ``use_alter``."""
        for key in op.table.foreign_keys:
            if key.use_alter:
                yield self.alter(op.table.name, f"ADD {self.words.constraint(key)}", op)

    def add_column(self, op: AddColumn, tables: Tables) -> Iterator[Action]:
        """Create the column's enumerated type where it is missing, then add the column."""
        if op.column.element is not None:
            for enum in self._created_with(op.column.element.type):
                yield from self._missing_enum(enum, op)
        yield self.alter(op.table, self._added(op), op)
        for constraint in op.constraints:
            if not (isinstance(constraint, ForeignKey) and op.inline_references):
                yield from self.add_constraint(AddConstraint(op.table, constraint), tables)
        for index in op.indexes:
            yield Step(self.index_text(op.table, index, op.if_absent), op)
        if op.column.comment:
            text = self.comment_column_text(op.table, op.column.name, op.column.comment)
            yield Step(text, op)

    def _added(self, op: AddColumn) -> str:
        """Return the clause; SQLAlchemy writes its own columns, of which SERIAL is one."""
        if op.column.element is not None:
            text = self.column_specification(op.column.element)
        else:
            text = self.words.column(op.column)
        for key in op.constraints:
            if isinstance(key, ForeignKey) and op.inline_references:
                name = f" CONSTRAINT {self.quote(key.name)}" if key.name else ""
                text += f"{name} {self.words.references(key)}"
        key_words = " PRIMARY KEY" if op.inline_primary_key else ""
        return f"ADD COLUMN {'IF NOT EXISTS ' if op.if_absent else ''}{text}{key_words}"

    def _created_with(self, type_: Any) -> Iterator[Enum]:
        """Yield the enumerated types that may be created: not with ``create_type=False``."""
        reader = Reader(self.sqlalchemy, self._default_schema)
        for enum in reader.enum_of(type_):
            if not isinstance(enum.element, ENUM | DOMAIN) or enum.element.create_type:
                yield enum

    @property
    def _default_schema(self) -> str | None:
        default: str | None = self.sqlalchemy.default_schema_name
        return default

    def _missing_enum(self, enum: Enum, op: AddColumn) -> Iterator[Action]:
        text = self.enums.create_text(enum)
        if self.connection is None:
            # Whether the script has made it already is not known here.
            yield Step(f"DO $$ BEGIN {text}; EXCEPTION WHEN duplicate_object THEN NULL; END $$", op)
        elif not self._exists(enum.name):
            yield Step(text, op)

    def _exists(self, name: Name) -> bool:
        question = sa.text("SELECT pg_catalog.to_regtype(:name) IS NOT NULL")
        assert self.connection is not None
        return bool(self.connection.execute(question, {"name": self.table_name(name)}).scalar())

    def alter_column(self, op: AlterColumn, tables: Tables) -> Iterator[Action]:
        """Change a column; the rename comes last."""
        held = self._holders(op, tables)
        types = (self.column_steps.present(op, tables.table(op.table)).type, op.type)
        yield from (Step(holder.drop, op) for holder in reversed(held))
        yield from self.column_steps.alter(op, tables)
        texts = (views.retyped(text, *types) for holder in held for text in holder.again)
        yield from (Step(text, op) for text in texts)
        if op.comment is not UNSET:
            yield Step(self.comment_column_text(op.table, op.column, op.comment), op)
        if op.new_name is not UNSET:
            clause = f"RENAME COLUMN {self.quote(op.column)} TO {self.quote(str(op.new_name))}"
            yield self.alter(op.table, clause, op)

    def _holders(self, op: AlterColumn, tables: Tables) -> tuple[views.Holder, ...]:
        """Return what holds the type of a column, where that changes."""
        if self.connection is None or not self.runs or op.type is UNSET:
            return ()
        if str(self.column_steps.present(op, tables.table(op.table)).type) == str(op.type):
            return ()
        return views.over(self.connection, self.table_name(op.table), op.column)

    def alter_table_options(self, op: AlterTableOptions, tables: Tables) -> Iterator[Action]:
        """Refuse: how a table is partitioned or stored cannot be altered."""
        names = ", ".join(name for name, _ in op.options)
        raise InvalidOperation(f"{op.describe()}: PostgreSQL cannot alter {names}.")

    # --- constraints and indexes ---------------------------------------------------------------

    def add_constraint(self, op: AddConstraint, tables: Tables) -> Iterator[Action]:
        """``ALTER TABLE … ADD CONSTRAINT``, with NOT VALID where the constraint says so."""
        yield self.alter(op.table, f"ADD {self.words.constraint(op.constraint)}", op)

    def drop_constraint(self, op: DropConstraint, tables: Tables) -> Iterator[Action]:
        """Drop a constraint by its name, or by what it is."""
        name = op.name or self._found(op, tables)
        yield from super().drop_constraint(replace(op, name=name), tables)

    def _found(self, op: DropConstraint, tables: Tables) -> str | None:
        """Return the name that the database has for an unnamed constraint."""
        table, wanted = tables.table(op.table), op.constraint
        for present in table.constraints if table is not None else ():
            if op.type == "primary" and type_of(present) == "primary":
                return present.name or constraint_name(table or Table(op.table), present)
            if wanted is not None and replace(present, name=None) == replace(wanted, name=None):
                return present.name or constraint_name(table or Table(op.table), present)
        known = isinstance(wanted, PrimaryKey | Unique | ForeignKey)
        if wanted is not None and known and self.connection is None:
            return constraint_name(Table(op.table), wanted)
        if op.type == "primary" and self.connection is None:
            return f"{op.table.name}_pkey"
        if wanted is not None:
            raise InvalidOperation(
                f"Table {op.table} has no {described(wanted)} that could be dropped.",
                hint="Name it in the script: op.drop_constraint('name', 'table')",
            )
        return None

    def create_index(self, op: CreateIndex, tables: Tables) -> Iterator[Action]:
        """``CREATE INDEX``; a concurrent one runs outside the transaction."""
        concurrently = op.concurrently or _concurrent(op.index)
        text = self.index_text(op.table, op.index, op.if_absent, concurrently=concurrently)
        yield Step(text, op, transactional=not concurrently)

    def index_text(
        self, table: Name, index: Index, if_absent: bool = False, *, concurrently: bool = False
    ) -> str:
        """Return CREATE INDEX for an index in the server's spelling or SQLAlchemy's."""
        words = ["CREATE", "UNIQUE INDEX" if index.unique else "INDEX"]
        words += ["CONCURRENTLY"] * concurrently + ["IF NOT EXISTS"] * if_absent
        words += [self.quote(index.name)] if index.name else []
        return " ".join([*words, "ON", self.table_name(table), readable(str(index.definition))])

    def create_index_text(self, index: Index, if_absent: bool = False) -> str:
        """Return CREATE INDEX for an index that has a SQLAlchemy object."""
        holder = index.element.table
        return self.index_text(Name(holder.name, holder.schema), index, if_absent)

    def drop_index(self, op: DropIndex, tables: Tables) -> Iterator[Action]:
        """``DROP INDEX``; a concurrent one runs outside the transaction."""
        schema = op.table.schema if op.table else op.schema
        words = ["DROP INDEX", *["CONCURRENTLY"] * op.concurrently]
        words += ["IF EXISTS"] * op.if_present + [self.table_name(Name(op.name, schema))]
        yield Step(" ".join(words), op, transactional=not op.concurrently)

    # --- new names -----------------------------------------------------------------------------

    def rename_constraint(self, op: RenameConstraint, tables: Tables) -> Iterator[Action]:
        """``ALTER TABLE … RENAME CONSTRAINT``; the index of a unique one goes along."""
        clause = f"RENAME CONSTRAINT {self.quote(op.name)} TO {self.quote(op.new)}"
        yield self.alter(op.table, clause, op)

    def rename_index(self, op: RenameIndex, tables: Tables) -> Iterator[Action]:
        """``ALTER INDEX … RENAME``."""
        old = self.table_name(op.table.renamed(op.name))
        yield Step(f"ALTER INDEX {old} RENAME TO {self.quote(op.new)}", op)

    def rename_sequence(self, op: RenameSequence, tables: Tables) -> Iterator[Action]:
        """``ALTER SEQUENCE … RENAME``; one with a name of the app's own may not be there."""
        name = self.table_name(op.name)
        yield Step(f"ALTER SEQUENCE IF EXISTS {name} RENAME TO {self.quote(op.new)}", op)

    # --- schemas and sequences -----------------------------------------------------------------

    def create_schema(self, op: CreateSchema, tables: Tables) -> Iterator[Action]:
        """``CREATE SCHEMA``, unless somebody has made it meanwhile."""
        yield Step(f"CREATE SCHEMA IF NOT EXISTS {self.preparer.quote_schema(op.name)}", op)

    def drop_schema(self, op: DropSchema, tables: Tables) -> Iterator[Action]:
        """``DROP SCHEMA``; nothing happens to one that holds something."""
        drop = f"DROP SCHEMA IF EXISTS {self.preparer.quote_schema(op.name)}"
        yield Step(
            f"DO $$ BEGIN {drop}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$",
            op,
        )

    def create_sequence(self, op: CreateSequence, tables: Tables) -> Iterator[Action]:
        """``CREATE SEQUENCE``."""
        yield Step(f"CREATE SEQUENCE {self.words.sequence(op.sequence)}", op)

    def drop_sequence(self, op: DropSequence, tables: Tables) -> Iterator[Action]:
        """``DROP SEQUENCE``."""
        yield Step(f"DROP SEQUENCE {self.table_name(op.sequence.name)}", op)

    def alter_sequence(self, op: AlterSequence, tables: Tables) -> Iterator[Action]:
        """``ALTER SEQUENCE`` with the options that change."""
        name, options = self.table_name(op.before.name), sequences.changed(op.before, op.after)
        least = sequences.raised(op.before, op.after)
        if least is not None:
            # It could not go on from a number that it does not have any more.
            set_to = f"setval({self.literal(name)}, {least}, false)"
            yield Step(f"SELECT {set_to} FROM {name} WHERE last_value < {least}", op)
        if op.before.type != op.after.type:
            options.insert(0, f"AS {op.after.type or 'bigint'}")
        yield Step(f"ALTER SEQUENCE {name} {' '.join(options)}", op)

    # --- enumerated types ----------------------------------------------------------------------

    def create_enum(self, op: CreateEnum, tables: Tables) -> Iterator[Action]:
        """``CREATE TYPE … AS ENUM``."""
        yield Step(self.enums.create_text(op.enum), op)

    def drop_enum(self, op: DropEnum, tables: Tables) -> Iterator[Action]:
        """``DROP TYPE``, ``DROP DOMAIN``."""
        kind = "TYPE" if op.enum.domain is None else "DOMAIN"
        yield Step(f"DROP {kind} {self.table_name(op.enum.name)}", op)

    def alter_enum(self, op: AlterEnum, tables: Tables) -> Iterator[Action]:
        """Add and rename values in place, or make the type anew and convert its columns."""
        changes = [*self.enums.renamed(op)]
        if op.of_domain:
            changes += self.enums.domain(op)
        elif op.in_place:
            changes += self.enums.extended(op, tables, alone=True)
        else:
            changes += self.enums.remade(op, tables)
        for change in changes:
            yield from self.actions(change, tables)

    def execute(self, op: Execute, tables: Tables) -> Iterator[Action]:
        """Run what the script gave, or what changes an enumerated type."""
        for action in super().execute(op, tables):
            if op.alone and isinstance(action, Step):
                action = replace(action, transactional=False)
            yield action


def _concurrent(index: Index) -> bool:
    options: Any = index.element.dialect_kwargs if index.element is not None else {}
    return bool(options.get("postgresql_concurrently"))

"""SQLAlchemy's tables, columns and constraints, read into values in one dialect's spelling.

This side writes a type, a default or an expression as SQLAlchemy's compiler does; the server's own
spelling comes later (``Dialect.settle``).  Dialects refine :class:`Reader` in their own folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateIndex

from ..errors import CompareError
from .names import Name
from .objects import Check
from .objects import Column
from .objects import Computed
from .objects import Constraint
from .objects import Enum
from .objects import Exclude
from .objects import ForeignKey
from .objects import Identity
from .objects import Index
from .objects import Options
from .objects import PrimaryKey
from .objects import Schema
from .objects import Sequence
from .objects import Sql
from .objects import Table
from .objects import Unique


class Reader:
    """Reads SQLAlchemy objects into values for ``dialect`` (a SQLAlchemy ``Dialect``).

    ``default_schema`` is the schema that the connection uses where none is named.
    """

    def __init__(self, dialect: Any, default_schema: str | None = None) -> None:
        self.dialect = dialect
        self.default_schema = default_schema
        self.types = dialect.type_compiler_instance
        self.ddl = dialect.ddl_compiler(dialect, None)
        self.preparer = dialect.identifier_preparer

    # --- whole schemas -----------------------------------------------------------------------

    def schema(self, tables: Iterable[sa.Table]) -> Schema:
        """Read tables, with the enumerated types and sequences that they need."""
        kept = tuple(tables)
        enums = {enum.name: enum for table in kept for enum in self.enums(table)}
        sequences: dict[Name, Sequence] = {}
        for metadata in {id(t.metadata): t.metadata for t in kept}.values():
            for sequence in getattr(metadata, "_sequences", {}).values():
                value = self.sequence(sequence)
                sequences[value.name] = value
        values = tuple(self.table(table) for table in kept)
        schemas = {v.name.schema for v in values if v.name.schema}
        return Schema.of(values, enums.values(), sequences.values(), schemas)

    def name(self, name: str, schema: str | None) -> Name:
        """Return a name, its schema None where it is the default one."""
        return Name(str(name), None if schema == self.default_schema else schema)

    # --- tables and columns ------------------------------------------------------------------

    def table(self, table: sa.Table) -> Table:
        """Read a table with all that belongs to it."""
        constraints = [c for c in map(self.constraint, _in_order(table)) if c is not None]
        primary = [c for c in constraints if isinstance(c, PrimaryKey)]
        return Table(
            self.name(table.name, table.schema),
            tuple(self.column(column) for column in table.columns if not column.system),
            primary[0] if primary else None,
            tuple(c for c in constraints if isinstance(c, Unique)),
            tuple(c for c in constraints if isinstance(c, ForeignKey)),
            tuple(c for c in constraints if isinstance(c, Check)),
            tuple(c for c in constraints if isinstance(c, Exclude)),
            tuple(self.index(i) for i in sorted(table.indexes, key=lambda i: i.name or "")),
            table.comment or None,
            self.options(table),
            table,
        )

    def column(self, column: sa.Column[Any]) -> Column:
        """Read a column; it need not belong to a table."""
        return Column(
            str(column.name),
            self.type(column),
            bool(column.nullable),
            self.default(column),
            self.computed(column),
            self.identity(column),
            self.autoincrement(column),
            column.comment or None,
            self.options(column),
            column,
        )

    def type(self, column: sa.Column[Any]) -> Sql:
        """Return the type's text; raises CompareError where the database has no such type."""
        try:
            text = self.types.process(column.type, type_expression=column)
        except CompileError as error:
            where = f"{column.table.name}." if column.table is not None else ""
            raise CompareError(
                f"The type of column {where}{column.name} ({column.type!r}) cannot be used on "
                f"{self.dialect.name}: {error}",
                hint="Give the type a variant: sa.JSON().with_variant(JSONB(), 'postgresql')",
            ) from error
        return Sql(text, column.type)

    def type_text(self, type_: Any) -> Sql:
        """Return the text of a type that stands by itself."""
        return Sql(self.types.process(type_), type_)

    def default(self, column: sa.Column[Any]) -> Sql | None:
        """Return the server default, or None; computed and identity columns have none."""
        default: Any = column.server_default
        if default is None or column.computed is not None or column.identity is not None:
            return None
        if not hasattr(default, "arg"):  # FetchedValue: a trigger of somebody's sets it
            return None
        return self.default_text(column)

    def default_text(self, column: sa.Column[Any]) -> Sql | None:
        """Compile a server default as SQLAlchemy does in CREATE TABLE."""
        text = self.ddl.get_column_default_string(column)
        server_default: Any = column.server_default
        return None if text is None else Sql(text, server_default.arg)

    def fill(self, column: sa.Column[Any] | None) -> Sql | None:
        """Return a column's ``default`` as SQL; None where it is no plain value."""
        default: Any = getattr(column, "default", None)
        if column is None or default is None or not default.is_scalar:
            return None
        literal = sa.literal(default.arg, column.type)
        try:
            text = self.expression(literal).text
        except Exception:  # The literal processor may be that of a type of the app.
            return None
        return Sql(text)

    def computed(self, column: sa.Column[Any]) -> Computed | None:
        """Return the generation expression, or None."""
        if column.computed is None:
            return None
        return Computed(self.expression(column.computed.sqltext), column.computed.persisted)

    def identity(self, column: sa.Column[Any]) -> Identity | None:
        """Return the identity options, or None where the dialect has no identity columns."""
        identity: Any = column.identity
        if identity is None or not self.dialect.supports_identity_columns:
            return None
        return Identity(
            bool(identity.always),
            identity.start,
            identity.increment,
            identity.minvalue,
            identity.maxvalue,
            bool(identity.cycle),
            identity.cache,
        )

    def autoincrement(self, column: sa.Column[Any]) -> bool:
        """Whether SQLAlchemy lets the server number the rows by this column."""
        table = column.table
        if table is None:
            return column.autoincrement is True and bool(column.primary_key)
        chosen: Any = getattr(table, "autoincrement_column", None)
        if chosen is None:
            chosen = getattr(table, "_autoincrement_column", None)
        return chosen is column and column.server_default is None and self.identity(column) is None

    # --- constraints and indexes -------------------------------------------------------------

    def constraint(self, constraint: Any) -> Constraint | None:
        """Read a constraint; None for one that this database does not get (or an empty key)."""
        if not self._is_created(constraint):
            return None
        kind = constraint.__visit_name__
        if kind == "primary_key_constraint":
            return self.primary_key(constraint)
        if kind == "unique_constraint":
            return self.unique(constraint)
        if kind == "foreign_key_constraint":
            return self.foreign_key(constraint)
        if kind == "exclude_constraint":
            return Exclude(
                Sql(_after_name(self.ddl.process(constraint)), constraint),
                self.final_name(constraint),
                constraint,
            )
        if hasattr(constraint, "sqltext"):
            return self.check(constraint)
        return None

    def _is_created(self, constraint: Any) -> bool:
        """Whether this database gets the constraint.

        A type decides that for the CHECK that it brings.  Elsewhere the rule only says that
        ``create_all`` has put the constraint into a statement of its own.
        """
        if getattr(constraint, "_type_bound", False):
            return bool(constraint._should_create_for_compiler(self.ddl))
        wish = getattr(constraint, "_ddl_if", None)
        return wish is None or bool(
            wish._should_execute(constraint, constraint, None, compiler=self.ddl)
        )

    def final_name(self, constraint: Any) -> str | None:
        """Return the name that the database will see: by convention, shortened, or None."""
        if constraint.name is None:
            return None
        name = self.preparer.format_constraint(constraint, _alembic_quote=False)
        return None if name is None else str(name)

    def primary_key(self, key: Any) -> PrimaryKey | None:
        """Read a primary key; None for a table that has none."""
        if not len(key.columns):
            return None
        columns = tuple(str(c.name) for c in key.columns)
        return PrimaryKey(columns, self.final_name(key), self.options(key), key)

    def unique(self, unique: Any) -> Unique:
        """Read a unique constraint."""
        return Unique(
            tuple(str(c.name) for c in unique.columns),
            self.final_name(unique),
            bool(unique.deferrable),
            unique.initially,
            self.options(unique),
            unique,
        )

    def foreign_key(self, key: Any) -> ForeignKey:
        """Read a foreign key; its target need not be in the metadata."""
        targets = [self._target(element) for element in key.elements]
        return ForeignKey(
            tuple(str(c) for c in key.column_keys)
            if not key.columns
            else tuple(str(c.name) for c in key.columns),
            targets[0][0],
            tuple(column for _, column in targets),
            self.final_name(key),
            _action(key.onupdate),
            _action(key.ondelete),
            bool(key.deferrable),
            key.initially.upper() if key.initially else None,
            key.match.upper() if key.match else None,
            self.options(key),
            bool(key.use_alter),
            key,
        )

    def _target(self, element: Any) -> tuple[Name, str]:
        if isinstance(element._colspec, str):
            schema, table, column = element._column_tokens
            return self.name(table, schema), column or element.parent.name
        column = element.column
        return self.name(column.table.name, column.table.schema), str(column.name)

    def check(self, check: Any) -> Check:
        """Read a check constraint."""
        of_type = bool(getattr(check, "_type_bound", False))
        return Check(
            self.expression(check.sqltext),
            self.final_name(check),
            self.options(check),
            of_type,
            check,
        )

    def expression(self, element: Any) -> Sql:
        """Compile an expression as SQLAlchemy does in DDL: bare columns, literals in place."""
        text = self.ddl.sql_compiler.process(element, include_table=False, literal_binds=True)
        return Sql(text, element)

    def index_key(self, expression: Any) -> str:
        """Compile a key of an index that is no plain column, in the parentheses that it needs."""
        return self.expression(expression).text

    def index(self, index: sa.Index) -> Index:
        """Read an index."""
        name = self.final_name(index) if index.name is not None else None
        columns = tuple(str(e.name) for e in index.expressions if isinstance(e, sa.Column))
        return Index(name, self.index_definition(index), bool(index.unique), columns, None, index)

    def index_definition(self, index: sa.Index) -> Sql:
        """Return what follows ``ON table`` in CREATE INDEX."""
        text = str(CreateIndex(index).compile(dialect=self.dialect))
        table = f" ON {self.preparer.format_table(index.table)} "
        return Sql(text.partition(table)[2], index)

    # --- the rest ----------------------------------------------------------------------------

    def options(self, element: Any) -> Options:
        """Return the keyword options that this dialect understands, sorted."""
        prefix = f"{self.dialect.name}_"
        return tuple(
            sorted((k, v) for k, v in element.dialect_kwargs.items() if k.startswith(prefix))
        )

    def enums(self, table: sa.Table) -> Iterator[Enum]:
        """Yield the enumerated types of their own that a table's columns use."""
        for column in table.columns:
            yield from self.enum_of(column.type)

    def enum_of(self, type_: Any) -> Iterator[Enum]:
        """Yield the enumerated types of their own within ``type_``; most databases have none."""
        yield from ()

    def sequence(self, sequence: Any) -> Sequence:
        """Read a sequence."""
        return Sequence(
            self.name(sequence.name, sequence.schema),
            sequence.start,
            sequence.increment,
            sequence.minvalue,
            sequence.maxvalue,
            bool(sequence.cycle),
            sequence.cache,
            sequence,
        )


def _in_order(table: sa.Table) -> list[Any]:
    """Order constraints, those within columns too, as declared: the sets have no order."""
    found: list[Any] = [*table.constraints, *(c for col in table.columns for c in col.constraints)]
    return sorted(found, key=lambda c: c._creation_order)


def _action(action: str | None) -> str | None:
    upper = action.upper() if action else None
    return None if upper == "NO ACTION" else upper


def _after_name(text: str) -> str:
    return text[text.index("EXCLUDE") :]

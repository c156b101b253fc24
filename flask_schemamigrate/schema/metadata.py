"""SQLAlchemy's tables, columns and constraints, read into values in one dialect's spelling.

This side writes a type, a default or an expression as SQLAlchemy's compiler does; the server's own
spelling comes later (``Dialect.settle``).  Dialects refine :class:`Reader` in their own folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.elements import conv

from ..errors import CompareError
from . import likeness
from . import parts
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

    ``default_schema`` is the schema that the connection uses where none is named.  Columns that are
    defined alike are compiled once.
    """

    #: Whether there are enumerated types of their own.
    has_enums: ClassVar[bool] = False

    #: Whether ``op.alter_column(autoincrement=…)`` means anything; Alembic writes it everywhere.
    alters_autoincrement: ClassVar[bool] = False

    def __init__(self, dialect: Any, default_schema: str | None = None) -> None:
        self._columns: dict[likeness.Likeness, Column] = {}
        self.dialect = dialect
        self.default_schema = default_schema
        self.types = dialect.type_compiler_instance
        self.ddl = dialect.ddl_compiler(dialect, None)
        self.preparer = dialect.identifier_preparer

    # --- whole schemas -----------------------------------------------------------------------

    def schema(self, tables: Iterable[sa.Table]) -> Schema:
        """Read tables, with the enumerated types and sequences that they need."""
        kept = tuple(tables)
        sequences: dict[Name, Sequence] = {}
        for metadata in {id(t.metadata): t.metadata for t in kept}.values():
            for sequence in getattr(metadata, "_sequences", {}).values():
                if self._is_made(sequence):
                    value = self.sequence(sequence)
                    sequences[value.name] = value
        values = tuple(self.table(table) for table in kept)
        typed = (c for table in values for c in table.columns if c.enum is not None)
        enums = {enum.name: enum for c in typed for enum in self.enum_of(c.element.type)}
        named = (*(v.name for v in values), *enums, *sequences)
        schemas = {name.schema for name in named if name.schema}
        return Schema.of(values, enums.values(), sequences.values(), schemas)

    def places(self, tables: Iterable[sa.Table]) -> set[str]:
        """Return the schemas, beside the default one, of tables and of all that they need."""
        kept = tuple(tables)
        metadatas = {id(t.metadata): t.metadata for t in kept}.values()
        found = {t.schema for t in kept}
        found |= {s.schema for m in metadatas for s in m._sequences.values() if self._is_made(s)}
        names = (self.name("", schema) for schema in found)
        types = {
            likeness.of_type(column.type) or column.type: column.type
            for table in (kept if self.has_enums else ())
            for column in table.columns
        }
        enums = (enum.name for type_ in types.values() for enum in self.enum_of(type_))
        return {name.schema for name in (*names, *enums) if name.schema}

    def _is_made(self, sequence: Any) -> bool:
        """Whether ``create_all`` makes a sequence on this database."""
        wanted = not (sequence.optional and self.dialect.sequences_optional)
        return bool(self.dialect.supports_sequences and wanted)

    def name(self, name: str, schema: str | None) -> Name:
        """Return a name, its schema None where it is the default one."""
        return Name(str(name), None if schema == self.default_schema else schema)

    # --- tables and columns ------------------------------------------------------------------

    def table(self, table: sa.Table) -> Table:
        """Read a table with all that belongs to it."""
        constraints = [c for c in map(self.constraint, parts.in_order(table)) if c is not None]
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
            self._comment(table),
            self.options(table),
            table,
        )

    def column(self, column: sa.Column[Any]) -> Column:
        """Read a column; it need not belong to a table."""
        numbered = column.primary_key and self.autoincrement(column)
        told = likeness.of_column(column, numbered)
        same = self._columns.get(told) if told is not None else None
        if same is not None:
            return parts.called(str(column.name), same, column)
        read = Column(
            str(column.name),
            self.type(column),
            bool(column.nullable),
            self.default(column),
            self.computed(column),
            self.identity(column),
            numbered,
            self._comment(column),
            self.options(column),
            column,
            next((enum.name for enum in self.enum_of(column.type)), None),
        )
        if told is not None:
            self._columns[told] = read
        return read

    def _comment(self, element: Any) -> str | None:
        return (element.comment or None) if self.dialect.supports_comments else None

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

    def binary(self, value: bytes) -> Sql:
        """Return bytes as a literal, the SQL standard's (ISO 9075-2: binary string literal)."""
        return Sql(f"X'{value.hex()}'")

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
        if not column.primary_key:
            return False
        table = column.table
        if table is None:
            return column.autoincrement is True
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
                Sql(parts.after_name(self.ddl.process(constraint)), constraint),
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

    def given_name(self, name: str, *, of_index: bool = False) -> str:
        """Return a name as a script gives it, shortened where SQLAlchemy did that to make it."""
        if not isinstance(name, conv):
            return name
        preparer = self.preparer
        shorten = preparer.truncate_and_render_constraint_name
        if of_index:
            shorten = preparer.truncate_and_render_index_name
        return str(shorten(name, _alembic_quote=False))

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
            parts.action(key.onupdate),
            parts.action(key.ondelete),
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
            of_type=of_type,
            element=check,
        )

    def expression(self, element: Any) -> Sql:
        """Compile an expression as SQLAlchemy does in DDL: bare columns, literals in place."""
        text = self.ddl.sql_compiler.process(element, include_table=False, literal_binds=True)
        return Sql(text, element)

    def words(self, sql: Sql) -> str:
        """Return what a script writes for an expression, so that it becomes just that again."""
        return sql.text

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
        if likeness.is_plain(index):
            keys: Any = index.expressions
            return Sql(f"({', '.join(self.preparer.quote(key.name) for key in keys)})", index)
        text = str(CreateIndex(index).compile(dialect=self.dialect))
        table = f" ON {self.preparer.format_table(index.table)} "
        return Sql(text.partition(table)[2], index)

    # --- the rest ----------------------------------------------------------------------------

    def options(self, element: Any) -> Options:
        """Return the keyword options that this dialect understands, sorted."""
        if not likeness.has_options(element):
            return ()
        prefix = f"{self.dialect.name}_"
        return tuple(
            sorted((k, v) for k, v in element.dialect_kwargs.items() if k.startswith(prefix))
        )

    def stated(self, options: Options) -> Options:
        """Return those options that a script has to state."""
        return options

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
            None if sequence.data_type is None else self.types.process(sequence.data_type),
        )

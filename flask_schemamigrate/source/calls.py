"""Operations as the directives that a script makes for them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from ..errors import Irreversible
from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.columns import emptied
from ..operations.columns import required
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..operations.data import Execute
from ..operations.indexes import CreateIndex
from ..operations.indexes import DropIndex
from ..operations.tables import CommentTable
from ..operations.tables import CreateTable
from ..operations.tables import DropTable
from ..operations.tables import RenameTable
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Exclude
from ..schema.objects import ForeignKey
from ..schema.objects import Index
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Unique
from .batches import batch
from .layout import call
from .layout import escaped
from .layout import Expression
from .layout import lines
from .layout import literal
from .layout import Text
from .values import Values

#: The SQL of an operation that has no directive (``CREATE TYPE``, table options), on a schema.
Statements = Callable[[Operation, Schema], Sequence[str]]
#: Sentences about an operation, such as how many rows it loses.
Remarks = Callable[[Operation], Sequence[str]]


@dataclass(slots=True)
class Body:
    """The lines of a function, without the indentation of the function itself.

    ``state`` is the schema that they lead to.
    """

    values: Values
    statements: Statements
    state: Schema
    remarks: Remarks = lambda operation: ()
    lines: list[str] = field(default_factory=list)

    def add(self, operation: Operation, made: Iterable[Operation] | None) -> None:
        """Append what is ``made`` of an operation, with comments above it; None: nothing."""
        if made is not None:
            self._write(operation, made)
        self.state = operation.apply(self.state)

    def _write(self, operation: Operation, made: Iterable[Operation]) -> None:
        if not isinstance(operation, AlterTable):
            for note in self._notes(operation):
                self.comment(note)
        for each in made:
            if isinstance(each, AlterTable):
                self._batch(each)
            elif isinstance(each, Execute) and each.alone:
                self.lines.append("    with op.get_context().autocommit_block():")
                self._calls(each, 8)
            else:
                self._calls(each, 4)

    def _calls(self, operation: Operation, indent: int) -> None:
        for expression in self.expressions(operation):
            self.lines.extend(lines(expression, indent))

    def _notes(self, operation: Operation) -> list[str]:
        """Return what is to be said of an operation; what it loses in any case."""
        found, loses = list(self.remarks(operation)), operation.loses(self.state)
        if loses and not any(f"Loses {loses}" in note for note in found):
            found.insert(0, f"Loses {loses}.")
        return found

    def refuse(self, error: Irreversible) -> None:
        """Append a statement that refuses to go on, with the reason."""
        self.lines.extend(lines(call("NotImplementedError", literal(str(error))), 4, "raise "))

    def comment(self, text: str, indent: int = 4) -> None:
        """Append a comment, broken where it is long."""
        wrapped = textwrap.wrap(text, 84 - indent) or [""]
        self.lines.extend(f"{' ' * indent}# {line}" for line in wrapped)

    def _batch(self, operation: AlterTable) -> None:
        altered = [each for each in operation.operations if isinstance(each, AlterColumn)]
        added = [each for each in operation.operations if isinstance(each, AddColumn)]
        for each in altered:
            self._update(each.table, each.column, each.fill, only_null=True)
        self._block(operation)
        for one in added:
            self._update(one.table, one.column.name, one.backfill)
        filled = [emptied(one) for one in added if one.fill is not None]
        if filled:
            self.comment("The values of the rows that were there remain.")
        filled += [required(one) for one in added if one.backfill is not None]
        if filled:
            self._block(AlterTable(operation.table, tuple(filled)))

    def _update(self, table: Name, column: str, value: Sql | None, only_null: bool = False) -> None:
        if value is not None:
            directives = self._directives("op")
            expression = directives.update(table, column, value, only_null=only_null)
            self.lines.extend(lines(expression, 4))

    def _block(self, operation: AlterTable) -> None:
        whole = batch(operation)
        suffix = " as batch_op:" if whole.operations else ":"
        self.lines.extend(lines(whole.head, 4, "with ", suffix))
        directives = self._directives("batch_op")
        for each in whole.operations:
            for note in self._notes(each):
                self.comment(note, 8)
            for expression in directives.expressions(each):
                self.lines.extend(lines(expression, 8))
        if not whole.operations:
            self.lines.append("        pass")

    def expressions(self, operation: Operation) -> list[Expression]:
        """Return the calls of one operation on ``op``."""
        return self._directives("op").expressions(operation)

    def _directives(self, prefix: str) -> Directives:
        return Directives(self.values, lambda op: self.statements(op, self.state), prefix)


@dataclass(frozen=True, slots=True)
class Directives:
    """Spells operations as calls on ``prefix``: ``op``, or ``batch_op`` without the table."""

    values: Values
    statements: Callable[[Operation], Sequence[str]]
    prefix: str

    def expressions(self, op: Operation) -> list[Expression]:
        """Return the calls of an operation."""
        match op:
            case CreateTable():
                return self.create_table(op)
            case DropTable():
                return [self.call("drop_table", literal(op.name.name), **self.schema(op.name))]
            case RenameTable():
                names = (literal(op.name.name), literal(op.new))
                return [self.call("rename_table", *names, **self.schema(op.name))]
            case CommentTable():
                return [self.comment_table(op)]
            case AddColumn():
                return self.add_column(op)
            case DropColumn():
                return [self.on(op.table, "drop_column", literal(op.column))]
            case AlterColumn():
                return self.alterations(op)
            case AddConstraint():
                return [self.add_constraint(op)]
            case DropConstraint():
                keywords: dict[str, Text] = {"type_": literal(op.type)} if op.type else {}
                if op.type == "exclude":  # Alembic has no such word.
                    keywords = {}
                return [self.named(op.table, "drop_constraint", op.name, **keywords)]
            case CreateIndex():
                return [self.create_index(op.table, op.index)]
            case DropIndex():
                return [self.drop_index(op)]
            case Execute():
                return [self.execute(op.sql)]
            case _:
                return [self.execute(sql) for sql in self.statements(op)]

    # --- words ---------------------------------------------------------------------------------

    def call(self, name: str, *positional: Text, **keywords: Text) -> Expression:
        """Return ``op.name(…)``."""
        return call(f"{self.prefix}.{name}", *positional, **keywords)

    def schema(self, name: Name) -> dict[str, Text]:
        """Return ``schema=`` where it is not the default one; a batch has it already."""
        return {"schema": literal(name.schema)} if name.schema and self.prefix == "op" else {}

    def on(self, table: Name, name: str, *positional: Text, **keywords: Text) -> Expression:
        """Return a directive whose first argument is the table, which a batch has already."""
        first = (literal(table.name),) if self.prefix == "op" else ()
        return self.call(name, *first, *positional, **keywords, **self.schema(table))

    def named(
        self, table: Name, name: str, of: str | None, *positional: Text, **keywords: Text
    ) -> Expression:
        """Return a directive whose first arguments are a name and the table."""
        first = (literal(table.name),) if self.prefix == "op" else ()
        own = self.values.name(of, self.prefix)
        return self.call(name, own, *first, *positional, **keywords, **self.schema(table))

    def execute(self, sql: str) -> Expression:
        """Return ``op.execute(…)``."""
        return self.call("execute", literal(escaped(sql)))

    # --- tables and columns --------------------------------------------------------------------

    def create_table(self, op: CreateTable) -> list[Expression]:
        """Return ``op.create_table`` and the indexes."""
        table = op.table
        keywords = self.schema(table.name)
        if table.comment is not None:
            keywords["comment"] = literal(table.comment)
        keywords.update(self.values.options(table))
        parts = self.values.table_parts(table)
        create = self.call("create_table", literal(table.name.name), *parts, **keywords)
        later = [AddConstraint(table.name, e) for e in table.excludes if e.element is None]
        indexes = (self.create_index(table.name, index) for index in table.indexes)
        return [create, *map(self.add_constraint, later), *indexes]

    def comment_table(self, op: CommentTable) -> Expression:
        """Return the directive that sets or removes a table's comment."""
        existing: dict[str, Text] = {"existing_comment": literal(op.existing)}
        if op.comment is None:
            return self.on(op.name, "drop_table_comment", **existing)
        return self.on(op.name, "create_table_comment", literal(op.comment), **existing)

    def update(self, table: Name, column: str, value: Sql, *, only_null: bool) -> Expression:
        """Return the statement that gives the rows a value."""
        name = self.values.quoted(column)
        where = f" WHERE {name} IS NULL" if only_null else ""
        return self.execute(f"UPDATE {self.values.table_name(table)} SET {name} = {value}{where}")

    def add_column(self, op: AddColumn) -> list[Expression]:
        """Return ``op.add_column``, what fills it, then what came with the column."""
        column = op.column if op.fill is None else replace(op.column, default=op.fill)
        if op.backfill is not None:
            column = replace(op.column, nullable=True)
        key: dict[str, Text] = {}
        more: dict[str, Text] = {}
        if op.inline_primary_key:
            key = {"inline_primary_key": "True"}
            more = {"primary_key": "True", "autoincrement": repr(column.autoincrement)}
        found = [self.on(op.table, "add_column", self.values.column(column, None, **more), **key)]
        if op.fill is not None and self.prefix == "op":
            found.append(self.alter_column(emptied(op)))
        if op.backfill is not None and self.prefix == "op":
            found.append(self.update(op.table, op.column.name, op.backfill, only_null=False))
            found.append(self.alter_column(required(op)))
        found += [self.add_constraint(AddConstraint(op.table, c)) for c in op.constraints]
        return [*found, *(self.create_index(op.table, index) for index in op.indexes)]

    def alterations(self, op: AlterColumn) -> list[Expression]:
        """Return ``op.alter_column``, after a statement that fills the column where it is NULL."""
        altered = self.alter_column(op)
        if op.fill is None or self.prefix != "op":
            return [altered]
        return [self.update(op.table, op.column, op.fill, only_null=True), altered]

    def alter_column(self, op: AlterColumn) -> Expression:
        """Return ``op.alter_column`` with what changes and what is."""
        values, existing = self.values, op.existing
        keywords: dict[str, Text] = {}
        if existing.type is not UNSET:
            keywords["existing_type"] = values.types.text(existing.type.element)
        if op.type is not UNSET:
            keywords["type_"] = values.types.text(op.type.element)
        if op.nullable is not UNSET:
            keywords["nullable"] = repr(op.nullable)
        elif existing.nullable is not UNSET:
            keywords["existing_nullable"] = repr(existing.nullable)
        keywords.update(self.defaults(op))
        if op.comment is not UNSET:
            keywords["comment"] = literal(op.comment)
        told = op.comment is not UNSET or existing.comment is not None
        if told and existing.comment is not UNSET:
            keywords["existing_comment"] = literal(existing.comment)
        if op.autoincrement is not UNSET:
            keywords["autoincrement"] = repr(op.autoincrement)
        if op.new_name is not UNSET:
            keywords["new_column_name"] = literal(op.new_name)
        if op.using is not None:
            keywords["postgresql_using"] = literal(op.using)
        keywords.update((name, literal(value)) for name, value in op.options)
        return self.on(op.table, "alter_column", literal(op.column), **keywords)

    def defaults(self, op: AlterColumn) -> dict[str, Text]:
        """Return ``server_default`` and ``existing_server_default``."""
        found: dict[str, Text] = {}
        values, existing = self.values, op.existing.default
        if op.default is not UNSET:
            found["server_default"] = values.default(op.default)
        if op.identity is not UNSET:
            found["server_default"] = values.identity(op.identity) if op.identity else "None"
        if op.computed is not UNSET:
            found["server_default"] = values.computed(op.computed) if op.computed else "None"
        if op.identity is None:
            found["existing_server_default"] = "sa.Identity()"
        elif op.computed is None:
            found["existing_server_default"] = 'sa.Computed("")'
        elif existing is not UNSET and existing is not None:
            found["existing_server_default"] = values.default(existing)
        return found

    # --- constraints and indexes ---------------------------------------------------------------

    def add_constraint(self, op: AddConstraint) -> Expression:
        """Return the directive that adds a constraint of its kind."""
        values, constraint = self.values, op.constraint
        options = {} if isinstance(constraint, Exclude) else values.options(constraint)
        match constraint:
            case PrimaryKey():
                columns = literal(list(constraint.columns))
                word = "create_primary_key"
                return self.named(op.table, word, constraint.name, columns, **options)
            case Unique():
                columns = literal(list(constraint.columns))
                options = {**values.deferral(constraint), **options}
                word = "create_unique_constraint"
                return self.named(op.table, word, constraint.name, columns, **options)
            case ForeignKey():
                return self.foreign_key(op.table, constraint)
            case Check():
                condition = literal(escaped(values.reader.words(constraint.sql)))
                word = "create_check_constraint"
                return self.named(op.table, word, constraint.name, condition, **options)
            case Exclude() if constraint.element is None:
                name = self.values.quoted(constraint.name or "")
                table = self.values.table_name(op.table)
                definition = constraint.definition.text
                return self.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            case Exclude():
                pairs, options = values.exclusion(constraint)
                word = "create_exclude_constraint"
                return self.named(op.table, word, constraint.name, *pairs, **options)

    def foreign_key(self, table: Name, key: ForeignKey) -> Expression:
        """Return ``op.create_foreign_key``."""
        keywords: dict[str, Text] = {}
        if table.schema and self.prefix == "op":
            keywords["source_schema"] = literal(table.schema)
        if key.target.schema:
            keywords["referent_schema"] = literal(key.target.schema)
        first = (literal(table.name),) if self.prefix == "op" else ()
        return self.call(
            "create_foreign_key",
            self.values.name(key.name, self.prefix),
            *first,
            literal(key.target.name),
            literal(list(key.columns)),
            literal(list(key.target_columns)),
            **keywords,
            **self.values.key_options(key),
        )

    def create_index(self, table: Name, index: Index) -> Expression:
        """Return ``op.create_index``; the statement itself for one that has only its text."""
        if index.element is None:
            unique = "UNIQUE " if index.unique else ""
            name, on = self.values.quoted(index.name or ""), self.values.table_name(table)
            return self.execute(f"CREATE {unique}INDEX {name} ON {on} {index.definition}")
        options = self.values.index_options(index)
        return self.named(
            table, "create_index", index.name, self.values.index_keys(index), **options
        )

    def drop_index(self, op: DropIndex) -> Expression:
        """Return ``op.drop_index``."""
        own = self.values.name(op.name, self.prefix)
        if self.prefix != "op" or op.table is None:
            return self.call("drop_index", own)
        keywords: dict[str, Text] = {"table_name": literal(op.table.name)}
        if op.if_present:
            keywords["if_exists"] = "True"
        return self.call("drop_index", own, **keywords, **self.schema(op.table))

"""Constraints that are added or dropped, as objects."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import ClassVar

from sqlalchemy import Table

from .. import util
from ..ddl.spec import fk_spec
from ..util import sqla_compat
from .opbase import Directive
from .opbase import given
from .opbase import MigrateOperation
from .schemaobj import SchemaObjects

_TYPES = {
    "unique_constraint": "unique",
    "foreign_key_constraint": "foreignkey",
    "primary_key_constraint": "primary",
    "check_constraint": "check",
    "column_check_constraint": "check",
    "table_or_column_check_constraint": "check",
}


class AddConstraintOp(MigrateOperation):
    """Any constraint that is added."""

    add_constraint_ops: ClassVar[Any] = util.Dispatcher()

    @property
    def constraint_type(self) -> str:
        """The kind of constraint, in SQLAlchemy's word."""
        raise NotImplementedError

    @classmethod
    def register_add_constraint(cls, type_: str) -> Callable[[Any], Any]:
        """Decorate the class for a kind of constraint (its ``__visit_name__``)."""

        def register(klass: Any) -> Any:
            cls.add_constraint_ops.dispatch_for(type_)(klass.from_constraint)
            return klass

        return register

    @classmethod
    def from_constraint(cls, constraint: Any) -> Any:
        """Return the operation that adds a constraint."""
        return cls.add_constraint_ops.dispatch(constraint.__visit_name__)(constraint)

    def to_constraint(self, migration_context: Any = None) -> Any:
        """Return the constraint on a table of its own."""
        raise NotImplementedError

    def reverse(self) -> DropConstraintOp:
        """Return the operation that drops it."""
        return DropConstraintOp.from_constraint(self.to_constraint())

    def to_diff_tuple(self) -> Any:
        """``("add_constraint", constraint)``."""
        return ("add_constraint", self.to_constraint())


class DropConstraintOp(MigrateOperation):
    """Any constraint that is dropped."""

    def __init__(
        self,
        constraint_name: Any,
        table_name: str,
        type_: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: AddConstraintOp | None = None,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.constraint_type = type_
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse

    @classmethod
    def from_constraint(cls, constraint: Any) -> DropConstraintOp:
        """Return the operation that drops a constraint."""
        table = constraint.table
        return cls(
            sqla_compat.constraint_name_or_none(constraint.name),
            table.name,
            schema=table.schema,
            type_=_TYPES.get(constraint.__visit_name__),
            _reverse=AddConstraintOp.from_constraint(constraint),
        )

    def to_constraint(self) -> Any:
        """Return the constraint; ValueError where only its name is known."""
        if self._reverse is None:
            raise ValueError("constraint cannot be produced; original constraint is not present")
        constraint = self._reverse.to_constraint()
        constraint.name = self.constraint_name
        table: Table = constraint.table
        table.name, table.schema = self.table_name, self.schema
        return constraint

    def reverse(self) -> AddConstraintOp:
        """Return the operation that adds it again."""
        return AddConstraintOp.from_constraint(self.to_constraint())  # type: ignore[no-any-return]

    def to_diff_tuple(self) -> Any:
        """``("remove_constraint", constraint)`` or ``("remove_fk", constraint)``."""
        word = "remove_fk" if self.constraint_type == "foreignkey" else "remove_constraint"
        return (word, self.to_constraint())

    def as_directive(self) -> Directive:
        """``op.drop_constraint(…)``."""
        keywords = given(type_=self.constraint_type, schema=self.schema, if_exists=self.if_exists)
        return "drop_constraint", (self.constraint_name, self.table_name), keywords


class _KeyOp(AddConstraintOp):
    """A primary key or a unique constraint."""

    directive: ClassVar[str]

    def __init__(
        self,
        constraint_name: Any,
        table_name: str,
        columns: Sequence[str],
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.columns = columns
        self.schema = schema
        self.kw = kw

    def as_directive(self) -> Directive:
        """``op.create_unique_constraint(…)`` or ``op.create_primary_key(…)``."""
        arguments = (self.constraint_name, self.table_name, self.columns)
        return self.directive, arguments, given(schema=self.schema, **self.kw)


@AddConstraintOp.register_add_constraint("primary_key_constraint")
class CreatePrimaryKeyOp(_KeyOp):
    """A primary key that is added."""

    constraint_type = "primarykey"
    directive = "create_primary_key"

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreatePrimaryKeyOp:
        """Return the operation that adds a primary key."""
        table = constraint.table
        names = [column.name for column in constraint.columns]
        keywords = dict(constraint.dialect_kwargs)
        return cls(constraint.name, table.name, names, schema=table.schema, **keywords)

    def to_constraint(self, migration_context: Any = None) -> Any:
        """Return the primary key."""
        return SchemaObjects(migration_context).primary_key_constraint(
            self.constraint_name, self.table_name, self.columns, schema=self.schema, **self.kw
        )


@AddConstraintOp.register_add_constraint("unique_constraint")
class CreateUniqueConstraintOp(_KeyOp):
    """A unique constraint that is added."""

    constraint_type = "unique"
    directive = "create_unique_constraint"

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateUniqueConstraintOp:
        """Return the operation that adds a unique constraint."""
        table = constraint.table
        keywords = {
            name: getattr(constraint, name)
            for name in ("deferrable", "initially")
            if getattr(constraint, name)
        }
        keywords.update(constraint.dialect_kwargs)
        names = [column.name for column in constraint.columns]
        return cls(constraint.name, table.name, names, schema=table.schema, **keywords)

    def to_constraint(self, migration_context: Any = None) -> Any:
        """Return the unique constraint."""
        return SchemaObjects(migration_context).unique_constraint(
            self.constraint_name, self.table_name, self.columns, schema=self.schema, **self.kw
        )


@AddConstraintOp.register_add_constraint("foreign_key_constraint")
class CreateForeignKeyOp(AddConstraintOp):
    """A foreign key that is added."""

    constraint_type = "foreignkey"

    def __init__(
        self,
        constraint_name: Any,
        source_table: str,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.source_table = source_table
        self.referent_table = referent_table
        self.local_cols = local_cols
        self.remote_cols = remote_cols
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateForeignKeyOp:
        """Return the operation that adds a foreign key."""
        spec = fk_spec(constraint)
        keywords = given(
            onupdate=spec.onupdate,
            ondelete=spec.ondelete,
            initially=spec.initially,
            deferrable=spec.deferrable,
            match=constraint.match,
            use_alter=constraint.use_alter or None,
        )
        keywords["source_schema"] = spec.source_schema
        keywords["referent_schema"] = spec.target_schema
        return cls(
            constraint.name,
            spec.source_table,
            spec.target_table,
            spec.source_columns,
            spec.target_columns,
            **keywords,
            **constraint.dialect_kwargs,
        )

    def to_diff_tuple(self) -> Any:
        """``("add_fk", constraint)``."""
        return ("add_fk", self.to_constraint())

    def to_constraint(self, migration_context: Any = None) -> Any:
        """Return the foreign key between two tables of its own."""
        return SchemaObjects(migration_context).foreign_key_constraint(
            self.constraint_name,
            self.source_table,
            self.referent_table,
            self.local_cols,
            self.remote_cols,
            **self.kw,
        )

    def as_directive(self) -> Directive:
        """``op.create_foreign_key(…)``."""
        tables = (self.constraint_name, self.source_table, self.referent_table)
        return "create_foreign_key", (*tables, self.local_cols, self.remote_cols), given(**self.kw)


@AddConstraintOp.register_add_constraint("check_constraint")
@AddConstraintOp.register_add_constraint("table_or_column_check_constraint")
@AddConstraintOp.register_add_constraint("column_check_constraint")
class CreateCheckConstraintOp(AddConstraintOp):
    """A check that is added."""

    constraint_type = "check"

    def __init__(
        self,
        constraint_name: Any,
        table_name: str,
        condition: Any,
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.condition = condition
        self.schema = schema
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateCheckConstraintOp:
        """Return the operation that adds a check."""
        parent = constraint.parent
        table = parent if isinstance(parent, Table) else parent.table
        keywords = dict(constraint.dialect_kwargs)
        name, text = constraint.name, constraint.sqltext
        return cls(name, table.name, text, schema=table.schema, **keywords)

    def to_constraint(self, migration_context: Any = None) -> Any:
        """Return the check on a table of its own."""
        return SchemaObjects(migration_context).check_constraint(
            self.constraint_name, self.table_name, self.condition, schema=self.schema, **self.kw
        )

    def as_directive(self) -> Directive:
        """``op.create_check_constraint(…)``."""
        arguments = (self.constraint_name, self.table_name, self.condition)
        return "create_check_constraint", arguments, given(schema=self.schema, **self.kw)

"""PostgreSQL's spelling, and how its server is asked whether two texts mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.dialects.postgresql import INTEGER
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnClause

from .. import util
from ..operations import ops
from ..operations.opbase import Directive
from ..util import sqla_compat
from . import pgindexes
from ._autogen import ComparisonResult
from .base import alter_column
from .base import alter_table
from .base import AlterColumn
from .base import format_table_name
from .base import format_type
from .base import IdentityColumnDefault
from .base import RenameTable
from .impl import DefaultImpl

_CAST = re.compile(
    r"::(?:\"[^\"]+\"|\w+)(?:\.(?:\"[^\"]+\"|\w+))?"
    r"(?: (?:varying|precision|with(?:out)? time zone))?(?:\([\d, ]+\))?"
    r"(?: with(?:out)? time zone)?(?:\[\])*"
)


def _is_target(constraint: sa.Constraint) -> bool:
    """Whether a foreign key may refer to it."""
    return not isinstance(constraint, sa.ForeignKeyConstraint)


class PostgresqlImpl(DefaultImpl):
    """Runs DDL within the transaction."""

    __dialect__ = "postgresql"
    transactional_ddl = True
    type_synonyms = (*DefaultImpl.type_synonyms, {"FLOAT", "DOUBLE PRECISION"})

    def create_index(self, index: sa.Index, **kw: Any) -> None:
        """Create an index; columns that it includes have to be in its table."""
        table: Any = index.table
        for column in index.dialect_kwargs.get("postgresql_include") or ():
            if isinstance(column, str) and column not in table.c:
                table.append_column(sa.Column(column, sa.types.NullType()))
        super().create_index(index, **kw)

    def prep_table_for_batch(self, batch_impl: Any, table: sa.Table) -> None:
        """Drop named constraints of the old table: their names are to be used again.

        Foreign keys go first, since one may refer to a key of the table itself.
        """
        named = [one for one in table.constraints if one.name is not None]
        for constraint in sorted(named, key=lambda one: (_is_target(one), str(one.name))):
            if constraint.name in batch_impl.named_constraints:
                self.drop_constraint(constraint)

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        server_default: Any = False,
        name: str | None = None,
        type_: Any = None,
        schema: str | None = None,
        comment: Any = False,
        autoincrement: bool | None = None,
        postgresql_using: str | None = None,
        **existing: Any,
    ) -> None:
        """Change a column; the type comes first, converted by ``postgresql_using``."""
        if postgresql_using is not None and type_ is None:
            raise util.CommandError("postgresql_using must be used with the type_ parameter")
        if type_ is not None:
            self._exec(
                PostgresqlColumnType(
                    table_name, column_name, type_, using=postgresql_using, schema=schema
                )
            )
        super().alter_column(
            table_name,
            column_name,
            nullable=nullable,
            server_default=server_default,
            schema=schema,
            comment=comment,
            name=name,
            **existing,
        )

    # --- comparing -------------------------------------------------------------------------------

    def autogen_column_reflect(self, inspector: Any, table: Any, column_info: Any) -> None:
        """Take the default off a SERIAL column: it comes with the type."""
        default = column_info.get("default")
        found = re.match(r"nextval\('(.+?)'::regclass\)", default or "")
        if found is None or not isinstance(column_info["type"], (INTEGER, BIGINT)):
            return
        query = text(
            "select c.relname, a.attname from pg_class as c join pg_depend d on d.objid=c.oid and "
            "d.classid='pg_class'::regclass and d.refclassid='pg_class'::regclass join pg_class t "
            "on t.oid=d.refobjid join pg_attribute a on a.attrelid=t.oid and "
            "a.attnum=d.refobjsubid where c.relkind='S' and c.oid=cast(:seqname as regclass)"
        )
        row = sqla_compat._exec_on_inspector(inspector, query, seqname=found[1]).first()
        whole = f"nextval('{found[1]}'::regclass)"
        if row and row[1] == column_info["name"] and column_info["default"] == whole:
            del column_info["default"]

    def compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether two defaults differ; the server compares constants."""
        # A SERIAL column has no default of its own.
        if (
            metadata_column.primary_key
            and metadata_column is metadata_column.table._autoincrement_column
        ):
            return False
        found, wanted = rendered_inspector_default, rendered_metadata_default
        if found is None or wanted is None or found == wanted:
            return found != wanted
        default = metadata_column.server_default
        if isinstance(getattr(default, "arg", None), str) and not re.match(r"^'.*'$", wanted):
            wanted = f"'{wanted}'"
        if any(re.match(r".*\bnextval\(", side, re.I) for side in (found, wanted)):
            return _bare_sequence(found) != _bare_sequence(wanted)
        type_ = format_type(self.dialect.ddl_compiler(self.dialect, None), metadata_column.type)
        query = f"SELECT CAST({found} AS {type_}) IS NOT DISTINCT FROM CAST({wanted} AS {type_})"
        return not self.connection.exec_driver_sql(
            query, execution_options={"no_parameters": True}
        ).scalar()

    def _normalize_computed_default(self, sqltext: str) -> str:
        return super()._normalize_computed_default(_CAST.sub("", sqltext))

    def _compare_identity_default(
        self, metadata_identity: Any, inspector_identity: Any
    ) -> tuple[set[str], bool, bool]:
        differing, changed, existence = super()._compare_identity_default(
            metadata_identity, inspector_identity
        )
        # The server keeps where it started only as long as nobody sets it.
        return differing, changed, existence

    def compare_indexes(self, metadata_index: Any, reflected_index: Any) -> ComparisonResult:
        """Compare two indexes, expressions in the server's spelling as far as it can be told."""
        return pgindexes.compare(self, metadata_index, reflected_index)

    def _options_differ(self, metadata_object: Any, reflected_object: Any) -> Iterable[str]:
        word = "postgresql_nulls_not_distinct"
        wanted = bool(metadata_object.dialect_kwargs.get(word))
        found = bool(reflected_object.dialect_kwargs.get(word))
        return [f"nulls_not_distinct={found} to nulls_not_distinct={wanted}"] * (wanted != found)

    def index_key(self, element: Any) -> Any:
        """Return a key of an index, expressions in brackets."""
        return element if isinstance(element, ColumnClause) else element.self_group()

    def adjust_reflected_dialect_options(
        self, reflected_object: dict[str, Any], kind: str
    ) -> dict[str, Any]:
        """Leave out what every index has."""
        options = dict(reflected_object.get("dialect_options", {}))
        if not options.get("postgresql_include"):
            options.pop("postgresql_include", None)
        return options

    def _skip_functional_indexes(self, metadata_indexes: Any, conn_indexes: Any) -> None:
        pass  # They are reflected.

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: Any,
        conn_indexes: Any,
        metadata_unique_constraints: Any,
        metadata_indexes: Any,
    ) -> None:
        """Leave out the index that stands for each unique constraint and exclusion."""
        doubled = {index for index in conn_indexes if index.info.get("duplicates_constraint")}
        conn_indexes -= doubled

    def render_type(self, type_obj: Any, autogen_context: Any) -> Any:
        """Return types with types in them; False leaves the others to the caller."""
        from ..autogenerate import pgtypes

        return pgtypes.render(type_obj, autogen_context)


def _bare_sequence(default: str) -> str:
    return re.sub(r"::regclass|[\"\s]", "", default)


class PostgresqlColumnType(AlterColumn):
    """``TYPE … USING …``."""

    def __init__(self, name: str, column_name: str, type_: Any, **kw: Any) -> None:
        using = kw.pop("using", None)
        super().__init__(name, column_name, **kw)
        self.type_ = sa.types.to_instance(type_)
        self.using = using


@compiles(RenameTable, "postgresql")
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """``RENAME TO`` without a schema."""
    new = format_table_name(compiler, element.new_table_name, None)
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME TO {new}"


@compiles(PostgresqlColumnType, "postgresql")
def visit_column_type(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … TYPE … USING …``."""
    table = alter_table(compiler, element.table_name, element.schema)
    column = alter_column(compiler, element.column_name)
    using = f" USING {element.using}" if element.using else ""
    return f"{table} {column} TYPE {format_type(compiler, element.type_)}{using}"


@compiles(IdentityColumnDefault, "postgresql")
def visit_identity_column(element: Any, compiler: Any, **kw: Any) -> str:
    """Add, change or drop an identity."""
    table = alter_table(compiler, element.table_name, element.schema)
    words = [f"{table} {alter_column(compiler, element.column_name)}"]
    if element.default is None:
        return " ".join([*words, "DROP IDENTITY"])
    if not isinstance(element.existing_server_default, sa.Identity):
        holder: sa.Column[Any] = sa.Column("x", sa.Integer(), element.default)
        return " ".join([*words, "ADD", compiler.visit_identity_column(holder.identity)])
    differing, _, _ = element.impl._compare_identity_default(
        element.default, element.existing_server_default
    )
    for name in sorted(differing):
        if name == "always":
            words.append(f"SET GENERATED {'ALWAYS' if element.default.always else 'BY DEFAULT'}")
        else:
            only = sa.Identity(**{name: getattr(element.default, name)})
            words.append(f"SET {compiler.get_identity_options(only)}")
    return " ".join(words)


@ops.AddConstraintOp.register_add_constraint("exclude_constraint")
class CreateExcludeConstraintOp(ops.AddConstraintOp):
    """An exclusion that is added."""

    constraint_type = "exclude"

    def __init__(
        self,
        constraint_name: Any,
        table_name: str,
        elements: Any,
        where: Any = None,
        schema: str | None = None,
        _orig_constraint: Any = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.elements = elements
        self.where = where
        self.schema = schema
        self._orig_constraint = _orig_constraint
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateExcludeConstraintOp:
        """Return the operation that adds an exclusion."""
        table = constraint.table
        return cls(
            constraint.name,
            table.name,
            [(expression, op) for expression, name, op in constraint._render_exprs],
            where=constraint.where,
            schema=table.schema,
            _orig_constraint=constraint,
            deferrable=constraint.deferrable,
            initially=constraint.initially,
            using=constraint.using,
        )

    def to_constraint(self, migration_context: Any = None) -> Any:
        """Return the exclusion."""
        if self._orig_constraint is not None:
            return self._orig_constraint
        holder = ops_schema(migration_context)
        columns = [
            sa.Column(element, sa.types.NULLTYPE)
            for element, _ in self.elements
            if isinstance(element, str)
        ]
        table = sa.Table(self.table_name, holder, *columns, schema=self.schema)
        found = ExcludeConstraint(
            *self.elements, name=self.constraint_name, where=self.where, **self.kw
        )
        table.append_constraint(found)
        return found

    def as_directive(self) -> Directive:
        """``op.create_exclude_constraint(…)``."""
        arguments = (self.constraint_name, self.table_name, *self.elements)
        keywords: Mapping[str, Any] = {"where": self.where, "schema": self.schema, **self.kw}
        return "create_exclude_constraint", arguments, ops.given(**keywords)


def ops_schema(migration_context: Any) -> sa.MetaData:
    """Return an empty MetaData for one operation."""
    from ..operations.schemaobj import SchemaObjects

    return SchemaObjects(migration_context).metadata()

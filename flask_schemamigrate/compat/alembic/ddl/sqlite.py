"""SQLite's spelling: what it cannot alter is left to the batch mode."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ClauseElement

from .. import util
from ..util import sqla_compat
from .base import alter_table
from .base import ColumnName
from .base import format_column_name
from .base import format_table_name
from .base import RenameTable
from .impl import DefaultImpl

_BATCH = (
    "Please refer to the batch mode feature which allows for SQLite migrations using a "
    "copy-and-move strategy."
)


class SQLiteImpl(DefaultImpl):
    """Runs what SQLite can alter in place and refuses the rest."""

    __dialect__ = "sqlite"
    # Its Python driver commits by itself, unless somebody keeps it from doing so.
    transactional_ddl = False

    def requires_recreate_in_batch(self, batch_op: Any) -> bool:
        """Whether anything but indexes and plain new columns is in the batch."""
        for name, arguments, _ in batch_op.batch:
            if name == "add_column":
                if _needs_values(arguments[1].server_default):
                    return True
            elif name not in ("create_index", "drop_index"):
                return True
        return False

    def add_constraint(self, const: Any, **kw: Any) -> None:
        """Refuse, or warn where a type brought the constraint along."""
        if const._create_rule is None:
            raise NotImplementedError(
                f"No support for ALTER of constraints in SQLite dialect. {_BATCH}"
            )
        if const._create_rule(self):
            util.warn(f"Skipping unsupported ALTER for creation of implicit constraint. {_BATCH}")

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        """Refuse, unless a type brought the constraint along."""
        if const._create_rule is None:
            raise NotImplementedError(
                f"No support for ALTER of constraints in SQLite dialect. {_BATCH}"
            )

    def compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether two defaults differ, brackets and quotes around the whole left aside."""

        def bare(default: str | None) -> str | None:
            if default is None:
                return None
            default = re.sub(r"^\((.+)\)$", r"\1", default)
            return re.sub(r"^\"?'(.+)'\"?$", r"\1", default)

        return bare(rendered_inspector_default) != bare(rendered_metadata_default)

    def autogen_column_reflect(self, inspector: Any, table: Any, column_info: Any) -> None:
        """Give reflected expressions the brackets that SQLite takes from them."""
        default = column_info.get("default", None)
        if default is not None and self._guess_is_expression(default):
            column_info["default"] = f"({default})"

    def _guess_is_expression(self, text: str) -> bool:
        """Whether the text of a default is an expression that lost its brackets."""
        if not text or re.match(r"^[0-9\.]+$", text):
            return False
        return not re.match(r"^'.+'$", text) and not re.match(r"^\(.+\)$", text)

    def render_ddl_sql_expr(self, expr: Any, is_server_default: bool = False, **kw: Any) -> str:
        """Return an expression, in brackets where it is a default that is a function."""
        text = super().render_ddl_sql_expr(expr, is_server_default=is_server_default, **kw)
        if is_server_default and isinstance(expr, (ClauseElement,)) and self._guess_call(text):
            text = f"({text})"
        return text

    def _guess_call(self, text: str) -> bool:
        return self._guess_is_expression(text)

    def cast_for_batch_migrate(self, existing: Any, existing_transfer: Any, new_type: Any) -> None:
        """Convert values where the type is of another kind; JSON is text already."""
        differs = existing.type._type_affinity is not new_type._type_affinity
        if differs and not isinstance(new_type, sa.JSON):
            existing_transfer["expr"] = sa.cast(existing_transfer["expr"], new_type)

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: Any,
        conn_indexes: Any,
        metadata_unique_constraints: Any,
        metadata_indexes: Any,
    ) -> None:
        """Take unnamed unique constraints that both sides have off both lists."""
        dialect = self.dialect
        unnamed = [c for c in metadata_unique_constraints if not _named(c, dialect)]
        known = {_key(c): c for c in conn_unique_constraints if not _named(c, dialect)}
        for constraint in unnamed:
            other = known.get(_key(constraint))
            if other is not None:
                metadata_unique_constraints.discard(constraint)
                conn_unique_constraints.discard(other)


def _named(constraint: Any, dialect: Any) -> bool:
    return sqla_compat._constraint_is_named(constraint, dialect)


def _key(constraint: Any) -> tuple[str, ...]:
    return tuple(sorted(column.name for column in constraint.columns))


def _needs_values(default: Any) -> bool:
    """Whether SQLite cannot add a column with this default to a table that has rows."""
    if isinstance(default, sa.Computed):
        return default.persisted is True
    return isinstance(default, sa.DefaultClause) and isinstance(default.arg, ClauseElement)


@compiles(RenameTable, "sqlite")
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """``RENAME TO`` without a schema."""
    new = format_table_name(compiler, element.new_table_name, None)
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME TO {new}"


@compiles(ColumnName, "sqlite")
def visit_column_name(element: Any, compiler: Any, **kw: Any) -> str:
    """``RENAME COLUMN … TO …``."""
    old, new = (format_column_name(compiler, n) for n in (element.column_name, element.newname))
    table = alter_table(compiler, element.table_name, element.schema)
    return f"{table} RENAME COLUMN {old} TO {new}"

"""MySQL's and MariaDB's spelling: a column is changed by saying all of it again."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import schema
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import elements
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import FunctionElement

from .. import util
from ..util import sqla_compat
from . import base
from .base import AlterColumn
from .base import format_column_name
from .base import format_server_default
from .base import format_type
from .impl import _existing
from .impl import DefaultImpl


class MySQLImpl(DefaultImpl):
    """Changes columns with MODIFY and CHANGE."""

    __dialect__ = "mysql"
    transactional_ddl = False
    type_synonyms = (
        *DefaultImpl.type_synonyms,
        {"BOOL", "TINYINT"},
        {"JSON", "LONGTEXT"},
    )
    type_arg_extract = (r"character set ([\w\-_]+)", r"collate ([\w\-_]+)")

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
        existing_autoincrement: bool | None = None,
        **existing: Any,
    ) -> None:
        """Change a column; what is not given stays as ``existing_…`` says, or is lost."""
        where = {"schema": schema, **_existing(existing)}
        former = where.get("existing_server_default")
        generated = (
            sqla_compat._server_default_is_computed,
            sqla_compat._server_default_is_identity,
        )
        if any(is_one(server_default, former) for is_one in generated):
            super().alter_column(
                table_name, column_name, server_default=server_default, schema=schema, **existing
            )
            return
        spec = {
            "nullable": _given(nullable, where.get("existing_nullable"), True),
            "type_": type_ if type_ is not None else where.get("existing_type"),
            "default": former if server_default is False else server_default,
            "autoincrement": _given(autoincrement, existing_autoincrement, None),
            "comment": where.get("existing_comment") if comment is False else comment,
        }
        timed = self._allows_function(spec["type_"], server_default)
        if name is not None or timed:
            self._exec(
                MySQLChangeColumn(table_name, column_name, name or column_name, schema, spec)
            )
        elif any(v is not None for v in (nullable, type_, autoincrement)) or comment is not False:
            self._exec(MySQLModifyColumn(table_name, column_name, schema, spec))
        elif server_default is not False:
            self._exec(MySQLAlterDefault(table_name, column_name, server_default, schema=schema))

    def _allows_function(self, type_: Any, default: Any) -> bool:
        """Whether a default may be CURRENT_TIMESTAMP, which ALTER … SET DEFAULT refuses."""
        if type_ is None or default is None:
            return False
        return sa.types.to_instance(type_)._type_affinity is sa.types.DateTime

    def index_key(self, element: Any) -> Any:
        """Return a key of an index, expressions in brackets."""
        directed = (operators.desc_op, operators.asc_op)
        if isinstance(element, (elements.BinaryExpression, FunctionElement)) or (
            isinstance(element, elements.UnaryExpression) and element.modifier not in directed
        ):
            return elements.Grouping(element)
        return element

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        """Drop a constraint by the word for its kind."""
        if isinstance(const, schema.CheckConstraint) and sqla_compat._is_type_bound(const):
            return
        super().drop_constraint(const, **kw)

    def compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether two defaults differ; the server spells functions in its own way."""
        rendered, found = rendered_metadata_default, rendered_inspector_default
        affinity = metadata_column.type._type_affinity
        if found is None or rendered is None:
            if affinity is sa.Integer and rendered is None and found == "'0'":
                return metadata_column.autoincrement is True and not metadata_column.primary_key
            return rendered is not found
        if affinity is sa.Integer:
            return re.sub(r"^'|'$", "", found) != re.sub(r"^'|'$", "", rendered)
        return _spelled(found) != _spelled(rendered)

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: Any,
        conn_indexes: Any,
        metadata_unique_constraints: Any,
        metadata_indexes: Any,
    ) -> None:
        """Leave out the indexes that the server made for foreign keys."""
        wanted = {index.name for index in metadata_indexes}
        for index in list(conn_indexes):
            if index.name not in wanted and _serves_foreign_key(index):
                conn_indexes.discard(index)

    def correct_for_autogen_foreignkeys(self, conn_fks: Any, metadata_fks: Any) -> None:
        """Take RESTRICT, NO ACTION and nothing for the same."""
        wanted = {_shape(self._create_metadata_constraint_sig(key)): key for key in metadata_fks}
        for key in conn_fks:
            other = wanted.get(_shape(self._create_reflected_constraint_sig(key)))
            for word in ("ondelete", "onupdate") if other is not None else ():
                theirs = getattr(other, word)
                if _restricts(getattr(key, word)) and _restricts(theirs):
                    setattr(key, word, theirs)

    def compare_type(self, inspector_column: Any, metadata_column: Any) -> bool:
        """Whether two types differ; the order of an ENUM's values makes no difference."""
        found, wanted = inspector_column.type, metadata_column.type
        if all(isinstance(type_, sa.Enum) and type_.native_enum for type_ in (found, wanted)):
            return set(found.enums) != set(wanted.enums)
        return super().compare_type(inspector_column, metadata_column)


class MariaDBImpl(MySQLImpl):
    """MariaDB has nothing of its own here."""

    __dialect__ = "mariadb"


def _shape(signature: Any) -> Any:
    return signature.unnamed_no_options


def _restricts(action: str | None) -> bool:
    return action is None or action.upper() in ("RESTRICT", "NO ACTION")


def _given(value: Any, existing: Any, otherwise: Any) -> Any:
    if value is not None:
        return value
    return existing if existing is not None else otherwise


def _spelled(default: str) -> str:
    """Return a default without brackets and in the server's words for the present time."""
    text = default.strip()
    text = re.sub(r"^\((.*)\)$", r"\1", text)
    if "(" in text and "'" not in text:
        text = text.lower()  # A function's name is no value.
    text = re.sub(
        r"(?:\bnow|\bcurrent_timestamp)(?:\(\d*\))?", "CURRENT_TIMESTAMP", text, flags=re.I
    )
    text = re.sub(r"\s+on\s+update\s+", " ON UPDATE ", text, flags=re.I)
    text = re.sub(r"\bCURRENT_TIMESTAMP\s+ON UPDATE.*$", "CURRENT_TIMESTAMP ON UPDATE", text)
    return text.strip("'") if not re.match(r"^'.*'.*'", text) else text


def _serves_foreign_key(index: Any) -> bool:
    names = [column.name for column in index.columns]
    for key in index.table.foreign_key_constraints:
        local = [element.parent.name for element in key.elements]
        named = key.name == index.name or (index.name == local[0] and not index.unique)
        if local == names and named:
            return True
    return False


class MySQLAlterDefault(AlterColumn):
    """``ALTER COLUMN … SET DEFAULT``."""

    def __init__(self, name: str, column_name: str, default: Any, schema: str | None) -> None:
        super(AlterColumn, self).__init__(name, schema=schema)
        self.column_name = column_name
        self.default = default


class MySQLModifyColumn(AlterColumn):
    """``MODIFY`` with the whole column."""

    def __init__(self, name: str, column_name: str, schema: str | None, spec: Any) -> None:
        super(AlterColumn, self).__init__(name, schema=schema)
        self.column_name = column_name
        self.spec = spec
        if spec["type_"] is None:
            raise util.CommandError(
                "All MySQL CHANGE/MODIFY COLUMN operations require the existing type."
            )


class MySQLChangeColumn(MySQLModifyColumn):
    """``CHANGE`` with the whole column and its new name."""

    def __init__(
        self, name: str, column_name: str, newname: str, schema: str | None, spec: Any
    ) -> None:
        super().__init__(name, column_name, schema, spec)
        self.newname = newname


@compiles(MySQLAlterDefault, "mysql", "mariadb")
def visit_alter_default(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … SET DEFAULT``."""
    none = element.default is None
    default = "" if none else format_server_default(compiler, element.default)
    table = base.alter_table(compiler, element.table_name, element.schema)
    column = base.alter_column(compiler, element.column_name)
    return f"{table} {column} {'DROP DEFAULT' if none else f'SET DEFAULT {default}'}"


@compiles(MySQLModifyColumn, "mysql", "mariadb")
def visit_modify(element: Any, compiler: Any, **kw: Any) -> str:
    """``MODIFY``."""
    table = base.alter_table(compiler, element.table_name, element.schema)
    name = format_column_name(compiler, element.column_name)
    return f"{table} MODIFY {name} {_specification(compiler, element.spec)}"


@compiles(MySQLChangeColumn, "mysql", "mariadb")
def visit_change(element: Any, compiler: Any, **kw: Any) -> str:
    """``CHANGE``."""
    table = base.alter_table(compiler, element.table_name, element.schema)
    old, new = (format_column_name(compiler, n) for n in (element.column_name, element.newname))
    return f"{table} CHANGE {old} {new} {_specification(compiler, element.spec)}"


def _specification(compiler: Any, spec: Any) -> str:
    words = [format_type(compiler, sa.types.to_instance(spec["type_"]))]
    words.append("NULL" if spec["nullable"] else "NOT NULL")
    if spec["autoincrement"]:
        words.append("AUTO_INCREMENT")
    if spec["default"] is not False and spec["default"] is not None:
        words.append(f"DEFAULT {format_server_default(compiler, spec['default'])}")
    if spec["comment"]:
        words.append(f"COMMENT {base.comment_text(compiler, spec['comment'])}")
    return " ".join(words)


@compiles(schema.DropConstraint, "mysql", "mariadb")
def visit_drop_constraint(element: Any, compiler: Any, **kw: Any) -> str:
    """``DROP FOREIGN KEY`` and its like.  Raises NotImplementedError where no kind is known."""
    constraint = element.element
    kinds = (
        schema.ForeignKeyConstraint,
        schema.PrimaryKeyConstraint,
        schema.UniqueConstraint,
        schema.CheckConstraint,
    )
    if not isinstance(constraint, kinds):
        raise NotImplementedError(
            "No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type"
        )
    return compiler.visit_drop_constraint(element, **kw)  # type: ignore[no-any-return]

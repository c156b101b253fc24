"""Questions that are put to SQLAlchemy's objects, and transactions around single statements."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import __version__ as _sa_version
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CheckConstraint
from sqlalchemy.schema import Column
from sqlalchemy.schema import Constraint
from sqlalchemy.schema import ForeignKeyConstraint
from sqlalchemy.schema import Index
from sqlalchemy.schema import PrimaryKeyConstraint
from sqlalchemy.sql.base import _NONE_NAME as _NONE_NAME
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.elements import conv
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.sql.visitors import traverse

from ....directives.elements import inline_literal as inline_literal
from ....directives.elements import InlineLiteral as _literal_bindparam  # noqa: F401


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


_vers = _version(_sa_version)
sqla_2_1 = _vers >= (2, 1)
sqla_2_0_25 = _vers >= (2, 0, 25)
identity_has_dialect_kwargs = hasattr(sa.Identity, "dialect_kwargs")


@contextlib.contextmanager
def _ensure_scope_for_ddl(connection: Connection | None) -> Iterator[None]:
    """Hold a transaction around statements where none is open."""
    in_transaction = getattr(connection, "in_transaction", None)  # A writer has none.
    if connection is None or in_transaction is None or in_transaction():
        yield
    else:
        with connection.begin():
            yield


def _safe_begin_connection_transaction(connection: Connection) -> Any:
    return connection.get_transaction() or connection.begin()


def _safe_commit_connection_transaction(connection: Connection) -> None:
    transaction = connection.get_transaction()
    if transaction:
        transaction.commit()


def _safe_rollback_connection_transaction(connection: Connection) -> None:
    transaction = connection.get_transaction()
    if transaction:
        transaction.rollback()


def _get_connection_in_transaction(connection: Connection | None) -> bool:
    try:
        in_transaction = connection.in_transaction  # type: ignore[union-attr]
    except AttributeError:
        return False
    return bool(in_transaction())


def _connectable_has_table(connection: Connection, name: str, schema: str | None) -> bool:
    return bool(sa.inspect(connection).has_table(name, schema))


def _is_type_bound(constraint: Any) -> bool:
    """Whether a Boolean or Enum made the constraint."""
    return bool(constraint._type_bound)


def _exec_on_inspector(inspector: Any, statement: Any, **params: Any) -> Any:
    with inspector._operation_context() as connection:
        return connection.execute(statement, params)


def _get_constraint_final_name(constraint: Constraint | Index, dialect: Any) -> str | None:
    """Return the name as the database has it, naming convention applied."""
    if constraint.name is None:
        return None
    if dialect is None:
        return str(constraint.name)
    return dialect.identifier_preparer.format_constraint(  # type: ignore[no-any-return]
        constraint, _alembic_quote=False
    )


def _constraint_is_named(constraint: Constraint | Index, dialect: Any) -> bool:
    """Whether a constraint has a name, its own or by convention."""
    name = constraint.name
    if name is _NONE_NAME or name is None:
        return False
    if dialect is None:
        return True
    return dialect.identifier_preparer.format_constraint(constraint) is not None


def _columns_for_constraint(constraint: Any) -> list[Column[Any]]:
    if isinstance(constraint, ForeignKeyConstraint):
        return [key.parent for key in constraint.elements]
    if isinstance(constraint, CheckConstraint):
        return _find_columns(constraint.sqltext)
    return list(constraint.columns)


def _find_columns(clause: Any) -> list[Any]:
    found: dict[Any, None] = {}
    traverse(clause, {}, {"column": lambda column: found.setdefault(column)})
    return list(found)


def _is_mariadb(dialect: Any) -> bool:
    return bool(getattr(dialect, "is_mariadb", False))


def _column_kwargs(column: Column[Any]) -> dict[str, Any]:
    return dict(column.dialect_kwargs)


def index_key(table: Any, key: Any) -> Any:
    """Return a key of an index on ``table``, which gets the columns that it needs."""
    if isinstance(key, str):
        if key not in table.c:
            table.append_column(Column(key, sa.types.NULLTYPE))
        return table.c[key]
    if isinstance(key, TextClause):
        return key

    def moved(element: Any, **kw: Any) -> Any:
        if not isinstance(element, Column):
            return None
        if element.key not in table.c:
            table.append_column(element._copy())
        return table.c[element.key]

    return replacement_traverse(key, {}, moved)


def _remove_column_from_collection(collection: Any, column: Any) -> None:
    """Take a column out of a collection, whether or not it is keyed the same there."""
    key = collection._index.get(column.key)
    collection.remove(key[1] if key else column)


def _reflect_table(inspector: Any, table: Any) -> None:
    inspector.reflect_table(table, None)


def _server_default_is_computed(*defaults: Any) -> bool:
    return any(isinstance(default, sa.Computed) for default in defaults)


def _server_default_is_identity(*defaults: Any) -> bool:
    return any(isinstance(default, sa.Identity) for default in defaults)


def _get_identity_options_dict(identity: Any, dialect_kwargs: bool = False) -> dict[str, Any]:
    """Return the options of an Identity that were given."""
    if identity is None:
        return {}
    found = identity._as_dict()
    if dialect_kwargs and identity_has_dialect_kwargs:
        found.update(identity.dialect_kwargs)
    return dict(found)


def constraint_name_defined(name: Any) -> bool:
    """Whether a name is one: a string, or a token that a convention will fill."""
    return name is _NONE_NAME or isinstance(name, (str, conv))


def constraint_name_string(name: Any) -> bool:
    """Whether a name is a string."""
    return isinstance(name, str)


def constraint_name_or_none(name: Any) -> str | None:
    """Return a name that is a string, else None."""
    return name if constraint_name_string(name) else None


def is_expression_index(index: Index) -> bool:
    """Whether an index has keys other than plain columns."""
    return any(is_expression(key) for key in index.expressions)


def is_expression(expression: Any) -> bool:
    """Whether an index key is something other than a column, its direction left aside."""
    while isinstance(expression, UnaryExpression):
        expression = expression.element
    return not isinstance(expression, ColumnClause) or expression.is_literal


def _primary_key(table: Any) -> PrimaryKeyConstraint:
    return table.primary_key  # type: ignore[no-any-return]


def _inherit_schema_deprecated() -> bool:
    return sqla_2_1

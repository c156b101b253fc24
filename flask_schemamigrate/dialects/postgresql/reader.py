"""SQLAlchemy's objects as PostgreSQL gets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import ENUM

from ...schema import metadata
from ...schema.objects import Enum
from ...schema.objects import Options


class Reader(metadata.Reader):
    """Reads SQLAlchemy objects as PostgreSQL gets them."""

    def autoincrement(self, column: sa.Column[Any]) -> bool:
        """Whether SQLAlchemy makes the column SERIAL (the rule of its PostgreSQL compiler)."""
        default: Any = column.default
        if default is not None and not (default.is_sequence and default.optional):
            return False
        impl = column.type.dialect_impl(self.dialect)
        if isinstance(impl, sa.types.TypeDecorator):
            impl = impl.impl_instance
        return isinstance(impl, sa.Integer) and super().autoincrement(column)

    def enum_of(self, type_: Any) -> Iterator[Enum]:
        """Yield the enumerated types within a type, its array or its decorator."""
        impl = _plain(type_, self.dialect)
        if isinstance(impl, sa.types.ARRAY | ARRAY):
            yield from self.enum_of(impl.item_type)
        elif isinstance(impl, ENUM) and impl.name:
            name = self.name(str(impl.name), impl.schema)
            yield Enum(name, tuple(map(str, impl.enums)), impl)

    def index_key(self, expression: Any) -> str:
        """Compile a key; only a call goes without parentheses (SQLAlchemy's ``self_group``)."""
        return super().index_key(expression.self_group())

    def options(self, element: Any) -> Options:
        """Return the options that were given, lists as tuples."""
        given = ((name, value) for name, value in super().options(element))
        return tuple((n, _frozen(v)) for n, v in given if v not in (None, False, [], {}))


def _plain(type_: Any, dialect: Any) -> Any:
    """Return what a type is on PostgreSQL, without decorators."""
    impl = type_.dialect_impl(dialect)
    while isinstance(impl, sa.types.TypeDecorator):
        impl = impl.load_dialect_impl(dialect).dialect_impl(dialect)
    return impl


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(str(getattr(item, "name", item)) for item in value)
    return value

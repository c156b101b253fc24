"""SQLAlchemy's objects as PostgreSQL gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.dialects.postgresql.named_types import CreateDomainType

from ...schema import metadata
from ...schema.names import Name
from ...schema.objects import Enum
from ...schema.objects import Options
from ...schema.objects import PrimaryKey
from ...schema.objects import Sql

#: PostgreSQL's NAMEDATALEN - 1: the bytes that a name may have.
LONGEST = 63
#: How the server spells ``x IN ('a', 'b')`` on a varchar.
_LISTED = re.compile(r"\((ARRAY\[(?:'(?:[^']|'')*'::character varying(?:, )?)+\])\)::text\[\]")


def readable(expression: str) -> str:
    """Return the server's spelling so that it comes out the same once the server has read it.

    It writes a list of strings with a cast around it, and that cast goes into the list when it is
    read again.  Without it the server puts it there by itself, where it was.
    """
    return _LISTED.sub(r"\1", expression)


def _kept(name: str) -> str:
    if len(name) * 4 <= LONGEST:  # UTF-8 takes no more bytes than that.
        return name
    return name.encode()[:LONGEST].decode(errors="ignore")


class Reader(metadata.Reader):
    """Reads SQLAlchemy objects as PostgreSQL gets them.

    ``written`` remembers what SQLAlchemy writes for types of the catalogue.
    """

    has_enums: ClassVar[bool] = True

    def __init__(self, dialect: Any, default_schema: str | None = None) -> None:
        super().__init__(dialect, default_schema)
        self.written: dict[str, str] = {}

    def autoincrement(self, column: sa.Column[Any]) -> bool:
        """Whether SQLAlchemy makes the column SERIAL (the rule of its PostgreSQL compiler)."""
        if not super().autoincrement(column):
            return False
        default: Any = column.default
        if default is not None and not (default.is_sequence and default.optional):
            return False
        impl = column.type.dialect_impl(self.dialect)
        if isinstance(impl, sa.types.TypeDecorator):
            impl = impl.impl_instance
        return isinstance(impl, sa.Integer)

    def enum_of(self, type_: Any) -> Iterator[Enum]:
        """Yield the enumerated types and domains within a type, its array or its decorator."""
        impl = _plain(type_, self.dialect)
        if isinstance(impl, sa.types.ARRAY | ARRAY):
            yield from self.enum_of(impl.item_type)
        elif isinstance(impl, ENUM) and impl.name:
            name = self.name(str(impl.name), impl.schema)
            yield Enum(name, tuple(map(str, impl.enums)), impl)
        elif isinstance(impl, DOMAIN) and impl.name:
            created = str(CreateDomainType(impl).compile(dialect=self.dialect))
            definition = created.partition(f" {self.preparer.format_type(impl)} ")[2]
            name = self.name(str(impl.name), impl.schema)
            yield Enum(name, (), impl, domain=(definition.rstrip(),))

    def binary(self, value: bytes) -> Sql:
        """Return bytes as a literal of bytea (its hex format)."""
        return Sql(f"'\\x{value.hex()}'")

    def name(self, name: str, schema: str | None) -> Name:
        """Return a name as far as the server keeps it."""
        return super().name(_kept(str(name)), schema)

    def final_name(self, constraint: Any) -> str | None:
        """Return the name that the database will see; SQLAlchemy counts characters, it bytes."""
        found = super().final_name(constraint)
        return None if found is None else _kept(found)

    def primary_key(self, key: Any) -> PrimaryKey | None:
        """Read a primary key, which can be deferred here."""
        value = super().primary_key(key)
        if value is None or not (key.deferrable or key.initially):
            return value
        return replace(value, deferrable=bool(key.deferrable), initially=key.initially)

    def expression(self, element: Any) -> Sql:
        """Compile an expression; one from the catalogue so that the server reads it as it was."""
        sql = super().expression(element)
        return Sql(readable(sql.text), sql.element)

    def words(self, sql: Sql) -> str:
        """Return the model's own words where there is a model, else the server's."""
        if isinstance(sql.element, sa.ClauseElement):
            return self.expression(sql.element).text
        return readable(sql.text)

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

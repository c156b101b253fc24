"""Tables, columns, constraints and indexes as frozen values.

Two values are equal when the *server* would see the same thing: equality goes by text in the
server's own spelling.  The SQLAlchemy objects that a value was made of travel along in ``element``
fields, which never count for equality: they are what DDL is compiled from and what generated
scripts are rendered from.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from typing import TypeAlias
from typing import TypeVar

from .making import quickly
from .names import Name

#: Dialect options: sorted pairs such as ``(("mysql_engine", "InnoDB"),)``.
Options: TypeAlias = tuple[tuple[str, Any], ...]
Changed = TypeVar("Changed")


class Deferred:
    """An ``element`` that is made when somebody looks at it; most that are read never are."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def _deferring(cls: type[Changed]) -> type[Changed]:
    """Let ``element`` of a class be a :class:`Deferred`."""
    slot: Any = vars(cls)["element"]

    def get(self: Any) -> Any:
        found = slot.__get__(self)
        if type(found) is Deferred:
            found = found.make()
            slot.__set__(self, found)
        return found

    cls.element = property(get, slot.__set__)  # type: ignore[attr-defined]
    return cls


@_deferring
@quickly
@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL (a type, a default, an expression) in one dialect's spelling.

    ``element`` is the SQLAlchemy object or the string that it was compiled from.
    """

    text: str
    element: Any = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Computed:
    """``GENERATED ALWAYS AS (sql)``; ``persisted`` is None where the server decides."""

    sql: Sql
    persisted: bool | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """``GENERATED … AS IDENTITY`` with its options; None means the server's default."""

    always: bool = False
    start: int | None = None
    increment: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    cycle: bool = False
    cache: int | None = None


@quickly
@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``autoincrement`` is true where the server itself numbers the rows (SERIAL, AUTO_INCREMENT); its
    helper default (``nextval(…)``) is then not in ``default``.  ``default`` is the server default.
    ``enum`` names the enumerated type of its own that the type, or its items, are of.
    """

    name: str
    type: Sql
    nullable: bool = True
    default: Sql | None = None
    computed: Computed | None = None
    identity: Identity | None = None
    autoincrement: bool = False
    comment: str | None = None
    options: Options = ()
    element: Any = field(default=None, compare=False, repr=False)
    enum: Name | None = field(default=None, compare=False)


@quickly
@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """``PRIMARY KEY (columns)``."""

    columns: tuple[str, ...]
    name: str | None = None
    options: Options = ()
    element: Any = field(default=None, compare=False, repr=False)
    deferrable: bool = False
    initially: str | None = None


@quickly
@dataclass(frozen=True, slots=True)
class Unique:
    """``UNIQUE (columns)``."""

    columns: tuple[str, ...]
    name: str | None = None
    deferrable: bool = False
    initially: str | None = None
    options: Options = ()
    element: Any = field(default=None, compare=False, repr=False)


@quickly
@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``FOREIGN KEY (columns) REFERENCES target (target_columns)``.

    Actions are upper case; ``NO ACTION``, the standard's default, is None.
    """

    columns: tuple[str, ...]
    target: Name
    target_columns: tuple[str, ...]
    name: str | None = None
    onupdate: str | None = None
    ondelete: str | None = None
    deferrable: bool = False
    initially: str | None = None
    match: str | None = None
    options: Options = ()
    use_alter: bool = field(default=False, compare=False)
    element: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """``CHECK (sql)``; ``sql.text`` is the bare expression, without the outer parentheses.

    ``column`` names the column that it is a part of, where the database makes that difference.
    ``of_type`` marks the one that an ``Enum`` or ``Boolean`` type brings along.
    """

    sql: Sql
    name: str | None = None
    options: Options = ()
    column: str | None = None
    of_type: bool = field(default=False, compare=False)
    element: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exclude:
    """PostgreSQL's ``EXCLUDE``; ``definition`` is all that follows the name."""

    definition: Sql
    name: str | None = None
    element: Any = field(default=None, compare=False, repr=False)


Constraint: TypeAlias = PrimaryKey | Unique | ForeignKey | Check | Exclude


@_deferring
@quickly
@dataclass(frozen=True, slots=True)
class Index:
    """An index; ``definition`` is all that follows ``ON table`` in the dialect's spelling.

    Method, keys with their direction, operator class and length, INCLUDE, options and predicate
    are all in ``definition``, so that one text decides whether two indexes are the same.
    ``columns`` names the plain columns among the keys, in order (expressions are left out).
    """

    name: str | None
    definition: Sql
    unique: bool = False
    columns: tuple[str, ...] = field(default=(), compare=False)
    comment: str | None = None
    element: Any = field(default=None, compare=False, repr=False)


@quickly
@dataclass(frozen=True, slots=True)
class Table:
    """A table with all that belongs to it.  The order of columns is kept but is no difference."""

    name: Name
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    excludes: tuple[Exclude, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    options: Options = ()
    element: Any = field(default=None, compare=False, repr=False)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def index(self, name: str) -> Index | None:
        """Return the index of that name, or None."""
        return next((i for i in self.indexes if i.name == name), None)

    @property
    def constraints(self) -> Iterator[Constraint]:
        """Every constraint: primary key, uniques, foreign keys, checks, exclusions."""
        if self.primary_key is not None:
            yield self.primary_key
        yield from self.uniques
        yield from self.foreign_keys
        yield from self.checks
        yield from self.excludes

    def constraint(self, name: str) -> Constraint | None:
        """Return the constraint of that name, or None."""
        return next((c for c in self.constraints if c.name == name), None)

    def with_column(self, name: str, change: Callable[[Column], Column]) -> Table:
        """Return the table with ``change`` applied to one of its columns."""
        columns = tuple(change(c) if c.name == name else c for c in self.columns)
        return replace(self, columns=columns)

    def with_constraint(self, constraint: Constraint) -> Table:
        """Return the table with one constraint more."""
        match constraint:
            case PrimaryKey():
                return replace(self, primary_key=constraint)
            case Unique():
                return replace(self, uniques=(*self.uniques, constraint))
            case ForeignKey():
                return replace(self, foreign_keys=(*self.foreign_keys, constraint))
            case Check():
                return replace(self, checks=(*self.checks, constraint))
            case Exclude():
                return replace(self, excludes=(*self.excludes, constraint))

    def without_constraint(self, constraint: Constraint) -> Table:
        """Return the table without that constraint (an equal one; the first of several)."""
        match constraint:
            case PrimaryKey():
                return replace(self, primary_key=None)
            case Unique():
                return replace(self, uniques=_without(self.uniques, constraint))
            case ForeignKey():
                return replace(self, foreign_keys=_without(self.foreign_keys, constraint))
            case Check():
                return replace(self, checks=_without(self.checks, constraint))
            case Exclude():
                return replace(self, excludes=_without(self.excludes, constraint))


@dataclass(frozen=True, slots=True)
class Enum:
    """A named enumerated type of its own (PostgreSQL).

    ``shared`` says that tables use it which are not compared.  A domain has no values, and
    ``domain`` is all that follows its name; where it comes from the catalogue, clause by clause.
    """

    name: Name
    values: tuple[str, ...]
    element: Any = field(default=None, compare=False, repr=False)
    shared: bool = field(default=False, compare=False)
    domain: tuple[str, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence that stands by itself, owned by no column; ``type`` None is the server's own."""

    name: Name
    start: int | None = None
    increment: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    cycle: bool = False
    cache: int | None = None
    element: Any = field(default=None, compare=False, repr=False)
    type: str | None = None


def _without(items: tuple[Changed, ...], item: Changed) -> tuple[Changed, ...]:
    position = items.index(item)
    return (*items[:position], *items[position + 1 :])


def _frozen(items: Iterable[tuple[Name, Changed]]) -> Mapping[Name, Changed]:
    return MappingProxyType(dict(items))


def _with(known: Mapping[Name, Changed], name: Name, value: Changed) -> Mapping[Name, Changed]:
    # What is frozen copies itself without asking each name for its hash again.
    return MappingProxyType(MappingProxyType(known) | {name: value})


@dataclass(frozen=True, slots=True)
class Schema:
    """All that is compared: tables, enumerated types, sequences, each by its name.

    ``schemas`` names the schemas beside the default one.
    """

    tables: Mapping[Name, Table] = field(default_factory=lambda: _frozen(()))
    enums: Mapping[Name, Enum] = field(default_factory=lambda: _frozen(()))
    sequences: Mapping[Name, Sequence] = field(default_factory=lambda: _frozen(()))
    schemas: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        tables: Iterable[Table] = (),
        enums: Iterable[Enum] = (),
        sequences: Iterable[Sequence] = (),
        schemas: Iterable[str] = (),
    ) -> Schema:
        """Collect values into a schema."""
        return cls(
            _frozen((t.name, t) for t in tables),
            _frozen((e.name, e) for e in enums),
            _frozen((s.name, s) for s in sequences),
            frozenset(schemas),
        )

    def table(self, name: Name) -> Table | None:
        """Return the table of that name, or None."""
        return self.tables.get(name)

    def with_table(self, table: Table) -> Schema:
        """Return the schema with that table added or put in place of its namesake."""
        return replace(self, tables=_with(self.tables, table.name, table))

    def without_table(self, name: Name) -> Schema:
        """Return the schema without that table."""
        return replace(self, tables=_frozen((n, t) for n, t in self.tables.items() if n != name))

    def users(self, enum: Name) -> Iterator[tuple[Table, Column]]:
        """Yield the columns of an enumerated type, with their tables."""
        for table in self.tables.values():
            for column in table.columns:
                if column.enum == enum:
                    yield table, column

    def with_schema(self, name: str) -> Schema:
        """Return the schema with that one beside it."""
        return replace(self, schemas=self.schemas | {name})

    def without_schema(self, name: str) -> Schema:
        """Return the schema without that one beside it."""
        return replace(self, schemas=self.schemas - {name})

    def with_enum(self, enum: Enum) -> Schema:
        """Return the schema with that type added or put in place of its namesake."""
        return replace(self, enums=_with(self.enums, enum.name, enum))

    def without_enum(self, name: Name) -> Schema:
        """Return the schema without that type."""
        return replace(self, enums=_frozen((n, e) for n, e in self.enums.items() if n != name))

    def with_sequence(self, sequence: Sequence) -> Schema:
        """Return the schema with that sequence added or put in place of its namesake."""
        return replace(self, sequences=_with(self.sequences, sequence.name, sequence))

    def without_sequence(self, name: Name) -> Schema:
        """Return the schema without that sequence."""
        kept = ((n, s) for n, s in self.sequences.items() if n != name)
        return replace(self, sequences=_frozen(kept))

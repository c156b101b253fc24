"""A PostgreSQL catalogue as values: six queries, whatever the number of tables and schemas.

Left out: views, foreign tables, partitions of partitioned tables, and whatever an extension owns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from typing import Any
from typing import NamedTuple
from typing import TypeAlias

from sqlalchemy.engine import Connection

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import Constraint
from ...schema.objects import Deferred
from ...schema.objects import Enum
from ...schema.objects import Exclude
from ...schema.objects import ForeignKey
from ...schema.objects import Identity
from ...schema.objects import Options
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sequence
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...schema.parts import called
from . import elements
from . import queries
from . import spelling
from .words import bare

Row: TypeAlias = Mapping[Any, Any]

#: ``pg_constraint.confdeltype`` and ``confupdtype``; "a" is NO ACTION, the standard's default.
ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MAXIMA = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


class Told(NamedTuple):
    """What ``queries.COLUMNS`` tells of a column beside its table and its name."""

    type: str
    required: bool
    collation: str | None
    collate: str | None
    default: Any
    identity: str
    generated: str
    comment: str | None
    of: int
    start: int | None
    increment: int | None
    minimum: int | None
    maximum: int | None
    cache: int | None
    cycle: bool | None
    dependency: str | None


def inspect(
    connection: Connection,
    schemas: Iterable[str],
    default_schema: str,
    covers: Callable[[Name], bool] = lambda name: True,
    only: Iterable[str] | None = None,
) -> Schema:
    """Read all of ``schemas`` that ``covers`` lets through.

    ``only`` narrows the query to tables of these names.  Runs in the connection's transaction.
    """
    catalogue = Catalogue(connection, list(schemas), default_schema)
    catalogue.read(covers, None if only is None else list(only))
    return catalogue.schema()


def temporary(connection: Connection, table: str) -> tuple[Column, ...]:
    """Read the columns of a temporary table, in order."""
    catalogue = Catalogue(connection, [], "pg_temp")
    rows = connection.execute(queries.TEMPORARY, {"table": table})
    return tuple(catalogue.column(row[1], row[2:]) for row in rows)


@dataclass(slots=True)
class Catalogue:
    """The rows of one reading, by the table that they belong to."""

    connection: Connection
    schemas: list[str]
    default_schema: str
    tables: dict[int, Row] = field(default_factory=dict)
    types: list[Row] = field(default_factory=list)
    sequences: list[Row] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    named: dict[int, Any] = field(default_factory=dict)
    enumerated: dict[int, Name] = field(default_factory=dict)
    defined: dict[tuple[Any, ...], Column] = field(default_factory=dict)
    columns: dict[int, list[tuple[str, Any]]] = field(default_factory=dict)
    constraints: dict[int, list[Row]] = field(default_factory=dict)
    indexes: dict[int, list[Row]] = field(default_factory=dict)

    def read(self, covers: Callable[[Name], bool], only: list[str] | None) -> None:
        """Ask the six questions."""
        found = self._rows(queries.TABLES, schemas=self.schemas, names=only)
        self.tables = {r["oid"]: r for r in found if covers(self.name(r["name"], r["schema"]))}
        oids = list(self.tables)
        self.columns = self._read_columns(oids)
        self.types = self._rows(queries.TYPES, schemas=self.schemas, tables=oids)
        found = self._rows(queries.SEQUENCES, schemas=self.schemas)
        self.sequences = [row for row in found if row["name"] is not None]
        self.present = list(dict.fromkeys(row["schema"] for row in found))
        self.constraints = self._by_table(queries.CONSTRAINTS, oids)
        self.indexes = self._by_table(queries.INDEXES, oids)
        self.named = {row["oid"]: self._named(row) for row in self.types}
        types = self.types
        self.enumerated = {r["oid"]: self.name(r["name"], r["schema"]) for r in types}

    def _rows(self, question: Any, **given: Any) -> list[Row]:
        return [row._mapping for row in self.connection.execute(question, given)]

    def _read_columns(self, oids: list[int]) -> dict[int, list[tuple[str, Any]]]:
        """Return the names of columns, by table, with the rest of their rows."""
        rows = self.connection.execute(queries.COLUMNS, {"tables": oids}) if oids else ()
        grouped: dict[int, list[tuple[str, Any]]] = defaultdict(list)
        for row in rows:
            grouped[row[0]].append((row[1], row[2:]))
        return grouped

    def _by_table(self, question: Any, oids: list[int]) -> dict[int, list[Row]]:
        grouped: dict[int, list[Row]] = defaultdict(list)
        for row in self._rows(question, tables=oids) if oids else ():
            grouped[row["table"]].append(row)
        return grouped

    def name(self, name: str, schema: str) -> Name:
        """Return a name, its schema None where it is the default one."""
        return Name(name, None if schema == self.default_schema else schema)

    def schema(self) -> Schema:
        """Put the rows together."""
        return Schema.of(
            (self.table(oid) for oid in self.tables),
            (self.enum(r) for r in self.types if not r["of_extension"]),
            (self.sequence(row) for row in self.sequences),
            (s for s in self.present if s != self.default_schema),
        )

    def _named(self, row: Row) -> Any:
        schema = self.name(row["name"], row["schema"]).schema
        if row["kind"] == "e":
            return spelling.enum(row["name"], schema, tuple(row["values"] or ()))
        return spelling.domain(row, schema)

    def enum(self, row: Row) -> Enum:
        """Return an enumerated type or a domain."""
        name = self.name(row["name"], row["schema"])
        values = tuple(row["values"] or ())
        domain = None if row["domain"] is None else tuple(row["domain"])
        return Enum(name, values, self.named[row["oid"]], row["shared"], domain)

    def sequence(self, row: Row) -> Sequence:
        """Return a sequence that no column owns."""
        kind = None if row["type"] == "bigint" else str(row["type"])
        options = sequence_options(row, row["type"])
        return Sequence(self.name(row["name"], row["schema"]), **options, type=kind)

    # --- one table ---------------------------------------------------------------------------

    def table(self, oid: int) -> Table:
        """Return one table."""
        row = self.tables[oid]
        found = [c for c in map(self.constraint, self.constraints.get(oid, ())) if c is not None]
        name = self.name(row["name"], row["schema"])
        return Table(
            name,
            tuple(self.column(*column) for column in self.columns.get(oid, ())),
            next((c for c in found if isinstance(c, PrimaryKey)), None),
            tuple(c for c in found if isinstance(c, Unique)),
            tuple(c for c in found if isinstance(c, ForeignKey)),
            tuple(c for c in found if isinstance(c, Check)),
            tuple(c for c in found if isinstance(c, Exclude)),
            tuple(elements.index(index, name) for index in self.indexes.get(oid, ())),
            row["comment"] or None,
            table_options(row),
        )

    def column(self, name: str, told: tuple[Any, ...]) -> Column:
        """Return one column; those of which the same is told have the same parts."""
        same = self.defined.get(told)
        if same is None:
            same = self.defined[told] = self._column(name, Told(*told))
        return called(name, same)

    def _column(self, name: str, told: Told) -> Column:
        collate = f" COLLATE {told.collate}" if told.collate else ""
        named = self.named.get(told.of)
        element = Deferred(partial(spelling.element, told.type, told.collation, named))
        generated = told.generated in ("s", "v")
        numbered = told.dependency == "a" and not generated
        default = None if generated or numbered or told.default is None else Sql(told.default)
        computed = Computed(Sql(bare(told.default)), told.generated == "s") if generated else None
        return Column(
            name,
            Sql(told.type + collate, element),
            not told.required,
            default,
            computed,
            identity(told) if told.identity in ("a", "d") else None,
            numbered,
            told.comment or None,
            enum=self.enumerated.get(told.of),
        )

    def constraint(self, row: Row) -> Constraint | None:
        """Return one constraint; None for a kind that is not compared."""
        deferrable, initially = bool(row["deferrable"]), "DEFERRED" if row["deferred"] else None
        match row["kind"]:
            case "p":
                columns, options = tuple(row["columns"]), key_options(row)
                return PrimaryKey(columns, row["name"], options, None, deferrable, initially)
            case "u":
                columns, options = tuple(row["columns"]), key_options(row)
                return Unique(columns, row["name"], deferrable, initially, options)
            case "f":
                return self.foreign_key(row, initially)
            case "c":
                return Check(Sql(bare(row["expression"])), row["name"], validity(row))
            case "x":
                table = self.tables[row["table"]]
                element = elements.exclusion(row, self.name(table["name"], table["schema"]))
                return Exclude(Sql(row["definition"]), row["name"], element)
        return None

    def foreign_key(self, row: Row, initially: str | None) -> ForeignKey:
        """Return one foreign key."""
        ondelete = ACTIONS.get(row["ondelete"])
        if row["deleted"]:
            ondelete = f"{ondelete} ({row['deleted']})"
        return ForeignKey(
            tuple(row["columns"]),
            self.name(row["target"], row["target_schema"]),
            tuple(row["target_columns"]),
            row["name"],
            ACTIONS.get(row["onupdate"]),
            ondelete,
            row["deferrable"],
            initially,
            "FULL" if row["match"] == "f" else None,
            validity(row),
        )


def table_options(row: Row) -> Options:
    """Return how a table is partitioned, placed and stored: for a table that comes back."""
    storage = (text.partition("=") for text in row["storage"] or ())
    found: dict[str, Any] = {
        "postgresql_partition_by": row["partition_by"],
        "postgresql_tablespace": row["tablespace"],
        "postgresql_with": {name: value for name, _, value in storage},
    }
    return tuple((name, value) for name, value in found.items() if value)


def key_options(row: Row) -> Options:
    """Return the options of a primary key or unique constraint, sorted."""
    found: tuple[tuple[str, Any], ...] = (
        ("postgresql_include", tuple(row["include"] or ())),
        ("postgresql_nulls_not_distinct", bool(row["nulls_not_distinct"])),
    )
    return tuple((name, value) for name, value in found if value)


def validity(row: Row) -> Options:
    """Return ``NOT VALID`` as an option."""
    return () if row["valid"] else (("postgresql_not_valid", True),)


def identity(told: Told) -> Identity:
    """Return a column's identity; what the server would choose by itself is None."""
    return Identity(told.identity == "a", **sequence_options(told._asdict(), told.type))


def sequence_options(row: Row, type_: str) -> dict[str, Any]:
    """Return a sequence's options by field name, None where they are the server's defaults."""
    options = {n: row[n] for n in ("start", "increment", "cache", "cycle")}
    return plain_options({**options, "minvalue": row["minimum"], "maxvalue": row["maximum"]}, type_)


def plain_options(given: Mapping[str, Any], type_: str) -> dict[str, Any]:
    """Return sequence options with the server's defaults for ``type_`` made None.

    The defaults are those of CREATE SEQUENCE: an ascending one runs from 1 to the type's maximum,
    a descending one from -1 down to its minimum, each starting where it begins.
    """
    top = _MAXIMA.get(type_, _MAXIMA["bigint"])
    ascending = (given["increment"] or 1) > 0
    lowest, highest = (1, top) if ascending else (-top - 1, -1)
    minvalue = given["minvalue"] if given["minvalue"] is not None else lowest
    maxvalue = given["maxvalue"] if given["maxvalue"] is not None else highest
    plain = {
        "start": minvalue if ascending else maxvalue,
        "increment": 1,
        "minvalue": lowest,
        "maxvalue": highest,
        "cache": 1,
    }
    found = {n: None if given[n] in (None, value) else given[n] for n, value in plain.items()}
    return {**found, "cycle": bool(given["cycle"])}

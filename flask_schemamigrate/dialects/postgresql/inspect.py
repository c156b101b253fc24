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
from typing import Any
from typing import TypeAlias

from sqlalchemy.engine import Connection

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import Constraint
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
from . import elements
from . import queries
from . import spelling
from .words import bare

Row: TypeAlias = Mapping[Any, Any]

#: ``pg_constraint.confdeltype`` and ``confupdtype``; "a" is NO ACTION, the standard's default.
ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MAXIMA = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


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


@dataclass(slots=True)
class Catalogue:
    """The rows of one reading, by the table that they belong to."""

    connection: Connection
    schemas: list[str]
    default_schema: str
    tables: dict[int, Row] = field(default_factory=dict)
    types: list[Row] = field(default_factory=list)
    sequences: list[Row] = field(default_factory=list)
    named: dict[int, Any] = field(default_factory=dict)
    columns: dict[int, list[Row]] = field(default_factory=dict)
    constraints: dict[int, list[Row]] = field(default_factory=dict)
    indexes: dict[int, list[Row]] = field(default_factory=dict)

    def read(self, covers: Callable[[Name], bool], only: list[str] | None) -> None:
        """Ask the six questions."""
        found = self._rows(queries.TABLES, schemas=self.schemas, names=only)
        self.tables = {r["oid"]: r for r in found if covers(self.name(r["name"], r["schema"]))}
        oids = list(self.tables)
        self.types = self._rows(queries.TYPES, schemas=self.schemas, tables=oids)
        self.sequences = self._rows(queries.SEQUENCES, schemas=self.schemas)
        self.columns = self._by_table(queries.COLUMNS, oids)
        self.constraints = self._by_table(queries.CONSTRAINTS, oids)
        self.indexes = self._by_table(queries.INDEXES, oids)
        self.named = {row["oid"]: self._named(row) for row in self.types}

    def _rows(self, question: Any, **given: Any) -> list[Row]:
        return [row._mapping for row in self.connection.execute(question, given)]

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
        enums = (r for r in self.types if r["kind"] == "e" and r["wanted"])
        return Schema.of(
            (self.table(oid) for oid in self.tables),
            (self.enum(r) for r in enums if not r["of_extension"]),
            (self.sequence(row) for row in self.sequences),
            (s for s in self.schemas if s != self.default_schema),
        )

    def _named(self, row: Row) -> Any:
        schema = self.name(row["name"], row["schema"]).schema
        if row["kind"] == "e":
            return spelling.enum(row["name"], schema, tuple(row["values"] or ()))
        return spelling.domain(row, schema)

    def enum(self, row: Row) -> Enum:
        """Return an enumerated type."""
        name = self.name(row["name"], row["schema"])
        return Enum(name, tuple(row["values"] or ()), self.named[row["oid"]])

    def sequence(self, row: Row) -> Sequence:
        """Return a sequence that no column owns."""
        options = sequence_options(row, row["type"])
        return Sequence(self.name(row["name"], row["schema"]), **options)

    # --- one table ---------------------------------------------------------------------------

    def table(self, oid: int) -> Table:
        """Return one table."""
        row = self.tables[oid]
        found = [c for c in map(self.constraint, self.constraints.get(oid, ())) if c is not None]
        name = self.name(row["name"], row["schema"])
        partition = row["partition_by"]
        return Table(
            name,
            tuple(map(self.column, self.columns.get(oid, ()))),
            next((c for c in found if isinstance(c, PrimaryKey)), None),
            tuple(c for c in found if isinstance(c, Unique)),
            tuple(c for c in found if isinstance(c, ForeignKey)),
            tuple(c for c in found if isinstance(c, Check)),
            tuple(c for c in found if isinstance(c, Exclude)),
            tuple(elements.index(index, name) for index in self.indexes.get(oid, ())),
            row["comment"] or None,
            (("postgresql_partition_by", partition),) if partition else (),
        )

    def column(self, row: Row) -> Column:
        """Return one column."""
        collate = f" COLLATE {row['collate']}" if row["collate"] else ""
        named = self.named.get(row["of"])
        type_ = Sql(row["type"] + collate, spelling.element(row["type"], row["collation"], named))
        generated = row["generated"] in ("s", "v")
        numbered = row["dependency"] == "a" and not generated
        default = None if generated or numbered or row["default"] is None else Sql(row["default"])
        return Column(
            row["name"],
            type_,
            not row["required"],
            default,
            Computed(Sql(bare(row["default"])), row["generated"] == "s") if generated else None,
            identity(row) if row["identity"] in ("a", "d") else None,
            numbered,
            row["comment"] or None,
        )

    def constraint(self, row: Row) -> Constraint | None:
        """Return one constraint; None for a kind that is not compared."""
        initially = "DEFERRED" if row["deferred"] else None
        match row["kind"]:
            case "p":
                return PrimaryKey(tuple(row["columns"]), row["name"], key_options(row))
            case "u":
                columns, deferrable = tuple(row["columns"]), bool(row["deferrable"])
                return Unique(columns, row["name"], deferrable, initially, key_options(row))
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
        return ForeignKey(
            tuple(row["columns"]),
            self.name(row["target"], row["target_schema"]),
            tuple(row["target_columns"]),
            row["name"],
            ACTIONS.get(row["onupdate"]),
            ACTIONS.get(row["ondelete"]),
            row["deferrable"],
            initially,
            "FULL" if row["match"] == "f" else None,
            validity(row),
        )


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


def identity(row: Row) -> Identity:
    """Return a column's identity; what the server would choose by itself is None."""
    return Identity(row["identity"] == "a", **sequence_options(row, row["type"]))


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

"""Steps that alter a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...errors import InvalidOperation
from ...operations.base import UNSET
from ...operations.columns import AlterColumn
from ...operations.columns import without_column
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Identity
from ...schema.objects import Sql
from ...schema.objects import Table
from ...steps import Step
from .. import sequences
from ..base import Tables
from . import words
from .casts import conversion
from .enums import literal
from .names import object_name

#: The types of sequences.
COUNTED = ("smallint", "integer", "bigint")


class Steps:
    """Turns ``alter_column`` into steps; asks ``connection`` where there is one."""

    def __init__(self, spelled: words.Words, connection: Connection | None) -> None:
        self.words = spelled
        self.connection = connection

    def alter(self, op: AlterColumn, tables: Tables) -> Iterator[Step]:
        """Yield all that is asked for but the comment and the rename."""
        table = tables.table(op.table)
        present = self.present(op, table)
        if op.computed is not UNSET and op.computed is not None:
            yield from self._regenerate(op, table, present)
            return
        if op.computed is None:
            yield self._step(op, "DROP EXPRESSION IF EXISTS")
        yield from self._unnumbered(op, present)
        if narrowing := _narrowing(op, present):  # The bounds have to fit into the type by then.
            yield self._step(op, narrowing)
        yield from self._type_and_default(op, present)
        if op.nullable is not UNSET and not (op.nullable and self._numbered(op)):
            yield self._step(op, f"{'DROP' if op.nullable else 'SET'} NOT NULL")
        yield from self._numbers(op, present)

    def present(self, op: AlterColumn, table: Table | None) -> Column:
        """Return what is known of the column: from the database, else from the script."""
        column = table.column(op.column) if table is not None else None
        if column is not None:
            return column
        said = op.existing
        return Column(
            op.column,
            Sql("") if said.type is UNSET else said.type,
            said.nullable is not False,
            None if said.default is UNSET else said.default,
            comment=None if said.comment is UNSET else said.comment,
            autoincrement=said.autoincrement is True,
        )

    def _step(self, op: AlterColumn, clause: str) -> Step:
        where = f"ALTER TABLE {self.words.name(op.table)}"
        return Step(f"{where} ALTER COLUMN {self.words.quote(op.column)} {clause}", op)

    # --- type and default ------------------------------------------------------------------------

    def parted(self, op: AlterColumn, present: Column) -> tuple[AlterColumn, ...]:
        """Return a change in the parts that must come one after the other, USING said.

        A default that cannot follow a change of type by itself goes before it and comes after it,
        in the text that a new column of the new type would have.
        """
        if op.type is UNSET or str(op.type) == str(present.type):
            return (op,)
        using = op.using or self._using(op, present)
        default: Any = op.default
        first: tuple[AlterColumn, ...] = ()
        if present.default is not None and (using or default is not UNSET):
            first = (AlterColumn(op.table, op.column, default=None, existing=op.existing),)
            if default is UNSET:
                default = Sql(_moved(present, str(op.type)))
            elif default is None:
                default = UNSET
        elif default is UNSET and present.default is not None:
            plain = words.uncast(present)
            # Left alone, 'x'::text would stay a text that is cast, where a new table has 'x'.
            default = UNSET if plain == present.default.text else Sql(plain)
        existing = replace(op.existing, default=None) if first else op.existing
        return (*first, replace(op, using=using, default=default, existing=existing))

    def _type_and_default(self, op: AlterColumn, present: Column) -> Iterator[Step]:
        for part in self.parted(op, present):
            if part.type is not UNSET and str(part.type) != str(present.type):
                using = f" USING {part.using}" if part.using else ""
                yield self._step(op, f"TYPE {part.type}{using}")
                if present.autoincrement and op.autoincrement is UNSET:
                    yield from self.resized(op)
            yield from self._default(op, part.default)

    def _using(self, op: AlterColumn, present: Column) -> str | None:
        if not str(present.type):
            return None
        column = self.words.quote(op.column)
        return conversion(self.connection, column, str(present.type), str(op.type))

    def _default(self, op: AlterColumn, default: Any) -> Iterator[Step]:
        if default is None:
            yield self._step(op, "DROP DEFAULT")
        elif default is not UNSET:
            yield self._step(op, f"SET DEFAULT {default}")

    # --- numbering -------------------------------------------------------------------------------

    def _numbered(self, op: AlterColumn) -> bool:
        return isinstance(op.identity, Identity)

    def _unnumbered(self, op: AlterColumn, present: Column) -> Iterator[Step]:
        """Take a sequence or an identity away."""
        if op.identity is None:
            yield self._step(op, "DROP IDENTITY IF EXISTS")
        stops = op.autoincrement is False or self._numbered(op)
        if present.autoincrement and stops:
            yield self._step(op, "DROP DEFAULT")
            yield Step(f"DROP SEQUENCE IF EXISTS {self._sequence(op)}", op)

    def _numbers(self, op: AlterColumn, present: Column) -> Iterator[Step]:
        """Give the column an identity or a sequence, going on after the rows that are there."""
        if isinstance(op.identity, Identity):
            if present.identity is not None:
                if not _narrowing(op, present):
                    yield self._step(op, _changed(present.identity, op.identity))
                if _restarts(present.identity, op.identity):
                    yield self._continued(op)
                return
            if present.nullable and op.nullable is not False:
                yield self._step(op, "SET NOT NULL")
            yield self._step(op, f"ADD {words.identity(op.identity)}")
            yield self._continued(op)
        elif op.autoincrement is True and not present.autoincrement:
            type_ = str(present.type if op.type is UNSET else op.type).lower()
            name = self._own_sequence(op)
            kind = f" AS {type_}" if type_ in COUNTED else ""
            column = f"{self.words.name(op.table)}.{self.words.quote(op.column)}"
            yield Step(f"CREATE SEQUENCE {name}{kind} OWNED BY {column}", op)
            yield self._step(op, f"SET DEFAULT nextval({literal(name)}::regclass)")
            yield self._continued(op)

    def _continued(self, op: AlterColumn) -> Step:
        table, column = self.words.name(op.table), self.words.quote(op.column)
        last, test = f"max({column})", ">= 1"
        if isinstance(op.identity, Identity) and (op.identity.increment or 1) < 0:
            last, test = f"min({column})", "<= -1"
        sequence = f"pg_get_serial_sequence({literal(table)}, {literal(op.column)})"
        text = f"SELECT setval({sequence}, {last}) FROM {table} HAVING {last} {test}"
        return Step(text, op)

    def resized(self, op: AlterColumn) -> Iterator[Step]:
        """Let the sequence of a SERIAL column count as far as the column's new type does."""
        type_ = str(op.type).lower()
        if type_ in COUNTED:
            yield Step(f"ALTER SEQUENCE {self._sequence(op)} AS {type_}", op)

    def _sequence(self, op: AlterColumn) -> str:
        """Return the name of the column's own sequence, asked for or as PostgreSQL names it.

        It has a schema where the table has: else scripts would be tied to this one.
        """
        if self.connection is not None:
            question = sa.text(
                "SELECT pg_catalog.pg_get_serial_sequence(:table, a.attname) "
                "FROM pg_catalog.pg_attribute a "
                "WHERE a.attrelid = pg_catalog.to_regclass(:table) AND a.attname = :column"
            )
            given = {"table": self.words.name(op.table), "column": op.column}
            found = self.connection.execute(question, given).scalar()
            if found:
                return self._as_near(str(found), op.table)
        return self._own_sequence(op)

    def _as_near(self, sequence: str, table: Name) -> str:
        assert self.connection is not None
        dialect = self.connection.dialect
        schema = dialect.identifier_preparer.quote_schema(dialect.default_schema_name or "")
        return sequence if table.schema else sequence.removeprefix(f"{schema}.")

    def _own_sequence(self, op: AlterColumn) -> str:
        """Return the name that PostgreSQL itself gives to the sequence of a SERIAL column."""
        return self.words.name(op.table.renamed(object_name(op.table.name, op.column, "seq")))

    # --- generated columns -----------------------------------------------------------------------

    def _regenerate(self, op: AlterColumn, table: Table | None, present: Column) -> Iterator[Step]:
        """Drop and add the column: an expression cannot be changed before PostgreSQL 17.

        Whatever stood on the column goes with it and is made again.
        """
        changed = replace(op.altered(present), name=op.column, default=None, identity=None)
        if not str(changed.type):
            raise InvalidOperation(
                f"{op.describe()}: the column is made anew, and its type is not known.",
                hint="Say it: op.alter_column(…, existing_type=…)",
            )
        where = f"ALTER TABLE {self.words.name(op.table)}"
        # Keys of other tables that point here stop this: better than taking them along.
        yield Step(f"{where} DROP COLUMN {self.words.quote(op.column)}", op)
        yield Step(f"{where} ADD COLUMN {self.words.column(changed)}", op)
        if changed.comment:
            column = f"{self.words.name(op.table)}.{self.words.quote(op.column)}"
            yield Step(f"COMMENT ON COLUMN {column} IS {literal(changed.comment)}", op)
        if table is not None:
            yield from self._stood_on(op, table, where)

    def _stood_on(self, op: AlterColumn, table: Table, where: str) -> Iterator[Step]:
        kept = without_column(table, op.column)
        for constraint in table.constraints:
            if constraint not in tuple(kept.constraints):
                yield Step(f"{where} ADD {self.words.constraint(constraint)}", op)
        for index in table.indexes:
            if index not in kept.indexes:
                unique = "UNIQUE " if index.unique else ""
                name = f"CREATE {unique}INDEX {self.words.quote(index.name or '')}"
                yield Step(f"{name} ON {self.words.name(table.name)} {index.definition}", op)


def _moved(present: Column, type_: str) -> str:
    """Return a default for a column whose type it does not follow by itself."""
    plain = words.uncast(present)
    return plain if plain.startswith("'") and plain.endswith("'") else f"CAST({plain} AS {type_})"


def _changed(before: Identity, after: Identity) -> str:
    """Return the clauses that make one identity into the other."""
    clauses = []
    if before.always != after.always:
        clauses.append(f"SET GENERATED {'ALWAYS' if after.always else 'BY DEFAULT'}")
    clauses += [f"SET {option}" for option in sequences.changed(before, after)]
    return " ".join([*clauses, *["RESTART"] * _restarts(before, after)])


def _narrowing(op: AlterColumn, present: Column) -> str:
    """Return the clauses of :func:`_changed` where the column gets a smaller type as well."""
    types = (str(op.type).lower(), str(present.type).lower())
    if present.identity is None or not isinstance(op.identity, Identity):
        return ""
    is_less = {*types} <= {*COUNTED} and COUNTED.index(types[0]) < COUNTED.index(types[1])
    return _changed(present.identity, op.identity) if is_less else ""


def _restarts(before: Identity, after: Identity) -> bool:
    """Whether the numbers to come begin elsewhere; where it stands may be out of bounds."""
    bounds = ("start", "minvalue", "maxvalue")
    return any(getattr(before, name) != getattr(after, name) for name in bounds)

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
from ...schema.objects import Column
from ...schema.objects import Identity
from ...schema.objects import Sql
from ...schema.objects import Table
from ...steps import Step
from ..base import Tables
from . import words
from .casts import conversion
from .enums import literal


class Steps:
    """Turns ``alter_column`` into steps; asks ``connection`` where there is one."""

    def __init__(self, spelled: words.Words, connection: Connection | None) -> None:
        self.words = spelled
        self.connection = connection

    def alter(self, op: AlterColumn, tables: Tables) -> Iterator[Step]:
        """Yield all that is asked for but the comment and the rename."""
        table = tables.table(op.table)
        present = self._present(op, table)
        if op.computed is not UNSET and op.computed is not None:
            yield from self._regenerate(op, table, present)
            return
        if op.computed is None:
            yield self._step(op, "DROP EXPRESSION IF EXISTS")
        yield from self._unnumbered(op, present)
        yield from self._type_and_default(op, present)
        if op.nullable is not UNSET and not (op.nullable and self._numbered(op)):
            yield self._step(op, f"{'DROP' if op.nullable else 'SET'} NOT NULL")
        yield from self._numbers(op, present)

    def _present(self, op: AlterColumn, table: Table | None) -> Column:
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

    def _type_and_default(self, op: AlterColumn, present: Column) -> Iterator[Step]:
        """Change the type, with the default out of the way where it cannot follow by itself."""
        if op.type is UNSET or str(op.type) == str(present.type):
            yield from self._default(op, op.default)
            return
        using = self._using(op, present)
        default: Any = op.default
        if present.default is not None and (using or default is not UNSET):
            yield self._step(op, "DROP DEFAULT")
            if default is UNSET:
                default = Sql(_moved(present, str(op.type)))
        yield self._step(op, f"TYPE {op.type}{using}")
        if default is UNSET and present.default is not None:
            plain = uncast(present)
            # Left alone, 'x'::text would stay a text that is cast, where a new table has 'x'.
            default = UNSET if plain == present.default.text else Sql(plain)
        yield from self._default(op, UNSET if default is None and present.default else default)
        if present.autoincrement and op.autoincrement is UNSET:
            yield self._resized(op)

    def _using(self, op: AlterColumn, present: Column) -> str:
        if op.using is not None:
            return f" USING {op.using}"
        column = self.words.quote(op.column)
        if not str(present.type):
            return ""
        found = conversion(self.connection, column, str(present.type), str(op.type))
        return f" USING {found}" if found else ""

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
                yield self._step(op, _changed(present.identity, op.identity))
                return
            if present.nullable and op.nullable is not False:
                yield self._step(op, "SET NOT NULL")
            yield self._step(op, f"ADD {words.identity(op.identity)}")
            yield self._continued(op)
        elif op.autoincrement is True and not present.autoincrement:
            type_ = str(present.type if op.type is UNSET else op.type).lower()
            name = self.words.name(op.table.renamed(_sequence_name(op.table.name, op.column)))
            kind = f" AS {type_}" if type_ in ("smallint", "integer", "bigint") else ""
            column = f"{self.words.name(op.table)}.{self.words.quote(op.column)}"
            yield Step(f"CREATE SEQUENCE {name}{kind} OWNED BY {column}", op)
            yield self._step(op, f"SET DEFAULT nextval({literal(name)}::regclass)")
            yield self._continued(op)

    def _continued(self, op: AlterColumn) -> Step:
        table, column = self.words.name(op.table), self.words.quote(op.column)
        sequence = f"pg_get_serial_sequence({literal(table)}, {literal(op.column)})"
        text = f"SELECT setval({sequence}, max({column})) FROM {table} HAVING max({column}) >= 1"
        return Step(text, op)

    def _resized(self, op: AlterColumn) -> Step:
        """Let the sequence of a SERIAL column count as far as the column's new type does."""
        return Step(f"ALTER SEQUENCE {self._sequence(op)} AS {str(op.type).lower()}", op)

    def _sequence(self, op: AlterColumn) -> str:
        """Return the name of the column's own sequence, asked for or as PostgreSQL names it."""
        if self.connection is not None:
            question = sa.text("SELECT pg_catalog.pg_get_serial_sequence(:table, :column)")
            given = {"table": self.words.name(op.table), "column": op.column}
            found = self.connection.execute(question, given).scalar()
            if found:
                return str(found)
        return self.words.name(op.table.renamed(_sequence_name(op.table.name, op.column)))

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


def uncast(present: Column) -> str:
    """Return a default without the cast to its column's own type."""
    text = str(present.default)
    plain = str(present.type).partition(" COLLATE ")[0]
    head, parenthesis, tail = plain.partition("(")
    base = head + tail.partition(")")[2] if parenthesis else plain
    for ending in (f"::{plain}", f"::{base}"):
        if text.startswith("'") and text.endswith(ending):
            return text[: -len(ending)]
    return text


def _moved(present: Column, type_: str) -> str:
    """Return a default for a column whose type it does not follow by itself."""
    plain = uncast(present)
    return plain if plain.startswith("'") and plain.endswith("'") else f"CAST({plain} AS {type_})"


def _changed(before: Identity, after: Identity) -> str:
    """Return the clauses that make one identity into the other; None is the server's default."""
    clauses = []
    if before.always != after.always:
        clauses.append(f"SET GENERATED {'ALWAYS' if after.always else 'BY DEFAULT'}")
    down = (after.increment or 1) < 0
    first = (after.maxvalue or -1) if down else (after.minvalue or 1)
    resets = {
        "increment": "SET INCREMENT BY 1",
        "cache": "SET CACHE 1",
        "start": f"SET START WITH {first}",
    }
    resets |= {"minvalue": "SET NO MINVALUE", "maxvalue": "SET NO MAXVALUE"}
    for name in ("increment", "minvalue", "maxvalue", "start", "cache"):
        if getattr(before, name) != getattr(after, name) and getattr(after, name) is None:
            clauses.append(resets[name])
    same = {n: getattr(before, n) == getattr(after, n) for n in resets}
    given: dict[str, Any] = {n: None for n, equal in same.items() if equal}
    clauses += [f"SET {o}" for o in words.sequence_options(replace(after, **given, cycle=False))]
    if before.cycle != after.cycle:
        clauses.append(f"SET {'CYCLE' if after.cycle else 'NO CYCLE'}")
    return " ".join(clauses)


def _sequence_name(table: str, column: str) -> str:
    return f"{table}_{column}_seq"

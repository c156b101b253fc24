"""Changing a table that SQLite cannot alter: a new one is made of the edited text and filled.

The recipe is the one of https://www.sqlite.org/lang_altertable.html#otheralter, inside the
revision's transaction: a new table under a passing name, the rows, the old one away, the new one
into its place, then indexes and triggers, to the letter.  Foreign keys are not enforced meanwhile
(``Dialect.prepare``), because dropping a table would first delete its rows, and the rows of child
tables with them; ``Dialect.check`` looks for orphans before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from ...errors import counted
from ...errors import InvalidOperation
from ...errors import WouldLoseRows
from ...operations.base import Operation
from ...steps import Step
from . import parse
from .dependents import broken
from .dependents import placed
from .dependents import prefix
from .dependents import quoted
from .edit import Edit


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Writes the statements of a rebuild, looking at the rows where that can save them."""

    connection: Connection
    operation: Operation

    def steps(self, edit: Edit) -> Iterator[Step]:
        """Yield the statements that put the edited table in place of the old one.

        Raises InvalidOperation or WouldLoseRows, in part before and in part after the statements.
        """
        name = edit.name
        old = prefix(name.schema) + quoted(name.name)
        passing = f"_schemamigrate_{name.name}"
        new = prefix(name.schema) + quoted(passing)
        self._refuse_nulls(edit, old)
        kept = self._dependents(edit)
        ailing = broken(self.connection, name) if edit.dropped else {}
        yield self.step(edit.text.sql(new))
        yield self.step(self._copy(edit, old, new))
        self._compare_counts(edit, old, new)
        if edit.text.has_autoincrement:
            yield from self._counter(edit, passing)
        yield self.step(f"DROP TABLE {old}")
        # In the modern mode a rename checks every view, and those that look at this table fail.
        yield self.step("PRAGMA legacy_alter_table = ON")
        yield self.step(f"ALTER TABLE {new} RENAME TO {quoted(name.name)}")
        yield self.step("PRAGMA legacy_alter_table = OFF")
        for sql in kept:
            yield self.step(placed(sql, name.schema))
        if edit.dropped:
            self._refuse_breakage(edit, ailing)

    def step(self, sql: str) -> Step:
        """Return a step of the operation."""
        return Step(sql, self.operation)

    def scalar(self, sql: str) -> Any:
        """Ask for one value."""
        return self.connection.exec_driver_sql(sql).scalar()

    def _copy(self, edit: Edit, old: str, new: str) -> str:
        names = [
            column.name
            for column in edit.text.columns
            if column.name in edit.sources and column.clause("GENERATED") is None
        ]
        into = [quoted(name) for name in names]
        values = [edit.value(name) for name in names]
        rowid = self._rowid(edit)
        if rowid is not None:
            into.insert(0, rowid)
            values.insert(0, rowid)
        # No CAST: storing applies the column's affinity, which never destroys a value, while
        # CAST('2020-01-02' AS DATE) is 2020.
        order = f" ORDER BY {rowid}" if rowid is not None else ""
        return f"INSERT INTO {new} ({', '.join(into)}) SELECT {', '.join(values)} FROM {old}{order}"

    def _rowid(self, edit: Edit) -> str | None:
        """Return the name that gives the rowid, where that is no column's own."""
        kept = edit.had_rowid and edit.text.has_rowid
        if not kept or edit.rowid_alias() is not None:
            return None
        taken = {name.lower() for name in (*edit.sources, *edit.sources.values())}
        taken |= {column.name.lower() for column in edit.text.columns}
        free = (name for name in ("rowid", "_rowid_", "oid") if name not in taken)
        return next(free, None)

    def _counter(self, edit: Edit, passing: str) -> Iterator[Step]:
        """Carry AUTOINCREMENT's counter over: it is not the highest key, but the highest ever."""
        table = f"{quoted(edit.name.schema or 'main')}.sqlite_sequence"
        old, new = (name.replace("'", "''") for name in (edit.name.name, passing))
        had = f"EXISTS (SELECT 1 FROM {table} WHERE name = '{old}')"
        yield self.step(f"DELETE FROM {table} WHERE name = '{new}' AND {had}")
        yield self.step(
            f"INSERT INTO {table} (name, seq) SELECT '{new}', seq FROM {table} WHERE name = '{old}'"
        )

    def _dependents(self, edit: Edit) -> list[str]:
        """Return the statements of the indexes and triggers to make again."""
        name = edit.name.name.replace("'", "''")
        master = f"{prefix(edit.name.schema or 'main')}sqlite_master"
        rows = self.connection.exec_driver_sql(
            f"SELECT type, sql FROM {master} WHERE tbl_name = '{name}' "
            "COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid"
        ).fetchall()
        kept = []
        for kind, sql in rows:
            body = parse.index_definition(sql) if kind == "index" else ""
            if not any(parse.indexes(body, column) for column in edit.gone()):
                kept.append(sql)
        return kept

    def _refuse_nulls(self, edit: Edit, old: str) -> None:
        for name in dict.fromkeys(edit.required):
            source = edit.sources.get(name)
            if source is None and name == edit.rowid_alias():
                continue  # SQLite numbers the rows.
            where = f" WHERE {quoted(source)} IS NULL" if source else ""
            empty = self.scalar(f"SELECT count(*) FROM {old}{where}")
            if empty:
                what = f"{counted(empty, 'row')} of {edit.name} would have no value in {name}"
                raise InvalidOperation(
                    f"{what}, which is to be NOT NULL.",
                    hint=_filling(edit, name, source),
                )

    def _compare_counts(self, edit: Edit, old: str, new: str) -> None:
        before, after = (self.scalar(f"SELECT count(*) FROM {table}") for table in (old, new))
        if before != after:
            raise WouldLoseRows(
                f"Rebuilding {edit.name} would keep {after} of {counted(before, 'row')}: an "
                "ON CONFLICT clause drops the others.",
                hint="Remove the duplicates in the script first.",
            )

    def _refuse_breakage(self, edit: Edit, ailing: dict[str, str]) -> None:
        for what, error in broken(self.connection, edit.name).items():
            if what not in ailing:
                raise InvalidOperation(
                    f"{what} could not be used after the change of {edit.name}: {error}",
                    hint="Drop it in the script before the change, and create it anew after it.",
                )


def _filling(edit: Edit, name: str, source: str | None) -> str:
    """Say how the rows get a value."""
    if source is None:
        return (
            "Give the column a server default, or add it as nullable, fill it, "
            "and make it NOT NULL then."
        )
    table = quoted(edit.name.name)
    return (
        "Fill them before:\n"
        f"op.execute('UPDATE {table} SET {quoted(source)} = … WHERE {quoted(source)} IS NULL')"
    )

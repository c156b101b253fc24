"""Changing a table that SQLite cannot alter: its text is edited and its rows are moved.

The recipe is the one of https://www.sqlite.org/lang_altertable.html#otheralter, inside the
revision's transaction: a new table under a passing name, the rows, the old one away, the new one
into its place, then indexes and triggers, to the letter.  Foreign keys are not enforced meanwhile
(``Dialect.prepare``), because dropping a table would first delete its rows, and the rows of child
tables with them; ``Dialect.check`` looks for orphans before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from ...errors import counted
from ...errors import InvalidOperation
from ...errors import WouldLoseRows
from ...operations.base import Operation
from ...schema.names import Name
from ...steps import Step
from . import parse


@dataclass(slots=True)
class Edit:
    """A table's text while it is changed, and where each column's values come from.

    ``sources`` maps a column to the one whose values it gets; a new column has none.
    """

    name: Name
    text: parse.TableText
    sources: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, name: Name, text: parse.TableText) -> Edit:
        """Begin with the table as it is."""
        return cls(name, text, {column.name: column.name for column in text.columns})

    def column(self, name: str) -> parse.ColumnText:
        """Return a column.  Raises InvalidOperation where there is none."""
        found = self.text.column(name)
        if found is None:
            known = ", ".join(column.name for column in self.text.columns)
            raise InvalidOperation(
                f"Table {self.name} has no column {name!r}.", hint=f"Its columns: {known}"
            )
        return found

    def put(self, column: parse.ColumnText) -> None:
        """Put a changed column in place of the one with its name."""
        columns = tuple(column if c.name == column.name else c for c in self.text.columns)
        self.text = replace(self.text, columns=columns)

    def append(self, column: parse.ColumnText) -> None:
        """Add a new column at the end."""
        self.text = replace(self.text, columns=(*self.text.columns, column))

    def drop(self, name: str) -> None:
        """Remove a column, and the keys that contain it."""
        gone = self.column(name)
        for clause in self.text.constraints:
            if clause.kind == "CHECK" and parse.mentions(clause.inner(), gone.name):
                raise InvalidOperation(
                    f"Column {self.name}.{name} is used in {clause.text}.",
                    hint="Drop that check constraint too, in the same batch.",
                )
        kept = tuple(
            c
            for c in self.text.constraints
            if c.kind == "CHECK" or gone.name.lower() not in (n.lower() for n in c.columns())
        )
        columns = tuple(c for c in self.text.columns if c is not gone)
        self.text = replace(self.text, columns=columns, constraints=kept)
        self.sources.pop(gone.name, None)
        self.dropped.append(gone.name)

    def constrain(self, text: str) -> None:
        """Add a table constraint, given as text."""
        clause = next(iter(parse.table(f"CREATE TABLE t (x, {text})").constraints))
        if clause.kind == "PRIMARY KEY":
            self.release_primary_key()
        self.text = replace(self.text, constraints=(*self.text.constraints, clause))

    def release(self, clause: parse.Clause) -> None:
        """Remove a constraint, of the table or of a column."""
        constraints = tuple(c for c in self.text.constraints if c is not clause)
        columns = tuple(
            replace(column, clauses=tuple(c for c in column.clauses if c is not clause))
            for column in self.text.columns
        )
        self.text = replace(self.text, columns=columns, constraints=constraints)

    def release_primary_key(self) -> bool:
        """Remove the primary key; whether there was one."""
        for clause in self.clauses():
            if clause.kind == "PRIMARY KEY":
                self.release(clause)
                return True
        return False

    def clauses(self) -> Iterator[parse.Clause]:
        """Every constraint of the table and of its columns."""
        for column in self.text.columns:
            yield from column.clauses
        yield from self.text.constraints

    def autoincrement(self) -> None:
        """Number the rows by AUTOINCREMENT, which only an inline key can say."""
        if self.text.has_autoincrement:
            return
        key = next((c for c in self.text.constraints if c.kind == "PRIMARY KEY"), None)
        named = key.columns() if key is not None else ()
        for column in self.text.columns:
            if column.name in named or column.clause("PRIMARY KEY"):
                if key is not None:
                    self.release(key)
                inline = column.having("PRIMARY KEY", "PRIMARY KEY AUTOINCREMENT")
                self.put(replace(inline, type="INTEGER"))
                return

    def reorder(self, order: list[str]) -> None:
        """Put the columns in an order."""
        rank = {name: i for i, name in enumerate(order)}
        columns = tuple(sorted(self.text.columns, key=lambda c: rank.get(c.name, len(rank))))
        self.text = replace(self.text, columns=columns)


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Writes the statements of a rebuild, looking at the rows where that can save them."""

    connection: Connection
    preparer: Any
    operation: Operation

    def quoted(self, name: str) -> str:
        """Quote an identifier, always: new and old names must never be keywords."""
        return str(self.preparer.quote_identifier(name))

    def place(self, name: Name, table: str) -> str:
        """Return a table's name within its (attached) schema."""
        schema = f"{self.quoted(name.schema)}." if name.schema else ""
        return schema + self.quoted(table)

    def master(self, name: Name) -> str:
        """The schema table of a table's database."""
        return f"{self.quoted(name.schema or 'main')}.sqlite_master"

    def scalar(self, sql: str) -> Any:
        """Ask for one value."""
        return self.connection.exec_driver_sql(sql).scalar()

    def steps(self, edit: Edit) -> Iterator[Step]:
        """Yield the statements that put the edited table in place of the old one."""
        old = self.place(edit.name, edit.name.name)
        passing = f"_schemamigrate_{edit.name.name}"
        new = self.place(edit.name, passing)
        self._refuse_nulls(edit, old)
        kept = self._dependents(edit)
        yield self.step(edit.text.sql(new))
        yield self.step(self._copy(edit, old, new))
        self._compare_counts(edit, old, new)
        if edit.text.has_autoincrement:
            yield from self._counter(edit, passing)
        yield self.step(f"DROP TABLE {old}")
        # In the modern mode a rename checks every view, and those that look at this table fail.
        yield self.step("PRAGMA legacy_alter_table = ON")
        yield self.step(f"ALTER TABLE {new} RENAME TO {self.quoted(edit.name.name)}")
        yield self.step("PRAGMA legacy_alter_table = OFF")
        for sql in kept:
            yield self.step(sql)

    def step(self, sql: str) -> Step:
        """Return a step of the operation."""
        return Step(sql, self.operation)

    def _copy(self, edit: Edit, old: str, new: str) -> str:
        pairs = [
            (column.name, edit.sources[column.name])
            for column in edit.text.columns
            if column.name in edit.sources and column.clause("GENERATED") is None
        ]
        into = [self.quoted(name) for name, _ in pairs]
        values = [self.quoted(source) for _, source in pairs]
        if self._has_plain_rowid(edit):
            into.insert(0, "rowid")
            values.insert(0, "rowid")
        # No CAST: storing applies the column's affinity, which never destroys a value, while
        # CAST('2020-01-02' AS DATE) is 2020.
        return f"INSERT INTO {new} ({', '.join(into)}) SELECT {', '.join(values)} FROM {old}"

    def _has_plain_rowid(self, edit: Edit) -> bool:
        """Whether rows have a rowid that is no column's."""
        if "ROWID" in (t.word for t in parse.tokens(edit.text.options)):
            return False
        names = {column.name.lower() for column in edit.text.columns}
        alias = any(
            column.type.upper() == "INTEGER" and self._is_key(edit, column)
            for column in edit.text.columns
        )
        return not alias and "rowid" not in names

    def _is_key(self, edit: Edit, column: parse.ColumnText) -> bool:
        table_keys = [c.columns() for c in edit.text.constraints if c.kind == "PRIMARY KEY"]
        return column.clause("PRIMARY KEY") is not None or (column.name,) in table_keys

    def _counter(self, edit: Edit, passing: str) -> Iterator[Step]:
        """Carry AUTOINCREMENT's counter over: it is not the highest key, but the highest ever."""
        schema = self.quoted(edit.name.schema or "main")
        old = edit.name.name.replace("'", "''")
        new = passing.replace("'", "''")
        table = f"{schema}.sqlite_sequence"
        yield self.step(f"DELETE FROM {table} WHERE name = '{new}'")
        yield self.step(
            f"INSERT INTO {table} (name, seq) SELECT '{new}', seq FROM {table} WHERE name = '{old}'"
        )

    def _dependents(self, edit: Edit) -> list[str]:
        """Return the statements of the indexes and triggers to make again."""
        name = edit.name.name.replace("'", "''")
        rows = self.connection.exec_driver_sql(
            f"SELECT type, name, sql FROM {self.master(edit.name)} WHERE tbl_name = '{name}' "
            "COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid"
        ).fetchall()
        kept = []
        for kind, _, sql in rows:
            body = parse.index_definition(sql) if kind == "index" else ""
            if not any(parse.mentions(body, column) for column in edit.dropped):
                kept.append(sql)
        return kept

    def _refuse_nulls(self, edit: Edit, old: str) -> None:
        for name in edit.required:
            source = edit.sources.get(name)
            where = f" WHERE {self.quoted(source)} IS NULL" if source else ""
            empty = self.scalar(f"SELECT count(*) FROM {old}{where}")
            if empty:
                what = f"{counted(empty, 'row')} of {edit.name} would have no value in {name}"
                raise InvalidOperation(
                    f"{what}, which is to be NOT NULL.",
                    hint="Give it a server default, or fill it first:\n"
                    f'op.execute("UPDATE {edit.name} SET {name} = … WHERE {name} IS NULL")',
                )

    def _compare_counts(self, edit: Edit, old: str, new: str) -> None:
        before, after = (self.scalar(f"SELECT count(*) FROM {table}") for table in (old, new))
        if before != after:
            raise WouldLoseRows(
                f"Rebuilding {edit.name} would keep {after} of {counted(before, 'row')}: an "
                "ON CONFLICT clause drops the others.",
                hint="Remove the duplicates in the script first.",
            )

"""A table's text while it is changed: edits of columns and constraints, the rest to the letter."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import reduce
from typing import Any

from ...errors import InvalidOperation
from ...schema.names import Name
from . import parse
from .dependents import quoted

#: A foreign key is written in two ways.
_KIND = {"REFERENCES": "FOREIGN KEY"}


@dataclass(slots=True)
class Edit:
    """A table's text while it is changed, and where each column's values come from.

    ``sources`` maps a column to the one whose values it gets; a new column has none.  ``changes``
    has what becomes of the values of a column, in turn: from an expression to another.  ``dropped``
    names the columns that are gone, ``required`` those that become NOT NULL.  ``had_rowid`` is
    false where the table as it is has no rowids that could be kept.  ``numbered`` is the column
    that AUTOINCREMENT numbers, also while its key is made anew.
    """

    name: Name
    text: parse.TableText
    sources: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[Callable[[str], str]]] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    had_rowid: bool = True
    numbered: str | None = None

    @classmethod
    def of(cls, name: Name, text: parse.TableText) -> Edit:
        """Begin with the table as it is."""
        sources = {column.name: column.name for column in text.columns}
        edit = cls(name, text, sources, had_rowid=text.has_rowid)
        if text.has_autoincrement:
            edit.numbered = edit.rowid_alias()
        return edit

    # --- columns -------------------------------------------------------------------------------

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
        filled = column.clause("DEFAULT") or column.clause("GENERATED")
        if column.clause("NOT NULL") and not filled:
            self.required.append(column.name)

    def drop(self, name: str) -> None:
        """Remove a column; what names it is settled at the end, when it may be there again."""
        gone = self.column(name)
        columns = tuple(c for c in self.text.columns if c is not gone)
        self.text = replace(self.text, columns=columns)
        self.sources.pop(gone.name, None)
        self.dropped.append(gone.name)
        if gone.name in self.required:
            self.required.remove(gone.name)

    def value(self, name: str) -> str:
        """Return the expression for the values of a column that has a source."""
        changes = self.changes.get(name, ())
        return reduce(lambda value, change: change(value), changes, quoted(self.sources[name]))

    def gone(self) -> list[str]:
        """Return the dropped columns that have not been added again."""
        return [name for name in dict.fromkeys(self.dropped) if self.text.column(name) is None]

    def settle(self) -> None:
        """Remove the keys that contain a dropped column, and the checks over such columns alone.

        Raises InvalidOperation where a check names others too, and where no column is left.
        """
        gone = self.gone()
        if not self.text.columns:
            raise InvalidOperation(
                f"{self.name} would have no column left, and a table needs one.",
                hint=f"To drop the table: op.drop_table({self.name.name!r})",
            )
        lower = {name.lower() for name in gone}
        for clause in tuple(self.text.constraints):
            if clause.kind != "CHECK":
                if lower & {name.lower() for name in clause.columns()}:
                    self.release(clause)
                continue
            missing = [name for name in gone if parse.mentions(clause.inner(), name)]
            if missing and self._mentions_others(clause):
                raise InvalidOperation(
                    f"Column {self.name}.{missing[0]} is used in {clause.text}, "
                    "which has other columns too.",
                    hint="Drop that check constraint too, in the same batch.",
                )
            if missing:
                self.release(clause)

    def _mentions_others(self, clause: parse.Clause) -> bool:
        return any(parse.mentions(clause.inner(), column.name) for column in self.text.columns)

    def reorder(self, order: list[str]) -> None:
        """Put the columns in an order."""
        rank = {name: i for i, name in enumerate(order)}
        columns = tuple(sorted(self.text.columns, key=lambda c: rank.get(c.name, len(rank))))
        self.text = replace(self.text, columns=columns)

    # --- constraints and options ---------------------------------------------------------------

    def constrain(self, text: str, *, again: bool = False) -> None:
        """Add a table constraint, given as text, unless the table has it to the letter.

        With ``again`` it may have it twice, but a name stands for one: the new one replaces it.
        """
        clause = parse.table(f"CREATE TABLE t (x,{parse.LEAD}{text})").constraints[0]
        if clause.name is not None:
            for namesake in self.namesakes(clause):
                self.release(namesake)
        if not again and any(clause == other for other in self.text.constraints):
            return
        if clause.kind == "PRIMARY KEY":
            self.release_primary_key()
        self.text = replace(self.text, constraints=(*self.text.constraints, clause))

    def release(self, clause: parse.Clause) -> None:
        """Remove a constraint, of the table or of a column."""
        constraints = tuple(c for c in self.text.constraints if c is not clause)
        columns = tuple(
            column.with_clauses(c for c in column.clauses if c is not clause)
            if any(c is clause for c in column.clauses)
            else column
            for column in self.text.columns
        )
        self.text = replace(self.text, columns=columns, constraints=constraints)

    def namesakes(self, clause: parse.Clause) -> list[parse.Clause]:
        """Return the constraints of the same name and kind, which SQLite allows."""
        if clause.name is None:
            return []
        wanted = (clause.name.lower(), _KIND.get(clause.kind, clause.kind))
        named = [c for c in self.clauses() if c.name is not None and c is not clause]
        return [c for c in named if (str(c.name).lower(), _KIND.get(c.kind, c.kind)) == wanted]

    def call(self, clause: parse.Clause, name: str) -> None:
        """Give an unnamed constraint, of the table or of a column, a name."""
        named = replace(clause, text=f"CONSTRAINT {quoted(name)} {clause.text}", name=name)
        constraints = tuple(named if c is clause else c for c in self.text.constraints)
        columns = tuple(
            column.with_clauses(named if c is clause else c for c in column.clauses)
            if any(c is clause for c in column.clauses)
            else column
            for column in self.text.columns
        )
        self.text = replace(self.text, columns=columns, constraints=constraints)

    def primary_key(self) -> parse.Clause | None:
        """Return the primary key's clause, or None."""
        return next((c for c in self.clauses() if c.kind == "PRIMARY KEY"), None)

    def release_primary_key(self) -> None:
        """Remove the primary key, if there is one."""
        key = self.primary_key()
        if key is not None:
            self.release(key)

    def clauses(self) -> Iterator[parse.Clause]:
        """Every constraint of the table and of its columns."""
        for column in self.text.columns:
            yield from column.clauses
        yield from self.text.constraints

    def owner(self, clause: parse.Clause) -> tuple[str, ...]:
        """Return the columns that a key stands on."""
        for column in self.text.columns:
            if any(c is clause for c in column.clauses):
                return (column.name,)
        return clause.columns()

    def rowid_alias(self) -> str | None:
        """Return the column that is the rowid (``INTEGER PRIMARY KEY``), or None."""
        key = self.primary_key()
        names = self.owner(key) if key is not None and self.text.has_rowid else ()
        column = self.text.column(names[0]) if len(names) == 1 else None
        return column.name if column is not None and column.type.upper() == "INTEGER" else None

    def keep_numbering(self) -> None:
        """Number the rows as before, where the key stands on the column that it stood on."""
        if self.numbered is not None and self.numbered == self.rowid_alias():
            self._number_rows(True)

    def set_option(self, option: str, value: Any) -> None:
        """Set one of SQLAlchemy's options of a table; others than SQLite's say nothing here."""
        if option == "sqlite_autoincrement":
            self._number_rows(bool(value))
        elif option == "sqlite_strict":
            self._set_words("STRICT", bool(value))
        elif option == "sqlite_with_rowid":
            self._set_words("WITHOUT ROWID", value is False)

    def _number_rows(self, wanted: bool) -> None:
        """Number the rows by AUTOINCREMENT, which only an inline key can say, or do not."""
        key = self.primary_key()
        names = self.owner(key) if key is not None else ()
        if self.text.has_autoincrement is wanted or key is None or len(names) != 1:
            return
        self.release(key)
        words = key.words()
        action = f" ON CONFLICT {words[words.index('CONFLICT') + 1]}" if "CONFLICT" in words else ""
        column = self.column(names[0])
        if wanted:
            text = f"PRIMARY KEY{action} AUTOINCREMENT"
            self.put(column.with_type("INTEGER").having("PRIMARY KEY", text))
        else:
            self.constrain(f"PRIMARY KEY ({column.quoted}){action}")

    def _set_words(self, option: str, wanted: bool) -> None:
        present = " ".join(self.text.options.upper().replace(",", " , ").split()).split(" , ")
        chosen = {name for name in present if name and name != option} | (
            {option} if wanted else set()
        )
        if chosen != {name for name in present if name}:
            self.text = replace(self.text, options=", ".join(sorted(chosen, reverse=True)))

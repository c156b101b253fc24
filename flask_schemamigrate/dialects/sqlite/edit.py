"""A table's text while it is changed: edits of columns and constraints, the rest to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from ...errors import InvalidOperation
from ...schema.names import Name
from . import parse


@dataclass(slots=True)
class Edit:
    """A table's text while it is changed, and where each column's values come from.

    ``sources`` maps a column to the one whose values it gets; a new column has none.  ``dropped``
    names the columns that are gone, ``required`` those that become NOT NULL.
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

    def gone(self) -> list[str]:
        """Return the dropped columns that have not been added again."""
        return [name for name in dict.fromkeys(self.dropped) if self.text.column(name) is None]

    def settle(self) -> None:
        """Remove the keys that contain a dropped column, and the checks over such columns alone.

        Raises InvalidOperation where a check names others too.
        """
        gone = self.gone()
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

    def constrain(self, text: str) -> None:
        """Add a table constraint, given as text, unless the table has it to the letter."""
        clause = parse.table(f"CREATE TABLE t (x,{parse.LEAD}{text})").constraints[0]
        if any(clause == other for other in self.text.constraints):
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

    def autoincrement(self) -> None:
        """Number the rows by AUTOINCREMENT, which only an inline key can say."""
        key = self.primary_key()
        names = self.owner(key) if key is not None else ()
        if self.text.has_autoincrement or key is None or len(names) != 1:
            return
        self.release(key)
        inline = self.column(names[0]).with_type("INTEGER")
        self.put(inline.having("PRIMARY KEY", "PRIMARY KEY AUTOINCREMENT"))

    def add_option(self, option: str) -> None:
        """Add ``STRICT`` or ``WITHOUT ROWID``."""
        if option.split()[-1] not in self.text.options.upper().replace(",", " ").split():
            options = f"{self.text.options}, {option}".lstrip(", ")
            self.text = replace(self.text, options=options)

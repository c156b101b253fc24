"""SQLite's catalogue into values: four queries for each schema, and the text of the tables.

PRAGMA functions give columns, indexes and foreign keys; constraint names, checks, collations and
generation expressions are only in the text (https://www.sqlite.org/pragma.html#pragfunc).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from typing import Any
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import Deferred
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...schema.parts import called
from ...schema.scope import Scope
from ...schema.written import Written
from . import items
from . import parse
from . import types

_TABLES = """
SELECT m.name, m.sql FROM {schema}.sqlite_master m
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.name
"""
_VIRTUAL = (
    "SELECT name FROM {schema}.sqlite_master WHERE type='table' AND sql LIKE 'CREATE VIRTUAL%'"
)
_COLUMNS = """
SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
FROM {schema}.sqlite_master m, pragma_table_xinfo(m.name, {literal}) c
WHERE m.type = 'table' ORDER BY m.name, c.cid
"""
_INDEXES = """
SELECT m.tbl_name, m.name, m.sql, i.seqno, i.name, m.sql LIKE 'CREATE UNIQUE%'
FROM {schema}.sqlite_master m, pragma_index_info(m.name, {literal}) i
WHERE m.type = 'index' AND m.sql IS NOT NULL
ORDER BY m.tbl_name, m.name, i.seqno
"""
_KEYS = """
SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
FROM {schema}.sqlite_master m, pragma_foreign_key_list(m.name, {literal}) f
WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq
"""


#: What PRAGMA foreign_key_list does not tell.
_SAYS_MORE = re.compile(r"(?i)deferr|match|\baction")
#: What a table has unless it says something else.
TABLE_OPTIONS = {
    "sqlite_autoincrement": False,
    "sqlite_strict": False,
    "sqlite_with_rowid": True,
}
_USUAL: Options = tuple(sorted(TABLE_OPTIONS.items()))


def schema(connection: Connection, reader: Reader, scope: Scope) -> Schema:
    """Read all tables of a scope."""
    tables = (t for name in scope.schemas for t in _tables(connection, reader, scope, name))
    return Schema.of(tables, schemas=(name for name in scope.schemas if name))


def _tables(
    connection: Connection, reader: Reader, scope: Scope, schema_name: str | None
) -> Iterator[Table]:
    attached = schema_name or "main"
    words = {
        "schema": reader.preparer.quote_identifier(attached),
        "literal": "'" + attached.replace("'", "''") + "'",
    }

    def ask(query: str) -> list[Any]:
        return list(connection.exec_driver_sql(query.format(**words)).fetchall())

    virtual = [row[0] for row in ask(_VIRTUAL)]
    listed = {
        name: sql
        for name, sql in ask(_TABLES)
        if scope.covers(Name(name, schema_name)) and not _is_shadow(name, virtual)
    }
    column_rows = ask(_COLUMNS)
    parents = _parents(column_rows)
    columns = _grouped(column_rows, listed)
    indexes = _grouped(ask(_INDEXES), listed)
    keys = _grouped(ask(_KEYS), listed)
    defined: Defined = {}
    for name, sql in listed.items():
        text = items.table(sql)
        reading = TableReading(reader, Name(name, schema_name), text, parents, defined)
        yield reading.table(columns.get(name, []), indexes.get(name, []), keys.get(name, []))


def _parents(rows: Sequence[Any]) -> Parents:
    found: dict[str, list[tuple[int, str]]] = {row[0]: [] for row in rows}
    for name, column, _, _, _, key, _ in rows:
        if key:
            found[name].append((key, column))
    return {
        name.lower(): (name, tuple(column for _, column in sorted(keys)))
        for name, keys in found.items()
    }


def _is_shadow(name: str, virtual: Iterable[str]) -> bool:
    return any(name.startswith(f"{table}_") for table in virtual)


def _grouped(rows: Iterable[Any], wanted: Iterable[str]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {name: [] for name in wanted}
    for row in rows:
        if row[0] in groups:
            groups[row[0]].append(row)
    return groups


#: Table names in lower case -> the name as it is and the primary key's columns.
Parents: TypeAlias = Mapping[str, tuple[str, tuple[str, ...]]]
#: What is told of a column -> a column that has it, so that all such have the same parts.
Defined: TypeAlias = dict[tuple[Any, ...], Column]


class TableReading:
    """Reads one table from its rows in the catalogue and its text.

    ``parents`` knows the tables that foreign keys can refer to.
    """

    def __init__(
        self,
        reader: Reader,
        name: Name,
        text: parse.TableText,
        parents: Parents,
        defined: Defined,
    ) -> None:
        self.reader = reader
        self.name = name
        self.text = text
        self.parents = parents
        self.defined = defined
        self.columns = {column.name.lower(): column for column in text.columns}
        self.inline = [(column, c) for column in text.columns for c in column.clauses]

    def table(self, columns: list[Any], indexes: list[Any], keys: list[Any]) -> Table:
        """Return the table."""
        return Table(
            self.name,
            tuple(self.column(row) for row in columns if row[6] != 1),
            self.primary_key(columns),
            tuple(self.uniques()),
            tuple(self.foreign_keys(keys)) if keys else (),
            tuple(self.checks()),
            (),
            tuple(self.indexes(indexes)) if indexes else (),
            None,
            self.options(),
        )

    def column(self, row: Any) -> Column:
        """Return one column; those of which the same is told have the same parts."""
        _, name, type_, notnull, default, key, hidden = row
        text = self.columns.get(name.lower())
        rowid = bool(key) and self._is_rowid(key, type_)
        clauses = None if text is None else text.clauses
        told = (type_, notnull and not rowid, default, rowid, hidden, clauses)
        same = self.defined.get(told)
        if same is None:
            same = self.defined[told] = self._column(row, text, rowid)
        return called(name, same)

    def _column(self, row: Any, text: parse.ColumnText | None, rowid: bool) -> Column:
        _, name, type_, notnull, default, _, hidden = row
        collate = text.clause("COLLATE") if text else None
        spelled = f"{type_} {collate.body}" if collate else type_
        computed = None
        if hidden in (2, 3) and text is not None:
            clause = text.clause("GENERATED")
            inner = clause.inner() if clause else ""
            said = clause.words() if clause else ()
            persisted = hidden == 3 or (False if "VIRTUAL" in said else None)
            computed = Computed(Sql(inner, sa.text(_escaped(inner))), persisted)
        return Column(
            name,
            Sql(spelled, self.type(type_, collate)),
            not notnull and not rowid,
            None if default is None or computed else self.default(text, default),
            computed,
            None,
            rowid,
            options=_not_null_options(text) if text else (),
        )

    def default(self, column: parse.ColumnText | None, told: str) -> Sql:
        """Return a default as it is written: what PRAGMA tells has lost its parentheses."""
        clause = column.clause("DEFAULT") if column else None
        text = clause.body[len("DEFAULT") :].strip() if clause else told
        return Sql(text, Deferred(lambda: sa.text(_escaped(text))))

    def _is_rowid(self, key: int, type_: str) -> bool:
        """Whether the column numbers the rows by itself: the only key, of type INTEGER."""
        keys = [c for c in self.text.columns if c.clause("PRIMARY KEY")]
        several = next((c for c in self.text.constraints if c.kind == "PRIMARY KEY"), None)
        single = len(keys) == 1 or (several is not None and len(several.columns()) == 1)
        return key == 1 and single and type_.upper() == "INTEGER"

    def type(self, text: str, collate: parse.Clause | None) -> Any:
        """Return SQLAlchemy's type for a declared type."""
        if collate is None:
            return Deferred(partial(types.resolved, self.reader, text))
        found = types.resolved(self.reader, text)
        if hasattr(found, "collation"):
            found.collation = parse.unquoted(parse.tokens(collate.body)[1].text)
            return found
        return Written(f"{text} {collate.body}")

    def primary_key(self, columns: list[Any]) -> PrimaryKey | None:
        """Return the primary key, or None."""
        keys = sorted((row[5], row[1]) for row in columns if row[5])
        if not keys:
            return None
        clauses = (*self.text.constraints, *(clause for _, clause in self.inline))
        clause = next((c for c in clauses if c.kind == "PRIMARY KEY"), None)
        names = tuple(name for _, name in keys)
        if clause is None:
            return PrimaryKey(names)
        return PrimaryKey(names, clause.name, _on_conflict(clause))

    def uniques(self) -> Iterator[Unique]:
        """Yield unique constraints."""
        for column, clause in self.inline:
            if clause.kind == "UNIQUE":
                yield Unique((column.name,), clause.name, options=_on_conflict(clause))
        for clause in self.text.constraints:
            if clause.kind == "UNIQUE":
                yield Unique(clause.columns(), clause.name, options=_on_conflict(clause))

    def checks(self) -> Iterator[Check]:
        """Yield check constraints."""
        for clause in (*(clause for _, clause in self.inline), *self.text.constraints):
            if clause.kind == "CHECK":
                text = clause.inner()
                yield Check(Sql(text, text), clause.name, _on_conflict(clause))

    def foreign_keys(self, rows: list[Any]) -> Iterator[ForeignKey]:
        """Yield foreign keys; names and deferral are in the text, in the same order."""
        written: list[tuple[tuple[str, ...], parse.Clause]] = [
            ((column.name,), clause)
            for column, clause in self.inline
            if clause.kind == "REFERENCES"
        ]
        written += [(c.columns(), c) for c in self.text.constraints if c.kind == "FOREIGN KEY"]
        groups: dict[int, list[Any]] = {}
        for row in rows:
            groups.setdefault(row[1], []).append(row)
        for group in groups.values():
            columns = tuple(row[3] for row in group)
            clause = next((c for names, c in written if _same(names, columns)), None)
            if clause is not None:
                written.remove(next(w for w in written if w[1] is clause))
            yield self.foreign_key(group, columns, clause)

    def foreign_key(
        self, group: list[Any], columns: tuple[str, ...], clause: parse.Clause | None
    ) -> ForeignKey:
        """Return one foreign key."""
        said = clause is not None and _SAYS_MORE.search(clause.text)
        words = clause.words() if clause is not None and said else []
        deferrable = "DEFERRABLE" in words and words[words.index("DEFERRABLE") - 1] != "NOT"
        target, key = self.parents.get(group[0][2].lower(), (group[0][2], columns))
        named = tuple(row[4] for row in group if row[4] is not None)
        update, delete = group[0][5], group[0][6]
        return ForeignKey(
            columns,
            Name(target, self.name.schema),
            named or key,
            clause.name if clause else None,
            None if update == "NO ACTION" else update,
            None if delete == "NO ACTION" else delete,
            deferrable,
            _following(words, "INITIALLY"),
            _following(words, "MATCH"),
            _unneeded(words),
        )

    def indexes(self, rows: list[Any]) -> Iterator[Index]:
        """Yield the indexes that have a statement of their own."""
        groups: dict[str, list[Any]] = {}
        for row in rows:
            groups.setdefault(row[1], []).append(row)
        for name, group in groups.items():
            definition = items.index_definition(group[0][2])
            columns = tuple(row[4] for row in group if row[4] is not None)
            element = Deferred(
                partial(self.index_element, name, definition, columns, bool(group[0][5]))
            )
            yield Index(name, Sql(definition), bool(group[0][5]), columns, None, element)

    def index_element(
        self, name: str, definition: str, columns: tuple[str, ...], unique: bool
    ) -> sa.Index:
        """Return the index as SQLAlchemy has it, for scripts to be rendered from."""
        table = sa.Table(self.name.name, sa.MetaData(), schema=self.name.schema)
        found = parse.tokens(definition)
        where = next((i for i, t in enumerate(found) if t.word == "WHERE"), None)
        inner = parse.parenthesised(definition)
        keys: list[Any] = []
        for part in parse.split(parse.tokens(inner)):
            text = inner[part[0].start : part[-1].end]
            if len(part) == 1 and parse.unquoted(text) in columns:
                column: sa.Column[Any] = sa.Column(parse.unquoted(text))
                table.append_column(column)
                keys.append(column)
            else:
                keys.append(sa.text(_escaped(text)))
        options: dict[str, Any] = {}
        if where is not None:
            options["sqlite_where"] = sa.text(_escaped(definition[found[where].end :].strip()))
        return sa.Index(name, *keys, unique=unique, _table=table, **options)

    def options(self) -> Options:
        """Return the table's options."""
        words = [t.word for t in parse.tokens(self.text.options)] if self.text.options else []
        numbered = any(c.kind == "PRIMARY KEY" for _, c in self.inline)
        if not words and not numbered:
            return _USUAL
        found = dict(TABLE_OPTIONS)
        found["sqlite_autoincrement"] = self.text.has_autoincrement
        found["sqlite_strict"] = "STRICT" in words
        found["sqlite_with_rowid"] = "ROWID" not in words
        return tuple(sorted(found.items()))


def _following(words: list[str], word: str) -> str | None:
    return words[words.index(word) + 1] if word in words else None


def _same(names: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    return [n.lower() for n in names] == [c.lower() for c in columns]


def _on_conflict(clause: parse.Clause, option: str = "sqlite_on_conflict") -> Options:
    if "CONFLICT" not in clause.text.upper():
        return ()
    words = clause.words()
    if "CONFLICT" not in words:
        return ()
    return ((option, words[words.index("CONFLICT") + 1]),)


def _not_null_options(column: parse.ColumnText) -> Options:
    clause = column.clause("NOT NULL")
    return _on_conflict(clause, "sqlite_on_conflict_not_null") if clause else ()


def _unneeded(words: list[str]) -> Options:
    """Return what a foreign key says although it would be so without a word."""
    pairs = list(zip(words, words[1:], words[2:]))
    found: list[tuple[str, Any]] = []
    if ("NOT", "DEFERRABLE") in [pair[:2] for pair in pairs] or words[-2:] == ["NOT", "DEFERRABLE"]:
        found.append(("deferrable", False))
    for event in ("DELETE", "UPDATE"):
        if (event, "NO", "ACTION") in pairs:
            found.append((f"on{event.lower()}", "NO ACTION"))
    return tuple(found)


def _escaped(text: str) -> str:
    """Escape what ``sqlalchemy.text`` would take for a parameter."""
    return text.replace(":", r"\:")

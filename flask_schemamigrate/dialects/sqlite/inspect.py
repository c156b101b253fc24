"""SQLite's catalogue into values: four queries for each schema, and the text of the tables.

PRAGMA functions give columns, indexes and foreign keys; constraint names, checks, collations and
generation expressions are only in the text (https://www.sqlite.org/pragma.html#pragfunc).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...schema.scope import Scope
from . import parse

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
SELECT m.tbl_name, m.name, m.sql, i.seqno, i.name, l."unique"
FROM {schema}.sqlite_master m, pragma_index_list(m.tbl_name, {literal}) l,
pragma_index_info(m.name, {literal}) i
WHERE m.type = 'index' AND m.sql IS NOT NULL AND l.name = m.name
ORDER BY m.tbl_name, m.name, i.seqno
"""
_KEYS = """
SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
FROM {schema}.sqlite_master m, pragma_foreign_key_list(m.name, {literal}) f
WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq
"""


#: What PRAGMA foreign_key_list does not tell.
_SAYS_MORE = re.compile(r"(?i)deferr|match")


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
    for name, sql in listed.items():
        reading = TableReading(reader, Name(name, schema_name), parse.table(sql), parents)
        yield reading.table(columns.get(name, []), indexes.get(name, []), keys.get(name, []))


def _parents(rows: Iterable[Any]) -> Parents:
    found: dict[str, tuple[str, list[tuple[int, str]]]] = {}
    for name, column, _, _, _, key, _ in rows:
        keys = found.setdefault(name.lower(), (name, []))[1]
        if key:
            keys.append((key, column))
    return {low: (name, tuple(c for _, c in sorted(keys))) for low, (name, keys) in found.items()}


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


class TableReading:
    """Reads one table from its rows in the catalogue and its text.

    ``parents`` knows the tables that foreign keys can refer to.
    """

    def __init__(self, reader: Reader, name: Name, text: parse.TableText, parents: Parents) -> None:
        self.reader = reader
        self.name = name
        self.text = text
        self.parents = parents

    def table(self, columns: list[Any], indexes: list[Any], keys: list[Any]) -> Table:
        """Return the table."""
        return Table(
            self.name,
            tuple(self.column(row) for row in columns if row[6] != 1),
            self.primary_key(columns),
            tuple(self.uniques()),
            tuple(self.foreign_keys(keys)),
            tuple(self.checks()),
            (),
            tuple(self.indexes(indexes)),
            None,
            self.options(),
        )

    def column(self, row: Any) -> Column:
        """Return one column."""
        _, name, type_, notnull, default, key, hidden = row
        text = self.text.column(name)
        collate = text.clause("COLLATE") if text else None
        spelled = f"{type_} {collate.body}" if collate else type_
        computed = None
        if hidden in (2, 3) and text is not None:
            clause = text.clause("GENERATED")
            inner = clause.inner() if clause else ""
            computed = Computed(Sql(inner, sa.text(_escaped(inner))), hidden == 3)
        return Column(
            name,
            Sql(spelled, self.type(type_, collate)),
            not notnull and not (key and self._is_rowid(key, type_)),
            None if default is None or computed else Sql(default, sa.text(_escaped(default))),
            computed,
            None,
            bool(key) and self._is_rowid(key, type_),
        )

    def _is_rowid(self, key: int, type_: str) -> bool:
        """Whether the column numbers the rows by itself: the only key, of type INTEGER."""
        keys = [c for c in self.text.columns if c.clause("PRIMARY KEY")]
        several = next((c for c in self.text.constraints if c.kind == "PRIMARY KEY"), None)
        single = len(keys) == 1 or (several is not None and len(several.columns()) == 1)
        return key == 1 and single and type_.upper() == "INTEGER"

    def type(self, text: str, collate: parse.Clause | None) -> Any:
        """Return SQLAlchemy's type for a declared type."""
        found = self.reader.dialect._resolve_type_affinity(text)
        if collate is not None and hasattr(found, "collation"):
            found.collation = parse.unquoted(parse.tokens(collate.body)[1].text)
        return found

    def primary_key(self, columns: list[Any]) -> PrimaryKey | None:
        """Return the primary key, or None."""
        keys = sorted((row[5], row[1]) for row in columns if row[5])
        if not keys:
            return None
        clauses = [*self.text.constraints, *(c for col in self.text.columns for c in col.clauses)]
        clause = next((c for c in clauses if c.kind == "PRIMARY KEY"), None)
        return PrimaryKey(tuple(name for _, name in keys), clause.name if clause else None)

    def uniques(self) -> Iterator[Unique]:
        """Yield unique constraints."""
        for column in self.text.columns:
            for clause in column.clauses:
                if clause.kind == "UNIQUE":
                    yield Unique((column.name,), clause.name, options=_on_conflict(clause))
        for clause in self.text.constraints:
            if clause.kind == "UNIQUE":
                yield Unique(clause.columns(), clause.name, options=_on_conflict(clause))

    def checks(self) -> Iterator[Check]:
        """Yield check constraints."""
        inline = (clause for column in self.text.columns for clause in column.clauses)
        for clause in (*inline, *self.text.constraints):
            if clause.kind == "CHECK":
                text = clause.inner()
                yield Check(Sql(text, text), clause.name)

    def foreign_keys(self, rows: list[Any]) -> Iterator[ForeignKey]:
        """Yield foreign keys; names and deferral are in the text, in the same order."""
        written: list[tuple[tuple[str, ...], parse.Clause]] = [
            ((column.name,), clause)
            for column in self.text.columns
            for clause in column.clauses
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
        )

    def indexes(self, rows: list[Any]) -> Iterator[Index]:
        """Yield the indexes that have a statement of their own."""
        groups: dict[str, list[Any]] = {}
        for row in rows:
            groups.setdefault(row[1], []).append(row)
        for name, group in groups.items():
            definition = parse.index_definition(group[0][2])
            columns = tuple(row[4] for row in group if row[4] is not None)
            element = self.index_element(name, definition, columns, bool(group[0][5]))
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
        found: dict[str, Any] = {}
        if self.text.has_autoincrement:
            found["sqlite_autoincrement"] = True
        if "STRICT" in words:
            found["sqlite_strict"] = True
        if "ROWID" in words:
            found["sqlite_with_rowid"] = False
        return tuple(sorted(found.items()))


def _following(words: list[str], word: str) -> str | None:
    return words[words.index(word) + 1] if word in words else None


def _same(names: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    return [n.lower() for n in names] == [c.lower() for c in columns]


def _on_conflict(clause: parse.Clause) -> Options:
    if "CONFLICT" not in clause.text.upper():
        return ()
    words = clause.words()
    if "CONFLICT" not in words:
        return ()
    return (("sqlite_on_conflict", words[words.index("CONFLICT") + 1]),)


def _escaped(text: str) -> str:
    """Escape what ``sqlalchemy.text`` would take for a parameter."""
    return text.replace(":", r"\:")

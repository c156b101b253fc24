"""The text of CREATE TABLE, taken apart without losing a character.

SQLite keeps each statement as it was written; a rebuild changes only what it has to and leaves the
rest to the letter.  Grammar: https://www.sqlite.org/lang_createtable.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))
      | (?P<string>[xX]?'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      | (?P<word>[^\W\d][\w$]*)
      | (?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLAUSES = frozenset(
    (
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "GENERATED",
        "AS",
    )
)
_TABLE_CLAUSES = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"))


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``word`` is upper case for keywords and names, else empty."""

    text: str
    kind: str
    start: int

    @property
    def end(self) -> int:
        """Where the next token begins."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """The text in upper case if it may be a keyword."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> list[Token]:
    """Split SQL text into tokens, white space and comments left out."""
    return [
        Token(found.group(), found.lastgroup or "other", found.start())
        for found in _TOKEN.finditer(text)
        if found.lastgroup != "space"
    ]


def unquoted(text: str) -> str:
    """Return the identifier that a token stands for."""
    if text[:1] in "\"`'" and len(text) > 1:
        return text[1:-1].replace(text[0] * 2, text[0])
    return text[1:-1] if text[:1] == "[" else text


@dataclass(frozen=True, slots=True)
class Clause:
    """One constraint of a column or table: its kind (``NOT NULL``, ``CHECK``, …), name and text.

    ``text`` is the whole clause, the ``CONSTRAINT name`` before it included.
    """

    kind: str
    text: str
    name: str | None = None

    @property
    def body(self) -> str:
        """The text without ``CONSTRAINT name``."""
        found = tokens(self.text)
        return self.text[found[2].start :] if self.name is not None else self.text

    def inner(self) -> str:
        """What stands in the first pair of parentheses."""
        return _first_parentheses(self.text)

    def columns(self) -> tuple[str, ...]:
        """The names in the first pair of parentheses, without their directions."""
        return tuple(unquoted(part[0].text) for part in _split(tokens(self.inner())) if part)


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column: its name as written, its type and its clauses."""

    quoted: str
    type: str
    clauses: tuple[Clause, ...]
    comment: str = ""

    @property
    def name(self) -> str:
        """The name without quotes."""
        return unquoted(self.quoted)

    @property
    def text(self) -> str:
        """The column's definition."""
        words = (self.quoted, self.type, *(clause.text for clause in self.clauses))
        return " ".join(word for word in words if word)

    def clause(self, kind: str) -> Clause | None:
        """Return the first clause of a kind, or None."""
        return next((c for c in self.clauses if c.kind == kind), None)

    def without(self, *kinds: str) -> ColumnText:
        """Return the column without the clauses of some kinds."""
        return replace(self, clauses=tuple(c for c in self.clauses if c.kind not in kinds))

    def having(self, kind: str, text: str | None) -> ColumnText:
        """Return the column with one clause of a kind in place of those it had (None: without)."""
        if text is None:
            return self.without(kind)
        clause = Clause(kind, text)
        if self.clause(kind) is None:
            return replace(self, clauses=(*self.clauses, clause))
        kept = [clause if c.kind == kind else c for c in self.clauses]
        return replace(self, clauses=tuple(kept))


@dataclass(frozen=True, slots=True)
class TableText:
    """A table: columns, constraints, and the options that follow the closing parenthesis."""

    columns: tuple[ColumnText, ...]
    constraints: tuple[Clause, ...]
    options: str = ""

    def column(self, name: str) -> ColumnText | None:
        """Return a column by name, whatever its case."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)

    def sql(self, name: str) -> str:
        """Return CREATE TABLE under a (quoted) name."""
        parts = [column.text for column in self.columns] + [c.text for c in self.constraints]
        body = ",\n\t".join(parts)
        return f"CREATE TABLE {name} (\n\t{body}\n){' ' if self.options else ''}{self.options}"

    @property
    def has_autoincrement(self) -> bool:
        """Whether the key is numbered by AUTOINCREMENT."""
        keys = (column.clause("PRIMARY KEY") for column in self.columns)
        return any("AUTOINCREMENT" in (t.word for t in tokens(key.text)) for key in keys if key)


def table(sql: str) -> TableText:
    """Take the text of CREATE TABLE apart.  Raises ValueError for ``CREATE TABLE … AS``."""
    found = tokens(sql)
    depth_start = next((i for i, t in enumerate(found) if t.text == "("), None)
    if depth_start is None:
        raise ValueError(f"not a table with columns: {sql[:60]}")
    close = _closing(found, depth_start)
    columns: list[ColumnText] = []
    constraints: list[Clause] = []
    for part in _split(found[depth_start + 1 : close]):
        if part[0].word in _TABLE_CLAUSES:
            constraints.extend(_clauses(part, sql, _TABLE_CLAUSES))
        else:
            columns.append(_column(part, sql))
    options = sql[found[close].end :].strip().rstrip(";").strip()
    return TableText(tuple(columns), tuple(constraints), options)


def _column(part: list[Token], sql: str) -> ColumnText:
    first = next((i for i, t in enumerate(part[1:], 1) if t.word in _CLAUSES), len(part))
    type_ = sql[part[1].start : part[first - 1].end] if first > 1 else ""
    clauses = tuple(_clauses(part[first:], sql, _CLAUSES))
    return ColumnText(part[0].text, type_, clauses)


def _clauses(part: list[Token], sql: str, starts: frozenset[str]) -> Iterator[Clause]:
    """Split a run of tokens into its clauses."""
    begins = [i for i in _beginnings(part, starts)]
    for position, begin in enumerate(begins):
        end = begins[position + 1] if position + 1 < len(begins) else len(part)
        run = part[begin:end]
        text = sql[run[0].start : run[-1].end]
        named = run[0].word == "CONSTRAINT"
        kind = run[2].word if named and len(run) > 2 else run[0].word
        yield Clause(_KINDS.get(kind, kind), text, unquoted(run[1].text) if named else None)


_KINDS = {"PRIMARY": "PRIMARY KEY", "NOT": "NOT NULL", "FOREIGN": "FOREIGN KEY", "AS": "GENERATED"}


def _beginnings(part: list[Token], starts: frozenset[str]) -> Iterator[int]:
    depth = 0
    before = ""
    after_name = 0
    for i, token in enumerate(part):
        depth += (token.text == "(") - (token.text == ")")
        word = token.word if depth == 0 else ""
        if after_name:
            after_name -= 1
        elif word in starts and not _continues(word, before, part, i):
            yield i
            after_name = 2 if word == "CONSTRAINT" else 0
        before = token.word


def _continues(word: str, before: str, part: list[Token], i: int) -> bool:
    """Whether a word that could begin a clause belongs to the one before it."""
    following = part[i + 1].word if i + 1 < len(part) else ""
    return (
        (word == "NULL" and before in ("NOT", "SET", "DEFAULT"))
        or (word == "DEFAULT" and before == "SET")
        or (word == "NOT" and following == "DEFERRABLE")
        or (word == "AS" and before == "ALWAYS")
        or (word == "UNIQUE" and before == "DEFAULT")
    )


def _closing(found: list[Token], opening: int) -> int:
    depth = 0
    for i in range(opening, len(found)):
        depth += (found[i].text == "(") - (found[i].text == ")")
        if depth == 0:
            return i
    raise ValueError("unbalanced parentheses")


def _split(found: Iterable[Token]) -> Iterator[list[Token]]:
    """Split tokens at the commas outside parentheses."""
    part: list[Token] = []
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _first_parentheses(sql: str) -> str:
    found = tokens(sql)
    opening = next((i for i, t in enumerate(found) if t.text == "("), None)
    if opening is None:
        return ""
    return sql[found[opening].end : found[_closing(found, opening)].start].strip()


def index_definition(sql: str) -> str:
    """Return what follows ``ON table`` in CREATE INDEX."""
    found = tokens(sql)
    at = next(i for i, t in enumerate(found) if t.word == "ON")
    return sql[found[at + 2].start :].strip()


def mentions(sql: str, name: str) -> bool:
    """Whether an identifier occurs in SQL text, whatever its case and quotes."""
    return any(
        t.kind in ("word", "quoted", "string") and unquoted(t.text).lower() == name.lower()
        for t in tokens(sql)
    )

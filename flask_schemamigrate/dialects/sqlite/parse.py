"""The text of CREATE TABLE, taken apart without losing a character.

SQLite keeps each statement as it was written; a rebuild changes only what it has to and leaves the
rest to the letter.  Grammar: https://www.sqlite.org/lang_createtable.html
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import NamedTuple

from ...schema.making import quickly

#: White space and comments, then one token; the end of the text is one too, so that a comment at
#: the end is not looked into.
_TOKEN = re.compile(
    r"""(?:\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*
      (?:(?P<word>(?![xX]')[^\W\d][\w$]*)
      | (?P<string>[xX]?'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      | (?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
      | (?P<end>\Z)
      | (?P<other>.))""",
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
#: Names without quotes and directions.
_PLAIN = re.compile(r"[^\W\d][\w$]*(?:\s*,\s*[^\W\d][\w$]*)*")
_PLAIN_COMMA = re.compile(r"\s*,\s*")
#: What stands before a column or constraint that we add.
LEAD = "\n\t"


class Token(NamedTuple):
    """A piece of the text; ``word`` is upper case for keywords and names, else empty.

    A tuple because there are very many: a thousand tables have half a million of them.
    """

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
        Token(found[kind], kind, found.start(kind))
        for found in _TOKEN.finditer(text)
        if (kind := found.lastgroup or "other") != "end"
    ]


def unquoted(text: str) -> str:
    """Return the identifier that a token stands for."""
    if text[:1] in "\"`'" and len(text) > 1:
        return text[1:-1].replace(text[0] * 2, text[0])
    return text[1:-1] if text[:1] == "[" else text


@quickly
@dataclass(frozen=True, slots=True)
class Clause:
    """One constraint of a column or table: its kind (``NOT NULL``, ``CHECK``, …), name and text.

    ``text`` is the whole clause, the ``CONSTRAINT name`` before it included.  ``lead`` and ``tail``
    are the white space and comments around it, where it stands between commas.  ``inside`` is what
    :meth:`inner` gives, for a clause that was read: looking for it anew takes time.
    """

    kind: str
    text: str
    name: str | None = None
    lead: str = field(default=LEAD, compare=False)
    tail: str = field(default="", compare=False)
    inside: str | None = field(default=None, compare=False)

    @property
    def body(self) -> str:
        """The text without ``CONSTRAINT name``."""
        return self.text[tokens(self.text)[2].start :] if self.name is not None else self.text

    def inner(self) -> str:
        """What stands in the first pair of parentheses."""
        return parenthesised(self.text) if self.inside is None else self.inside

    def columns(self) -> tuple[str, ...]:
        """The names in the first pair of parentheses, without their directions."""
        inner = self.inner()
        if _PLAIN.fullmatch(inner):
            return tuple(_PLAIN_COMMA.split(inner))
        return tuple(unquoted(part[0].text) for part in split(tokens(inner)) if part)

    def words(self) -> list[str]:
        """The keywords and plain names of the clause, in upper case."""
        return [token.word for token in tokens(self.text)]


@quickly
@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column: its name as written, its type and its clauses.

    ``source`` is the definition to the letter, for as long as nothing of it has changed.
    """

    quoted: str
    type: str
    clauses: tuple[Clause, ...]
    source: str | None = field(default=None, compare=False)
    lead: str = field(default=LEAD, compare=False)
    tail: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """The name without quotes."""
        return unquoted(self.quoted)

    @property
    def text(self) -> str:
        """The column's definition."""
        if self.source is not None:
            return self.source
        words = (self.quoted, self.type, *(clause.text for clause in self.clauses))
        return " ".join(word for word in words if word)

    def clause(self, kind: str) -> Clause | None:
        """Return the first clause of a kind, or None."""
        return next((c for c in self.clauses if c.kind == kind), None)

    def with_type(self, type_: str) -> ColumnText:
        """Return the column with another type."""
        return replace(self, type=type_, source=None)

    def with_clauses(self, clauses: Iterable[Clause]) -> ColumnText:
        """Return the column with other clauses."""
        return replace(self, clauses=tuple(clauses), source=None)

    def without(self, *kinds: str) -> ColumnText:
        """Return the column without the clauses of some kinds."""
        if not any(c.kind in kinds for c in self.clauses):
            return self
        return self.with_clauses(c for c in self.clauses if c.kind not in kinds)

    def having(self, kind: str, text: str | None) -> ColumnText:
        """Return the column with one clause of a kind in place of those it had (None: without)."""
        if text is None:
            return self.without(kind)
        clause = Clause(kind, text)
        if self.clause(kind) is None:
            return self.with_clauses((*self.clauses, clause))
        return self.with_clauses(clause if c.kind == kind else c for c in self.clauses)


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
        items: list[ColumnText | Clause] = [*self.columns, *self.constraints]
        body = ",".join(f"{item.lead}{item.text}{item.tail}" for item in items)
        end = "" if items[-1].tail else "\n"
        return f"CREATE TABLE {name} ({body}{end}){' ' if self.options else ''}{self.options}"

    @property
    def has_autoincrement(self) -> bool:
        """Whether the key is numbered by AUTOINCREMENT."""
        keys = (column.clause("PRIMARY KEY") for column in self.columns)
        return any("AUTOINCREMENT" in key.words() for key in keys if key)

    @property
    def has_rowid(self) -> bool:
        """Whether it is not ``WITHOUT ROWID``."""
        return "ROWID" not in (t.word for t in tokens(self.options))


def table(sql: str) -> TableText:
    """Take the text of CREATE TABLE apart.  Raises ValueError where it names no columns."""
    found = tokens(sql)
    opening = next((i for i, t in enumerate(found) if t.text == "("), None)
    if opening is None:
        raise ValueError(f"not a table with columns: {sql[:60]}")
    close = closing(found, opening)
    columns: list[ColumnText] = []
    constraints: list[Clause] = []
    end = found[opening].end
    starts = [token.start for token in found]
    for part in split(found[opening + 1 : close]):
        lead = sql[end : part[0].start]
        end = starts[bisect_left(starts, part[-1].end)]
        tail = sql[part[-1].end : end]
        end += 1
        if part[0].word in _TABLE_CLAUSES:
            clauses = list(_clauses(part, sql, _TABLE_CLAUSES))
            clauses[0] = replace(clauses[0], lead=lead)
            clauses[-1] = replace(clauses[-1], tail=tail)
            constraints.extend(clauses)
        else:
            columns.append(replace(_column(part, sql), lead=lead, tail=tail))
    options = sql[found[close].end :].strip().rstrip(";").strip()
    return TableText(tuple(columns), tuple(constraints), options)


def _column(part: list[Token], sql: str) -> ColumnText:
    first = next((i for i, t in enumerate(part[1:], 1) if t.word in _CLAUSES), len(part))
    type_ = sql[part[1].start : part[first - 1].end] if first > 1 else ""
    clauses = tuple(_clauses(part[first:], sql, _CLAUSES))
    return ColumnText(part[0].text, type_, clauses, sql[part[0].start : part[-1].end])


def _clauses(part: list[Token], sql: str, starts: frozenset[str]) -> Iterator[Clause]:
    """Split a run of tokens into its clauses."""
    begins = list(_beginnings(part, starts))
    for begin, end in zip(begins, [*begins[1:], len(part)]):
        run = part[begin:end]
        text = sql[run[0].start : run[-1].end]
        named = run[0].word == "CONSTRAINT"
        kind = run[2].word if named and len(run) > 2 else run[0].word
        name = unquoted(run[1].text) if named else None
        yield Clause(_KINDS.get(kind, kind), text, name, inside=_inside(run, sql))


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


def closing(found: list[Token], opening: int) -> int:
    """Return the index of the parenthesis that closes the one at ``opening``."""
    depth = 0
    for i in range(opening, len(found)):
        depth += (found[i].text == "(") - (found[i].text == ")")
        if depth == 0:
            return i
    raise ValueError("unbalanced parentheses")


def split(found: Iterable[Token]) -> Iterator[list[Token]]:
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


def parenthesised(sql: str) -> str:
    """Return what stands in the first pair of parentheses, or an empty string."""
    return _inside(tokens(sql), sql)


def _inside(found: list[Token], sql: str) -> str:
    opening = next((i for i, t in enumerate(found) if t.text == "("), None)
    if opening is None:
        return ""
    return sql[found[opening].end : found[closing(found, opening)].start].strip()


def index_definition(sql: str) -> str:
    """Return what follows ``ON table`` in CREATE INDEX."""
    found = tokens(sql)
    at = next(i for i, t in enumerate(found) if t.word == "ON")
    return sql[found[at + 2].start :].strip()


def mentions(sql: str, name: str, *, strings: bool = False) -> bool:
    """Whether an identifier occurs in SQL text, whatever its case and quotes.

    ``strings``: also where it stands in a string, which SQLite takes for an identifier where only
    that can be (https://www.sqlite.org/lang_keywords.html).
    """
    kinds = ("word", "quoted", "string") if strings else ("word", "quoted")
    return any(t.kind in kinds and unquoted(t.text).lower() == name.lower() for t in tokens(sql))


def indexes(definition: str, name: str) -> bool:
    """Whether what follows ``ON table`` in CREATE INDEX needs a column, as key or in WHERE."""
    keys = split(tokens(parenthesised(definition)))
    as_strings = {unquoted(key[0].text).lower() for key in keys if key[0].kind == "string"}
    return name.lower() in as_strings or mentions(definition, name)


def normal(sql: str) -> tuple[str, ...]:
    """Return the tokens of SQL, names unquoted and in lower case, strings to the letter."""
    return tuple(t.text if t.kind == "string" else unquoted(t.text).lower() for t in tokens(sql))

"""What the scripts of a history speak of, without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields
from functools import cache
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

from .folder import Folder
from .listing import File
from .listing import files

_SCHEMAS = ("schema", "source_schema")

#: What a script says of itself: none of it is the name of a table.
_HEADER = {"revision", "down_revision", "branch_labels", "depends_on"}

#: Calls whose strings name columns, and others whose lists do.
_OF_COLUMNS = {
    "Column",
    "column",
    "alter_column",
    "drop_column",
    "PrimaryKeyConstraint",
    "UniqueConstraint",
}
_WITH_COLUMNS = {
    "create_foreign_key",
    "create_index",
    "create_primary_key",
    "create_unique_constraint",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """The strings in scripts; ``schemas`` are those that stand for ``schema=``.

    ``names`` are the strings that may name a table, in lower case: neither what a script says of
    itself nor the name of a column.
    """

    strings: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()
    sequences: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def says(self, sql: str) -> bool:
        """Whether a string begins with that SQL, and with nothing else of its last word."""
        return any(
            text.startswith(sql) and not text[len(sql) : len(sql) + 1].isidentifier()
            for text in self.strings
        )

    def mentions(self, table: str) -> bool:
        """Whether a table's name is a word of one of the strings, or in it where it is no word."""
        lower = table.lower()
        if re.fullmatch(r"\w+", lower):
            return lower in self.words
        return any(lower in text for text in self.names)


def of(folder: Folder) -> Spoken:
    """Return what the scripts of a history speak of; one that is no Python says nothing.

    A script is read again only where its stamp has changed.
    """
    return _together(tuple(files(folder.locations, folder.recursive, sourceless=False)))


@lru_cache(maxsize=4)
def _together(files: tuple[File, ...]) -> Spoken:
    every = [_read(file) for file in files]

    def union(part: Callable[[Spoken], frozenset[str]]) -> frozenset[str]:
        return frozenset().union(*map(part, every))

    return Spoken(*(union(attrgetter(field.name)) for field in fields(Spoken)))


@cache
def _read(file: File) -> Spoken:
    """Return what one script speaks of."""
    try:
        tree = ast.parse(Path(file.path).read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError):
        return Spoken()
    strings: set[str] = set()
    schemas: set[str] = set()
    sequences: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(value)):
                strings.add(value.replace("\\:", ":"))  # As sqlalchemy.text reads it.
            case ast.keyword(arg=name, value=ast.Constant(value=str(value))):
                if name in _SCHEMAS:
                    schemas.add(value)
            case ast.Call(
                func=ast.Attribute(attr="Sequence") | ast.Name(id="Sequence"),
                args=[ast.Constant(value=str(value)), *_],
            ):
                sequences.add(value)
    names = frozenset(text.lower() for text in _names(tree))
    words = frozenset(word for text in names for word in re.findall(r"\w+", text))
    return Spoken(frozenset(strings), frozenset(schemas), frozenset(sequences), names, words)


def _names(tree: ast.AST) -> Iterator[str]:
    """Yield the strings of a script that may name a table."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Constant(value=str(value)):
                yield value
            case ast.Expr(value=ast.Constant()):
                pass  # A docstring.
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name))
            ) if name in _HEADER:
                pass
            case ast.Call():
                of_columns = _of_columns(node)
                waiting += [one for one in ast.iter_child_nodes(node) if one not in of_columns]
            case _:
                waiting += ast.iter_child_nodes(node)


def _of_columns(call: ast.Call) -> Sequence[ast.expr]:
    """Return the arguments of a call that name columns."""
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if name in _OF_COLUMNS:
        return [argument for argument in call.args if isinstance(argument, ast.Constant)]
    lists = [argument for argument in call.args if isinstance(argument, ast.List | ast.Tuple)]
    if name == "ForeignKeyConstraint":
        return lists[:1]  # The other one has the table's name in it.
    return lists if name in _WITH_COLUMNS else []

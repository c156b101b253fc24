"""Renames, decided step by step: a table has to have its new name before its columns are compared
with those of its model, in the server's spelling."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

from ..dialects.base import Dialect
from ..dialects.base import Settlement
from ..diff import flags
from ..diff import renames as renaming
from ..diff.candidates import Candidate
from ..diff.following import ServerNames
from ..diff.renames import Questions
from ..diff.renames import Renames
from ..errors import did_you_mean
from ..errors import InvalidSetting
from ..operations.base import Operation
from ..schema.names import Name
from ..schema.objects import Schema


@dataclass(frozen=True, slots=True)
class Renamed:
    """The operations that rename, and both sides as they are after them.

    ``start`` is the database's schema before them, in the server's spelling; ``renames`` are those
    of tables and columns.
    """

    start: Schema
    renames: Renames
    operations: tuple[Operation, ...]
    settled: Settlement

    def origin(self, table: Name, column: str) -> tuple[Name, str]:
        """Return what a column, and its table, are called before the renames."""
        old_tables = {new: old for old, new in self.renames.tables.items()}
        old_columns = {(t, new): old for (t, old), new in self.renames.columns.items()}
        return old_tables.get(table, table), old_columns.get((table, column), column)


@dataclass(frozen=True, slots=True)
class Folding:
    """Answers for names that differ in upper and lower case alone, where those are the same."""

    kinds: frozenset[str]
    questions: Questions

    def is_renamed(self, candidate: Candidate) -> bool:
        """Whether it is the same thing, or was renamed by somebody's word."""
        same = candidate.old.lower() == candidate.new.lower()
        return (same and candidate.kind in self.kinds) or self.questions.is_renamed(candidate)


def decided(
    dialect: Dialect,
    settled: Settlement,
    wanted: Schema,
    texts: Sequence[str],
    questions: Questions,
) -> Renamed:
    """Return what is renamed between two sides, ``settled`` of which ``wanted`` was the second.

    ``texts`` are those of ``--rename``; ``questions`` are asked about the rest, tables first.
    """
    questions = Folding(dialect.folds_case, questions)
    start = now = settled.actual
    names = ServerNames(dialect.constraint_name, dialect.sequence_name, dialect.renamable)
    certain = flags.parse(texts, now, settled.wanted)
    certain = renaming.ask_tables(now, settled.wanted, certain, questions)
    operations = tuple(certain.of_tables.operations(now))
    if operations:
        now = _after(operations, now)
        settled = dialect.settle(now, wanted)
        now = settled.actual
    parts = renaming.ask_parts(now, settled.wanted, certain.of_parts, questions)
    later = tuple(parts.operations(now, dialect.with_values))
    now = _after(later, now)
    together = Renames(certain.tables, parts.columns)
    following = tuple(names.following(start, now, wanted, together))
    if later or following:
        settled = dialect.settle(_after(following, now), wanted)
    return Renamed(start, together, (*operations, *later, *following), settled)


def _after(operations: Iterable[Operation], schema: Schema) -> Schema:
    for operation in operations:
        schema = operation.apply(schema)
    return schema


def meant_for(texts: Sequence[str], actual: Schema, wanted: Schema) -> list[str]:
    """Return the renames that are meant for this one of several databases."""
    known = (*actual.tables, *wanted.tables, *actual.enums, *actual.sequences)
    names = {str(name) for name in known}
    return [text for text in texts if names & _beginnings(text)]


def unused(texts: Iterable[str], meant: Collection[str], tables: Iterable[str]) -> None:
    """Raise InvalidSetting for a ``--rename`` that is ``meant`` for none of several databases."""
    for text in texts:
        if text not in meant:
            old = text.partition(":")[0]
            raise InvalidSetting(
                f"--rename {text}: no database has {old!r}."
                + did_you_mean(old.rpartition(".")[0] or old, tables),
                hint=flags.HOW,
            )


def _beginnings(text: str) -> set[str]:
    """Return what may be the table, or the type, in a ``--rename``."""
    return {text, *(text[:place] for place, char in enumerate(text) if char in ".:")}

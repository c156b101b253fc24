"""Pieces of DDL as text: what stands in CREATE TABLE for a column or a constraint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Constraint
from ...schema.objects import Exclude
from ...schema.objects import ForeignKey
from ...schema.objects import Identity
from ...schema.objects import PrimaryKey
from ...schema.objects import Sequence
from ...schema.objects import Unique
from .. import sequences
from .reader import readable


def bare(expression: str) -> str:
    """Return an expression without parentheses around the whole of it."""
    while expression.startswith("(") and _closing(expression) == len(expression) - 1:
        expression = expression[1:-1]
    return expression


def _closing(expression: str) -> int:
    """Return where the first parenthesis closes; those in quotes do not count."""
    depth, quote = 0, ""
    for position, character in enumerate(expression):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position
    return -1


def uncast(present: Column) -> str:
    """Return a default without the cast to its column's own type."""
    text = str(present.default)
    plain = str(present.type).partition(" COLLATE ")[0]
    head, parenthesis, tail = plain.partition("(")
    base = head + tail.partition(")")[2] if parenthesis else plain
    for ending in (f"::{plain}", f"::{base}"):
        if text.startswith("'") and text.endswith(ending):
            return text[: -len(ending)]
    return text


class Words:
    """Writes values as DDL; ``preparer`` is SQLAlchemy's, which quotes names."""

    def __init__(self, preparer: Any) -> None:
        self.preparer = preparer

    def quote(self, identifier: str) -> str:
        """Quote one identifier where it needs it."""
        return str(self.preparer.quote(identifier))

    def name(self, name: Name) -> str:
        """Return a name with its schema, quoted."""
        if name.schema is None:
            return self.quote(name.name)
        return f"{self.preparer.quote_schema(name.schema)}.{self.quote(name.name)}"

    def names(self, columns: Iterable[str]) -> str:
        """Return a list of columns in parentheses."""
        return f"({', '.join(map(self.quote, columns))})"

    def sequence(self, sequence: Sequence) -> str:
        """Return ``name AS type INCREMENT BY …`` as in CREATE SEQUENCE."""
        kind = [f"AS {sequence.type}"] if sequence.type else []
        return " ".join([self.name(sequence.name), *kind, *sequences.options(sequence)])

    def column(self, column: Column) -> str:
        """Return ``name type …`` as in CREATE TABLE and ADD COLUMN."""
        words = [self.quote(column.name), _type(column)]
        if column.computed is not None:
            kind = "VIRTUAL" if column.computed.persisted is False else "STORED"
            words.append(f"GENERATED ALWAYS AS ({readable(str(column.computed.sql))}) {kind}")
        elif column.identity is not None:
            words.append(identity(column.identity))
        elif column.default is not None:
            words.append(f"DEFAULT {column.default}")
        if not column.nullable:
            words.append("NOT NULL")
        return " ".join(words)

    def constraint(self, constraint: Constraint) -> str:
        """Return ``CONSTRAINT name …`` as in CREATE TABLE and ADD."""
        name = f"CONSTRAINT {self.quote(constraint.name)} " if constraint.name else ""
        return name + self._body(constraint)

    def _body(self, constraint: Constraint) -> str:
        match constraint:
            case PrimaryKey():
                return f"PRIMARY KEY {self._key(constraint)}{deferral(constraint)}"
            case Unique():
                distinct = dict(constraint.options).get("postgresql_nulls_not_distinct")
                nulls = "NULLS NOT DISTINCT " if distinct else ""
                return f"UNIQUE {nulls}{self._key(constraint)}{deferral(constraint)}"
            case ForeignKey():
                return self._foreign_key(constraint)
            case Check():
                return f"CHECK ({readable(str(constraint.sql))}){_validity(constraint)}"
            case Exclude():
                return readable(str(constraint.definition))

    def _key(self, key: PrimaryKey | Unique) -> str:
        included = dict(key.options).get("postgresql_include")
        return self.names(key.columns) + (f" INCLUDE {self.names(included)}" if included else "")

    def _foreign_key(self, key: ForeignKey) -> str:
        words = [f"FOREIGN KEY {self.names(key.columns)}", self.references(key)]
        return " ".join(words) + deferral(key) + _validity(key)

    def references(self, key: ForeignKey) -> str:
        """Return ``REFERENCES table (columns) ON DELETE …``."""
        text = f"REFERENCES {self.name(key.target)} {self.names(key.target_columns)}"
        if key.match:
            text += f" MATCH {key.match}"
        if key.ondelete:
            text += f" ON DELETE {key.ondelete}"
        return text + (f" ON UPDATE {key.onupdate}" if key.onupdate else "")


def _type(column: Column) -> str:
    serial = {"smallint": "SMALLSERIAL", "bigint": "BIGSERIAL", "integer": "SERIAL"}
    if column.autoincrement:
        return serial.get(str(column.type).lower(), str(column.type))
    return str(column.type)


def deferral(key: PrimaryKey | Unique | ForeignKey) -> str:
    """Return ``DEFERRABLE INITIALLY DEFERRED``, or as much of it as is given."""
    text = " DEFERRABLE" if key.deferrable else ""
    return text + (f" INITIALLY {key.initially.upper()}" if key.initially else "")


def _validity(constraint: Check | ForeignKey) -> str:
    return " NOT VALID" if dict(constraint.options).get("postgresql_not_valid") else ""


def identity(value: Identity) -> str:
    """Return ``GENERATED … AS IDENTITY (…)``."""
    options = " ".join(sequences.options(value))
    kind = "ALWAYS" if value.always else "BY DEFAULT"
    return f"GENERATED {kind} AS IDENTITY" + (f" ({options})" if options else "")

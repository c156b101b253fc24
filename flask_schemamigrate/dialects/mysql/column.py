"""Changing a column: all of it is said again, from what the table has and the script changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Protocol

from ...errors import InvalidOperation
from ...operations.base import UNSET
from ...operations.columns import AlterColumn
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import Sql
from ...schema.objects import Table
from .facts import Facts
from .inspect import INVISIBLE

#: Types that CONVERT TO CHARACTER SET makes larger.
TEXTS = frozenset(("tinytext", "text", "mediumtext"))
_LITERAL = re.compile(r"(?is)\s*(?:[+-]?[\d.]+(?:e[+-]?\d+)?|[bx]?'.*'|null|true|false)\s*")
_NOW = re.compile(r"(?i)\s*(?:current_timestamp|now|localtime|localtimestamp)\b")
_CHARACTERS = re.compile(r"(?i)(?:national )?(?:var)?char|(?:tiny|medium|long)?text|enum|set")
_COLLATED = re.compile(r"(?i)\b(?:collate|character set|charset|ascii|unicode|binary)\b[^')]*$")


class Speller(Protocol):
    """What this module needs of the DDL."""

    facts: Facts

    def quote(self, identifier: str) -> str:
        """Quote an identifier."""

    def literal(self, value: str | None) -> str:
        """Return a string literal."""


def definition(ddl: Speller, column: Column, table: Table | None) -> str:
    """Return ``name type …`` with all that belongs to a column, its own check included."""
    words = [ddl.quote(column.name), column.type.text]
    if column.computed is not None:
        kind = "STORED" if column.computed.persisted else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({column.computed.sql}) {kind}")
        if not column.nullable and not ddl.facts.mariadb:
            words.append("NOT NULL")
    else:
        words.append("NULL" if column.nullable else "NOT NULL")
    if column.default is not None and column.computed is None:
        words.append(f"DEFAULT {default(ddl.facts, column.default.text)}")
    if column.autoincrement:
        words.append("AUTO_INCREMENT")
    if column.comment:
        words.append(f"COMMENT {ddl.literal(column.comment)}")
    if dict(column.options).get(INVISIBLE):
        words.append("INVISIBLE")
    words.extend(f"CHECK ({text})" for text in own_checks(table, column.name))
    return " ".join(words)


def has_characters(column: Column) -> bool:
    """Whether a column holds text, in a character set."""
    return column.computed is None and _CHARACTERS.match(column.type.text) is not None


def own_checks(table: Table | None, column: str) -> Iterator[str]:
    """Yield the check that is part of a column (MariaDB): MODIFY would drop it silently."""
    for check in table.checks if table is not None else ():
        if check.column == column:
            yield check.sql.text


def default(facts: Facts, text: str) -> str:
    """Return a default as it stands in a column; expressions are put in parentheses."""
    bare = re.sub(r"(?is)\s+on\s+update\s.*", "", text)
    plain = _LITERAL.fullmatch(bare) or _NOW.match(bare) or bare.lstrip().startswith("(")
    function = facts.mariadb and re.fullmatch(r"\w+\s*\([^()]*\)|\w+", bare.strip())
    return text if plain or function else f"({bare}){text[len(bare) :]}"


@dataclass(frozen=True, slots=True)
class Change:
    """One ``alter_column`` on a table that may not be known."""

    ddl: Speller
    op: AlterColumn
    table: Table | None

    def clauses(self) -> Iterator[str]:
        """Yield what follows ``ALTER TABLE name``, one statement each."""
        for clause in self._clauses():
            follows = self.op.new_name is not UNSET and not self.ddl.facts.follows_renames
            yield ", ".join(self._followed(clause)) if follows else clause

    def _followed(self, clause: str) -> Iterator[str]:
        """Yield a clause that renames, and what makes the rest of the table name the new column."""
        old, new = f"`{self.op.column}`", f"`{self.op.new_name}`"
        table = self.table
        checks = [c for c in table.checks if old in c.sql.text] if table is not None else []
        names = [self.ddl.quote(str(check.name)) for check in checks]
        for name in names:
            yield f"DROP {self.ddl.facts.drop_check} {name}"
        yield clause
        for column in table.columns if table is not None else ():
            computed = column.computed
            if computed is not None and old in computed.sql.text:
                sql = replace(computed.sql, text=computed.sql.text.replace(old, new))
                renamed = replace(column, computed=replace(computed, sql=sql))
                yield f"MODIFY {definition(self.ddl, renamed, table)}"
        for name, check in zip(names, checks, strict=True):
            yield f"ADD CONSTRAINT {name} CHECK ({check.sql.text.replace(old, new)})"

    def _clauses(self) -> Iterator[str]:
        changes = {name for name in self.op.changes() if name != "identity"}
        name = self.ddl.quote(self.op.column)
        if not changes:
            return
        # The catalogue would call a check within the column by the column's former name for ever.
        checked = any(own_checks(self.table, self.op.column))
        if changes == {"name"} and self.ddl.facts.rename_column and not checked:
            yield f"RENAME COLUMN {name} TO {self.ddl.quote(str(self.op.new_name))}"
        elif changes == {"default"} and self._default_alone():
            yield f"ALTER COLUMN {name} {self._default_clause()}"
        elif self._leaves_virtual():
            yield from self._made_real()
        elif self._becomes_virtual():
            # The server makes no column virtual; what it holds is computed anew anyway.
            yield f"DROP COLUMN {name}, ADD COLUMN {self._definition(self.after)}"
        else:
            verb = f"CHANGE {name}" if "name" in changes else "MODIFY"
            yield f"{verb} {self._definition(self.after)}"

    @property
    def known(self) -> Column | None:
        """The column as the table has it."""
        return self.table.column(self.op.column) if self.table is not None else None

    @property
    def before(self) -> Column:
        """The column as it is: what the table says, else what the script says."""
        if self.known is not None:
            return self.known
        existing = self.op.existing
        type_ = existing.type if existing.type is not UNSET else self.op.type
        if type_ is UNSET:
            raise InvalidOperation(
                f"{self.op.describe()}: the column's type is not known here, and MariaDB and MySQL "
                "need all of its definition.",
                hint="Give existing_type=… (and existing_nullable, existing_server_default, "
                "existing_comment) to op.alter_column().",
            )
        given: dict[str, Any] = {
            "nullable": existing.nullable,
            "default": existing.default,
            "comment": existing.comment,
            "autoincrement": existing.autoincrement,
        }
        stated = {name: value for name, value in given.items() if value is not UNSET}
        return Column(self.op.column, type_, **stated)

    @property
    def after(self) -> Column:
        """The column as it is to be."""
        changed = self.op.altered(self.before)
        if changed.computed is not None:
            changed = replace(changed, default=None)
        return replace(changed, type=self._collated(changed.type))

    def _collated(self, type_: Sql) -> Sql:
        """Return a new type with the column's own collation, unless the script names one.

        A script takes it away whose ``existing_type`` has one and whose new type has none; so does
        one whose new type is the old one but for the collation, or it would change nothing.
        """
        known, given = self.known, self.op.existing.type
        own = _COLLATED.search(known.type.text) if known is not None else None
        named = _COLLATED.search(type_.text)
        bare = known.type.text[: own.start()].strip() if known is not None and own else None
        taken = given is not UNSET and _COLLATED.search(given.text) is not None
        taken = taken or (bare is not None and bare.lower() == type_.text.lower())
        if self.op.type is UNSET or not own or named or taken or not _CHARACTERS.match(type_.text):
            return type_
        return replace(type_, text=f"{type_.text} {own[0]}")

    def _definition(self, column: Column) -> str:
        text = definition(self.ddl, column, None)
        for check in own_checks(self.table, self.op.column):
            old, new = f"`{self.op.column}`", f"`{column.name}`"
            text += f" CHECK ({check.replace(old, new)})"
        return text

    # --- defaults ------------------------------------------------------------------------------

    def _default_alone(self) -> bool:
        """Whether ALTER COLUMN will do: it takes literals everywhere, and keeps ON UPDATE."""
        known, wanted = self.known, self.op.default
        updated = known is not None and known.default is not None
        if updated and known is not None and " ON UPDATE " in str(known.default).upper():
            return False
        if isinstance(wanted, Sql) and re.search(r"(?i)\son\s+update\s", wanted.text):
            return False
        if known is None and self.op.existing.type is UNSET:
            return True  # Nothing else can be said.
        return wanted is None or bool(_LITERAL.fullmatch(str(wanted)))

    def _default_clause(self) -> str:
        if isinstance(self.op.default, Sql):
            return f"SET DEFAULT {default(self.ddl.facts, self.op.default.text)}"
        # Without any default a nullable column would have to be given in each INSERT.
        nullable = self.known.nullable if self.known is not None else self.op.existing.nullable
        return "SET DEFAULT NULL" if nullable is True else "DROP DEFAULT"

    # --- generated columns ---------------------------------------------------------------------

    def _leaves_virtual(self) -> bool:
        known = self.known
        generated = known.computed if known is not None else None
        return self.op.computed is None and generated is not None and not generated.persisted

    def _becomes_virtual(self) -> bool:
        known, wanted = self.known, self.op.computed
        comes = isinstance(wanted, Computed) and not wanted.persisted
        if not comes or known is None or known.computed is not None or self.table is None:
            return False
        keys = [key.columns for key in self.table.uniques]
        keys += [index.columns for index in self.table.indexes]
        return not any(self.op.column in columns for columns in keys)

    def _made_real(self) -> Iterator[str]:
        """Yield a stored twin that takes the column's place: the server converts no virtual one."""
        assert self.known is not None
        computed = self.known.computed
        assert computed is not None
        twin = replace(
            self.known, name=f"{self.op.column}_", computed=replace(computed, persisted=True)
        )
        yield f"ADD COLUMN {definition(self.ddl, twin, None)}"
        yield f"DROP COLUMN {self.ddl.quote(self.op.column)}"
        yield f"CHANGE {self.ddl.quote(twin.name)} {self._definition(self.after)}"

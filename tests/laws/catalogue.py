"""What a database holds, read straight from its catalogue: a reader of the tests' own.

It shares nothing with ``flask_schemamigrate.dialects`` or SQLAlchemy's inspector, so that it cannot
be wrong in the same way.  The result maps each thing to its text; two databases are alike if theirs
are equal.  The version table is left out: we make it wider.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from . import mariadb
from . import postgresql
from . import sqlite


class Entry(NamedTuple):
    """A thing in a catalogue: its kind, the table or type that it belongs to, and its own name."""

    kind: str
    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}{'.' if self.name else ''}{self.name}"


Catalogue = dict[Entry, str]

READERS = {"sqlite": sqlite.read, "postgresql": postgresql.read, "mysql": mariadb.read}


def read(engine: Engine, places: bool = True) -> Catalogue:
    """Return everything that a database holds, but for its rows.

    Without ``places`` the order of columns makes no difference.
    """
    with engine.connect() as connection:
        found = {
            Entry(kind, owner, name): (f"{place} {text}" if places and place else text)
            for kind, owner, name, place, text in READERS[engine.dialect.name](connection)
        }
    return {entry: found[entry] for entry in sorted(found) if not any(o in str(entry) for o in OWN)}


def differences(one: Catalogue, other: Catalogue) -> dict[Entry, tuple[str | None, str | None]]:
    """Return the entries that are not the same in both, as a pair of texts."""
    pairs = {entry: (one.get(entry), other.get(entry)) for entry in sorted({*one, *other})}
    return {entry: pair for entry, pair in pairs.items() if pair[0] != pair[1]}


#: Tables that are no part of the schema.
OWN = ("alembic_version", "schemamigrate_log")

Rows = dict[str, list[dict[str, object]]]


def rows(engine: Engine) -> Rows:
    """Return all rows of all tables, in an order that does not depend on where they lie.

    Those of the log are left out: they have a time in them.
    """
    found = {}
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            if table == "schemamigrate_log":
                continue
            quoted = engine.dialect.identifier_preparer.quote_identifier(table)
            result = connection.exec_driver_sql(f"SELECT * FROM {quoted}")
            found[table] = sorted(([*map(dict, result.mappings())]), key=repr)
    return found

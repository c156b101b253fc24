"""Schemas and sequences that a history has made, and that models may have left.

A database does not say whose they are; the scripts that made them do.  Others are left alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import sqlalchemy as sa

from ..history import spoken
from ..history.spoken import Spoken
from ..run.session import Session
from ..schema.objects import Schema
from . import reading


def places(opened: Session, wanted: Collection[str]) -> frozenset[str]:
    """Return the schemas to look into: those of the models, and those that scripts speak of."""
    if "schemas" not in opened.dialect.beside:
        return frozenset(wanted)
    there = set(sa.inspect(opened.connection).get_schema_names())
    others = there - {*wanted, opened.dialect.default_schema, "information_schema"}
    said = spoken.of(reading.folder(opened.settings)) if others else Spoken()
    made = {name for name in others if said.says(_creation(opened, name))}
    return frozenset(wanted) | (others & said.schemas) | made


def ours(opened: Session, actual: Schema, wanted: Schema) -> Schema:
    """Return ``actual`` without the schemas and sequences that neither models nor scripts have."""
    sequences = [name for name in actual.sequences if name not in wanted.sequences]
    schemas = actual.schemas - wanted.schemas
    if not sequences and not schemas:
        return actual
    from ..source.types import Types
    from ..source.values import Values

    said = spoken.of(reading.folder(opened.settings))
    for name in sequences:
        quoted = Values(opened.dialect.reader, Types(opened.dialect.sqlalchemy)).table_name(name)
        if not said.says(f"CREATE SEQUENCE {quoted}") and name.name not in said.sequences:
            actual = actual.without_sequence(name)
    strange = {name for name in schemas if not said.says(_creation(opened, name))}
    return replace(actual, schemas=actual.schemas - strange)


def _creation(opened: Session, schema: str) -> str:
    """Return what a script has that makes a schema."""
    quoted = opened.dialect.sqlalchemy.identifier_preparer.quote_schema(schema)
    return f"CREATE SCHEMA IF NOT EXISTS {quoted}"

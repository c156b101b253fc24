"""What ``alter_column`` becomes: one operation, and the checks that types bring."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite

from flask_schemamigrate.directives.alter import alterations
from flask_schemamigrate.directives.build import Builder
from flask_schemamigrate.operations.base import UNSET
from flask_schemamigrate.operations.columns import AlterColumn
from flask_schemamigrate.schema.metadata import Reader

CHECKED = sa.Enum("a", "b", native_enum=False, create_constraint=True)


def _kinds(dialect: Any, **given: Any) -> list[str]:
    return [operation.kind for operation in _alterations(dialect, **given)]


def _alterations(dialect: Any, **given: Any) -> list[Any]:
    return list(alterations(Builder(Reader(dialect)), "t", None, "c", given))


def test_new_type_brings_its_check_without_a_name() -> None:
    assert _kinds(sqlite.dialect(), type_=CHECKED) == ["alter_column", "add_constraint"]


def test_check_of_the_old_type_goes_first() -> None:
    found = _kinds(sqlite.dialect(), type_=sa.String(9), existing_type=CHECKED)
    assert found == ["drop_constraint", "alter_column"]


def test_type_that_stays_keeps_its_check() -> None:
    assert _kinds(sqlite.dialect(), nullable=False, existing_type=CHECKED) == ["alter_column"]


def test_existing_type_that_the_database_cannot_spell_is_left_to_the_table() -> None:
    (found,) = _alterations(mysql.dialect(), type_=sa.Text(), existing_type=sa.VARCHAR())
    assert isinstance(found, AlterColumn)
    assert found.existing.type is UNSET

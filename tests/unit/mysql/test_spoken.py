"""What MySQL tells of expressions and defaults: the texts are those of a server (9.7)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from flask_schemamigrate.dialects.mysql import spoken
from flask_schemamigrate.dialects.mysql.column import Change
from flask_schemamigrate.dialects.mysql.ddl import MySQLDDL
from flask_schemamigrate.dialects.mysql.facts import Facts
from flask_schemamigrate.operations.base import UNSET
from flask_schemamigrate.operations.columns import AlterColumn
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Check
from flask_schemamigrate.schema.objects import Column
from flask_schemamigrate.schema.objects import Computed
from flask_schemamigrate.schema.objects import Sql
from flask_schemamigrate.schema.objects import Table


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("(`f` <> _utf8mb4\\'it\\\\\\'s\\')", "(`f` <> _utf8mb4'it\\'s')"),
        ("(`g` <> _utf8mb4\\'Ã¼\\\\\\\\n\\')", "(`g` <> _utf8mb4'ü\\\\n')"),
        ("(`g` <> _utf8mb4\\'â‚¬\\')", "(`g` <> _utf8mb4'€')"),
        ("(`g` <> _utf8mb4\\'ü\\')", "(`g` <> _utf8mb4'ü')"),
        ("uuid()", "uuid()"),
    ],
)
def test_an_expression_is_read_as_it_was_written(told: str, meant: str) -> None:
    assert spoken.expression(told) == meant


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (None, (None, "")),
        ("NULL", (None, "")),
        ("'it''s \\\\'", ("it's \\", "")),
        ("'CURRENT_TIMESTAMP'", ("CURRENT_TIMESTAMP", "")),
        ("CURRENT_TIMESTAMP(6)", ("CURRENT_TIMESTAMP(6)", " DEFAULT_GENERATED")),
        ("((1 + 2))", ("(1 + 2)", " DEFAULT_GENERATED")),
        ("(now())", ("now()", " DEFAULT_GENERATED")),
        ("b'101'", ("b'101'", "")),
    ],
)
def test_a_default_that_is_shown_is_told_as_in_the_catalogue(
    shown: str | None, told: tuple[str | None, str]
) -> None:
    assert spoken.default(shown) == told


def test_a_renamed_column_takes_along_what_names_it() -> None:
    dialect = mysql.dialect()
    ddl = MySQLDDL(dialect, Facts(False, (8, 4)))
    columns = (
        Column("n", Sql("int", sa.Integer())),
        Column("g", Sql("int", sa.Integer()), computed=Computed(Sql("`n` + 1"), True)),
    )
    checks = (Check(Sql("`n` > 0"), "ck"), Check(Sql("`m` > 0"), "other"))
    table = Table(Name("t"), columns, checks=checks)
    op = AlterColumn(Name("t"), "n", new_name="m")
    assert op.type is UNSET
    assert list(Change(ddl, op, table).clauses()) == [
        "DROP CONSTRAINT ck, RENAME COLUMN n TO m, "
        "MODIFY g int GENERATED ALWAYS AS (`m` + 1) STORED, ADD CONSTRAINT ck CHECK (`m` > 0)"
    ]
    maria = MySQLDDL(dialect, Facts(True, (10, 11)))
    assert list(Change(maria, op, table).clauses()) == ["RENAME COLUMN n TO m"]

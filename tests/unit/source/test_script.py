"""A whole script: its header, its imports, one or several databases, and refusals."""

from __future__ import annotations

import ast
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_schemamigrate.operations.data import Execute
from flask_schemamigrate.operations.tables import DropTable
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.source.script import Functions
from flask_schemamigrate.source.script import Header
from flask_schemamigrate.source.script import script

from .scripts import dialect_of
from .scripts import written

WHEN = datetime(2026, 1, 2, 3, 4, 5)


def loaded(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "script", "exec"), names)
    return names


def imports(text: str) -> list[str]:
    found = [n for n in ast.parse(text).body if isinstance(n, (ast.Import, ast.ImportFrom))]
    return [ast.unparse(node) for node in found]


@given(st.text(max_size=30))
@example('say """hello"""')
@example("\\N{x} \\u12 \\")
@example('ends in "')
@example("a\nb\r\nc\td\0e")
@example("\u2028\ud800".encode("utf-8", "replace").decode())
@settings(deadline=None)
def test_any_message_gives_a_script(message):
    text = script(Header("abc", ("def",), message, WHEN), {None: Functions()})
    names = loaded(text)
    assert names["revision"] == "abc"
    assert names["down_revision"] == "def"
    said = names["__doc__"].partition("\n\nRevision ID: abc\nRevises: def\n")[0]
    assert said == (" ".join(message.split()) or "(no message)")


def test_a_header_has_labels_parents_and_dependencies():
    header = Header("abc", ("a", "b"), "m", WHEN, ("it's", "two"), ("c",))
    names = loaded(script(header, {None: Functions()}))
    assert names["down_revision"] == ("a", "b")
    assert names["branch_labels"] == ("it's", "two")
    assert names["depends_on"] == "c"
    assert "Create Date: 2026-01-02 03:04:05" in names["__doc__"]


def test_only_what_is_used_is_imported():
    body = ["    # sa. and op. and visa.", '    print("sa.x", "shop.y")']
    assert imports(script(Header("a", (), "m", WHEN), {None: Functions(body, body)})) == []
    body = ['    op.execute("x")']
    text = script(Header("a", (), "m", WHEN), {None: Functions(body)})
    assert imports(text) == ["from alembic import op"]


def test_an_empty_script_can_be_filled_in_and_a_merge_stays_bare():
    both = ["import sqlalchemy as sa", "from alembic import op"]
    assert imports(script(Header("a", ("b",), "m", WHEN), {None: Functions()})) == both
    assert imports(script(Header("a", ("b", "c"), "m", WHEN), {None: Functions()})) == []


@pytest.mark.parametrize("bind", ["users", "my-db", "class", "1st", "it's"])
def test_several_databases_have_functions_of_their_own(bind):
    bodies = {
        None: Functions(["    calls.append('default')"]),
        bind: Functions(["    calls.append('bind')"], ["    calls.append('back')"]),
    }
    names = loaded(script(Header("a", (), "m", WHEN), bodies))
    names["calls"] = []
    for engine_name in ("", bind):
        names["upgrade"](engine_name)
        names["downgrade"](engine_name)
    assert names["calls"] == ["default", "bind", "back"]


def test_what_cannot_be_undone_is_refused():
    text = written(dialect_of("sqlite"), Schema.of(), [Execute("DELETE FROM t")])
    with pytest.raises(NotImplementedError, match="cannot be undone"):
        loaded(text)["downgrade"]()
    assert 'op.execute("DELETE FROM t")' in text


def test_what_is_lost_is_said_above():
    text = written(dialect_of("sqlite"), Schema.of(), [DropTable(Name("t"))])
    assert '    # Loses every row of t.\n    op.drop_table("t")\n' in text

"""The quick way to read a header says what Python's own parser says, or nothing."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_schemamigrate.history.scanning import scan

USUAL = '''# -*- a comment -*-
"""Add an "email" to users.

Revision ID: ae1027a6acf
Revises: 1975ea83b712
Create Date: 2026-01-01 00:00:00

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa, os.path


# revision identifiers, used by Alembic.
revision: str = 'ae1027a6acf'  # yes
down_revision: Union[str, Sequence[str], None] = "1975ea83b712"
branch_labels = None
depends_on = ("a", 'b',)


'''


def _parsed(text: str) -> tuple[dict[str, object], str]:
    tree = ast.parse(text)
    values = {}
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            values[ast.unparse(target)] = ast.literal_eval(node.value or ast.Constant(None))
    return values, ast.get_docstring(tree) or ""


def test_usual_headers_are_taken_apart() -> None:
    found = scan(USUAL)
    assert found is not None
    assert found == _parsed(USUAL)
    assert found[0]["depends_on"] == ("a", "b")
    assert found[1].startswith('Add an "email" to users.\n\nRevision ID')


@pytest.mark.parametrize(
    "text",
    [
        'revision = "a" "b"\n',
        'revision = "a"; down_revision = None\n',
        'revision = f"a"\n',
        'revision = "a\\n"\n',
        'revision = x = "a"\n',
        'revision = ("a" "b")\n',
        'revision = "a".strip()\n',
        'if True:\n    revision = "a"\n',
        'x = """\nrevision = "a"\n"""\nrevision = "b"\n',
        '"""doc""" "more"\nrevision = "a"\n',
        '"""doc""".strip()\nrevision = "a"\n',
        '"""doc""""\nrevision = "a"\n',
        "'''doc'''\nrevision = 'a'\n",
        'r"""doc"""\nrevision = "a"\n',
        '"""do\\nc"""\nrevision = "a"\n',
        'from a import (b,\n c)\nrevision = "a"\n',
        'revision = "a" \\\n\n',
        'class = "a"\nrevision = "b"\n',
        'revision = None + "a"\n',
        'down_revision = "a"\n',
        'revision = "a"\nimport\n',
        'revision = "a"\n\x00\n',
    ],
)
def test_whatever_is_unusual_is_left_to_the_parser(text: str) -> None:
    assert scan(text) is None


PIECES = st.sampled_from(
    [
        '"""', '"', "'", "(", ")", ",", ", ", "\n", " ", "\t", "#", "\\", "=", " = ", ": str", "a",
        "revision", "down_revision", "None", "import a", "from a import b", " as c", "é", "\x0c",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12), st.lists(PIECES, max_size=6))
def test_it_never_says_anything_else(before: list[str], after: list[str]) -> None:
    text = "".join(before) + '\nrevision = "x"\n' + "".join(after)
    found = scan(text)
    if found is not None:
        assert found == _parsed(text)


@given(st.text(st.sampled_from("ab \t\n\"'#é"), max_size=20))
def test_docstrings_are_those_of_the_parser(doc: str) -> None:
    text = f'"""{doc}"""\nrevision = "x"\n'
    found = scan(text)
    if found is not None:
        assert found == _parsed(text)

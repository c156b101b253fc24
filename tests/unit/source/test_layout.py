"""Text, in Python and in SQL, comes back as it was."""

from __future__ import annotations

import ast
import re

import sqlalchemy as sa
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from flask_schemamigrate.dialects.base import plain
from flask_schemamigrate.source import layout

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def speakable(sql):
    """Whether sqlalchemy.text() has a spelling for it: a word between two colons has none."""
    return not re.search(r":[\w$]+:", sql)


@given(st.text("a1:\\$ '%\"(", max_size=8).filter(speakable))
@example("x ~ '\\:a'")
@example("'x'::text")
@example("at 12:30:59")
@example("E'\\\\:name'")
@example("a[1:2]")
@settings(deadline=None)
def test_sql_survives_sqlalchemy_text(sql):
    dialect = plain(postgresql.dialect())
    assert str(sa.text(layout.escaped(sql)).compile(dialect=dialect)) == sql


@given(values)
@example("a 'b' \"c\"")
@example("line\nline")
def test_values_survive(value):
    assert ast.literal_eval(layout.literal(value)) == value


@given(st.lists(st.text(max_size=60), max_size=6), st.integers(0, 8))
def test_a_call_survives_being_broken_into_lines(words, indent):
    expression = layout.call("f", *map(layout.literal, words), key=layout.call("g", "1"))
    text = "\n".join(layout.lines(expression, indent, "x = "))
    assert text.startswith(" " * indent + "x = f(")
    (statement,) = ast.parse(text.strip()).body
    arguments = statement.value.args
    assert [argument.value for argument in arguments] == words

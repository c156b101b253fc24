"""Renames: said by a flag, by a model, or by somebody who is asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings

from flask_schemamigrate.diff import flags
from flask_schemamigrate.diff import renames
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.errors import InvalidSetting
from flask_schemamigrate.operations.columns import AlterColumn
from flask_schemamigrate.operations.tables import RenameTable
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Column
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.schema.objects import Sql
from flask_schemamigrate.schema.objects import Table

from ..strategies import schemas
from .server import run
from .server import sorted_schema


class Everything:
    """Says yes to whatever is asked, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def is_renamed(self, candidate):
        self.asked.append(candidate.question)
        return True


def schema(**tables: str) -> Schema:
    """Return tables whose columns are given as ``"id:INTEGER title:TEXT"``."""

    def columns(text):
        return tuple(Column(n, Sql(t)) for n, _, t in (c.partition(":") for c in text.split()))

    return Schema.of(Table(Name(name), columns(text)) for name, text in tables.items())


OLD = schema(post="id:INTEGER title:TEXT", tag="id:INTEGER")
NEW = schema(post="id:INTEGER headline:TEXT", tag="id:INTEGER")


def test_a_column_is_renamed_by_a_flag():
    found = flags.parse(["post.title:headline"], OLD, NEW)
    (operation,) = diff(OLD, NEW, found)
    assert isinstance(operation, AlterColumn)
    assert operation.new_name == "headline"
    assert operation.apply(OLD) == NEW


def test_a_table_and_its_column_are_renamed_by_flags():
    new = schema(article="id:INTEGER headline:TEXT", tag="id:INTEGER")
    found = flags.parse(["article.title:headline", "post:article"], OLD, new)
    table, column = diff(OLD, new, found)
    assert isinstance(table, RenameTable) and isinstance(column, AlterColumn)
    assert sorted_schema(run(OLD, (table, column))) == sorted_schema(new)


def test_the_name_of_a_schema_may_be_part_of_it():
    old = Schema.of([Table(Name("t", "s"), (Column("a", Sql("TEXT")),))])
    new = Schema.of([Table(Name("t", "s"), (Column("b", Sql("TEXT")),))])
    found = flags.parse(["s.t.a:b"], old, new)
    assert found.columns == {(Name("t", "s"), "a"): "b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pots:article", "no table 'pots' in the database. Did you mean 'post'?"),
        ("post:article", "no model 'article'"),
        ("post.titel:headline", "no column 'titel'. Did you mean 'title'?"),
        ("post.title:headlin", "no column of the model 'headlin'. Did you mean 'headline'?"),
        ("psot.title:headline", "no model 'psot'. Did you mean 'post'?"),
        ("post.title", "--rename post.title says no new name"),
        ("post:tag", "the database has a table tag already"),
        ("post.title:id", "the table has a column id already"),
    ],
)
def test_a_wrong_flag_is_explained(text, message):
    with pytest.raises(InvalidSetting) as caught:
        flags.parse([text], OLD, NEW)
    assert message in str(caught.value)


def test_a_model_says_what_its_column_was():
    column = sa.Column("headline", sa.Text, info={"renamed_from": "title"})
    hinted = Column("headline", Sql("TEXT"), element=column)
    table = Table(Name("post"), (Column("id", Sql("INTEGER")), hinted))
    new = Schema.of([table, NEW.tables[Name("tag")]])
    found = renames.ask(OLD, new, renames.NONE, renames.Silent())
    assert found.columns == {(Name("post"), "title"): "headline"}
    assert renames.ask(new, new, renames.NONE, renames.Silent()) == renames.NONE


def test_somebody_is_asked_about_tables_first_and_the_likeliest_column_first():
    old = schema(post="id:INTEGER title:TEXT body:TEXT made:DATE")
    new = schema(article="id:INTEGER titles:TEXT body:TEXT made:DATE")
    asked = Everything()
    found = renames.ask(old, new, renames.NONE, asked)
    assert asked.asked[0] == "Was table post renamed to article?"
    assert asked.asked[1] == "Was column article.title renamed to titles?"
    assert found.columns == {(Name("article"), "title"): "titles"}


def test_without_somebody_to_ask_nothing_is_a_rename():
    assert renames.ask(OLD, NEW, renames.NONE, renames.Silent()) == renames.NONE


@given(schemas(), schemas())
@settings(deadline=None, max_examples=60)
def test_whatever_is_renamed_the_result_is_what_is_wanted(actual, wanted):
    found = renames.ask(actual, wanted, renames.NONE, Everything())
    after = run(actual, diff(actual, wanted, found))
    assert sorted_schema(after) == sorted_schema(wanted)

"""Values that are made quickly are the values that they were."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError
from dataclasses import replace

import pytest

from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Column
from flask_schemamigrate.schema.objects import Sql


def test_they_are_frozen_and_equal_and_can_be_replaced_and_copied() -> None:
    column = Column("a", Sql("INTEGER"), nullable=False, comment="c")
    with pytest.raises(FrozenInstanceError):
        column.name = "b"  # type: ignore[misc]
    assert type(column) is Column
    assert column == Column("a", Sql("INTEGER"), False, comment="c")
    assert hash(column) == hash(replace(column, element=object()))
    assert replace(column, name="b").name == "b"
    assert copy.deepcopy(column) == column == pickle.loads(pickle.dumps(column))
    assert repr(Name("t", "s")) == "Name(name='t', schema='s')"


def test_their_arguments_are_those_of_the_fields() -> None:
    assert str(inspect.signature(Name)) == "(name: 'str', schema: 'str | None' = None) -> None"
    with pytest.raises(TypeError):
        Column("a")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Name("a", None, "b")  # type: ignore[call-arg]

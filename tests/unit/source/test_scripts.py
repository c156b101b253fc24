"""A script does what the operations do that it was written from, here and under Alembic."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate.schema.objects import Schema

from ...cases import Case
from ...cases import structure
from ...cases import types
from ..diff.server import sorted_schema
from .scripts import change
from .scripts import complaints
from .scripts import dialect_of
from .scripts import operations_of
from .scripts import written_by_alembic

CASES = [
    pytest.param(case, system, id=f"{case.name}-{system}")
    for case in (*structure.CASES, *types.CASES)
    for system in case.systems
]


def schema_of(define, system: str) -> Schema:
    """Return what ``define`` makes, with a name for each constraint, as in a database."""
    metadata = sa.MetaData()
    define(metadata)
    dialect = dialect_of(system)
    schema = dialect.reader.schema(metadata.tables.values())
    for table in schema.tables.values():
        for constraint in table.constraints:
            if constraint.name is None:
                name = dialect.constraint_name(table, constraint)
                table = table.without_constraint(constraint)
                table = table.with_constraint(replace(constraint, name=name))
        schema = schema.with_table(table)
    return schema


def both(case: Case, system: str) -> tuple[Schema, Schema]:
    return schema_of(case.before, system), schema_of(case.after, system)


@pytest.mark.parametrize(("case", "system"), CASES)
def test_a_script_makes_the_models(case: Case, system: str) -> None:
    dialect = dialect_of(system)
    for _, after in zip("ab", both(case, system)):
        text = change(dialect, Schema.of(), after)
        made = reduce(lambda s, op: op.apply(s), operations_of(dialect, text), Schema.of())
        assert sorted_schema(made).tables == sorted_schema(after).tables, text


@pytest.mark.parametrize(("case", "system"), CASES)
def test_a_script_leads_there_and_back(case: Case, system: str) -> None:
    dialect = dialect_of(system)
    before, after = both(case, system)
    text = change(dialect, before, after)
    if "op.execute(" in text:
        pytest.skip("what SQL does is seen in tests/test_cases.py")
    up = operations_of(dialect, text)
    there = reduce(lambda s, op: op.apply(s), up, before)
    assert sorted_schema(there).tables == sorted_schema(after).tables, text
    down = operations_of(dialect, text, "downgrade")
    back = reduce(lambda s, op: op.apply(s), down, there)
    assert sorted_schema(back).tables == sorted_schema(before).tables, text


@pytest.mark.parametrize(("case", "system"), CASES)
def test_alembic_understands_a_script(case: Case, system: str) -> None:
    dialect = dialect_of(system)
    before, after = both(case, system)
    written_by_alembic(system, change(dialect, Schema.of(), after))
    if system != "sqlite":  # There it has to see the table.
        text = change(dialect, before, after)
        assert written_by_alembic(system, text) or "pass" in text
        assert written_by_alembic(system, text, "downgrade") or "pass" in text


@pytest.mark.parametrize("system", ["postgresql", "mariadb", "sqlite"])
def test_scripts_are_formatted_and_import_what_they_use(system: str, tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    dialect = dialect_of(system)
    for number, case in enumerate((*structure.CASES, *types.CASES)):
        if system in case.systems:
            text = change(dialect, *both(case, system))
            (tmp_path / f"s{number}.py").write_text(text, "utf-8")
    assert complaints(tmp_path) == ""

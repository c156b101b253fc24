"""Random models keep the laws.

CI leads a few hundred through them; ``SCHEMAMIGRATE_SEEDS=5000 pytest tests/laws/test_random.py``
that many in each test, other ones each time (for the night).  What fails becomes a case.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings

from ..cases import ALL
from ..cases import Case
from ..conftest import IN_CI
from .drawing import changes
from .drawing import models
from .laws import judge
from .models import define
from .models import Filled
from .models import Model
from .place import Places
from .walk import Walk

SEEDS = int(os.environ.get("SCHEMAMIGRATE_SEEDS", "0"))
numbers = itertools.count()


def bounded(examples: int) -> settings:
    """Return how many examples are tried, and whether they are the same each time."""
    return settings(
        max_examples=SEEDS or examples,
        derandomize=IN_CI and not SEEDS,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.mark.parametrize("system", ALL)
def test_random_models_are_silent_after_create_all(
    system: str, places: Places, tmp_path: Path
) -> None:
    @given(models(system, most=5))
    @bounded(60)
    def silent(model: Model) -> None:
        walk = Walk(Case("random", define(model), define(model)), places(system), folder(tmp_path))
        walk.create_all("after")
        assert walk.differences == {"create_all of after": []}

    silent()


@pytest.mark.parametrize("system", ALL)
def test_random_changes_keep_the_laws(system: str, places: Places, tmp_path: Path) -> None:
    @given(changes(system))
    @bounded(40)
    def keeps(pair: tuple[Model, Model]) -> None:
        before, after = pair
        case = Case("random", define(before), define(after), Filled(before).all())
        if _text(before, system) == _text(after, system):
            return
        _, broken = judge(Walk.of(case, places(system), folder(tmp_path)))
        assert not broken, "\n".join(broken.values())

    keeps()


def _text(model: Model, system: str) -> list[str]:
    """Return the SQL of a model: two that have the same are the same."""
    url = {"mariadb": "mysql+pymysql", "postgresql": "postgresql+psycopg"}.get(system, system)
    statements: list[str] = []

    def take(sql: Any, *_: object, **__: object) -> None:
        statements.append(str(sql.compile(dialect=engine.dialect)))

    engine = sa.create_mock_engine(f"{url}://", take)
    metadata = sa.MetaData()
    define(model)(metadata)
    metadata.create_all(engine, checkfirst=False)
    return statements


def folder(path: Path) -> Path:
    """Return a new folder for the scripts of one example."""
    return path / str(next(numbers))

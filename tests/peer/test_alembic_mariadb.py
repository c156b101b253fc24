"""Alembic's own tests pass on MariaDB, but for those that ``expected`` lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from . import sources
from . import suite


@pytest.mark.slow
def test_alembics_own_tests(server: Callable[[str], URL], tmp_path: Path) -> None:
    with suite.database("mariadb", server) as url:
        try:
            results = suite.check("mariadb", url, tmp_path)
        except sources.Unavailable as error:
            pytest.skip(str(error))
    print("\n".join(results.lines()))

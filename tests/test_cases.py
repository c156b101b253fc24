"""Every case on every database, with rows, through the six laws (``tests/laws/laws.py``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .cases import ALL
from .cases import Case
from .cases import collect
from .laws.known import KNOWN
from .laws.laws import judge
from .laws.place import Places
from .laws.report import PROPERTY
from .laws.walk import Walk

CASES = collect()
RUNS = [
    pytest.param(case, system, id=f"{case.name}-{system}")
    for case in CASES
    for system in ALL
    if system in case.systems
]


@pytest.mark.parametrize(("case", "system"), RUNS)
def test_case_keeps_the_laws(
    case: Case, system: str, places: Places, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    kept, broken = judge(Walk.of(case, places(system), tmp_path))
    record_property(PROPERTY, (case.name, system, kept))
    known = KNOWN.get((case.name, system), "")
    unknown = "\n".join(text for law, text in broken.items() if law not in known.split())
    assert not unknown, unknown
    healed = ", ".join(law for law in known.split() if law not in broken)
    assert not healed, f"Holds now; take it out of tests/laws/known.py: {healed}"


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert sorted({name for name in names if names.count(name) > 1}) == []

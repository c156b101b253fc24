"""Figures as text for a terminal, and as the page in the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from . import plot
from .measure import BARE
from .measure import FIRST
from .measure import LIMIT
from .measure import Measured
from .measure import OURS
from .measure import THEIRS

FIGURES = Path(__file__).parent.parent / "docs" / "benchmark_figures"
PACKAGES = ("Flask-SchemaMigrate", "Flask-Migrate", "alembic", "SQLAlchemy", "Flask")


def lines(one: Measured) -> Iterator[str]:
    """Yield a measurement for the terminal."""
    yield one.work.name
    for name in one.spent:
        figures = {of: one.median(name, of) for of in ("cpu", "wall", "peak", "trips")}
        text = "  ".join(f"{of} {value:9.3f}" for of, value in figures.items() if value is not None)
        over = "" if name == BARE else f"  +{one.over(name, one.measure):.3f} s"
        yield f"    {name:10}{text}{over}"
    ratios = [f"peer / {name} {_ratio(one, THEIRS, name)}" for name in (OURS, FIRST)]
    yield f"    {'  '.join(ratios)}  ours / limit {_ratio(one, OURS, LIMIT)}"


def _ratio(one: Measured, above: str, below: str) -> str:
    over, under = one.over(above, one.measure), one.over(below, one.measure)
    if over is None or under is None:
        return ""
    # What is less than a hundredth of a second drowns in what Python's start takes.
    if under < 0.005:
        return f"> {over / 0.005:.0f}" if over > 0.005 else "both nothing"
    return f"{over / under:.1f}" if over / under < 20 else f"{over / under:.0f}"


def _table(found: Iterable[Measured], title: str) -> Iterator[str]:
    head = ["", "bare", "limit", "ours", "first run", "peer", "peer / ours", "ours / limit"]
    head += ["MiB: bare", "ours", "peer"]
    found = list(found)
    has = {name for one in found for name in one.spent}
    trips = any(one.median(OURS, "trips") is not None for one in found)
    if trips:
        head += ["trips: limit", "ours", "peer"]
    if FIRST not in has:
        head.remove("first run")
    yield f".. list-table:: {title}"
    yield "   :header-rows: 1"
    yield ""
    yield from _row(head)
    for one in found:
        row = [one.work.name, _seconds(one.median(BARE, one.measure))]
        for name in (LIMIT, OURS, FIRST, THEIRS):
            if name in has or name == LIMIT:
                row.append(_seconds(one.over(name, one.measure)))
        row += [_ratio(one, THEIRS, OURS), _ratio(one, OURS, LIMIT)]
        row += [f"{one.median(name, 'peak') or 0:.0f}" for name in (BARE, OURS, THEIRS)]
        if trips:
            row += [f"{one.median(name, 'trips') or 0:.0f}" for name in (LIMIT, OURS, THEIRS)]
        yield from _row(row)
    yield ""


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _row(cells: list[str]) -> Iterator[str]:
    for at, cell in enumerate(cells):
        yield f"   {' ' if at else '*'} - {cell}".rstrip()


def page(found: list[Measured], group: str) -> str:
    """Return the table of one group, with what it was measured with."""
    mine = [one for one in found if one.work.group == group]
    with_what = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    unit = "seconds by the clock" if mine[0].work.wall else "CPU seconds"
    about = (
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {with_what}.  "
        f"Medians, in {unit}; all but the first column is what comes on top of it."
    )
    return "\n".join([about, "", *_table(mine, group)]) + "\n"


def write(found: list[Measured]) -> None:
    """Write a file of figures for each group that was measured; of points, the plots."""
    FIGURES.mkdir(exist_ok=True)
    for group in dict.fromkeys(one.work.group for one in found if one.work.point is None):
        name = group.lower().replace(" ", "_")
        (FIGURES / f"{name}.inc").write_text(page(found, group), encoding="utf-8")
    plot.write(found, FIGURES)

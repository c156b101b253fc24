"""Figures as a plot: both axes logarithmic, a line for each program.  SVG, written by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from html import escape
from pathlib import Path

from .measure import Measured

#: Of a line: (how many, seconds), sorted.
Points = list[tuple[int, float]]

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 240, 20, 50
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#0a7ea4", "#57606a")
#: What a logarithm can be drawn of: shorter times are noise.
LEAST = 0.001


def collect(found: Iterable[Measured]) -> dict[str, dict[str, Points]]:
    """Return the lines of each plot: how long a program takes beyond the bare command."""
    plots: dict[str, dict[str, Points]] = {}
    for one in found:
        if one.work.point is None:
            continue
        for program in one.spent:
            seconds = one.over(program, one.measure)
            if program == "bare" or seconds is None:
                continue
            lines = plots.setdefault(one.work.point.of, {})
            name = f"{one.work.point.line}: {program}" if one.work.point.line else program
            lines.setdefault(name, []).append((one.work.point.size, max(round(seconds, 4), LEAST)))
    for lines in plots.values():
        for points in lines.values():
            points.sort()
    return plots


def write(found: Iterable[Measured], folder: Path) -> None:
    """Write ``plot_<of>.svg`` for each plot, and its figures as JSON beside it."""
    for of, lines in collect(found).items():
        (folder / f"plot_{of}.svg").write_text(svg(of, lines), encoding="utf-8")
        figures = json.dumps(lines, indent=1)
        (folder / f"plot_{of}.json").write_text(f"{figures}\n", encoding="utf-8")


def svg(of: str, lines: dict[str, Points]) -> str:
    """Return the plot of ``lines`` against the number of what is called ``of``."""
    sizes = [size for points in lines.values() for size, _ in points]
    times = [seconds for points in lines.values() for _, seconds in points]
    across, up = _Axis(sizes, LEFT, WIDTH - RIGHT), _Axis(times, HEIGHT - BOTTOM, TOP)
    body = [*_grid(of, across, up)]
    for number, (name, points) in enumerate(lines.items()):
        body += _line(name, points, COLOURS[number % len(COLOURS)], across, up, number)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *body,
            "</svg>\n",
        ]
    )


class _Axis:
    """From a value to a place, by its logarithm."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        powers = [round(math.log10(value), 6) for value in values]
        self.least = math.floor(min(powers))
        self.most = max(math.ceil(max(powers)), self.least + 1)
        self.start, self.end = start, end

    def place(self, value: float) -> float:
        """Return where a value is drawn."""
        part = (math.log10(value) - self.least) / (self.most - self.least)
        return round(self.start + part * (self.end - self.start), 1)

    @property
    def decades(self) -> Iterator[float]:
        """Yield the powers of ten."""
        return (10.0**power for power in range(self.least, self.most + 1))


def _grid(of: str, across: _Axis, up: _Axis) -> Iterator[str]:
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    for value in across.decades:
        x = across.place(value)
        yield f'<path d="M{x} {top}V{bottom}" stroke="#ddd"/>'
        yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{value:,.0f}</text>'
    for value in up.decades:
        y = up.place(value)
        yield f'<path d="M{left} {y}H{right}" stroke="#ddd"/>'
        yield f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{value:,g} s</text>'
    middle = (left + right) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{escape(of)}</text>'


def _line(
    name: str, points: Points, colour: str, across: _Axis, up: _Axis, number: int
) -> Iterator[str]:
    places = [(across.place(size), up.place(seconds)) for size, seconds in points]
    path = "L".join(f"{x} {y}" for x, y in places)
    dash = ' stroke-dasharray="5 3"' if name.endswith("limit") else ""
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
    for (x, y), (size, seconds) in zip(places, points, strict=True):
        yield (
            f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}">'
            f"<title>{escape(name)}: {size:,} in {seconds:.3g} s</title></circle>"
        )
    y = TOP + 8 + 18 * number
    x = WIDTH - RIGHT + 12
    yield f'<path d="M{x} {y}h16" stroke="{colour}" stroke-width="2"{dash}/>'
    yield f'<text x="{x + 22}" y="{y + 4}">{escape(name)}</text>'

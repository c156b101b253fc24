"""``python -m benchmarks [GROUP]...``: measure, print, and write the page of figures.

``--small`` takes sizes that show in seconds that everything works, and writes nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from sqlalchemy.engine import URL

from tests import servers

from . import report
from . import scale
from . import works
from .measure import measure
from .measure import Measured

GROUPS = {
    "histories": works.histories,
    "comparisons": works.comparisons,
    "upgrades": works.upgrades,
    "rebuilds": works.rebuilds,
    "trips": works.trips,
    "scale": scale.scale,
}


def measured(
    groups: list[str], *, small: bool, rounds: int | None = None, only: str = ""
) -> list[Measured]:
    """Measure groups of works, and print each as soon as it is done."""
    found: list[Measured] = []
    with ExitStack() as stack:

        @cache
        def server(system: str) -> URL | None:
            if system == "sqlite":
                return None
            url: URL = stack.enter_context(getattr(servers, system)())
            return url

        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        for group in groups:
            for work in GROUPS[group](root / group, server, small):
                if only in work.name:
                    one = measure(work, rounds)
                    print("\n".join(report.lines(one)), flush=True)
                    found.append(one)
    return found


def main() -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("groups", nargs="*", help=", ".join(GROUPS))
    parser.add_argument("--small", action="store_true", help="small sizes, nothing is written")
    parser.add_argument("--rounds", type=int, help="as many instead of each work's own")
    parser.add_argument("--only", default="", help="works that have this in their names")
    parser.add_argument("--dry", action="store_true", help="write no page")
    arguments = parser.parse_args()
    groups = arguments.groups or list(GROUPS)
    found = measured(groups, small=arguments.small, rounds=arguments.rounds, only=arguments.only)
    if not (arguments.small or arguments.dry):
        report.write(found)


if __name__ == "__main__":
    main()

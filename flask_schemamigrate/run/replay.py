"""Finding the place where an interrupted revision goes on.

The script is run again from its beginning; what it does is met one by one with what the journal
says of the first time.  A *unit* is a directive with all its statements, a statement that the
script sent by itself, or a commit.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from .journal import ANSWER
from .journal import Entry
from .journal import FAILED
from .journal import Unfinished


class Verdict(Enum):
    """What is to become of a unit that the script comes to."""

    SKIP = "skip"  # It has run.
    LAST = "last"  # It is the one at which the first run ended: look closer.
    RUN = "run"  # The first run never came to it.


class Diverged(Exception):
    """The script does not do again what it has done; ``found`` is what it does instead."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class CannotReplay(Exception):
    """Something that ran before the interruption cannot be passed over; the text says what."""


@dataclass(slots=True)
class Replay:
    """Where a script that runs again is, in what the journal says.

    ``edited``: the script is not the one that ran first.  ``is_over`` once the place is reached:
    from then on everything runs.
    """

    unfinished: Unfinished | None = None
    units: tuple[tuple[Entry, ...], ...] = ()
    edited: bool = False
    place: int = 0
    is_over: bool = True

    @classmethod
    def of(cls, unfinished: Unfinished | None, source: str) -> Replay:
        """Return the replay of an interrupted revision; None: there is nothing to replay."""
        if unfinished is None or not unfinished.entries:
            return cls()
        units = tuple(_units(unfinished.entries))
        return cls(unfinished, units, unfinished.source != source, is_over=False)

    @property
    def last(self) -> tuple[Entry, ...]:
        """The entries of the unit at which the first run ended."""
        return self.units[-1]

    @property
    def positions(self) -> int:
        """How many entries come before the last unit."""
        return sum(len(unit) for unit in self.units[:-1])

    @property
    def kept(self) -> int:
        """How many entries stay when something comes that the first run never came to.

        What the database refused is not among them; a last statement that the script passes over
        now has run, or its guard would not.
        """
        refused = self.last[-1].state == FAILED
        return self.positions + len(self.last) - refused

    def meet(self, unit: str, statement: str) -> Verdict:
        """Say what is to become of a unit, and go on to the next one.

        Units that the first run had and the second leaves out are passed over: scripts guard their
        steps (``if not has_table``).  Raises Diverged where something else comes, unless the script
        is unchanged, when its guards alone can be the reason.
        """
        for number in range(self.place, len(self.units)):
            if self.units[number][0].unit == unit:
                self.place = number + 1
                return Verdict.LAST if self.place == len(self.units) else Verdict.SKIP
        edge = self.last[-1]
        at_edge = all(unit[0].state == ANSWER for unit in self.units[self.place : -1])
        if at_edge and edge.state == FAILED and edge.index == 0:
            return Verdict.RUN  # What the database refused has been replaced by something else.
        if self.edited:
            raise Diverged(statement)
        return Verdict.RUN

    def recall(self, unit: str) -> Entry | None:
        """Return the answer that a question got the first time, and go on; None: ask again."""
        for number in range(self.place, len(self.units)):
            entry = self.units[number][0]
            if entry.state != ANSWER:
                break
            if entry.unit == unit:
                self.place = number + 1
                return entry
        return None

    def end(self) -> None:
        """Take note that the script has come to its end.

        Raises Diverged where it never came to the place where the first run ended: writes after
        that place would have been taken for writes before it.
        """
        if not self.is_over:
            raise Diverged("nothing more")


def _units(entries: Iterable[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Group the statements of one directive; the same directive may come twice in a row."""
    for _, group in groupby(entries, key=lambda entry: entry.unit):
        found: list[Entry] = []
        for entry in group:
            if entry.index == 0 and found:
                yield tuple(found)
                found = []
            found.append(entry)
        yield tuple(found)

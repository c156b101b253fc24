"""In which order the columns of a table stand that is made anew."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError
from graphlib import TopologicalSorter
from typing import Any

from .. import util


class Ordering:
    """The order of the old table, with what a block says of single columns."""

    def __init__(self, partial: Sequence[Sequence[str]] = ()) -> None:
        self.existing: list[str] = []
        self.placed: list[tuple[str, str | None, str | None]] = []
        self.partial = [tuple(group) for group in partial or ()]

    def place(self, name: str, before: str | None, after: str | None) -> None:
        """Note where a new column goes; without a place it comes last."""
        self.placed.append((name, before, after))

    def remove(self, name: str) -> None:
        """Forget a column."""
        self.existing = [known for known in self.existing if known != name]
        self.placed = [one for one in self.placed if one[0] != name]

    def ordered(self, names: Sequence[str]) -> list[str]:
        """Return the names in their order.  Raises CommandError where it contradicts itself."""
        wanted = [name for name in self.existing if name in names]
        for name, before, after in self.placed:
            if before is not None and before in wanted:
                wanted.insert(wanted.index(before), name)
            elif after is not None and after in wanted:
                wanted.insert(wanted.index(after) + 1, name)
            else:
                wanted.append(name)
        wanted += [name for name in names if name not in wanted]
        return self._reordered(wanted) if self.partial else wanted

    def _reordered(self, names: list[str]) -> list[str]:
        """Bring the partial orders in; columns that they do not name stay where they are."""
        graph: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(names, ()))
        for group in self.partial:
            for earlier, later in zip(group, group[1:]):
                graph.add(later, earlier)
        try:
            graph.prepare()
        except CycleError as error:
            raise util.CommandError(f"partial_reordering contradicts itself: {error}") from error
        found: list[str] = []
        ready: list[Any] = []
        while graph.is_active():
            ready.extend(graph.get_ready())
            ready.sort(key=names.index)
            found.append(ready.pop(0))
            graph.done(found[-1])
        return found

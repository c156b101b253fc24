"""Random histories, as values and as Alembic sees them."""

from __future__ import annotations

from alembic.script import revision as oracle
from hypothesis import strategies as st

from flask_schemamigrate.history.graph import Graph
from flask_schemamigrate.history.revision import Revision


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> tuple[Revision, ...]:
    """Draw revisions with branches, merges, several bases and dependencies."""
    revisions: list[Revision] = []
    for number in range(draw(st.integers(1, most))):
        known = [r.id for r in revisions]
        parents: tuple[str, ...] = ()
        depends_on: tuple[str, ...] = ()
        if known:
            parents = tuple(draw(st.lists(st.sampled_from(known), max_size=2, unique=True)))
            others = [id_ for id_ in known if id_ not in parents]
            if others:
                depends_on = tuple(draw(st.lists(st.sampled_from(others), max_size=1)))
        # A merge of a revision with its own ancestor, or a dependency that the parents imply, is
        # no history that any tool writes.
        above = Graph.build(revisions)
        lines = [above.ancestors([p]) for p in parents]
        if any(p in line for p in parents for line in lines if p != max(line)):
            parents = parents[:1]
        depends_on = tuple(d for d in depends_on if d not in above.ancestors(parents))
        # Where a dependency implies a parent, Alembic leaves a row too many behind; we do not.
        depends_on = tuple(d for d in depends_on if not above.ancestors([d]) & set(parents))
        revisions.append(Revision(f"r{number:02d}x", parents, depends_on))
    return tuple(revisions)


def as_alembic(revisions: tuple[Revision, ...]) -> oracle.RevisionMap:
    """Return the same history as Alembic's revision map."""

    def one(revision: Revision) -> oracle.Revision:
        down = revision.parents if len(revision.parents) != 1 else revision.parents[0]
        return oracle.Revision(revision.id, down or None, dependencies=revision.depends_on or None)

    return oracle.RevisionMap(lambda: [one(r) for r in revisions])

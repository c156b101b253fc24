"""Revisions that are connected with each other when they are first needed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from sqlalchemy.util import memoized_property

from .. import util
from .errors import CycleDetected
from .errors import DependencyCycleDetected
from .errors import RevisionError
from .node import Revision


class Loading:
    """The part of a ``RevisionMap`` that reads, connects and adds revisions."""

    _generator: Callable[[], Iterable[Revision]]

    #: Both are the map's, which walks what has been loaded.
    _get_ancestor_nodes: Any
    _get_descendant_nodes: Any

    @memoized_property
    def _revision_map(self) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for revision in self._generator():
            if revision.revision in found:
                util.warn(f"Revision {revision.revision} is present more than once")
            found[revision.revision] = revision
        revisions = list(found.values())
        for revision in revisions:
            if revision._loop is not None:
                raise revision._loop
        self._map_branch_labels(revisions, found)
        self._resolve_dependencies(revisions, found)
        for revision in revisions:
            self._connect(revision, found)
        self._normalize_dependencies(revisions, found)
        self._refuse_cycles(revisions)
        self._note_ends(revisions)
        self._add_branches(revisions, found)
        found[None] = found[()] = None
        return found

    def _map_branch_labels(self, revisions: Iterable[Revision], into: dict[Any, Any]) -> None:
        for revision in revisions:
            for label in revision._orig_branch_labels:
                other = into.get(label)
                if other is not None and other is not revision:
                    raise RevisionError(
                        f"Branch name '{label}' in revision {revision.revision} already used by "
                        f"revision {other.revision}"
                    )
                into[label] = revision

    def _resolve_dependencies(self, revisions: Iterable[Revision], found: dict[Any, Any]) -> None:
        for revision in revisions:
            names = util.to_tuple(revision.dependencies, default=())
            revision._resolved_dependencies = tuple(
                found[name].revision if name in found else name for name in names
            )

    def _connect(self, revision: Revision, found: dict[Any, Any]) -> None:
        for name in revision._all_down_revisions:
            if name not in found:
                util.warn(f"Revision {name} referenced from {revision} is not present")
            found[name].add_nextrev(revision)

    def _normalize_dependencies(self, revisions: Iterable[Revision], found: dict[Any, Any]) -> None:
        """Leave out dependencies that an ancestor has already."""
        for revision in revisions:
            given = revision._resolved_dependencies
            if not given:
                revision._normalized_resolved_dependencies = ()
                continue
            above = self._get_ancestor_nodes([revision], map_=found, include_dependencies=False)
            inherited = {
                name
                for ancestor in above
                if ancestor is not revision
                for name in ancestor._resolved_dependencies
            }
            revision._normalized_resolved_dependencies = tuple(
                name for name in given if name not in inherited
            )

    def _refuse_cycles(self, revisions: list[Revision]) -> None:
        by_parents = {r.revision: r._versioned_down_revisions for r in revisions}
        by_all = {r.revision: r._all_down_revisions for r in revisions}
        for edges, error in ((by_parents, CycleDetected), (by_all, DependencyCycleDetected)):
            stuck = _not_sortable(edges)
            if stuck:
                raise error(sorted(stuck))

    def _note_ends(self, revisions: Iterable[Revision]) -> None:
        ends: dict[str, Callable[[Any], bool]] = {
            "heads": lambda r: r.is_head,
            "_real_heads": lambda r: r._is_real_head,
            "bases": lambda r: r.is_base,
            "_real_bases": lambda r: r._is_real_base,
        }
        for name, is_end in ends.items():
            self.__dict__[name] = tuple(r.revision for r in revisions if is_end(r))

    @memoized_property
    def heads(self) -> tuple[str, ...]:
        """Revisions from which none descends."""
        self._revision_map  # noqa: B018
        return self.__dict__["heads"]  # type: ignore[no-any-return]

    @memoized_property
    def bases(self) -> tuple[str, ...]:
        """Revisions that descend from none."""
        self._revision_map  # noqa: B018
        return self.__dict__["bases"]  # type: ignore[no-any-return]

    @memoized_property
    def _real_heads(self) -> tuple[str, ...]:
        self._revision_map  # noqa: B018
        return self.__dict__["_real_heads"]  # type: ignore[no-any-return]

    @memoized_property
    def _real_bases(self) -> tuple[str, ...]:
        self._revision_map  # noqa: B018
        return self.__dict__["_real_bases"]  # type: ignore[no-any-return]

    def _add_branches(self, revisions: Iterable[Revision], found: dict[Any, Any]) -> None:
        """Give labels to all that descends, and down to where the branch begins."""
        for revision in revisions:
            if not revision._orig_branch_labels:
                continue
            labels = revision._orig_branch_labels
            for node in self._get_descendant_nodes(
                [revision], map_=found, include_dependencies=False
            ):
                node.branch_labels.update(labels)
            parent: Any = revision
            while parent and not parent._is_real_branch_point and not parent.is_merge_point:
                parent.branch_labels.update(labels)
                parent = found[parent.down_revision] if parent.down_revision else None

    def add_revision(self, revision: Revision, _replace: bool = False) -> None:
        """Add a revision; with ``_replace`` one that is there is taken for changed."""
        map_ = self._revision_map
        if not _replace and revision.revision in map_:
            util.warn(f"Revision {revision.revision} is present more than once")
        elif _replace and revision.revision not in map_:
            raise Exception(f"revision {revision.revision} not in map")
        old = map_.get(revision.revision) if _replace else None
        map_[revision.revision] = revision
        if old is not None:
            revision.nextrev, revision._all_nextrev = old.nextrev, old._all_nextrev
            revision.branch_labels.update(old.branch_labels)
        real = [r for r in self._revisions() if r is not None]
        self._map_branch_labels([revision], map_)
        self._resolve_dependencies([revision], map_)
        self._connect(revision, map_)
        self._normalize_dependencies([revision], map_)
        self._add_branches([revision], map_)
        for name in revision._versioned_down_revisions:
            revision.branch_labels.update(map_[name].branch_labels if self._continues(name) else ())
        kept = [r.revision for r in real]
        self.__dict__["heads"] = (
            *(h for h in self.heads if h in kept and map_[h].is_head and h != revision.revision),
            *([revision.revision] if revision.is_head else []),
        )
        self._note_ends_after(revision, map_)

    def _continues(self, name: str) -> bool:
        return True

    def _note_ends_after(self, revision: Revision, map_: dict[Any, Any]) -> None:
        ends: dict[str, Callable[[Any], bool]] = {
            "_real_heads": lambda r: r._is_real_head,
            "bases": lambda r: r.is_base,
            "_real_bases": lambda r: r._is_real_base,
        }
        for name, is_end in ends.items():
            known = (r for r in getattr(self, name) if r != revision.revision and is_end(map_[r]))
            own = [revision.revision] if is_end(revision) else []
            self.__dict__[name] = (*known, *own)

    def _revisions(self) -> list[Revision]:
        """Return every revision once, in the order in which they came."""
        map_ = self._revision_map
        return [r for name, r in map_.items() if r is not None and name == r.revision]


def _not_sortable(edges: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the nodes that lie between two circles, or on one."""
    left = {node: set(below) for node, below in edges.items()}
    for _ in range(2):
        changed = True
        while changed:
            free = [node for node, below in left.items() if not below & left.keys()]
            changed = bool(free)
            for node in free:
                del left[node]
        turned: dict[str, set[str]] = {node: set() for node in left}
        for node, below in left.items():
            for name in below & left.keys():
                turned[name].add(node)
        left = turned
    return set(left)

"""All revisions, and what identifiers stand for among them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from ....history.graph import Graph
from ....history.revision import Revision as Node
from .. import util
from . import walking
from .errors import MultipleHeads
from .errors import ResolutionError
from .errors import RevisionError
from .loading import Loading
from .node import Revision


class RevisionMap(Loading):
    """Revisions by id and by branch label; ``generator`` is called when they are first needed."""

    def __init__(self, generator: Callable[[], Iterable[Revision]]) -> None:
        self._generator = generator

    # --- what identifiers stand for --------------------------------------------------------------

    def get_current_head(self, branch_label: str | None = None) -> str | None:
        """Return the only head, of a branch; None where there is none.  Raises MultipleHeads."""
        heads: tuple[str, ...] = self.heads
        if branch_label:
            heads = self.filter_for_lineage(heads, branch_label)
        if len(heads) > 1:
            raise MultipleHeads(heads, f"{branch_label}@head" if branch_label else "head")
        return heads[0] if heads else None

    def _get_base_revisions(self, identifier: str) -> tuple[str, ...]:
        return self.filter_for_lineage(self.bases, identifier)

    def get_revisions(self, id_: Any) -> tuple[Any, ...]:
        """Return the revisions that an identifier, or several, stand for."""
        if isinstance(id_, (list, tuple, set, frozenset)):
            return tuple(found for one in id_ for found in self.get_revisions(one))
        resolved, branch_label = self._resolve_revision_number(id_)
        if len(resolved) == 1 and resolved[0] not in self._revision_map:
            steps = _steps(resolved[0])
            if steps is not None and steps < 0:
                heads = self.get_revisions("heads")
                if branch_label is not None:
                    heads = tuple(h for h in heads if branch_label in h.branch_labels)
                return tuple(walking.walk(self, head, steps) for head in heads)
        return tuple(self._revision_for_ident(one, branch_label) for one in resolved)

    def get_revision(self, id_: Any) -> Any:
        """Return the revision of an identifier; None for the base.

        Raises MultipleHeads and ResolutionError.
        """
        resolved, branch_label = self._resolve_revision_number(id_)
        if len(resolved) > 1:
            raise MultipleHeads(resolved, id_)
        return self._revision_for_ident(resolved[0] if resolved else (), branch_label)

    def _resolve_revision_number(self, id_: Any) -> tuple[tuple[str, ...], str | None]:
        """Return the ids that an identifier names, and the branch before its ``@``."""
        branch_label: str | None = None
        if isinstance(id_, str) and "@" in id_:
            branch_label, id_ = id_.split("@", 1)
        elif id_ is not None and (
            not isinstance(id_, (str, tuple))
            or (isinstance(id_, tuple) and id_ and not isinstance(id_[0], str))
        ):
            raise RevisionError(
                f"revision identifier {id_!r} is not a string; ensure database driver settings are "
                "correct"
            )
        self._revision_map  # noqa: B018
        if id_ == "heads":
            if branch_label:
                return self.filter_for_lineage(self.heads, branch_label), branch_label
            return self._real_heads, branch_label
        if id_ == "head":
            head = self.get_current_head(branch_label)
            return ((head,) if head else ()), branch_label
        if id_ == "base" or id_ is None:
            return (), branch_label
        return util.to_tuple(id_, default=()), branch_label

    def _revision_for_ident(self, resolved_id: Any, check_branch: str | None = None) -> Any:
        branch = self._resolve_branch(check_branch) if check_branch else None
        if resolved_id in self._revision_map:
            revision = self._revision_map[resolved_id]
        else:
            revision = self._revision_map[self._begun(resolved_id, check_branch)]
        if check_branch and revision is not None:
            assert branch is not None
            if not self._shares_lineage(revision.revision, branch.revision):
                raise ResolutionError(
                    f"Revision {revision.revision} is not a member of branch '{check_branch}'",
                    resolved_id,
                )
        return revision

    def _begun(self, start: str, branch: str | None) -> str:
        """Return the only id or label that begins so.  Raises ResolutionError."""
        found = [x for x in self._revision_map if x and len(x) > 3 and x.startswith(start)]
        if branch:
            found = list(self.filter_for_lineage(found, branch))
        if not found:
            short = (
                "; please ensure at least four characters are present for partial revision "
                "identifier matches"
            )
            raise ResolutionError(
                f"No such revision or branch '{start}'{short if len(start) < 4 else ''}", start
            )
        if len(found) > 1:
            listed = ", ".join(f"'{name}'" for name in found[:3])
            raise ResolutionError(f"Multiple revisions start with '{start}': {listed}...", start)
        return str(found[0])

    def _resolve_branch(self, branch_label: str) -> Any:
        if branch_label in self._revision_map:
            return self._revision_map[branch_label]
        try:
            return self._revision_for_ident(branch_label)
        except ResolutionError as error:
            raise ResolutionError(f"No such branch: '{branch_label}'", branch_label) from error

    # --- lineages --------------------------------------------------------------------------------

    def filter_for_lineage(
        self, targets: Iterable[Any], check_against: Any, include_dependencies: bool = False
    ) -> tuple[Any, ...]:
        """Return those of ``targets`` that are on one line with an identifier."""
        ids, branch_label = self._resolve_revision_number(check_against)
        shares = [*([branch_label] if branch_label else []), *ids]
        return tuple(
            target
            for target in targets
            if self._shares_lineage(target, shares, include_dependencies=include_dependencies)
        )

    def _shares_lineage(
        self, target: Any, test_against_revs: Any, include_dependencies: bool = False
    ) -> bool:
        if not test_against_revs:
            return True
        node = target if isinstance(target, Revision) else self._revision_for_ident(target)
        against = {
            one if isinstance(one, Revision) else self._revision_for_ident(one)
            for one in util.to_tuple(test_against_revs, default=())
        }
        options = {"include_dependencies": include_dependencies}
        line = set(self._get_descendant_nodes([node], **options))
        line.update(self._get_ancestor_nodes([node], **options))
        return not line.isdisjoint(against)

    def _get_descendant_nodes(
        self,
        targets: Any,
        map_: Any = None,
        check: bool = False,
        omit_immediate_dependencies: bool = False,
        include_dependencies: bool = True,
    ) -> Iterator[Any]:
        def above(revision: Any) -> Iterable[str]:
            if not include_dependencies or (omit_immediate_dependencies and revision in targets):
                return revision.nextrev  # type: ignore[no-any-return]
            return revision._all_nextrev  # type: ignore[no-any-return]

        return self._related(above, targets, map_, check)

    def _get_ancestor_nodes(
        self,
        targets: Any,
        map_: Any = None,
        check: bool = False,
        include_dependencies: bool = True,
    ) -> Iterator[Any]:
        def below(revision: Any) -> Iterable[str]:
            if include_dependencies:
                return revision._normalized_down_revisions  # type: ignore[no-any-return]
            return revision._versioned_down_revisions  # type: ignore[no-any-return]

        return self._related(below, targets, map_, check)

    def _related(
        self, following: Callable[[Any], Iterable[str]], targets: Any, map_: Any, check: bool
    ) -> Iterator[Any]:
        map_ = self._revision_map if map_ is None else map_
        seen: dict[Any, None] = {}
        for target in targets:
            if target is None:
                continue
            reached: dict[Any, None] = {}
            waiting = [target]
            while waiting:
                revision = waiting.pop()
                if revision in reached or (revision in seen and not check):
                    continue
                reached[revision] = None
                waiting.extend(map_[name] for name in following(revision) if name in map_)
            if check:
                overlapping = set(reached).intersection(targets) - {target}
                if overlapping:
                    listed = ", ".join(sorted(r.revision for r in overlapping))
                    raise RevisionError(
                        f"Requested revision {target.revision} overlaps with other requested "
                        f"revisions {listed}"
                    )
            seen.update(reached)
        return iter(seen)

    # --- order -----------------------------------------------------------------------------------

    def iterate_revisions(
        self,
        upper: Any,
        lower: Any,
        implicit_base: bool = False,
        inclusive: bool = False,
        assert_relative_length: bool = True,
        select_for_downgrade: bool = False,
    ) -> Iterator[Any]:
        """Yield the revisions between two identifiers, the newest first."""
        collect = walking.collect_downgrade if select_for_downgrade else walking.collect_upgrade
        revisions, heads = collect(
            self, upper, lower, inclusive, implicit_base, assert_relative_length
        )
        for id_ in self._topological_sort(revisions, heads):
            yield self.get_revision(id_)

    def _topological_sort(self, revisions: Iterable[Any], heads: Iterable[Any]) -> list[str]:
        """Return ids so that each comes before all that it descends from or depends on."""
        wanted = {revision.revision for revision in revisions}
        everything = self._revisions()
        requirements = {r.revision: r._normalized_down_revisions for r in everything}
        dependants: dict[str, list[str]] = {}
        for id_, required in requirements.items():
            for name in required:
                dependants.setdefault(name, []).append(id_)
        graph = Graph(
            {r.revision: Node(r.revision) for r in everything},
            requirements,
            {},
            {k: tuple(v) for k, v in dependants.items()},
        )
        return list(reversed(graph.ordered(wanted)))


def _steps(text: str) -> int | None:
    try:
        return int(text)
    except (TypeError, ValueError):
        return None

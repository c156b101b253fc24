"""The laws of the graph, and Alembic's answers as an oracle."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from alembic.runtime.migration import HeadMaintainer
from alembic.runtime.migration import RevisionStep
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_schemamigrate.errors import Cycle
from flask_schemamigrate.errors import DuplicateLabel
from flask_schemamigrate.errors import DuplicateRevision
from flask_schemamigrate.errors import MissingParent
from flask_schemamigrate.history.graph import change_of_rows
from flask_schemamigrate.history.graph import Graph
from flask_schemamigrate.history.revision import Revision

from .graphs import as_alembic
from .graphs import histories


class Rows(HeadMaintainer):
    """Alembic's head maintainer on a set instead of a table."""

    def __init__(self, rows: tuple[str, ...]) -> None:
        self.heads: set[str] = set(rows)

    def _insert_version(self, version: str) -> None:
        self.heads.add(version)

    def _delete_version(self, version: str) -> None:
        self.heads.remove(version)

    def _update_version(self, from_: str, to_: str) -> None:
        self.heads.remove(from_)
        self.heads.add(to_)


def line(*ids: str) -> Graph:
    return Graph.build(Revision(i, ids[n - 1 : n] if n else ()) for n, i in enumerate(ids))


@given(histories())
@settings(max_examples=100, deadline=None)
def test_heads_and_bases_are_those_of_alembic(revisions: tuple[Revision, ...]) -> None:
    graph, oracle = Graph.build(revisions), as_alembic(revisions)
    assert set(graph.heads) == set(oracle.heads)
    assert set(graph.real_heads) == set(oracle._real_heads)
    assert set(graph.bases) == set(oracle.bases)


@given(histories())
@settings(max_examples=100, deadline=None)
def test_upgrade_then_downgrade_visits_each_revision_once(revisions: tuple[Revision, ...]) -> None:
    graph = Graph.build(revisions)
    up = graph.upgrade_moves((), graph.real_heads)
    assert [m.revision.id for m in up] == list(graph.ordered())
    seen: set[str] = set()
    for move in up:
        assert set(graph.requirements[move.revision.id]) <= seen
        seen.add(move.revision.id)
        applied_heads = {i for i in seen if not any(d in seen for d in graph.dependants.get(i, ()))}
        assert set(move.after) == applied_heads
    assert seen == set(graph.revisions)
    down = graph.downgrade_moves(up[-1].after, graph.bases)
    assert sorted(m.revision.id for m in down) == sorted(graph.revisions)
    assert down[-1].after == ()


@given(histories())
@settings(max_examples=100, deadline=None)
def test_revisions_run_in_the_order_of_alembic(revisions: tuple[Revision, ...]) -> None:
    graph, oracle = Graph.build(revisions), as_alembic(revisions)
    newest_first = oracle.iterate_revisions("heads", None, implicit_base=True)
    expected = [r.revision for r in newest_first]
    moves = graph.upgrade_moves((), graph.real_heads)
    assert [m.revision.id for m in reversed(moves)] == expected
    undone = oracle.iterate_revisions(graph.real_heads, "base", select_for_downgrade=True)
    moves = graph.downgrade_moves(graph.real_heads, graph.bases)
    assert [m.revision.id for m in moves] == [r.revision for r in undone]


@given(histories())
@settings(max_examples=100, deadline=None)
def test_the_statements_of_a_move_lead_to_its_rows(revisions: tuple[Revision, ...]) -> None:
    graph = Graph.build(revisions)
    moves = graph.upgrade_moves((), graph.real_heads)
    moves += graph.downgrade_moves(moves[-1].after, graph.bases)
    rows: list[str] = []
    for move in moves:
        assert tuple(sorted(rows)) == move.before
        for row in move.change.delete:
            rows.remove(row)
        if move.change.update is not None:
            rows.remove(move.change.update[0])
            rows.append(move.change.update[1])
        rows.extend(move.change.insert)
        assert tuple(sorted(rows)) == move.after


@given(histories())
@settings(max_examples=100, deadline=None)
def test_rows_change_as_alembic_changes_them(revisions: tuple[Revision, ...]) -> None:
    graph, oracle = Graph.build(revisions), as_alembic(revisions)
    moves = graph.upgrade_moves((), graph.real_heads)
    moves += graph.downgrade_moves(moves[-1].after, graph.bases)
    for move in moves:
        rows: Any = Rows(move.before)
        script: Any = oracle.get_revision(move.revision.id)
        script.module = SimpleNamespace(upgrade=None, downgrade=None)
        step = RevisionStep(oracle, script, move.direction.name == "UP")
        rows.update_to_step(step)
        assert rows.heads == set(move.after)


def test_a_change_of_rows_updates_where_it_can() -> None:
    change = change_of_rows(("a", "b"), ("c",))
    assert (change.delete, change.update, change.insert) == (("b",), ("a", "c"), ())
    change = change_of_rows((), ("c",))
    assert (change.delete, change.update, change.insert) == ((), None, ("c",))


def test_a_row_above_another_one_does_no_harm() -> None:
    graph = line("a", "b", "c")
    assert [m.revision.id for m in graph.upgrade_moves(("a", "b"), ["c"])] == ["c"]


@given(histories(), st.data())
@settings(max_examples=100, deadline=None)
def test_rows_below_other_rows_go_with_their_revisions(
    revisions: tuple[Revision, ...], data: st.DataObject
) -> None:
    graph = Graph.build(revisions)
    ids = st.sampled_from([r.id for r in revisions])
    rows = data.draw(st.lists(ids, max_size=4, unique=True))
    up = graph.upgrade_moves(rows, graph.real_heads)
    now = up[-1].after if up else tuple(rows)
    assert set(graph.tips(graph.ancestors(now))) == set(graph.real_heads)
    down = graph.downgrade_moves(now, graph.bases)
    assert down[-1].after == ()


def test_an_unknown_row_stays_where_it_is() -> None:
    graph = line("a", "b")
    moves = graph.upgrade_moves(("zz",), ["b"])
    assert moves[-1].after == ("b", "zz")
    assert graph.unknown(("zz", "a")) == ("zz",)


def test_ten_thousand_revisions_are_no_depth() -> None:
    graph = line(*(f"{n:05d}" for n in range(10_000)))
    assert len(graph.upgrade_moves((), graph.heads)) == 10_000
    assert len(graph.downgrade_moves(graph.heads, graph.bases)) == 10_000


def test_a_hundred_branches_of_a_hundred_revisions() -> None:
    ids = [[f"{branch:02d}x{n:02d}" for n in range(100)] for branch in range(100)]
    branches = [
        Revision(id_, (branch[n - 1],) if n else ("root",))
        for branch in ids
        for n, id_ in enumerate(branch)
    ]
    graph = Graph.build([Revision("root"), *branches])
    moves = graph.upgrade_moves((), graph.heads)
    assert len(moves[-1].after) == 100
    assert [m.revision.id for m in moves[1:101]] == ids[99]
    assert len(graph.downgrade_moves(moves[-1].after, graph.bases)) == 10_001


def test_a_cycle_names_its_members_alone() -> None:
    revisions = [Revision("a"), Revision("b", ("a", "c")), Revision("c", ("b",))]
    with pytest.raises(Cycle) as caught:
        Graph.build([*revisions, Revision("d", ("c",))])
    assert [line.split()[0] for line in caught.value.message.splitlines()[1:]] == ["b", "c"]


def test_labels_reach_descendants_and_the_line_below() -> None:
    graph = Graph.build(
        [
            Revision("a"),
            Revision("b", ("a",)),
            Revision("c", ("b",), labels=("x",)),
            Revision("d", ("c",)),
            Revision("e", ("a",)),
        ]
    )
    assert graph.labels_of() == {"b": ("x",), "c": ("x",), "d": ("x",)}


def test_current_shows_tips_that_others_depend_on() -> None:
    graph = Graph.build([Revision("a"), Revision("b"), Revision("c", ("a",), depends_on=("b",))])
    assert graph.real_heads == ("c",)
    assert graph.expand(("c",)) == ("b", "c")


@pytest.mark.parametrize(
    ("revisions", "error", "words"),
    [
        ([Revision("a"), Revision("a")], DuplicateRevision, "Two scripts have the revision id a"),
        ([Revision("a", ("gone",))], MissingParent, "'gone' as its down_revision"),
        ([Revision("a", (), ("gone",))], MissingParent, "'gone' as its depends_on"),
        ([Revision("a", ("b",)), Revision("b", ("a",))], Cycle, "stands on the next one"),
        ([Revision("a", ("a",))], Cycle, "stands on the next one"),
        (
            [Revision("a", labels=("x",)), Revision("b", labels=("x",))],
            DuplicateLabel,
            "label 'x' of b is also a label of a",
        ),
        ([Revision("a"), Revision("b", labels=("a",))], DuplicateLabel, "also the id of a"),
    ],
)
def test_a_broken_history_is_named(
    revisions: list[Revision], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Graph.build(revisions)

"""What people type for revisions."""

from __future__ import annotations

import contextlib
import warnings

import pytest
from alembic.script import revision as alembic
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_schemamigrate.errors import AmbiguousRevision
from flask_schemamigrate.errors import HistoryError
from flask_schemamigrate.errors import InvalidRange
from flask_schemamigrate.errors import InvalidTarget
from flask_schemamigrate.errors import MultipleHeads
from flask_schemamigrate.errors import UnknownRevision
from flask_schemamigrate.history import symbols
from flask_schemamigrate.history.graph import Graph
from flask_schemamigrate.history.revision import Revision

from .graphs import as_alembic
from .graphs import histories

#   a1b2 - a3c4 - net1 (net) - net2
#              \- web1 (web) - web2
FORK = Graph.build(
    [
        Revision("a1b2", (), message="first"),
        Revision("a3c4", ("a1b2",), message="second"),
        Revision("net1", ("a3c4",), labels=("net",)),
        Revision("net2", ("net1",)),
        Revision("web1", ("a3c4",), labels=("web",)),
        Revision("web2", ("web1",)),
    ]
)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("a1b2", ("a1b2",)),
        ("a1", ("a1b2",)),
        ("base", ()),
        ("heads", ("net2", "web2")),
        ("net", ("net1",)),
        ("net@head", ("net2",)),
        ("net@heads", ("net2",)),
        ("net@base", ()),
        ("web1@head", ("web2",)),
        ("net@head-1", ("net1",)),
        ("a1b2+1", ("a3c4",)),
        ("net2-3", ("a1b2",)),
        ("net2-4", ()),
        ("base+2", ("a3c4",)),
        ("net@a3c4", ("a3c4",)),
    ],
)
def test_a_symbol_stands_for_revisions(symbol: str, expected: tuple[str, ...]) -> None:
    assert symbols.resolve(FORK, symbol) == expected


@pytest.mark.parametrize(
    ("symbol", "error", "words"),
    [
        ("a", AmbiguousRevision, r"(?s)begins 2 revision ids.*a1b2  first"),
        ("nett", UnknownRevision, "Did you mean 'net"),
        ("head", MultipleHeads, "2 heads: net2, web2"),
        ("a3c4+1", InvalidTarget, "net1 or web1"),
        ("net2+1", InvalidTarget, "no revision after net2"),
        ("web@net1", UnknownRevision, "not on the branch"),
        ("+1abc", UnknownRevision, "no revision identifier|There is no revision"),
        ("", UnknownRevision, "no revision identifier"),
        ("x@y@z", UnknownRevision, "no revision identifier"),
    ],
)
def test_a_wrong_symbol_is_explained(symbol: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        symbols.resolve(FORK, symbol)


def test_plus_goes_up_from_where_the_database_is() -> None:
    assert symbols.upgrade_target(FORK, "+1", ("a1b2",)) == ("a3c4",)
    assert symbols.upgrade_target(FORK, "+2", ()) == ("a3c4",)
    assert symbols.upgrade_target(FORK, "net@+1", ("a3c4", "web2")[:1]) == ("net1",)


def test_plus_starts_where_a_branch_leaves_what_is_applied() -> None:
    assert symbols.upgrade_target(FORK, "net@+1", ("web2",)) == ("net1",)
    assert symbols.upgrade_target(FORK, "net@+2", ("web2",)) == ("net2",)


def test_minus_leaves_what_the_line_depends_on() -> None:
    graph = Graph.build([Revision("base1"), Revision("tool1", (), depends_on=("base1",))])
    assert symbols.undone_by(graph, "-1", ("tool1",)) == {"tool1"}
    assert symbols.undone_by(graph, "base", ("tool1",)) == {"base1", "tool1"}


def test_minus_on_a_branch_that_is_not_applied_undoes_nothing_else() -> None:
    for symbol in ("net@-1", "net@current"):
        with pytest.raises(InvalidTarget, match="Nothing of the branch"):
            symbols.undone_by(FORK, symbol, ("web2",))


def test_a_downgrade_of_an_empty_database_still_refuses_mistakes() -> None:
    assert symbols.undone_by(FORK, "-1", ()) == set()
    with pytest.raises(UnknownRevision):
        symbols.undone_by(FORK, "typo", ())
    with pytest.raises(InvalidTarget, match="the database is at the base"):
        symbols.undone_by(FORK, "net2", ())


def test_minus_alone_counts_from_the_newest() -> None:
    assert symbols.resolve(FORK, "net@-1") == ("net1",)
    with pytest.raises(MultipleHeads):
        symbols.resolve(FORK, "-1")


def test_the_branch_narrows_a_partial_id() -> None:
    graph = Graph.build([Revision("abc1"), Revision("abc2", labels=("two",))])
    assert symbols.resolve(graph, "two@abc") == ("abc2",)
    with pytest.raises(AmbiguousRevision):
        symbols.resolve(graph, "abc")


@given(histories(), st.data())
@settings(max_examples=200, deadline=None)
def test_targets_are_those_of_alembic(revisions: tuple[Revision, ...], data: st.DataObject) -> None:
    """Where both give an answer it is the same; we refuse some where Alembic picks one."""
    graph, oracle = Graph.build(revisions), as_alembic(revisions)
    ids = st.sampled_from([r.id for r in revisions])
    rows = graph.tips(graph.ancestors(data.draw(st.lists(ids, max_size=3))))
    branch = data.draw(st.one_of(st.just(""), ids.map(lambda id_: f"{id_}@")))
    name = data.draw(st.one_of(st.sampled_from(["", "head", "base"]), ids))
    symbol = (
        branch + name + data.draw(st.sampled_from(["+1", "+2", "-1", "-2"] + [""] * bool(name)))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        up, down = _answers(oracle, symbol, rows)
    with contextlib.suppress(HistoryError):
        wanted = graph.pending(rows, symbols.upgrade_target(graph, symbol, rows))
        assert up is None or list(wanted) == up
    with contextlib.suppress(HistoryError):
        undone = graph.downgrade_moves(rows, symbols.undone_by(graph, symbol, rows))
        assert down is None or [m.revision.id for m in undone] == down


def _answers(
    oracle: alembic.RevisionMap, symbol: str, rows: tuple[str, ...]
) -> tuple[list[str] | None, list[str] | None]:
    up = down = None
    # Alembic stumbles over some of these with errors of its own code.
    with contextlib.suppress(alembic.RevisionError, AssertionError, TypeError, AttributeError):
        found = oracle.iterate_revisions(symbol, rows or None, implicit_base=True)
        up = [r.revision for r in reversed(list(found))]
    with contextlib.suppress(alembic.RevisionError, AssertionError, TypeError, AttributeError):
        found = oracle.iterate_revisions(rows or None, symbol, select_for_downgrade=True)
        down = [r.revision for r in found]
    return up, down


def test_minus_goes_down_from_where_the_database_is() -> None:
    assert symbols.undone_by(FORK, "-1", ("net2",)) == {"net2"}
    assert symbols.undone_by(FORK, "base", ("net2",)) == {"a1b2", "a3c4", "net1", "net2"}
    assert symbols.undone_by(FORK, "net@-1", ("net2", "web2")) == {"net2"}
    assert symbols.undone_by(FORK, "a3c4", ("net2", "web2")) == {"net1", "net2", "web1", "web2"}
    assert symbols.undone_by(FORK, "net@a3c4", ("net2", "web2")) == {"net1", "net2"}
    assert symbols.undone_by(FORK, "base", ()) == set()
    assert symbols.undone_by(FORK, "net2", ("net2",)) == set()


@pytest.mark.parametrize(
    ("symbol", "rows", "words"),
    [
        ("net2", ("a3c4",), "net2 is not applied"),
        ("+1", ("a3c4",), "goes up; downgrade goes down"),
        ("-1", ("net2", "web2"), "ambiguous"),
        ("-9", ("net2",), "after 4 of them there is no revision before the base"),
    ],
)
def test_an_impossible_downgrade_is_explained(
    symbol: str, rows: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InvalidTarget, match=words):
        symbols.undone_by(FORK, symbol, rows)


def test_upgrade_does_not_go_down() -> None:
    with pytest.raises(InvalidTarget, match="goes down") as caught:
        symbols.upgrade_target(FORK, "-1", ("a3c4",))
    assert caught.value.hint == "flask db downgrade -1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a1b2:a3c4", ("a1b2", "a3c4")),
        ("a3c4:net2", ("a3c4", "net1", "net2")),
        (":a3c4", ("a1b2", "a3c4")),
        ("web1:", ("web1", "web2")),
        ("-1:net2", ("net1", "net2")),
        ("current:+1", ("a1b2", "a3c4")),
        ("-9:net2", ("a1b2", "a3c4", "net1", "net2")),
    ],
)
def test_a_range_of_history(text: str, expected: tuple[str, ...]) -> None:
    assert symbols.history_range(FORK, text, ("a1b2",)) == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [("a:b:c", InvalidRange), ("a1b2", InvalidRange), ("web1:net1", HistoryError)],
)
def test_a_wrong_range_is_explained(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        symbols.history_range(FORK, text)

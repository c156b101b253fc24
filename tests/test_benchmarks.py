"""The benchmarks run: small sizes, one round, nothing that depends on time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import plot
from benchmarks import proxy
from benchmarks import report
from benchmarks.__main__ import measured
from benchmarks.measure import BARE
from benchmarks.measure import LIMIT
from benchmarks.measure import Measured
from benchmarks.measure import OURS
from benchmarks.measure import Point
from benchmarks.measure import Program
from benchmarks.measure import Spent
from benchmarks.measure import THEIRS
from benchmarks.measure import Work


@pytest.mark.parametrize(
    ("group", "only"),
    [
        ("histories", "``current``"),
        ("upgrades", "``upgrade``, 12 revisions, sqlite"),
        ("scale", "``upgrade`` of 2 tenants by"),
    ],
)
def test_each_group_measures_ours_beside_the_peer_and_the_limit(
    group: str, only: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = measured([group], small=True, rounds=1, only=only)
    assert {BARE, LIMIT, OURS, THEIRS} <= set(one.spent)
    assert all(spent[0].cpu > 0 and spent[0].peak > 1 for spent in one.spent.values())
    assert one.work.name in report.page([one], one.work.group)
    assert one.work.name in capsys.readouterr().out


def test_the_proxy_counts_what_has_to_be_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer, args=(listener.accept,), daemon=True).start()
        with proxy.before("127.0.0.1", listener.getsockname()[1]) as between:
            with socket.create_connection(("127.0.0.1", between.port)) as client:
                for text in (b"one", b"two", b"three"):
                    client.sendall(text)
                    assert client.recv(100) == text
            assert between.trips == 1 + 3  # To connect is one as well.


def _answer(accept: Callable[[], tuple[socket.socket, object]]) -> None:
    client, _ = accept()
    with client:
        while data := client.recv(100):
            client.sendall(data)


def test_a_plot_has_a_line_for_each_program_and_a_place_for_each_size() -> None:
    def one(size: int, **seconds: float) -> Measured:
        programs = {name: Program((), Path()) for name in seconds}
        spent = {name: [Spent(value, value, 1.0)] for name, value in seconds.items()}
        return Measured(Work("g", "w", programs, point=Point("rows", size)), spent)

    found = [
        one(100, bare=1, ours=1.01, peer=1.1),
        one(10, bare=1, ours=1.0, peer=1.01),
        one(1000, bare=1, ours=1.1, peer=2),
    ]
    lines = plot.collect(found)["rows"]
    assert [(size, round(time, 3)) for size, time in lines["ours"]] == [
        (10, plot.LEAST),
        (100, 0.01),
        (1000, 0.1),
    ]
    drawn = ElementTree.fromstring(plot.svg("rows", lines))
    circles = [e for e in drawn.iter() if e.tag.endswith("circle")]
    assert len(circles) == 6
    xs = [float(circle.attrib["cx"]) for circle in circles[:3]]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2)  # Decades are equally far apart.
    ys = [float(circle.attrib["cy"]) for circle in circles[:3]]
    assert ys[0] > ys[1] > ys[2]

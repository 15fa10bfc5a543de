"""Routes: the graph of ports and legs against networkx, published distances, and closures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rimland
from rimland.notation.csvfile import read_csv
from rimland.notation.problems import Problems
from rimland.notation.quantity import Quantity
from rimland.program.build import ProgramBuilder
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import TABLES, Chart, Leg, Port, read_chart

networkx = pytest.importorskip("networkx")

FLAGSHIP = Path(rimland.__file__).parent / "scenarios" / "indo-pacific-2024"


def chart_in(folder: Path) -> Chart:
    problems = Problems()
    documents = {
        table: document
        for table, columns in TABLES.items()
        if (document := read_csv(folder / table, problems, columns=columns)) is not None
    }
    low = Lowering(ProgramBuilder("sea"), date(2024, 1, 1), date(2034, 1, 1), problems, documents)
    chart = read_chart(documents, low)
    problems.raise_if_any()
    return chart


@pytest.fixture(scope="module")
def sea() -> Chart:
    return chart_in(FLAGSHIP)


def graph(chart: Chart, shut: Iterable[str] = ()) -> networkx.Graph:
    made = networkx.Graph()
    made.add_nodes_from(chart.ports)
    for leg in chart.legs:
        if leg.passage not in set(shut):
            made.add_edge(*leg.ends, weight=leg.miles)
    return made


def miles(made: networkx.Graph, start: str, end: str) -> float | None:
    try:
        return float(networkx.dijkstra_path_length(made, start, end))
    except networkx.NetworkXNoPath:
        return None


def test_every_way_of_the_shipped_sea_is_as_long_as_networkx_finds_it(sea: Chart) -> None:
    lengths = dict(networkx.all_pairs_dijkstra_path_length(graph(sea)))
    for start, end in combinations(list(sea.ports)[::3], 2):
        way = sea.shortest(start, end)
        assert way is not None
        assert way.miles == pytest.approx(lengths[start][end], rel=1e-12)
        assert way.miles == pytest.approx(sum(leg.miles for leg in way.legs), rel=1e-12)


@pytest.mark.parametrize(
    ("start", "end"),
    [("ras-tanura", "yokohama"), ("singapore", "shanghai"), ("vladivostok", "north-pacific")],
)
def test_every_set_of_closures_gives_the_way_that_networkx_finds_without_those_legs(
    sea: Chart, start: str, end: str
) -> None:
    detours = sea.detours(start, end)
    for size in range(len(detours.passages) + 1):
        for shut in combinations(detours.passages, size):
            way = detours.given(frozenset(shut))
            expected = miles(graph(sea, shut), start, end)
            assert (way is None) == (expected is None)
            assert way is None or way.miles == pytest.approx(expected, rel=1e-12)
            assert way is None or not set(way.passages) & set(shut)


def test_a_passage_that_is_not_listed_for_a_pair_does_not_matter_to_it(sea: Chart) -> None:
    for start, end in (("ras-tanura", "yokohama"), ("sasebo", "scarborough")):
        detours = sea.detours(start, end)
        others = [p for p in sea.passages if p not in detours.passages]
        assert others
        for shut in (others, [*others, detours.passages[0]]):
            way = detours.given(frozenset(shut))
            assert way is not None
            assert way.miles == pytest.approx(miles(graph(sea, shut), start, end), rel=1e-12)


def random_chart(seed: int) -> Chart:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 9))
    ports = {f"p{i}": Port(f"p{i}", f"p{i}", 0.0, 0.0) for i in range(count)}
    legs = []
    for a, b in combinations(ports, 2):
        if rng.uniform() < 0.5:
            length = float(rng.integers(1, 20))  # whole numbers, so that ties come about
            quantity = Quantity.read({"value": f"{length} nm", "computed": "c"}, "distance")
            passage = str(rng.choice(["", "", "x", "y", "z"]))
            legs.append(Leg((a, b), quantity, passage))
    return Chart(ports, tuple(legs))


@given(st.integers(0, 10_000))
def test_random_graphs_agree_with_networkx_whatever_is_shut(seed: int) -> None:
    chart = random_chart(seed)
    detours = chart.detours("p0", "p2")
    for size in range(4):
        for shut in combinations("xyz", size):
            way = detours.given(frozenset(shut))
            expected = miles(graph(chart, shut), "p0", "p2")
            assert (way is None) == (expected is None)
            assert way is None or way.miles == pytest.approx(expected, rel=1e-12)


def test_the_ports_that_stand_apart_are_those_outside_the_first_ones_component() -> None:
    for seed in range(40):
        chart = random_chart(seed)
        reached = networkx.node_connected_component(graph(chart), "p0")
        assert set(chart.apart()) == set(chart.ports) - reached


# Published distances between ports, in nautical miles. The first was read (US Hydrographic Office,
# quoted by W. L. Merry on the Nicaragua canal); the others are recalled from the tables of the US
# National Geospatial-Intelligence Agency (Pub. 151) and not read. Honolulu stands for Pearl
# Harbor, Seattle for Puget Sound.
PUBLISHED = [
    ("yokohama", "pearl-harbor", 3400, "seen"),
    ("yokohama", "singapore", 2889, "recalled"),
    ("yokohama", "guam", 1352, "recalled"),
    ("yokohama", "puget-sound", 4254, "recalled"),
    ("guam", "pearl-harbor", 3337, "recalled"),
    ("darwin", "singapore", 1887, "recalled"),
]
# Computed on a network of merchant routes (searoute 1.6), for long ways across open water; shorter
# ones round capes differ by up to a tenth, and most by more where its points snap to the coast.
NETWORK = [
    ("yokosuka", "san-diego", 4987),
    ("yokosuka", "puget-sound", 4300),
    ("yokosuka", "singapore", 2926),
    ("pearl-harbor", "san-diego", 2322),
    ("pearl-harbor", "puget-sound", 2439),
    ("pearl-harbor", "east-of-taiwan", 4338),
    ("san-diego", "east-of-taiwan", 6025),
    ("guam", "okinawa", 1230),
    ("ras-tanura", "yokohama", 6698),
]


@pytest.mark.parametrize(("start", "end", "published"), [(a, b, n) for a, b, n, _ in PUBLISHED])
def test_ways_are_within_three_per_cent_of_published_distances(
    sea: Chart, start: str, end: str, published: float
) -> None:
    way = sea.shortest(start, end)
    assert way is not None
    assert way.miles == pytest.approx(published, rel=0.03)


@pytest.mark.parametrize(("start", "end", "network"), NETWORK)
def test_long_ways_are_within_three_per_cent_of_a_network_of_merchant_routes(
    sea: Chart, start: str, end: str, network: float
) -> None:
    way = sea.shortest(start, end)
    assert way is not None
    assert way.miles == pytest.approx(network, rel=0.03)


def test_the_way_round_a_shut_archipelago_is_as_long_as_a_naval_text_says(sea: Chart) -> None:
    # 5,800 nautical miles more from Yokosuka to the Gulf, round Australia: a rounded figure.
    shut = frozenset({"malacca", "sunda", "lombok", "moluccas"})
    open_, round_ = (
        sea.shortest("ras-tanura", "yokosuka"),
        sea.shortest("ras-tanura", "yokosuka", shut),
    )
    assert open_ is not None
    assert round_ is not None
    assert round_.miles - open_.miles == pytest.approx(5800, rel=0.1)

"""Layers as flat arrays: who is tied to whom, and which values count what a pair shares.

A layer and a level make a graph: its ties are those at or above the level. Each node of each graph
has a `place`. While a future runs, a place has a list of its partners, and every pair that some
feature asks for an exact count. A tie of (a, b) that comes or goes changes the counts of (a, k) for
the partners k of b, and of (b, k) for those of a: work of the order of two degrees, where listing
triples would take memory of the order of the cube of the nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rimland.engine.layout import NONE, PLACE, TIE
from rimland.errors import RunError
from rimland.program.model import Feature, Layer

_MOST_PAIRS = 2**28
"""Entries of `pairs`, 4 bytes each: a layer of 16,000 nodes."""


class Graph(NamedTuple):
    """Where one layer at one level lies: its first place, and how many nodes it has."""

    first: int
    nodes: int


class Shares(NamedTuple):
    """The tables of all graphs; `ties_of[v]` is where the ties of variable v begin."""

    tie: NDArray[Any]
    place: NDArray[Any]
    pairs: NDArray[np.uint32]
    ties_of: NDArray[np.int64]
    also: dict[int, int]
    graphs: tuple[Graph, ...]


def share_tables(
    layers: Sequence[Layer], features: Sequence[Feature], variable: Mapping[str, int]
) -> Shares:
    """Return the tables for the features that count shared partners; others are passed over.

    Features are known to the kernel by their position in `features`, variables by `variable`.
    Raises RunError when a layer has too many nodes.
    """
    known = {layer.name: layer for layer in layers}
    asked: dict[tuple[str, int], list[tuple[str, str, int]]] = {}
    for f, feature in enumerate(features):
        s = feature.shared
        if s is not None:
            asked.setdefault((s.layer, s.at_least), []).append((s.a, s.b, f))
    rows: list[tuple[int, int, int, int]] = []
    places: list[tuple[int, int, int]] = []
    blocks: list[NDArray[np.uint32]] = []
    also: dict[int, int] = {}
    graphs: list[Graph] = []
    pairs_before = partners_before = 0
    for (name, at_least), wanted in asked.items():
        layer = known[name]
        number = {node: i for i, node in enumerate(layer.nodes)}
        size, first = len(number), len(places)
        if pairs_before + size**2 > _MOST_PAIRS:
            raise RunError(
                f"layer '{name}' has {size} nodes at level {at_least}; what pairs share can be "
                f"counted for some {int(_MOST_PAIRS**0.5):,} nodes in all"
            )
        degree = [0] * size
        for tie in layer.ties:
            a, b = number[tie.a], number[tie.b]
            degree[a] += 1
            degree[b] += 1
            rows.append((variable[tie.variable], at_least, first + a, first + b))
        for i, most in enumerate(degree):
            places.append((i, partners_before, pairs_before + i * size))
            partners_before += most
        block = np.full((size, size), NONE, np.uint32)
        for one, other, f in wanted:
            a, b = number[one], number[other]
            if block[a, b] != NONE:
                also[f] = int(block[a, b])
            block[a, b] = block[b, a] = f
        blocks.append(block.reshape(-1))
        graphs.append(Graph(first, size))
        pairs_before += size**2
    rows.sort()
    ties = np.zeros(len(rows) + 1, TIE)
    if rows:
        of, *columns = np.array(rows, np.int64).T
        for field, column in zip(("at_least", "a", "b"), columns, strict=True):
            ties[field][:-1] = column
    else:
        of = np.zeros(0, np.int64)
    ties_of = np.searchsorted(of, np.arange(len(variable) + 1))
    place = np.zeros(len(places) + 1, PLACE)
    ends = np.array([*places, (0, partners_before, pairs_before)], np.int64)
    for field, column in zip(("node", "partners", "pairs"), ends.T, strict=True):
        place[field] = column
    pairs = np.concatenate([*blocks, np.array([NONE], np.uint32)])
    return Shares(ties, place, pairs, ties_of, also, tuple(graphs))


def count_shared(
    shares: Shares,
    also: NDArray[np.uint32],
    level: NDArray[np.int64],
    partners: NDArray[np.uint32],
    degree: NDArray[np.uint32],
    raw: NDArray[np.int64],
) -> None:
    """Write where a future begins: lists of partners, degrees, and counts added to `raw`.

    The counts are the square of each graph's matrix of ties.
    """
    place, pairs = shares.place, shares.pairs
    of = np.repeat(np.arange(len(level)), np.diff(shares.ties_of))
    ties = shares.tie[:-1][level[of] >= shares.tie["at_least"][:-1]]
    for graph in shares.graphs:
        last = graph.first + graph.nodes
        own = ties[(ties["a"] >= graph.first) & (ties["a"] < last)]
        a, b = (own[end].astype(np.int64) - graph.first for end in ("a", "b"))
        tied = np.zeros((graph.nodes, graph.nodes), np.float32)
        tied[a, b] = tied[b, a] = 1.0
        for node in range(graph.nodes):
            found = np.flatnonzero(tied[node])
            begin = int(place["partners"][graph.first + node])
            partners[begin : begin + len(found)] = found
            degree[graph.first + node] = len(found)
        counts = (tied @ tied).astype(np.int64).reshape(-1)
        begin = int(place["pairs"][graph.first])
        values = pairs[begin : begin + graph.nodes**2]
        upper = np.triu(np.ones((graph.nodes, graph.nodes), bool), 1).reshape(-1)
        at = np.flatnonzero((values != NONE) & upper)
        value, counts = values[at], counts[at]
        while len(value):
            raw[value] += counts
            value = also[value]
            kept = value != NONE
            value, counts = value[kept], counts[kept]

"""Routes: ports and legs as a named graph, and the shortest ways with passages open or shut.

Read from ports.csv and legs.csv beside forces.yaml. A leg that leads through a passage cannot be
used while that passage is shut. There is no general router: the graph is what the files say.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rimland.errors import nearest
from rimland.notation.problems import Mistake
from rimland.notation.quantity import Quantity
from rimland.notation.yamlfile import Document
from rimland.vocab.lowering import Lowering
from rimland.vocab.names import great_circle_km

PORTS, LEGS = "ports.csv", "legs.csv"
TABLES: Mapping[str, tuple[str, ...]] = {
    PORTS: ("id", "name", "latitude", "longitude", "kind", "source", "because"),
    LEGS: ("from", "to", "nautical_miles", "passage", "kind", "source", "because"),
}
"""The tables beside forces.yaml and their columns."""
KM_PER_NAUTICAL_MILE = 1.852
KINDS = ("seen", "recalled", "computed", "judged")
# Coordinates are rounded: a leg may fall short of the great circle by this much, and no more.
SLACK_SHARE, SLACK_MILES = 0.02, 5.0


@dataclass(frozen=True)
class Port:
    """A harbour, or a point at sea where legs meet."""

    id: str
    name: str
    latitude: float
    longitude: float

    def miles_to(self, other: Port) -> float:
        """Return the great-circle distance in nautical miles."""
        here, there = (self.latitude, self.longitude), (other.latitude, other.longitude)
        return great_circle_km(here, there) / KM_PER_NAUTICAL_MILE


@dataclass(frozen=True)
class Leg:
    """A stretch of sea between two ports; `passage` is empty in open water."""

    ends: tuple[str, str]
    distance: Quantity
    passage: str = ""

    @property
    def name(self) -> str:
        """Its name: both ends in alphabetical order."""
        return "--".join(sorted(self.ends))

    @property
    def miles(self) -> float:
        """Its length in nautical miles, at the middle of what is known."""
        return self.distance.central / KM_PER_NAUTICAL_MILE


@dataclass(frozen=True)
class Way:
    """A way from one port to another: its legs in order, and its length in nautical miles."""

    legs: tuple[Leg, ...]
    miles: float

    @property
    def passages(self) -> tuple[str, ...]:
        """The passages it leads through, in order."""
        return tuple(dict.fromkeys(leg.passage for leg in self.legs if leg.passage))


@dataclass(frozen=True)
class Detours:
    """The shortest ways between two ports for every set of shut passages.

    `known` holds a way (None where there is none) for those sets that were needed to find all.
    """

    known: Mapping[frozenset[str], Way | None]

    @property
    def passages(self) -> tuple[str, ...]:
        """The passages whose closure can change the way, sorted."""
        return tuple(sorted(frozenset().union(*self.known)))

    def given(self, shut: frozenset[str]) -> Way | None:
        """Return the shortest way while `shut` are shut, None if there is none.

        A shortest way for fewer closures that meets none of the others is shortest for all.
        """
        now: frozenset[str] = frozenset()
        while True:
            way = self.known[now]
            blocked = [] if way is None else [p for p in way.passages if p in shut]
            if not blocked:
                return way
            now = now | {blocked[0]}


@dataclass(frozen=True)
class Chart:
    """The graph of ports and legs."""

    ports: Mapping[str, Port] = field(default_factory=dict)
    legs: tuple[Leg, ...] = ()

    @cached_property
    def passages(self) -> tuple[str, ...]:
        """The passages that legs lead through, sorted."""
        return tuple(sorted({leg.passage for leg in self.legs if leg.passage}))

    @cached_property
    def _neighbours(self) -> dict[str, list[tuple[str, Leg]]]:
        out: dict[str, list[tuple[str, Leg]]] = {port: [] for port in self.ports}
        for leg in self.legs:
            a, b = leg.ends
            out[a].append((b, leg))
            out[b].append((a, leg))
        return out

    def shortest(self, start: str, end: str, shut: frozenset[str] = frozenset()) -> Way | None:
        """Return the shortest way with some passages shut, or None (Dijkstra 1959).

        Of ways of one length the one found over the alphabetically first port is taken.
        """
        best = {start: 0.0}
        came: dict[str, tuple[str, Leg]] = {}
        heap = [(0.0, start)]
        while heap:
            miles, port = heapq.heappop(heap)
            if port == end:
                return Way(self._traced(came, end), miles)
            if miles > best[port]:
                continue
            for other, leg in self._neighbours[port]:
                further = miles + leg.miles
                if leg.passage not in shut and further < best.get(other, float("inf")):
                    best[other] = further
                    came[other] = (port, leg)
                    heapq.heappush(heap, (further, other))
        return None

    @staticmethod
    def _traced(came: Mapping[str, tuple[str, Leg]], end: str) -> tuple[Leg, ...]:
        legs: list[Leg] = []
        while end in came:
            end, leg = came[end]
            legs.append(leg)
        return tuple(reversed(legs))

    def detours(self, start: str, end: str) -> Detours:
        """Return the shortest ways for every set of shut passages.

        Only passages on a shortest way are shut in turn, so few ways have to be found.
        """
        known: dict[frozenset[str], Way | None] = {}
        ahead = [frozenset[str]()]
        while ahead:
            shut = ahead.pop()
            if shut not in known:
                way = known[shut] = self.shortest(start, end, shut)
                ahead += [] if way is None else [shut | {p} for p in way.passages]
        return Detours(known)

    def apart(self) -> list[str]:
        """Return the ports that cannot be reached from the first one, with all passages open."""
        if not self.ports:
            return []
        reached = {next(iter(self.ports))}
        ahead = list(reached)
        while ahead:
            for other, _ in self._neighbours[ahead.pop()]:
                if other not in reached:
                    reached.add(other)
                    ahead.append(other)
        return [port for port in self.ports if port not in reached]


def read_chart(documents: Mapping[str, Document], low: Lowering) -> Chart:
    """Return the graph in ports.csv and legs.csv, reporting every mistake in them."""
    ports = _ports(documents[PORTS], low) if PORTS in documents else {}
    if PORTS in documents and len(ports) < len(documents[PORTS].data):
        low.unsure.add("ports.")
    legs = _legs(documents[LEGS], ports, low) if LEGS in documents else []
    for leg in legs:
        low.names.setdefault(leg.name, " to ".join(ports[end].name for end in leg.ends))
    chart = Chart(ports, tuple(legs))
    if PORTS not in documents or LEGS not in documents:
        return chart
    rows = [row["id"] for row in documents[PORTS].data]
    whole = len(rows) == len(ports) and len(legs) == len(documents[LEGS].data)
    if whole:  # else a leg that is missing here was reported already
        for port in chart.apart():
            low.report(
                PORTS,
                (rows.index(port), "id"),
                f"no leg joins '{port}' to the others",
                expected="a way from every port to every other with all passages open",
                mend=f"add a leg to {LEGS}, or take the port out",
                code="apart",
            )
    return chart


def _ports(document: Document, low: Lowering) -> dict[str, Port]:
    out: dict[str, Port] = {}
    for number, row in enumerate(document.data):
        id_ = row["id"] or ""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_):
            expected = "lower-case letters, digits and single hyphens"
            low.report(PORTS, (number, "id"), f"'{id_}' is not an id", expected=expected, code="id")
            continue
        if id_ in out:
            what = f"two ports are called '{id_}'"
            low.report(PORTS, (number, "id"), what, expected="each port once", code="twice")
            continue
        latitude = _degrees(row, number, "latitude", 90, low)
        longitude = _degrees(row, number, "longitude", 180, low)
        if _marked(PORTS, row, number, low) and latitude is not None and longitude is not None:
            out[id_] = Port(id_, row["name"] or id_.replace("-", " "), latitude, longitude)
    return out


def _degrees(
    row: Mapping[str, Any], number: int, column: str, most: int, low: Lowering
) -> float | None:
    text = row[column] or ""
    if re.fullmatch(r"-?\d+(\.\d+)?", text) and abs(float(text)) <= most:
        return float(text)
    low.report(
        PORTS,
        (number, column),
        f"'{text}' is no {column}" if text else f"has no {column}",
        expected=f"degrees from -{most} to {most}",
        code="degrees",
    )
    return None


def _marked(table: str, row: Mapping[str, Any], number: int, low: Lowering) -> bool:
    """Return whether a row says where it comes from, as a quantity does."""
    kind = row["kind"] or ""
    if kind not in KINDS:
        low.report(
            table,
            (number, "kind"),
            f"'{kind}' says not how it is known",
            expected=", ".join(KINDS),
            near=nearest(kind, KINDS),
            code="unknown-name",
        )
        return False
    column = "source" if kind in ("seen", "recalled") else "because"
    if row[column]:
        return True
    low.report(
        table,
        (number, column),
        f"is {kind} but does not say {'where' if column == 'source' else 'how or why'}",
        expected="an id of sources.yaml" if column == "source" else "a few words",
        code="missing",
    )
    return False


def _legs(document: Document, ports: Mapping[str, Port], low: Lowering) -> list[Leg]:
    out: dict[str, Leg] = {}
    for number, row in enumerate(document.data):
        a, b = row["from"] or "", row["to"] or ""
        known = [low.known(end, ports, "port", LEGS, (number, column))
                 for column, end in (("from", a), ("to", b))]  # fmt: skip
        if not all(known) or not _marked(LEGS, row, number, low):
            continue
        name = "--".join(sorted((a, b)))
        if a == b or name in out:
            what = "the leg leads nowhere" if a == b else f"a second leg joins '{a}' and '{b}'"
            low.report(
                LEGS,
                (number, "to"),
                what,
                expected="two different ports, each pair once",
                mend="" if a == b else "put a point at sea into one of them",
                code="pair",
            )
            continue
        distance = _distance(row, number, ports[a].miles_to(ports[b]), low)
        if distance is not None:
            out[name] = Leg((a, b), distance, row["passage"] or "")
    return list(out.values())


def _distance(
    row: Mapping[str, Any], number: int, straight: float, low: Lowering
) -> Quantity | None:
    """Return the length of a leg; one that is left empty and computed is the great circle."""
    text, kind, at = row["nautical_miles"] or "", row["kind"], (number, "nautical_miles")
    if not text and kind == "computed":
        text = f"{straight:.1f}"
    data = {
        "value": f"{text} nautical miles",
        **({"source": row["source"]} if row["source"] else {}),
    }
    data |= {kind: True if kind in ("seen", "recalled") else row["because"]}
    try:
        quantity = Quantity.read(data, "distance")
    except Mistake as mistake:
        for slip in mistake.slips:
            low.report(LEGS, at, slip.what, expected=slip.expected, mend=slip.mend, code=slip.code)
        return None
    miles = quantity.central / KM_PER_NAUTICAL_MILE
    if miles < straight - max(SLACK_SHARE * straight, SLACK_MILES):
        low.report(
            LEGS,
            at,
            f"{miles:.0f} nautical miles is shorter than the great circle of {straight:.0f}",
            expected="a way by sea, which is no shorter",
            mend="mend the distance or the coordinates",
            code="too-short",
        )
        return None
    return quantity

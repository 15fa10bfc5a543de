"""What a map shows of a scenario: who, where, tied how, from where, through what, and over what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rimland.vocab.defaults import layers

if TYPE_CHECKING:
    from rimland.scenario.assemble import Assembled

Spot = tuple[float, float]
"""Longitude and latitude in degrees, as maps want them."""


def map_of(assembled: Assembled) -> dict[str, Any]:
    """Return actors, ties by layer, bases, sea legs, passages and flashpoints with their places.

    Positions are [longitude, latitude]. What has none is listed under `unplaced`, with the reason
    in words; a flashpoint without one is put at its first defender's capital and says so.
    """
    spots = _ports(assembled)
    capitals = _capitals(assembled)
    flashpoints = _flashpoints(assembled, spots, capitals)
    actors = assembled.words["actors.yaml"].actors  # type: ignore[attr-defined]
    unplaced = [f"{actor.name} (no capital)" for c, actor in actors.items() if c not in capitals]
    unplaced += [f"{f['name']} (no position)" for f in flashpoints if f["at"] is None]
    return {
        "actors": [
            {"id": code, "name": actor.name, "at": capitals.get(code)}
            for code, actor in actors.items()
        ],
        "layers": [
            {
                "id": layer.name,
                "levels": [name.replace("_", " ") for name in layer.levels],
                "unstated": layer.unstated,
            }
            for layer in layers().values()
        ],
        "ties": _ties(assembled),
        "bases": _bases(assembled, spots),
        "sea": [
            [spots[row["from"]], spots[row["to"]]]
            for row in _rows(assembled, "legs.csv")
            if not row["passage"] and row["from"] in spots and row["to"] in spots
        ],
        "passages": _passages(assembled, spots),
        "flashpoints": flashpoints,
        "unplaced": unplaced,
    }


def _rows(assembled: Assembled, table: str) -> list[Mapping[str, str]]:
    found = assembled.documents.get(table)
    return [] if found is None else list(found.data)


def _ports(assembled: Assembled) -> dict[str, Spot]:
    return {
        row["id"]: (float(row["longitude"]), float(row["latitude"]))
        for row in _rows(assembled, "ports.csv")
    }


def _capitals(assembled: Assembled) -> dict[str, Spot]:
    actors = assembled.words["actors.yaml"].actors  # type: ignore[attr-defined]
    return {
        code: (actor.capital.longitude, actor.capital.latitude)
        for code, actor in actors.items()
        if actor.capital is not None
    }


def _part(assembled: Assembled, file: str, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(assembled.words[file], name, {}) or {}
    return found


def _ties(assembled: Assembled) -> list[dict[str, Any]]:
    starts = {v.name: v.start for v in assembled.program.variables}
    out = []
    for tie in assembled.words["ties.yaml"].ties:  # type: ignore[attr-defined]
        levels = {name: starts.get(f"ties.{tie.key}.{name}", 0) for name in layers()}
        troops = assembled.quantities.get(f"ties.{tie.key}.troops")
        found = None if troops is None else round(troops.central)
        named = assembled.named(tie.key)
        out.append({"pair": tie.key.split("-"), "name": named, "levels": levels, "troops": found})
    return out


def _bases(assembled: Assembled, spots: Mapping[str, Spot]) -> list[dict[str, Any]]:
    """Return the ports where forces have their home or are repaired, with who is there."""
    called = {row["id"]: row["name"] or row["id"] for row in _rows(assembled, "ports.csv")}
    here: dict[str, list[str]] = {}
    owners: dict[str, list[str]] = {}
    for id_, ships in _part(assembled, "forces.yaml", "classes").items():
        here.setdefault(ships.at, []).append(f"{ships.count} {_titled(id_, ships.name)}")
        owners.setdefault(ships.at, []).append(ships.of)
    for id_, yard in _part(assembled, "forces.yaml", "yards").items():
        docks = "1 dock" if yard.docks == 1 else f"{yard.docks} docks"
        here.setdefault(yard.at, []).append(f"{_titled(id_, yard.name)}, {docks}")
    return [
        {
            "id": port,
            "name": called.get(port, port),
            "at": spots[port],
            "of": list(dict.fromkeys(owners.get(port, ()))),
            "says": says,
        }
        for port, says in here.items()
        if port in spots
    ]


def _passages(assembled: Assembled, spots: Mapping[str, Spot]) -> list[dict[str, Any]]:
    legs: dict[str, list[list[Spot]]] = {}
    for row in _rows(assembled, "legs.csv"):
        if row["passage"] and row["from"] in spots and row["to"] in spots:
            legs.setdefault(row["passage"], []).append([spots[row["from"]], spots[row["to"]]])
    return [
        {
            "id": id_,
            "name": _titled(id_, passage.name),
            "says": passage.says,
            "open": passage.state == "open",
            "legs": legs.get(id_, []),
        }
        for id_, passage in _part(assembled, "forces.yaml", "passages").items()
    ]


def _flashpoints(
    assembled: Assembled, spots: Mapping[str, Spot], capitals: Mapping[str, Spot]
) -> list[dict[str, Any]]:
    """Return the flashpoints; where one lies is said by the page's positions, or by a place or a
    port of its id."""
    places = _part(assembled, "forces.yaml", "places")
    given = assembled.heading.page.positions
    out = []
    for id_, item in _part(assembled, "flashpoints.yaml", "flashpoints").items():
        at: Spot | None = None
        note = ""
        if id_ in given:
            at = (given[id_].longitude, given[id_].latitude)
        elif id_ in places:
            at = spots.get(places[id_].at)
        at = at or spots.get(id_)
        if at is None and item.defenders[0] in capitals:
            at = capitals[item.defenders[0]]
            note = f"drawn at the capital of {assembled.named(item.defenders[0])}: no position"
        out.append(
            {
                "id": id_,
                "name": assembled.named(id_),
                "says": item.says,
                "rival": item.rival,
                "defenders": list(item.defenders),
                "state": item.state,
                "at": at,
                "note": note,
            }
        )
    return out


def _titled(id_: str, name: str | None) -> str:
    return name or id_.replace("-", " ")

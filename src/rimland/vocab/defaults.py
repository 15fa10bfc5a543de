"""The tables of defaults that come with the vocabulary, as values."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Layer:
    """One layer of ties: level names from the lowest up, and the one taken when unstated."""

    name: str
    levels: tuple[str, ...]
    unstated: int

    @property
    def top(self) -> int:
        """The number of the highest level."""
        return len(self.levels) - 1


@dataclass(frozen=True)
class StepDefault:
    """How long one step of a pledge takes when the scenario does not say; days and a ratio."""

    domain: str
    step: str
    median: tuple[float, float]
    spread: tuple[float, float]
    because: str
    source: str


def _rows(table: str) -> list[dict[str, str]]:
    text = resources.files("rimland.vocab").joinpath("tables", f"{table}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def layers() -> dict[str, Layer]:
    """Return the layers of ties by name, in the table's order (tables/layers.csv)."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in _rows("layers"):
        grouped.setdefault(row["layer"], []).append(row)
    out: dict[str, Layer] = {}
    for name, rows in grouped.items():
        rows.sort(key=lambda row: int(row["rank"]))
        unstated = next(i for i, row in enumerate(rows) if row["unstated"] == "yes")
        out[name] = Layer(name, tuple(row["level"] for row in rows), unstated)
    return out


@lru_cache(maxsize=1)
def pledge_steps() -> dict[tuple[str, str], StepDefault]:
    """Return default step durations by (domain, step) (tables/pledge_steps.csv)."""
    out: dict[tuple[str, str], StepDefault] = {}
    for row in _rows("pledge_steps"):
        out[row["domain"], row["step"]] = StepDefault(
            row["domain"],
            row["step"],
            (float(row["median_p10_days"]), float(row["median_p90_days"])),
            (float(row["spread_p10"]), float(row["spread_p90"])),
            row["because"],
            row["source"],
        )
    return out


def pledge_domains() -> tuple[str, ...]:
    """Return the domains that have default step durations."""
    return tuple(dict.fromkeys(domain for domain, _ in pledge_steps()))


@lru_cache(maxsize=1)
def grouping_depths() -> tuple[str, ...]:
    """Return the depths of groupings from none upwards (tables/grouping_depths.csv)."""
    rows = sorted(_rows("grouping_depths"), key=lambda row: int(row["rank"]))
    return tuple(row["depth"] for row in rows)

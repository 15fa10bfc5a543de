"""Trade-offs: one effect at several horizons, its sign at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rimland.findings.effects import Summary, paired, summary
from rimland.findings.measures import PerDraw
from rimland.findings.verdict import Verdict, verdict

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure


@dataclass(frozen=True)
class Horizon:
    """The effect on one day: per draw, summed up, judged, and its sign where it has one.

    `sign` is 1 (as claimed), -1 (the other way), 0 (within the smallest size) or None (open).
    """

    day: float
    g: PerDraw
    effect: Summary
    verdict: Verdict
    sign: int | None


_SIGNS: dict[str, int | None] = {"holds": 1, "reversed": -1, "negligible": 0, "undecided": None}


def tradeoff(
    measure: Measure,
    a: Futures,
    b: Futures,
    days: Sequence[float],
    smallest: float,
    *,
    relative: bool = False,
    direction: int = 1,
    seed: int = 1,
) -> list[Horizon]:
    """Return the paired effect at each of `days`, the last of which is the claim's own.

    `direction` is 1 where the claim says more, -1 where it says less; it turns g, not the effect.
    """
    out = []
    for day in days:
        effect = paired(measure, a, b, day, relative)
        g = effect if direction > 0 else -effect
        found = verdict(g, smallest, seed)
        out.append(Horizon(day, g, summary(effect, seed), found, _SIGNS[found.name]))
    return out


def turns(horizons: Sequence[Horizon]) -> bool:
    """Return whether the decided signs include both directions: a trade-off over time."""
    return {1, -1} <= {horizon.sign for horizon in horizons}

"""Sensitivity: how far one number has to move, within its range, for the verdict to change.

A rerun with a number pinned is what decides; the draws in hand only say which numbers are worth
one. Pure functions: who calls hands in what a rerun answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rimland.findings.measures import Array, PerDraw
from rimland.findings.mixing import AGAINST, BEYOND, WITHIN, exact_lower, side_of
from rimland.findings.verdict import LEVEL, REQUIRED

SIDES = {"holds": BEYOND, "reversed": AGAINST, "negligible": WITHIN}
END = 1.2815515655446004
"""Normal score of p90, the end of a range; p10 is at its negative."""
STEPS = 16


@dataclass(frozen=True)
class Candidate:
    """A number worth a rerun.

    `slope` is what g gains per normal score of it, after shrinking; `end` the normal score of the
    end of its range to be tried; `move` the normal score at which the shifted draws no longer give
    the verdict, with the sign of `end`, beyond it where they still do; `past` the share of draws
    by which they are past that at the end.
    """

    name: str
    slope: float
    end: float
    move: float
    past: float


def normal_scores(draws: Array) -> Array:
    """Return the normal scores of draws by rank (Blom 1958): z((r - 3/8) / (n + 1/4)).

    A number's draws are a rising function of one uniform, so that ranks give its score without its
    family. Ties share their mean rank.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(draws)
    return np.asarray(ndtri((ranks - 0.375) / (draws.size + 0.25)), dtype=np.float64)


def slope(y: Array, z: Array) -> float:
    """Return the regression of `y` on `z`, shrunk by the share of it that chance would give.

    b (1 - 1/t^2)+ with t the slope over its standard error: the positive-part rule of James and
    Stein (1961), so that a number without any effect is not taken for one with a small effect.
    """
    n = y.size
    centred = z - z.mean()
    spread = float(np.sum(centred**2))
    if n < 4 or spread <= 0:
        return 0.0
    b = float(np.sum(centred * y)) / spread
    rest = float(np.sum((y - y.mean() - b * centred) ** 2)) / (n - 2)
    if rest <= 0:
        return b
    t2 = b * b * spread / rest
    return b * max(0.0, 1.0 - 1.0 / t2) if t2 > 0 else 0.0


def screen(
    g: PerDraw, smallest: float, verdict: str, numbers: Mapping[str, Array], most: int = 3
) -> list[Candidate]:
    """Return the numbers most likely to change `verdict` within their range, the likeliest first.

    Each number's normal scores are regressed on g by themselves (standardised regression after
    Saltelli et al. 2008, Global Sensitivity Analysis, section 1.2.5); pinning it at score z turns
    the draw g_d into g_d + b (z - z_d). The move is where too few of the shifted draws are left on
    the verdict's side for it to stand, or for an undecided verdict where enough are on some side;
    noise within draws is left out of this. What is bent or hinges on two numbers at once is
    missed: so a rerun confirms, and finding none proves nothing.
    """
    fine = np.isfinite(g.values)
    y = g.values[fine]
    steps = END * np.arange(1, STEPS + 1) / STEPS
    enough = _enough(y.size, g.draws)
    found: list[Candidate] = []
    for name, draws in numbers.items():
        held = np.asarray(draws, dtype=np.float64)[fine]
        if y.size < 8 or np.ptp(held) <= 0:
            continue
        z = normal_scores(held)
        b = slope(y, z)
        if b == 0:
            continue
        for end in (END, -END):
            at = np.copysign(steps, end)
            shares = _shares(y[:, None] + b * (at[None, :] - z[:, None]), smallest)
            level = _level(shares, verdict, enough)
            hits = np.flatnonzero(level >= 0)
            # those that do not reach come after all that do, the nearest first
            move = float(at[hits[0]]) if hits.size else float(end * (1 - level[-1]))
            found.append(Candidate(name, b, end, move, float(level[-1])))
    best: dict[str, Candidate] = {}
    for row in sorted(found, key=lambda row: (-row.past, row.name)):
        best.setdefault(row.name, row)
    return list(best.values())[:most]


def _shares(g: Array, smallest: float) -> dict[str, Array]:
    sides = side_of(g, smallest)
    return {name: np.asarray(np.mean(sides == side, axis=0)) for name, side in SIDES.items()}


def _enough(seen: int, draws: int) -> float:
    """Return the smallest share of the draws seen that gives a verdict."""
    for hits in range(seen, 0, -1):
        if exact_lower(float(hits), seen, LEVEL) * seen / draws < REQUIRED:
            return (hits + 1) / seen
    return 1 / seen


def _level(shares: dict[str, Array], verdict: str, enough: float) -> Array:
    """Return how far the shares are past the edge at which the verdict changes: 0 or more is."""
    if verdict in SIDES:
        return np.asarray(enough - 1e-9 - shares[verdict])
    return np.asarray(np.maximum.reduce(list(shares.values())) - enough)


@dataclass(frozen=True)
class Move:
    """The smallest move found: the normal score at which the verdict has changed, and to what.

    `at` is None where the end of the range does not change it. 0 says that the verdict changes as
    soon as the number is known to lie in its middle. `runs` is how many reruns it took.
    """

    at: float | None
    becomes: str
    runs: int


def smallest_move(verdict_at: Callable[[float], str], now: str, end: float, runs: int = 8) -> Move:
    """Return the smallest move towards `end` that changes the verdict `now`, by bisection.

    `verdict_at(z)` answers a rerun with the number pinned at normal score z. The end is tried
    first: where it changes nothing, the number is given up after one rerun. Then the middle, since
    knowing a number is itself a change; then halves, until `runs` reruns are spent. One change
    between middle and end is assumed; where there are several, one of them is found.
    """
    last = verdict_at(end)
    if last == now or runs < 2:
        return Move(end if last != now else None, last, 1)
    middle = verdict_at(0.0)
    if middle != now:
        return Move(0.0, middle, 2)
    low, high, becomes = 0.0, end, last
    for _ in range(runs - 2):
        half = 0.5 * (low + high)
        seen = verdict_at(half)
        if seen == now:
            low = half
        else:
            high, becomes = half, seen
    return Move(high, becomes, runs)

"""Verdicts: how one number per draw becomes holds, reversed, negligible, undecided, contested."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rimland.findings.asking import Rule, ask
from rimland.findings.measures import Array, PerDraw
from rimland.findings.mixing import (
    AGAINST,
    BEYOND,
    WITHIN,
    Mixing,
    estimate,
    exact_lower,
    exact_upper,
    moderated,
    noise_matters,
    side_of,
)

Indices = NDArray[np.intp]
Name = Literal["holds", "reversed", "negligible", "undecided"]
Why = Literal["runs", "knowledge"]

REQUIRED = 0.9  # the share of draws that a verdict asks for (DESIGN, section 5)
LEVEL = 0.95  # one-sided confidence of every bound
SCALES = (1.0, 0.5, 1.3)  # times the measured noise: a verdict has to survive each of them
FEW_FUTURES = 20  # the least from which the noise can be known
MOST = 1024  # times the futures in hand: more are not named
LEAST = 0.7  # a lower bound below which noise hides too much for a number to be named
FEW_CARRY = 5  # futures a draw: where fewer carry the number, the note says so
_RULE = Rule(REQUIRED, LEVEL, SCALES)

_NAMES: dict[int, Name] = {BEYOND: "holds", AGAINST: "reversed", WITHIN: "negligible"}


@dataclass(frozen=True)
class Verdict:
    """What the draws say of one claim under one account.

    `share_beyond`, `share_within`, `share_against`: estimated shares of draws whose true number
    lies beyond the smallest size as claimed, within it, beyond it the other way. `bounds`: 95 %
    one-sided bounds, below and above, of `share_beyond`. `lower`: the bound below for the largest
    of the three, which decides at 0.9. `why` says what an undecided verdict lacks; for `runs`,
    `needs_futures` (a draw) and `needs_draws` are what would settle it in nine of ten cases, None
    where the number in hand will do or where no number can be named yet. Then `tells_futures` is
    how many a draw would show whether runs or knowledge are lacking. `undefined` is the share of
    draws in which the number is not defined; they count against every verdict.
    """

    name: Name
    why: Why | None
    share_beyond: float
    share_within: float
    share_against: float
    bounds: tuple[float, float]
    lower: float
    smallest: float
    draws: int
    futures: int
    needs_futures: int | None = None
    needs_draws: int | None = None
    tells_futures: int | None = None
    undefined: float = 0.0
    note: str = ""

    @property
    def label(self) -> str:
        """The verdict as it is printed: `undecided (runs)`."""
        return f"{self.name} ({self.why})" if self.why else self.name

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "verdict": self.label,
            "share_beyond": round(self.share_beyond, 3),
            "share_within": round(self.share_within, 3),
            "share_against": round(self.share_against, 3),
            "bounds": [round(b, 3) for b in self.bounds],
            "smallest": self.smallest,
            "undefined": round(self.undefined, 3),
            "needs_futures": self.needs_futures,
            "needs_draws": self.needs_draws,
            "tells_futures": self.tells_futures,
            "note": self.note,
        }


_BRIEF: ContextVar[bool] = ContextVar("brief", default=False)


@contextmanager
def names_only() -> Iterator[None]:
    """Within this, `verdict` says which verdict and leaves out what takes longer.

    That is the bounds, what an undecided verdict lacks and what would settle it. The name is the
    same; for reruns of which nothing else is read.
    """
    before = _BRIEF.set(True)
    try:
        yield
    finally:
        _BRIEF.reset(before)


def verdict(g: PerDraw, smallest: float, seed: int = 1) -> Verdict:
    """Return the verdict on `g`, one number per draw, positive as claimed.

    Holds, reversed or negligible when the lower bound of the share of draws with a true number
    beyond `smallest`, beyond it the other way, or within it is at least 0.9. The bound is at once
    the exact binomial one and that of a profile likelihood which takes the within-draw noise out
    (module `mixing`), for noise as measured and three tenths smaller or larger; draws in which
    `g` is not defined count against. At least 29 draws are needed for any verdict. `smallest` may
    be 0 (a matter of sign). `seed` is used only for what an undecided verdict would need.
    """
    if not smallest >= 0:
        raise ValueError(f"the smallest size that matters is {smallest}; expected 0 or more")
    seen = np.isfinite(g.values) & np.isfinite(g.se)
    blind = int(np.sum(np.isfinite(g.values) & ~np.isfinite(g.se)))
    n = int(seen.sum())
    if n == 0:
        return _nothing_seen(g, smallest, blind)
    held = replace(g, values=g.values[seen], se=g.se[seen])
    held = replace(held, se=moderated(held))
    mixing = estimate(held, smallest) if noise_matters(held, smallest) else None
    if mixing is not None:
        shares = {side: mixing.share(side) for side in _NAMES}
    else:
        sides = side_of(held.values, smallest)
        shares = {side: float(np.mean(sides == side)) for side in _NAMES}
    seen_share = n / g.draws
    leading = max(shares, key=lambda side: shares[side])
    if mixing is None:
        hits = shares[BEYOND] * n
        low, high = exact_lower(hits, n, LEVEL), exact_upper(hits, n, LEVEL)
        lower = exact_lower(shares[leading] * n, n, LEVEL)
    elif _BRIEF.get():
        low, high = 0.0, 1.0
        lower = _lower(held, mixing, smallest, leading, REQUIRED / seen_share)
    else:
        low, high = mixing.bound(BEYOND, False, LEVEL), mixing.bound(BEYOND, True, LEVEL)
        lower = _lower(held, mixing, smallest, leading, REQUIRED / seen_share)
        low = lower if leading == BEYOND else low
    found = Verdict(
        "undecided",
        None,
        shares[BEYOND] * seen_share,
        shares[WITHIN] * seen_share,
        shares[AGAINST] * seen_share,
        (low * seen_share, high * seen_share + 1 - seen_share),
        lower * seen_share,
        smallest,
        g.draws,
        g.futures,
        undefined=g.undefined,
        note=g.note,
    )
    if found.lower >= REQUIRED - 1e-12:
        return replace(found, name=_NAMES[leading])
    if _BRIEF.get():
        return found
    return _undecided(found, held, mixing, leading, blind, seed)


def _lower(held: PerDraw, mixing: Mixing, smallest: float, side: int, required: float) -> float:
    """Return the least lower bound of the share on `side` over the scales of the noise.

    Above `required` only if the loss at `required` says so; elsewhere to about 0.01.
    """
    n = held.draws
    least = 1.0
    for scale in SCALES:
        part = mixing if scale == 1.0 else estimate(held, smallest, scale)
        share = part.share(side)
        exact = exact_lower(share * n, n, LEVEL)
        if share <= required or exact < required:
            if _BRIEF.get():
                return 0.0  # no bound is above the exact one, or above the estimate
            return min(least, part.bound(side, False, LEVEL))
        root = math.sqrt(2 * part.loss(side, required))
        bound = share - (share - required) * _Z / max(root, 1e-9)
        least = min(least, exact, max(bound, 0.0))
        if least < required:
            return least
    return least


_Z = 1.6448536269514722  # the normal quantile of LEVEL


def _nothing_seen(g: PerDraw, smallest: float, blind: int) -> Verdict:
    """Return the verdict where no draw has a number with a known error."""
    nan = float("nan")
    found = Verdict(
        *("undecided", "knowledge", nan, nan, nan, (0.0, 1.0), 0.0, smallest, g.draws, g.futures),
        undefined=g.undefined,
        note=g.note or "the number is not defined in any draw",
    )
    if not blind:
        return found
    return _hidden(replace(found, note=g.note or _UNSEEN), _more(g.futures))


def _undecided(
    found: Verdict, held: PerDraw, mixing: Mixing | None, leading: int, blind: int, seed: int
) -> Verdict:
    """Say what an undecided verdict lacks: runs, if more of them would probably settle it.

    Where no number of futures and draws settles it in nine of ten made-up truths, it lacks runs
    still if noise hides on which side most draws lie, else knowledge.
    """
    if blind > found.draws * (1 - REQUIRED):
        return _hidden(replace(found, note=found.note or _UNSEEN), _more(found.futures))
    asked = ask(held, mixing, found.smallest, leading, found.draws, _RULE, seed)
    if (asked.futures or asked.draws) and (mixing is None or found.lower > LEAST):
        return replace(found, why="runs", needs_futures=asked.futures, needs_draws=asked.draws)
    if mixing is not None and asked.hope > 1 - REQUIRED and _near(held, found.smallest) > 0.1:
        times = _quiet(held, found.smallest)
        carried = 3 * held.futures / held.tails
        if not found.note and carried < FEW_CARRY:
            found = replace(found, note=f"about {carried:.2g} futures a draw carry the number")
        return _hidden(found, times * found.futures if times else None)
    return replace(found, why="knowledge")


_UNSEEN = "in some draws nothing was seen that its noise could be known from"


def _hidden(found: Verdict, futures: int | None) -> Verdict:
    """Return a verdict that lacks runs, and how many would show on which side most draws lie."""
    tells = "noise hides on which side most draws lie"
    note = f"{found.note}; {tells}" if found.note else tells
    return replace(found, why="runs", tells_futures=futures, note=note)


def _more(futures: int) -> int:
    return max(FEW_FUTURES, 8 * futures)


def _near(held: PerDraw, smallest: float, times: int = 1) -> float:
    """Return the share of draws within two standard errors of an edge, with `times` the futures."""
    noise = np.sqrt(np.maximum(held.se**2, held.grain * smallest))
    distance = np.abs(np.abs(held.values) - smallest)
    return float(np.mean(distance < 2 * noise / math.sqrt(times)))


def _quiet(held: PerDraw, smallest: float) -> int | None:
    """Return how many times the futures bring one draw in ten within two errors of an edge."""
    times = 2
    while times <= MOST:
        if _near(held, smallest, times) <= 0.1:
            return times
        times *= 2
    return None


def overall(labels: Iterable[str]) -> str:
    """Return the verdict over all accounts from the label of each: theirs where they agree.

    Two accounts that decide differently (holds and reversed, but also holds and negligible) make
    it contested, whatever the rest say. Otherwise one undecided account leaves the whole
    undecided: for runs where runs are all that is lacking, else for knowledge. Raises ValueError
    without any label.
    """
    found = set(labels)
    if not found:
        raise ValueError("no account gives a verdict")
    lacking = {label for label in found if label.startswith("undecided")}
    decided = found - lacking
    if len(decided) > 1:
        return "contested"
    if lacking:
        return lacking.pop() if len(lacking) == 1 else "undecided (knowledge)"
    return decided.pop()


@dataclass(frozen=True)
class Narrowing:
    """The quantity whose draws go furthest in explaining how `g` varies, and how far: 0 to 1."""

    name: str
    share: float


def narrowing(g: PerDraw, quantity_draws: Mapping[str, Array], seed: int = 1) -> list[Narrowing]:
    """Return quantities by the share of the variance of `g` that each explains alone.

    First-order sensitivity by binning on ranks (correlation ratio; Plischke 2010, Reliability
    Engineering & System Safety 95, 354-360): the variance of the bins' means over the whole,
    corrected for what as many random bins would explain. Bins: the square root of the number of
    draws, at most 10. Only shares above what chance gives the best of that many quantities
    (95th percentile of 200 seeded shuffles) are listed, the largest first.
    """
    fine = np.isfinite(g.values)
    y = g.values[fine]
    n = y.size
    names = [k for k, v in quantity_draws.items() if n > 8 and np.ptp(np.asarray(v)[fine]) > 0]
    if not names or np.ptp(y) == 0:
        return []
    bins = min(10, math.isqrt(n))
    which = (np.arange(n) * bins) // n
    orders = np.stack(
        [np.argsort(np.asarray(quantity_draws[k])[fine], kind="stable") for k in names]
    )
    shares = _explained(y, orders, which, bins)
    rng = np.random.default_rng(seed)
    chance = [_explained(rng.permutation(y), orders, which, bins).max() for _ in range(200)]
    edge = float(np.quantile(chance, 0.95))
    rows = [Narrowing(k, float(s)) for k, s in zip(names, shares, strict=True) if s > edge]
    return sorted(rows, key=lambda row: (-row.share, row.name))


def _explained(y: Array, orders: Indices, which: Indices, bins: int) -> Array:
    n = y.size
    sorted_y = y[orders]
    counts = np.bincount(which, minlength=bins)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    means = np.add.reduceat(sorted_y, starts, axis=1) / counts
    between = ((means - y.mean()) ** 2 * counts).sum(axis=1)
    share = between / ((y - y.mean()) ** 2).sum()
    corrected = 1 - (1 - share) * (n - 1) / (n - bins)
    return np.asarray(np.clip(corrected, 0.0, 1.0))

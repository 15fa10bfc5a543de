"""Verdicts: how one number per draw becomes holds, reversed, negligible, undecided, contested."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

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
FEW_FUTURES = 20  # asked for where too few were run to know the noise
MOST = 256  # times the futures or draws in hand: what is not settled then is not asked for

_NAMES: dict[int, Name] = {BEYOND: "holds", AGAINST: "reversed", WITHIN: "negligible"}


@dataclass(frozen=True)
class Verdict:
    """What the draws say of one claim under one account.

    `share_beyond`, `share_within`, `share_against`: estimated shares of draws whose true number
    lies beyond the smallest size as claimed, within it, beyond it the other way. `bounds`: 95 %
    one-sided bounds, below and above, of `share_beyond`. `lower`: the bound below for the largest
    of the three, which decides at 0.9. `why` says what an undecided verdict lacks; for `runs`,
    `needs_futures` (a draw) and `needs_draws` are what would probably settle it, None where the
    number in hand will do or where no number can be named. `undefined` is the share of draws in
    which the number is not defined; they count against every verdict.
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
            "note": self.note,
        }


def verdict(g: PerDraw, smallest: float, seed: int = 1) -> Verdict:
    """Return the verdict on `g`, one number per draw, positive as claimed.

    Holds, reversed or negligible when the lower bound of the share of draws with a true number
    beyond `smallest`, beyond it the other way, or within it is at least 0.9. The bound is at once
    the exact binomial one and that of a profile likelihood which takes the within-draw noise out
    (module `mixing`); draws in which `g` is not defined count against. At least 29 draws are
    needed for any verdict. `smallest` may be 0 (a matter of sign). `seed` is used only for what
    an undecided verdict would need.
    """
    if not smallest >= 0:
        raise ValueError(f"the smallest size that matters is {smallest}; expected 0 or more")
    seen = np.isfinite(g.values) & np.isfinite(g.se)
    blind = int(np.sum(np.isfinite(g.values) & ~np.isfinite(g.se)))
    n = int(seen.sum())
    if n == 0:
        return _nothing_seen(g, smallest, blind)
    se = moderated(g.se, g.futures)[seen]
    held = PerDraw(g.values[seen], se, g.futures)
    mixing = estimate(held, smallest) if noise_matters(held.values, se, smallest) else None
    if mixing is not None:
        shares = {side: mixing.share(side) for side in _NAMES}
    else:
        sides = side_of(held.values, smallest)
        shares = {side: float(np.mean(sides == side)) for side in _NAMES}
    seen_share = n / g.draws
    leading = max(shares, key=lambda side: shares[side])
    low, high = _bounds(mixing, shares, BEYOND, n)
    lower = low if leading == BEYOND else _bounds(mixing, shares, leading, n)[0]
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
    if found.lower >= REQUIRED:
        return replace(found, name=_NAMES[leading])
    return _undecided(found, held, mixing, shares[leading], leading, blind, seed)


def _bounds(
    mixing: Mixing | None, shares: dict[int, float], side: int, n: int
) -> tuple[float, float]:
    if mixing is None:
        hits = shares[side] * n
        return exact_lower(hits, n, LEVEL), exact_upper(hits, n, LEVEL)
    return mixing.bound(side, False, LEVEL), mixing.bound(side, True, LEVEL)


def _nothing_seen(g: PerDraw, smallest: float, blind: int) -> Verdict:
    """Return the verdict where no draw has a number with a known error."""
    why: Why = "runs" if blind else "knowledge"
    needs = FEW_FUTURES if blind and g.futures < 2 else None
    note = g.note or "the number is not defined in any draw"
    nan = float("nan")
    return Verdict(
        *("undecided", why, nan, nan, nan, (0.0, 1.0), 0.0, smallest, g.draws, g.futures),
        needs_futures=needs,
        undefined=g.undefined,
        note=note,
    )


def _undecided(
    found: Verdict,
    held: PerDraw,
    mixing: Mixing | None,
    share: float,
    leading: int,
    blind: int,
    seed: int,
) -> Verdict:
    """Say what an undecided verdict lacks: runs, if more of them would probably settle it.

    First, futures: as many as decide it in nine of ten made-up continuations. Then draws: as many
    as decide it with probability 0.9 if the estimated share is right. Then, where noise is large
    against the distance to the edges in more than half of the draws, futures until it is so in
    one of ten. Else knowledge.
    """
    n, smallest = held.draws, found.smallest
    if blind > found.draws * (1 - REQUIRED):
        return replace(found, why="runs", needs_futures=None)
    times = None
    if mixing is not None:
        times = _times_futures(held, mixing, smallest, leading, found.draws, seed)
        if times:
            # twice, since the estimated distribution that the tries start from is itself uncertain
            return replace(found, why="runs", needs_futures=2 * times * found.futures)
    share_of_all = share * n / found.draws
    draws = _draws_needed(share_of_all, found.draws)
    if draws:
        if mixing is not None:
            times = _quiet(held, smallest)
        futures = times * found.futures if times and times > 1 else None
        return replace(found, why="runs", needs_draws=draws, needs_futures=futures)
    if mixing is not None and _near(held, smallest) > 0.5:
        times = _quiet(held, smallest)
        return replace(found, why="runs", needs_futures=times * found.futures if times else None)
    return replace(found, why="knowledge")


def _near(held: PerDraw, smallest: float, times: int = 1) -> float:
    """Return the share of draws within two standard errors of an edge, with `times` the futures."""
    distance = np.abs(np.abs(held.values) - smallest)
    return float(np.mean(distance < 2 * held.se / math.sqrt(times)))


def _quiet(held: PerDraw, smallest: float) -> int | None:
    """Return how many times the futures bring one draw in ten within two errors of an edge."""
    times = 1
    while times <= MOST:
        if _near(held, smallest, times) <= 0.1:
            return times
        times *= 2
    return None


def _times_futures(
    held: PerDraw, mixing: Mixing, smallest: float, leading: int, draws: int, seed: int
) -> int | None:
    """Return the smallest power of two times the futures that decides in nine of ten tries.

    A try draws every true number from its posterior and sees it again with the smaller noise.
    """
    rng = np.random.default_rng(seed)
    tries = [_sampled(mixing, rng) for _ in range(10)]
    endless = sum(
        exact_lower(float(np.sum(side == leading)), draws, LEVEL) >= REQUIRED for _, side in tries
    )
    if endless < 9:
        return None
    times = 2
    while times <= MOST:
        se, failed = held.se / math.sqrt(times), 0
        for true, _ in tries:
            again = PerDraw(true + se * rng.standard_normal(true.size), se, held.futures * times)
            failed += not _decides(again, smallest, leading, draws)
            if failed > 1:
                break
        if failed <= 1:
            return times
        times *= 2
    return None


def _sampled(mixing: Mixing, rng: np.random.Generator) -> tuple[Array, Array]:
    heaps = np.cumsum(mixing.posterior(), axis=1)
    picks = (heaps < rng.random((heaps.shape[0], 1)) * heaps[:, -1:]).sum(axis=1)
    return mixing.grid[picks], np.asarray(mixing.side[picks], dtype=np.float64)


def _decides(g: PerDraw, smallest: float, side: int, draws: int) -> bool:
    """Return whether `g` alone would give the verdict of `side`: one test instead of bounds."""
    required = REQUIRED * draws / g.draws
    if required >= 1:
        return False
    if not noise_matters(g.values, g.se, smallest):
        hits = float(np.sum(side_of(g.values, smallest) == side))
        return exact_lower(hits, g.draws, LEVEL) >= required
    mixing = estimate(g, smallest)
    share = mixing.share(side)
    if share <= required or exact_lower(share * g.draws, g.draws, LEVEL) < required:
        return False
    return 2 * mixing.loss(side, required) >= 1.6448536269514722**2


def _draws_needed(share: float, draws: int) -> int | None:
    """Return how many draws decide with probability 0.9 if `share` is the true share.

    None where more than sixteen times the draws in hand would be needed. A share of one is taken
    as the upper end of what so many draws without a miss can tell, n / (n + 1).
    """
    from scipy.special import bdtrc

    share = min(share, draws / (draws + 1))
    if share <= REQUIRED:
        return None
    for n in sorted({29, 46, *(math.ceil(draws * k / 2) for k in range(3, 33))}):
        if n <= draws:
            continue
        hits = np.arange(math.floor(REQUIRED * n), n + 1)
        enough = [h for h in hits if exact_lower(float(h), n, LEVEL) >= REQUIRED]
        if enough and float(bdtrc(enough[0] - 1, n, share)) >= 0.9:
            return n
    return None


@dataclass(frozen=True)
class Overall:
    """The verdict over all accounts, and each account's own."""

    label: str
    by_account: dict[str, str]

    @property
    def contested(self) -> bool:
        """Whether it depends on which account one accepts."""
        return self.label == "contested"


def contested(by_account: Mapping[str, Verdict]) -> Overall:
    """Return the overall verdict: that of the accounts where they agree.

    Two accounts that decide differently (holds and reversed, but also holds and negligible) make
    it contested, whatever the rest say. Otherwise one undecided account leaves the whole
    undecided: for runs where runs are all that is lacking, else for knowledge.
    """
    labels = {account: found.label for account, found in by_account.items()}
    decided = {found.name for found in by_account.values() if found.name != "undecided"}
    lacking = {found.why for found in by_account.values() if found.name == "undecided"}
    if len(decided) > 1:
        return Overall("contested", labels)
    if lacking:
        return Overall(f"undecided ({'runs' if lacking == {'runs'} else 'knowledge'})", labels)
    return Overall(next(iter(decided)), labels)


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

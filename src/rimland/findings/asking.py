"""What would settle an undecided verdict: predicted from what the truth may be, given the draws.

The share p on the leading side is not known; it has a posterior (flat prior, the likelihood of
`_Evidence`). For shares spread evenly over that posterior the true numbers are made up, seen
again with more futures and more draws, and judged. What is asked for is the least that decides
in nearly all of them (predictive probability, as in sample sizes for trials: Spiegelhalter,
Freedman & Blackburn 1986, Controlled Clinical Trials 7, 8-17).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from rimland.findings.measures import Array, PerDraw
from rimland.findings.mixing import Mixing, exact_lower, side_of

TRIES = 30
SURE = 0.92  # of the tries
MARGIN = 2  # times the futures found, since the truths tried come of an estimate
FURTHER = 2  # numbers of draws that are looked at beyond the first that can do
MOST_FUTURES = 1024  # times the futures in hand
MOST_DRAWS = 32  # times the draws in hand
ATOMS = 16
BLUR = 0.3  # standard errors by which made-up numbers are moved off the points of the estimate
SEEN = 120  # draws of a try that are judged one by one; more count in proportion
SHARES = np.linspace(0.0, 1.0, 401)


@dataclass(frozen=True)
class Asked:
    """How many futures a draw, and draws, would settle it; None: those in hand will do.

    Both are None where no number can be named. `hope` is the probability that the share on the
    leading side is large enough for a verdict at all.
    """

    futures: int | None
    draws: int | None
    hope: float


@dataclass(frozen=True)
class Rule:
    """What a verdict takes: the share required, its confidence, and how wrong noise may be."""

    required: float
    level: float
    scales: tuple[float, ...]


def ask(
    held: PerDraw,
    mixing: Mixing | None,
    smallest: float,
    side: int,
    draws: int,
    rule: Rule,
    seed: int,
) -> Asked:
    """Return the least that decides for `side` in nearly all tries.

    `held` are the draws with a known number, of `draws` in all. Futures are doubled, draws raised
    by steps of a third to a half. Of the first few numbers of draws that can do, the one is taken
    that makes for the fewest futures in all.
    """
    tries = _Tries(held, mixing, smallest, side, held.draws / draws, rule, seed)
    hope = float(np.mean(tries.shares * tries.defined > rule.required))
    if hope < rule.required:
        return Asked(None, None, hope)
    found: Asked | None = None
    least = math.inf
    further = 0
    for times in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, float(MOST_DRAWS)):
        n = math.ceil(times * draws)
        if tries.endless(n) < SURE or further > FURTHER:
            continue
        if mixing is None:
            return Asked(None, n if n > draws else None, hope)
        further += found is not None
        k = tries.futures(n, 0 if n > draws else 1)
        if k is not None and k * n < least:
            least = k * n
            found = Asked(MARGIN * k * held.futures, n if n > draws else None, hope)
    return found or Asked(None, None, hope)


class _Tries:
    """Made-up truths that the draws in hand allow, and what more runs would show of them."""

    def __init__(
        self,
        held: PerDraw,
        mixing: Mixing | None,
        smallest: float,
        side: int,
        defined: float,
        rule: Rule,
        seed: int,
    ) -> None:
        # at the edge the grains may make for more noise than was measured
        noise = np.sqrt(np.maximum(held.se**2, np.where(held.se > 0, held.grain * smallest, 0.0)))
        self.held = replace(held, se=noise)
        self.smallest, self.side, self.rule = smallest, side, rule
        self.defined = defined
        self.rng = np.random.default_rng(seed)
        n = held.draws
        if mixing is None:
            self.hits = float(np.sum(side_of(held.values, smallest) == side))
            inner = np.clip(SHARES, 1e-9, 1 - 1e-9)
            self.shares = _spread(self.hits * np.log(inner) + (n - self.hits) * np.log1p(-inner))
            sides = side_of(held.values, smallest) == side
            self.inside = np.broadcast_to(sides, (TRIES, n))
            return
        self._atoms(mixing)
        inner, outer = mixing.likelihood @ self.w_in, mixing.likelihood @ self.w_out
        edge = mixing.likelihood @ self.w_edge
        top = mixing.share(side)
        less = np.minimum(SHARES, top)  # what the estimate has on the side, and what is moved
        more = 1 - np.maximum(SHARES, top)
        parts = less[:, None] * inner + more[:, None] * outer + np.abs(SHARES - top)[:, None] * edge
        self.shares = _spread(np.log(np.maximum(parts, 1e-300)).sum(axis=1))
        odds = np.stack([self._parts(p, top, inner, outer, edge) for p in self.shares])
        self.inside = self.rng.random(odds.shape) < odds
        self.true = self._true(mixing)

    # --- what may be true --------------------------------------------------------------------

    def _atoms(self, mixing: Mixing) -> None:
        """Set the estimate within the side, outside it, and on the edges; each sums to one."""
        inside = mixing.side == self.side
        step = np.flatnonzero(inside[1:] != inside[:-1])
        edge = np.zeros(inside.size)
        edge[step] = edge[step + 1] = 1.0
        self.w_edge = edge / edge.sum()
        self.w_in = _unit(np.where(inside, mixing.weights, 0.0), np.where(inside, edge, 0.0))
        self.w_out = _unit(np.where(inside, 0.0, mixing.weights), np.where(inside, 0.0, edge))

    @staticmethod
    def _parts(p: float, top: float, inner: Array, outer: Array, edge: Array) -> Array:
        yes = min(p, top) * inner + max(0.0, p - top) * edge
        no = (1 - max(p, top)) * outer + max(0.0, top - p) * edge
        return np.asarray(yes / np.maximum(yes + no, 1e-300))

    def _true(self, mixing: Mixing) -> Array:
        """Return made-up true numbers [T, D]: posterior points, blurred by a part of the noise."""
        t, n = self.inside.shape
        out = np.empty((t, n))
        inside = mixing.side == self.side
        for mask, weights in ((True, self.w_in), (False, self.w_out)):
            part = np.where(inside == mask, mixing.likelihood * (weights + 1e-12), 0.0)
            heaps = np.cumsum(part, axis=1)
            u = self.rng.random((t, n)) * heaps[:, -1]
            picks = np.stack([(heaps[d] < u[:, d : d + 1]).sum(axis=1) for d in range(n)], axis=1)
            values = mixing.grid[np.minimum(picks, mixing.grid.size - 1)]
            out = np.where(self.inside == mask, values, out)
        return self._blurred(out, self.inside, self.held.se)

    def _blurred(self, values: Array, inside: Array, se: Array) -> Array:
        """Return values that do not stand on points, still on their side of the smallest size."""
        moved = values + BLUR * se * self.rng.standard_normal(values.shape)
        crossed = (side_of(moved, self.smallest) == self.side) != inside
        return np.where(crossed, values, moved)

    # --- what more runs would show -----------------------------------------------------------

    def endless(self, draws: int) -> float:
        """Return the share of tries that so many draws decide, without any noise."""
        n = round(draws * self.defined)
        fresh = self.rng.binomial(max(0, n - self.inside.shape[1]), self.shares)
        return float(np.mean(self._binomial(self.inside.sum(axis=1) + fresh, n)))

    def _binomial(self, hits: Array, n: int) -> Array:
        required = self.rule.required / self.defined
        least = next(
            (h for h in range(math.floor(min(1, required) * n), n + 1)
             if exact_lower(h, n, self.rule.level) >= required),
            n + 1,
        )  # fmt: skip
        return np.asarray(hits >= least)

    def futures(self, draws: int, least: int) -> int | None:
        """Return the least power of two times the futures that decides, from 2 ** least on."""
        low, high = least, int(math.log2(MOST_FUTURES))
        if self.decided(draws, 2**high) < SURE:
            return None
        while low < high:  # more futures decide more often
            middle = (low + high) // 2
            if self.decided(draws, 2**middle) >= SURE:
                high = middle
            else:
                low = middle + 1
        return int(2**low)

    def decided(self, draws: int, times: int) -> float:
        """Return the share of tries that so many draws, and times the futures, decide."""
        n = min(round(draws * self.defined), max(SEEN, self.held.draws))
        true, se, inside = self._grown(n)
        seen = self._seen(true, se, times)
        small = se / math.sqrt(times)
        required = self.rule.required / self.defined
        if required >= 1:
            return 0.0
        enough = np.ones(TRIES, dtype=bool)
        for scale in self.rule.scales:
            root, share = _root(self._ratios(seen, scale * small, true, inside), required)
            root = root * math.sqrt(draws * self.defined / n)
            enough &= root >= 1.6448536269514722
            hits = np.floor(share * round(draws * self.defined) + 1e-6)
            enough &= self._binomial(hits, round(draws * self.defined))
            if enough.mean() < SURE:
                break
        return float(np.mean(enough))

    def _grown(self, n: int) -> tuple[Array, Array, Array]:
        """Return true numbers, errors of one batch of futures and sides of n draws, [T, n]."""
        t, have = self.true.shape
        se = np.broadcast_to(self.held.se, self.true.shape)
        if n <= have:
            return self.true, se, self.inside
        rng = np.random.default_rng(n)
        new = n - have
        inside = rng.random((t, new)) < self.shares[:, None]
        true = np.empty((t, new))
        for i in range(t):
            for mask in (True, False):
                want = inside[i] == mask
                pool = self.true[i][self.inside[i] == mask]
                if not pool.size:
                    pool = self.true[self.inside == mask]
                if not pool.size:  # nothing lies outside in any try: just across the edge
                    pool = np.array([self.smallest * (1 if self.side == 0 else self.side)])
                true[i, want] = rng.choice(pool, int(want.sum()))
        more = rng.choice(self.held.se, (t, new))
        return (
            np.concatenate([self.true, true], axis=1),
            np.concatenate([se, more], axis=1),
            np.concatenate([self.inside, inside], axis=1),
        )

    def _seen(self, true: Array, se: Array, times: int) -> Array:
        """Return numbers from `times` the futures, the first of which are those in hand."""
        rng = np.random.default_rng(times)
        noise = rng.standard_normal(true.shape)
        out = true + se / math.sqrt(times) * noise
        have = self.held.draws
        if times >= 1:
            rest = se[:, :have] / math.sqrt(max(times - 1, 1)) * noise[:, :have]
            fresh = true[:, :have] + rest
            out[:, :have] = (self.held.values + (times - 1) * fresh) / times
        return np.asarray(out)

    def _ratios(self, seen: Array, small: Array, true: Array, inside: Array) -> Array:
        """Return the likelihood just across the edge over that within the side.

        Within the side the estimate is made of the try's own true numbers; the worst that a
        smaller share can do is to stand the rest just across the edge.
        """
        small = np.maximum(small, 1e-12 * (np.ptp(seen) + 1e-300))
        if self.side == 0:
            gap = self.smallest - np.abs(seen)
        else:
            gap = self.side * seen - self.smallest
        here = gap > 0
        across = np.exp(-0.5 * (gap / small) ** 2)
        pick = np.linspace(0, true.shape[1] - 1, min(ATOMS, true.shape[1])).astype(int)
        within = np.zeros(seen.shape)
        count = np.zeros((seen.shape[0], 1))
        for j in pick:
            use = inside[:, j : j + 1]
            within += use * np.exp(-0.5 * ((seen - true[:, j : j + 1]) / small) ** 2)
            count += use
        own = np.where(here, 1.0, across) / seen.shape[1]
        within = np.maximum(within / np.maximum(count, 1), own)
        outside = np.where(here, across, 1.0)
        return np.asarray(np.minimum(outside / np.maximum(within, 1e-300), 1e12))


def _unit(weights: Array, otherwise: Array) -> Array:
    chosen = weights if weights.sum() > 1e-9 else otherwise
    return np.asarray(chosen / chosen.sum())


def _spread(logs: Array) -> Array:
    """Return TRIES shares at even steps of the posterior with these log-likelihoods on SHARES."""
    heap = np.cumsum(np.exp(logs - logs.max()))
    steps = (np.arange(TRIES) + 0.5) / TRIES
    return np.asarray(np.interp(steps, heap / heap[-1], SHARES))


def _root(ratios: Array, required: float) -> tuple[Array, Array]:
    """Return the signed root of twice the loss at `required`, and the share of most likelihood.

    The log-likelihood of a share p is sum log(p + (1 - p) ratio), concave in p.
    """

    def slope(p: Array) -> Array:
        q = p[:, None]
        return np.asarray(((1 - ratios) / (q + (1 - q) * ratios)).sum(axis=1))

    low, high = np.full(ratios.shape[0], 1e-9), np.full(ratios.shape[0], 1.0)
    for _ in range(16):
        middle = (low + high) / 2
        up = slope(middle) > 0
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    share = np.where(high > 1 - 1e-4, 1.0, (low + high) / 2)
    best = np.log(share[:, None] + (1 - share[:, None]) * ratios).sum(axis=1)
    at = np.log(required + (1 - required) * ratios).sum(axis=1)
    root = np.sqrt(2 * np.maximum(best - at, 0.0))
    return np.where(share > required, root, 0.0), share

"""What the draws would say without Monte-Carlo noise: shares of a deconvolved distribution.

Each draw d has a true number u_d, seen as g_d = u_d + noise with known standard error se_d. The
distribution of u is estimated by nonparametric maximum likelihood (Kiefer & Wolfowitz 1956,
Annals of Mathematical Statistics 27, 887-906; Koenker & Mizera 2014, Journal of the American
Statistical Association 109, 674-685) on a grid, with a certificate of how near the maximum the
search came. The share of u in a region is bounded by the profile likelihood over all distributions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rimland.findings.measures import Array, PerDraw

Mask = NDArray[np.bool_]

GRID = 100
EDGE = 0.004  # shares nearer to none or all than this are not searched
TOLERANCE = 0.02  # of a log-likelihood; the 95 % bound is drawn at 1.35
BEYOND, WITHIN, AGAINST = 1, 0, -1


def moderated(g: PerDraw) -> Array:
    """Return the standard errors of `g`, each drawn towards what is usual among the draws.

    A variance estimated from few futures is itself uncertain, the more so the fewer of them carry
    the number (`tails`). By linear credibility (Buhlmann 1967, ASTIN Bulletin 4, 199-207) each
    is moved towards the mean of all by the share of the differences between them that such
    chance explains: a draw whose few futures happened to agree is so not taken for exact.
    Where the carrying futures of all draws together are few, the mean is raised to allow for one
    more. Unchanged when no draw has noise.
    """
    known = np.isfinite(g.se)
    variances = g.se[known] ** 2
    if g.futures < 2 or variances.size < 2 or not variances.any():
        return g.se
    mean = float(variances.mean())
    chance = min(max(2 / (g.futures - 1), (g.tails - 1) / g.futures), 1e6)  # of one squared error
    ratio = float(variances.var(ddof=1)) / mean**2
    truly = max(0.0, (ratio - chance) / (1 + chance))
    own = truly / (truly + (1 + truly) * chance)
    raised = mean * (1 + g.tails / (3 * g.futures * variances.size))
    out = np.array(g.se, dtype=np.float64)
    out[known] = np.sqrt(own * variances + (1 - own) * raised)
    return out


def exact_lower(hits: float, n: float, level: float = 0.95) -> float:
    """Return the one-sided exact binomial lower bound (Clopper & Pearson 1934) of a share."""
    from scipy.special import betaincinv

    return float(betaincinv(hits, n - hits + 1, 1 - level)) if hits > 0 else 0.0


def exact_upper(hits: float, n: float, level: float = 0.95) -> float:
    """Return the one-sided exact binomial upper bound of a share."""
    return 1.0 - exact_lower(n - hits, n, level)


@dataclass(frozen=True)
class Mixing:
    """The estimated distribution of the true numbers.

    `grid[K]` points with `weights[K]`, each on a `side[K]` of the smallest size: 1 beyond it as
    claimed, 0 within it, -1 beyond it the other way. `likelihood[D,K]` is scaled to a maximum of
    one in each row; `fit` is the log-likelihood that the weights reach.
    """

    grid: Array
    side: NDArray[np.int64]
    weights: Array
    likelihood: Array
    fit: float

    def share(self, side: int) -> float:
        """Return the estimated share of draws on `side`."""
        return float(self.weights[self.side == side].sum())

    def posterior(self) -> Array:
        """Return the probability of every grid point for every draw, [D,K]."""
        joint = self.likelihood * self.weights
        return np.asarray(joint / joint.sum(axis=1, keepdims=True))

    def loss(self, side: int, share: float) -> float:
        """Return at least the log-likelihood lost when exactly `share` lies on `side`.

        At most so: the constrained optimum is bounded from above, the free one from below, so
        that an unfinished search makes for fewer verdicts, never for more.
        """
        inside = self.side == side
        _, fit, gap = solve(self.likelihood, [inside, ~inside], [share, 1 - share])
        return max(0.0, self.fit - fit - gap)

    def bound(self, side: int, upper: bool, level: float = 0.95) -> float:
        """Return the one-sided bound of the share on `side`, to about 0.01.

        The share at which the signed root of twice the loss reaches the normal quantile
        (profile likelihood; Murphy & van der Vaart 2000, JASA 95, 449-465), or the exact
        binomial bound for that many draws, whichever is more cautious. The root is nearly
        straight in the share, so that a few secants find it.
        """
        from scipy.special import ndtri

        n, share = self.likelihood.shape[0], self.share(side)
        exact = (exact_upper if upper else exact_lower)(share * n, n, level)
        last = 1 - EDGE if upper else EDGE
        if (share - last) * (1 if upper else -1) > -EDGE:
            return exact
        z = float(ndtri(level))

        def root(p: float) -> float:
            return float(np.sqrt(2 * self.loss(side, p)))

        near, far = (share, 0.0), (exact, root(exact))
        if far[1] < z:
            near, far = far, (last, root(last))
            if far[1] < z:
                return 1.0 if upper else 0.0
        for _ in range(3):
            middle = near[0] + (far[0] - near[0]) * (z - near[1]) / (far[1] - near[1])
            if abs(far[1] - z) < 0.05 or abs(far[0] - near[0]) < 0.005:
                break
            found = (middle, root(middle))
            near, far = (found, far) if found[1] < z else (near, found)
        return max(middle, exact) if upper else min(middle, exact)


def side_of(values: Array, smallest: float) -> NDArray[np.int64]:
    """Return 1, 0 or -1: beyond the smallest size as claimed, within it, beyond the other way."""
    return np.asarray(np.where(np.abs(values) <= smallest, 0, np.sign(values)), dtype=np.int64)


def noise_matters(g: PerDraw, smallest: float, reach: float = 5.0) -> bool:
    """Return whether noise could carry any draw across an edge of the smallest size."""
    noise = np.sqrt(np.maximum(g.se**2, np.where(g.se > 0, g.grain * smallest, 0.0)))
    return bool(np.any(np.abs(np.abs(g.values) - smallest) < reach * noise))


def estimate(g: PerDraw, smallest: float, scale: float = 1.0) -> Mixing:
    """Return the estimated distribution of the true numbers of `g`, its noise times `scale`.

    All of `g.values` and `g.se` must be finite. An edge of the smallest size is on the grid
    twice, once for either side. A true number u is given the noise of its draw or of its grains,
    whichever is larger; the factor 1 / noise of the normal density is left out, since it would
    favour small numbers where none was seen.
    """
    grid, side = _grid(g.values, scale * g.se, smallest)
    variance = np.where(g.se > 0, g.grain, 0.0)[:, None] * np.abs(grid)
    variance = np.maximum(g.se[:, None] ** 2, variance)
    noise = np.maximum(scale * np.sqrt(variance), 1e-9 * (np.ptp(grid) + 1e-300))
    logs = -0.5 * ((g.values[:, None] - grid) / noise) ** 2
    likelihood = np.exp(logs - logs.max(axis=1, keepdims=True))
    everything = np.ones(grid.size, dtype=bool)
    weights, fit, _ = solve(likelihood, [everything], [1.0])
    return Mixing(grid, side, weights, likelihood, fit)


def _grid(values: Array, se: Array, smallest: float) -> tuple[Array, NDArray[np.int64]]:
    low, high = min(values.min(), -smallest), max(values.max(), smallest)
    even = np.linspace(low, high, GRID)
    own = values[se < 2 * (even[1] - even[0])]  # draws finer than the grid stand on it themselves
    points = np.unique(np.concatenate([even, own]))
    sides = side_of(points, smallest)
    # an edge counts as within; the same point a second time stands for just beyond it
    edges = np.array([-smallest, smallest])
    inner = np.setdiff1d(edges, points)
    grid = np.concatenate([points, inner, edges])
    side = np.concatenate([sides, np.zeros(inner.size, dtype=np.int64), [-1, 1]])
    ordered = np.lexsort((side, grid))
    return grid[ordered], side[ordered]


def solve(likelihood: Array, groups: list[Mask], totals: list[float]) -> tuple[Array, float, float]:
    """Return weights that maximise sum log(likelihood @ w), each group's sum given.

    Also the value reached and a certificate: the optimum is at most value + gap. By concavity
    l(v) <= l(w) + D log(sum_k v_k r_k / D) with r = likelihood' (1 / (likelihood @ w)).
    Constrained Newton (Wang 2007, Journal of the Royal Statistical Society B 69, 185-198): the
    support gains the peaks of the gradient, the quadratic approximation is solved on it by
    non-negative least squares, a line search keeps the likelihood from falling.
    """
    from scipy.optimize import nnls

    d, k = likelihood.shape
    w = _start(likelihood, groups, totals)
    weight = 1e3 * np.sqrt(d)  # of the equations that fix the groups' sums
    # at the maximum no draw is fitted worse than min(totals) / d: a step that leaves one far
    # behind makes the next quadratic approximation useless
    floor = 1e-3 * min(totals) / d
    f = _times(likelihood, w)
    value, gap = float(np.log(f).sum()), np.inf
    for _ in range(100):
        r = np.einsum("dk,d->k", likelihood, 1 / f)
        tops = sum(total * r[group].max() for group, total in zip(groups, totals, strict=True))
        gap = float(d * np.log(tops / d))
        if gap < TOLERANCE:
            break
        support = w > 0
        for group in groups:
            support[_peaks(r, group)] = True
        on = np.flatnonzero(support)
        sums = [weight * group[on][None, :] for group in groups]
        wanted = np.concatenate([np.full(d, 2.0), weight * np.asarray(totals)])
        found, _norm = nnls(np.vstack([likelihood[:, on] / f[:, None], *sums]), wanted)
        aim = np.zeros(k)
        aim[on] = found
        step, length = _scaled(aim, groups, totals) - w, 1.0
        while length > 1e-6:
            if _no_worse(_times(likelihood, w + length * step), value, floor):
                break
            length /= 2
        # where the step leads nowhere, one of expectation-maximisation always climbs
        w = w + length * step if length > 1e-6 else w * r
        w = _scaled(np.where(w < 1e-13, 0.0, w), groups, totals)
        f = _times(likelihood, w)
        value = float(np.log(f).sum())
    return w, value, gap


def _no_worse(f: Array, value: float, floor: float) -> bool:
    return bool(f.min() >= floor and np.log(f).sum() >= value)


def _times(likelihood: Array, w: Array) -> Array:
    # not `@`: a threaded library costs more than it saves on matrices of this size
    return np.asarray(np.einsum("dk,k->d", likelihood, w))


def _start(likelihood: Array, groups: list[Mask], totals: list[float]) -> Array:
    """Return weights on a few points of each group and on what draws they do not reach need."""
    few = np.zeros(likelihood.shape[1])
    for group in groups:
        places = np.flatnonzero(group)
        few[places[np.linspace(0, places.size - 1, min(places.size, 10)).astype(int)]] = 1.0
    missed = _times(likelihood, few) < 0.1
    few[likelihood[missed].argmax(axis=1)] = 1.0
    return _scaled(few, groups, totals)


def _scaled(w: Array, groups: list[Mask], totals: list[float]) -> Array:
    out = w.copy()
    for group, total in zip(groups, totals, strict=True):
        out[group] *= total / out[group].sum()
    return out


def _peaks(r: Array, group: Mask) -> NDArray[np.intp]:
    """Return where `r` is no smaller than at its neighbours within the group."""
    places = np.flatnonzero(group)
    v = np.concatenate([[-np.inf], r[places], [-np.inf]])
    return places[(v[1:-1] >= v[:-2]) & (v[1:-1] >= v[2:])]

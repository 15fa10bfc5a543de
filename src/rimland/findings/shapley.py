"""Shapley shares: how a gain is shared fairly among the parts that make it together.

Shapley (1953), in Contributions to the Theory of Games II, 307-317: a part's share is the mean,
over all orders in which parts could be added, of what it adds when its turn comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from rimland.findings.measures import Array

EXACT = 4
"""Up to so many parts every subset is run; beyond, two rows of them."""
Values = Callable[[frozenset[str]], Array]
"""What a set of parts is worth, per draw."""


@dataclass(frozen=True)
class Shapley:
    """`parts[name][D]` is each part's share in absolute terms, `gain[D]` what all of them bring.

    `left_over[D]` is the gain that is shared out to nobody: 0 where `exact`.
    """

    parts: dict[str, Array]
    gain: Array
    exact: bool

    @property
    def left_over(self) -> Array:
        """What the parts' shares do not add up to."""
        return np.asarray(self.gain - np.sum(list(self.parts.values()), axis=0))

    def shares(self, name: str, floor: float) -> Array:
        """Return a part's share of the gain per draw; nan where the gain is below `floor`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.abs(self.gain) >= floor, self.parts[name] / self.gain, np.nan)


def sets_needed(parts: Sequence[str]) -> list[frozenset[str]]:
    """Return the sets of parts whose value `shapley` asks for."""
    every = frozenset(parts)
    if len(parts) <= EXACT:
        return [frozenset(s) for k in range(len(parts) + 1) for s in combinations(parts, k)]
    singles = [frozenset([name]) for name in parts]
    return [frozenset(), every, *singles, *(every - one for one in singles)]


def shapley(parts: Sequence[str], value: Values) -> Shapley:
    """Return the Shapley shares of `parts`.

    Up to four parts exactly, from all subsets. Of more, the mean of what a part adds as the first
    and as the last: that is exact as long as parts interact in pairs only (then what a part adds
    is linear in how many others are there; Grabisch 1997 on 2-additive games), and what it leaves
    over of the gain says how far they do not.
    """
    names = list(parts)
    every = frozenset(names)
    gain = np.asarray(value(every) - value(frozenset()))
    if len(names) > EXACT:
        found = {
            name: 0.5
            * (value(frozenset([name])) - value(frozenset()) + value(every) - value(every - {name}))
            for name in names
        }
        return Shapley(found, gain, exact=False)
    n = len(names)
    found = {}
    for name in names:
        total = np.zeros_like(gain, dtype=np.float64)
        rest = [other for other in names if other != name]
        for k in range(n):
            weight = factorial(k) * factorial(n - k - 1) / factorial(n)
            for chosen in combinations(rest, k):
                without = frozenset(chosen)
                total = total + weight * (value(without | {name}) - value(without))
        found[name] = total
    return Shapley(found, gain, exact=True)

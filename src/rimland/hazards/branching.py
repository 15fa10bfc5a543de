"""Does a fit explode? How many formations one formation triggers through the network.

A pact raises the rate of others while it stands: of pairs that gain a shared partner, and of all
pairs of its two states, whose degree rose. Its expected offspring of each kind of pair make up a
next-generation operator, whose largest eigenvalue is the branching ratio (Diekmann, Heesterbeek
and Metz 1990; for self-exciting events Hawkes 1971): below 1 a cascade dies out, at 1 or above it
runs until the network is full. A fit with such a ratio is refused, because its simulation would
show the equation's flaw and not the world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rimland.hazards.links import Floats, HazardError
from rimland.history.fitfile import Fit

ROUNDS = 300
TOLERANCE = 1e-4
"""Of the ratio, which is given to three digits."""
Form = Callable[[Floats], Floats]
RATIO = "branching ratio"
DENSITIES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Endogenous:
    """What a pact changes for others: coefficients, and how long it stands."""

    shared: float
    """Coefficient of the form of third states to which both are tied."""
    degree: float
    """Coefficient of the form of partners of the one, plus that of the other."""
    years: float
    """Mean years that a pact stands."""
    shared_form: Form = np.log1p
    degree_form: Form = np.log1p


def ratio(base: Floats, ties: NDArray[np.bool_], effect: Endogenous) -> float:
    """Return the branching ratio on one network.

    `base` [S, S] is the hazard per year of each pair without the endogenous statistics, symmetric;
    `ties` [S, S] who is bound to whom. Bound pairs are not at risk.
    """
    bound = ties.astype(float)
    np.fill_diagonal(bound, 0.0)
    partners, shared = bound.sum(axis=1), bound @ bound
    reach, near = effect.degree_form(partners), effect.shared_form(shared)
    open_ = 1.0 - bound
    np.fill_diagonal(open_, 0.0)
    hazard = base * open_
    hazard *= np.exp(effect.shared * near + effect.degree * (reach[:, None] + reach))
    # One partner more for the row's state; one shared partner more for the pair.
    wider = np.exp(effect.degree * (effect.degree_form(partners + 1.0) - reach))[:, None]
    closer = np.exp(effect.shared * (effect.shared_form(shared + 1.0) - near))
    alone, closed = hazard * (wider - 1.0), hazard * wider * (closer - 1.0)
    vector = hazard / max(float(hazard.sum()), 1e-300)
    value = 0.0
    for _ in range(ROUNDS):
        # Of a new pact i-j: the pair i-l gains a partner of i, and k = j as a shared one if j-l.
        raised = alone * (vector.sum(axis=1)[:, None] - vector) + closed * (vector @ bound)
        raised = effect.years * (raised + raised.T)
        grown = float(np.abs(raised).sum())
        if grown == 0.0 or abs(grown - value) < TOLERANCE * grown:
            return grown
        # A star has two eigenvalues of one size; half of the old vector settles the iteration.
        value, vector = grown, (raised / grown + vector) / 2.0
    return value


def saturated(base: Floats, effect: Endogenous, seed: int = 1) -> tuple[float, float]:
    """Return the largest ratio among networks filled to several densities, and that density.

    Pairs are tied in order of their base hazard with some luck (Efraimidis and Spirakis 2006), so
    that the likely pacts stand first.
    """
    upper = np.triu(np.ones(base.shape, bool), 1) & (base > 0.0)
    pairs = np.argwhere(upper)
    luck = np.random.default_rng(seed).exponential(size=len(pairs)) / base[upper]
    order = pairs[np.argsort(luck, kind="stable")]
    found = []
    for density in DENSITIES:
        ties = np.zeros(base.shape, bool)
        chosen = order[: round(density * len(order))]
        ties[chosen[:, 0], chosen[:, 1]] = True
        found.append((ratio(base, ties | ties.T, effect), density))
    return max(found)


def refuse_explosive(fit: Fit) -> None:
    """Raise HazardError if a fit may not be simulated; call it before a simulation.

    What counts are the `branching ratio` entries of its checks: 1 or more, or no number.
    """
    refuse_ratios(fit.name, fit.checks)


def refuse_ratios(name: str, checks: Mapping[str, float]) -> None:
    """Raise HazardError if a fit of that name has checks by which it may not be simulated."""
    for where, value in checks.items():
        if where.startswith(RATIO) and not value < 1.0:
            raise HazardError(
                f"The fit {name} explodes and is not simulated ({where}): one event triggers"
                f" {value:.2g} others before it is undone, so that a cascade does not die out."
                " Hold its endogenous statistics fixed, or damp them (bounded forms, a smaller"
                " prior scale), and fit again."
            )

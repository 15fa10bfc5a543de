"""Hinges: how much of what everything together achieves is lost without one part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.effects import Rank, ranking, same_luck
from rimland.findings.measures import Array, PerDraw, columns_at, jackknife

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure


@dataclass(frozen=True)
class Hinge:
    """How far the whole hinges on X.

    `loss` is L(X) = [V(all) - V(all but X)] / [V(all) - V(none)] per draw; `others` the same for
    each alternative; `lead` is L(X) minus the largest of them. `g` is the one number judged
    against the margin: the lead, but never more than the margin by more than L(X) exceeds its
    stated size, so that g beyond the margin means first by the margin and large enough. `gain` is
    V(all) - V(none). `undefined` is the share of draws with |gain| below the floor, where no L
    exists. `ranks` compares all L in the draws that have them.
    """

    loss: PerDraw
    others: dict[str, PerDraw]
    lead: PerDraw
    g: PerDraw
    gain: PerDraw
    undefined: float
    ranks: list[Rank]
    size: float
    margin: float

    @property
    def first(self) -> float:
        """Share of draws (in which L is defined) where X has the largest L."""
        return next((row.first for row in self.ranks if row.name == SELF), float("nan"))


SELF = ""  # the name of X itself among `ranks`


def hinge(
    measure: Measure,
    everything: Futures,
    without: Futures,
    nothing: Futures,
    alternatives: Mapping[str, Futures],
    day: float,
    *,
    size: float,
    margin: float,
    floor: float,
) -> Hinge:
    """Return how far `measure` on `day` hinges on what `without` lacks.

    `alternatives[name]` is the run without that alternative; at least one is needed. All runs
    share their luck. `floor` (in the measure's unit, positive) is how large |V(all) - V(none)|
    must be for L to mean anything. Errors are by jackknife over futures, all runs at once.
    """
    if not alternatives:
        raise ValueError("a hinge needs at least one alternative to be compared with")
    if not floor > 0:
        raise ValueError(f"the floor of a hinge is {floor}; expected more than 0")

    def loss(all_: Array, none: Array, lacking: Array) -> Array:
        gain = all_ - none
        return np.where(np.abs(gain) >= floor, (all_ - lacking) / gain, np.nan)

    def lead(all_: Array, none: Array, lacking: Array, *rest: Array) -> Array:
        largest = np.maximum.reduce([loss(all_, none, other) for other in rest])
        return np.asarray(loss(all_, none, lacking) - largest)

    def judged(all_: Array, none: Array, lacking: Array, *rest: Array) -> Array:
        over = loss(all_, none, lacking) - size + margin
        return np.minimum(lead(all_, none, lacking, *rest), np.maximum(over, 0.0))

    same_luck(everything, without, nothing, *alternatives.values())
    top, bottom = columns_at(measure, everything, day), columns_at(measure, nothing, day)
    x = columns_at(measure, without, day)
    rest = {name: columns_at(measure, run, day) for name, run in alternatives.items()}
    own = jackknife(loss, top, bottom, x)
    others = {name: jackknife(loss, top, bottom, part) for name, part in rest.items()}
    table = {SELF: own.values} | {name: found.values for name, found in others.items()}
    return Hinge(
        loss=own,
        others=others,
        lead=jackknife(lead, top, bottom, x, *rest.values()),
        g=jackknife(judged, top, bottom, x, *rest.values()),
        gain=jackknife(lambda a, b: a - b, top, bottom),
        undefined=own.undefined,
        ranks=ranking(table),
        size=size,
        margin=margin,
    )

"""Signposts: what could be seen before the horizon that would move a verdict, and how far.

In each draw an event by a date has a probability P_d, the share of the draw's futures in which it
was seen by then. Seeing it makes draw d as likely as P_d says, not seeing it as 1 - P_d (Bayes, all
draws alike before). So the share of draws on a verdict's side becomes

    seen:      sum P_d I_d / sum P_d          not seen:  sum (1 - P_d) I_d / sum (1 - P_d)

with I_d whether the draw lies on that side. What this leaves out: how far the event itself, as luck
and not as knowledge, changes what follows in that future; and combinations of events. A sign is
named only where it tells more than the best of as many signs without any meaning would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rimland.findings.measures import Array, PerDraw
from rimland.findings.mixing import side_of

SHUFFLES = 200
RARE = 0.1
"""An event seen in fewer than this share of futures by its date, or in all but it, is no sign."""


@dataclass(frozen=True)
class Event:
    """Something that may be seen by a date: what changes, to what, and P per draw."""

    thing: str
    to: str
    day: float
    probability: Array


@dataclass(frozen=True)
class Signpost:
    """An event, how likely it is, and the share of draws on the side: now, seen, not seen."""

    event: Event
    likely: float
    now: float
    seen: float
    unseen: float


def signposts(
    g: PerDraw, smallest: float, side: int, events: Sequence[Event], most: int = 2, seed: int = 1
) -> list[Signpost]:
    """Return the events that would move the share of draws on `side` furthest, strongest first.

    One event of each thing. Left out are those whose difference between seen and not seen is
    within the 95th percentile of the largest among all events in 200 shuffles of the draws' sides.
    """
    fine = np.isfinite(g.values)
    on = (side_of(g.values[fine], smallest) == side).astype(np.float64)
    kept = [e for e in events if RARE <= float(e.probability[fine].mean()) <= 1 - RARE]
    if not kept or on.size < 8 or np.ptp(on) == 0:
        return []
    p = np.stack([e.probability[fine] for e in kept])
    seen, unseen = _shares(p, on[None, :])
    rng = np.random.default_rng(seed)
    shuffled = np.stack([rng.permutation(on) for _ in range(SHUFFLES)])
    by_luck = np.abs(np.subtract(*_shares(p, shuffled))).max(axis=0)
    edge = float(np.quantile(by_luck, 0.95))
    gap = np.abs(seen - unseen)[:, 0]
    found: dict[str, Signpost] = {}
    for i in np.argsort(-gap, kind="stable"):
        if gap[i] <= edge:
            break
        row = Signpost(
            kept[i], float(p[i].mean()), float(on.mean()), float(seen[i, 0]), float(unseen[i, 0])
        )
        found.setdefault(kept[i].thing, row)
        if len(found) == most:
            break
    return list(found.values())


def _shares(p: Array, on: Array) -> tuple[Array, Array]:
    """Return the shares on the side [events, shuffles] where the event is seen, and where not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = (p @ on.T) / p.sum(axis=1, keepdims=True)
        unseen = ((1 - p) @ on.T) / (1 - p).sum(axis=1, keepdims=True)
    return np.asarray(np.nan_to_num(seen)), np.asarray(np.nan_to_num(unseen))

"""Other forms: would the verdict stand if the parts combined in another way than the model has it?

What each part is worth is taken as the runs give it, and put together again as a sum, as a product
and by the weakest link; where the measure is a probability or an expected count, on the scale of
the other as well (an event with hazard h has probability 1 - exp(-h)). A form-dependent verdict
says as much about the form as about the world.

It is the answer that is redone and not the model: each part's own worth stays what it is in the
model as built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.measures import Array, Columns, PerDraw, columns_at, jackknife

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure

SUM, PRODUCT, WEAKEST = "sum", "product", "weakest link"
Redone = dict[str, tuple[PerDraw, float]]
"""By form: the number judged, and the smallest size on its scale."""


def scales(measure: Measure, events: bool) -> dict[str, Callable[[Array], Array]]:
    """Return the scales that a measure can be read on, by the words that name them.

    `events` says whether a total counts events, so that it has a probability of at least one.
    """
    found: dict[str, Callable[[Array], Array]] = {"": lambda v: v}
    if measure.how == "probability":
        found[" of hazards"] = lambda v: measure.scale * _hazard(v / measure.scale)
    elif measure.how == "total" and events and measure.scale > 0:
        found[" of probabilities"] = lambda v: np.asarray(1 - np.exp(-v))
    return found


def _hazard(p: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(p < 1, -np.log1p(-p), np.nan))


def hinge_forms(
    measure: Measure,
    everything: Futures,
    without: Futures,
    alternatives: Sequence[Futures],
    day: float,
    *,
    size: float,
    margin: float,
    floor: float,
    events: bool = False,
) -> Redone:
    """Return how far the whole hinges on X, were the parts' losses put together in each form.

    With d_i what V loses without part i, the whole brings: sum of d_i; V [1 - product of
    (1 - d_i / V)]; the largest d_i (the part without which it falls deepest is the link that
    holds). L(X) is d_X over that, g as in `findings.hinge`. Parts that are not named count for
    nothing here.
    """
    parts = [columns_at(measure, run, day) for run in (everything, without, *alternatives)]
    found: Redone = {}
    for words, scale in scales(measure, events).items():
        for form in (SUM, PRODUCT, WEAKEST):
            judged = _hinge(form, scale, size, margin, floor)
            found[form + words] = jackknife(judged, *parts), margin
    return found


def _hinge(
    form: str, scale: Callable[[Array], Array], size: float, margin: float, floor: float
) -> Callable[..., Array]:
    def judged(all_: Array, lacking: Array, *rest: Array) -> Array:
        top = scale(all_)
        lost = [top - scale(other) for other in (lacking, *rest)]
        gain = _gain(form, top, lost)
        loss = [np.where(np.abs(gain) >= floor, d / gain, np.nan) for d in lost]
        lead = loss[0] - np.maximum.reduce(loss[1:])
        return np.asarray(np.minimum(lead, np.maximum(loss[0] - size + margin, 0.0)))

    return judged


def _gain(form: str, top: Array, lost: Sequence[Array]) -> Array:
    stacked = np.stack(lost)
    if form == SUM:
        return np.asarray(stacked.sum(axis=0))
    if form == PRODUCT:
        return np.asarray(top * (1 - np.prod(1 - stacked / top, axis=0)))
    deepest = np.abs(stacked).argmax(axis=0)
    return np.asarray(np.take_along_axis(stacked, deepest[None, ...], axis=0)[0])


def order_forms(
    measures: Sequence[Measure],
    futures: Futures,
    day: float,
    *,
    smallest: float,
    relative: bool,
    sign: int,
    events: bool = False,
) -> Redone:
    """Return how far the first leads the largest other, as a difference and as a ratio.

    `smallest` is a difference, or a log ratio if `relative`; on the other scale it is what that
    makes of the other's middle value. A weakest link has no meaning for two measures side by side.
    """
    parts = [columns_at(m, futures, day) for m in measures]
    found: Redone = {}
    for words, scale in scales(measures[0], events).items():
        other = _middle(np.maximum.reduce([scale(part.value()) for part in parts[1:]]))
        as_size, as_ratio = _both(smallest, relative, other)
        found[SUM + words] = jackknife(_lead(scale, False, sign), *parts), as_size
        found[PRODUCT + words] = jackknife(_lead(scale, True, sign), *parts), as_ratio
    return found


def _lead(scale: Callable[[Array], Array], ratio: bool, sign: int) -> Callable[..., Array]:
    def judged(first: Array, *rest: Array) -> Array:
        a, b = scale(first), np.maximum.reduce([scale(other) for other in rest])
        return np.asarray(sign * (_log(a) - _log(b) if ratio else a - b))

    return judged


def interaction_forms(
    measure: Measure,
    runs: Mapping[str, Futures],
    day: float,
    *,
    smallest: float,
    relative: bool,
    sign: int,
    events: bool = False,
) -> Redone:
    """Return what two things add to each other: as sums, as products, and by the weakest link.

    `runs` are all, without, only and none. By the weakest link nothing is worth more than the
    better of the two alone: g = s V(all) - max(s V(without), s V(only)).
    """
    parts: list[Columns] = [
        columns_at(measure, runs[name], day) for name in ("all", "without", "only", "none")
    ]
    found: Redone = {}
    for words, scale in scales(measure, events).items():
        base = _middle(scale(parts[0].value()))
        as_size, as_ratio = _both(smallest, relative, base)

        def added(
            a: Array, b: Array, c: Array, d: Array, f: Callable[[Array], Array] = scale
        ) -> Array:
            return np.asarray(sign * (f(a) - f(b) - f(c) + f(d)))

        def multiplied(
            a: Array, b: Array, c: Array, d: Array, f: Callable[[Array], Array] = scale
        ) -> Array:
            return np.asarray(sign * (_log(f(a)) - _log(f(b)) - _log(f(c)) + _log(f(d))))

        def linked(
            a: Array, b: Array, c: Array, d: Array, f: Callable[[Array], Array] = scale
        ) -> Array:
            return np.asarray(sign * f(a) - np.maximum(sign * f(b), sign * f(c)))

        found[SUM + words] = jackknife(added, *parts), as_size
        found[PRODUCT + words] = jackknife(multiplied, *parts), as_ratio
        found[WEAKEST + words] = jackknife(linked, *parts), as_size
    return found


def _log(values: Array) -> Array:
    return np.where(values > 0, np.log(np.where(values > 0, values, 1.0)), np.nan)


def _middle(values: Array) -> float:
    held = np.abs(values[np.isfinite(values)])
    return float(np.median(held)) if held.size else float("nan")


def _both(smallest: float, relative: bool, base: float) -> tuple[float, float]:
    """Return a smallest size as a difference and as a log ratio, about a middle value."""
    if relative:
        return (float(np.expm1(smallest)) * base if np.isfinite(base) else 0.0), smallest
    return smallest, (float(np.log1p(smallest / base)) if base > 0 else 0.0)

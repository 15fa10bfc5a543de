"""Two variants beside each other under the same luck."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.findings.effects import Summary, coupling, difference_fan, paired, summary
from rimland.findings.measures import PerDraw, at, fan
from rimland.findings.words import amount, interval
from rimland.study.finding import finite

if TYPE_CHECKING:
    from rimland.findings.measures import Fan
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure


@dataclass(frozen=True, repr=False)
class Effect:
    """What a variant changes in one measure, under one account: `variant` minus `against`.

    `error_unpaired` is the standard error that one draw's effect would have if the two variants
    had luck of their own, `error_paired` that with the same luck; both are root mean squares over
    draws. `variance_removed` is the square of their ratio.
    """

    measure: Measure
    account: str
    variant: str
    against: str
    when: date
    baseline: Summary
    switched: Summary
    effect: Summary
    variance_removed: float
    error_unpaired: float
    error_paired: float
    note: str

    def __repr__(self) -> str:
        """Return one line."""
        e = self.effect
        number = f"{amount(e.median, self.measure.unit, e.mc_error, sign=True)} "
        number += interval(e.p05, e.p95, error=e.mc_error)
        return f"Effect({self.measure.name!r}, {self.variant!r}, {self.account!r}, {number})"

    def __str__(self) -> str:
        """Return one sentence with the number and its interval."""
        e = self.effect
        return (
            f"{self.measure.says}: {amount(e.median, self.measure.unit, e.mc_error, sign=True)} "
            f"{interval(e.p05, e.p95, error=e.mc_error)} with {self.variant} instead of "
            f"{self.against}, {self.account}, by {self.when}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the effect as plain values; an infinite factor or one without meaning is null."""
        removed = self.variance_removed
        return {
            "measure": self.measure.name,
            "says": self.measure.says,
            "unit": self.measure.unit,
            "account": self.account,
            "variant": self.variant,
            "against": self.against,
            "at": self.when.isoformat(),
            "baseline": _numbers(self.baseline),
            "switched": _numbers(self.switched),
            "effect": _numbers(self.effect),
            "variance_unpaired_over_paired": removed if 0 < removed < float("inf") else None,
            "standard_error_unpaired": finite(self.error_unpaired),
            "standard_error_paired": finite(self.error_paired),
            "same_in_every_future": removed == float("inf"),
            "note": self.note,
        }

    def _repr_html_(self) -> str:
        return f"<p>{self}</p>"


def _apart(a: PerDraw, b: PerDraw) -> float:
    """Return the standard error of a difference of independent runs, over draws that have one."""
    together = a.se**2 + b.se**2
    held = together[np.isfinite(together)]
    return float(np.sqrt(held.mean())) if held.size else math.nan


def _numbers(s: Summary) -> dict[str, float | None]:
    return {key: finite(getattr(s, key)) for key in ("median", "p05", "p95", "mc_error")}


class Comparison:
    """The same draws and futures, once as `against` and once as `variant`."""

    def __init__(self, run: Run, variant: str, against: str) -> None:
        """Keep the names; futures are made when an effect is asked for."""
        self.run, self.variant, self.against = run, variant, against

    def effect(self, measure: str, account: str | None = None, when: date | None = None) -> Effect:
        """Return the paired effect on a measure at a date (the horizon by default).

        Raises RimlandError for an unknown measure or account, with the nearest name.
        """
        run = self.run
        found, account, day = run.measure(measure), run.account(account), run.day(when)
        a, b = (run.under(account, v, [measure]) for v in (self.variant, self.against))
        g = paired(found, a, b, day)
        before, after = at(found, b, day), at(found, a, day)
        factor, apart = coupling(found, a, b, day), _apart(before, after)
        return Effect(
            measure=found,
            account=account,
            variant=self.variant,
            against=self.against,
            when=when or run.scenario.assembled.heading.horizon,
            baseline=summary(before),
            switched=summary(after),
            effect=summary(g),
            variance_removed=factor,
            error_unpaired=apart,
            error_paired=0.0 if math.isnan(factor) else apart / math.sqrt(factor),
            note=g.note,
        )

    def fans(self, measure: str, account: str | None = None) -> tuple[Fan, Fan, Fan]:
        """Return the fans of `against` and of `variant`, and that of the paired difference."""
        run = self.run
        found = run.measure(measure)
        a, b = (run.under(account, v, [measure]) for v in (self.variant, self.against))
        return fan(found, b), fan(found, a), difference_fan(found, a, b)

"""Two variants beside each other under the same luck."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rimland.findings.effects import Summary, coupling, difference_fan, paired, summary
from rimland.findings.measures import at, fan
from rimland.findings.words import amount, interval
from rimland.study.finding import finite

if TYPE_CHECKING:
    from rimland.findings.measures import Fan
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure


@dataclass(frozen=True)
class Effect:
    """What a variant changes in one measure, under one account: `variant` minus `against`."""

    measure: Measure
    account: str
    variant: str
    against: str
    when: date
    baseline: Summary
    switched: Summary
    effect: Summary
    variance_removed: float
    note: str

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
            "same_in_every_future": removed == float("inf"),
            "note": self.note,
        }

    def _repr_html_(self) -> str:
        return f"<p>{self}</p>"


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
        return Effect(
            found,
            account,
            self.variant,
            self.against,
            when or run.scenario.assembled.heading.horizon,
            summary(at(found, b, day)),
            summary(at(found, a, day)),
            summary(g),
            coupling(found, a, b, day),
            g.note,
        )

    def fans(self, measure: str, account: str | None = None) -> tuple[Fan, Fan, Fan]:
        """Return the fans of `against` and of `variant`, and that of the paired difference."""
        run = self.run
        found = run.measure(measure)
        a, b = (run.under(account, v, [measure]) for v in (self.variant, self.against))
        return fan(found, b), fan(found, a), difference_fan(found, a, b)

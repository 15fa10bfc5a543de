"""The noun Finding: what the futures say of one claim, with all that weakens it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from typing import Any

from rimland.findings.effects import Summary
from rimland.findings.words import amount, decimals_for, number, with_unit
from rimland.study.weakened import Weakened

NOT_TESTED = "not tested yet"
DECLARED = "declared"
UNTESTABLE = "untestable"
JUDGED = ("holds", "reversed", "negligible", "undecided", "contested")
VERDICTS = (*JUDGED, DECLARED, UNTESTABLE, NOT_TESTED)
"""The verdicts in the order in which they are counted."""
NOT_COMPUTED = "not computed yet"


@dataclass(frozen=True)
class Shown:
    """The number that a card shows large: `what` it is, median and 5-95 %, its unit.

    `smallest` is the size at which the verdict would change, in the same unit. `change` tells a
    change, printed with its sign, from a level or a probability.
    """

    what: str
    unit: str
    median: float
    p05: float
    p95: float
    mc_error: float
    smallest: float | None = None
    change: bool = True

    @classmethod
    def of(
        cls,
        what: str,
        unit: str,
        s: Summary,
        smallest: float | None = None,
        change: bool = True,
    ) -> Shown:
        """Return the number from a summary."""
        return cls(what, unit, s.median, s.p05, s.p95, s.mc_error, smallest, change)

    def text(self) -> str:
        """Return `−38 % [−55, −21]`."""
        decimals = self._decimals()
        head = with_unit(number(self.median, decimals, sign=self.change), self.unit)
        low, high = number(self.p05, decimals), number(self.p95, decimals)
        return f"{head}  [{low}, {high}]"

    def _decimals(self) -> int:
        """Return the decimals worth printing: at most two digits of the larger end."""
        ends = [abs(v) for v in (self.median, self.p05, self.p95) if math.isfinite(v)]
        largest = max(ends, default=0.0)
        if largest == 0:
            return 0
        digits = 1 - math.floor(math.log10(largest))
        return max(min(decimals_for(self.median, self.mc_error), digits, 3), 0)

    def size(self) -> str:
        """Return the size at which the verdict would change, with its unit."""
        return amount(self.smallest or 0.0, self.unit)

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what is not a finite number is null."""
        return {
            "change": self.change,
            "median": finite(self.median),
            "p05": finite(self.p05),
            "p95": finite(self.p95),
            "unit": self.unit,
            "mc_error": finite(self.mc_error),
            "smallest": self.smallest,
            "what": self.what,
            "text": self.text(),
        }


@dataclass(frozen=True)
class Answer:
    """What one account says: its verdict, its number, and lines that explain it.

    `details` is the verdict's own record (shares of draws, bounds, what would settle it).
    """

    verdict: str
    shown: Shown | None
    lines: tuple[tuple[str, str], ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "verdict": self.verdict,
            "effect": self.shown.to_json() if self.shown else None,
            "lines": [{"label": label, "text": text} for label, text in self.lines],
            **{key: value for key, value in self.details.items() if key != "verdict"},
        }


@dataclass(frozen=True, repr=False)
class Finding:
    """One claim and what the model answers. A verdict never says that the text is true."""

    id: str
    at: str
    says: str
    kind: str
    verdict: str
    needs: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    rests_on: dict[str, Any] | None = None
    numbers: tuple[str, ...] = ()
    explained: dict[str, float] = field(default_factory=dict)
    in_this_model: str = ""
    rival: str | None = None
    confidence: str | None = None
    protocol: dict[str, Any] | None = None
    measure: str | None = None
    command: str | None = None
    weakened: Weakened = field(default_factory=lambda: Weakened())

    @property
    def headline(self) -> str:
        """The verdict as it is said first: what weakens it most takes its place."""
        return self.weakened.headline(self.verdict)

    @property
    def plain(self) -> str:
        """The verdict without its reason: `undecided`."""
        return self.verdict.split(" (")[0]

    @property
    def tested(self) -> bool:
        """Whether the claim has a test; one of what is declared shows a number and judges none."""
        return self.verdict not in (NOT_TESTED, UNTESTABLE)

    @property
    def judged(self) -> bool:
        """Whether a verdict was given."""
        return self.plain in JUDGED

    @property
    def shown(self) -> Shown | None:
        """The number under the first account, which stands for all where they agree."""
        return next((a.shown for a in self.answers.values()), None)

    def to_json(self) -> dict[str, Any]:
        """Return the claim's entry of `judge --json`; what later work computes is null."""
        shown = self.shown
        return {
            "id": self.id,
            "at": self.at,
            "says": self.says,
            "kind": self.kind,
            "verdict": self.verdict,
            "headline": self.headline,
            "flags": list(self.weakened.flags),
            "built_in": self.weakened.built_in,
            "effect": shown.to_json() if shown else None,
            "prior_only": self.weakened.prior_only,
            "data": self.weakened.data,
            "doubled": self.weakened.doubled,
            "structures": {account: a.verdict for account, a in self.answers.items()},
            "rests_on": self.rests_on,
            "flips_if": self.weakened.flips_if,
            "rival": self.rival,
            "rival_share": self.weakened.rival_share,
            "watch_for": self.weakened.watch_for,
            "forms": self.weakened.forms,
            "shapley": self.weakened.shapley,
            "confidence": self.confidence,
            "in_this_model": self.in_this_model,
            "by_account": {account: a.to_json() for account, a in self.answers.items()},
            "protocol": self.protocol,
            "needs": self.needs,
            "numbers": list(self.numbers),
            "explained": self.explained,
            "chart": self.measure,
            "command": self.command,
        }

    def __repr__(self) -> str:
        """Return one line: `Finding('staff-hinge', holds, −38 % [−55, −21])`."""
        shown = self.shown
        number = f", {' '.join(shown.text().split())}" if shown else ""
        return f"Finding({self.id!r}, {self.verdict}{number})"

    def __str__(self) -> str:
        """Return verdict, claim and number, as the terminal's first line of a card."""
        shown = self.shown
        tail = f"\n{shown.what}: {shown.text()}" if shown else ""
        return f"{self.verdict}  {self.id} · {self.says}\n{self.in_this_model}{tail}"

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in str(self).splitlines())


def finite(value: float) -> float | None:
    """Return the value, or None where it is not a finite number, as JSON needs it."""
    return float(value) if value == value and abs(value) != float("inf") else None

"""How a run sets the numbers: as declared, judged ranges wider, before any data, some pinned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rimland.scenario.declaration import agenda_numbers
from rimland.scenario.variants import BASELINE

if TYPE_CHECKING:
    from rimland.notation.quantity import Quantity
    from rimland.scenario.assemble import Assembled
    from rimland.scenario.variants import Resolved

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """One way to set all numbers.

    `judged` is how many times as wide the ranges of judged numbers are; with `priors`, estimated
    numbers are drawn from what was believed before any data; `pins` are numbers that have one
    value, in their own unit, in every draw. A number that a variant sets is neither pinned nor
    drawn otherwise than the variant says: else the switch would be undone.
    """

    judged: float = 1.0
    priors: bool = False
    pins: tuple[tuple[str, float], ...] = ()

    def pinned(self, name: str, value: float) -> Setting:
        """Return this setting with one more number pinned."""
        kept = tuple(pin for pin in self.pins if pin[0] != name)
        return Setting(self.judged, self.priors, (*kept, (name, value)))

    def applied(self, quantity: Quantity) -> Quantity:
        """Return the quantity as this setting has it drawn."""
        if self.judged != 1.0 and quantity.kind == "judged":
            return quantity.widened(self.judged)
        if self.priors and quantity.kind == "estimated":
            return quantity.prior or quantity
        return quantity


DECLARED = Setting()
DOUBLED = Setting(judged=2.0)
PRIORS = Setting(priors=True)


class Draws:
    """The draws of all numbers, and theta, under each account, variant and setting.

    Each number is drawn once for each range it has, and what follows from numbers is evaluated
    anew only where one of them differs from the first account's: reruns differ in few numbers.
    """

    def __init__(self, assembled: Assembled, draws: int, seed: int) -> None:
        """Draw nothing yet."""
        self._assembled, self._draws, self._seed = assembled, draws, seed
        self._made: dict[tuple[int, float, bool], tuple[Quantity, Array]] = {}
        self._first: dict[Setting, tuple[dict[str, Array], Array]] = {}
        self._derived = {name: f.names() for name, f in assembled.derived.items()}
        self._columns = [set(p.formula.names()) for p in assembled.program.parameters]

    def values(self, account: str, variant: Resolved, setting: Setting) -> dict[str, Array]:
        """Return the draws of every number and derived value, each keyed by its own name."""
        return self._values(account, variant, setting, self._base(setting)[0])[0]

    def theta(self, account: str, variant: Resolved, setting: Setting) -> Array:
        """Return theta[draws, P]."""
        first, theta = self._base(setting)
        values, changed = self._values(account, variant, setting, first)
        if not changed:
            return theta
        out = theta.copy()
        for column, parameter in enumerate(self._assembled.program.parameters):
            if not changed.isdisjoint(self._columns[column]):
                out[:, column] = parameter.formula.evaluate(values)
        return out

    def _base(self, setting: Setting) -> tuple[dict[str, Array], Array]:
        """Return values and theta of the first account, as assessed, nothing pinned."""
        plain = replace(setting, pins=())
        if plain not in self._first:
            account = next(iter(self._assembled.structures))
            values, _ = self._values(account, BASELINE, plain, {})
            self._first[plain] = values, self._assembled.program.theta(values, self._draws)
        return self._first[plain]

    def _values(
        self, account: str, variant: Resolved, setting: Setting, first: dict[str, Array]
    ) -> tuple[dict[str, Array], set[str]]:
        """Return the values, and the names of those that are not the ones in `first`."""
        pins = {name: value for name, value in setting.pins if name not in variant.quantities}
        values: dict[str, Array] = {}
        weights = agenda_numbers(self._assembled.heading)
        numbers = {**weights, **self._assembled.numbers(account, variant)}
        for name, quantity in numbers.items():
            if name in pins:
                values[name] = np.full(self._draws, pins[name], dtype=np.float64)
            else:
                plain = DECLARED if name in variant.quantities else setting
                values[name] = self._drawn(name, quantity, plain)
        changed = {name for name, value in values.items() if first.get(name) is not value}
        for called, formula in self._assembled.derived.items():
            if called in first and changed.isdisjoint(self._derived[called]):
                values[called] = first[called]
                continue
            values[called] = np.broadcast_to(formula.evaluate(values), (self._draws,))
            changed.add(called)
        return values, changed

    def _drawn(self, name: str, quantity: Quantity, setting: Setting) -> Array:
        key = (id(quantity), setting.judged, setting.priors)
        if key not in self._made:
            found = setting.applied(quantity).draws(self._seed, self._draws, name)
            # the quantity is kept beside its draws, so that no other gets its id
            self._made[key] = (quantity, found)
        return self._made[key][1]

"""Admissible values: what every entry of theta can be, from the ranges of the quantities.

Interval arithmetic (Moore 1966; Moore, Kearfott & Cloud 2009): the range of a formula contains
every value that it takes while its quantities stay within theirs. Where a quantity occurs twice,
plain interval arithmetic is too wide; if the formula only rises, or only falls, in a quantity
(by the range of its derivative), that quantity is put at its ends instead, which is exact.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rimland.errors import RimlandError, did_you_mean

if TYPE_CHECKING:
    from rimland.notation.quantity import Quantity
    from rimland.program.formula import Formula
    from rimland.program.model import Program

Range = tuple[float, float]
"""Lowest and highest value."""

ANY: Range = (-math.inf, math.inf)
NOTHING: Range = (0.0, 0.0)
_FEW, _MOST = 12, 60
"""Formulas of few quantities are always narrowed, those of many only where the sign is open."""
_SUPPORT: Mapping[str, Range] = {
    "lognormal": (0.0, math.inf),
    "normal": ANY,
    "logit-normal": (0.0, 1.0),
}


def quantity_ranges(
    quantities: Mapping[str, Quantity], *, support: bool = False
) -> dict[str, Range]:
    """Return the admissible values of each quantity.

    They are the range that its author stated (p10 to p90), for that is what the author vouches
    for; with `support`, all values that its family can take at all.
    """
    if support:
        return {n: _support(q) for n, q in quantities.items()}
    return {n: (min(q.p10, q.p90), max(q.p10, q.p90)) for n, q in quantities.items()}


def _support(quantity: Quantity) -> Range:
    low, high = min(quantity.p10, quantity.p90), max(quantity.p10, quantity.p90)
    if low == high:
        return low, high
    shape = quantity.shape
    bottom, top = _SUPPORT.get(shape.family, (low, high))
    return (max(bottom, shape.above) if shape.family == "lognormal" else bottom), top


def parameter_ranges(
    program: Program,
    derived: Mapping[str, Formula],
    quantity_ranges: Mapping[str, Range],
) -> dict[str, Range]:
    """Return lowest and highest value of each entry of theta, by its name.

    derived          formulas of names that other formulas read, in an order in which each reads
                     only quantities and earlier ones
    quantity_ranges  lowest and highest value of each quantity

    The ranges are never too narrow (up to rounding). Raises RimlandError when a formula reads a
    name of which nothing is known.
    """
    work = _Ranges(derived, quantity_ranges)
    return {p.name: work.range_of(p.formula) for p in program.parameters}


@dataclass(frozen=True)
class _Slope:
    """The range of a formula and of its derivative by each quantity."""

    value: Range
    by: Mapping[str, Range]


class _Ranges:
    def __init__(self, derived: Mapping[str, Formula], given: Mapping[str, Range]) -> None:
        self.derived = derived
        self.given = given
        self._free: dict[str, Range] = {}  # values of derived names with nothing fixed
        self._slopes: dict[str, _Slope] = {}
        self._uses: dict[str, Counter[str]] = {}

    def range_of(self, formula: Formula) -> Range:
        uses = self.uses(formula)
        plain = self._plain(formula, {}, self._free)
        most = _MOST if plain[0] < 0 < plain[1] else _FEW
        if not uses or max(uses.values()) < 2 or len(uses) > most:
            return plain
        slopes = self.slope(formula).by
        low: dict[str, Range] = {}
        high: dict[str, Range] = {}
        for name in uses:
            a, b = self.given[name]
            lo, hi = slopes.get(name, NOTHING)
            if not (math.isfinite(a) and math.isfinite(b)):
                continue
            if lo >= 0:
                low[name], high[name] = (a, a), (b, b)
            elif hi <= 0:
                low[name], high[name] = (b, b), (a, a)
        least, greatest = self._plain(formula, low, {})[0], self._plain(formula, high, {})[1]
        return max(plain[0], least), min(plain[1], greatest)

    def uses(self, formula: Formula) -> Counter[str]:
        """Return how often each quantity occurs, with derived names written out."""
        if formula.op == "name":
            if formula.of not in self.derived:
                self._known(formula.of)
                return Counter([formula.of])
            if formula.of not in self._uses:
                self._uses[formula.of] = self.uses(self.derived[formula.of])
            return self._uses[formula.of]
        out: Counter[str] = Counter()
        for arg in formula.args:
            out.update(self.uses(arg))
        return out

    def _known(self, name: str) -> Range:
        if name not in self.given:
            known = did_you_mean(name, self.given)
            raise RimlandError(f"nothing is known of the range of '{name}'.{known}")
        return self.given[name]

    def _plain(self, formula: Formula, fixed: Mapping[str, Range], seen: dict[str, Range]) -> Range:
        if formula.op == "num":
            return formula.value, formula.value
        if formula.op == "name":
            name = formula.of
            if name not in seen:
                if name in fixed:
                    seen[name] = fixed[name]
                elif name in self.derived:
                    seen[name] = self._plain(self.derived[name], fixed, seen)
                else:
                    seen[name] = self._known(name)
            return seen[name]
        parts = [self._plain(arg, fixed, seen) for arg in formula.args]
        if formula.op == "^":
            return _power(parts[0], parts[1])
        return _apply(formula.op, parts)

    def slope(self, formula: Formula) -> _Slope:
        """Return value and derivatives (forward differentiation in interval arithmetic)."""
        if formula.op == "num":
            return _Slope((formula.value, formula.value), {})
        if formula.op == "name":
            if formula.of not in self.derived:
                return _Slope(self._known(formula.of), {formula.of: (1.0, 1.0)})
            if formula.of not in self._slopes:
                self._slopes[formula.of] = self.slope(self.derived[formula.of])
            return self._slopes[formula.of]
        parts = [self.slope(arg) for arg in formula.args]
        values = [part.value for part in parts]
        value = _power(*values) if formula.op == "^" else _apply(formula.op, values)
        outer = _outer_slopes(formula, values, value)
        by: dict[str, Range] = {}
        for part, factor in zip(parts, outer, strict=True):
            for name, inner in part.by.items():
                by[name] = add(by.get(name, NOTHING), times(factor, inner))
        return _Slope(value, by)


def _outer_slopes(formula: Formula, values: list[Range], value: Range) -> list[Range]:
    """Return the derivative of one operation by each of its arguments."""
    one: Range = (1.0, 1.0)
    op, a = formula.op, values[0]
    if op == "+":
        return [one, one]
    if op == "-":
        return [one, (-1.0, -1.0)]
    if op == "*":
        return [values[1], a]
    if op == "/":
        return [over(one, values[1]), negative(over(value, values[1]))]
    if op == "neg":
        return [(-1.0, -1.0)]
    if op == "exp":
        return [value]
    if op == "log":
        return [over(one, (max(a[0], 0.0), max(a[1], 0.0)))]
    if op == "sqrt":
        return [over((0.5, 0.5), value)]
    n = values[1]
    if n[0] == n[1]:
        return [times(n, _power(a, (n[0] - 1, n[0] - 1))), NOTHING]
    return [ANY, ANY]


def add(a: Range, b: Range) -> Range:
    """Return the range of a sum."""
    low, high = a[0] + b[0], a[1] + b[1]
    return (-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def negative(a: Range) -> Range:
    """Return the range of the negative."""
    return -a[1], -a[0]


def times(a: Range, b: Range) -> Range:
    """Return the range of a product; 0 times infinity is 0, for every value itself is finite."""
    products = [x * y if x != 0 and y != 0 else 0.0 for x in a for y in b]
    return min(products), max(products)


def over(a: Range, b: Range) -> Range:
    """Return the range of a quotient; any number where the divisor can have both signs."""
    if b[0] < 0 < b[1] or b == (0.0, 0.0):
        return ANY
    low = math.copysign(math.inf, -1) if b[1] == 0 else 1.0 / b[1]
    high = math.inf if b[0] == 0 else 1.0 / b[0]
    return times(a, (low, high))


def _power(a: Range, b: Range) -> Range:
    if b[0] == b[1] and b[0] == int(b[0]) and abs(b[0]) < 64:
        n = int(b[0])
        if n < 0:
            return over((1.0, 1.0), _power(a, (float(-n), float(-n))))
        ends = (_raised(a[0], n), _raised(a[1], n))
        if n % 2 == 0 and a[0] < 0 < a[1]:
            return (0.0 if n else 1.0), max(ends)
        return min(ends), max(ends)
    if a[0] < 0:
        return ANY
    return _apply("exp", [times(b, _apply("log", [a]))])


def _raised(x: float, n: int) -> float:
    try:
        return float(x**n)
    except OverflowError:
        return math.inf if x > 0 or n % 2 == 0 else -math.inf


def _apply(op: str, parts: list[Range]) -> Range:
    a = parts[0]
    if op == "+":
        return add(a, parts[1])
    if op == "-":
        return add(a, negative(parts[1]))
    if op == "*":
        return times(a, parts[1])
    if op == "/":
        return over(a, parts[1])
    if op == "neg":
        return negative(a)
    if op == "exp":
        return _exp(a[0]), _exp(a[1])
    if op == "log":
        return _log(a[0]), _log(a[1])
    return math.sqrt(max(a[0], 0.0)), math.sqrt(max(a[1], 0.0))


def _exp(x: float) -> float:
    return math.inf if x > 709 else math.exp(x)


def _log(x: float) -> float:
    if x <= 0:
        return -math.inf
    return math.log(x) if math.isfinite(x) else x

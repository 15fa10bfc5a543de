"""Formulas: how an entry of theta follows from the scenario's quantities.

A formula is an expression tree over quantity names and constants. It is evaluated once per
draw, before any future runs; it can be printed, saved, loaded and walked back to its names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rimland.errors import ProgramError, did_you_mean

Array = NDArray[np.float64]

_BINARY = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}
_UNARY = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt, "neg": np.negative}
BINARY, UNARY = tuple(_BINARY), tuple(_UNARY)
"""The operations of two arguments and of one."""
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


@dataclass(frozen=True)
class Formula:
    """One node: `op` is `num`, `name`, a binary sign, or a function of one argument."""

    op: str
    args: tuple[Formula, ...] = ()
    value: float = 0.0
    of: str = ""

    def __add__(self, other: Formula | float) -> Formula:
        """Return the sum."""
        return Formula("+", (self, as_formula(other)))

    def __radd__(self, other: float) -> Formula:
        """Return the sum."""
        return Formula("+", (as_formula(other), self))

    def __sub__(self, other: Formula | float) -> Formula:
        """Return the difference."""
        return Formula("-", (self, as_formula(other)))

    def __rsub__(self, other: float) -> Formula:
        """Return the difference."""
        return Formula("-", (as_formula(other), self))

    def __mul__(self, other: Formula | float) -> Formula:
        """Return the product."""
        return Formula("*", (self, as_formula(other)))

    def __rmul__(self, other: float) -> Formula:
        """Return the product."""
        return Formula("*", (as_formula(other), self))

    def __truediv__(self, other: Formula | float) -> Formula:
        """Return the quotient."""
        return Formula("/", (self, as_formula(other)))

    def __rtruediv__(self, other: float) -> Formula:
        """Return the quotient."""
        return Formula("/", (as_formula(other), self))

    def __pow__(self, other: Formula | float) -> Formula:
        """Return the power."""
        return Formula("^", (self, as_formula(other)))

    def __neg__(self) -> Formula:
        """Return the negative."""
        return Formula("neg", (self,))

    def names(self) -> tuple[str, ...]:
        """Return the quantity names that the formula reads, in order of first use."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        if self.op == "name":
            return (self.of,)
        out: dict[str, None] = {}
        for arg in self.args:
            out.update(dict.fromkeys(arg.names()))
        return tuple(out)

    def evaluate(self, values: Mapping[str, Array]) -> Array:
        """Return the formula's value per draw; `values` maps each name to its draws.

        Raises ProgramError when a name is missing.
        """
        if self.op == "num":
            return np.float64(self.value)  # type: ignore[return-value]
        if self.op == "name":
            if self.of not in values:
                raise ProgramError(
                    f"a formula reads '{self.of}', which no quantity is called."
                    + did_you_mean(self.of, values)
                )
            return values[self.of]
        parts = [arg.evaluate(values) for arg in self.args]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.op in _BINARY:
                return _BINARY[self.op](*parts)
            return _UNARY[self.op](*parts)

    def __str__(self) -> str:
        """Return the formula as a person would write it."""
        if self.op == "num":
            return f"{self.value:g}"
        if self.op == "name":
            return self.of
        if self.op == "neg":
            return f"-{_bracket(self.args[0], 3)}"
        if self.op in _UNARY:
            return f"{self.op}({self.args[0]})"
        rank = _RANK[self.op]
        right = rank + (self.op in "-/")
        return f"{_bracket(self.args[0], rank)} {self.op} {_bracket(self.args[1], right)}"

    def to_json(self) -> Any:
        """Return nested lists: a number, a name, or [op, argument, ...]."""
        if self.op == "num":
            return self.value
        if self.op == "name":
            return self.of
        return [self.op, *(arg.to_json() for arg in self.args)]


def _bracket(part: Formula, rank: int) -> str:
    text = str(part)
    return f"({text})" if _RANK.get(part.op, 9) < rank else text


def num(value: float) -> Formula:
    """Return a constant. Constants in a lowering are forms, never facts: facts are quantities."""
    return Formula("num", value=float(value))


def name(of: str) -> Formula:
    """Return a reference to the quantity called `of`."""
    return Formula("name", of=of)


def log(arg: Formula) -> Formula:
    """Return the natural logarithm."""
    return Formula("log", (arg,))


def exp(arg: Formula) -> Formula:
    """Return the exponential."""
    return Formula("exp", (arg,))


def sqrt(arg: Formula) -> Formula:
    """Return the square root."""
    return Formula("sqrt", (arg,))


def as_formula(value: Formula | float) -> Formula:
    """Return `value` as a formula."""
    return value if isinstance(value, Formula) else num(value)


def formula_from_json(data: Any) -> Formula:
    """Return the formula saved by `Formula.to_json`; raises ProgramError on anything else."""
    if isinstance(data, bool):
        raise ProgramError(f"{data!r} is not a formula; expected a number, a name or [op, ...]")
    if isinstance(data, (int, float)):
        return num(data)
    if isinstance(data, str):
        return name(data)
    if isinstance(data, list) and data and isinstance(data[0], str):
        op, args = data[0], tuple(formula_from_json(arg) for arg in data[1:])
        if (op in _BINARY and len(args) == 2) or (op in _UNARY and len(args) == 1):
            return Formula(op, args)
        known = [*_BINARY, *_UNARY]
        raise ProgramError(
            f"'{op}' with {len(args)} arguments is not an operation; known: {', '.join(known)}"
        )
    raise ProgramError(f"{data!r} is not a formula; expected a number, a name or [op, ...]")

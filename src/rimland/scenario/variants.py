"""Variants: from names and wildcards to the switch of a program and numbers that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from rimland.dates import day_number
from rimland.errors import RimlandError, did_you_mean, nearest
from rimland.notation.parse import parse
from rimland.notation.problems import Problems
from rimland.notation.quantity import Quantity
from rimland.notation.yamlfile import Document
from rimland.program.model import NO_SWITCH, Hold, Program, Switch, Variable
from rimland.scenario.check import check_number
from rimland.scenario.declaration import AS_ASSESSED, Variant
from rimland.scenario.doubt import Doubt
from rimland.vocab.lowering import canonical


@dataclass(frozen=True)
class Resolved:
    """A variant made ready to run: what it pins or starts elsewhere, and numbers that differ."""

    id: str
    label: str
    says: str
    because: str = ""
    switch: Switch = NO_SWITCH
    quantities: Mapping[str, Quantity] = field(default_factory=dict)

    def joined(self, other: Resolved) -> Resolved:
        """Return both variants at once; where they touch the same thing, `other` wins."""
        return Resolved(
            f"{self.id}+{other.id}",
            f"{self.label} and {other.label}",
            f"{self.says}; and {other.says}",
            "",
            self.switch.joined(other.switch),
            {**self.quantities, **other.quantities},
        )


BASELINE = Resolved(AS_ASSESSED, "as assessed", "everything as declared")


def combine(name: str, known: Mapping[str, Resolved]) -> Resolved:
    """Return the variant called `name`, where `a+b` is both at once.

    Raises RimlandError that names the nearest known variant.
    """
    parts = [part.strip() for part in name.split("+")]
    found: Resolved | None = None
    for part in parts:
        if part not in known:
            raise RimlandError(
                f"there is no variant '{part}'.{did_you_mean(part, known)} "
                f"Known: {', '.join(known)}. Join two with '+'."
            )
        if part == AS_ASSESSED and len(parts) > 1:
            continue
        found = known[part] if found is None else found.joined(known[part])
    return found or BASELINE


def resolve(
    variant: Variant,
    at: tuple[str | int, ...],
    document: Document,
    program: Program,
    quantities: Mapping[str, Quantity],
    dates: tuple[date, date],
    doubt: Doubt,
    problems: Problems,
) -> Resolved:
    """Return `variant` with its wildcards and level names looked up in `program`.

    `dates` are the as-of date and the horizon.
    """
    variables = {v.name: v for v in program.variables}
    finder = _Finder(variables, document, problems, at, doubt)
    as_of, horizon = dates
    from_day = 0.0
    if variant.from_ is not None:
        from_day = float(day_number(variant.from_, as_of))
        if from_day < 0:
            problems.report(
                document.place((*at, "from")),
                f"variants.{variant.id}.from",
                f"{variant.from_} lies before the as-of date {as_of}",
                expected=f"a date from {as_of} on",
                code="date-order",
            )
            from_day = 0.0
        elif as_of < horizon < variant.from_:
            problems.report(
                document.place((*at, "from")),
                f"variants.{variant.id}.from",
                f"{variant.from_} lies after the horizon {horizon}, so nothing would differ",
                expected=f"a date up to {horizon}",
                code="date-order",
            )
    holds: dict[str, Hold] = {}
    for key, level in variant.hold.items():
        for name, value in finder.levels(variant.id, "hold", key, level):
            holds[name] = Hold(name, value, from_day)
    starts: dict[str, int] = {}
    numbers: dict[str, Quantity] = {}
    for key, level in variant.set.items():
        if key == "quantities":
            numbers.update(finder.numbers(variant.id, level, quantities))
        else:
            starts.update(finder.levels(variant.id, "set", key, level))
    return Resolved(
        variant.id,
        variant.label or variant.id.replace("-", " "),
        variant.says,
        variant.because,
        Switch(starts, tuple(holds.values())),
        numbers,
    )


class _Finder:
    """Looks names up and reports those that nothing is called, with the nearest."""

    def __init__(
        self,
        variables: Mapping[str, Variable],
        document: Document,
        problems: Problems,
        at: tuple[str | int, ...],
        doubt: Doubt,
    ) -> None:
        self._variables = variables
        self._doubt = doubt
        self._document = document
        self._problems = problems
        self._at = at

    def levels(self, owner: str, verb: str, key: str, level: Any) -> list[tuple[str, int]]:
        place = self._document.place((*self._at, verb, key), key=True)
        names = self._matching(key)
        if not names and not self._doubt.covers(canonical(key)):
            self._problems.report(
                place,
                f"variants.{owner}.{verb}",
                f"nothing is called '{key}'",
                expected="a variable of the scenario, or a pattern with * that fits some",
                near=nearest(canonical(key), self._variables),
            )
        out = []
        for name in names:
            value = level_value(self._variables[name], level)
            if value is None:
                variable = self._variables[name]
                known = variable.levels or (f"{variable.lo} to {variable.hi}",)
                self._problems.report(
                    self._document.place((*self._at, verb, key)),
                    f"variants.{owner}.{verb}.{key}",
                    f"'{level}' is not a level of {name}",
                    expected="one of " + ", ".join(known),
                    near=nearest(str(level), known),
                )
                break
            out.append((name, value))
        return out

    def numbers(self, owner: str, given: Any, known: Mapping[str, Quantity]) -> dict[str, Quantity]:
        out: dict[str, Quantity] = {}
        at = (*self._at, "set", "quantities")
        field = f"variants.{owner}.set.quantities"
        if not isinstance(given, dict):
            self._problems.report(
                self._document.place(at),
                field,
                "is no mapping",
                expected="the dotted names of numbers, each with a quantity",
                code="type",
            )
            return out
        for name in given:
            path = (*at, name)
            read = None
            if name in known:
                read = parse(Quantity, self._document, self._problems, path)
            if check_number(
                name, read, known, self._doubt, self._document, path, field, self._problems
            ):
                assert read is not None
                out[name] = read
        return out

    def _matching(self, key: str) -> list[str]:
        name = canonical(key)
        if "*" in name:
            return [known for known in self._variables if fnmatchcase(known, name)]
        return [name] if name in self._variables else []


def level_value(variable: Variable, level: Any) -> int | None:
    """Return the level as the integer that the variable holds, or None if there is none such."""
    text = str(level)
    if text in variable.levels:
        return variable.lo + variable.levels.index(text)
    try:
        number = int(text)
    except ValueError:
        return None
    return number if variable.lo <= number <= variable.hi and not variable.levels else None

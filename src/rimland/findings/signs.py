"""Built in: a verdict that follows from signs alone, whatever the numbers are within their ranges.

`proof` follows a program with a switch and without it side by side, under one coupling, through
everything that both can be in (`signs_pairs`), and looks whether the measure can differ either
way. What it cannot show it calls unknown. The method, its assumptions and its limits are in
docs/built-in.md.

References: Massey (1987) and Mueller & Stoyan (2002) on monotone Markov processes; Glasserman &
Yao (1992) on monotone generalized semi-Markov processes; Wellman (1990) on signs of paths; Cousot
& Cousot (1977) on least fixed points that are too large rather than too small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import RimlandError, did_you_mean
from rimland.findings.measures import PerDraw
from rimland.findings.signs_measure import Found, Sign, follow
from rimland.findings.signs_paths import MEASURE, Path, Step, arrows, difference, paths, to_measure
from rimland.findings.signs_ranges import Range, parameter_ranges, quantity_ranges
from rimland.program.layers import triples, written_out
from rimland.program.model import Index, Program, Switch, Weighted
from rimland.program.slices import restricted, sliced

if TYPE_CHECKING:
    from rimland.findings.effects import Summary
    from rimland.findings.signs_pairs import Pairs
    from rimland.program.formula import Formula
    from rimland.vocab.measure import Measure

__all__ = ["Path", "Proof", "Step", "contradicted", "parameter_ranges", "proof", "quantity_ranges"]

ERRORS = 5.0
"""A proof is contradicted beyond so many standard errors: by chance in 3 of 10 million cases."""
_SHOWN = 12
_MOST_TRIPLES = 2_000
"""Shared partners are followed triple by triple; more than this would take too long."""


@dataclass(frozen=True)
class Proof:
    """What signs alone say of the effect of a switch on a measure: with it minus without it.

    sign        "+" never below 0 in expectation, "-" never above, "0" always 0, or "unknown"
    supporting  the paths that make the sign; when unknown, those that raise the measure
    opposing    the paths of the other or of an open sign; beside a sign they cannot turn it
    reason      why it is unknown, in words; empty otherwise
    left_out    parameters whose arrows oppose but have no source: they did not count, and the
                sign is that of all the rest
    all_paths   whether the paths are all there are; of very many, the shortest are kept
    """

    sign: Sign
    supporting: tuple[Path, ...] = ()
    opposing: tuple[Path, ...] = ()
    reason: str = ""
    left_out: tuple[str, ...] = ()
    all_paths: bool = True

    @property
    def known(self) -> bool:
        """Whether there is a sign."""
        return self.sign != "unknown"

    def agrees(self, direction: str) -> bool:
        """Return whether a claim of `more` or `less` of the measure is built in."""
        return self.sign == ("+" if direction == "more" else "-")

    def lines(self) -> list[str]:
        """Return the proof in words, a line each."""
        says = {
            "+": "never lowers the measure",
            "-": "never raises the measure",
            "0": "never moves the measure",
        }
        if not self.known:
            return [f"unknown: {self.reason}"]
        out = [f"whatever the numbers within their ranges, the switch {says[self.sign]}"]
        out += [f"by {path.text()}" for path in self.supporting[:_SHOWN]]
        hidden = len(self.supporting) - _SHOWN
        if hidden > 0:
            out.append(f"and by {hidden} more paths like these")
        out += [
            f"against it, but unable to turn it, {path.text()}" for path in self.opposing[:_SHOWN]
        ]
        out += [f"left out, for it has no source: {name}" for name in self.left_out]
        return out

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "sign": self.sign,
            "reason": self.reason,
            "supporting": [path.text() for path in self.supporting[:_SHOWN]],
            "opposing": [path.text() for path in self.opposing[:_SHOWN]],
            "paths": len(self.supporting) + len(self.opposing),
            "left_out": list(self.left_out),
        }


def proof(
    program: Program,
    ranges: Mapping[str, Range],
    with_: Switch,
    without: Switch,
    measure: Measure,
    *,
    counts: Callable[[str], bool] | None = None,
    derived: Mapping[str, Formula] | None = None,
) -> Proof:
    """Return the sign of the effect of `with_` against `without` on `measure`, if it is built in.

    ranges   lowest and highest admissible value of each parameter (see `parameter_ranges`)
    counts   says of a quantity whether it has a source. Where an arrow is no constant of the form
             and one of its quantities has none, the arrow may not stand in the way: if its sign
             is open it is taken with that of its central value, and if it opposes it is left out
    derived  formulas of derived names, so that `counts` is asked of quantities only

    Raises RimlandError when the measure's observers or a range are missing.
    """
    _check(program, ranges, measure)
    part = sliced(program, [*measure.observers, *measure.over])
    if part.layers:
        count = triples(part)
        if count > _MOST_TRIPLES:
            return Proof("unknown", reason=f"it counts shared partners over {count} triples")
        part = written_out(part)
    switches = (restricted(with_, part), restricted(without, part))
    found = follow(part, ranges, switches, measure)
    made = _proof(found, part, measure)
    if made.known or counts is None:
        return made
    sourced = _Sourced(part, counts, derived or {})
    others = []
    for sign in ("+", "-"):
        cut, narrowed, left = sourced.without_opposing(made, sign, ranges)
        if left:
            again = _proof(follow(cut, narrowed, switches, measure), cut, measure)
            if again.sign == sign:
                others.append(replace(again, left_out=left))
    return others[0] if len(others) == 1 else made


def contradicted(made: Proof, found: Summary | PerDraw, errors: float = ERRORS) -> bool:
    """Return whether a paired effect has the other sign than the proof, beyond error.

    That is an internal error: the proof or the engine is wrong. Of numbers per draw their sum is
    compared with its standard error, for no draw may have the other sign; of a summary its median
    with its own. A proof that left arrows out says nothing of the whole program.
    """
    if not made.known or made.left_out:
        return False
    if isinstance(found, PerDraw):
        held = np.isfinite(found.values) & np.isfinite(found.se)
        value = float(found.values[held].sum())
        error = float(np.sqrt((found.se[held] ** 2).sum()))
    else:
        value, error = found.median, found.mc_error
    if not np.isfinite(value) or not np.isfinite(error):
        return False
    slack = errors * error + 1e-9 * abs(value)
    above, below = value > slack, value < -slack
    return {"+": below, "-": above, "0": above or below}[made.sign]


def _check(program: Program, ranges: Mapping[str, Range], measure: Measure) -> None:
    observers = {o.name for o in program.observers}
    for name in (*measure.observers, *measure.over):
        if name not in observers:
            known = did_you_mean(name, observers)
            raise RimlandError(f"'{measure.name}' reads the unknown observer '{name}'.{known}")
    for parameter in program.parameters:
        if parameter.name not in ranges:
            raise RimlandError(f"no range is given for the parameter '{parameter.name}'")


def _proof(found: Found, program: Program, measure: Measure) -> Proof:
    sign: Sign = "unknown" if found.trouble else found.ways.sign
    if found.pairs is None:
        return Proof(sign, reason=found.trouble)
    inner = arrows(found.pairs)
    outer = [
        s if (o.name in measure.over) == (measure.scale < 0) else _turned(s)
        for o in program.observers
        for s in to_measure(found.pairs, o)
    ]
    steps = list(dict.fromkeys([*inner, *outer]))
    ways, whole = paths(found.pairs, steps)
    mine = "+" if sign == "unknown" else sign
    return Proof(
        sign,
        tuple(p for p in ways if p.sign == mine),
        tuple(p for p in ways if p.sign != mine),
        (found.trouble or _why(found.pairs, steps)) if sign == "unknown" else "",
        (),
        whole,
    )


def _turned(step: Step) -> Step:
    return replace(step, sign={"+": "-", "-": "+"}.get(step.sign, "?"))


def _why(pairs: Pairs, steps: list[Step]) -> str:
    """Return why no sign follows: the first place on the way where both ways are possible."""
    into: dict[str, list[Step]] = {}
    for step in steps:
        into.setdefault(step.after_, []).append(step)
    at, been = MEASURE, {MEASURE}
    while True:
        mixed = [
            s.before
            for s in into.get(at, ())
            if difference(pairs, s.before) == "?" and s.before not in been
        ]
        if not mixed:
            break
        at = mixed[0]
        been.add(at)
    rows = [s for s in into.get(at, ()) if difference(pairs, s.before) in "+-"]
    signs = {s: _times(difference(pairs, s.before), s.sign) for s in rows}
    for step in rows:
        if signs[step] == "?":
            through = f"'{step.through}'" if step.through else "it"
            ranges = pairs.worlds.ranges
            if step.because.endswith("either way"):
                what = f"{through} moves it either way"
            elif any(ranges[n][0] < 0 < ranges[n][1] for n in step.by):
                what = f"its sign is open, for {step.because}"
            elif step.by:
                what = f"{through} reads it so that more of it first helps, then hinders"
            else:
                what = f"{through} asks for it {step.because}: more of it first helps, then hinders"
            return f"{step.before} acts on {at}, but {what}"
    up = next((s for s, x in signs.items() if x == "+"), None)
    down = next((s for s, x in signs.items() if x == "-"), None)
    if up is not None and down is not None:
        return (
            f"paths of opposite sign meet at {at}: {_by(up)} raises it, {_by(down)} lowers it, "
            "and either can win"
        )
    causes = [pairs.causes.get((at, x)) for x in (1, -1)]
    names = sorted({c.transition for c in causes if c is not None and c.transition})
    if names:
        by = " and ".join(f"'{n}'" for n in names)
        return (
            f"{at} can be higher or lower with the switch, by {by}: transitions that race, that "
            "pass each other, or whose clocks begin anew, so that no order of the two is kept"
        )
    return f"{at} can differ either way"


def _by(step: Step) -> str:
    return f"{step.before} ({step.through + ', ' if step.through else ''}{step.because})"


def _times(a: str, b: str) -> str:
    return "?" if "?" in (a, b) else "+" if a == b else "-"


class _Sourced:
    """What becomes of a program when opposing arrows without a source do not count."""

    def __init__(
        self, program: Program, counts: Callable[[str], bool], derived: Mapping[str, Formula]
    ) -> None:
        self.program = program
        self.central = dict(
            zip(
                (p.name for p in program.parameters),
                program.default_theta()[0] if program.quantities else (),
                strict=False,
            )
        )

        known: dict[str, set[str]] = {}

        def leaves(names: Iterable[str]) -> set[str]:
            out: set[str] = set()
            for name in names:
                if name not in known:
                    known[name] = leaves(derived[name].names()) if name in derived else {name}
                out |= known[name]
            return out

        read = {p.name: leaves(p.formula.names()) for p in program.parameters}
        self.unsourced = {n for n, names in read.items() if not all(counts(q) for q in names)}

    def without_opposing(
        self, made: Proof, sign: str, ranges: Mapping[str, Range]
    ) -> tuple[Program, dict[str, Range], tuple[str, ...]]:
        """Return the program, its ranges and what was left out, if the claim were `sign`."""
        narrowed, left = dict(ranges), set()
        for path in (*made.supporting, *made.opposing):
            for name in path.parameters:
                low, high = ranges[name]
                if name in self.unsourced and low < 0 < high:
                    centre = self.central.get(name, 0.0)
                    if centre:
                        narrowed[name] = (0.0, high) if centre > 0 else (low, 0.0)
        for path in (*made.supporting, *made.opposing):
            if self._sign(path, ranges, narrowed) in (sign, "?"):
                continue
            left |= {n for n in path.parameters if n in self.unsourced}
        kept = {
            n
            for path in (*made.supporting, *made.opposing)
            if self._sign(path, ranges, narrowed) == sign
            for n in path.parameters
        }
        left -= kept
        clipped = {n for n in narrowed if narrowed[n] != ranges[n]}
        return _cut(self.program, left), narrowed, tuple(sorted(left | clipped))

    def _sign(self, path: Path, ranges: Mapping[str, Range], narrowed: Mapping[str, Range]) -> str:
        """Return a path's sign once open signs of unsourced arrows are taken at their centre."""
        sign = path.start_sign
        for step in path.steps:
            own = step.sign
            open_ = [n for n in step.by if ranges[n][0] < 0 < ranges[n][1]]
            if own == "?" and open_ and all(narrowed[n] != ranges[n] for n in open_):
                own = "-" if sum(narrowed[n][0] < 0 for n in open_) % 2 else "+"
            sign = _times(sign, own)
        return sign


def _cut(program: Program, left: set[str]) -> Program:
    """Return a program without the arrows weighed by parameters in `left`."""

    def kept(terms: tuple[Weighted, ...]) -> tuple[Weighted, ...]:
        return tuple(t for t in terms if t.parameter not in left)

    indices: list[Index] = [replace(i, terms=kept(i.terms)) for i in program.indices]
    return replace(
        program,
        indices=tuple(indices),
        transitions=tuple(
            replace(
                t,
                clock=replace(t.clock, terms=kept(t.clock.terms)),
                outcomes=tuple(replace(o, terms=kept(o.terms)) for o in t.outcomes),
            )
            for t in program.transitions
        ),
    )

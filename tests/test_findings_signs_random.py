"""No false proof: random programs with random ranges, against the paired effects of runs.

A program is made at random, a sign is asked for, theta is drawn within the ranges, and both worlds
are run with the same luck (or solved exactly where the program is a Markov chain). A sign is false
if the mean paired effect is on the other side by more than 5 standard errors: by chance that
happens to a true sign in at most 3 of 10 million cases, so to any of 2,000 in less than 1 of 1,000
suites. Exact answers have to agree to 1e-9.
"""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest

from rimland.engine import run
from rimland.engine.exact import solve
from rimland.errors import ProgramError, RunError
from rimland.findings.signs import proof
from rimland.findings.signs_pairs import Pairs
from rimland.findings.signs_rules import Rule
from rimland.findings.signs_worlds import Worlds
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.formula import num
from rimland.program.model import Atom, Hold, Program, Switch, Term
from rimland.vocab.measure import Measure

HORIZON = 12.0
FUTURES = 150
ERRORS = 5.0


class Made:
    """One random case: a program, ranges, two switches and a measure."""

    def __init__(self, seed: int) -> None:
        self.begin(seed)
        count = int(self.rng.integers(2, 5))
        for i in range(count):
            name = "abcd"[i]
            self.tops[name] = int(self.rng.integers(1, 4))
            top = self.tops[name]
            start = 0 if self.flip(0.6) else int(self.rng.integers(0, top + 1))
            self.builder.variable(name, 0, top, start)
        self.readables = [*self.tops, *self.features()]
        for n in range(int(self.rng.integers(2, 7))):
            self.transition(f"t{n}")
        self.with_, self.without = self.switches()
        self.program, self.measure = self.finish()

    def begin(self, seed: int) -> None:
        """Start a case: its luck, and how much of it is monotone on purpose."""
        self.rng = np.random.default_rng(seed)
        self.ranges: dict[str, tuple[float, float]] = {}
        self.builder = ProgramBuilder(f"random-{seed}")
        self.markov = self.flip(0.5)
        self.tidy = self.rng.uniform(0.3, 1.0)  # how much of it is monotone on purpose
        self.tops: dict[str, int] = {}
        self.changes: list[str] = []

    def flip(self, chance: float) -> bool:
        return bool(self.rng.uniform() < chance)

    def pick(self, items):  # type: ignore[no-untyped-def]
        return items[int(self.rng.integers(len(items)))]

    def parameter(self, name: str, lo: float, hi: float) -> None:
        """Give the parameter called `name` a range within [lo, hi]."""
        if self.flip(0.3):
            x = float(self.rng.uniform(lo, hi))
            self.ranges[name] = (x, x)
        else:
            a, b = sorted(self.rng.uniform(lo, hi, 2))
            self.ranges[name] = (float(a), float(b))

    def weight(self, name: str) -> None:
        if self.flip(self.tidy):
            sign = 1 if self.flip(0.6) else -1
            lo, hi = (0.2, 1.5) if self.flip(0.8) else (0.0, 0.1)
            self.parameter(name, *((lo, hi) if sign > 0 else (-hi, -lo)))
        else:
            self.parameter(name, -1.0, 1.0)

    def features(self) -> list[str]:
        out = []
        tide = None
        if not self.markov and self.flip(0.3):
            values = self.rng.integers(-1, 3, 3)
            tide = self.builder.covariate("tide", [0.0, 3.0, 7.0], [float(v) for v in values])
        for n in range(int(self.rng.integers(0, 4))):
            a, b = self.pick(list(self.tops)), self.pick(list(self.tops))
            top = self.tops[a]
            kind = int(self.rng.integers(0, 6))
            if kind == 0:
                out.append(self.builder.indicator(a, min(1, top), top))
            elif kind == 1:
                out.append(self.builder.indicator(a, 0, max(0, top - 1)))
            elif kind == 2 and a != b:
                terms = [Term(1, (Atom(a), Atom(b)))]
                out.append(self.builder.feature(f"f{n}", terms, "identity", tide))
            elif kind == 3:
                transform = self.pick(["log1p", "sqrt", "log"])
                terms = [Term(1, (Atom(a),)), Term(1, (Atom(b, self.tops[b], self.tops[b]),))]
                shift = tide if transform != "sqrt" else None
                out.append(self.builder.feature(f"f{n}", terms, transform, shift))
            elif kind == 4:
                transform = self.pick(["identity", "identity", "log1p", "log"])
                self.builder.index(f"i{n}", [(num(0), a), (num(0), b)][: 1 + (a != b)],
                                   num(0), transform)  # fmt: skip
                low = 0.5 if transform != "identity" else -1.0
                self.parameter(f"i{n}:constant", low, 1.5)
                for of in {a, b}:
                    if transform == "identity":
                        self.weight(f"i{n}:{of}")
                    else:
                        self.parameter(f"i{n}:{of}", 0.0 if self.flip(0.8) else -0.05, 1.0)
                out.append(f"i{n}")
            elif a != b:
                terms = [Term(2, (Atom(a),)), Term(-1, (Atom(b, 1, self.tops[b]),))]
                out.append(self.builder.feature(f"f{n}", terms))
        return list(dict.fromkeys(out))

    def terms(self, owner: str, but: str) -> list[tuple[object, str]]:
        out = []
        for _ in range(int(self.rng.integers(0, 4))):
            of = self.pick(self.readables)
            if of != but and all(of != o for _, o in out):
                self.weight(f"{owner}:{of}")
                out.append((num(0), of))
        return out

    def clock(self, name: str, target: str):  # type: ignore[no-untyped-def]
        b = self.builder
        kind = 0 if self.markov else int(self.rng.integers(0, 6))
        again = "restart" if self.flip(0.5) else "resume"
        if kind <= 1:
            self.parameter(f"{name}:log_rate", -3.0, -0.5)
            return b.exponential(name, num(0), self.terms(name, target))
        if kind == 2:
            days = sorted({int(d) for d in self.rng.integers(1, 12, 3)})
            return b.calendar(days)
        if kind == 3:
            self.parameter(f"{name}:log_median", 0.0, 2.0)
            self.parameter(f"{name}:sigma", 0.2, 1.0)
            return b.lognormal(name, num(0), num(0), self.terms(name, target), again)
        if kind == 4:
            self.ranges[f"{name}:days"] = (0.0, 0.0)
            return b.fixed(name, num(0))
        self.parameter(f"{name}:days", 1.0, 6.0)
        return b.fixed(name, num(0), self.terms(name, target), again)

    def guard(self, target: str, level: int | None, up: bool):  # type: ignore[no-untyped-def]
        top = self.tops[target]
        if level is None:
            out = [when(target, 0, top - 1) if up else when(target, 1, top)]
        else:
            out = [when(target, level)]
        for v in self.tops:
            if v != target and self.flip(0.5):
                t = self.tops[v]
                cut = int(self.rng.integers(0, t + 1))
                shape = 0 if self.flip(self.tidy) else 2
                if self.flip(0.3):
                    shape = 1
                out.append([when(v, cut, t), when(v, 0, cut), when(v, cut)][shape])
        return out

    def transition(self, name: str) -> None:
        target = self.pick(list(self.tops))
        top = self.tops[target]
        up = self.flip(0.7)
        if self.flip(0.5):
            level = int(self.rng.integers(0, top)) if up else int(self.rng.integers(1, top + 1))
            guard = self.guard(target, level, up)
            to = level + 1 if up else level - 1
            if not self.flip(self.tidy):
                to = int(self.rng.integers(0, top + 1))
            effects = [set_to(target, to)]
        else:
            guard = self.guard(target, None, up)
            effects = [add(target, 1 if up else -1)]
        clock = self.clock(name, target)
        if self.flip(0.25):  # something else moves with it
            other = self.pick(list(self.tops))
            if other != target:
                effects.append(set_to(other, int(self.rng.integers(0, self.tops[other] + 1))))
        if self.flip(0.25):
            other = self.pick(list(self.tops))
            second = [set_to(other, int(self.rng.integers(0, self.tops[other] + 1)))]
            if self.flip(0.4):
                second = [set_to(target, 0)]
            label = [f"{name}:yes:log_weight", f"{name}:no:log_weight"]
            for each in label:
                self.parameter(each, -1.0, 1.0)
            outcomes = [
                self.builder.outcome(name, "yes", effects, num(0), self.terms(f"{name}:yes", "")),
                self.builder.outcome(name, "no", second, num(0)),
            ]
            self.builder.transition(name, clock, outcomes, guard, int(self.rng.integers(-1, 2)))
        else:
            self.builder.transition(name, clock, effects, guard, int(self.rng.integers(-1, 2)))
        self.changes.append(name)

    def finish(self) -> tuple[Program, Measure]:
        b = self.builder
        kind = self.pick(["level", "integral", "first", "hazard", "count", "ratio"])
        reached, near, moving = self.reached()
        of = self.pick([r for r in self.readables if near[r] & reached] or self.readables)
        k = self.pick(moving or self.changes)
        b.observer("level", "level", of)
        b.observer("integral", "integral", of)
        v = self.pick(sorted(reached))
        cut = int(self.rng.integers(0, self.tops[v] + 1))
        hi = self.tops[v] if self.flip(0.8) else cut
        b.observer("first", "first", v, lo=cut, hi=hi)
        b.observer("count", "count", None if self.flip(0.7) else of, transition=k)
        used = [("level", "level"), ("mean", "integral"), ("probability", "first"),
                ("total", "count")]  # fmt: skip
        program = b.build({})
        clocks = {t.name: t.clock.kind for t in program.transitions}
        if clocks[k] == "exponential":
            b.observer("hazard", "hazard", None if self.flip(0.5) else of, transition=k)
            used.append(("total", "hazard"))
            program = b.build({})
        how, observer = self.pick(used)
        if kind == "ratio":
            other = self.pick(self.changes)
            b.observer("below", "count", transition=other)
            program = b.build({})
            observer = self.pick(["count", "integral"])
            return program, Measure("m", "", "", "ratio", (observer,), ("below",))
        return program, Measure("m", "", "", how, (observer,), scale=self.pick([1.0, 1.0, -1.0]))

    def reached(self) -> tuple[set[str], dict[str, set[str]], list[str]]:
        """Return variables that the switch reaches, what readables read, transitions reached."""
        program = self.builder.build({})
        near = {v: {v} for v in self.tops}
        for f in program.features:
            near[f.name] = {a.variable for t in f.terms for a in t.atoms}
        for i in program.indices:
            near[i.name] = {v for t in i.terms for v in near[t.of]}
        reached = set()
        for switch in (self.with_, self.without):
            reached |= {*switch.starts, *(h.variable for h in switch.holds)}
        moving: set[str] = set()
        while True:
            before = len(reached) + len(moving)
            for t in program.transitions:
                terms = [*t.clock.terms, *(w for o in t.outcomes for w in o.terms)]
                reads = {g.variable for g in t.guard} | {v for w in terms for v in near[w.of]}
                if reads & reached:
                    moving.add(t.name)
                    reached |= {e.variable for o in t.outcomes for e in o.effects}
            if len(reached) + len(moving) == before:
                return reached, near, sorted(moving)

    def switches(self) -> tuple[Switch, Switch]:
        v = self.pick(list(self.tops)[:3])
        top = self.tops[v]
        high = int(self.rng.integers(1, top + 1))
        low = int(self.rng.integers(0, high))
        kind = int(self.rng.integers(0, 5))
        late = 0.0 if self.markov or self.flip(0.7) else 3.0
        one = Switch({}, (Hold(v, high, late),))
        if kind == 0:
            return one, Switch({}, (Hold(v, low, late),))
        if kind == 1:
            return one, Switch()
        if kind == 2:
            return Switch({v: high}), Switch({v: low})
        if kind == 3:
            return Switch(), Switch({}, (Hold(v, low, late),))
        w = self.pick(list(self.tops))
        other = int(self.rng.integers(0, self.tops[w] + 1))
        return Switch({w: other}, (Hold(v, high),)), Switch({w: 0}, (Hold(v, low),))

    def theta(self) -> np.ndarray:
        row = []
        for p in self.program.parameters:
            lo, hi = self.ranges[p.name]
            place = self.rng.uniform() if self.flip(0.7) else float(self.flip(0.5))
            row.append(lo + (hi - lo) * place)
        return np.array([row])


class Story(Made):
    """A random case like those of scenarios: steps with hurdles, gates, and what follows."""

    def __init__(self, seed: int) -> None:
        self.begin(seed)
        self.markov = self.flip(0.2)
        b = self.builder
        for name, top, start in (
            ("gate", 1, 1), ("ease", 2, 0), ("stage", 3, 1), ("hurdle", 2, 1), ("flag", 1, 0),
            ("tie", 2, 0), ("heat", 2, 0),
        ):  # fmt: skip
            self.tops[name] = top
            b.variable(name, 0, top, start)
        self.readables = [*self.tops, b.indicator("stage", 3, 3), b.indicator("hurdle", 2, 2)]
        self.readables += self.features()
        ease = [(num(0), "ease")] if self.flip(0.7) else []
        gate = [when("gate", 1)] if self.flip(0.7) else []
        fails = [set_to("hurdle", 0)] + ([set_to("stage", 0)] if self.flip(0.7) else [])
        first = int(self.rng.integers(1, 3))
        for label in ("hurdle:yes:log_weight", "hurdle:no:log_weight"):
            self.parameter(label, -1.0, 1.0)
        odds = [(num(0), "ease")] if self.flip(0.3) else []
        outcomes = [
            b.outcome("hurdle", "yes", [set_to("hurdle", 2)], num(0)),
            b.outcome("hurdle", "no", fails, num(0), odds),
        ]
        if odds:
            self.weight("hurdle:no:ease")
        ask = [when("stage", first), when("hurdle", 1), *gate]
        self.change("hurdle", outcomes, ask, ease if self.flip(0.3) else [])
        for level in (1, 2):
            guard = [when("stage", level)] + ([when("hurdle", 2)] if level == first else [])
            to = level + 1 if self.flip(0.9) else int(self.rng.integers(0, 4))
            self.change(f"step{level}", [set_to("stage", to)], guard, ease)
        if self.flip(0.7):
            self.ranges["follow:days"] = (0.0, 0.0)
            ask = [when("stage", 3), when("flag", 0)]
            effects = [set_to("flag", 1), set_to("tie", int(self.rng.integers(0, 3)))]
            b.transition("follow", b.fixed("follow", num(0)), effects, ask)
            self.changes.append("follow")
        for n in range(int(self.rng.integers(0, 3))):
            self.transition(f"t{n}")
        terms = [(num(0), self.pick(self.readables)), (num(0), "tie")]
        terms = terms[: 1 + (terms[0][1] != "tie")]
        for name, level in (("heats", 0), ("boils", 1)):
            self.parameter(f"{name}:log_rate", -3.0, -0.5)
            for _, of in terms:
                self.weight(f"{name}:{of}")
            clock = b.exponential(name, num(0), terms)
            b.transition(name, clock, [set_to("heat", level + 1)], [when("heat", level)])
            self.changes.append(name)
        if self.flip(0.3):
            self.parameter("cools:log_rate", -2.0, 0.0)
            guard = [when("heat", self.pick([1, 2]))]
            b.transition("cools", b.exponential("cools", num(0)), [set_to("heat", 0)], guard)
        self.with_, self.without = self.switches()
        self.program, self.measure = self.finish()

    def change(self, name: str, what, guard, terms) -> None:  # type: ignore[no-untyped-def]
        """Add a step: a duration most of the time."""
        b = self.builder
        again = "restart" if self.flip(0.4) else "resume"
        for _, of in terms:
            self.weight(f"{name}:{of}")
        if self.markov or self.flip(0.2):
            self.parameter(f"{name}:log_rate", -2.5, -0.5)
            clock = b.exponential(name, num(0), terms)
        elif self.flip(0.6):
            self.parameter(f"{name}:log_median", 0.0, 1.5)
            self.parameter(f"{name}:sigma", 0.2, 1.0)
            clock = b.lognormal(name, num(0), num(0), terms, again)
        else:
            self.parameter(f"{name}:days", 1.0, 4.0)
            clock = b.fixed(name, num(0), terms, again)
        b.transition(name, clock, what, guard, int(self.rng.integers(-1, 2)))
        self.changes.append(name)


def effect(made: Made, theta: np.ndarray) -> tuple[float, float]:
    """Return the mean paired effect on the measure at the horizon, and its standard error."""
    names = [o.name for o in made.program.observers]
    m = made.measure
    if made.markov:
        values = []
        for switch in (made.with_, made.without):
            found = solve(made.program, theta[0], [HORIZON], switch=switch)
            top, bottom = (float(found.of(x[0])[0]) if x else 1.0 for x in (m.observers, m.over))
            values.append(m.scale * (top / bottom if bottom > 0 else np.nan))
        return values[0] - values[1], 1e-9
    columns = []
    for switch in (made.with_, made.without):
        futures = run(made.program, theta, futures=FUTURES, seed=7, horizon_days=HORIZON,
                      grid_days=[HORIZON], switch=switch, threads=1)  # fmt: skip
        assert tuple(names) == futures.observers
        x = futures.of(m.observers[0])[0, :, 0]
        if m.how == "probability":
            x = (x <= HORIZON).astype(float)
        columns.append((m.scale * x, futures.of(m.over[0])[0, :, 0] if m.over else None))
    (a, p), (b, q) = columns
    if p is None or q is None:
        with np.errstate(invalid="ignore"):
            d = a - b
        return float(d.mean()), float(d.std(ddof=1) / np.sqrt(FUTURES))
    if p.mean() == 0 or q.mean() == 0:
        return np.nan, np.nan
    r, s = a.mean() / p.mean(), b.mean() / q.mean()
    d = (a - r * p) / p.mean() - (b - s * q) / q.mean()
    return float(r - s), float(d.std(ddof=1) / np.sqrt(FUTURES))


def tried(seeds: range) -> tuple[Counter[str], list[str]]:
    """Return how often each sign was given, and the false ones."""
    signs: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        try:
            made = Story(seed) if seed % 2 else Made(seed)
            found = proof(made.program, made.ranges, made.with_, made.without, made.measure)
        except ProgramError:
            signs["no program"] += 1
            continue
        signs[found.sign] += 1
        if not found.known:
            continue
        for _ in range(2):
            theta = made.theta()
            try:
                mean, error = effect(made, theta)
            except (RunError, ValueError):
                signs["stopped"] += 1
                continue
            if not np.isfinite(mean) or not np.isfinite(error):
                continue
            slack = ERRORS * error + 1e-9
            signs["moved"] += abs(mean) > slack
            up, down = mean > slack, mean < -slack
            if {"+": down, "-": up, "0": up or down}[found.sign]:
                wrong.append(f"seed {seed}: proved {found.sign}, effect {mean:.4g} +- {error:.2g}")
    return signs, wrong


PROGRAMS = int(os.environ.get("RIMLAND_PROGRAMS", "2000"))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_sign_is_false_in_2000_random_programs() -> None:
    signs, wrong = tried(range(PROGRAMS))
    assert not wrong
    given = signs["+"] + signs["-"] + signs["0"]
    assert signs["+"] + signs["-"] > PROGRAMS / 5, "the signs that are given have to be at stake"
    assert signs["unknown"] > PROGRAMS / 10
    assert given + signs["unknown"] + signs["no program"] == PROGRAMS
    assert signs["moved"] > PROGRAMS / 4, "and the effects have to be there to contradict them"


def _lockstep(self: Pairs, rule: Rule, *_: object) -> set[tuple[bool, bool]]:
    return {(True, True)}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("owner", "name", "instead", "seeds"),
    [
        (Pairs, "_together", _lockstep, (168, 230)),  # no hazard is ever larger in one world
        (Worlds, "_once", lambda *_: True, (92, 222)),  # no clock ever rings twice
        (Pairs, "_duration", lambda *_: (False, False), (69, 335)),  # durations end together
        (Worlds, "outcome_pairs", lambda _, t, __: {(i, i) for i in range(len(t.outcomes))},
         (888, 1310)),  # odds never change
    ],
)  # fmt: skip
def test_a_coupling_that_is_too_good_is_found_out(  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch, owner, name: str, instead, seeds: tuple[int, ...]
) -> None:
    monkeypatch.setattr(owner, name, instead)
    assert any(tried(range(seed, seed + 1))[1] for seed in seeds)

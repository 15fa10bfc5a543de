"""Made-up worlds whose truth is known exactly, and what the verdict rule makes of them.

A world is a Markov chain (calm, crisis, war) with a switch that multiplies the hazard of a crisis,
or that of its end. What is not known are its hazards: a population of 200 settings, each solved
with and without the switch by uniformization (rimland.engine.exact), so that the true number of
every setting and the share of settings beyond any size are known. A repetition takes draws from
the population, runs the engine on them with fresh luck, and asks for a verdict. It is wrong when
it names a side on which less than 0.9 of the population lies.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rimland.engine import run
from rimland.engine.exact import solve
from rimland.findings.effects import paired
from rimland.findings.forecast import forecast
from rimland.findings.measures import PerDraw
from rimland.findings.verdict import Verdict, verdict
from rimland.program.build import ProgramBuilder, set_to, when
from rimland.program.model import Program, Switch
from rimland.vocab.measure import Measure

Array = NDArray[np.float64]

YEAR = 365.25
DAY = 10 * YEAR
SETTINGS = 200
CALM, CRISIS, WAR = 0, 1, 2


def crises() -> Program:
    """Return calm, crisis and war, with a switch on the hazard of a crisis and on its end."""
    b = ProgramBuilder("crises")
    b.variable("switch", 0, 1, 0)
    b.variable("state", CALM, WAR, CALM)
    starts = b.exponential("starts", math.log(0.05 / YEAR), [(0.0, "switch")])
    b.transition("starts", starts, [set_to("state", CRISIS)], [when("state", CALM)])
    # competing hazards: the share p that turns to war is rate / (rate + rate of ending)
    ends = b.exponential("ends", math.log(1 / 60), [(0.0, "switch")])
    b.transition("ends", ends, [set_to("state", CALM)], [when("state", CRISIS)])
    war = b.exponential("war", math.log(0.02 / 0.98 / 60), [(0.0, "switch")])
    b.transition("war", war, [set_to("state", WAR)], [when("state", CRISIS)])
    peace = b.exponential("peace", math.log(1 / 360))
    b.transition("peace", peace, [set_to("state", CALM)], [when("state", WAR)])
    b.feature("in crisis", [_term("state", CRISIS)])
    for kind in ("count", "hazard"):
        b.observer(f"crises {kind}", kind, transition="starts")  # type: ignore[arg-type]
        b.observer(f"wars {kind}", kind, transition="war")  # type: ignore[arg-type]
    b.observer("ended", "count", transition="ends")
    b.observer("days in crisis", "integral", "in crisis")
    b.observer("first crisis", "first", "state", lo=CRISIS)
    b.observer("first war", "first", "state", lo=WAR)
    return b.build({})


def _term(variable: str, level: int):  # type: ignore[no-untyped-def]
    from rimland.program.model import Atom, Term

    return Term(1, (Atom(variable, level, level),))


PROGRAM = crises()
COLUMN = {p.name: i for i, p in enumerate(PROGRAM.parameters)}
ON, OFF = Switch(starts={"switch": 1}), Switch(starts={"switch": 0})

MEASURES = {
    "crises, expected": Measure("a", "", "", "total", ("crises hazard",)),
    "crises, counted": Measure("b", "", "", "total", ("crises count",)),
    "wars, expected": Measure("c", "", "", "total", ("wars hazard",)),
    "wars, counted": Measure("d", "", "", "total", ("wars count",)),
    "P(crisis)": Measure("e", "", "", "probability", ("first crisis",)),
    "P(war)": Measure("f", "", "", "probability", ("first war",)),
    "days a crisis": Measure("g", "", "", "ratio", ("days in crisis",), ("ended",)),
    "days in crisis": Measure("h", "", "", "mean", ("days in crisis",)),
}


@dataclass(frozen=True)
class World:
    """A population of settings: log-normal hazards around a centre, the switch around a ratio."""

    name: str
    crises_a_year: float = 0.05
    war_share: float = 0.02
    ratio: float = 1.25
    on: str = "starts"  # what the switch acts on: `starts` or `ends`
    spread: float = 0.5  # of the log hazard
    ratio_spread: float = 0.1  # of the log ratio
    seed: int = 1

    @cached_property
    def theta(self) -> Array:
        """The settings, [SETTINGS, P]."""
        z = np.random.default_rng(self.seed).standard_normal((3, SETTINGS))
        theta = np.repeat(PROGRAM.default_theta()[:1], SETTINGS, axis=0)
        theta[:, COLUMN["starts:log_rate"]] = math.log(self.crises_a_year / YEAR)
        theta[:, COLUMN["starts:log_rate"]] += self.spread * z[0]
        odds = math.log(self.war_share / (1 - self.war_share)) + self.spread * z[1]
        theta[:, COLUMN["war:log_rate"]] = odds + math.log(1 / 60)
        effect = math.log(self.ratio) + self.ratio_spread * z[2]
        # a switch on the end of crises leaves the share that turns to war as it was
        for name in ("starts",) if self.on == "starts" else ("ends", "war"):
            theta[:, COLUMN[f"{name}:switch"]] = effect
        return theta

    @cached_property
    def _solved(self) -> dict[str, Array]:
        """Every observer's expected value at the horizon, [SETTINGS, 2]: without and with."""
        rows = [
            [solve(PROGRAM, row, [DAY], switch=s).expected[:, 0] for s in (OFF, ON)]
            for row in self.theta
        ]
        table = np.array(rows)
        return {name: table[:, :, o] for o, name in enumerate(o.name for o in PROGRAM.observers)}

    def true(self, measure: str, how: str) -> Array:
        """Return the true number of each setting: `absolute`, `relative` or `forecast`."""
        m = MEASURES[measure]
        values = self._solved[m.observers[0]]
        if m.how == "ratio":
            values = values / self._solved[m.over[0]]
        if m.how == "mean":
            values = values / DAY
        if how == "forecast":
            return np.asarray(values[:, 0] - 0.5)
        if how == "relative":
            return np.asarray(np.log(values[:, 1] / values[:, 0]))
        return np.asarray(values[:, 1] - values[:, 0])

    def seen(
        self, measure: str, how: str, rows: NDArray[np.intp], futures: int, seed: int
    ) -> PerDraw:
        """Return what the engine shows of the settings `rows` in so many futures a draw."""
        theta, m = self.theta[rows], MEASURES[measure]
        options = {"futures": futures, "seed": seed, "horizon_days": DAY, "grid_days": [DAY]}
        without = run(PROGRAM, theta, switch=OFF, threads=1, **options)  # type: ignore[arg-type]
        if how == "forecast":
            return forecast(m, without, DAY, "likely").g
        with_ = run(PROGRAM, theta, switch=ON, threads=1, **options)  # type: ignore[arg-type]
        return paired(m, with_, without, DAY, how == "relative")


SIDES = {"holds": 1, "reversed": -1, "negligible": 0}


def share(true: Array, smallest: float, name: str) -> float:
    """Return the exact share of the population on the side that a verdict names."""
    sides = np.where(np.abs(true) <= smallest, 0, np.sign(true))
    return float(np.mean(sides == SIDES[name]))


def size_at(true: Array, wanted: float, name: str) -> float:
    """Return a smallest size with just less than `wanted` of the population on the side named."""
    ordered = np.sort(np.abs(true) if name == "negligible" else SIDES[name] * true)
    k = math.ceil(wanted * true.size) - 1  # so many lie on the side, just less than wanted
    at = k if name == "negligible" else true.size - k
    return float(ordered[at - 1] + ordered[at]) / 2


@dataclass(frozen=True)
class Case:
    """One cell of a table: what is asked of which world, with the truth at a stated share."""

    world: World
    measure: str
    how: str
    name: str  # the verdict whose rate is counted
    share: float
    draws: int = 100
    futures: int = 20
    smallest: float | None = None

    @cached_property
    def size(self) -> float:
        """The smallest size that puts the stated share of the population on the named side."""
        true = self.world.true(self.measure, self.how)
        return size_at(true, self.share, self.name) if self.smallest is None else self.smallest

    def repetition(self, i: int) -> Verdict:
        """Return the verdict of the i-th repetition."""
        return self.judged(i, self.draws, self.futures)

    def judged(self, i: int, draws: int, futures: int) -> Verdict:
        """Return the verdict of the i-th repetition with so many draws and futures, nested."""
        # one stream of settings and of luck a repetition: more draws or futures contain the fewer
        rows = np.random.default_rng([i, 7]).integers(0, SETTINGS, draws)
        g = self.world.seen(self.measure, self.how, rows, futures, seed=1000 + i)
        return verdict(g, self.size)


def errors(case: Case, repetitions: int, first: int = 0) -> Counter[str]:
    """Return how often each verdict was reached; repetitions are numbered from `first`."""
    return Counter(case.repetition(first + i).label for i in range(repetitions))


PAIRS = 2_000_000  # draws x futures: more are not run, and counted as such


@dataclass(frozen=True)
class Settling:
    """What became of verdicts undecided for want of runs: counts of repetitions."""

    repetitions: int
    runs: int  # undecided (runs)
    named: int  # of these, with a number of futures or draws that would settle it
    too_many: int  # of these, more than this benchmark runs
    settled: int  # of those run, with a verdict
    later: Counter[str]  # what those run came to
    told: Counter[str]  # what those came to that could only name futures which would tell more

    @property
    def rate(self) -> float:
        """Share settled of those whose number was run."""
        run_ = self.named - self.too_many
        return self.settled / run_ if run_ else math.nan


def settling(case: Case, repetitions: int, first: int = 0) -> Settling:
    """Spend what each undecided verdict asks for, on the same luck continued."""
    runs = named = too_many = settled = 0
    later: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for i in range(first, first + repetitions):
        before = case.repetition(i)
        runs += before.why == "runs"
        if before.tells_futures and case.draws * before.tells_futures <= PAIRS:
            then = case.judged(i, case.draws, before.tells_futures)
            told["a verdict" if then.name != "undecided" else _says(then)] += 1
        if before.why != "runs" or not (before.needs_futures or before.needs_draws):
            continue
        named += 1
        draws = before.needs_draws or case.draws
        futures = before.needs_futures or case.futures
        if draws * futures > PAIRS:
            too_many += 1
            continue
        second = case.judged(i, draws, futures)
        settled += second.name != "undecided"
        later[second.label] += 1
    return Settling(repetitions, runs, named, too_many, settled, later, told)


def _says(v: Verdict) -> str:
    """Return what an undecided verdict says further."""
    if v.why == "knowledge":
        return "knowledge"
    return "a number" if v.needs_futures or v.needs_draws else "still hidden"


def wrong(case: Case, found: Counter[str]) -> int:
    """Return how many of the verdicts name a side with less than 0.9 of the population."""
    true = case.world.true(case.measure, case.how)
    return sum(n for k, n in found.items() if k in SIDES and share(true, case.size, k) < 0.9)

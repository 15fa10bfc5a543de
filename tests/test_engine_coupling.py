"""The same luck under other numbers: order is kept, differences are quiet, the rest is untouched.

`python tests/test_engine_coupling.py` writes the table of docs/engine.md anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rimland.engine import run
from rimland.engine.replay import replay
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.model import Atom, Program, Switch, Term
from test_engine_queues import random_yard
from test_engine_runs import yard

DOCS = Path(__file__).resolve().parent.parent / "docs" / "engine.md"
BEGIN, END = "<!-- coupling -->", "<!-- end of coupling -->"

CLOCKS = {
    "exponential": [(math.log(0.1),), (math.log(0.03),)],
    "lognormal": [(math.log(30.0), 0.6), (math.log(50.0), 0.6)],
    "lognormal, other spread": [(math.log(30.0), 0.6), (math.log(30.0), 1.4)],
    "weibull": [(1.7, 30.0), (1.7, 12.0)],
    "weibull, other shape": [(1.7, 30.0), (0.8, 30.0)],
    "gamma": [(2.5, 8.0), (2.5, 20.0)],
    "gamma, other shape": [(2.5, 8.0), (0.4, 8.0)],
}


def rings(kind: str, numbers: tuple[float, ...], futures=400) -> np.ndarray:
    b = ProgramBuilder("one clock")
    b.variable("done", 0, 1, 0)
    clock = getattr(b, kind)("ring", *numbers)
    b.transition("ring", clock, [set_to("done", 1)], [when("done", 0)])
    b.observer("rings", "first", "done", lo=1)
    program = b.build({})
    made = run(program, program.default_theta(), futures=futures, horizon_days=1e9, grid_days=[1e9])
    return made.of("rings")[0, :, 0]


@pytest.mark.parametrize("name", CLOCKS)
def test_a_changed_parameter_of_a_clock_keeps_the_order_of_the_futures(name):
    kind = name.partition(",")[0]
    before, after = (rings(kind, numbers) for numbers in CLOCKS[name])
    assert not np.any(before == after)
    assert np.array_equal(np.argsort(before), np.argsort(after))


@pytest.mark.parametrize("kind", ["lognormal", "weibull", "gamma"])
def test_a_longer_clock_is_longer_in_every_future(kind):
    before, after = (rings(kind, numbers) for numbers in CLOCKS[kind])
    assert np.all(after > before) or np.all(after < before)


def test_better_odds_turn_failures_into_successes_and_never_the_reverse():
    def passes(log_weight: float) -> np.ndarray:
        b = ProgramBuilder("votes")
        b.variable("passed", 0, 30, 0)
        outcomes = [
            b.outcome("vote", "passes", [add("passed", 1)], log_weight),
            b.outcome("vote", "fails", [], 0.0),
        ]
        b.transition("vote", b.calendar(range(1, 31)), outcomes)
        b.observer("passed", "level", "passed")
        program = b.build({})
        grid = np.arange(31.0)
        made = run(program, program.default_theta(), futures=200, horizon_days=30, grid_days=grid)
        return np.diff(made.of("passed")[0])

    even, better = passes(0.0), passes(0.5)
    assert np.all(better >= even)
    assert better.sum() > even.sum()


def test_a_guard_that_flickers_shifts_nothing_of_the_rest():
    def others(flicker: bool) -> list[tuple[float, str, str]]:
        b = yard()
        b.variable("lamp", 0, 1, 1)
        b.variable("lit", 0, 9, 0)
        if flicker:
            b.transition("off", b.exponential("off", 0.0), [set_to("lamp", 0)], [when("lamp", 1)])
            b.transition("on", b.gamma("on", 0.5, 0.5), [set_to("lamp", 1)], [when("lamp", 0)])
        clock = b.lognormal("flash", math.log(3.0), 0.5)
        b.transition("flash", clock, [add("lit", 1)], [when("lamp", 1), when("lit", 0, 8)])
        program = b.build({})
        events = replay(program, program.default_theta()[0], draw=1, future=2, horizon_days=360.0)
        rows = zip(events.day, events.transition, events.outcome, strict=True)
        return [row for row in rows if row[1] not in ("off", "on", "flash")]

    assert others(True) == others(False)


# --- how much pairing removes --------------------------------------------------------------------


def chain(up: float = 0.0) -> ProgramBuilder:
    b = ProgramBuilder("two states")
    b.variable("s", 0, 1, 0)
    b.transition("up", b.exponential("up", -2.0 + up), [set_to("s", 1)], [when("s", 0)])
    b.transition("down", b.exponential("down", -1.0), [set_to("s", 0)], [when("s", 1)])
    b.observer("measure", "integral", "s")
    return b


def line(clock: str, *numbers: float) -> ProgramBuilder:
    b = ProgramBuilder("line")
    b.variable("n", 0, 200, 0)
    b.transition("arrive", b.exponential("arrive", math.log(0.7)), [add("n", 1)])
    made = getattr(b, clock)("leave", *numbers)
    b.transition("leave", made, [add("n", -1)], [when("n", 1, 200)])
    b.observer("measure", "integral", "n")
    return b


def renewal(clock: str, *numbers: float) -> ProgramBuilder:
    b = ProgramBuilder("renewal")
    b.variable("up", 0, 1, 1)
    b.transition("fails", getattr(b, clock)("fails", *numbers), [set_to("up", 0)], [when("up", 1)])
    b.transition("mended", b.lognormal("mended", 1.0, 0.5), [set_to("up", 1)], [when("up", 0)])
    b.observer("measure", "integral", "up")
    return b


def epidemic(contacts: float) -> ProgramBuilder:
    b = ProgramBuilder("epidemic")
    b.variable("ill", 0, 60, 6)
    b.feature("pairs", [Term(60, (Atom("ill"),)), Term(-1, (Atom("ill"), Atom("ill")))], "log")
    b.feature("log ill", [Term(1, (Atom("ill"),))], "log")
    catch = b.exponential("catch", math.log(contacts / 60), [(1.0, "pairs")])
    b.transition("catch", catch, [add("ill", 1)])
    b.transition("heal", b.exponential("heal", -1.0, [(1.0, "log ill")]), [add("ill", -1)])
    b.observer("measure", "integral", "ill")
    return b


def fleet(docks: int) -> ProgramBuilder:
    b = random_yard()
    b.index("all", [(1.0, "in line")])
    b.observer("measure", "integral", "all")
    return b


def ships(strain: float) -> ProgramBuilder:
    b = yard()
    b.observer("measure", "integral", "ships")
    b.parameter("moved", strain)
    return b


def with_switch(builder: ProgramBuilder, **starts: int) -> tuple[Program, Switch]:
    return builder.build({}), Switch(starts)


PAIRS: dict[str, Callable[[], tuple[tuple[Program, Switch], tuple[Program, Switch]]]] = {
    "a rate up by a tenth": lambda: (with_switch(chain()), with_switch(chain(0.1))),
    "M/M/1, service a twentieth slower": lambda: (
        with_switch(line("exponential", 0.0)),
        with_switch(line("exponential", -0.05)),
    ),
    "M/D/1, service a twentieth slower": lambda: (
        with_switch(line("fixed", 1.0)),
        with_switch(line("fixed", 1.05)),
    ),
    "M/G/1, gamma of another shape": lambda: (
        with_switch(line("gamma", 2.0, 0.5)),
        with_switch(line("gamma", 2.5, 0.4)),
    ),
    "renewal, Weibull a tenth longer": lambda: (
        with_switch(renewal("weibull", 1.7, 10.0)),
        with_switch(renewal("weibull", 1.7, 11.0)),
    ),
    "renewal, gamma a tenth longer": lambda: (
        with_switch(renewal("gamma", 3.0, 3.0)),
        with_switch(renewal("gamma", 3.0, 3.3)),
    ),
    "renewal, lognormal more spread": lambda: (
        with_switch(renewal("lognormal", 2.0, 0.5)),
        with_switch(renewal("lognormal", 2.0, 0.6)),
    ),
    "epidemic, contacts up by a twentieth": lambda: (
        with_switch(epidemic(0.8)),
        with_switch(epidemic(0.84)),
    ),
    "a queue with one dock more": lambda: (
        with_switch(fleet(2)),
        with_switch(fleet(2), docks=3),
    ),
    "every clock, one ship more": lambda: (
        with_switch(ships(0.0)),
        with_switch(ships(0.0), ships=3),
    ),
}


def removed(name: str) -> float:
    """Return the variance of a pair's difference under independent luck, over that when paired."""
    one, other = PAIRS[name]()

    def measured(pair: tuple[Program, Switch], seed: int) -> np.ndarray:
        program, switch = pair
        made = run(
            program,
            program.default_theta(),
            futures=300,
            seed=seed,
            horizon_days=100.0,
            grid_days=[100.0],
            switch=switch,
        )
        return made.of("measure")[0, :, 0]

    base = measured(one, 1)
    return float(np.var(measured(other, 2) - base) / np.var(measured(other, 1) - base))


def table() -> str:
    lines = ["| changed | unpaired / paired variance |", "|---|---:|"]
    lines += [f"| {name} | {removed(name):.0f} |" for name in PAIRS]
    return "\n".join(lines)


@pytest.mark.parametrize("name", PAIRS)
def test_pairing_by_luck_makes_a_difference_quieter_than_independent_luck(name):
    assert removed(name) > 2.0


def test_the_docs_show_how_much_pairing_removes():
    text = DOCS.read_text(encoding="utf-8")
    shown = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == table(), "run: python tests/test_engine_coupling.py"


if __name__ == "__main__":
    head, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    DOCS.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}", encoding="utf-8")

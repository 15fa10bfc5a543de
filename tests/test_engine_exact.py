"""Uniformization against closed forms, and the kernel against uniformization."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.stats import binom

from rimland.engine import run
from rimland.engine.exact import solve
from rimland.errors import RunError
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.model import Atom, Hold, Switch, Term

DAYS = np.array([0.5, 2.0, 6.0])


def two_states(up=0.5, down=0.25):
    b = ProgramBuilder("two states")
    b.variable("s", 0, 1, 0)
    b.transition("up", b.exponential("up", math.log(up)), [set_to("s", 1)], [when("s", 0)])
    b.transition("down", b.exponential("down", math.log(down)), [set_to("s", 0)], [when("s", 1)])
    b.observer("s", "level", "s")
    b.observer("time up", "integral", "s")
    b.observer("ups", "count", transition="up")
    b.observer("expected ups", "hazard", transition="up")
    b.observer("first up", "first", "s", lo=1)
    return b.build({})


def queue(arrivals=0.8, services=1.0, room=6):
    """M/M/1 with finite room: a birth-death chain."""
    b = ProgramBuilder("queue")
    b.variable("n", 0, room, 0)
    arrive = b.exponential("arrive", math.log(arrivals))
    b.transition("arrive", arrive, [add("n", 1)], [when("n", 0, room - 1)])
    leave = b.exponential("leave", math.log(services))
    b.transition("leave", leave, [add("n", -1)], [when("n", 1, room)])
    b.observer("n", "level", "n")
    b.observer("served", "count", transition="leave")
    b.observer("full", "first", "n", lo=room)
    return b.build({})


def test_a_two_state_chain_is_solved_as_its_closed_form():
    program = two_states()
    made = solve(program, program.default_theta()[0], DAYS)
    rate, share = 0.75, 0.5 / 0.75
    level = share * (1 - np.exp(-rate * DAYS))
    time_up = share * (DAYS - (1 - np.exp(-rate * DAYS)) / rate)
    np.testing.assert_allclose(made.of("s"), level, atol=1e-11)
    np.testing.assert_allclose(made.of("time up"), time_up, atol=1e-11)
    np.testing.assert_allclose(made.of("ups"), 0.5 * (DAYS - time_up), atol=1e-11)
    np.testing.assert_allclose(made.of("expected ups"), made.of("ups"), atol=1e-13)
    np.testing.assert_allclose(made.of("first up"), 1 - np.exp(-0.5 * DAYS), atol=1e-11)


def test_a_birth_death_chain_is_solved_as_its_matrix_exponential_and_reaches_its_limit():
    program = queue()
    made = solve(program, program.default_theta()[0], [1.0, 2000.0])
    q = np.diag([0.8] * 6, 1) + np.diag([1.0] * 6, -1)
    q -= np.diag(q.sum(1))
    order = np.argsort(made.states[:, 0])
    np.testing.assert_allclose(made.probabilities[0][order], expm(q)[0], atol=1e-11)
    limit = 0.8 ** np.arange(7)
    np.testing.assert_allclose(made.probabilities[1][order], limit / limit.sum(), atol=1e-10)


def test_independent_deaths_are_binomial():
    b = ProgramBuilder("deaths")
    b.variable("alive", 0, 9, 9)
    b.feature("alive now", [Term(1, (Atom("alive"),))], "log")
    b.transition(
        "death", b.exponential("death", math.log(0.3), [(1.0, "alive now")]), [add("alive", -1)]
    )
    b.observer("alive", "level", "alive")
    program = b.build({})
    made = solve(program, program.default_theta()[0], [2.0])
    alive = binom(9, math.exp(-0.6)).pmf(made.states[:, 0])
    np.testing.assert_allclose(made.probabilities[0], alive, atol=1e-11)
    assert made.error < 1e-11


def test_what_cannot_be_solved_is_refused_with_the_reason():
    b = ProgramBuilder("clocks")
    b.variable("n", 0, 1, 0)
    b.transition("tick", b.fixed("tick", 1.0), [set_to("n", 1)])
    program = b.build({})
    with pytest.raises(RunError, match="transition 'tick' has a fixed clock"):
        solve(program, program.default_theta()[0], [1.0])
    program = queue(room=50)
    with pytest.raises(RunError, match="more than 20 reachable states"):
        solve(program, program.default_theta()[0], [1.0], most_states=20)
    switch = Switch(holds=(Hold("n", 0, 3.0),))
    with pytest.raises(RunError, match="'n' is held from day 3 on only"):
        solve(program, program.default_theta()[0], [1.0], switch=switch)


# --- random programs -------------------------------------------------------------------------


@st.composite
def programs(draw):
    """Return a small program of exponential clocks: guards, outcomes, features, indices."""
    b = ProgramBuilder("random")
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    names = [b.variable(f"v{i}", 0, hi, draw(st.integers(0, hi))) for i, hi in enumerate(sizes)]
    top = dict(zip(names, sizes, strict=True))
    pick = st.sampled_from(names)
    transforms = st.sampled_from(["identity", "log1p", "sqrt", "log"])
    for i in range(draw(st.integers(1, 2))):
        terms = [Term(draw(st.integers(1, 2)), (Atom(draw(pick)), Atom(draw(pick), 1, 2)))]
        terms.append(Term(draw(st.integers(0, 1)), (Atom(draw(pick)),)))
        b.feature(f"f{i}", terms, draw(transforms))
    weight = st.floats(-0.8, 0.8).map(lambda x: round(x, 2))
    b.index("x", [(draw(weight), "f0"), (draw(weight), draw(pick))], draw(weight))
    readables = st.sampled_from([*names, "f0", "x"])
    count = draw(st.integers(2, 6))
    for i in range(count):
        name, moved = f"t{i}", draw(pick)
        lo = draw(st.integers(0, top[moved] - 1))
        up = draw(st.booleans())
        step, guard = (1, when(moved, lo, top[moved] - 1)) if up else (-1, when(moved, 1, lo + 1))
        outcomes = [b.outcome(name, "moves", [add(moved, step)])]
        if draw(st.booleans()):
            other = draw(pick)
            effects = [set_to(other, draw(st.integers(0, top[other])))]
            outcomes.append(
                b.outcome(name, "sets", effects, draw(weight), [(draw(weight), draw(readables))])
            )
        terms = [(draw(weight), draw(readables)) for _ in range(draw(st.integers(0, 2)))]
        terms = list({of: (x, of) for x, of in terms}.values())
        again = draw(st.sampled_from(["resume", "restart"]))
        clock = b.exponential(name, draw(st.floats(-1.5, 0.7)), terms, again)
        b.transition(name, clock, outcomes, [guard])
    b.observer("level", "level", draw(st.sampled_from([*names, "x"])))
    b.observer("integral", "integral", draw(pick))
    b.observer("count", "count", draw(pick), f"t{draw(st.integers(0, count - 1))}", "moves")
    b.observer("hazard", "hazard", draw(pick), f"t{draw(st.integers(0, count - 1))}")
    hit = draw(pick)
    b.observer("first", "first", hit, lo=draw(st.integers(1, top[hit])))
    return b.build({})


EXAMPLES, FUTURES = 40, 3000
# 40 programs, 5 observers, 3 days: 600 comparisons. Each allows 5 standard errors (two-sided
# normal 5.7e-7) and 25/n of the measure's range for what the normal leaves out (Bernstein): the
# chance of a false alarm anywhere is below 600 * 5.7e-7 = 0.0004. Examples and seed are fixed.
Z = 5.0


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(programs())
def test_random_programs_agree_with_uniformization(program):
    theta = program.default_theta()
    exact = solve(program, theta[0], DAYS)
    made = run(program, theta, futures=FUTURES, horizon_days=6.0, grid_days=DAYS)
    for observer in program.observers:
        got, wanted = made.of(observer.name)[0], exact.of(observer.name)
        if observer.kind == "first":
            got = (got <= DAYS).astype(float)
        for g in range(len(DAYS)):
            if not np.isfinite(wanted[g]):
                continue
            error = got[:, g].std() / math.sqrt(FUTURES)
            reach = max(np.abs(got[:, g]).max(), abs(wanted[g]), 1.0)
            allowed = Z * error + Z**2 / FUTURES * reach
            assert abs(got[:, g].mean() - wanted[g]) <= allowed, (observer.name, DAYS[g])


@pytest.mark.parametrize("program", [two_states(), queue()], ids=["two states", "queue"])
def test_futures_have_the_whole_distribution_that_is_exact(program):
    # Chi-square over all states at day 2, false alarm rate 0.001 each; the seed is fixed.
    from scipy.stats import chisquare

    theta = program.default_theta()
    exact = solve(program, theta[0], [2.0])
    made = run(program, theta, futures=20_000, horizon_days=2.0, grid_days=[2.0])
    levels = made.of(program.observers[0].name)[0, :, 0]
    counts = np.array([(levels == level).sum() for level in exact.states[:, 0]])
    assert chisquare(counts, exact.probabilities[0] * 20_000).pvalue > 0.001


def test_a_held_variable_is_held_in_both_answers():
    program = queue()
    switch = Switch(holds=(Hold("n", 2),))
    theta = program.default_theta()
    exact = solve(program, theta[0], [3.0], switch=switch)
    made = run(program, theta, futures=4000, horizon_days=3.0, grid_days=[3.0], switch=switch)
    assert len(exact.states) == 1
    assert exact.of("served")[0] == pytest.approx(3.0)
    served = made.of("served")[0, :, 0]
    assert abs(served.mean() - 3.0) < 4 * math.sqrt(3.0 / 4000)  # Poisson; 6e-5

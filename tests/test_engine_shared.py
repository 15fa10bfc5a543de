"""Shared partners: counted by lists of partners, they are what the triples give, bit for bit."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rimland.engine import Futures, run
from rimland.engine.arrays import compile_program
from rimland.engine.exact import solve
from rimland.engine.replay import replay
from rimland.errors import RunError
from rimland.program.build import ProgramBuilder, set_to, when
from rimland.program.codec import program_from_json, program_to_json
from rimland.program.influence import ancestors
from rimland.program.layers import triples, written_out
from rimland.program.model import NO_SWITCH, Atom, Hold, Interval, Program, Switch, Term
from rimland.program.slices import restricted, sliced

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from soak import court, drift, long_future

GRID = np.linspace(0.0, 12.0, 7)
TRANSFORMS = ("identity", "log1p", "sqrt", "log")


def random_program(data: st.DataObject) -> tuple[Program, Switch]:
    """Return a program of two layers over the same few nodes, and a switch for it."""
    draw = data.draw
    nodes = [f"n{i}" for i in range(draw(st.integers(2, 6)))]
    pairs = list(itertools.combinations(nodes, 2))
    b = ProgramBuilder("net")
    layers = {}
    variables: list[str] = []
    for layer in ("allies", "rivals"):
        kept = [p for p in pairs if draw(st.integers(0, 3))]
        top = draw(st.integers(1, 3))
        ties = {}
        for a, c in kept:
            if ties and not draw(st.integers(0, 7)):
                ties[c, a] = draw(st.sampled_from(variables))  # one treaty of several pairs
                continue
            at = draw(st.integers(0, top))
            variable = b.variable(f"{layer} {a} {c}", 0, top, at)
            variables.append(variable)
            ties[(a, c) if draw(st.booleans()) else (c, a)] = variable
        b.layer(layer, nodes, ties)
        if ties:
            layers[layer] = top
    reads = []
    for layer, top in layers.items():
        for a, c in pairs:
            if draw(st.booleans()):
                level = draw(st.integers(1, top))
                reads.append(b.shared(layer, c, a, level, draw(st.sampled_from(TRANSFORMS[:3]))))
    if reads and draw(st.booleans()):
        reads.append(b.shared(next(iter(layers)), *pairs[0], 1, "log"))
    for n, variable in enumerate(dict.fromkeys(variables)):
        top = b.variable_named(variable).hi
        for name, step in (("up", 1), ("down", -1)):
            terms = [
                (draw(st.floats(-0.5, 0.5)), of)
                for of in (
                    draw(st.lists(st.sampled_from(sorted(set(reads))), max_size=3, unique=True))
                    if reads
                    else ()
                )
            ]
            owner = f"{name} {n}"
            if draw(st.booleans()):
                clock = b.exponential(
                    owner, -1.0, terms, draw(st.sampled_from(("restart", "resume")))
                )
            else:
                clock = b.gamma(owner, 2.0, 0.7, terms)
            level = draw(st.integers(0, top - 1)) + (step < 0)
            effects = [set_to(variable, level + step)]
            b.transition(owner, clock, effects, [Interval(variable, level, level)])
            leap = draw(st.integers(0, top))
            b.transition(
                f"{owner} leaps", b.exponential(f"{owner} leaps", -2.0), [set_to(variable, leap)]
            )
    for n, of in enumerate(dict.fromkeys(reads)):
        b.observer(f"level {n}", "level", of)
        if not of.startswith("log("):
            b.observer(f"integral {n}", "integral", of)
    for n, variable in enumerate(dict.fromkeys(variables)):
        b.observer(f"at {n}", "level", variable)
    if not variables:
        b.variable("alone", 0, 1, 0)
        return b.build({}), NO_SWITCH
    held = draw(st.sampled_from(variables))
    top = b.variable_named(held).hi
    hold = Hold(held, draw(st.integers(0, top)), draw(st.sampled_from((0.0, 3.5))))
    start = draw(st.sampled_from(variables))
    starts = {start: draw(st.integers(0, b.variable_named(start).hi))}
    return b.build({}), draw(st.sampled_from((NO_SWITCH, Switch(starts, (hold,)))))


def measured(program: Program, switch: Switch = NO_SWITCH, futures: int = 6, seed: int = 1):
    theta = program.default_theta()
    return run(
        program,
        theta,
        futures=futures,
        seed=seed,
        horizon_days=12.0,
        grid_days=GRID,
        switch=switch,
        threads=1,
    )


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_shared_partners_are_the_sum_over_all_triples_bit_for_bit(data):
    program, switch = random_program(data)
    counted, summed = measured(program, switch), measured(written_out(program), switch)
    assert counted.digest() == summed.digest()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_random_program_with_layers_survives_its_file_and_its_slices(data):
    program, switch = random_program(data)
    again = program_from_json(program_to_json(program))
    assert again == program
    whole = measured(program, switch)
    assert measured(again, switch).digest() == whole.digest()
    if program.observers:
        name = data.draw(st.sampled_from([o.name for o in program.observers]))
        part = sliced(program, [name])
        answer = measured(part, restricted(switch, part))
        np.testing.assert_array_equal(answer.of(name), whole.of(name))


def test_after_a_hundred_thousand_events_nothing_has_drifted():
    compiled = compile_program(court())
    events, _, state = long_future(compiled, 4_000.0, 1)
    assert events > 100_000
    assert drift(compiled, state) == []


def test_a_soak_would_see_a_count_that_is_off_and_a_partner_too_many():
    compiled = compile_program(court())
    _, _, state = long_future(compiled, 50.0, 1)
    state.value["raw"][3] += 1
    state.degree[2] += 1
    found = drift(compiled, state)
    assert any("sum of" in text for text in found)
    assert any("partners of place 2" in text for text in found)


def triangle() -> ProgramBuilder:
    """Return four courts; two that share a friend make friends sooner and part later."""
    b = ProgramBuilder("triangle")
    courts = "ABCD"
    ties = {
        (a, c): b.variable(f"{a}{c}", 0, 1, int("A" in (a, c)))
        for a, c in itertools.combinations(courts, 2)
    }
    b.layer("friends", courts, ties)
    for (a, c), variable in ties.items():
        shared = b.shared("friends", a, c, 1, "log1p")
        meets = b.exponential(f"meets {variable}", -1.5, [(0.6, shared)])
        parts = b.exponential(f"parts {variable}", -1.0, [(-0.4, shared)])
        b.transition(f"meets {variable}", meets, [set_to(variable, 1)], [when(variable, 0)])
        b.transition(f"parts {variable}", parts, [set_to(variable, 0)], [when(variable, 1)])
    b.observer("between", "level", b.shared("friends", "B", "C"))
    b.observer("days", "integral", b.shared("friends", "B", "C"))
    return b


def test_the_exact_solver_gives_what_the_triples_give_and_the_engine_agrees():
    program = triangle().build({})
    theta = program.default_theta()[0]
    exact = solve(program, theta, GRID[1:])
    plain = solve(written_out(program), theta, GRID[1:])
    np.testing.assert_array_equal(exact.expected, plain.expected)
    np.testing.assert_array_equal(exact.states, plain.states)
    ran = measured(program, futures=8000)
    for name in exact.observers:
        values = ran.of(name)[0, :, 1:]
        error = values.std(0, ddof=1) / np.sqrt(len(values))
        # 12 comparisons at 4.5 standard errors: a false alarm once in 12,000 changes of the seed
        assert (np.abs(values.mean(0) - exact.of(name)) < 4.5 * error).all(), name


def test_a_replay_is_the_future_that_was_measured():
    program = triangle().build({})
    whole = measured(program)
    for future in range(6):
        events = replay(
            program, program.default_theta()[0], draw=0, future=future, horizon_days=12.0
        )
        assert events.count == whole.events[0, future]


def test_a_shared_feature_hangs_on_the_ties_of_its_pair_and_on_no_other():
    b = ProgramBuilder("star")
    ties = {pair: b.variable("".join(pair), 0, 1, 0) for pair in itertools.combinations("ABCDE", 2)}
    del ties["D", "E"], ties["A", "E"]
    b.layer("friends", "ABCDE", ties)
    for variable in ("AB", "AC", "BC", "CD", "AE"):
        b.transition(
            f"rise {variable}",
            b.exponential("rise", 0.0),
            [set_to(variable, 1)],
            [when(variable, 0)],
        )
    b.observer("seen", "level", b.shared("friends", "B", "A"))
    program = b.build({})
    # A is never tied to E, so that B's tie to E cannot make a shared partner.
    assert ancestors(program, ["seen"]).variables == {"AC", "BC", "AD", "BD"}
    part = sliced(program, ["seen"])
    assert {t.name for t in part.transitions} == {"rise AC", "rise BC"}
    assert {t.variable for t in part.layers[0].ties} == {"AC", "BC", "AD", "BD"}
    assert triples(part) == 2


def test_a_treaty_of_several_pairs_ties_them_at_once():
    b = ProgramBuilder("treaty")
    b.variable("treaty", 0, 2, 0)
    b.layer("allies", "ABC", dict.fromkeys(itertools.combinations("ABC", 2), "treaty"))
    for pair in itertools.combinations("ABC", 2):
        b.observer("".join(pair), "level", b.shared("allies", *pair, 2))
    b.transition("signed", b.fixed("signed", 1.0), [set_to("treaty", 1)], [when("treaty", 0)])
    b.transition("in force", b.fixed("in force", 2.0), [set_to("treaty", 2)], [when("treaty", 1)])
    b.transition("left", b.fixed("left", 4.0), [set_to("treaty", 0)], [when("treaty", 2)])
    program = b.build({})
    seen = run(
        program,
        program.default_theta(),
        futures=1,
        horizon_days=8.0,
        grid_days=[0, 1, 3, 6, 7, 7.5],
    )
    for pair in ("AB", "AC", "BC"):
        assert seen.of(pair)[0, 0].tolist() == [0, 0, 1, 1, 0, 0]


def test_a_layer_too_large_for_its_table_is_refused():
    b = ProgramBuilder("crowd")
    b.variable("tie", 0, 1, 0)
    nodes = [str(i) for i in range(17_000)]
    b.layer("all", nodes, {("0", "1"): "tie", ("1", "2"): "tie"})
    b.observer("seen", "level", b.shared("all", "0", "2"))
    with pytest.raises(RunError, match="layer 'all' has 17000 nodes"):
        compile_program(b.build({}))


def meadow(switches: int) -> Program:
    """Return so many lamps, neighbours of each other, and a season that moves them all."""
    b = ProgramBuilder("meadow")
    b.covariate("season", [0.0, 2.0, 4.0], [0.0, 0.7, -0.4])
    b.feature("season now", [], covariate="season")
    lamps = [b.variable(f"lamp {i}", 0, 1, i % 2) for i in range(switches)]
    b.parameter("beside", -0.3)
    b.parameter("with", 1.0)
    for i, lamp in enumerate(lamps):
        terms = [("beside", lamps[i - 1]), ("with", "season now")]
        for name, level in (("on", 0), ("off", 1)):
            clock = b.exponential(name, -2.0, terms)
            b.transition(f"{name} {lamp}", clock, [set_to(lamp, 1 - level)], [when(lamp, level)])
    b.transition("dawn", b.calendar([3]), [set_to(lamp, 0) for lamp in lamps])
    b.feature("lit", [Term(1, (Atom(lamp),)) for lamp in lamps])
    b.observer("lit", "level", "lit")
    b.observer("light", "integral", "lit")
    return b.build({})


def many_lamps() -> Futures:
    """Return a future of so many transitions that the kernel fetches ahead."""
    program = meadow(2_500)
    theta = program.default_theta()
    return run(program, theta, futures=1, horizon_days=3.0, grid_days=[3.0])


@pytest.mark.parametrize("switches", [40, 2_500])
def test_the_answer_does_not_hang_on_how_the_schedule_is_built(monkeypatch, switches):
    compiled = compile_program(meadow(switches))
    theta = compiled.program.default_theta()
    found, rows = set(), set()
    for most in (1, 2, 32, 10**9):
        monkeypatch.setattr("rimland.engine.start.MOST_BLOCKS", most)
        from rimland.engine.start import block_rows

        rows.add(len(block_rows(2 * switches + 1)))
        futures = run(compiled, theta, futures=3, horizon_days=6.0, grid_days=[0.0, 3.0, 6.0])
        found.add(futures.digest())
    assert len(found) == 1
    assert len(rows) > 1


def test_the_schedule_is_a_blocked_minimum_when_small_and_a_tournament_when_large():
    from rimland.engine.start import block_rows

    assert block_rows(350) == [22]
    assert len(block_rows(18_000)) == 3
    assert len(block_rows(72_000)) == 3
    for transitions in (1, 16, 17, 513, 8_193, 72_000, 320_000):
        rows = block_rows(transitions)
        assert rows[0] * 16 >= transitions
        assert rows[-1] <= 32
        assert all(below <= 16 * above for below, above in itertools.pairwise(rows))

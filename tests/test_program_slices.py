"""Slices and influence: the slice answers as the whole does, bit for bit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rimland.engine import run
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.influence import ancestors
from rimland.program.model import NO_SWITCH, Hold, Program, Switch
from rimland.program.slices import restricted, sliced

GRID = np.arange(0.0, 2001.0, 100.0)


def two_halves() -> Program:
    """A storm moves a lamp, a lamp moves a moth; a clock beside them ticks for itself."""
    b = ProgramBuilder("halves")
    b.variable("storm", 0, 1, 0)
    b.variable("lamp", 0, 1, 1)
    b.variable("moth", 0, 5, 0)
    b.variable("clock", 0, 1, 0)
    b.transition("rise", b.exponential("rise", -4.0), [set_to("storm", 1)], [when("storm", 0)])
    b.transition(
        "calm",
        b.lognormal("calm", 2.0, 0.5),
        [set_to("storm", 0), set_to("clock", 0)],
        [when("storm", 1)],
    )
    b.transition(
        "off",
        b.exponential("off", -5.0, [(1.2, "storm")]),
        [
            b.outcome("out", "fails", [set_to("lamp", 0)], 0.0, [(0.7, "storm")]),
            b.outcome("stay", "holds", [], 0.0),
        ],
        [when("lamp", 1)],
    )
    b.transition("on", b.fixed("on", 30.0), [set_to("lamp", 1)], [when("lamp", 0)])
    b.index("glow", [(0.5, "lamp"), (0.25, "storm")], 0.1)
    b.transition(
        "come", b.exponential("come", -4.5, [(1.0, "glow")]), [add("moth", 1)], [when("moth", 0, 4)]
    )
    b.transition("tick", b.exponential("tick", -2.0), [set_to("clock", 1)], [when("clock", 0)])
    b.observer("moths", "level", "moth")
    b.observer("light", "integral", "glow")
    b.observer("visits", "hazard", transition="come")
    b.observer("ticks", "count", transition="tick")
    return b.build({})


def measured(program: Program, switch: Switch = NO_SWITCH):
    theta = np.repeat(program.default_theta(), 3, axis=0)
    return run(program, theta, futures=40, horizon_days=2000.0, grid_days=GRID, switch=switch)


def test_a_slice_answers_bitwise_as_the_whole() -> None:
    whole = two_halves()
    full = measured(whole)
    for names in (["moths"], ["light"], ["visits", "moths"], ["ticks"], ["light", "ticks"]):
        part = measured(sliced(whole, names))
        for name in names:
            np.testing.assert_array_equal(part.of(name), full.of(name))


def test_a_slice_leaves_out_what_cannot_reach_the_observer() -> None:
    whole = two_halves()
    part = sliced(whole, ["moths"])
    assert {t.name for t in part.transitions} == {"rise", "calm", "off", "on", "come"}
    assert {v.name for v in part.variables} == {"storm", "lamp", "moth"}
    assert part.parameters == whole.parameters
    assert measured(part).events.sum() < measured(whole).events.sum()


def test_a_slice_keeps_its_answer_under_a_switch() -> None:
    whole = two_halves()
    switch = Switch({"lamp": 0}, (Hold("storm", 1, 200.0), Hold("clock", 0)))
    part = sliced(whole, ["moths", "visits"])
    there, here = measured(whole, switch), measured(part, restricted(switch, part))
    for name in ("moths", "visits"):
        np.testing.assert_array_equal(here.of(name), there.of(name))


def test_ancestors_hold_every_parameter_that_can_move_the_observer_and_no_other() -> None:
    whole = two_halves()
    reached = ancestors(whole, ["moths"]).parameters
    assert "tick:log_rate" not in reached
    full = measured(whole)
    values = np.repeat(whole.default_theta(), 3, axis=0)
    for column, parameter in enumerate(whole.parameters):
        moved = values.copy()
        moved[:, column] += 0.3
        other = run(whole, moved, futures=40, horizon_days=2000.0, grid_days=GRID)
        changed = bool((other.of("moths") != full.of("moths")).any())
        assert changed <= (parameter.name in reached), parameter.name


def test_the_walk_ends_where_two_transitions_move_each_other() -> None:
    b = ProgramBuilder("ring")
    b.variable("a", 0, 1, 0)
    b.variable("b", 0, 1, 0)
    for name, moved, other in (("ab", "a", "b"), ("ba", "b", "a")):
        clock = b.exponential(name, 0.0, [(0.1, other)])
        b.transition(name, clock, [set_to(moved, 1)], [when(moved, 0)])
    b.observer("seen", "first", "a", lo=1, hi=1)
    reached = ancestors(b.build({}), ["seen"])
    assert reached.transitions == {"ab", "ba"}
    assert reached.variables == {"a", "b"}


def test_a_chain_of_causes_may_be_longer_than_the_stack_is_deep() -> None:
    b = ProgramBuilder("chain")
    links = [b.variable(f"link {i}", 0, 1, 0) for i in range(5000)]
    for before, link in pairwise(links):
        clock = b.exponential("pulls", 0.0, [(0.1, before)])
        b.transition(f"pulls {link}", clock, [set_to(link, 1)], [when(link, 0)])
    b.observer("seen", "first", links[-1], lo=1)
    assert ancestors(b.build({}), ["seen"]).variables == set(links)

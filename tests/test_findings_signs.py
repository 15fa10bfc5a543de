"""Built in by proof: tautologies, opposing paths that can win or cannot, races, interval guards."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rimland.errors import RimlandError
from rimland.findings.effects import Summary
from rimland.findings.measures import PerDraw
from rimland.findings.signs import Proof, contradicted, parameter_ranges, proof, quantity_ranges
from rimland.notation.quantity import Quantity
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.formula import Formula, exp, log, name, num, sqrt
from rimland.program.model import Atom, Hold, Switch, Term
from rimland.vocab.measure import Measure

Ranges = dict[str, tuple[float, float]]


class Case:
    """A program under construction; a number is a quantity with a range from its first mention."""

    def __init__(self) -> None:
        self.b = ProgramBuilder("case")
        self.ranges: Ranges = {}

    def q(self, called: str, low: float, high: float | None = None) -> Formula:
        self.ranges[called] = (low, low if high is None else high)
        return name(called)

    def step(self, called: str, clock, effects, *guard) -> None:  # type: ignore[no-untyped-def]
        self.b.transition(called, clock, effects, guard)

    def hazard(self, called: str, *terms: tuple[Formula | float, str]):  # type: ignore[no-untyped-def]
        return self.b.exponential(called, log(self.q(f"{called}.rate", 0.01, 0.2)), terms)

    def takes(self, called: str, *speed: tuple[Formula | float, str], again: str = "restart"):  # type: ignore[no-untyped-def]
        median, sigma = self.q(f"{called}.median", 5, 90), self.q(f"{called}.sigma", 0.2, 1)
        return self.b.lognormal(called, log(median), sigma, speed, again)  # type: ignore[arg-type]

    def ask(self, with_: Switch, without: Switch, how: str, kind: str, of: str | None = None,
            counts: Callable[[str], bool] | None = None, **rest) -> Proof:  # type: ignore[no-untyped-def]  # fmt: skip
        self.b.observer("seen", kind, of, **rest)  # type: ignore[arg-type]
        centre = {n: (lo + hi) / 2 for n, (lo, hi) in self.ranges.items()}
        program = self.b.build(centre)
        ranges = parameter_ranges(program, {}, self.ranges)
        measure = Measure("m", "what is seen", "", how, ("seen",))  # type: ignore[arg-type]
        return proof(program, ranges, with_, without, measure, counts=counts)


def held(**levels: int) -> Switch:
    return Switch({}, tuple(Hold(v, level) for v, level in levels.items()))


# --- cases whose one number or one guard makes the difference ------------------------------------
# Each returns the proof of `on` against `off`; `against` is the range of an opposing number.


def hazard_with(against: tuple[float, float]) -> Proof:
    """A tie shortens what brings a dispute; another term on the same tie opposes it."""
    c = Case()
    c.b.variable("tie", 0, 2, 0)
    c.b.variable("calm", 0, 1, 0)
    top = c.b.indicator("tie", 2, 2)
    terms = [(c.q("push", 0.3, 0.9), "tie"), (c.q("brake", *against), top)]
    c.step("dispute", c.hazard("dispute", *terms), [set_to("calm", 1)], when("calm", 0))
    return c.ask(held(tie=2), held(tie=0), "probability", "first", "calm", lo=1)


def index_with(against: tuple[float, float]) -> Proof:
    """Two ties are raised at once; the second weighs the other way."""
    c = Case()
    c.b.variable("tie", 0, 3, 1)
    c.b.variable("base", 0, 1, 0)
    c.b.index("ring", [(c.q("weight", 0.5, 2), "tie"), (c.q("other", *against), "base")])
    return c.ask(held(tie=3, base=1), held(tie=1, base=0), "mean", "integral", "ring")


def preparation_with(against: tuple[float, float]) -> Proof:
    """A birth and death process; what speeds the rise may speed it less than it seems."""
    c = Case()
    c.b.variable("threat", 0, 2, 0)
    c.b.variable("level", 0, 5, 2)
    squares = c.b.feature("squares", [Term(1, (Atom("threat"), Atom("threat")))])
    up = c.hazard("rises", (c.q("alarm", 0.4, 1), "threat"), (c.q("fatigue", *against), squares))
    down = c.hazard("falls", (c.q("ease", -0.5, -0.1), "threat"))
    c.step("rises", up, [add("level", 1)], when("level", 0, 4))
    c.step("falls", down, [add("level", -1)], when("level", 1, 5))
    return c.ask(held(threat=2), held(threat=0), "level", "level", "level")


def odds_with(against: tuple[float, float]) -> Proof:
    """A saving eases the odds of a budget; a lobby on the same saving raises them."""
    c = Case()
    c.b.variable("saving", 0, 1, 0)
    c.b.variable("money", 0, 2, 1)
    saved = c.b.indicator("saving", 1, 1)
    fails = [(c.q("ease", -1, -0.4), "saving"), (c.q("lobby", *against), saved)]
    outcomes = [
        c.b.outcome("vote", "passed", [set_to("money", 2)], 0.0),
        c.b.outcome("vote", "failed", [set_to("money", 0)], 0.0, fails),
    ]
    c.step("vote", c.takes("vote"), outcomes, when("money", 1))
    return c.ask(held(saving=1), held(saving=0), "probability", "first", "money", lo=2)


def speed_with(against: tuple[float, float]) -> Proof:
    """A chain of durations that a relation shortens, and that more consultation lengthens."""
    c = Case()
    c.b.variable("relation", 0, 2, 0)
    c.b.variable("chain", 0, 2, 0)
    joint = c.b.indicator("relation", 1, 2)
    speed = [(c.q("ease", 0.2, 0.6), "relation"), (c.q("talk", *against), joint)]
    for at, called in enumerate(("consult", "order")):
        c.step(called, c.takes(called, *speed), [set_to("chain", at + 1)], when("chain", at))
    return c.ask(held(relation=2), held(relation=0), "probability", "first", "chain", lo=2)


def level_with(against: tuple[float, float]) -> Proof:
    """A held tie adds to a sum of which another, free part reacts."""
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.variable("answer", 0, 1, 0)
    clock = c.hazard("answers", (c.q("reaction", 0.1, 1), "tie"))
    c.step("answers", clock, [set_to("answer", 1)], when("answer", 0))
    terms = [(c.q("gain", 1, 2), "tie"), (c.q("loss", *against), "answer")]
    c.b.index("net", terms)
    return c.ask(held(tie=1), held(tie=0), "level", "level", "net")


OPPOSED = {
    "hazard": (hazard_with, (-3.0, -0.1), (-0.5, -0.1)),
    "index": (index_with, (-1.5, 0.0), (-0.9, -0.1)),
    "preparation": (preparation_with, (-0.6, -0.1), (-0.15, -0.01)),
    "odds": (odds_with, (0.1, 0.8), (0.1, 0.3)),
    "speed": (speed_with, (-1.0, 0.0), (-0.35, 0.0)),
    "level": (level_with, (-1.5, -0.5), (-0.9, -0.5)),
}


@pytest.mark.parametrize("case", OPPOSED)
def test_a_tautology_is_built_in(case: str) -> None:
    made = OPPOSED[case][0]((0.0, 0.0))
    assert made.sign == "+"
    assert made.agrees("more")
    assert made.supporting
    assert not made.reason


@pytest.mark.parametrize("case", OPPOSED)
def test_an_opposing_path_that_can_win_is_not_built_in(case: str) -> None:
    build, strong, _ = OPPOSED[case]
    made = build(strong)
    assert made.sign == "unknown"
    assert made.reason
    assert any(path.sign == "-" for path in made.opposing)


@pytest.mark.parametrize("case", OPPOSED)
def test_a_token_opposing_path_leaves_it_built_in(case: str) -> None:
    build, _, token = OPPOSED[case]
    made = build(token)
    assert made.sign == "+"
    assert made.opposing, "the token path is still shown"


# --- more that follows from signs ------------------------------------------------------------


def pledge(c: Case, *, fails: bool = True) -> None:
    """announced (1), authorised (2), operational (3); lapsed is 0; a hurdle stands before 2."""
    c.b.variable("stage", 0, 3, 1)
    c.b.variable("hurdle", 0, 2, 1)
    c.b.variable("gate", 0, 1, 1)
    no = [set_to("hurdle", 0), set_to("stage", 0)]
    share = c.q("fails", 0.05, 0.4)
    outcomes = [
        c.b.outcome("decision", "cleared", [set_to("hurdle", 2)], log(1.0 - share)),
        c.b.outcome("decision", "failed", no, log(share)),
    ]
    guard = [when("stage", 1), when("hurdle", 1), when("gate", 1)]
    effects = outcomes if fails else [set_to("hurdle", 2)]
    c.b.transition("decision", c.takes("decision", again="resume"), effects, guard)
    c.step("authorised", c.takes("authorised"), [set_to("stage", 2)],
           when("stage", 1), when("hurdle", 2))  # fmt: skip
    c.step("operational", c.takes("operational"), [set_to("stage", 3)], when("stage", 2))


def test_a_gate_that_is_shut_keeps_a_pledge_from_being_kept() -> None:
    c = Case()
    pledge(c)
    made = c.ask(Switch(), held(gate=0), "probability", "first", "stage", lo=3)
    assert made.sign == "+"


def test_a_hurdle_decided_sooner_fails_no_more_often() -> None:
    """The fate of the decision is the same in both worlds; only its time differs."""
    c = Case()
    c.b.variable("ready", 0, 1, 0)
    pledge(c)
    t = c.b._transitions.pop("decision")
    c.b.transition("decision", c.takes("decision", (c.q("haste", 0.2, 1), "ready")), t.outcomes,
                   t.guard)  # fmt: skip
    made = c.ask(held(ready=1), held(ready=0), "probability", "first", "stage", lo=3)
    assert made.sign == "+"


def test_a_stage_is_not_always_higher_for_a_pledge_that_can_lapse_sooner() -> None:
    c = Case()
    pledge(c)
    made = c.ask(Switch(), held(gate=0), "level", "level", "stage")
    assert made.sign == "unknown"
    c = Case()
    pledge(c, fails=False)
    assert c.ask(Switch(), held(gate=0), "level", "level", "stage").sign == "+"


def test_a_later_start_of_a_ladder_is_ahead_for_good() -> None:
    c = Case()
    pledge(c, fails=False)
    made = c.ask(Switch({"stage": 2, "hurdle": 2}), Switch(), "mean", "integral", "stage")
    assert made.sign == "+"


def test_what_becomes_true_at_once_passes_the_sign_on() -> None:
    c = Case()
    pledge(c)
    c.b.variable("done", 0, 1, 0)
    c.b.variable("tie", 0, 3, 1)
    c.step("raised", c.b.fixed("raised", 0.0), [set_to("done", 1), set_to("tie", 2)],
           when("stage", 3), when("done", 0), when("tie", 0, 1))  # fmt: skip
    c.b.index("ring", [(c.q("weight", 0.1, 2), "tie")])
    made = c.ask(held(stage=3), held(stage=0), "mean", "integral", "ring")
    assert made.sign == "+"
    assert "stage (+) -> tie (+: raised, from 3 on) -> the measure" in made.supporting[0].text()


def test_a_calendar_with_a_threshold_keeps_the_order() -> None:
    c = Case()
    c.b.variable("tie", 0, 3, 1)
    c.b.variable("vote", 0, 1, 0)
    c.b.transition("grow", c.hazard("grow"), [add("tie", 1)], [when("tie", 0, 2)])
    c.step("election", c.b.calendar([30, 60]), [set_to("vote", 1)], when("tie", 2, 3))
    made = c.ask(Switch({"tie": 2}), Switch(), "probability", "first", "vote", lo=1)
    assert made.sign == "+"


def test_a_government_that_stays_moves_its_line_no_more_than_a_free_one() -> None:
    c = Case()
    c.b.variable("bloc", 0, 1, 0)
    c.b.variable("office", 0, 1, 0)
    change = c.q("change", 0.3, 0.7)
    seats = [c.b.indicator("bloc", k, k) for k in (0, 1)]
    outcomes = [
        c.b.outcome("election", str(k), [set_to("bloc", k)], 0.0,
                    [(log(1.0 - change), seats[k]), (log(change), seats[1 - k])])
        for k in (0, 1)
    ]  # fmt: skip
    c.b.transition("election", c.b.calendar([100, 200, 300]), outcomes, [], -10)
    for new in (0, 1):
        c.step(f"handover {new}", c.b.fixed(f"handover {new}", 0.0), [set_to("office", new)],
               when("bloc", new), when("office", 1 - new))  # fmt: skip
    made = c.ask(Switch(), held(bloc=0), "total", "count", transition="handover 1")
    assert made.sign == "+"


def test_a_hold_that_begins_later_keeps_the_order() -> None:
    c = Case()
    c.b.variable("tie", 0, 3, 1)
    c.b.transition("grow", c.hazard("grow"), [add("tie", 1)], [when("tie", 0, 2)])
    late = Switch({}, (Hold("tie", 3, 100.0),))
    assert c.ask(late, Switch(), "level", "level", "tie").sign == "+"
    c = Case()
    c.b.variable("tie", 0, 3, 1)
    c.b.transition("grow", c.hazard("grow"), [add("tie", 1)], [when("tie", 0, 2)])
    late = Switch({}, (Hold("tie", 2, 100.0),))
    assert c.ask(late, Switch(), "level", "level", "tie").sign == "unknown"


def test_expected_counts_follow_their_hazard() -> None:
    for kind, sign in (("hazard", "+"), ("count", "+")):
        c = Case()
        c.b.variable("tie", 0, 1, 0)
        c.b.variable("n", 0, 1, 0)
        c.b.transition("ring", c.hazard("ring", (c.q("push", 0.1, 1), "tie")), [set_to("n", 1)])
        made = c.ask(held(tie=1), held(tie=0), "total", kind, transition="ring")
        assert made.sign == sign


def test_what_the_switch_does_not_reach_does_not_move() -> None:
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.variable("other", 0, 1, 0)
    c.b.transition("ring", c.hazard("ring"), [set_to("other", 1)], [when("other", 0)])
    made = c.ask(held(tie=1), held(tie=0), "level", "level", "other")
    assert made.sign == "0"
    assert made.lines() == ["whatever the numbers within their ranges, "
                            "the switch never moves the measure"]  # fmt: skip


def net(nodes: int, weight: tuple[float, float]) -> Proof:
    """Return the proof that a tie between the first two raises the ties formed by the last two."""
    c = Case()
    codes = [f"n{i:02d}" for i in range(nodes)]
    pairs = [(a, b) for i, a in enumerate(codes) for b in codes[i + 1 :]]
    ties = {(a, b): c.b.variable(f"{a}{b}", 0, 1, 0) for a, b in pairs}
    c.b.layer("allies", codes, ties)
    for (a, b), tie in ties.items():
        read = (c.q("closes", *weight), c.b.shared("allies", a, b))
        c.step(f"form {tie}", c.hazard(f"form {tie}", read), [set_to(tie, 1)], when(tie, 0))
    switch, last = Switch({ties[pairs[0]]: 1}), ties[pairs[-1]]
    return c.ask(switch, Switch(), "mean", "level", last)


def test_shared_partners_pass_a_sign_on_where_it_is_known() -> None:
    assert net(4, (0.1, 0.8)).sign == "+"
    assert net(4, (-0.5, 0.8)).sign == "unknown"


def test_shared_partners_of_very_many_are_not_followed() -> None:
    made = net(26, (0.1, 0.8))
    assert made.sign == "unknown"
    assert made.reason == "it counts shared partners over 7800 triples"


def test_a_ratio_rises_if_its_parts_agree() -> None:
    for push, sign in ((0.5, "+"), (-0.5, "unknown")):
        c = Case()
        c.b.variable("tie", 0, 1, 0)
        c.b.variable("n", 0, 1, 0)
        c.step("hit", c.hazard("hit", (0.7, "tie")), [set_to("n", 0)])
        c.step("miss", c.hazard("miss", (-push, "tie")), [set_to("n", 0)])
        c.b.observer("hits", "count", transition="hit")
        c.b.observer("misses", "count", transition="miss")
        program = c.b.build(dict.fromkeys(c.ranges, 0.1))
        ranges = parameter_ranges(program, {}, c.ranges)
        measure = Measure("m", "", "", "ratio", ("hits",), ("misses",))
        assert proof(program, ranges, held(tie=1), held(tie=0), measure).sign == sign


def test_a_measure_that_counts_backwards_has_the_other_sign() -> None:
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.observer("seen", "level", "tie")
    program = c.b.build({})
    measure = Measure("m", "", "", "level", ("seen",), scale=-1.0)
    assert proof(program, {}, held(tie=1), held(tie=0), measure).sign == "-"
    assert proof(program, {}, held(tie=0), held(tie=1), measure).agrees("more")


# --- races, interval guards, and other places where no sign follows -----------------------------


def interval_guard() -> Proof:
    c = Case()
    c.b.variable("tie", 0, 3, 0)
    c.b.variable("talks", 0, 1, 0)
    c.b.transition("grow", c.hazard("grow"), [add("tie", 1)], [when("tie", 0, 2)])
    c.step("talk", c.hazard("talk"), [set_to("talks", 1)], when("talks", 0), when("tie", 1, 2))
    return c.ask(Switch({"tie": 1}), Switch(), "level", "level", "talks")


def interval_indicator() -> Proof:
    c = Case()
    c.b.variable("tie", 0, 3, 0)
    c.b.variable("n", 0, 1, 0)
    c.b.transition("grow", c.hazard("grow"), [add("tie", 1)], [when("tie", 0, 2)])
    middle = c.b.indicator("tie", 1, 2)
    clock = c.hazard("ring", (c.q("push", 0.1, 1), middle))
    c.step("ring", clock, [set_to("n", 1)], when("n", 0))
    return c.ask(Switch({"tie": 1}), Switch(), "probability", "first", "n", lo=1)


def race_of_two_ends() -> Proof:
    """More disputes; but one that ended early may miss the crisis that a later one meets."""
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.variable("state", 0, 3, 0)
    c.step("dispute", c.hazard("dispute", (0.5, "tie")), [set_to("state", 1)], when("state", 0))
    c.step("calm", c.hazard("calm"), [set_to("state", 0)], when("state", 2))
    c.step("crisis", c.hazard("crisis"), [set_to("state", 2)], when("state", 1))
    c.step("war", c.hazard("war"), [set_to("state", 3)], when("state", 2))
    return c.ask(held(tie=1), held(tie=0), "level", "level", "state")


def race_of_clocks() -> Proof:
    """Two durations race for one seat; the one that the tie speeds is not all that counts."""
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.variable("seat", 0, 2, 1)
    c.step("ours", c.takes("ours", (0.5, "tie")), [set_to("seat", 2)], when("seat", 1))
    c.step("theirs", c.takes("theirs", (0.5, "tie")), [set_to("seat", 0)], when("seat", 1))
    return c.ask(held(tie=1), held(tie=0), "level", "level", "seat")


def overtaking_jump() -> Proof:
    """A late starter jumps two steps at once, past the one that was ahead."""
    c = Case()
    c.b.variable("stage", 0, 3, 0)
    c.step("jump", c.hazard("jump"), [set_to("stage", 3)], when("stage", 0))
    c.step("walk", c.hazard("walk"), [set_to("stage", 2)], when("stage", 1))
    return c.ask(Switch({"stage": 1}), Switch(), "level", "level", "stage")


def drill_that_begins_anew() -> Proof:
    """A drill that is over sooner starts anew sooner, and may still run when the other is done."""
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.variable("drill", 0, 1, 0)
    c.step("start", c.b.calendar([30, 60, 90]), [set_to("drill", 1)], when("drill", 0))
    c.step("end", c.takes("end", (0.5, "tie")), [set_to("drill", 0)], when("drill", 1))
    return c.ask(held(tie=1), held(tie=0), "level", "level", "drill")


def interrupted(again: str) -> Proof:
    """Both are interrupted on the same day; one had begun before the other."""
    c = Case()
    c.b.variable("money", 0, 1, 0)
    c.b.variable("gate", 0, 1, 1)
    c.b.variable("done", 0, 1, 0)
    c.step("shut", c.b.calendar([20]), [set_to("gate", 0)], when("gate", 1))
    c.step("open", c.b.calendar([40]), [set_to("gate", 1)], when("gate", 0))
    c.step("fund", c.b.calendar([10]), [set_to("money", 1)], when("money", 0))
    c.step("work", c.takes("work", again=again), [set_to("done", 1)], when("gate", 1),
           when("money", 1), when("done", 0))  # fmt: skip
    c.b.variable("late", 0, 1, 0)
    c.step("notice", c.takes("notice"), [set_to("late", 1)], when("done", 0), when("late", 0))
    return c.ask(Switch({"money": 1}), Switch(), "probability", "first", "done", lo=1)


def test_to_have_begun_sooner_is_a_lead() -> None:
    assert interrupted("resume").sign == "+"


def open_sign() -> Proof:
    c = Case()
    c.b.variable("tie", 0, 1, 0)
    c.b.variable("n", 0, 1, 0)
    c.step("ring", c.hazard("ring", (c.q("push", -0.1, 1), "tie")), [set_to("n", 1)], when("n", 0))
    return c.ask(held(tie=1), held(tie=0), "probability", "first", "n", lo=1)


@pytest.mark.parametrize(
    "build",
    [interval_guard, interval_indicator, race_of_two_ends, race_of_clocks, overtaking_jump,
     drill_that_begins_anew, open_sign],
)  # fmt: skip
def test_a_race_or_an_interval_guard_is_unknown(build: Callable[[], Proof]) -> None:
    made = build()
    assert made.sign == "unknown"
    assert made.lines()[0].startswith("unknown: ")


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (interval_guard, "only from 1 to 2: more of it first helps, then hinders"),
        (open_sign, "its sign is open, for push in -0.1 to 1"),
        (overtaking_jump, "transitions that race, that pass each other"),
        (race_of_clocks, "paths of opposite sign meet at seat"),
    ],
)
def test_unknown_says_why(build: Callable[[], Proof], says: str) -> None:
    assert says in build().reason


def provoked(**asked: int) -> Proof:
    c = Case()
    c.b.variable("push", 0, 1, 0)
    c.b.variable("state", 0, 3, 0)
    c.step("dispute", c.hazard("dispute", (0.5, "push")), [set_to("state", 1)], when("state", 0))
    c.step("ends", c.hazard("ends"), [set_to("state", 0)], when("state", 1))
    c.step("crisis", c.hazard("crisis"), [set_to("state", 2)], when("state", 1))
    c.step("calms", c.hazard("calms"), [set_to("state", 0)], when("state", 2))
    c.step("war", c.hazard("war"), [set_to("state", 3)], when("state", 2))
    on, off = held(push=1), held(push=0)
    if asked:
        return c.ask(on, off, "probability", "first", "state", **asked)  # type: ignore[arg-type]
    return c.ask(on, off, "level", "level", "state")


def test_a_first_crisis_comes_sooner_though_the_state_is_not_ordered() -> None:
    assert provoked().sign == "unknown"
    assert provoked(lo=2).sign == "+"
    assert provoked(lo=3).sign == "unknown"


@pytest.mark.parametrize(("low", "sign"), [(0.0, "+"), (-0.2, "+"), (-1.0, "unknown")])
def test_what_rises_together_is_weighed_together(low: float, sign: str) -> None:
    c = Case()
    pledge(c)
    for called in ("tie", "other"):
        c.b.variable(called, 0, 3, 1)
    c.b.variable("done", 0, 1, 0)
    c.step("raised", c.b.fixed("raised", 0.0),
           [set_to("done", 1), set_to("tie", 2), set_to("other", 2)],
           when("stage", 3), when("done", 0))  # fmt: skip
    c.b.index("ring", [(c.q("weight", 0.5, 2), "tie"), (c.q("more", low, 0.1), "other")])
    made = c.ask(held(stage=3), held(stage=0), "mean", "integral", "ring")
    assert made.sign == sign


def test_a_scale_too_long_to_follow_is_unknown() -> None:
    c = Case()
    c.b.variable("push", 0, 1, 0)
    c.b.variable("level", 0, 100, 50)
    c.step("up", c.hazard("up", (0.5, "push")), [add("level", 1)], when("level", 0, 99))
    c.step("down", c.hazard("down"), [add("level", -1)], when("level", 1, 100))
    made = c.ask(held(push=1), held(push=0), "level", "level", "level")
    assert made.sign == "unknown"
    assert made.reason == "a variable has too many levels to be followed in two worlds at once"


# --- sources ---------------------------------------------------------------------------------


def unsourced(against: tuple[float, float], known: set[str]) -> Proof:
    c = Case()
    c.b.variable("tie", 0, 2, 0)
    c.b.variable("n", 0, 1, 0)
    top = c.b.indicator("tie", 2, 2)
    terms = [(c.q("push", 0.3, 0.9), "tie"), (c.q("brake", *against), top)]
    c.step("ring", c.hazard("ring", *terms), [set_to("n", 1)], when("n", 0))
    return c.ask(held(tie=2), held(tie=0), "probability", "first", "n",
                 counts=lambda q: q in known, lo=1)  # fmt: skip


def test_an_opposing_path_counts_only_with_a_source() -> None:
    assert unsourced((-3, -0.5), {"push", "brake", "ring.rate"}).sign == "unknown"
    made = unsourced((-3, -0.5), {"push", "ring.rate"})
    assert made.sign == "+"
    assert made.left_out == ("ring:tie[2]",)
    assert "left out, for it has no source: ring:tie[2]" in made.lines()


def test_an_open_sign_without_a_source_is_taken_as_its_centre() -> None:
    assert unsourced((-3, 5), {"push", "ring.rate"}).sign == "+"
    assert unsourced((-3, 5), {"push", "brake"}).sign == "unknown"


def test_two_paths_without_a_source_do_not_settle_each_other() -> None:
    assert unsourced((-3, -0.5), set()).sign == "unknown"


# --- contradiction ---------------------------------------------------------------------------


def summary(median: float, error: float) -> Summary:
    return Summary(median, median, median, error, 100, 20)


@pytest.mark.parametrize(
    ("sign", "median", "error", "wrong"),
    [
        ("+", 1.0, 0.1, False), ("+", -0.1, 0.1, False), ("+", -1.0, 0.1, True),
        ("-", 1.0, 0.1, True), ("-", -1.0, 0.1, False), ("0", 1.0, 0.1, True),
        ("0", 0.3, 0.1, False), ("unknown", -9.0, 0.1, False), ("+", math.nan, 0.1, False),
    ],
)  # fmt: skip
def test_an_effect_of_the_other_sign_beyond_error_contradicts(sign, median, error, wrong) -> None:  # type: ignore[no-untyped-def]
    assert contradicted(Proof(sign), summary(median, error)) is wrong


def test_draws_are_weighed_together_and_what_is_not_defined_is_left_out() -> None:
    values, se = np.array([-1.0, -1.2, np.nan, 0.1]), np.array([0.1, 0.1, 0.1, np.inf])
    assert contradicted(Proof("+"), PerDraw(values, se, 20))
    assert not contradicted(Proof("-"), PerDraw(values, se, 20))
    assert not contradicted(Proof("+"), PerDraw(values, 10 * se, 20))
    assert not contradicted(Proof("+", left_out=("x",)), PerDraw(values, se, 20))


# --- ranges ----------------------------------------------------------------------------------

FORMULAS = [
    name("a") - name("a"),
    name("a") / name("a"),
    log(name("a") / (name("a") + name("b"))),
    (name("a") - 1.0) * name("b"),
    log(name("b") / (1.0 - name("b"))),
    sqrt((name("a") - name("b")) ** 2),
    exp(-name("a") / name("b")) ** 2,
    -log(name("a")) * name("b") ** num(-1),
    name("a") ** name("b"),
]


@given(
    st.sampled_from(range(len(FORMULAS))),
    st.lists(st.floats(0.05, 0.95), min_size=6, max_size=6),
)
def test_a_range_contains_every_value_of_its_formula(which: int, u: list[float]) -> None:
    b = ProgramBuilder("ranges")
    b.parameter("p", FORMULAS[which])
    program = b.build({"a": 0.5, "b": 0.5})
    given_ = {"a": tuple(sorted(u[0:2])), "b": tuple(sorted(u[2:4]))}
    low, high = parameter_ranges(program, {}, given_)["p"]  # type: ignore[arg-type]
    (a0, a1), (b0, b1) = given_["a"], given_["b"]
    at = {"a": np.array([a0 + (a1 - a0) * u[4]]), "b": np.array([b0 + (b1 - b0) * u[5]])}
    value = float(FORMULAS[which].evaluate(at)[0])
    assert low - 1e-9 <= value <= high + 1e-9


def test_a_quantity_that_occurs_twice_is_not_counted_twice() -> None:
    b = ProgramBuilder("ranges")
    b.parameter("rest", name("a") - name("a") * name("b"))
    program = b.build({"a": 1.0, "b": 0.5})
    low, high = parameter_ranges(program, {}, {"a": (1, 3), "b": (0.1, 0.5)})["rest"]
    assert (low, high) == pytest.approx((0.5, 2.7))


def test_derived_names_are_followed() -> None:
    b = ProgramBuilder("ranges")
    b.parameter("p", name("twice") + 1.0)
    program = b.build({"twice": 1.0})
    derived = {"twice": name("a") * 2.0}
    assert parameter_ranges(program, derived, {"a": (1, 3)})["p"] == (3, 7)
    with pytest.raises(RimlandError, match="nothing is known of the range of 'a'"):
        parameter_ranges(program, derived, {"b": (1, 3)})


def test_a_quantity_admits_its_stated_range_or_all_that_its_family_can_be() -> None:
    made = Quantity.read({"value": "0.3 to 0.9 ratio", "judged": "for a test"})
    fixed = Quantity.read({"value": "3 days", "source": "x", "seen": "true"})
    spread = Quantity.read({"value": "1.5 to 4 ratio", "judged": "wide"}, "ratio", above=1.0)
    rows = {"made": made, "fixed": fixed, "spread": spread}
    assert quantity_ranges(rows) == {"made": (0.3, 0.9), "fixed": (3, 3), "spread": (1.5, 4)}
    wide = quantity_ranges(rows, support=True)
    assert wide == {"made": (0.0, math.inf), "fixed": (3, 3), "spread": (1.0, math.inf)}


def test_a_measure_of_unknown_observers_is_refused() -> None:
    program = ProgramBuilder("none").build({})
    measure = Measure("m", "", "", "level", ("nobody",))
    with pytest.raises(RimlandError, match="unknown observer 'nobody'"):
        proof(program, {}, Switch(), Switch(), measure)

"""What a sound program is: every fault found in one pass, each with its name."""

from __future__ import annotations

import dataclasses

import pytest

from rimland.errors import ProgramError
from rimland.program import check
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.formula import name
from rimland.program.model import Atom, Clock, Interval, Observer, Term, Weighted


def lamp() -> ProgramBuilder:
    b = ProgramBuilder("lamp")
    b.variable("lamp", 0, 2, 0, ["off", "dim", "on"])
    b.transition("rise", b.exponential("rise", name("rate")), [add("lamp", 1)], [when("lamp", 0)])
    b.observer("lamp", "level", "lamp")
    return b


def faults(builder: ProgramBuilder) -> str:
    with pytest.raises(ProgramError) as caught:
        builder.build({"rate": 0.1})
    return str(caught.value)


def test_a_sound_program_is_returned_as_it_is():
    program = lamp().build({"rate": 0.1})
    assert check.checked(program) is program


def test_unknown_names_are_told_with_the_nearest_known_one():
    b = lamp()
    b.transition("fall", b.exponential("fall", name("rat")), [set_to("lmap", 0)], [when("amp", 1)])
    text = faults(b)
    assert "outcome 'done' of transition 'fall' reads the variable 'lmap'" in text
    assert "Did you mean 'lamp'?" in text
    assert "transition 'fall' reads the variable 'amp', which is not declared." in text
    assert "parameter 'fall:log_rate' reads the quantity 'rat'" in text
    assert "Did you mean 'rate'?" in text


def test_an_index_reads_no_other_index():
    b = lamp()
    b.index("glow", [(1.0, "lamp")])
    b.index("shine", [(1.0, "glow")])
    assert "index 'shine' reads the variable or feature 'glow'" in faults(b)


@pytest.mark.parametrize(
    ("effect", "guard", "text"),
    [
        (set_to("lamp", 3), [], "sets 'lamp' to 3, always outside its bounds 0 to 2"),
        (add("lamp", 1), [when("lamp", 2)], "moves 'lamp' by 1, always outside its bounds"),
        (add("lamp", -3), [], "moves 'lamp' by -3, always outside its bounds"),
        (add("lamp", 1), [when("lamp", 5)], "can never happen: its guard wants 'lamp' in 5 to 5"),
    ],
)
def test_what_can_never_be_in_bounds_is_refused(effect, guard, text):
    b = lamp()
    b.transition("t", b.fixed("t", 1.0), [effect], guard)
    assert text in faults(b)


def test_what_may_stay_in_bounds_is_left_to_the_run():
    b = lamp()
    b.transition("t", b.fixed("t", 1.0), [add("lamp", 1)])
    b.build({"rate": 0.1})


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (Clock("gamma", ("a",)), "takes the parameters shape, scale_days; 1 given"),
        (Clock("lognormal", ()), "takes the parameters log_median_days, sigma; 0 given"),
        (Clock("calendar", (), None, (Weighted("p", "lamp"),)), "a calendar has no speed"),
        (Clock("calendar", days=(0,)), "rings on whole days from 1 on"),
        (Clock("calendar", days=(3, 3)), "days of its calendar do not increase"),
        (Clock("exponential", days=(3,)), "only a calendar has days"),
        (Clock("uniform"), "has the unknown clock 'uniform'"),
    ],
)
def test_a_clock_that_is_not_sound_is_refused(clock, text):
    b = lamp()
    b.transition("t", clock, [set_to("lamp", 0)])
    assert text in faults(b)


@pytest.mark.parametrize(
    ("observer", "text"),
    [
        (Observer("o", "level"), "a level observer needs 'of'"),
        (Observer("o", "count"), "a count observer needs 'transition'"),
        (Observer("o", "count", None, "ris"), "Did you mean 'rise'?"),
        (Observer("o", "count", None, "rise", "dnoe"), "Did you mean 'done'?"),
        (Observer("o", "first", "lamp", lo=7), "waits for 'lamp' in 7 to 2: never"),
        (Observer("o", "hazard", None, "tick"), "asks for the hazard of 'tick', whose clock is"),
    ],
)
def test_an_observer_that_is_not_sound_is_refused(observer, text):
    b = lamp()
    b.transition("tick", b.fixed("tick", 1.0), [])
    fields = dataclasses.asdict(observer)
    b.observer(fields.pop("name"), fields.pop("kind"), **fields)
    assert text in faults(b)


def test_a_covariate_begins_on_day_0_and_its_days_increase():
    b = lamp()
    b.covariate("price", [1, 1], [2.0, 3.0])
    assert "begins on day 1; it must begin on day 0" in faults(b)
    assert "has days that do not increase" in faults(b)


def test_a_feature_stays_exact_and_has_at_most_two_factors():
    b = lamp()
    b.feature("huge", [Term(2**53, (Atom("lamp"),))])
    b.feature("cube", [Term(1, (Atom("lamp"),) * 3)])
    text = faults(b)
    assert "sums are exact only below 2^53" in text
    assert "feature 'cube' has a term of 3 factors" in text


def test_names_declared_twice_are_refused():
    program = lamp().build({"rate": 0.1})
    twice = dataclasses.replace(
        program,
        variables=program.variables * 2,
        transitions=program.transitions * 2,
        observers=program.observers * 2,
    )
    with pytest.raises(ProgramError) as caught:
        check.checked(twice)
    for what in ("variables, features", "transitions are", "observers are"):
        assert what in str(caught.value)


def test_two_transitions_that_share_a_key_are_refused(monkeypatch):
    monkeypatch.setattr(check, "collisions", lambda names: [("rise", "fall")][: len(names) - 1])
    b = lamp()
    b.transition("fall", b.fixed("fall", 1.0), [set_to("lamp", 0)])
    assert "transitions 'rise' and 'fall' share a 64-bit key; rename one of them" in faults(b)


def test_two_conditions_that_contradict_each_other_are_refused():
    b = lamp()
    guard = [Interval("lamp", 0, 0), Interval("lamp", 2, 2)]
    b.transition("t", b.fixed("t", 1.0), [], guard)
    assert "can never happen" in faults(b)


def net(**ties: str) -> ProgramBuilder:
    """Return three courts whose pairs are tied by the given variables."""
    b = lamp()
    b.variable("ab", 0, 2, 0)
    b.layer("friends", "ABC", {(pair[0], pair[1]): v for pair, v in ties.items()})
    return b


@pytest.mark.parametrize(
    ("ties", "asks", "text"),
    [
        ({"AB": "ba"}, "AB1", "layer 'friends' reads the variable 'ba', which is not declared."),
        ({"AD": "ab"}, "AB1", "layer 'friends' ties 'D', which is none of its nodes."),
        ({"AA": "ab"}, "AB1", "layer 'friends' ties 'A' to itself"),
        ({"AB": "ab", "BA": "ab"}, "AB1", "layer 'friends' ties 'A' and 'B' twice"),
        ({"AB": "ab"}, "AD1", "asks for 'D', no node of the layer 'friends'"),
        ({"AB": "ab"}, "BB1", "asks what 'B' shares with itself"),
        ({"AB": "ab"}, "AB3", "at level 3 or above: none comes above 2"),
    ],
)
def test_a_layer_and_what_is_shared_over_it_name_what_exists(ties, asks, text):
    b = net(**ties)
    b.observer("seen", "level", b.shared("friends", asks[0], asks[1], int(asks[2])))
    assert text in faults(b)


def test_shared_partners_ask_for_a_layer_that_is_declared():
    b = net(AB="ab")
    b.observer("seen", "level", b.shared("freinds", "A", "B"))
    text = faults(b)
    assert "reads the layer 'freinds', which is not declared. Did you mean 'friends'?" in text


def test_layers_have_a_name_of_their_own_and_nodes_stand_in_them_once():
    b = net(AB="ab")
    with pytest.raises(ProgramError, match="two layers are called 'friends'"):
        b.layer("friends", "AB", {})
    b.layer("rivals", "ABA", {})
    assert "layer 'rivals' names a node twice" in faults(b)


def test_what_a_pair_shares_is_one_feature_in_either_order():
    b = net(AB="ab")
    assert b.shared("friends", "B", "A") == b.shared("friends", "A", "B")
    assert b.shared("friends", "A", "B", 2) != b.shared("friends", "A", "B", 1)
    assert b.shared("friends", "A", "B", transform="log1p") == "log1p(shared(friends,A,B,1))"
    b.feature("taken", [])
    with pytest.raises(ProgramError, match="'taken' is declared twice"):
        b.shared("friends", "A", "B", name="taken")


def test_a_weight_may_be_a_parameter_that_many_terms_share():
    b = lamp()
    b.parameter("pull", name("rate"))
    for n in range(3):
        b.transition(f"t{n}", b.exponential("t", -1.0, [("pull", "lamp")]), [])
    program = b.build({"rate": 0.1})
    assert len(program.parameters) == 3
    terms = {t.clock.terms for t in program.transitions if t.clock.terms}
    assert terms == {(Weighted("pull", "lamp"),)}
    b.transition("u", b.exponential("u", -1.0, [("push", "lamp")]), [])
    assert "reads the parameter 'push', which is not declared." in faults(b)

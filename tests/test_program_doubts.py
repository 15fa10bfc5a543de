"""What is not unsound but hardly meant, found without running."""

from __future__ import annotations

import pytest

from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.doubts import doubts
from test_engine_known import epidemic
from test_engine_queues import random_yard
from test_engine_runs import yard


def lamp() -> ProgramBuilder:
    b = ProgramBuilder("lamp")
    b.variable("lamp", 0, 2, 0)
    b.transition("on", b.exponential("on", 0.0), [set_to("lamp", 1)], [when("lamp", 0)])
    b.transition("off", b.fixed("off", 0.0), [set_to("lamp", 0)], [when("lamp", 1)])
    return b


@pytest.mark.parametrize("builder", [lamp, yard, random_yard])
def test_a_program_that_is_meant_so_raises_no_doubt(builder):
    assert doubts(builder().build({})) == []


def test_what_is_never_reached_is_told_with_the_level_that_never_comes():
    b = lamp()
    b.variable("moth", 0, 3, 0)
    b.transition("comes", b.fixed("comes", 1.0), [set_to("moth", 1)], [when("lamp", 2)])
    b.transition("leaves", b.fixed("leaves", 1.0), [set_to("moth", 0)], [when("moth", 1, 3)])
    b.transition("never", b.calendar([]), [])
    assert doubts(b.build({})) == [
        "transition 'comes' can never happen: 'lamp' never comes to 2",
        "transition 'leaves' can never happen: 'moth' never comes to 1 to 3",
        "transition 'never' can never happen: its calendar has no day",
    ]


def test_a_queue_that_can_serve_nobody_is_told():
    b = ProgramBuilder("queues")
    b.variable("none", 0, 0, 0)
    b.variable("one", 1, 1, 1)
    for ship, start in (("a", 1), ("b", 0)):
        b.variable(ship, 0, 2, start)
    b.queue("closed", ["a"], "none")
    b.queue("empty", ["b"], "one")
    assert doubts(b.build({})) == [
        "queue 'closed' can never serve: 'none' is never above 0",
        "queue 'empty' can never serve: no unit ever waits",
    ]


def test_an_effect_that_can_leave_its_bounds_is_told():
    b = lamp()
    b.transition("more", b.fixed("more", 1.0), [add("lamp", 2)])
    assert doubts(b.build({})) == [
        "outcome 'done' of transition 'more' can move 'lamp' to 4, outside 0 to 2, unless its rate "
        "is 0 there; a guard makes sure"
    ]
    assert all("unless its rate is 0 there" in text for text in doubts(epidemic().build({})))


def test_a_cycle_that_takes_no_time_is_told():
    b = lamp()
    b.transition("back", b.fixed("back", 0.0), [set_to("lamp", 1)], [when("lamp", 0)])
    assert doubts(b.build({})) == [
        "'off' -> 'back' -> 'off' may go round without time passing; give one of them a duration"
    ]
    b = lamp()
    b.transition("stays", b.fixed("stays", 0.0), [set_to("lamp", 2)], [when("lamp", 1, 2)])
    assert doubts(b.build({})) == [
        "'stays' -> 'stays' may go round without time passing; give one of them a duration"
    ]


def test_a_service_that_takes_no_time_and_leads_back_into_the_line_is_told():
    b = ProgramBuilder("line")
    b.variable("servers", 1, 1, 1)
    b.variable("a", 0, 2, 1)
    b.queue("line", ["a"], "servers")
    b.transition("again", b.fixed("again", 0.0), [set_to("a", 1)], [when("a", 2)])
    assert doubts(b.build({})) == [
        "'again' -> 'line' -> 'again' may go round without time passing; give one of them a "
        "duration"
    ]


def test_names_that_differ_in_case_alone_are_told():
    b = lamp()
    b.variable("Lamp", 0, 1, 0)
    assert doubts(b.build({})) == ["variables 'lamp' and 'Lamp' differ in case or spaces alone"]


def test_a_wide_variable_does_not_take_long():
    b = ProgramBuilder("wide")
    b.variable("n", 0, 1_000_000, 0)
    b.transition("more", b.fixed("more", 1.0), [add("n", 1)], [when("n", 0, 999_999)])
    b.transition("top", b.fixed("top", 1.0), [set_to("n", 0)], [when("n", 1_000_000)])
    assert doubts(b.build({})) == []


def followers(reset: bool) -> ProgramBuilder:
    """Two notes that follow two switches at once, and both count into one sum."""
    b = ProgramBuilder("notes")
    b.variable("sum", 0, 3, 0)
    for name, bit in (("a", 1), ("b", 2)):
        b.variable(name, 0, 1, 0)
        b.variable(f"note {name}", 0, 1, 0)
        flips = b.exponential(f"{name} flips", 0.0)
        b.transition(f"{name} rises", flips, [set_to(name, 1)], [when(name, 0)])
        b.transition(f"{name} falls", flips, [set_to(name, 0)], [when(name, 1)])
        at_once = b.fixed(f"{name} at once", 0.0)
        on = [set_to(f"note {name}", 1), add("sum", bit)]
        guard = [when(name, 1), when(f"note {name}", 0), when("sum", 0, 3 - bit)]
        b.transition(f"{name} noted", at_once, on, guard)
        off = [set_to(f"note {name}", 0), add("sum", -bit)]
        guard = [when(name, 0), when(f"note {name}", 1), when("sum", bit, 3)]
        b.transition(f"{name} forgotten", at_once, off, guard)
    if reset:  # what undoes the note at once lets it be made again
        guard = [when("note a", 1), when("sum", 1, 3)]
        b.transition("undone", b.fixed("undone", 0.0), [set_to("note a", 0), add("sum", -1)], guard)
    return b


def test_notes_that_are_made_once_at_an_instant_go_on_no_way_round():
    assert doubts(followers(reset=False).build({})) == []


def test_a_note_that_is_undone_at_once_goes_round_without_time_passing():
    found = doubts(followers(reset=True).build({}))
    assert len(found) == 1
    assert "'a noted'" in found[0]
    assert "'undone'" in found[0]
    assert "without time passing" in found[0]

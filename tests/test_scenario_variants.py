"""Variants: names, patterns and levels become the switch of a program; `a+b` is both."""

from __future__ import annotations

from pathlib import Path

import pytest

import rimland
from rimland.errors import RimlandError
from rimland.program.model import NO_SWITCH
from rimland.scenario.assemble import Assembled, assemble
from strait import edited, template


@pytest.fixture(scope="module")
def strait(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    return assemble(template(tmp_path_factory.mktemp("variants")))


def held(strait: Assembled, variant: str) -> dict[str, tuple[int, float]]:
    return {h.variable: (h.level, h.from_day) for h in strait.variant(variant).switch.holds}


def test_as_assessed_switches_nothing_and_needs_no_entry(strait: Assembled) -> None:
    assert strait.variant("as-assessed").switch == NO_SWITCH
    assert strait.numbers("unmoved") == strait.numbers("unmoved", strait.variant("as-assessed"))
    assert next(iter(strait.variants)) == "as-assessed"


def test_a_level_is_held_by_its_name(strait: Assembled) -> None:
    assert held(strait, "no-joint-staff") == {"pledges.joint-staff.stage": (0, 0.0)}
    assert held(strait, "parliament-refuses") == {"hurdles.beland-parliament": (0, 0.0)}


def test_a_pattern_holds_everything_that_it_fits_and_nothing_else(strait: Assembled) -> None:
    stages = {v.name for v in strait.program.variables if v.name.endswith(".stage")}
    assert len(stages) == 3
    assert held(strait, "no-pledges") == dict.fromkeys(stages, (0, 0.0))


def test_a_hold_from_a_date_counts_days_from_the_as_of_date(strait: Assembled) -> None:
    assert held(strait, "troops-leave") == {"ties.AAA-BBB.presence": (0, 1095.0)}


def test_a_variant_can_start_things_elsewhere_and_set_numbers(strait: Assembled) -> None:
    variant = strait.variant("staff-works")
    assert variant.switch.starts == {"pledges.joint-staff.stage": 5}
    assert variant.switch.holds == ()
    name = "hurdles.beland-parliament.median"
    numbers = strait.numbers("unmoved", variant)
    assert (numbers[name].p10, numbers[name].p90) == (60, 90)
    same = {n for n in numbers if numbers[n] == strait.numbers("unmoved")[n]}
    assert same == set(numbers) - {name}


def test_a_number_set_by_a_variant_wins_over_the_account(tmp_path: Path) -> None:
    name = "flashpoints.strait.dispute.drivers.command.strait.slowness"
    quantity = "{value: 2 to 3 log, judged: invented for this example, causal: assumed}"
    strait = assemble(
        edited(
            tmp_path,
            (
                "variants.yaml",
                "      quantities:\n",
                f"      quantities:\n        {name}: {quantity}\n",
            ),
        )
    )
    number = strait.numbers("spiral-led", strait.variant("staff-works"))[name]
    assert (number.p10, number.p90) == (2, 3)


def test_two_variants_joined_are_both_at_once(strait: Assembled) -> None:
    both = strait.variant("no-dock+troops-leave")
    assert held(strait, "no-dock+troops-leave") == {
        "pledges.dock.stage": (0, 0.0),
        "ties.AAA-BBB.presence": (0, 1095.0),
    }
    assert both.label == "no dock and troops leave"
    assert "the dock is never built" in both.says
    assert "troops leave" in both.says
    assert held(strait, " no-dock + troops-leave ") == held(strait, "no-dock+troops-leave")


def test_the_baseline_adds_nothing_to_a_combination(strait: Assembled) -> None:
    assert strait.variant("as-assessed+no-dock") == strait.variant("no-dock")
    assert strait.variant("no-dock+as-assessed") == strait.variant("no-dock")


def test_where_two_variants_touch_the_same_thing_the_later_wins(tmp_path: Path) -> None:
    added = (
        "  - {id: dock-open, says: the dock works, hold: {pledges.dock.stage: operational}}\n"
        "  - id: no-dock\n"
    )
    strait = assemble(edited(tmp_path, ("variants.yaml", "  - id: no-dock\n", added)))
    assert held(strait, "no-dock+dock-open") == {"pledges.dock.stage": (5, 0.0)}
    assert held(strait, "dock-open+no-dock") == {"pledges.dock.stage": (0, 0.0)}


def test_a_tie_is_named_by_its_pair_in_either_order(tmp_path: Path) -> None:
    turned = edited(
        tmp_path,
        ("variants.yaml", "{ties.AAA-BBB.presence: none}", "{ties.BBB-AAA.presence: none}"),
    )
    assert held(assemble(turned), "troops-leave") == {"ties.AAA-BBB.presence": (0, 1095.0)}


def test_a_level_without_names_is_held_by_its_number(tmp_path: Path) -> None:
    fixed = edited(
        tmp_path, ("variants.yaml", "{pledges.dock.stage: lapsed}", "{preparation.CCC.level: 7}")
    )
    assert held(assemble(fixed), "no-dock") == {"preparation.CCC.level": (7, 0.0)}
    beyond = edited(
        tmp_path / "more",
        ("variants.yaml", "{pledges.dock.stage: lapsed}", "{preparation.CCC.level: 11}"),
    )
    (problem,) = rimland.check(beyond)
    assert "'11' is not a level of preparation.CCC.level; expected one of 0 to 10" in str(problem)


@pytest.mark.parametrize("name", ["no-dok", "no-dock+no-stafff", "", "no-dock+"])
def test_an_unknown_variant_is_refused_with_those_that_are_known(
    name: str, strait: Assembled
) -> None:
    with pytest.raises(RimlandError, match="there is no variant") as raised:
        strait.variant(name)
    assert "no-joint-staff" in str(raised.value)


def test_the_nearest_variant_is_named(strait: Assembled) -> None:
    with pytest.raises(RimlandError, match="Did you mean 'no-dock'"):
        strait.variant("no-dok")

"""Why: from a verdict down to its runs, its arrows, its numbers with their lines, its sources."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import rimland
import rimland.engine as engine
from cli_system import FEW, said
from fits_made import shipping, turnover
from rimland.cli import why as screen
from rimland.notation.quantity import Quantity
from rimland.program.build import ProgramBuilder, set_to, when
from rimland.program.formula import log, name
from rimland.program.model import Hold, Program, Switch
from rimland.study import Scenario
from rimland.study.arrows import MEASURE, Arrows, switched, told
from rimland.study.origins import origins, sources_of
from rimland.study.phrases import thing
from rimland.study.why import Why, why
from strait import edited, template

CLAIMS = ("staff-in-time", "staff-speeds-answer", "staff-hinge", "deter-or-provoke",
          "beland-changes-more")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("why"))


@pytest.fixture(scope="module")
def scenario(folder: Path) -> Scenario:
    return rimland.load(folder)


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> dict[str, Why]:
    run = scenario.run(30, 4, 1, keeps=True)
    return {claim: why(run, claim) for claim in (*CLAIMS, "talks-took-months", "celand-divided")}


# --- arrows ----------------------------------------------------------------------------------


def chain() -> Program:
    """Return a -> b -> c, where a guards, b sets a pace, and the firings of the last are counted.

    There is a longer way round by d, and e reaches nothing.
    """
    b = ProgramBuilder("chain")
    for called in "abcde":
        b.variable(called, 0, 1, 0)

    def rises(called: str, moved: str, guard: str, at: int = 1) -> None:
        clock = b.exponential(called, log(name(f"{moved}.rate")))
        b.transition(called, clock, [set_to(moved, 1)], [when(guard, at)])

    rises("b.rises", "b", "a")
    rises("d.rises", "d", "a")
    rises("e.rises", "e", "e", 0)
    by_d = b.exponential("b.by.d", log(name("d.rate")))
    b.transition("b.by.d", by_d, [set_to("b", 1)], [when("d", 1)])
    paced = b.exponential("c", log(name("c.rate")), [(name("pace"), "b")])
    b.transition("c.rises", paced, [set_to("c", 1)])
    b.observer("seen", "count", None, transition="c.rises")
    rates = {f"{v}.rate": 0.1 for v in "bcde"}
    return b.build({**rates, "pace": 0.5})


def test_the_shortest_way_has_the_arrows_of_the_program_in_their_order() -> None:
    program = chain()
    way = Arrows(program, program.observers).shortest("a")
    assert way is not None
    assert [(a.before, a.how, a.through, a.after) for a in way.arrows] == [
        ("a", "guard", "b.rises", "b"),
        ("b", "speed", "c.rises", MEASURE),
    ]
    assert way.arrows[0].levels == ("1",)


def test_longer_ways_come_after_the_shortest_and_pass_no_variable_twice() -> None:
    program = chain()
    ways = list(Arrows(program, program.observers).ways("a"))
    assert [len(w.arrows) for w in ways] == [2, 3]
    assert [a.after for a in ways[1].arrows] == ["d", "b", MEASURE]


def test_what_both_variants_hold_lets_nothing_through() -> None:
    program = chain()
    with_ = Switch({"a": 1}, (Hold("b", 0),))
    without = Switch({}, (Hold("b", 0),))
    causes, blocked = switched(with_, without)
    assert (causes, blocked) == (("a",), {"b"})
    assert Arrows(program, program.observers, blocked).shortest("a") is None
    assert Arrows(program, program.observers).shortest("e") is None


def test_what_one_variant_alone_holds_from_a_later_day_is_switched() -> None:
    causes, blocked = switched(Switch({}, (Hold("a", 0, 10.0),)), Switch({}, (Hold("a", 0),)))
    assert (causes, blocked) == (("a",), frozenset())


def test_a_number_begins_its_way_at_what_reads_it() -> None:
    program = chain()
    arrows = Arrows(program, program.observers)
    by_d = arrows.of_number("d.rate", {})
    assert by_d is not None
    assert by_d.first == "b.by.d"  # nearer to the measure than d.rises
    assert [a.after for a in by_d.arrows] == [MEASURE]
    own = arrows.of_number("c.rate", {})
    assert own is not None
    assert (own.first, own.arrows) == ("c.rises", ())
    assert told(own, "what is seen", str)[-1] == "which is measured: what is seen"
    assert arrows.of_number("e.rate", {}) is None


def test_a_way_is_told_from_the_cause_down_to_the_measure() -> None:
    program = chain()
    way = Arrows(program, program.observers).shortest("a")
    assert way is not None
    assert told(way, "what is seen", str) == [
        "a",
        "which has to be 1 for: b.rises",
        "which moves b",
        "which changes the pace of: c.rises",
        "which counts: what is seen",
    ]


def test_everything_that_scenarios_that_ship_can_name_has_plain_words(scenario: Scenario) -> None:
    bare = []
    for each in (scenario, rimland.load("indo-pacific-2024")):
        program, named = each.program, each.assembled.named
        names = [x.name for x in (*program.variables, *program.transitions, *program.indices)]
        bare += [n for n in names if n in thing(n, named) or "_" in thing(n, named)]
    assert bare == [], "study/tables/parts.csv has no words for these"


# --- the whole -------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_arrow_shown_is_one_of_the_program(
    claim: str, found: dict[str, Why], scenario: Scenario
) -> None:
    transitions = {t.name: t for t in scenario.program.transitions}
    steps = [
        step
        for measure in found[claim].parts["arrows"]["measures"]
        for cause in measure["causes"]
        for way in cause["ways"]
        for step in way["steps"]
    ]
    assert steps or claim in ("staff-in-time", "beland-changes-more")
    for step in steps:
        if step["through"] is None:
            continue
        through = transitions[step["through"]]
        moved = {e.variable for o in through.outcomes for e in o.effects}
        assert step["to"] is None or step["to"] in moved
        if step["how"] == "guard":
            assert step["from"] in {i.variable for i in through.guard}


@pytest.mark.parametrize("claim", CLAIMS)
def test_each_number_stands_where_it_is_said_to_stand(
    claim: str, found: dict[str, Why], folder: Path
) -> None:
    numbers = found[claim].parts["numbers"]
    assert {n["name"] for n in numbers} == set(found[claim].finding.numbers)
    for n in numbers:
        if n["at"] is None:  # given by the package
            assert n["kind"] == "computed" or n["because"].startswith("default for")
            continue
        file, _, line = n["at"].partition(":")
        written = (folder / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        # the last part of a dotted name is the key in the file; its value may start a line below
        before = (folder / file).read_text(encoding="utf-8").splitlines()[: int(line)]
        assert any(n["name"].split(".")[-1] in text for text in (written, *before[-2:])), n


def test_numbers_that_explain_most_come_first_and_those_on_arrows_next(
    found: dict[str, Why],
) -> None:
    for claim in CLAIMS:
        numbers = found[claim].parts["numbers"]
        shares = [n["explains"] or 0.0 for n in numbers]
        assert shares == sorted(shares, reverse=True)
        near = [{"arrow": 0, "way": 1}.get(n["on"], 2) for n in numbers if not n["explains"]]
        assert near == sorted(near)
    hinge = found["staff-hinge"].parts
    ways = [w for m in hinge["arrows"]["measures"] for c in m["causes"] for w in c["ways"][:1]]
    assert {n for w in ways for n in w["numbers"]} <= {n["name"] for n in hinge["numbers"]}


def test_the_share_explained_is_that_of_the_card(found: dict[str, Why]) -> None:
    for claim in CLAIMS:
        rests = found[claim].finding.rests_on
        assert rests is not None
        shares = {n["name"]: n["explains"] for n in found[claim].parts["numbers"]}
        if rests["weakest"] is not None:
            assert shares[rests["weakest"]] == rests["explains"]


def test_the_runs_are_those_of_the_plan_and_say_what_each_variant_holds(
    found: dict[str, Why],
) -> None:
    runs = found["staff-hinge"].parts["runs"]
    roles = {v["id"]: v["role"] for v in runs["variants"]}
    assert roles == {
        "as-assessed": "with",
        "no-joint-staff": "without",
        "no-pledges": "nothing of it",
        "no-shared-plans": "without another candidate: shared plans",
        "no-dock": "without another candidate: the dock",
    }
    held = next(v for v in runs["variants"] if v["id"] == "no-joint-staff")["holds"]
    assert [(h["variable"], h["level"]) for h in held] == [("pledges.joint-staff.stage", "lapsed")]
    assert (runs["draws"], runs["futures"], runs["seed"]) == (30, 4, 1)
    assert found["deter-or-provoke"].parts["runs"]["read_on"] == ["2028-01-01", "2035-01-01"]


def test_a_claim_that_switches_nothing_starts_from_the_numbers_that_explain_most(
    found: dict[str, Why],
) -> None:
    parts = found["beland-changes-more"].parts
    assert parts["arrows"]["from"] == "the numbers that explain most"
    causes = [c["name"] for m in parts["arrows"]["measures"] for c in m["causes"]]
    assert set(causes) <= set(found["beland-changes-more"].finding.explained)


def test_a_fact_leads_to_its_record_and_a_claim_without_a_test_to_what_it_needs(
    found: dict[str, Why],
) -> None:
    fact = found["talks-took-months"].parts
    assert (fact["runs"], fact["arrows"], fact["numbers"]) == (None, None, [])
    assert fact["record"]["at"].startswith("facts.yaml:")
    untested = found["celand-divided"].parts
    assert (untested["test"], untested["runs"]) == (None, None)
    assert untested["answer"]["needs"]


def test_a_number_that_an_account_sets_otherwise_shows_both(tmp_path: Path) -> None:
    scenario = rimland.load(template(tmp_path))
    set_by = {n for s in scenario.assembled.structures.values() for n in s.set}
    rows = origins(scenario.assembled, sorted(set_by), {}, {})
    assert rows
    for row in rows:
        for account, value in row["accounts"].items():
            own = scenario.assembled.structures[account].set[row["name"]]
            assert value["central"] == own.central
        assert row["accounts"]


def test_a_source_counts_the_numbers_that_name_it() -> None:
    a = {"id": "a", "author": "A", "year": 2000, "title": "T", "where": "W"}
    rows = [{"name": "x", "source": a}, {"name": "y", "source": a}, {"name": "z", "source": None}]
    assert sources_of(rows) == [{**a, "numbers": ["x", "y"]}]


def test_an_estimated_number_leads_to_its_fit_its_data_and_its_prior(tmp_path: Path) -> None:
    scenario = rimland.load(template(tmp_path / "s"))
    called = "politics.BBB.between_elections"
    assert called in scenario.assembled.quantities
    with shipping(tmp_path / "fits", turnover()):
        estimated = Quantity.read(
            {"estimated": "turnover.bloc_change", "of": "BBB", "prior": "0.02 to 0.3 per year"}
        )
        quantities = {**scenario.assembled.quantities, called: estimated}
        row, *_ = origins(
            replace(scenario.assembled, quantities=quantities), [called], {called: 0.4}, {}
        )
        fit = row["fit"]
        assert row["kind"] == "estimated"
        assert (fit["rows"], fit["events"], fit["years"]) == (9120, 413, [1946, 2015])
        assert fit["data"] == [{"name": "archigos", "version": "4.1"}]
        assert fit["out_of_time"]["brier_skill"] == pytest.approx(1 - 0.0351 / 0.0353)
        assert row["prior"]["p10"] == pytest.approx(0.02)
        text = _numbers_text([row])
    for words in ("turnover.bloc_change", "archigos 4.1; 1946 to 2015",
                  "413 events in 9,120 rows (state-year)", "0.02 to 0.3 per year",
                  "coded by country experts"):  # fmt: skip
        assert words in text


def _numbers_text(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    screen._numbers(Console(file=out, width=300), rows, True)
    return out.getvalue()


# --- the command -----------------------------------------------------------------------------


def test_the_first_screen_answers_and_the_rest_is_folded_until_all_is_asked_for(
    folder: Path,
) -> None:
    short = said("why", str(folder), "staff-hinge", *FEW)
    whole = said("why", str(folder), "staff-hinge", *FEW, "--all")
    assert short.code == whole.code == 0, short.err
    head = "\n".join(short.out.splitlines()[:24])
    for words in ("staff-hinge", "In this model", "Confidence", "Measured", "Rests on"):
        assert words in head
    assert "--all shows them" in short.out
    assert "--all shows them" not in whole.out
    assert len(whole.out) > len(short.out)
    order = ["1  What was asked", "2  The runs", "3  The arrows", "4  The numbers"]
    at = [short.out.index(title) for title in order]
    assert at == sorted(at)


def test_as_json_it_holds_the_finding_of_judge(folder: Path) -> None:
    data = said("why", str(folder), "staff-hinge", *FEW, "--json").data
    judged = said("judge", str(folder), "--claim", "staff-hinge", *FEW, "--json").data
    assert data["answer"] == judged["claims"][0]


def test_a_verdict_that_was_kept_is_not_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("judge", str(folder), "--claim", "staff-speeds-answer", *FEW)

    def refused(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("the engine was asked to run")

    monkeypatch.setattr(engine, "run", refused)
    found = said("why", str(folder), "staff-speeds-answer", *FEW)
    assert found.code == 0, found.err


def test_an_unknown_claim_is_answered_with_the_nearest(folder: Path) -> None:
    found = said("why", str(folder), "staf-hinge", *FEW)
    assert found.code == 2
    assert "Did you mean 'staff-hinge'" in found.err


def test_a_switch_that_reaches_nothing_says_so(tmp_path: Path) -> None:
    other = edited(
        tmp_path,
        ("claims.yaml", "treatment: {with: as-assessed, without: no-joint-staff}",
         "treatment: {with: as-assessed, without: no-dock}"),
    )  # fmt: skip
    found = said("why", str(other), "staff-speeds-answer", *FEW)
    assert found.code == 0, found.err
    assert "nothing of it reaches the measure by any arrow" in " ".join(found.out.split())

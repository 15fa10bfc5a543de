"""Assembling: a folder becomes one program with numbers, measures, variants and claims."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import rimland
from rimland.dates import quarters
from rimland.errors import RimlandError
from rimland.program.influence import ancestors
from rimland.scenario.assemble import Assembled, assemble
from rimland.scenario.locate import find_folder, shipped
from strait import edited, template


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("assemble"))


@pytest.fixture(scope="module")
def strait(folder: Path) -> Assembled:
    return assemble(folder)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_scenario_that_ships_loads_by_its_name_and_is_sound(name: str) -> None:
    assert rimland.check(name) == ()
    scenario = rimland.load(name)
    assert scenario.id == name
    assert scenario.title


def test_a_folder_is_found_by_its_path_its_heading_or_from_inside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_folder(folder) == folder
    assert find_folder(str(folder)) == folder
    assert find_folder(folder / "scenario.yaml") == folder
    monkeypatch.chdir(folder)
    assert assemble(".").id == "my-strait"


def test_a_scenario_without_most_of_its_words_is_still_one(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    kept = {"scenario.yaml", "sources.yaml", "actors.yaml", "ties.yaml"}
    for path in scenario.iterdir():
        if path.name not in kept:
            path.unlink()
    heading = scenario / "scenario.yaml"
    text = heading.read_text(encoding="utf-8")
    head, _, _ = text.partition("page:\n")
    heading.write_text(
        head + "structures:\n  - {id: plain, says: nothing moves}\n", encoding="utf-8"
    )
    assert rimland.check(scenario) == ()
    assembled = assemble(scenario)
    assert not assembled.claims
    assert list(assembled.variants) == ["as-assessed"]
    assert {v.name.split(".")[0] for v in assembled.program.variables} == {"ties"}


def test_the_grid_holds_every_quarter_and_every_date_a_claim_asks_for(
    tmp_path: Path, strait: Assembled
) -> None:
    odd = date(2029, 5, 17)
    assembled = assemble(
        edited(tmp_path, ("claims.yaml", "horizons: [2028-01-01,", f"horizons: [{odd},"))
    )
    days = set(assembled.grid())
    asked = {odd, date(2028, 1, 1), date(2035, 1, 1), *quarters(date(2025, 1, 1), date(2035, 1, 1))}
    assert days == {float((when - date(2025, 1, 1)).days) for when in asked}
    assert float((odd - date(2025, 1, 1)).days) not in set(strait.grid())
    assert np.all(np.diff(assembled.grid()) > 0)
    assert assembled.grid()[-1] == assembled.horizon_day == 3652


def test_the_digest_changes_with_any_file_and_only_then(tmp_path: Path, strait: Assembled) -> None:
    digests = {strait.digest}
    for i, file in enumerate(sorted(strait.documents)):
        scenario = template(tmp_path / str(i))
        assert assemble(scenario).digest == strait.digest
        with (scenario / file).open("a", encoding="utf-8") as stream:
            stream.write("# one more remark\n")
        digests.add(assemble(scenario).digest)
    assert len(digests) == len(strait.documents) + 1
    scenario = template(tmp_path / "notes")
    (scenario / "notes.txt").write_text("mine", encoding="utf-8")
    assert assemble(scenario).digest == strait.digest


def reordered(text: str, section: str) -> str:
    """Return YAML text with the entries of one top-level mapping or list the other way round."""
    head, _, rest = text.partition(f"\n{section}:\n")
    body: list[list[str]] = []
    lines = rest.splitlines(keepends=True)
    tail = next((i for i, line in enumerate(lines) if line[0] not in " #\n"), len(lines))
    for line in lines[:tail]:
        starts = line.startswith("  ") and line[2] not in " #\n"
        if starts or not body:
            body.append([])
        body[-1].append(line)
    assert len(body) > 1
    turned = "".join("".join(entry) + "\n" for entry in reversed(body))
    return f"{head}\n{section}:\n{turned}{''.join(lines[tail:])}"


SECTIONS = {
    "actors.yaml": "actors",
    "ties.yaml": "ties",
    "politics.yaml": "governments",
    "pledges.yaml": "pledges",
    "variants.yaml": "variants",
}


def test_the_order_of_entries_within_files_changes_no_name_and_no_number(
    tmp_path: Path, strait: Assembled
) -> None:
    scenario = template(tmp_path)
    for file, section in SECTIONS.items():
        path = scenario / file
        path.write_text(reordered(path.read_text(encoding="utf-8"), section), encoding="utf-8")
    other = assemble(scenario)
    assert list(other.words["actors.yaml"].actors) == ["CCC", "BBB", "AAA"]  # type: ignore[attr-defined]
    for part in ("variables", "transitions", "observers", "parameters"):
        before = {item.name: item for item in getattr(strait.program, part)}
        after = {item.name: item for item in getattr(other.program, part)}
        assert before.keys() == after.keys()
    starts = {v.name: v.start for v in strait.program.variables}
    assert {v.name: v.start for v in other.program.variables} == starts
    assert other.quantities == strait.quantities
    assert set(other.measures) == set(strait.measures)
    a, b = (x.draw_values("spiral-led", 5, 3) for x in (strait, other))
    theta_a, theta_b = strait.program.theta(a, 5), other.program.theta(b, 5)
    column = {p.name: i for i, p in enumerate(other.program.parameters)}
    order = [column[p.name] for p in strait.program.parameters]
    np.testing.assert_allclose(theta_b[:, order], theta_a, rtol=1e-12)


# --- numbers ---------------------------------------------------------------------------------


def test_an_account_overrides_the_numbers_it_names_and_no_other(strait: Assembled) -> None:
    for structure in strait.structures.values():
        numbers = strait.numbers(structure.id)
        assert numbers.keys() == strait.quantities.keys()
        changed = {n for n, q in numbers.items() if q != strait.quantities[n]}
        assert changed == set(structure.set)


def test_accounts_share_the_luck_of_every_number_that_neither_overrides(strait: Assembled) -> None:
    draws = {name: strait.draw_values(name, 40, 7) for name in strait.structures}
    first, *others = draws.values()
    overridden = {n for s in strait.structures.values() for n in s.set}
    assert overridden
    for other in others:
        for name in strait.quantities:
            same = np.array_equal(first[name], other[name])
            assert same != (name in overridden), name


def test_an_overridden_number_keeps_its_luck_on_another_range(strait: Assembled) -> None:
    name = "flashpoints.strait.dispute.drivers.command.strait.slowness"
    a, b = (
        np.asarray(strait.draw_values(account, 60, 1)[name])
        for account in ("deterrence-led", "unmoved")
    )
    assert np.array_equal(np.argsort(a), np.argsort(b))


def test_more_draws_change_no_earlier_one(strait: Assembled) -> None:
    few, many = (strait.draw_values("unmoved", n, 4) for n in (6, 30))
    for name in few:
        assert np.array_equal(few[name], many[name][:6]), name


def test_another_seed_draws_other_numbers(strait: Assembled) -> None:
    name = "flashpoints.strait.dispute.rate"
    a, b = (strait.draw_values("unmoved", 6, seed)[name] for seed in (1, 2))
    assert not np.any(a == b)


def test_draws_have_one_value_a_draw_and_theta_one_row(strait: Assembled) -> None:
    values = strait.draw_values("deterrence-led", 11, 1)
    assert values.keys() == {*strait.quantities, *strait.derived}
    assert {v.shape for v in values.values()} == {(11,)}
    theta = strait.program.theta(values, 11)
    assert theta.shape == (11, len(strait.program.parameters))
    assert np.isfinite(theta).all()


def test_draws_lie_about_the_range_that_was_written(strait: Assembled) -> None:
    # p10 to p90: of 400 draws 320 +- 8 lie within; five standard errors, wrong once in a million
    for name, quantity in strait.quantities.items():
        drawn = quantity.draws(1, 400, name)
        if quantity.p10 == quantity.p90:
            assert np.all(drawn == quantity.central)
        else:
            within = np.count_nonzero((drawn >= quantity.p10) & (drawn <= quantity.p90))
            assert 280 <= within <= 360, name


# --- what can move a measure -----------------------------------------------------------------


def moved_by(strait: Assembled, measure: str) -> tuple[set[str], set[str]]:
    found = ancestors(strait.program, strait.measures[measure].observers)
    return set(found.variables), set(found.transitions)


def test_what_can_reach_a_measure_is_found_through_drivers_and_consequences(
    strait: Assembled,
) -> None:
    variables, transitions = moved_by(strait, "flashpoints.strait.disputes")
    assert {
        "flashpoints.strait.state",
        "preparation.CCC.level",
        "ties.AAA-BBB.command",
        "pledges.joint-staff.stage",
        "pledges.shared-plans.stage",
        "pledges.joint-staff.hurdles.beland-parliament",
        "hurdles.beland-parliament",
        "politics.BBB.bloc",
    } <= variables
    assert {
        "politics.BBB.elections.general",
        "preparation.CCC.rises",
        "pledges.joint-staff.hurdles.beland-parliament",
    } <= transitions


def test_what_nothing_connects_to_a_measure_is_left_out(strait: Assembled) -> None:
    variables, transitions = moved_by(strait, "politics.AAA.bloc_changes")
    assert variables == {"politics.AAA.bloc", "politics.AAA.in_office"}
    assert all(name.startswith("politics.AAA.") for name in transitions)
    variables, _ = moved_by(strait, "command.strait.response_hours")
    assert not any(name.startswith(("flashpoints.", "preparation.")) for name in variables)
    assert "pledges.dock.stage" not in variables
    variables, _ = moved_by(strait, "command.strait.force_in_time")
    assert "pledges.dock.stage" in variables


def test_the_leader_of_a_bloc_moves_nothing_but_its_own_count(strait: Assembled) -> None:
    for measure in strait.measures:
        _, transitions = moved_by(strait, measure)
        reached = "politics.BBB.leader_change" in transitions
        assert reached == (measure == "politics.BBB.leader_changes")


def test_an_unknown_scenario_is_refused_in_words() -> None:
    with pytest.raises(RimlandError, match="there is no scenario"):
        assemble("no-such-strait")

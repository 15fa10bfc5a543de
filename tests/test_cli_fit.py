"""`rimland fit`: the list, the summary, remaking, plots; and what a scenario makes of a fit."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli_system import said
from fits_made import TERMS, shipping, turnover
from rimland.findings.fits import differences, forest, skill_rows, term_rows
from rimland.hazards import recipes
from rimland.history.fitfile import Fit

FIT = turnover()
NAME = FIT.name


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with shipping(tmp_path / "fits", FIT, replace(FIT, name="turnover.other", years=(1950, 2010))):
        yield


def remade_as(made: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    def remake(name: str, *, progress: recipes.Progress | None = None) -> Fit:
        assert name == NAME
        if progress is not None:
            progress(1, 1)
        return made

    monkeypatch.setattr(recipes, "remake", remake)


# --- list and summary ------------------------------------------------------------------------


def test_without_a_name_every_shipped_fit_is_listed_with_its_size() -> None:
    found = said("fit")
    assert found.code == 0
    words = " ".join(found.out.split())
    assert "turnover.bloc_change" in words
    assert "9,120 state-years, 1946–2015, 413 events: the governing bloc changes" in words
    rows = said("fit", "--json").data
    assert [row["name"] for row in rows] == [NAME, "turnover.other"]
    assert rows[0]["events"] == 413


def test_a_shipped_fit_is_shown_with_ratios_errors_and_calibration() -> None:
    found = said("fit", NAME, "--shipped", width=100)
    assert found.code == 0
    lines = found.out.splitlines()
    # 1.96 errors about the logarithm: exp(0.5 -+ 0.294)
    regime = next(line for line in lines if line.startswith("regime"))
    assert regime.split() == ["regime", "1.65", "1.23", "to", "2.21", "0.15", "3.33", "<0.001"]
    assert any(
        re.match(r"1990 +1991–2000 +81 +77\.4 +0\.0412 +\+2\.8 % +\+25\.2 %", s) for s in lines
    )
    for words in ("186 by state", "archigos 4.1", "−1,601.25", "branching ratio"):
        assert words in found.out
    assert "equals the fit" not in found.out


def test_a_level_is_no_ratio_and_has_no_test() -> None:
    rows = {row["term"]: row for row in term_rows(FIT)}
    kind = replace(TERMS[1], says="log hazard a year in democracies")
    covariate = replace(TERMS[2], says="log of the distance between capitals")
    (_, of_kind, of_distance) = term_rows(replace(FIT, terms=(TERMS[0], kind, covariate)))
    assert (of_kind["level"], of_distance["level"]) == (True, False)
    assert rows["baseline"]["level"]
    assert rows["baseline"]["p"] is None
    assert rows["regime"]["z"] == pytest.approx(0.5 / 0.15)
    # two-sided normal tail at z = 10/3
    assert rows["regime"]["p"] == pytest.approx(0.000858, abs=1e-6)
    assert rows["regime"]["high"] == pytest.approx(math.exp(0.5 + 1.959964 * 0.15))


def test_skill_is_what_the_fit_saves_of_the_reference_score() -> None:
    first = skill_rows(FIT)[0]
    assert first["skill_base_rate"] == pytest.approx(1 - 0.0412 / 0.0424)
    assert first["skill_persistence"] == pytest.approx(1 - 0.0412 / 0.0551)
    none = replace(FIT.calibration[0], brier_persistence=0.0)
    assert skill_rows(replace(FIT, calibration=(none,)))[0]["skill_persistence"] is None


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_fits_the_terminal(width: int) -> None:
    out = said("fit", NAME, "--shipped", width=width).out
    too_long = [line for line in out.splitlines() if len(line) > width and "rimland" not in line]
    assert too_long == []
    forest_lines = [line for line in out.splitlines() if "●" in line]
    assert [line.split()[0] for line in forest_lines] == ["regime", "election_year"]


def test_the_forest_is_drawn_in_plain_signs_where_the_terminal_has_no_others() -> None:
    import contextlib

    from rimland.cli import call

    raw = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(raw, encoding="ascii")) as plain:
        assert call(["fit", NAME, "--shipped"]) == 0
        plain.flush()
    assert re.search(r"regime +\| +-+o-+", raw.getvalue().decode("ascii"))


def test_answers_are_listed_with_range_unit_and_meaning() -> None:
    out = said("fit", NAME, "--shipped", "--answers").out
    assert "  AAA\n    0.0821 [0.0666 to 0.101] per year: state AAA\n" in out


def test_an_unknown_fit_names_the_nearest() -> None:
    found = said("fit", "turnover.bloc_chance")
    assert found.code == 2
    assert "Did you mean 'turnover.bloc_change'?" in found.err


# --- remaking --------------------------------------------------------------------------------


def test_a_remade_fit_that_equals_the_shipped_says_so_and_returns_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slightly = replace(TERMS[0], coefficient=-3.0 + 1e-9)
    remade_as(replace(FIT, terms=(slightly, *TERMS[1:])), monkeypatch)
    found = said("fit", NAME)
    assert (found.code, found.err) == (0, "")
    assert "it equals the fit that ships" in found.out
    assert said("fit", NAME, "--json").data["differs"] == []


def test_a_remade_fit_that_differs_says_where_and_returns_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = replace(
        FIT,
        rows=9121,
        terms=(replace(TERMS[0], coefficient=-2.9), *TERMS[1:]),
        data=({"name": "archigos", "version": "own copy: mine.csv", "sha256": "1" * 64},),
    )
    remade_as(other, monkeypatch)
    found = said("fit", NAME)
    assert found.code == 1
    for words in ("rows: 9121 now, 9120 as shipped", "baseline: -2.9 now", "own copy: mine.csv"):
        assert words in " ".join(found.out.split())


def test_every_part_of_a_fit_that_differs_is_named() -> None:
    first = FIT.calibration[0]
    changes = {
        "log-likelihood": replace(FIT, log_likelihood=-1600.0),
        "calibration": replace(FIT, calibration=(replace(first, brier=0.05), *FIT.calibration[1:])),
        "answers": replace(
            FIT, answers={**FIT.answers, "AAA": replace(FIT.answers["AAA"], central=0.09)}
        ),
        "covariance": replace(
            FIT, covariance=((0.05, *FIT.covariance[0][1:]), *FIT.covariance[1:])
        ),
        "terms": replace(FIT, terms=(replace(TERMS[0], name="level"), *TERMS[1:])),
        "years": replace(FIT, years=(1947, 2015)),
    }
    for word, made in changes.items():
        (said_of_it,) = differences(made, FIT)
        assert word in said_of_it
    assert differences(FIT, FIT) == []


# --- plots -----------------------------------------------------------------------------------


def test_the_plot_is_one_vega_lite_chart_with_its_data_and_a_sentence_for_who_cannot_see_it() -> (
    None
):
    chart = forest(FIT)
    assert chart["$schema"].endswith("vega-lite/v5.json")
    assert [row["term"] for row in chart["data"]["values"]] == ["regime", "election_year"]
    assert "regime 1.65 (1.23 to 2.21)" in chart["description"]
    colours = [layer["encoding"].get("color", {}) for layer in chart["layer"]]
    assert all("value" not in colour for colour in colours)  # only the config has colours
    assert forest(FIT, dark=True)["config"] != chart["config"]


@pytest.mark.parametrize("ending", ["json", "svg", "html"])
def test_a_plot_is_written_in_the_form_its_ending_names(ending: str) -> None:
    if ending != "json":
        pytest.importorskip("vl_convert")
    found = said("fit", NAME, "--shipped", "--plot", f"forest.{ending}")
    assert (found.code, found.err) == (0, "")
    text = Path(f"forest.{ending}").read_text(encoding="utf-8")
    assert {"json": '"$schema"', "svg": "<svg", "html": "<!DOCTYPE html>"}[ending] in text
    assert "election_year" in text
    assert list(Path().glob("*.part")) == []


def test_a_plot_that_cannot_be_drawn_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    found = said("fit", NAME, "--plot", "forest.pdf")
    assert found.code == 2
    assert "expected one of .json, .svg, .png, .html" in found.err
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    found = said("fit", NAME, "--plot", "forest.svg")
    assert found.code == 2
    assert "pip install 'rimland[figures]'" in found.err


def test_json_holds_all_that_the_file_holds() -> None:
    data = said("fit", NAME, "--shipped", "--json").data
    assert data["covariance"] == [list(row) for row in FIT.covariance]
    assert data["answers"]["AAA"]["central"] == FIT.answers["AAA"].central
    assert data["differs"] is None
    assert json.dumps(data)

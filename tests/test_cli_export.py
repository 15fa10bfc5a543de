"""`rimland export`: every table in every format, its dictionary, and what it refuses."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import rimland
from cli_system import FEW, said
from rimland.errors import RimlandError
from rimland.history import fitfile
from rimland.study import exports
from rimland.study.exports import FIT_PARTS, Table, fit_table, scenario_tables
from rimland.study.tablefile import dictionary_of, write_table
from strait import template


@pytest.fixture(scope="module")
def strait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("export"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fine(*words: str) -> Any:
    found = said("export", *words, "--json")
    assert (found.code, found.err) == (0, "")
    return found.data


def dictionary(path: str) -> dict[str, dict[str, str]]:
    with dictionary_of(Path(path)).open(encoding="utf-8", newline="") as file:
        return {row["column"]: row for row in csv.DictReader(file)}


# --- what is written -------------------------------------------------------------------------


def test_every_table_of_a_scenario_is_written_with_its_dictionary(strait: Path) -> None:
    made = fine("scenario", str(strait), "--out", "all")
    names = {row["table"] for row in made}
    assert {"ties", "pledges.consequences", "numbers", "measures", "variants", "claims"} <= names
    for row in made:
        table = pl.read_csv(row["file"], infer_schema_length=None)
        assert (table.height, table.width) == (row["rows"], row["columns"])
        assert list(dictionary(row["file"])) == table.columns
    ties = pl.read_csv("all/ties.csv")
    assert ties["pact"].to_list() == ["defence", None]
    assert dictionary("all/ties.csv")["pact"]["says"] == "Written obligation"


def test_every_column_of_every_table_of_a_scenario_says_what_it_is(strait: Path) -> None:
    for table in scenario_tables(rimland.load(strait)):
        silent = table.columns.filter(pl.col("says") == "")["column"].to_list()
        assert silent == [], table.name


def test_a_run_is_written_draw_by_draw_as_python_has_it(strait: Path) -> None:
    measure = "command.strait.response_hours"
    fine("run", str(strait), "--measure", measure, "--out", "run.parquet", *FEW)
    table = pl.read_parquet("run.parquet")
    assert table.height == 3 * 30
    from rimland.findings.measures import at

    made = rimland.load(strait).run(draws=30, futures=4)
    found = at(made.measure(measure), made.under(None, measures=[measure]), made.day(None))
    first = table.filter(pl.col("account") == made.account(None))
    assert first["value"].to_list() == found.values.tolist()
    assert first["draw"].to_list() == list(range(30))


def test_verdicts_are_written_a_row_a_claim_and_account(strait: Path) -> None:
    fine("verdicts", str(strait), "--out", "verdicts.csv", *FEW)
    table = pl.read_csv("verdicts.csv")
    judged = said("judge", str(strait), "--json", *FEW).data["claims"]
    for claim in judged:
        rows = table.filter(pl.col("claim") == claim["id"])
        assert rows["verdict"].unique().to_list() == [claim["verdict"]]
        by_account = dict(zip(rows["account"], rows["account_verdict"], strict=True))
        assert by_account == (claim["structures"] or {None: None})
    assert list(dictionary("verdicts.csv")) == table.columns


def test_panels_are_those_of_python_with_their_own_documentation_and_citations() -> None:
    words = ["--add", "capabilities", "--years", "1946-1948", "--out", "states.parquet"]
    (made,) = fine("state-years", *words)
    panel = rimland.history.state_years(years=(1946, 1948)).add_capabilities()
    assert pl.read_parquet("states.parquet").equals(panel.collect())
    assert dictionary("states.parquet")["cinc"]["source"] != ""
    assert any("capabilities" in line for line in made["cite"])


def test_dyads_come_in_one_order_or_both_and_by_either_list_of_states() -> None:
    fine("dyad-years", "--years", "1950", "--out", "both.parquet")
    fine("dyad-years", "--years", "1950", "--undirected", "--out", "one.parquet")
    both, one = pl.read_parquet("both.parquet"), pl.read_parquet("one.parquet")
    assert both.height == 2 * one.height
    fine("dyad-years", "--years", "1950", "--system", "gw", "--out", "gw.parquet")
    assert "gwcode1" in pl.read_parquet("gw.parquet").columns


def test_lists_are_joined_by_semicolons_but_in_parquet() -> None:
    fine("treaties", "--add", "members", "--years", "1949", "--out", "t.csv")
    fine("treaties", "--add", "members", "--years", "1949", "--out", "u.parquet")
    flat, whole = pl.read_csv("t.csv", infer_schema=False), pl.read_parquet("u.parquet")
    assert flat["members"].str.split(";").cast(pl.List(pl.Int64)).to_list() == (
        whole["members"].to_list()
    )


@pytest.mark.parametrize("part", FIT_PARTS)
def test_each_part_of_a_shipped_fit_is_a_table_and_each_column_says_what_it_is(part: str) -> None:
    for name in fitfile.names():
        table = fit_table(fitfile.fit(name), part)
        assert table.frame.height > 0 or part == "calibration"
        assert table.columns.filter(pl.col("says") == "")["column"].to_list() == []


# --- Stata -----------------------------------------------------------------------------------


def test_stata_gets_types_labels_dates_missing_values_and_names_it_can_hold() -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    names = ["whole", "text", "day", "yes", "2nd name", f"{'long' * 9}.a", f"{'long' * 9}.b"]
    frame = pl.DataFrame(
        {
            "whole": [1, None, -3],
            "text": ["é" * 2000, None, "short"],
            "day": [date(1816, 1, 1), None, date(2024, 4, 15)],
            "yes": [True, False, None],
            "2nd name": [0.5, None, 2.0],
            names[5]: [1, 2, 3],
            names[6]: [4, 5, 6],
        }
    )
    columns = pl.DataFrame(
        {
            "column": names,
            "type": "",
            "unit": "",
            "says": [f"what {n[:9]} is" for n in names],
            "source": "",
        }
    )
    done = write_table(Table("t", frame, columns), Path("t.dta"))
    back, meta = pyreadstat.read_dta("t.dta", output_format="polars")
    assert back.columns[:5] == ["whole", "text", "day", "yes", "_2nd_name"]
    assert all(len(name) <= 32 for name in back.columns)
    assert len(set(back.columns)) == 7
    assert back["whole"].to_list() == [1, None, -3]
    assert back["text"].to_list() == ["é" * 1022, "", "short"]
    assert back["day"].to_list() == frame["day"].to_list()
    assert back["yes"].to_list() == [1, 0, None]
    assert back["_2nd_name"].to_list() == [0.5, None, 2.0]
    assert meta.column_names_to_labels["whole"] == "what whole is"
    assert dictionary("t.dta")["2nd name"]["stata_name"] == "_2nd_name"
    assert len(done.notes) == 2


def test_without_pyreadstat_a_stata_file_is_refused_with_a_way_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    found = said("export", "treaties", "--out", "t.dta")
    assert found.code == 2
    assert "pip install 'rimland[stata]'" in found.err
    assert list(Path().iterdir()) == []


# --- what is refused -------------------------------------------------------------------------


def test_nothing_is_written_over_without_force(strait: Path) -> None:
    Path("ties").mkdir()
    for name in ("t.csv", "u.columns.csv"):
        Path(name).write_text("mine", encoding="utf-8")
    for out in ("t.csv", "u.csv"):
        found = said("export", "treaties", "--out", out)
        assert found.code == 2
        assert "is there already; --force writes over it" in found.err
    assert Path("t.csv").read_text(encoding="utf-8") == "mine"
    assert not Path("u.csv").exists()
    assert said("export", "treaties", "--out", "t.csv", "--force").code == 0
    assert pl.read_csv("t.csv").height > 700


def test_of_several_tables_all_are_written_or_none(strait: Path) -> None:
    Path("out").mkdir()
    Path("out/numbers.csv").write_text("mine", encoding="utf-8")
    found = said("export", "scenario", str(strait), "--out", "out")
    assert found.code == 2
    assert [path.name for path in Path("out").iterdir()] == ["numbers.csv"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("treaties", "--out", "t.xls"), "expected one of .csv, .parquet, .dta"),
        (("dyad-years", "--add", "alliance", "--out", "d.csv"), "Did you mean 'alliances'?"),
        (("state-years", "--years", "soon", "--out", "s.csv"), "write it as 1946-2010"),
        (("state-years", "--years", "1950-1940", "--out", "s.csv"), "ends before it begins"),
        (("state-years", "--system", "gww", "--out", "s.csv"), "say 'cow' or 'gw'"),
        (("scenario", "{s}", "--table", "tie"), "Did you mean 'ties'?"),
        (("scenario", "{s}", "--format", "cvs"), "Did you mean 'csv'?"),
        (("fit", "turnover.leader_change", "--part", "term", "--out", "f.csv"), "'terms'?"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest(
    words: tuple[str, ...], told: str, strait: Path
) -> None:
    found = said("export", *(word.format(s=strait) for word in words))
    assert found.code == 2
    assert told in found.err
    assert list(Path().iterdir()) == []


def test_a_table_without_rows_is_left_out_and_refused_where_it_is_asked_for(
    strait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = exports.word_table

    def lacking(assembled: Any, word: str) -> pl.DataFrame:
        return pl.DataFrame() if word == "responses" else whole(assembled, word)

    monkeypatch.setattr(exports, "word_table", lacking)
    assert "responses" not in {t.name for t in scenario_tables(rimland.load(strait))}
    found = said("export", "scenario", str(strait), "--table", "responses")
    assert found.code == 2
    assert "declares no responses" in found.err
    assert list(Path().iterdir()) == []


def test_a_table_that_fails_half_way_leaves_nothing() -> None:
    frame = pl.DataFrame({"a": [[[1], [2]]]})  # lists of lists go into no cell of a CSV
    columns = pl.DataFrame({k: ["a"] for k in ("column", "type", "unit", "says", "source")})
    with pytest.raises((RimlandError, pl.exceptions.PolarsError)):
        write_table(Table("t", frame, columns), Path("t.csv"))
    assert list(Path().iterdir()) == []

"""The table of facts that were looked up, its counts, and what the flagship took from it."""

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SCENARIO = ROOT / "src/rimland/scenarios/indo-pacific-2024"
COLUMNS = [
    "id",
    "says",
    "recalled",
    "found",
    "result",
    "source",
    "title",
    "author",
    "year",
    "where",
    "published",
    "entered",
    "bears_on",
    "note",
]
LATER = "not usable: later source"
RESULTS = {"confirmed", "corrected", "contradicted", "not found", LATER}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (ROOT / "docs/facts-looked-up.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        assert reader.fieldnames == COLUMNS
        return list(reader)


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, object]]:
    return yaml.safe_load((SCENARIO / "sources.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def as_of() -> date:
    scenario = yaml.safe_load((SCENARIO / "scenario.yaml").read_text(encoding="utf-8"))
    return scenario["as_of"]


def test_at_least_150_facts_were_decided_and_none_twice(rows: list[dict[str, str]]) -> None:
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    decided = [row for row in rows if row["result"] in {"confirmed", "corrected", "contradicted"}]
    assert len(decided) >= 150


def test_each_row_says_what_was_recalled_what_was_found_and_where(
    rows: list[dict[str, str]],
) -> None:
    for row in rows:
        assert None not in row, row["id"]
        assert None not in row.values(), row["id"]
        assert re.fullmatch(r"[a-z]+(\.[\w-]+)+", row["id"]), row["id"]
        assert row["result"] in RESULTS, row["id"]
        for column in ("says", "recalled", "found", "source", "title", "author", "where"):
            assert row[column].strip() == row[column] != "", (row["id"], column)
        assert re.fullmatch(r"\d{4}|n\.d\.", row["year"]), row["id"]
        assert row["entered"] in {"yes", "no"}, row["id"]


def test_a_source_published_after_the_as_of_date_confirms_nothing(
    rows: list[dict[str, str]], as_of: date
) -> None:
    for row in rows:
        later = row["year"] != "n.d." and int(row["year"]) > as_of.year
        if row["published"]:
            published = date.fromisoformat(row["published"])
            assert row["year"] == str(published.year), row["id"]
            later = published > as_of
        assert later == (row["result"] == LATER), row["id"]
        if later:
            assert row["entered"] == "no", row["id"]


def test_entered_sources_are_those_of_the_scenario_and_agree_with_it(
    rows: list[dict[str, str]], sources: dict[str, dict[str, object]]
) -> None:
    for row in rows:
        assert (row["entered"] == "yes") == (row["source"] in sources), row["id"]
        if row["entered"] == "yes":
            entry = sources[row["source"]]
            assert row["title"] == entry["title"], row["id"]
            assert row["where"] == entry["where"], row["id"]
            assert row["published"] == str(entry.get("published") or ""), row["id"]


def test_one_source_is_described_the_same_way_in_all_its_rows(
    rows: list[dict[str, str]],
) -> None:
    described = {(row["source"], row["title"], row["year"], row["where"]) for row in rows}
    assert len(described) == len({row["source"] for row in rows})


def test_the_page_counts_what_the_table_holds(rows: list[dict[str, str]]) -> None:
    page = (ROOT / "docs/facts.md").read_text(encoding="utf-8")
    counts = Counter(row["result"] for row in rows)
    for result in RESULTS:
        assert f"| {result} | {counts[result]} |" in page, result
    assert f"| all | {len(rows)} |" in page
    for group, count in Counter(row["id"].split(".")[0] for row in rows).items():
        assert f"| {group} | {count} |" in page, group

"""The table of claims in docs: it belongs to the scenario that ships, and says what was judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rimland

DOCS = Path(__file__).resolve().parent.parent / "docs"
AGAIN = "docs/claims.json is of an older scenario or version; `make claims` judges anew"


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((DOCS / "claims.json").read_text(encoding="utf-8"))
    return data


@pytest.fixture(scope="module")
def scenario(kept: dict[str, Any]) -> rimland.Scenario:
    return rimland.load(kept["scenario"])


def test_the_table_was_judged_from_the_files_that_ship(
    kept: dict[str, Any], scenario: rimland.Scenario
) -> None:
    assert kept["content"] == scenario.assembled.digest, AGAIN
    assert kept["version"] == rimland.__version__, AGAIN


def test_every_claim_stands_in_the_table_with_its_form_and_an_answer_of_each_account(
    kept: dict[str, Any], scenario: rimland.Scenario
) -> None:
    claims = scenario.assembled.claims
    page = (DOCS / "claims.md").read_text(encoding="utf-8")
    assert {row["id"] for row in kept["claims"]} == set(claims), AGAIN
    for row in kept["claims"]:
        claim = claims[row["id"]]
        assert row.get("form") == (claim.form if claim.test is not None else None), AGAIN
        assert f"**{row['id']}**" in page or f"`{row['id']}`" in page
        if claim.test is not None:
            assert list(row["structures"]) == list(scenario.accounts)
            assert row["settle"]
            assert row["protocol"]


def test_the_page_of_the_scenario_leaves_verdicts_to_the_table() -> None:
    page = (DOCS / "indo-pacific-2024.md").read_text(encoding="utf-8")
    assert "(claims.md)" in page

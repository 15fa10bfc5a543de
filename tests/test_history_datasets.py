"""Against sets that do not ship: in the folder $RIMLAND_TEST_DATA, or where a checkout has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from rimland.history import catalogue, dyad_years, repeated_disputes, state_years, table
from rimland.history.register import register

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("RIMLAND_TEST_DATA") or ROOT.parent / "shared" / "data")
pytestmark = [
    pytest.mark.datasets,
    pytest.mark.skipif(
        not (FOLDER / "catalogue.csv").exists(),
        reason="no folder of source datasets; RIMLAND_TEST_DATA can name one",
    ),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIMLAND_DATA", str(tmp_path / "data"))


def source(name: str) -> pl.DataFrame:
    return pl.read_parquet(FOLDER / f"{name}.parquet")


def test_the_crosswalk_is_that_of_the_set_it_stands_in_for() -> None:
    panel = source("cw_gw_panel").filter(pl.col("ccode").is_not_null())
    panel = panel.select(pl.col("ccode", "year", "gwcode").cast(pl.Int64))
    ours = state_years(years=(1816, 2016)).add_codes().collect()
    joined = ours.join(panel, on=["ccode", "year"], how="left", suffix="_theirs")
    assert joined.height == 15_951
    assert joined["gwcode"].eq_missing(joined["gwcode_theirs"]).all()


def test_iso_codes_are_those_of_the_set_they_stand_in_for_but_for_one_vanished_state() -> None:
    theirs = source("country_codes").filter(pl.col("cow_main") & pl.col("cown").is_not_null())
    joined = table("state_codes").join(
        theirs.select(pl.col("cown").cast(pl.Int64).alias("ccode"), "iso3c", "iso2c"),
        on="ccode",
        how="full",
        coalesce=True,
        suffix="_theirs",
    )
    differ = joined.filter(
        ~pl.col("iso3c").eq_missing(pl.col("iso3c_theirs"))
        | ~pl.col("iso2c").eq_missing(pl.col("iso2c_theirs"))
    )
    # A state that ended in 1870 is not the city that has the code today.
    assert differ["ccode"].to_list() == [327]
    assert differ["iso3c"].to_list() == [None]


def test_no_false_dyad_is_in_the_panel() -> None:
    false = source("false_cow_dyads").select(pl.col("ccode1", "ccode2", "year").cast(pl.Int64))
    made = dyad_years(years=(1816, 2016)).collect()
    assert false.height == 60
    assert made.join(false, on=["ccode1", "ccode2", "year"], how="semi").height == 0


def test_the_two_lists_of_cow_members_say_the_same() -> None:
    from rimland.history.states import spells

    theirs = source("cw_system").select(
        pl.col("ccode").cast(pl.Int64).alias("code"), "start", "end"
    )
    ours = spells("cow").select("code", "start", "end")
    assert ours.sort("code", "start").equals(theirs.sort("code", "start"))


@pytest.mark.parametrize("name", [d.name for d in catalogue().values() if d.sha256])
def test_every_source_file_can_be_registered_and_is_known_by_its_checksum(name: str) -> None:
    copy = register(name, FOLDER / f"{name}.parquet")
    assert copy.as_catalogued
    assert copy.rows == source(name).height


def test_the_shipped_sets_hold_what_their_sources_hold() -> None:
    for data in catalogue().values():
        if not data.ships or not data.sha256:
            continue
        theirs = source(data.name).drop(data.dropped)
        ours = pl.read_parquet(data.shipped_path)
        assert ours.columns == theirs.columns
        order = theirs.columns
        same = ours.cast(dict(theirs.schema)).sort(order).equals(theirs.sort(order))
        assert same, data.name


def test_the_builder_makes_the_shipped_files_again(tmp_path: Path) -> None:
    # In a copy of the two folders it knows, so that the checkout stays as it is.
    for name in ("tools", "src/rimland/history"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", str(ROOT / name), str(tmp_path / name)], check=True)
    data = tmp_path / "src" / "rimland" / "history" / "data"
    (data / "cow_nmc.parquet").unlink()
    tool = tmp_path / "tools" / "build_history_data.py"
    subprocess.run([sys.executable, str(tool), str(FOLDER)], check=True, capture_output=True)
    kept = ROOT / "src" / "rimland" / "history" / "data"
    made = pl.read_parquet(data / "cow_nmc.parquet")
    assert made.equals(pl.read_parquet(kept / "cow_nmc.parquet"))
    assert (data / "schemas.csv").read_text() == (kept / "schemas.csv").read_text()


def test_rivalry_by_repeated_disputes_overlaps_with_the_experts_list() -> None:
    register("tss_rivalries", FOLDER / "tss_rivalries.parquet")
    years = (1946, 2010)
    ours = dyad_years(directed=False, years=years).add_rivalries().collect()["rivalry"]
    theirs = (
        dyad_years(directed=False, years=years).add_rivalries(source="tss").collect()["rivalry"]
    )
    both = int((ours * theirs).sum())
    # Two things, not one: the stand-in says so. Half of the experts' rivalry-years are found.
    assert 0.4 < both / int(theirs.sum()) < 0.8
    assert repeated_disputes().height > 200

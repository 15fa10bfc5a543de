"""The catalogue, what ships, the faults mended on load, copies of one's own, `rimland data`."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from pathlib import Path

import polars as pl
import pytest

from rimland.cli import call
from rimland.history import DataError, catalogue, dataset, state_years, store, table
from rimland.history.catalogue import DATA
from rimland.history.faults import faults, mended
from rimland.history.register import forget, register, sound
from rimland.history.rights import RIGHTS_FILE, rights_text

SNAPSHOTS = Path(__file__).with_name("snapshots") / "history"
SHIPPED = [data for data in catalogue().values() if data.ships]
NOT_SHIPPED = {
    *("country_codes", "cw_gw_panel", "cw_system", "false_cow_dyads", "ps_data_version"),
    *("td_rivalries", "tss_rivalries", "us_bases"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own for every test."""
    made = tmp_path / "data"
    monkeypatch.setenv("RIMLAND_DATA", str(made))
    return made


def same_as_snapshot(name: str, said: str) -> None:
    path = SNAPSHOTS / f"{name}.txt"
    said = said.replace(str(datetime.date.today().year), "(this year)")
    if os.environ.get("RIMLAND_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said + "\n", encoding="utf-8")
    assert path.exists(), f"no snapshot {path.name}; RIMLAND_UPDATE_SNAPSHOTS=1 writes it"
    assert said + "\n" == path.read_text(encoding="utf-8")


# ── what ships ───────────────────────────────────────────────────────────────────────────────


def test_what_ships_is_all_but_what_may_not_or_need_not() -> None:
    assert {data.name for data in catalogue().values() if not data.ships} == NOT_SHIPPED
    assert not any("alliance" in data.title and "COW" in data.title for data in SHIPPED)
    assert not any("CShapes" in data.citation for data in SHIPPED)


def test_what_does_not_ship_has_a_reason_and_no_file() -> None:
    for name in NOT_SHIPPED:
        assert dataset(name).why
        assert not dataset(name).shipped_path.exists()


@pytest.mark.parametrize("data", SHIPPED, ids=lambda data: data.name)
def test_a_shipped_file_is_the_one_of_the_catalogue(data: object) -> None:
    path = data.shipped_path  # type: ignore[attr-defined]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == data.shipped_sha256  # type: ignore[attr-defined]
    rows = pl.read_parquet(path)
    assert rows.height == data.rows  # type: ignore[attr-defined]
    if data.key:  # type: ignore[attr-defined]
        assert not rows.select(data.key).is_duplicated().any()  # type: ignore[attr-defined]


def test_all_that_ships_is_under_eight_megabytes() -> None:
    assert sum(path.stat().st_size for path in DATA.glob("*.parquet")) < 8_000_000
    assert {path.stem for path in DATA.glob("*.parquet")} == {data.name for data in SHIPPED}


def test_the_rights_file_is_the_one_that_the_catalogue_makes() -> None:
    assert RIGHTS_FILE.read_text(encoding="utf-8") == rights_text()
    assert all(f"\n{data.name}: " in rights_text() for data in catalogue().values())


# ── faults ───────────────────────────────────────────────────────────────────────────────────

LAWFUL = {"polity2", "spend_construction", "euds", "aeuds", "lterrthreat", "lwr", "upr"}
PLACES = {"lat", "lng", "lon", "lat_fixed", "lon_fixed"}


@pytest.mark.parametrize("data", SHIPPED, ids=lambda data: data.name)
def test_no_number_is_below_zero_where_none_may_be(data: object) -> None:
    rows = table(data.name)  # type: ignore[attr-defined]
    below = {
        name
        for name, dtype in rows.schema.items()
        if dtype.is_numeric()
        and name not in LAWFUL | PLACES
        and (rows[name].drop_nulls() < 0).any()
    }
    assert below == set()


def test_unknown_marks_become_null_as_often_as_the_sources_have_them() -> None:
    for name, column, marks in (
        ("cow_mid_disps", "outcome", 17),
        ("cow_mid_disps", "settle", 21),
        ("cow_mid_disps", "fatality", 268),
        ("cow_mid_dirdisps", "fatality1", 1_510),
        ("cow_mid_dirdisps", "fatalpre1", 4_975),
        ("gml_dirdisp", "fatality1", 72),
        ("gml_dirdisp", "revtype21", 8_371),
        ("gml_part", "stday", 595),
        ("cow_war_inter", "batdeath1", 4),
        ("mme_exercises", "country", 208),
        ("atop4_members", "yrexit", 1_062),
    ):
        assert table(name)[column].null_count() - store.raw(name)[column].null_count() == marks


def test_months_beyond_december_become_null() -> None:
    made = table("gml_dirdisp")
    assert made["stmon"].max() == 12
    assert made["endmon"].max() == 12
    assert made.filter(pl.col("dispnum") == 1272)["stmon"].null_count() > 0


def test_regimes_kept_as_text_become_numbers() -> None:
    made = table("chisols_state_year")
    assert made["dem"].dtype.is_integer()
    assert set(made["dem"].drop_nulls()) == {0, 1}


def test_every_fault_names_columns_that_its_dataset_has() -> None:
    for fault in faults():
        there = store.raw(fault.dataset).columns
        assert set(fault.columns) <= set(there), fault.dataset


def test_the_code_of_one_state_is_the_text_na_and_stays() -> None:
    codes = store.raw("un_votes")["country_code"]
    assert (codes == "NA").sum() > 0
    assert dict(table("state_codes").select("ccode", "iso2c").rows())[565] == "NA"


def test_conflict_years_are_counted_after_the_sources_repetition_is_removed() -> None:
    made = table("ucdp_acd").unique(["conflict_id", "year"])
    assert made.height == 2_752
    assert made.filter(pl.col("type_of_conflict") == "interstate").height == 147


def test_mending_changes_nothing_in_a_dataset_without_faults() -> None:
    rows = store.raw("cow_nmc")
    assert mended("cow_nmc", rows).equals(rows)


# ── copies of one's own ──────────────────────────────────────────────────────────────────────


KINDS_OF_RIVALRY = (
    *("positional", "spatial", "ideological", "interventionary", "principal", "aprin"),
)


def rivalries(**changed: object) -> pl.DataFrame:
    """An invented list in the shape of the newer list of rivalries."""
    base = {
        "tssr_id": [1, 2],
        "rivalry": ["one", "two"],
        "ccode1": [2, 2],
        "ccode2": [20, 70],
        "start": [1816, 1850],
        "end": [1830, 1870],
        **{kind: [1, None] for kind in KINDS_OF_RIVALRY},
    }
    return pl.DataFrame({**base, **changed})


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "rivals.csv"
    rivalries().write_csv(path)
    return path


def test_a_missing_dataset_says_why_what_instead_and_how_to_have_it() -> None:
    with pytest.raises(DataError) as caught:
        table("tss_rivalries")
    same_as_snapshot("does-not-ship", str(caught.value))


def test_a_registered_copy_is_used_and_cited_as_ones_own(good: Path, folder: Path) -> None:
    from rimland.history import dyad_years

    copy = register("tss_rivalries", good)
    assert (copy.rows, copy.as_catalogued) == (2, False)
    assert sound(copy)
    plan = dyad_years(years=(1820, 1860)).add_rivalries(source="tss")
    made = plan.collect()
    # One pair for eleven years; a member of the other enters the system later.
    assert made["rivalry"].sum() == 2 * 11
    assert "your own copy, rivals.csv" in str(plan.cite())
    assert {path.name for path in folder.iterdir()} == {copy.file, "tss_rivalries.json"}


def test_a_copy_of_what_ships_takes_its_place_until_it_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "nmc.csv"
    rows = store.raw("cow_nmc").filter(pl.col("year") == 2000)
    rows.with_columns(cinc=pl.lit(0.5)).write_csv(path, null_value="NA")
    register("cow_nmc", path)
    plan = state_years(years=(2000, 2000)).add_capabilities()
    assert plan.collect()["cinc"].unique().to_list() == [0.5]
    forget("cow_nmc")
    assert plan.collect()["cinc"].max() < 0.5  # type: ignore[operator]


MISTAKES = {
    "columns": lambda: rivalries().rename({"start": "begin"}).drop("aprin"),
    "kinds": lambda: rivalries(start=["1816", "about 1850"]),
    "fractions": lambda: rivalries(end=[1830.5, 1870.0]),
    "keys": lambda: rivalries(tssr_id=[7, 7]),
    "codes": lambda: rivalries(ccode1=[2, 4711]),
    "years": lambda: rivalries(start=[1066, 1850], end=[1830, 3000]),
    "everything": lambda: rivalries(tssr_id=[7, 7], ccode2=[1, 3], start=[12, 1850]),
    "no-rows": lambda: rivalries().head(0),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_that_is_no_copy_is_refused_and_nothing_is_left(
    mistake: str, suffix: str, tmp_path: Path, folder: Path
) -> None:
    path = tmp_path / f"rivals.{suffix}"
    rows = MISTAKES[mistake]()
    rows.write_csv(path) if suffix == "csv" else rows.write_parquet(path)
    with pytest.raises(DataError) as caught:
        register("tss_rivalries", path)
    same_as_snapshot(f"{mistake}-{suffix}", str(caught.value))
    assert not folder.exists()
    assert store.registered("tss_rivalries") is None


def test_a_refused_file_leaves_the_copy_before_it_untouched(good: Path, tmp_path: Path) -> None:
    before = register("tss_rivalries", good)
    path = tmp_path / "worse.csv"
    rivalries(ccode1=[2, 4711]).write_csv(path)
    with pytest.raises(DataError):
        register("tss_rivalries", path)
    assert store.registered("tss_rivalries") == before
    assert sound(before)


def test_a_write_that_fails_leaves_nothing_half_registered(
    good: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        register("tss_rivalries", good)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "neither Parquet nor CSV"),
        (b"PAR1 but not really", "neither Parquet nor CSV"),
        (b"\xff\xfe\x00\x01,\x02\n\x03", "rivals.csv"),
        (b"a,b\n1,2,3,4\n", "neither Parquet nor CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "rivals.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        register("tss_rivalries", path)


def test_a_file_that_is_not_there_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        register("tss_rivalries", tmp_path / "nothing.csv")
    with pytest.raises(DataError, match="is a folder"):
        register("tss_rivalries", tmp_path)


def test_a_spoilt_note_is_named_and_registering_again_mends_it(good: Path, folder: Path) -> None:
    register("tss_rivalries", good)
    (folder / "tss_rivalries.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="Register the file again"):
        table("tss_rivalries")
    register("tss_rivalries", good)
    assert table("tss_rivalries").height == 2


def test_a_copy_that_has_gone_is_named(good: Path, folder: Path) -> None:
    copy = register("tss_rivalries", good)
    (folder / copy.file).unlink()
    with pytest.raises(DataError, match="Your copy of 'tss_rivalries' is gone"):
        table("tss_rivalries")


# ── the commands ─────────────────────────────────────────────────────────────────────────────


def test_data_lists_every_dataset_with_its_terms(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["data", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(catalogue())
    wanted = {"version", "years", "unit", "licence", "redistribute", "ships", "here"}
    assert all(wanted <= set(row) for row in rows)
    assert call(["data"]) == 0
    assert "gml_dirdisp" in capsys.readouterr().out


def test_data_show_tells_the_key_the_edge_and_the_faults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["data", "show", "gml_dirdisp"]) == 0
    said = capsys.readouterr().out
    assert "dispute 3514 ends in month 19" in said
    assert "dispnum, ccode1, ccode2, year" in said
    assert call(["data", "show", "gml_dirdisp", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == ["dispnum", "ccode1", "ccode2", "year"]


def test_data_add_and_remove(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["data", "add", "tss_rivalries", str(good)]) == 0
    assert "2 rows" in capsys.readouterr().out
    assert call(["data", "show", "tss_rivalries", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["here"] == "yours"
    assert call(["data", "remove", "tss_rivalries", "--json"]) == 0
    capsys.readouterr()
    assert call(["data", "remove", "tss_rivalries"]) == 2
    assert call(["data", "add", "tss_rivalries", str(tmp_path / "none.csv")]) == 2


def test_data_names_the_nearest_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["data", "show", "cow_nmcs"]) == 2
    assert "Did you mean 'cow_nmc'?" in capsys.readouterr().err


def test_data_rights_prints_the_rights_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["data", "rights"]) == 0
    assert capsys.readouterr().out.strip() == rights_text().strip()
    assert call(["data", "rights", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(catalogue())

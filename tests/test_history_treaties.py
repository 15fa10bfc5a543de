"""Treaties as events: counts of the inventory, dates, members, censoring."""

from __future__ import annotations

import polars as pl
import pytest

from rimland.history import DataError, store, treaties


def test_the_treaties_are_those_of_the_source() -> None:
    made = treaties().collect()
    assert made.height == 745
    # The source marks one treaty with eight founders as bilateral.
    assert store.raw("atop4_alliances")["bilat"].sum() == 638
    assert made["bilat"].sum() == 637
    assert made["in_force"].sum() == 334
    assert made["defense"].sum() == 275


def test_a_treaty_in_force_has_no_end_and_no_day_is_zero() -> None:
    made = treaties().collect()
    assert made.filter(pl.col("in_force") == 1)["endyr"].null_count() == 334
    assert made["endyr"].null_count() == 334
    for name in ("begday", "endday", "endmo"):
        assert (made[name].drop_nulls() >= 1).all()


def test_treaties_are_chosen_by_year_obligation_and_kind() -> None:
    made = treaties(years=(1946, 2016), obligation="defense", bilateral=False).collect()
    assert (made["begyr"] >= 1946).all()
    assert (made["defense"] == 1).all()
    assert (made["bilat"] == 0).all()


def test_a_bilateral_treaty_has_two_members_and_founders_are_among_them() -> None:
    made = treaties().add_members().collect()
    bilateral = made.filter(pl.col("bilat") == 1)
    assert bilateral["n_founders"].unique().to_list() == [2]
    # Eleven have more over time: a member's successors take its place.
    assert (bilateral["n_members"] > 2).sum() == 11
    assert (made["n_founders"] <= made["n_members"]).all()
    assert (made["n_founders"] >= 1).all()
    rows = made.select("founders", "members").iter_rows()
    assert all(set(founders) <= set(every) for founders, every in rows)


def test_phases_of_a_membership_are_joined_and_censoring_is_no_ending() -> None:
    spells = treaties().members()
    assert spells["phases"].sum() == 2_398
    assert set(spells["atopid"]) == set(treaties().collect()["atopid"])
    ended = spells.drop_nulls("end")
    assert (ended["start"] <= ended["end"]).all()
    in_force = treaties().collect().filter(pl.col("in_force") == 0)["atopid"]
    # A treaty that ended has no member left.
    left = spells.filter(pl.col("atopid").is_in(in_force.implode()) & pl.col("end").is_null())
    assert left.height == 0


def test_the_columns_of_treaties_are_documented_in_their_order() -> None:
    plan = treaties().add_terms().add_members().add_depth()
    assert plan.columns["column"].to_list() == plan.collect().columns
    assert "Leeds" in str(plan.cite())


def test_an_unknown_obligation_is_refused() -> None:
    with pytest.raises(DataError, match="say one of defense"):
        treaties(obligation="trade")  # type: ignore[arg-type]

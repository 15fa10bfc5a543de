"""State-years and dyad-years: who is there, what is joined, what is null, what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rimland.history import DataError, dyad_years, repeated_disputes, state_years, table
from rimland.history.dyadic import haversine_km
from rimland.history.peace import peace_years
from rimland.history.states import members, spells


def test_the_cow_system_has_the_state_years_that_its_list_gives() -> None:
    assert state_years(years=(1816, 2016)).collect().height == 15_951
    assert state_years(years=(1816, 2014)).collect().height == 15_561


def test_dyad_years_to_2016_and_undirected_ones() -> None:
    assert dyad_years(years=(1816, 2016)).collect().height == 1_912_290
    assert dyad_years(years=(1816, 2016), directed=False).collect().height == 956_145


def pairs_by_exact_days(year: int) -> set[tuple[int, int]]:
    """Pairs of COW states with a day in common in a year, by brute force over spells."""
    lived = [
        (code, max(start, date(year, 1, 1)), min(end, date(year, 12, 31)))
        for code, start, end in spells("cow").select("code", "start", "end").iter_rows()
        if start <= date(year, 12, 31) and end >= date(year, 1, 1)
    ]
    return {
        (a, b)
        for a, start_a, end_a in lived
        for b, start_b, end_b in lived
        if a != b and start_a <= end_b and start_b <= end_a
    }


@pytest.mark.parametrize("year", [1860, 1918, 1941, 1945, 1958, 1964, 1975, 1990, 2014])
def test_pairs_that_share_a_year_and_no_day_are_left_out(year: int) -> None:
    made = dyad_years(years=(year, year)).collect().select("ccode1", "ccode2")
    assert set(made.iter_rows()) == pairs_by_exact_days(year)


def test_sixty_directed_pairs_share_a_year_and_no_day() -> None:
    found = 0
    for year in range(1816, 2017):
        states = members("cow", (year, year)).code.size
        found += states * (states - 1) - dyad_years(years=(year, year)).collect().height
    assert found == 60


def test_undirected_dyad_years_are_half_of_the_directed_ones() -> None:
    both = dyad_years(years=(1950, 1960)).add_disputes().collect()
    one = dyad_years(years=(1950, 1960), directed=False).add_disputes().collect()
    assert one.equals(both.filter(pl.col("ccode1") < pl.col("ccode2")))


def test_a_pledge_of_either_side_counts_in_undirected_dyad_years_unless_both_are_asked_for() -> (
    None
):
    pair = (pl.col("ccode1") == 211) & (pl.col("ccode2") == 220)
    plan = dyad_years(years=(1832, 1832), directed=False)
    assert plan.add_alliances().collect().filter(pair)["atop_defense"].to_list() == [1]
    both = plan.add_alliances(undirected="both").collect().filter(pair)
    assert both["atop_defense"].to_list() == [0]


def test_alliances_differ_by_direction_where_the_source_says_so() -> None:
    made = table("atop5_ddyad_year")
    other = made.rename({"ccode1": "ccode2", "ccode2": "ccode1"})
    joined = made.join(other, on=["ccode1", "ccode2", "year"], suffix="_other")
    differ = {
        name: joined.filter(pl.col(f"atop_{name}") != pl.col(f"atop_{name}_other")).height
        for name in ("defense", "offense", "neutral", "nonagg", "consul")
    }
    expected = {"defense": 984, "offense": 92, "neutral": 290, "nonagg": 20, "consul": 8}
    assert differ == expected


def test_allied_dyad_years_outside_the_state_system_are_lost_and_counted() -> None:
    held = dyad_years(years=(1816, 2016)).add_alliances().collect()["atop_alliance"].sum()
    assert table("atop5_ddyad_year").filter(pl.col("year") <= 2016).height - held == 5_894


def test_past_the_last_year_of_a_source_its_columns_are_null_and_not_zero() -> None:
    made = (
        dyad_years(years=(2009, 2016))
        .add_disputes(details=False)
        .add_wars()
        .add_peace_years()
        .add_exercises()
        .collect()
    )
    for name, last in (
        ("gmlmidongoing", 2010),
        ("gmlmidspell", 2010),
        ("exercises", 2010),
    ):
        known = made.filter(pl.col("year") <= last)[name]
        assert known.null_count() == 0
        assert made.filter(pl.col("year") > last)[name].null_count() == made.height - known.len()
    assert made["cowinterongoing"].null_count() == made.height


def test_the_state_list_is_carried_past_its_edge_only_when_asked_and_the_rows_say_so() -> None:
    with pytest.raises(DataError, match="ends in 2016"):
        dyad_years(years=(2014, 2024))
    made = state_years(years=(2015, 2018), extend=True).collect()
    assert made.group_by("year").len()["len"].unique().to_list() == [195]
    assert made.filter("carried_forward")["year"].unique().sort().to_list() == [2017, 2018]


def test_gleditsch_ward_dyad_years_take_cow_sets_by_year() -> None:
    made = dyad_years(system="gw", years=(1988, 1992)).add_codes().add_capabilities().collect()
    pair = made.filter((pl.col("gwcode1") == 260) & (pl.col("gwcode2") == 2))
    # 260 lives on in Gleditsch-Ward after unification and becomes 255 in COW.
    assert pair["ccode1"].to_list() == [260, 260, 260, 255, 255]
    cow = state_years(years=(1991, 1991)).add_capabilities().collect()
    united = cow.filter(pl.col("ccode") == 255)["cinc"].item()
    assert pair.filter(pl.col("year") == 1991)["cinc1"].item() == united


def test_code_970_is_never_joined_across_the_systems() -> None:
    cow = state_years(years=(2005, 2005)).add_codes().collect()
    found = dict(
        cow.filter(pl.col("ccode").is_in([946, 947, 955, 970])).select("ccode", "gwcode").rows()
    )
    assert found == {946: 970, 947: 973, 955: 972, 970: 971}


def test_where_both_codes_are_unknown_an_absent_row_is_not_taken_for_zero() -> None:
    made = dyad_years(system="gw", years=(1870, 1870)).add_codes().add_disputes().collect()
    without = made.filter(pl.col("ccode1").is_null() | pl.col("ccode2").is_null())
    assert without.height > 0
    assert without["gmlmidongoing"].null_count() == without.height


# ── what is joined ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "two", "km"),
    [
        (2, 740, 10_903),
        (740, 732, 1_159),
        (710, 713, 1_722),
        (740, 710, 2_099),
        (365, 2, 7_831),
        (900, 2, 15_947),
        (710, 750, 3_777),
    ],
)
def test_distances_between_capitals_are_those_worked_out_by_hand(
    one: int, two: int, km: int
) -> None:
    made = dyad_years(years=(2014, 2014)).add_distance().collect()
    pair = made.filter((pl.col("ccode1") == one) & (pl.col("ccode2") == two))
    assert pair["capdist"].item() == pytest.approx(km, abs=0.5)


def test_a_quarter_of_the_way_round_the_earth_is_a_quarter_of_its_circumference() -> None:
    quarter = np.pi / 2 * 6371.0088
    points = (
        np.array([0.0, 0.0]),
        np.array([0.0, 0.0]),
        np.array([0.0, 90.0]),
        np.array([90.0, 0.0]),
    )
    assert haversine_km(*points) == pytest.approx([quarter, quarter])


@given(
    disputes=st.lists(st.booleans(), min_size=1, max_size=40),
    cuts=st.sets(st.integers(1, 39), max_size=4),
)
def test_peace_years_are_those_of_counting_row_by_row(disputes: list[bool], cuts: set[int]) -> None:
    begins = sorted({0, *(cut for cut in cuts if cut < len(disputes))})
    expected, gathered = [], 0
    for row, dispute in enumerate(disputes):
        gathered = 0 if row in begins else gathered
        expected.append(gathered)
        gathered = 0 if dispute else gathered + 1
    year = np.arange(len(disputes)) + 1900
    made = peace_years(np.flatnonzero(disputes), np.array(begins), year)
    assert made.tolist() == expected
    assert (
        peace_years(np.flatnonzero(disputes), np.array(begins), year, "calendar").tolist()
        == expected
    )


def test_peace_years_do_not_depend_on_the_first_year_asked_for() -> None:
    whole = dyad_years(years=(1816, 2010)).add_peace_years().collect()
    late = dyad_years(years=(1946, 2010)).add_peace_years().collect()
    assert late.equals(whole.filter(pl.col("year") >= 1946))


def test_calendar_peace_years_count_the_years_in_which_a_state_was_gone() -> None:
    pair = (pl.col("ccode1") == 2) & (pl.col("ccode2") == 255) & (pl.col("year") == 1990)
    plan = dyad_years(years=(1990, 1990))
    rows = plan.add_peace_years().collect().filter(pair)["gmlmidspell"].item()
    calendar = plan.add_peace_years(gaps="calendar").collect().filter(pair)["gmlmidspell"].item()
    # The last dispute was in 1945; 1946 is the first year of peace.
    assert (rows, calendar) == (0, 44)


def test_one_war_fills_a_dyad_year_and_unknown_deaths_are_null() -> None:
    made = dyad_years().add_wars().collect()
    assert made["warnum"].drop_nulls().n_unique() == 95
    assert made.filter(pl.col("war_deaths1") < 0).height == 0


def test_disputes_within_the_panel_are_those_of_the_source() -> None:
    made = dyad_years().add_disputes().add_disputes(source="cow", details=False).collect()
    assert made["gmlmidongoing"].sum() == 9_284
    assert made["gmlmidonset"].sum() == 6_248
    # Four rows of 1918 and 1919 lie before one state's entry.
    assert made["cowmidongoing"].sum() == 10_234 - 4


def test_shared_organizations_are_null_where_the_source_is_silent() -> None:
    made = dyad_years(directed=False).add_igos().collect()
    assert made["dyadigos"].null_count() == 642


def test_polity_ends_in_2018_whatever_stray_rows_follow() -> None:
    made = state_years(years=(2018, 2020), extend=True).add_regime().collect()
    assert made.filter(pl.col("year") > 2018)["polity2"].null_count() == 2 * 195
    assert made.filter(pl.col("year") == 2018)["polity2"].count() == 161


def test_agreement_in_the_assembly_is_worked_out_from_the_votes() -> None:
    from rimland.history.assembly import agreement

    votes = pl.DataFrame(
        {
            "ccode": [1] * 4 + [2] * 4 + [3],
            "rcid": [1, 2, 3, 4, 1, 2, 3, 4, 1],
            "vote": [0, 0, 2, 2, 0, 2, 2, 2, 1],
        }
    )
    made = agreement(votes)
    one = made.filter((pl.col("ccode1") == 1) & (pl.col("ccode2") == 2)).row(0, named=True)
    # Three of four agree; by chance 1/2 * 1/4 + 1/2 * 3/4 would: kappa = (3/4 - 1/2) / (1/2).
    assert one["votes_shared"] == 4
    assert one["vote_agreement"] == 0.75
    assert one["vote_kappa"] == pytest.approx(0.5)
    assert made.filter(pl.col("ccode1") == 3)["votes_shared"].to_list() == [1, 1]


def test_every_vote_of_the_assembly_finds_one_seat() -> None:
    from rimland.history.assembly import seats

    found = seats()
    assert found.height == 869_937
    assert not found.select("ccode", "rcid").is_duplicated().any()
    # The seat of 1946 to October 1971 was another government's from 1950 on.
    taken = (
        found.filter(pl.col("ccode").is_in([710, 713]))
        .group_by("ccode")
        .agg(pl.col("year").min().alias("first"), pl.col("year").max().alias("last"))
    )
    assert set(taken.rows()) == {(710, 1946, 2019), (713, 1950, 1971)}


def test_the_weights_of_a_states_exercises_add_up_to_their_number() -> None:
    pairs = dyad_years(years=(1980, 2010)).add_exercises().collect()
    by_pair = pairs.group_by("ccode1", "year").agg(pl.col("exercises_weighted").sum())
    states = state_years(years=(1980, 2010)).add_exercises().collect()
    joined = states.join(by_pair, left_on=["ccode", "year"], right_on=["ccode1", "year"])
    assert joined["exercises_weighted"].to_list() == pytest.approx(joined["exercises"].to_list())


def test_a_rivalry_is_a_run_of_disputes_and_known_from_the_one_that_makes_the_count() -> None:
    runs = repeated_disputes(disputes=3, window_years=10)
    assert (runs["start"] <= runs["known_from"]).all()
    assert (runs["known_from"] <= runs["end"]).all()
    assert (runs["disputes"] >= 3).all()
    fewer = repeated_disputes(disputes=2)
    assert fewer.height > runs.height
    made = dyad_years().add_rivalries().collect()
    assert (made["rivalry"].fill_null(0) >= made["rivalry_so_far"].fill_null(0)).all()


def test_irregular_exits_are_counted_in_their_own_year() -> None:
    made = state_years(years=(1973, 1974)).add_leaders().collect().filter(pl.col("ccode") == 155)
    assert made["irregular"].to_list() == [1, 0]
    assert made["leadertransition"].to_list() == [1, 0]


def test_leader_changes_of_chisols_are_all_joined() -> None:
    made = state_years(years=(1919, 2008)).add_support().collect()
    assert made["leadertrans"].count() == 9_703
    assert made["leadertrans"].sum() == 1_871
    assert made["solschdum"].sum() == 894


def test_state_years_count_over_partners_what_dyad_years_hold() -> None:
    states = state_years(years=(1999, 2000)).add_alliances().add_distance().collect()
    pairs = dyad_years(years=(1999, 2000)).add_alliances().add_distance().collect()
    by_state = pairs.group_by("ccode1", "year").agg(
        pl.col("atop_defense").sum().alias("allies"), pl.col("capdist").min()
    )
    joined = states.join(by_state, left_on=["ccode", "year"], right_on=["ccode1", "year"])
    assert joined.height == states.height
    assert joined["n_atop_defense"].to_list() == joined["allies"].to_list()
    assert joined["mincapdist"].to_list() == joined["capdist"].to_list()


# ── plans ────────────────────────────────────────────────────────────────────────────────────

STEPS = [
    *("alliances", "capabilities", "disputes", "wars", "contiguity", "distance", "regime"),
    *("majors", "economy", "trade", "igos", "rivalries", "leaders", "support", "troops"),
    *("exercises", "territorial_threat", "codes"),
]


@pytest.mark.parametrize("system", ["cow", "gw"])
@pytest.mark.parametrize("kind", [dyad_years, state_years])
def test_every_column_is_documented_with_its_type(kind: object, system: str) -> None:
    steps = [*STEPS, "un_votes", "peace_years"] if kind is dyad_years else STEPS
    for step in steps:
        plan = getattr(kind(years=(1995, 1996), system=system), f"add_{step}")()  # type: ignore[operator]
        made = plan.collect()
        assert dict(made.schema) == plan.schema(), step
        documented = plan.columns
        assert documented["column"].to_list() == made.columns
        assert (documented["says"] != "").all()


def test_a_lazy_panel_makes_only_the_columns_that_a_query_needs() -> None:
    plan = dyad_years(years=(1900, 1914)).add_capabilities().add_contiguity().add_disputes()
    asked = (
        plan.lazy().filter(pl.col("year") == 1914).select("ccode1", "cinc2", "conttype").collect()
    )
    whole = plan.collect().filter(pl.col("year") == 1914).select("ccode1", "cinc2", "conttype")
    assert asked.equals(whole)
    assert plan.lazy().select(pl.len()).collect().item() == plan.collect().height


def test_a_plan_is_not_changed_by_what_is_added_to_it() -> None:
    plan = dyad_years(years=(1950, 1950))
    plan.add_capabilities()
    assert plan.steps == ()


def test_cite_names_every_source_once() -> None:
    plan = dyad_years(years=(1950, 1950)).add_disputes().add_peace_years()
    text = str(plan.cite())
    assert text.count("Gibler, Miller and Little 2016") == 1
    assert "version 2.2.1" in text
    assert [row["name"] for row in plan.cite().to_dicts()] == ["cow_states", "gml_mid_ddydisps"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: dyad_years(years=(2010, 1946)), r"years=\(2010, 1946\) ends before it begins"),
        (lambda: dyad_years(years=(1700, 1946)), "begin in 1816"),
        (lambda: dyad_years(years="all"), "is not a pair such as"),
        (lambda: dyad_years(system="un"), "no state system 'un'"),
        (lambda: dyad_years().add_disputes(source="mid"), "come from 'gml' or 'cow'"),
        (lambda: dyad_years().add_disputes().add_disputes(), "already"),
        (lambda: dyad_years().add_disputes().add_disputes(source="cow"), "details=False"),
        (lambda: repeated_disputes(disputes=1), "two disputes or more"),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_once(wrong: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        wrong()  # type: ignore[operator]

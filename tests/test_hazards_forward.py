"""Forward simulation: the conversion, the clock of quiet years, coverage, nothing from the future.

Coverage: of R bands of 90 % the number that hold what happened is binomial; a test allows what a
binomial of share 0.9 leaves with probability 1e-4 on either side.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

from rimland.engine import run
from rimland.hazards import disputes, estimate, formation, forward_treaties, networks
from rimland.hazards.estimate import Estimate
from rimland.hazards.forward import Forecast, Told, forward, simulate
from rimland.hazards.forward_program import (
    YEAR_DAYS,
    Kind,
    Lowering,
    Rare,
    log_rate_per_day,
)
from rimland.hazards.forward_record import Record, record
from rimland.hazards.forward_scores import reliability, score, tally
from rimland.hazards.forward_units import QUIET, lower_disputes, quiet, years_of_quiet
from rimland.hazards.links import HazardError
from rimland.history import states, store

SLIP = 1e-4


def known(terms: tuple[str, ...], coefficients: list[float]) -> Estimate:
    """An equation that is certain of its coefficients."""
    nothing = np.zeros((len(terms), len(terms)))
    beta = np.array(coefficients)
    return Estimate(terms, "cloglog", beta, nothing, nothing, 0.0, 0, 0.0, {}, True, 0, "none")


def units(x: np.ndarray, made: Estimate, **more: object) -> Kind:
    return Kind("event", made, np.arange(len(x))[:, None], x, **more)  # type: ignore[arg-type]


def happened(kind: Kind, years: int, futures: int, seed: int) -> np.ndarray:
    """Whether each unit had an event in each year, [futures, U, years]."""
    to = Lowering("truth", years)
    for unit in range(len(kind.units)):
        to.builder.observer(f"n{unit}", "count", transition=to.hazard(kind, unit))
    program = to.program()
    grid = YEAR_DAYS * np.arange(years + 1.0)
    result = run(
        program,
        program.default_theta(),
        futures=futures,
        seed=seed,
        horizon_days=grid[-1],
        grid_days=grid,
    )
    return np.diff(result.values[0], axis=2) > 0.0


def test_a_yearly_hazard_runs_in_the_engine_at_the_rate_that_gives_its_yearly_chance() -> None:
    assert log_rate_per_day(0.0) == pytest.approx(-np.log(YEAR_DAYS))
    made = known(("constant", "z"), [-1.0, 0.7])
    x = np.column_stack([np.ones(4), [-2.0, 0.0, 1.0, 2.0]])
    came = happened(units(x, made), 50, 200, 3).mean(axis=(0, 2))
    # 10,000 years of each of four units; 4.5 standard errors: a false alarm in 30,000.
    p = made.predict(x)
    assert np.all(np.abs(came - p) < 4.5 * np.sqrt(p * (1.0 - p) / 10_000))


def test_what_the_calendar_moves_changes_the_rate_in_its_years_only() -> None:
    made = known(("constant", "due"), [-2.0, 3.0])
    due = np.array([[0.0, 0.0, 1.0, 0.0]])
    came = happened(units(np.array([[1.0, 9.0]]), made, moving={"due": due}), 4, 4000, 1)
    p = made.predict(np.column_stack([np.ones(4), due[0]]))
    assert np.all(np.abs(came.mean(axis=(0, 1)) - p) < 4.5 * np.sqrt(p * (1.0 - p) / 4000))


def test_bands_of_a_refitted_forecast_hold_what_happened_as_often_as_they_say() -> None:
    # 40 worlds of 50 units: 25 years to fit on, 10 to tell; intervals include the fit's own error.
    worlds, past, ahead = 40, 25, 10
    terms = ("constant", "z")
    z = np.random.default_rng(5).normal(size=50)
    x = np.column_stack([np.ones(50), z])
    came = happened(units(x, known(terms, [-3.0, 0.8])), past + ahead, worlds, 11)
    rows, held = np.repeat(x, past, axis=0), 0
    for world in range(worlds):
        made = estimate(rows, came[world, :, :past].ravel(), terms=terms, link="cloglog")
        to = Lowering(f"world {world}", ahead)
        kind = units(x, made)
        for unit in range(len(x)):
            to.hazard(kind, unit)
        (told,), _ = simulate(to, [kind], 200, 1, threads=1)
        low, high = np.quantile(told.counts.sum(axis=2), [0.05, 0.95])
        held += low <= came[world, :, past:].sum() <= high
    least, most = stats.binom.ppf([SLIP, 1.0 - SLIP], worlds, 0.9)
    assert least <= held <= most


def test_years_of_quiet_count_from_the_last_dispute_that_either_began() -> None:
    begun = [
        (min(a, c), max(a, c), year)
        for a, c, year in disputes.begun().select("ccode1", "ccode2", "year").iter_rows()
    ]
    one, two = 640, 350  # neighbours with many disputes, from both sides
    years = np.arange(1946, 1991)
    rows = pl.DataFrame({"ccode1": [one] * 45, "ccode2": [two] * 45, "year": years})
    found = years_of_quiet(rows)
    own = sorted(y for a, c, y in begun if (a, c) == (two, one))
    assert len(own) > 10
    for year, value in zip(years, found, strict=True):
        past = [y for y in own if y < year]
        assert value == (year - past[-1] - 1 if past else year - 1828)
    swapped = rows.rename({"ccode1": "ccode2", "ccode2": "ccode1"})
    assert np.array_equal(years_of_quiet(swapped), found)


def test_levels_of_quiet_double() -> None:
    years = np.array([0, 1, 2, 3, 4, 7, 8, 31, 32, 127, 128, 400], float)
    assert quiet(years).tolist() == [0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, QUIET]


def test_the_clock_of_quiet_agrees_with_counting_years_since_the_last_dispute() -> None:
    # Every start, both directions, disputes often enough to come in and out of each level.
    starts, years, futures = [0, 1, 2, 3, 5, 7, 8, 11, 30, 127, 200], 40, 30
    pairs = np.array([(s, 500 + s) for s in range(len(starts))])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    made = known(("constant", "quiet"), [-2.5, -0.1])
    peace = {(int(a), int(b)): s for (a, b), s in zip(pairs, starts, strict=True)}
    kind = Kind("dispute", made, both, np.ones((len(both), 2)), {}, ("quiet",))
    to = Lowering("quiet", years)
    lower_disputes(to, kind, peace)
    for unit in range(len(both)):
        to.builder.observer(f"n{unit}", "count", transition=kind.called(unit))
    for a, b in pairs:
        to.builder.observer(f"level {a}", "level", f"quiet.{a}-{b}")
    program = to.program()
    # Read a day after each new year: a level's step may fall a rounding error after it.
    grid = np.array([0.0, *(YEAR_DAYS * np.arange(1, years) + 1.0)])
    result = run(
        program, program.default_theta(), futures=futures, horizon_days=grid[-1], grid_days=grid
    )
    new_year = YEAR_DAYS * np.arange(years, dtype=float)
    whole = run(
        program,
        program.default_theta(),
        futures=futures,
        horizon_days=new_year[-1],
        grid_days=new_year,
    )
    seen = 0
    for p, start in enumerate(starts):
        n = sum(np.diff(whole.values[0, :, u], axis=1) for u in (p, p + len(starts)))
        level = result.of(f"level {p}")[0]
        for future in range(futures):
            gathered = start
            for year in range(years - 1):
                assert level[future, year] == quiet(np.array([float(gathered)]))[0]
                gathered = 0 if n[future, year] else gathered + 1
                seen += int(n[future, year] > 0)
    assert seen > 500


BOTH = ("turnover", "disputes")


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    return {t.kind: t for t in forward(1990, 5, draws=6, futures=2, seed=4, parts=BOTH).told}


@pytest.fixture(scope="module")
def early() -> Forecast:
    """Pacts told from 1957, when 80 states made few enough pairs for a test."""
    return forward(1957, 3, draws=3, futures=2, parts=["treaties"])


def test_a_forecast_tells_of_every_kind_and_of_states_that_stood_at_the_origin(
    told: dict[str, Told],
) -> None:
    assert {"support", "leader alone", "leader", "dispute"} <= set(told)
    standing = set(told["support"].units[:, 0].tolist())
    assert len(standing) > 120
    assert not standing & {265, 678, 372}, "gone in 1990, gone in 1990, not yet a state"
    for one in told.values():
        assert np.all(np.diff(one.chance, axis=1) >= 0.0)
    either = told["leader"].counts
    assert np.all(either <= told["support"].counts + told["leader alone"].counts)
    assert np.all(either >= told["support"].counts)


def test_the_same_call_gives_the_same_forecast_and_more_draws_keep_the_first(
    told: dict[str, Told],
) -> None:
    again = forward(1990, 5, draws=8, futures=2, seed=4, parts=BOTH, threads=1)
    for kind, one in told.items():
        assert np.array_equal(again.of(kind).counts[:6], one.counts)
    other = forward(1990, 5, draws=6, futures=2, seed=5, parts=["disputes"])
    assert not np.array_equal(other.of("dispute").counts, told["dispute"].counts)


def test_a_part_run_alone_says_what_it_says_in_the_whole(told: dict[str, Told]) -> None:
    alone = forward(1990, 5, draws=6, futures=2, seed=4, parts=["disputes"])
    assert [t.kind for t in alone.told] == ["dispute"]
    assert np.array_equal(alone.of("dispute").chance, told["dispute"].chance)


def without_what_came_after(origin: int):  # type: ignore[no-untyped-def]
    """A reader of datasets as they would stand at the end of the origin, spells left open."""
    read = store.raw
    over = date(origin, 12, 31)

    def raw(name: str, columns: list[str] | None = None) -> pl.DataFrame:
        frame = read(name)
        for column in ("year", "styear", "begyr", "yrent"):
            if column in frame.columns:
                frame = frame.filter(pl.col(column).is_null() | (pl.col(column) <= origin))
        for column in ("startdate",):
            if column in frame.columns:
                frame = frame.filter(pl.col(column) <= over)
        open_ended = {"endyear": 2016, "endyr": None, "yrexit": None}
        for column, edge in open_ended.items():
            if column in frame.columns:
                value = pl.lit(edge, frame.schema[column])
                later = pl.col(column) > origin
                frame = frame.with_columns(
                    pl.when(later).then(value).otherwise(column).alias(column)
                )
        if name == "cow_states":
            last = pl.col("endyear") == 2016
            frame = frame.with_columns(
                endmonth=pl.when(last)
                .then(12)
                .otherwise("endmonth")
                .cast(frame.schema["endmonth"]),
                endday=pl.when(last).then(31).otherwise("endday").cast(frame.schema["endday"]),
            )
        return frame if columns is None else frame.select(columns)

    return raw


def forget() -> None:
    """Drop what was kept of the datasets as they are."""
    for kept in (states._members, networks.networks, networks.geography, formation.dyads):
        kept.cache_clear()


def same(one: Told, other: Told) -> bool:
    return (
        np.array_equal(one.units, other.units)
        and np.array_equal(one.chance, other.chance)
        and np.array_equal(one.counts, other.counts)
    )


def test_nothing_after_the_origin_is_read(
    told: dict[str, Told], early: Forecast, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        monkeypatch.setattr(store, "raw", without_what_came_after(1990))
        forget()
        assert store.table("gml_dirdisp")["year"].max() == 1990
        blind = forward(1990, 5, draws=6, futures=2, seed=4, parts=BOTH)
        monkeypatch.undo()
        monkeypatch.setattr(store, "raw", without_what_came_after(1957))
        forget()
        assert store.table("atop4_alliances")["begyr"].max() == 1957
        blind_early = forward(1957, 3, draws=3, futures=2, parts=["treaties"])
    finally:
        monkeypatch.undo()
        forget()
    assert all(same(blind.of(kind), one) for kind, one in told.items())
    assert all(same(blind_early.of(one.kind), one) for one in early.told)
    assert blind_early.checks == early.checks


def test_pacts_are_told_of_pairs_without_one_and_only_by_a_fit_that_may_be_simulated(
    early: Forecast,
) -> None:
    pact, end = early.of("pact"), early.of("pact's end")
    nets = networks.networks(1946, 1958, True)
    one, two = (nets.at(pact.units[:, side]) for side in (0, 1))
    assert len(pact.units) > 2500
    assert not nets.bilateral[-1, one, two].any()
    assert len(end.units) == int(np.triu(nets.bilateral[-1]).sum())
    ratios = [value for check, value in early.checks.items() if check.startswith("branching ratio")]
    assert len(ratios) == 2
    assert max(ratios) < 1.0
    assert np.all((pact.chance > 0.0) & (pact.chance < 1.0))


def test_formation_that_explodes_under_every_prior_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forward_treaties, "saturated", lambda base, effect: (1.5, 0.1))
    monkeypatch.setattr(forward_treaties, "HALVINGS", 1)
    with pytest.raises(HazardError, match="pacts up to 1957 explodes and is not simulated"):
        forward_treaties.pacts(1957, 3)


def triangle(feeds_back: float, years: int) -> tuple[Lowering, Kind]:
    """Three states, the first two bound for good; the third may bind itself to either."""
    rate, never = np.log(0.02), -60.0
    pairs = np.array([[1, 2], [1, 3], [2, 3]])
    x = np.zeros((3, len(formation.TERMS)))
    x[:, 0] = 1.0
    beta = [0.0] * len(formation.TERMS)
    beta[0], beta[formation.TERMS.index("shared_partner")] = rate, feeds_back
    ending = known(("constant",), [never])
    rare = Rare("pacts begun", ("tie.1-2[0]", "tie.1-3[0]", "tie.2-3[0]"))
    free = np.array([False, True, True])
    made = known(formation.TERMS, beta)
    forming = Kind("pact", made, pairs, x, {}, formation.ENDOGENOUS, told=free, rare=rare)
    parting = Kind("pact's end", ending, np.array([[7]]), np.ones((1, 1)))
    lapsing = Kind("new", ending, pairs, np.ones((3, 1)))
    to = Lowering("triangle", years)
    pairs_of = np.array([[1, 2]])
    world = forward_treaties.Pacts(forming, parting, pairs_of, lapsing, {1: 1, 2: 1, 3: 0}, 2.5, {})
    forward_treaties.lower_pacts(to, world)
    return to, forming


def test_a_pact_gives_others_a_partner_in_common_and_so_feeds_back() -> None:
    # After the first of two pacts (rate 2 r) the other's rate is r exp(b log 2): two stages.
    r, b, years, runs = 0.02, 3.0, 10, 6000
    to, forming = triangle(b, years)
    (told,), _ = simulate(to, [forming], 1, runs)
    first, second = 2.0 * r, r * 2.0**b
    none = np.exp(-first * years)
    one = first / (second - first) * (np.exp(-first * years) - np.exp(-second * years))
    expected = np.array([none, one, 1.0 - none - one])
    begun = np.bincount(told.counts.sum(axis=2).ravel(), minlength=3)
    assert np.all(np.abs(begun / runs - expected) < 4.5 * np.sqrt(expected / runs))
    # Each of the two is as likely; a summed hazard varies less than a count does.
    either = one / 2.0 + 1.0 - none - one
    assert told.chance[:, -1] == pytest.approx(either, abs=4.5 * np.sqrt(either / runs))


def test_the_record_of_pacts_tells_events_from_renewals_and_the_dead_from_the_calm() -> None:
    pact, end = record("pact"), record("pact's end")
    assert pact.world.sum() >= np.nansum(pact.event) > 90
    assert np.nansum(end.event, axis=1).max() == 1.0
    over = np.nancumsum(end.event, axis=1) > 0.0
    assert np.isfinite(end.event[over]).all()
    gone = pact.rows(np.array([[2, 265]]))
    assert np.isnan(pact.event[gone[0], 1991 - pact.first :]).all()


def test_what_cannot_be_told_is_refused_by_name() -> None:
    with pytest.raises(HazardError, match=r"'dispute' is no part.*'disputes'"):
        forward(1990, parts=["dispute"])
    with pytest.raises(HazardError, match="draws=0"):
        forward(1990, draws=0)
    with pytest.raises(HazardError, match="No pair is at risk of a dispute in 2012"):
        forward(2012, 1, draws=1, parts=["disputes"])


def a_record(event: list[list[float]], first: int) -> Record:
    seen = np.array(event)
    codes = np.arange(len(seen))[:, None]
    world = np.nansum(seen, axis=0).astype(np.int64)
    return Record("event", first, codes, seen, np.isfinite(seen), world)


def test_a_score_learns_its_rivals_before_the_origin_and_counts_a_unit_while_it_is_there() -> None:
    # Units 0 and 1 have an event in every second year up to the origin 2003, units 2 and 3 never.
    gone = np.nan
    seen = a_record(
        [
            [1, 0, 1, 0, 1, 0],
            [1, 0, 1, 0, gone, gone],
            [0, 0, 0, 0, 0, gone],
            [0, 0, 0, 0, 0, 1],
        ],
        2000,
    )
    chance = np.array([[0.5, 0.9], [0.5, 0.9], [0.2, 0.4], [0.1, 0.3]])
    one = Told("event", np.arange(4)[:, None], chance, np.zeros((1, 1, 2), np.int64))
    made = score(one, seen, 2003, 2)
    assert (made.units, made.events) == (3, 2), "the second was gone in the first year"
    assert made.expected == pytest.approx(0.9 + 0.2 + 0.3)
    assert made.brier == pytest.approx((0.1**2 + 0.2**2 + 0.7**2) / 3)
    # Windows of two years from 2000 and 2001: 4 of 8 had an event, all among those with one before.
    again, first = (4 + 0.5) / (4 + 1), 0.5 / (4 + 1)
    # The third is scored on one year: windows of one year from 2000, 2001, 2002.
    first_short = 0.5 / (6 + 1)
    losses = [(1 - again) ** 2, first_short**2, (1 - first) ** 2]
    assert made.brier_persistence == pytest.approx(np.mean(losses))
    assert made.brier_same_again == pytest.approx(1 / 3)


def test_a_tally_counts_what_was_seen_among_the_units_told_of_and_in_the_whole_world() -> None:
    gone = np.nan
    seen = a_record([[0, 0, 1, 1], [0, 0, 0, gone], [1, 1, 1, 1]], 2000)
    # Two draws that differ by ten in the first year and futures that do not differ: all is draws.
    counts = np.array([[[0, 5, 5]] * 3, [[10, 5, 5]] * 3])
    one = Told("event", np.arange(2)[:, None], np.full((2, 3), 0.5), counts)
    forecast = Forecast(2001, 3, 2, 3, 1, (one,), (), 0.0, {})
    made = tally(forecast, "event", seen)
    assert made.seen[:2].tolist() == [1.0, 1.0]
    assert made.world[:2].tolist() == [2.0, 2.0]
    assert np.isnan(made.seen[2])
    assert np.isnan(made.world[2])
    assert made.within == (1, 2), "1 lies in 0 to 10, and not in 5 to 5"
    assert made.total == (5.0, 10.0, 15.0)
    assert made.of_draws == 1.0
    with pytest.raises(HazardError, match=r"no kind of event called 'events'.*'event'"):
        forecast.of("events")


def test_bins_of_like_number_hold_every_unit_and_intervals_hold_their_share() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random(137)
    came = (rng.random(137) < chance).astype(float)
    bins = reliability(chance, came)
    assert len(bins) == 10
    assert sum(b.units for b in bins) == 137
    assert sum(b.events for b in bins) == came.sum()
    assert all(b.low <= b.share <= b.high for b in bins if 0 < b.events < b.units)
    assert [b.told for b in bins] == sorted(b.told for b in bins)

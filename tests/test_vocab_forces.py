"""Forces: yards against queueing theory, ships by hand, and what is on station in time."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from forces_system import FORCES, forces_system
from rimland.engine import run
from rimland.engine.exact import solve
from rimland.program.model import Hold, Switch
from rimland.program.slices import sliced
from vocab_system import FLASHPOINTS, PLEDGES, System, reading

STRAITS = "passages: {narrows: {}, gate: {}}"
MARK = "source: atlas, seen: true"
DAYS = 3652.0


def c(text: str) -> str:
    return f"{{value: {text}, computed: c}}"


def yard(docks: int, arrives: str, takes: str, at_most: int = 40) -> str:
    """A yard with nothing but work that comes by chance: a Poisson stream before its docks."""
    return f"""
{STRAITS}
yards:
  works:
    at: east
    docks: {docks}
    {MARK.replace(", ", chr(10) + "    ")}
    other_work: {{any: {{arrives: {c(arrives)}, takes: {takes}, at_most: {at_most}}}}}
"""


def waits(made: System, futures: int = 60, seed: int = 3) -> tuple[float, float]:
    """Return the mean wait and its standard error: a ratio of sums over the futures."""
    measure = made.low.measures["forces.yards.works.wait"]
    program = sliced(made.program(), [*measure.observers, *measure.over])
    found = run(program, program.default_theta(), futures=futures, seed=seed, horizon_days=DAYS,
                grid_days=[DAYS])  # fmt: skip
    waited = found.of(measure.observers[0])[0, :, 0]
    served = found.of(measure.over[0])[0, :, 0]
    mean = waited.sum() / served.sum()
    return mean, float(np.std(waited - mean * served) / np.sqrt(futures) / served.mean())


def erlang_c(servers: int, load: float) -> float:
    """Return the probability of waiting in M/M/c at an offered load in erlangs (Erlang 1917)."""
    parts = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(parts) + last)


# Each comparison is wrong once in 15,000 by chance: four standard errors of sums over futures.
@pytest.mark.parametrize(("docks", "load"), [(1, 0.6), (2, 1.4), (4, 3.0)])
def test_exponential_work_waits_as_erlang_says(tmp_path: Path, docks: int, load: float) -> None:
    mean = 10.0
    made = forces_system(
        tmp_path, yard(docks, f"{load / mean} per day", f"{{mean: {c('10 days')}}}")
    )
    wait, error = waits(made)
    expected = erlang_c(docks, load) * mean / (docks - load)
    assert abs(wait - expected) < 4 * error
    assert error < 0.06 * expected


@pytest.mark.parametrize(
    ("takes", "mean", "square"),
    [
        ("{exactly: {value: 10 days, computed: c}}", 10.0, 100.0),
        (
            "{median: {value: 8 days, computed: c}, spread: {value: 2.5 ratio, computed: c}}",
            8 * math.exp((math.log(2.5) / 1.2815515655446004) ** 2 / 2),
            64 * math.exp(2 * (math.log(2.5) / 1.2815515655446004) ** 2),
        ),
    ],
)
def test_one_dock_waits_as_pollaczek_and_khinchine_say(
    tmp_path: Path, takes: str, mean: float, square: float
) -> None:
    rate = 0.6 / mean
    wait, error = waits(forces_system(tmp_path, yard(1, f"{rate} per day", takes)))
    expected = rate * square / (2 * (1 - rate * mean))
    assert abs(wait - expected) < 4 * error
    assert error < 0.06 * expected


def ships(
    count: int, docks: int, interval: str, takes: str, more: str = "", at: str = "east"
) -> str:
    return f"""
{STRAITS}
yards:
  works: {{at: {at}, docks: {docks}, {MARK}}}
classes:
  fleet:
    of: AAA
    at: east
    count: {count}
    day_run: {c("240 nautical miles")}
    cycle: {{interval: {interval}, yards: {{works: {{takes: {takes}}}}}}}
    {MARK.replace(", ", chr(10) + "    ")}
{more}
"""


def available(made: System, futures: int, seed: int = 5) -> np.ndarray:
    """Return the share of the fleet in service in each future, averaged over ten years."""
    observer = made.low.measures["forces.classes.fleet.available"].observers[0]
    program = sliced(made.program(), [observer])
    found = run(program, program.default_theta(), futures=futures, seed=seed, horizon_days=DAYS,
                grid_days=[DAYS])  # fmt: skip
    return found.of(observer)[0, :, 0] / DAYS


@pytest.mark.parametrize(("count", "docks"), [(6, 1), (6, 2), (9, 3)])
def test_a_fleet_and_its_docks_are_a_queue_of_finitely_many_sources(
    tmp_path: Path, count: int, docks: int
) -> None:
    # M/M/c//N, the machine interference model: a birth and death chain, solved exactly. The start
    # with all in service is forgotten within a cycle or two of forty.
    up, down = 60.0, 30.0
    weights = [1.0]
    for out in range(count):
        weights.append(weights[-1] * (count - out) / up / (min(out + 1, docks) / down))
    chance = np.array(weights) / sum(weights)
    expected = float(np.sum(chance * (count - np.arange(count + 1))))
    made = forces_system(
        tmp_path, ships(count, docks, f"{{mean: {c('60 days')}}}", f"{{mean: {c('30 days')}}}")
    )
    found = available(made, 80)
    error = float(found.std() / np.sqrt(len(found)))
    assert abs(found.mean() - expected) < 4 * error + 0.01 * count
    assert error < 0.01 * count


def test_a_counted_class_is_in_service_as_independent_ships_are(tmp_path: Path) -> None:
    # Each ship is a two-state chain, so the mean number in service is known at every time.
    count, out, up, down = 8, 3, 100.0, 50.0
    made = forces_system(
        tmp_path,
        f"""
{STRAITS}
classes:
  fleet:
    of: AAA
    at: east
    count: {count}
    out: {out}
    {MARK.replace(", ", chr(10) + "    ")}
    cycle: {{interval: {{mean: {c("100 days")}}}, takes: {{mean: {c("50 days")}}}}}
""",
    )
    called = made.low.builder.observer("fleet", "level", "forces.classes.fleet.in_service")
    program = sliced(made.program(), [called])
    days = np.array([0.0, 20.0, 60.0, 400.0])
    exact = solve(program, program.default_theta()[0], days)
    share = up / (up + down)
    rate = 1 / up + 1 / down
    expected = count * share + (count - out - count * share) * np.exp(-rate * days)
    assert exact.of("fleet") == pytest.approx(expected, abs=1e-6)


def test_ships_with_exact_cycles_are_spread_evenly_and_keep_their_calendar(tmp_path: Path) -> None:
    # Four ships, 100 days in service and 20 in dock: due after 12.5, 37.5, 62.5 and 87.5 days.
    made = forces_system(
        tmp_path, ships(4, 4, f"{{exactly: {c('100 days')}}}", f"{{exactly: {c('20 days')}}}")
    )
    called = made.low.builder.observer("fleet", "level", "forces.classes.fleet.in_service")
    program = sliced(made.program(), [called])
    days = np.array([12, 13, 32, 33, 38, 63, 88, 108, 132, 133, 152, 153], float)
    found = run(program, program.default_theta(), futures=1, horizon_days=200.0, grid_days=days)
    assert found.of("fleet")[0, 0].tolist() == [4, 3, 3, 4, 3, 3, 3, 4, 4, 3, 3, 4]


def test_the_voyage_to_a_yard_in_another_port_takes_no_dock_but_takes_the_ship(
    tmp_path: Path,
) -> None:
    # 1,200 miles at 240 a day: five days out and five back, round 20 in dock.
    made = forces_system(
        tmp_path,
        ships(1, 1, f"{{exactly: {c('100 days')}}}", f"{{exactly: {c('20 days')}}}", at="west"),
    )
    b = made.low.builder
    called = b.observer("fleet", "level", "forces.classes.fleet.in_service")
    dock = b.observer("dock", "level", "forces.yards.works.in_dock")
    program = sliced(made.program(), [called, dock])
    days = np.array([49, 51, 54, 56, 74, 76, 79, 81, 179, 181], float)
    found = run(program, program.default_theta(), futures=1, horizon_days=200.0, grid_days=days)
    assert found.of("fleet")[0, 0].tolist() == [1, 0, 0, 0, 0, 0, 0, 1, 1, 0]
    assert found.of("dock")[0, 0].tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def begun(made: System, yard: str, switch: Switch, futures: int = 100) -> float:
    observer = made.low.measures[f"forces.yards.{yard}.repairs"].observers[0]
    program = sliced(made.program(), [observer])
    found = run(program, program.default_theta(), futures=futures, seed=2, horizon_days=DAYS,
                grid_days=[DAYS], switch=switch)  # fmt: skip
    return float(found.of(observer).sum())


STAFF, PLANNING = "pledges.joint-staff.stage", "pledges.joint-planning.stage"
CLOSED = Switch(holds=(Hold(STAFF, 0), Hold("flashpoints.strait.state", 0)))
OPEN = Switch(holds=(Hold(STAFF, 5), Hold("flashpoints.strait.state", 0)))


def test_the_law_keeps_ships_from_a_yard_until_its_gate_is_open(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    assert begun(made, "far", CLOSED) == 0
    assert begun(made, "far", OPEN) > 100


def test_open_yards_are_chosen_by_their_shares(tmp_path: Path) -> None:
    made = forces_system(
        tmp_path, FORCES.replace("      avoids: {value: -1 log, computed: c}\n", "")
    )
    home, far = begun(made, "home", OPEN, 300), begun(made, "far", OPEN, 300)
    # One in three goes far; those that wait at the end and the one in dock at first are few.
    total = home + far
    assert abs(far / total - 1 / 3) < 4 * math.sqrt(2 / 9 / total) + 0.01


def test_a_pledge_adds_docks_and_its_loss_takes_them_back(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    observer = made.low.measures["forces.yards.home.docks"].observers[0]
    program = sliced(made.program(), [observer])
    theta = program.default_theta()
    for from_day, stage, expected in ((0.0, 5, [3, 3]), (0.0, 0, [2, 2]), (50.0, 5, [2, 3])):
        holds = [Hold(PLANNING, 0), Hold(PLANNING, stage, from_day)] if from_day else [
            Hold(PLANNING, stage)
        ]  # fmt: skip
        switch = Switch({PLANNING: 0}, (holds[-1],))
        found = run(program, theta, futures=1, horizon_days=100.0, grid_days=[10.0, 60.0],
                    switch=switch)  # fmt: skip
        assert found.of(observer)[0, 0].tolist() == expected


def test_ships_are_damaged_in_war_alone_and_then_take_longer(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    b = made.low.builder
    hits = [b.observer(f"hit {k}", "count", transition=f"forces.classes.frigates.{k}.damaged")
            for k in range(1, 7)]  # fmt: skip
    busy = made.low.measures["forces.yards.home.busy"].observers[0]
    program = sliced(made.program(), [*hits, busy])
    results = {}
    for state in (0, 3):
        switch = Switch(holds=(Hold("flashpoints.strait.state", state), Hold(STAFF, 0)))
        found = run(program, program.default_theta(), futures=50, seed=1, horizon_days=DAYS,
                    grid_days=[DAYS], switch=switch)  # fmt: skip
        results[state] = sum(found.of(h).sum() for h in hits), found.of(busy).mean()
    assert results[0][0] == 0
    assert results[3][0] > 100
    assert results[3][1] > 1.3 * results[0][1]


# --- on station ---------------------------------------------------------------------------------

SPREAD = 1.4


def share_in_time(miles: float, run_: float, notice: float, within: float, spread: float) -> float:
    days = notice + miles / run_
    return 1 / (1 + (days / within) ** (math.log(9) / math.log(spread)))


def test_what_is_on_station_is_the_sum_worked_out_by_hand(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    program, theta = made.program(), made.program().default_theta()
    frigates = 5 * 0.5 * share_in_time(1200, 240, 2, 10, SPREAD)
    reserves = 8 * share_in_time(1260, 240, 0, 10, SPREAD)

    assert float(reading(program, theta, PLACE)[0]) == pytest.approx(frigates + reserves, rel=1e-12)
    assert float(reading(program, theta, "forces.the-west.on_station_change")[0]) == 0.0
    parts = [float(reading(program, theta, f"forces.the-west.from.{port}")[0])
             for port in ("east", "cove")]  # fmt: skip
    assert parts == pytest.approx([frigates, reserves], rel=1e-12)


def settled(
    made: System, readable: str, *holds: Hold, starts: dict[str, int] | None = None
) -> float:
    """Return a reading once what follows at once has followed, before anything else happens."""
    b = made.low.builder
    name = f"{readable}:settled"
    if name not in b.observers:
        b.observer(name, "level", readable)
    program = made.low.builder.build(made.low.central())
    found = run(program, program.default_theta(), futures=1, seed=1, horizon_days=0.001,
                grid_days=[0.001], switch=Switch(starts or {}, holds))  # fmt: skip
    return float(found.of(name)[0, 0, 0])


NARROWS, GATE = Hold("forces.passages.narrows", 1), Hold("forces.passages.gate", 1)
PLACE = "forces.the-west.on_station"


@pytest.mark.parametrize(
    ("holds", "frigates", "reserves", "taken"),
    [
        ((), 1200, 1260, 0.0),
        ((NARROWS,), 1900, 1960, 0.0),
        ((GATE,), 1200, 1260, 0.0),
        ((NARROWS, GATE), 3060, 3000, 0.0),
        ((Hold("forces.commitments.elsewhere", 1),), 1200, 1260, 0.4),
        ((Hold("forces.commitments.elsewhere", 1), NARROWS), 1900, 1960, 0.4),
        ((Hold("forces.commitments.own-crisis", 1),), 1200, 1260, 0.0),
        ((Hold("ties.AAA-BBB.presence", 1),), 1000, 1260, 0.0),
        ((Hold("ties.AAA-BBB.presence", 0), GATE), 1300, 1260, 0.0),
    ],
)
def test_closures_commitments_and_lost_bases_change_what_is_on_station_exactly(
    tmp_path: Path, holds: tuple[Hold, ...], frigates: float, reserves: float, taken: float
) -> None:
    made = forces_system(tmp_path)
    expected = 5 * 0.5 * (1 - taken) * share_in_time(frigates, 240, 2, 10, SPREAD)
    expected += 8 * share_in_time(reserves, 240, 0, 10, SPREAD)
    assert settled(made, PLACE, *holds) == pytest.approx(expected, rel=1e-9)


def test_a_class_that_falls_back_nowhere_is_lost_with_its_base(tmp_path: Path) -> None:
    made = forces_system(tmp_path, FORCES.replace("{to: south, during", "{during"))
    expected = 8 * share_in_time(1260, 240, 0, 10, SPREAD)
    assert settled(made, PLACE, Hold("ties.AAA-BBB.presence", 0)) == pytest.approx(expected)
    assert settled(made, PLACE) > expected


def test_what_is_shut_or_called_at_the_as_of_date_is_counted_from_the_start(tmp_path: Path) -> None:
    text = FORCES.replace("{name: the Narrows, shut_by", "{name: the Narrows, state: shut, shut_by")
    made = forces_system(
        tmp_path, text.replace("    begins: {value", "    called: true\n    begins: {value")
    )
    expected = 5 * 0.5 * 0.6 * share_in_time(1900, 240, 2, 10, SPREAD)
    expected += 8 * share_in_time(1960, 240, 0, 10, SPREAD)
    program, theta = made.program(), made.program().default_theta()
    assert float(reading(program, theta, PLACE)[0]) == pytest.approx(expected, rel=1e-12)
    assert float(reading(program, theta, f"{PLACE}_change")[0]) == 0.0
    assert settled(made, PLACE) == pytest.approx(expected, rel=1e-12)
    free = Hold("forces.commitments.elsewhere", 0)
    assert settled(made, f"{PLACE}_change", NARROWS, free) > 0
    assert settled(made, "forces.lanes.grain.distance") == pytest.approx(1900)


def test_a_fleet_of_another_age_is_written_in_the_same_words(tmp_path: Path) -> None:
    # Frigates under sail that are careened in turn on one beach, and lie in ordinary otherwise.
    text = f"""
{STRAITS}
yards: {{beach: {{at: cove, docks: 1, {MARK}}}}}
classes:
  sail:
    of: CCC
    at: cove
    count: 3
    day_run: {c("100 nautical miles")}
    notice: {c("14 days")}
    cycle:
      interval: {{mean: {c("2 years")}}}
      yards: {{beach: {{takes: {{exactly: {c("40 days")}}}}}}}
    judged: invented
places: {{roadstead: {{at: west, within: {c("40 days")}, spread: {c("2 ratio")}}}}}
"""
    made = forces_system(tmp_path, text)
    program, theta = made.program(), made.program().default_theta()
    there = float(reading(program, theta, "forces.roadstead.on_station")[0])
    assert there == pytest.approx(3 * share_in_time(1260, 100, 14, 40, 2), rel=1e-12)


def test_a_place_that_a_commitment_spares_loses_nothing_to_it(tmp_path: Path) -> None:
    text = FORCES.replace("    spares: [the-west]\n", "")
    crisis = Hold("forces.commitments.own-crisis", 1)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    spared, not_spared = forces_system(tmp_path / "a"), forces_system(tmp_path / "b", text)
    half = 4 * share_in_time(1260, 240, 0, 10, SPREAD)
    lost = settled(spared, PLACE, crisis) - settled(not_spared, PLACE, crisis)
    assert lost == pytest.approx(half, rel=1e-9)


def test_nine_in_ten_arrive_before_spread_times_the_median(tmp_path: Path) -> None:
    assert share_in_time(1200, 240, 0, 5 * SPREAD, SPREAD) == pytest.approx(0.9)
    assert share_in_time(1200, 240, 0, 5, SPREAD) == pytest.approx(0.5)
    made = forces_system(
        tmp_path, FORCES.replace("within: {value: 10 days", "within: {value: 7 days")
    )
    program, theta = made.program(), made.program().default_theta()
    frigates = float(reading(program, theta, "forces.the-west.from.east")[0])
    assert frigates == pytest.approx(5 * 0.5 * 0.5, rel=1e-12)  # seven days of seven


# --- passages and lanes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holds", "miles"),
    [((), 1200), ((NARROWS,), 1900), ((GATE,), 1200), ((NARROWS, GATE), 3060)],
)
def test_a_lane_is_as_long_as_the_open_passages_leave_it(
    tmp_path: Path, holds: tuple[Hold, ...], miles: float
) -> None:
    made = forces_system(tmp_path)
    lane = "forces.lanes.grain"
    assert settled(made, f"{lane}.distance", *holds) == pytest.approx(miles, rel=1e-12)
    assert settled(made, f"{lane}.days", *holds) == pytest.approx(miles / 300, rel=1e-12)
    detour = miles / 1200 - 1
    assert settled(made, f"{lane}.detour", *holds) == pytest.approx(detour, abs=1e-12)
    assert settled(made, "forces.lanes.burden", *holds) == pytest.approx(0.4 * detour, abs=1e-12)
    extra = (miles - 1200) / 300 * 40_000
    assert settled(made, f"{lane}.extra_cost", *holds) == pytest.approx(extra, abs=1e-6)


def test_what_a_passage_alone_would_cost_is_known_whatever_is_shut(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    program, theta = made.program(), made.program().default_theta()
    alone = 0.4 * (1900 / 1200 - 1)
    for shut in ({}, {"forces.passages.narrows": 1}):
        read = reading(program, theta, "forces.passages.narrows.exposed", shut)
        assert float(read[0]) == pytest.approx(alone, rel=1e-12)
    assert not made.low.builder.readable("forces.passages.gate.exposed")  # costs nothing alone


def test_a_crisis_shuts_a_passage_and_its_end_opens_it(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    state = "flashpoints.strait.state"
    assert settled(made, "forces.passages.narrows") == 0
    assert settled(made, "forces.passages.narrows", Hold(state, 2)) == 1
    assert settled(made, "forces.lanes.grain.distance", Hold(state, 3)) == pytest.approx(1900)
    b = made.low.builder
    b.observer("shut", "level", "forces.passages.narrows")
    b.observer("far", "level", "forces.lanes.grain.distance")
    program = sliced(b.build(made.low.central()), ["shut", "far"])
    switch = Switch({state: 3}, (Hold(state, 0, 50.0),))
    found = run(program, program.default_theta(), futures=1, horizon_days=100.0,
                grid_days=[10.0, 60.0], switch=switch)  # fmt: skip
    assert found.of("shut")[0, 0].tolist() == [1, 0]
    assert found.of("far")[0, 0].tolist() == [1900, 1200]


def test_a_passage_held_open_stays_open_in_war_and_nothing_rings_for_ever(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    holds = (Hold("flashpoints.strait.state", 3), Hold("forces.passages.narrows", 0))
    assert settled(made, "forces.lanes.grain.distance", *holds) == pytest.approx(1200)


def test_a_passage_takes_time_to_clear_and_a_rate_shuts_it_at_times(tmp_path: Path) -> None:
    text = FORCES.replace(
        "shut_by: [{of: flashpoints.strait.state, from: crisis}]",
        "shut_by: [{of: flashpoints.strait.state, from: crisis, rate: {value: 0.05 per day, "
        "computed: c}}], clears: {exactly: {value: 30 days, computed: c}}",
    )
    made = forces_system(tmp_path, text)
    b, state = made.low.builder, "flashpoints.strait.state"
    b.observer("shut", "level", "forces.passages.narrows")
    program = sliced(b.build(made.low.central()), ["shut"])
    switch = Switch({state: 3}, (Hold(state, 0, 50.0),))
    found = run(program, program.default_theta(), futures=2000, seed=4, horizon_days=100.0,
                grid_days=[20.0, 49.0, 79.0, 81.0], switch=switch)  # fmt: skip
    # War ends by itself in these files after hundreds of days: few before day 50.
    shut = found.of("shut")[0].mean(0)
    assert abs(shut[0] - (1 - math.exp(-1))) < 0.06
    assert shut[2] == pytest.approx(shut[1], abs=0.1)
    assert shut[3] == 0


# --- munitions ----------------------------------------------------------------------------------


def stock_at(made: System, days: list[float], switch: Switch, futures: int) -> np.ndarray:
    observer = made.low.measures["forces.munitions.shells.stock"].observers[0]
    program = sliced(made.program(), [observer])
    found = run(program, program.default_theta(), futures=futures, seed=6,
                horizon_days=max(days), grid_days=days, switch=switch)  # fmt: skip
    return found.of(observer)[0]


PEACE = Hold("flashpoints.strait.state", 0)


def test_a_stock_grows_by_what_its_lines_make_and_a_second_line_needs_its_lead_time(
    tmp_path: Path,
) -> None:
    made = forces_system(tmp_path)
    year, futures = 365.25, 3000
    for stage, extra in ((0, 0.0), (5, 60 * (2 * year - 365) / year)):
        held = stock_at(made, [300.0, 2 * year], Switch(holds=(PEACE, Hold(STAFF, stage))), futures)
        for column, made_by_then in ((0, 120 * 300 / year), (1, 240 + extra)):
            # Lots of 20 come as a Poisson stream: four standard errors.
            error = 20 * math.sqrt(made_by_then / 20 / futures)
            assert abs(held[:, column].mean() - 400 - made_by_then) < 4 * error
    assert np.all(held % 20 == 0)


def test_war_uses_a_stock_up_and_never_below_nothing(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    war = Switch(holds=(Hold("flashpoints.strait.state", 3), Hold(STAFF, 0)))
    held = stock_at(made, [20.0, 300.0], war, 2000)
    net = 20 * (10 - 120 / 365.25)
    assert abs(400 - held[:, 0].mean() - net) < 4 * 20 * math.sqrt(net / 20 / 2000) + 2
    assert held.min() == 0
    assert np.mean(held[:, 1] == 0) > 0.9


def test_a_line_ends_with_its_contract(tmp_path: Path) -> None:
    text = FORCES.replace("makes: {value: 120 per year, computed: c}",
                          "in_all: 100, makes: {value: 2000 per year, computed: c}")  # fmt: skip
    held = stock_at(
        forces_system(tmp_path, text), [1000.0], Switch(holds=(PEACE, Hold(STAFF, 0))), 20
    )
    assert np.all(held == 500)


def test_bills_are_prices_times_what_was_done(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    low = made.low
    names = [low.measures[f"forces.{m}"].observers[0] for m in
             ("yards.home.bill", "yards.home.repairs", "munitions.shells.lines.first.bill",
              "munitions.shells.lines.first.made")]  # fmt: skip
    program = sliced(made.program(), names)
    found = run(program, program.default_theta(), futures=3, seed=1, horizon_days=DAYS,
                grid_days=[DAYS])  # fmt: skip
    bill, repairs, spent, lots = (found.of(name) for name in names)
    assert bill == pytest.approx(3e6 * repairs)
    assert spent == pytest.approx(2e6 * 20 * lots)
    assert "forces.yards.far.bill" not in low.measures  # no price was declared
    assert "forces.repair_bill" not in low.measures  # so the whole has none


def test_the_whole_bill_is_the_sum_of_the_yards_where_each_has_a_price(tmp_path: Path) -> None:
    price = "cost: {value: 5 million USD, source: atlas, seen: true}"
    made = forces_system(tmp_path, FORCES.replace("docks: 1, source", f"docks: 1, {price}, source"))
    measures = made.low.measures
    parts = [o for y in ("home", "far") for o in measures[f"forces.yards.{y}.bill"].observers]
    assert measures["forces.repair_bill"].observers == tuple(parts)


def test_days_of_fire_are_what_is_held_over_what_a_day_uses(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    assert settled(made, "forces.munitions.shells.days_of_fire.1") == pytest.approx(40)


# --- the word beside the others -----------------------------------------------------------------


def test_forces_that_nothing_reads_change_no_other_event(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    without = forces_system(tmp_path / "a", None, None, None).run(20, seed=9)
    beside = forces_system(tmp_path / "b").run(20, seed=9)
    assert len(without.observers) > 20
    for name in without.observers:
        assert np.array_equal(without.of(name), beside.of(name)), name


def test_what_is_on_station_can_drive_a_flashpoint(tmp_path: Path) -> None:
    driven = FLASHPOINTS.replace(
        "of: command.strait.slowness, effect", "of: forces.the-west.on_station_change, effect"
    )
    made = forces_system(tmp_path, flashpoints=driven)
    assert "flashpoints.strait.dispute.drivers.forces.the-west.on_station_change" in (
        made.low.quantities
    )
    made.run(2)


def test_docks_can_be_raised_by_a_consequence_up_to_the_most_that_a_yard_can_have(
    tmp_path: Path,
) -> None:
    raised = PLEDGES.replace("{ties.BBB-AAA.command: coordinated}", "{forces.yards.far.docks: '3'}")
    text = FORCES.replace("docks: 1, source", "docks: 1, at_most: 3, source")
    made = forces_system(tmp_path, text, pledges=raised)
    observer = made.low.measures["forces.yards.far.docks"].observers[0]
    program = sliced(made.program(), [observer])
    found = run(program, program.default_theta(), futures=300, horizon_days=DAYS, grid_days=[DAYS])
    assert set(found.of(observer)[0, :, 0]) == {1, 3}

"""Quantities: their shapes, their draws, their marks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import BaseModel

from rimland.notation import Duration, Mistake, Quantity, Slip, dimension
from rimland.notation.families import BY_DIMENSION
from rimland.notation.quantity import LogQuantity
from rimland.units import DIMENSIONS

Array = NDArray[np.float64]
TENTHS = np.array([0.1, 0.5, 0.9])


def judged(value: str, **more: Any) -> Quantity:
    return Quantity.read({"value": value, "judged": "no data", **more})


SHAPES = [
    judged("60 to 180 days"),
    judged("60 to 180 days", mid="90 days"),
    judged("60 to 180 days", mid="150"),
    judged("60 to 180 days", family="uniform"),
    judged("60 to 180 days", family="uniform", mid="100 days"),
    judged("0.02 to 0.3 per year"),
    judged("0.3 to 1.1 ratio"),
    judged("0.1 to 0.4 share"),
    judged("0.1 to 0.9 share", mid="0.2"),
    judged("5 to 40 %", family="uniform"),
    judged("-0.5 to 2 log"),
    judged("-0.5 to 2 log", mid="0 log"),
    judged("-1 to 6 index"),
    judged("1 to 6 index", family="lognormal"),
    judged("50,000 to 55,000 troops"),
    judged("1000 to 4000 km"),
    Quantity.read({"value": "0.056 per year", "p10": "0.02", "p90": "0.1", "judged": "wide"}),
    Quantity.read({"value": "1.5 to 4 ratio", "judged": "wide"}, "ratio", above=1.0),
]


@pytest.mark.parametrize("quantity", SHAPES, ids=lambda q: q.text())
def test_a_quantity_passes_through_its_p10_its_middle_and_its_p90(quantity: Quantity) -> None:
    expected = [quantity.p10, quantity.central, quantity.p90]
    np.testing.assert_allclose(quantity.quantile(TENTHS), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("quantity", SHAPES, ids=lambda q: q.text())
def test_a_quantity_rises_with_the_uniform_and_has_no_jump_at_its_middle(
    quantity: Quantity,
) -> None:
    values = quantity.quantile(np.linspace(1e-9, 1 - 1e-9, 4001))
    assert np.all(np.diff(values) > 0)
    around = quantity.quantile(np.array([0.5 - 1e-9, 0.5 + 1e-9]))
    assert around[1] - around[0] < 1e-6 * (quantity.p90 - quantity.p10)


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    name = draw(st.sampled_from(sorted(set(DIMENSIONS) - {"money"})))
    family = draw(st.sampled_from([f for f in BY_DIMENSION[name] if f not in {"fixed", "uniform"}]))
    if name == "share":
        numbers = st.floats(0.001, 0.999)
    elif family == "normal":
        numbers = st.floats(-50, 50)
    else:
        numbers = st.floats(0.001, 1e5)
    low, mid, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
    if not (low + 1e-3 * abs(low) + 1e-6 < mid and mid + 1e-3 * abs(mid) + 1e-6 < high):
        low, mid, high = (0.2, 0.3, 0.4)
    unit = {"rate": "per year", "count": "things"}.get(name, DIMENSIONS[name].unit)
    written = {"value": f"{low!r} to {high!r} {unit}", "judged": "no data", "family": family}
    if draw(st.booleans()):
        written["mid"] = f"{mid!r} {unit}"
    return Quantity.read(written, name)


@given(quantities(), st.lists(st.floats(1e-12, 1 - 1e-12), min_size=2, max_size=20))
def test_a_larger_uniform_never_gives_a_smaller_number(
    quantity: Quantity, uniforms: list[float]
) -> None:
    values = quantity.quantile(np.sort(np.array(uniforms)))
    assert np.all(np.diff(values) >= 0)
    assert np.all(np.isfinite(values))


@given(quantities(), st.floats(1.0, 3.0))
def test_a_widened_range_keeps_its_middle_and_holds_the_old_range(
    quantity: Quantity, factor: float
) -> None:
    wide = quantity.widened(factor)
    assert wide.central == quantity.central
    slack = 1e-9 * (quantity.p90 - quantity.p10)
    assert wide.p10 <= quantity.p10 + slack
    assert wide.p90 >= quantity.p90 - slack
    if quantity.dimension == "share":
        assert 0 < wide.p10 < wide.p90 < 1 or factor > 2
    if quantity.family == "lognormal":
        assert wide.p10 > 0


def test_doubling_a_lognormal_range_squares_its_ratios() -> None:
    wide = judged("50 to 200 days").widened(2)
    assert (wide.p10, wide.central, wide.p90) == pytest.approx((25, 100, 400))
    assert wide.text() == "25 to 400 days, middle 100 (judged)"


def test_doubling_a_normal_range_doubles_its_distances() -> None:
    wide = judged("-1 to 2 log", mid="0 log").widened(2)
    assert (wide.p10, wide.central, wide.p90) == pytest.approx((-2, 0, 4))


def test_a_range_spread_evenly_widens_only_to_what_its_dimension_allows() -> None:
    wide = judged("0.2 to 0.6 share", family="uniform").widened(5)
    values = wide.quantile(np.array([1e-12, 0.5, 1 - 1e-12]))
    assert values == pytest.approx([0, 0.4, 1])


def test_a_fixed_number_does_not_widen() -> None:
    fixed = Quantity.read({"value": "3 days", "source": "x", "seen": "true"})
    assert fixed.widened(2) is fixed
    assert fixed.family == "fixed"


def test_ranges_cannot_be_widened_by_nothing() -> None:
    with pytest.raises(ValueError, match="positive"):
        judged("1 to 2 days").widened(0)


def test_a_lognormal_range_has_its_middle_at_the_geometric_mean() -> None:
    assert judged("50 to 200 days").central == pytest.approx(100)


def test_a_logit_normal_range_has_its_middle_at_the_mean_log_odds() -> None:
    middle = judged("0.1 to 0.5 share").central
    odds = math.sqrt((0.1 / 0.9) * (0.5 / 0.5))
    assert middle == pytest.approx(odds / (1 + odds))


def test_the_mean_of_many_draws_is_that_of_the_lognormal() -> None:
    # Grid of 20,000 midpoints: the error of the rule, not of chance, is below 0.2 %.
    quantity = judged("50 to 200 days")
    u = (np.arange(20_000) + 0.5) / 20_000
    sigma = math.log(2) / 1.2815515655446004
    assert quantity.quantile(u).mean() == pytest.approx(100 * math.exp(sigma**2 / 2), rel=2e-3)


def test_more_draws_never_change_earlier_ones() -> None:
    quantity = judged("60 to 180 days")
    ten, twenty = quantity.draws(1, 10, "dock.takes"), quantity.draws(1, 20, "dock.takes")
    np.testing.assert_array_equal(ten, twenty[:10])
    np.testing.assert_array_equal(quantity.draws(1, 10, "dock.takes", first_draw=10), twenty[10:])


def test_one_draw_in_ten_lies_below_p10_and_one_in_ten_above_p90() -> None:
    # Binomial with n = 20,000: four standard errors are 0.0085; fails by chance once in 16,000.
    quantity = judged("60 to 180 days", mid="90 days")
    draws = quantity.draws(1, 20_000, "dock.takes")
    assert np.mean(draws < quantity.p10) == pytest.approx(0.1, abs=0.0085)
    assert np.mean(draws > quantity.p90) == pytest.approx(0.1, abs=0.0085)


def test_another_range_keeps_the_luck() -> None:
    narrow, wide = judged("80 to 120 days"), judged("80 to 120 days").widened(2)
    order = np.argsort(narrow.draws(1, 50, "dock.takes"))
    np.testing.assert_array_equal(order, np.argsort(wide.draws(1, 50, "dock.takes")))


def test_a_fixed_number_needs_no_luck() -> None:
    fixed = Quantity.read({"value": "53,000 troops", "source": "x", "seen": "true"})
    np.testing.assert_array_equal(fixed.draws(1, 3, "any"), np.full(3, 53000.0))


@pytest.mark.parametrize(
    ("written", "kind", "source", "because"),
    [
        ({"source": "yard-report", "seen": "true"}, "published-seen", "yard-report", ""),
        ({"source": "yard-report", "recalled": "true"}, "published-recalled", "yard-report", ""),
        ({"computed": "sum of two"}, "computed", None, "sum of two"),
        ({"judged": "no data"}, "judged", None, "no data"),
        ({"judged": "no data", "source": "hint"}, "judged", "hint", "no data"),
    ],
)
def test_the_kind_of_a_quantity_follows_from_its_mark(
    written: dict[str, str], kind: str, source: str | None, because: str
) -> None:
    quantity = Quantity.read({"value": "60 to 180 days", **written})
    assert (quantity.kind, quantity.source, quantity.because) == (kind, source, because)


@pytest.mark.parametrize(
    ("written", "causal"),
    [
        ("assumed", "assumed"),
        ("experiment", "experiment"),
        ("adjusted: for size", "adjusted: for size"),
        ({"adjusted": "for size"}, "adjusted: for size"),
    ],
)
def test_the_causal_status_is_kept_with_what_it_is_adjusted_for(written: Any, causal: str) -> None:
    assert judged("1 to 2 log", causal=written).causal == causal


def test_a_quantity_says_itself_as_it_was_written() -> None:
    assert judged("60 to 180 days").text() == "60 to 180 days (judged)"
    seen = Quantity.read({"value": "12 %", "source": "x", "seen": "true"})
    assert seen.text() == "12 % (published, seen)"
    assert (seen.unit, seen.central) == ("share", 0.12)
    middle = judged("60 to 180 days", mid="90 days")
    assert middle.text() == "60 to 180 days, middle 90 days (judged)"


def test_a_quantity_keeps_its_value_when_only_its_place_differs() -> None:
    assert judged("60 to 180 days") == judged("60 to 180 days")
    assert hash(judged("60 to 180 days")) == hash(judged("60 to 180 days"))


def test_a_range_without_a_unit_takes_the_unit_that_the_field_demands() -> None:
    class Arrow(BaseModel):
        effect: LogQuantity

    arrow = Arrow.model_validate({"effect": {"value": "-0.5 to 2", "judged": "no data"}})
    assert arrow.effect.unit == "log"
    assert arrow.effect.family == "normal"


def test_a_spread_never_falls_to_one() -> None:
    duration = Duration.model_validate(
        {
            "median": {"value": "1 to 3 weeks", "judged": "no data"},
            "spread": {"value": "1.5 to 4", "judged": "no data"},
        }
    )
    spreads = duration.spread.quantile(np.linspace(1e-6, 1 - 1e-6, 101))
    assert spreads.min() > 1
    assert Duration.sigma(math.e) == pytest.approx(1 / 1.2815515655446004)


@pytest.mark.parametrize(
    "value", ["0 days", "0 share", "1 share", "0 per year", "0 troops", "-3 log"]
)
def test_a_fixed_number_may_sit_on_the_edge(value: str) -> None:
    assert Quantity.read({"value": value, "source": "x", "seen": "true"}).family == "fixed"


def test_a_fixed_ratio_of_zero_is_refused_since_its_logarithm_is_taken() -> None:
    with pytest.raises(Mistake, match="reaches 0"):
        Quantity.read({"value": "0 ratio", "source": "x", "seen": "true"})


def test_an_unknown_dimension_cannot_be_demanded() -> None:
    with pytest.raises(ValueError, match="is not a dimension"):
        dimension("colour")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["value", "mid", "p10", "p90", "family", "source", "judged", "seen"]
                )
                | st.text(max_size=5),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from([None, *DIMENSIONS]),
)
def test_anything_is_read_as_a_quantity_or_refused_in_words(
    data: Any, demanded: str | None
) -> None:
    said: tuple[Slip, ...] = ()
    try:
        Quantity.read(data, demanded)
    except Mistake as mistake:
        said = mistake.slips
    assert all(slip.what for slip in said)

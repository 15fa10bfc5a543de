"""Amounts as people write them, in canonical units."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rimland.units import (
    DIMENSIONS,
    Amount,
    AmountError,
    find_unit,
    known_units,
    number_text,
    parse_amount,
)

READ = [
    ("60 to 180 days", 60.0, 180.0, "days"),
    ("36 hours", 1.5, None, "days"),
    ("2 weeks", 14.0, None, "days"),
    ("12 months", 365.25, None, "days"),
    ("1 month", 30.4375, None, "days"),
    ("2 years", 730.5, None, "days"),
    ("6 months to 2 years", 182.625, 730.5, "days"),
    ("0.056 per year", 0.056, None, "per_year"),
    ("0.02 to 0.3 per year", 0.02, 0.3, "per_year"),
    ("1 per month", 12.0, None, "per_year"),
    ("1 per day", 365.25, None, "per_year"),
    ("3 per decade", 0.3, None, "per_year"),
    ("4 per 10 years", 0.4, None, "per_year"),
    ("0.3 per annum", 0.3, None, "per_year"),
    ("7 % per year", 0.07, None, "per_year"),
    ("40 missiles a year", 40.0, None, "per_year"),
    ("5/year", 5.0, None, "per_year"),
    ("12 %", 0.12, None, "share"),
    ("57 per cent", 0.57, None, "share"),
    ("0.1 to 0.4 share", 0.1, 0.4, "share"),
    ("0.3 to 1.1 ratio", 0.3, 1.1, "ratio"),
    ("2 times", 2.0, None, "ratio"),
    ("-0.5 to 2 log", -0.5, 2.0, "log"),
    ("−0.5 to 2 log-odds", -0.5, 2.0, "log"),
    ("1000..4000 km", 1000.0, 4000.0, "km"),
    ("2–3 weeks", 14.0, 21.0, "days"),
    ("100 nautical miles", 185.2, None, "km"),
    ("53,000 troops", 53000.0, None, "count"),
    ("10 thousand people", 10000.0, None, "count"),
    ("1.5 million", 1.5e6, None, "count"),
    ("2 to 3 billion USD", 2e9, 3e9, "USD"),
    ("-1 to 6 index", -1.0, 6.0, "index"),
    ("1e-3 per year", 1e-3, None, "per_year"),
]


@pytest.mark.parametrize(("text", "low", "high", "unit"), READ)
def test_an_amount_is_read_in_its_canonical_unit(
    text: str, low: float, high: float | None, unit: str
) -> None:
    amount = parse_amount(text)
    assert (amount.low, amount.high, amount.unit.canonical) == (low, high, unit)


def test_twelve_months_are_one_year_and_a_monthly_rate_is_twelve_a_year() -> None:
    assert parse_amount("12 months").low == parse_amount("1 year").low
    assert parse_amount("1 per month").low == 12.0


def test_a_unit_may_be_left_out_only_where_the_dimension_has_no_physical_one() -> None:
    for name, dimension in DIMENSIONS.items():
        if dimension.bare:
            assert parse_amount("0.25", name).unit.canonical == dimension.unit
        else:
            with pytest.raises(AmountError, match="has no unit"):
                parse_amount("0.25", name)


def test_every_example_of_a_dimension_can_be_read_as_that_dimension() -> None:
    for name, dimension in DIMENSIONS.items():
        assert parse_amount(dimension.example, name).unit.dimension == name


def test_every_known_unit_can_be_found_in_any_case() -> None:
    for written in known_units():
        assert find_unit(written) is not None
        assert find_unit(written.upper()).canonical == find_unit(written).canonical


@pytest.mark.parametrize(
    ("text", "near"),
    [("3 dais", "days"), ("3 per yaer", "per year"), ("3 moths", "months"), ("3 usd", None)],
)
def test_an_unknown_unit_names_the_nearest_known_one(text: str, near: str | None) -> None:
    if near is None:
        assert parse_amount(text).unit.canonical == "USD"
        return
    with pytest.raises(AmountError) as caught:
        parse_amount(text)
    assert caught.value.near == near


def read_or_refused(text: str, demanded: str | None = None) -> Amount | str:
    """Return the amount, or what was said of it; any other error goes through."""
    try:
        return parse_amount(text, demanded)
    except AmountError as error:
        return error.what


@given(st.text(max_size=150))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    assert read_or_refused(text)


@given(
    st.text(alphabet="0123456789.,-+ toeE%–kmdaysperyear/ ", max_size=30),
    st.sampled_from([None, *DIMENSIONS]),
)
def test_near_amounts_are_read_or_refused_in_words(text: str, demanded: str | None) -> None:
    amount = read_or_refused(text, demanded)
    assert amount
    if isinstance(amount, Amount):
        assert math.isfinite(amount.low)
        assert demanded in (None, amount.unit.dimension)
        assert amount.high is None or amount.low < amount.high


@given(st.floats(min_value=1e-5, max_value=1e12))
def test_a_number_is_shown_with_four_digits_and_reads_back_as_itself(value: float) -> None:
    shown = parse_amount(f"{number_text(value)} km").low
    assert abs(shown - value) <= 5.001e-4 * value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (53000, "53,000"), (0.056, "0.056"), (-1.5, "-1.5"), (123456, "123,500"), (7, "7")],
)
def test_numbers_are_shown_as_people_write_them(value: float, text: str) -> None:
    assert number_text(value) == text

"""Forecasts, trade-offs, facts, and numbers in words."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest

from rimland.errors import RimlandError
from rimland.findings import words
from rimland.findings.facts import check_fact
from rimland.findings.forecast import forecast, word_for, wording, wordings
from rimland.findings.tradeoff import tradeoff, turns
from rimland.findings.verdict import verdict
from test_findings_measures import futures_of, measure

EVENT = measure("probability", "t")


def event_with(probability: float) -> object:
    """Return 60 draws of 100 futures; the event comes on day 1 in that share of each draw."""
    happens = np.arange(100) < round(100 * probability)
    return futures_of([10], t=np.tile(np.where(happens, 1.0, np.inf)[None, :, None], (60, 1, 1)))


def test_the_seven_words_cover_one_to_ninety_nine_per_cent_without_a_gap() -> None:
    entries = wordings()
    assert (entries[0].low, entries[-1].high) == (0.01, 0.99)
    assert all(a.high == b.low for a, b in itertools.pairwise(entries))
    assert all("Intelligence Community Directive 203" in entry.source for entry in entries)


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.0, "remote"),
        (0.1, "very unlikely"),
        (0.3, "unlikely"),
        (0.5, "roughly even chance"),
        (0.6, "likely"),
        (0.9, "very likely"),
        (1.0, "almost certain"),
    ],
)
def test_a_probability_falls_into_one_word(p: float, word: str) -> None:
    assert word_for(p).word == word


def test_synonyms_are_known_and_a_slip_gets_the_nearest_word() -> None:
    assert wording("Probable").word == "likely"
    with pytest.raises(RimlandError, match="Did you mean 'likely'"):
        wording("likley")


@pytest.mark.parametrize(
    ("word", "p", "name"),
    [
        ("likely", 0.7, "holds"),
        ("likely", 0.95, "holds"),
        ("likely", 0.3, "reversed"),
        ("likely", 0.50, "negligible"),
        ("very likely", 0.7, "negligible"),
        ("unlikely", 0.2, "holds"),
        ("unlikely", 0.8, "reversed"),
        ("roughly even", 0.5, "holds"),
        ("roughly even", 0.9, "reversed"),
    ],
)
def test_a_forecast_is_judged_as_the_word_or_more(word: str, p: float, name: str) -> None:
    # the noise is set to zero, so that only the reading counts
    found = forecast(EVENT, event_with(p), 10, word)  # type: ignore[arg-type]
    exact = type(found.g)(found.g.values, np.zeros(60), 100)
    assert found.smallest is not None
    assert verdict(exact, found.smallest).name == name
    assert found.pooled == pytest.approx(p)


def test_a_text_that_only_says_will_gets_a_probability_and_no_verdict() -> None:
    found = forecast(EVENT, event_with(0.7), 10, None)  # type: ignore[arg-type]
    assert (found.word, found.smallest) == ("likely", None)


def test_only_a_probability_can_be_forecast() -> None:
    with pytest.raises(RimlandError, match="needs a measure of how probability"):
        forecast(measure("level", "t"), event_with(0.5), 10, "likely")  # type: ignore[arg-type]


def test_a_tradeoff_turns_where_the_decided_signs_differ() -> None:
    base = np.random.default_rng(1).normal(size=(40, 10, 3))
    a = futures_of([1, 2, 3], x=base + np.array([2.0, 0.0, -2.0]))
    found = tradeoff(measure("level", "x"), a, futures_of([1, 2, 3], x=base), [1, 2, 3], 1.0)
    assert [horizon.sign for horizon in found] == [1, 0, -1]
    assert turns(found)
    assert not turns(found[:2])


def test_a_claim_of_less_turns_the_verdict_and_not_the_effect() -> None:
    base = np.random.default_rng(1).normal(size=(40, 10, 1))
    run, other = futures_of([1], x=base - 2), futures_of([1], x=base)
    found = tradeoff(measure("level", "x"), run, other, [1], 1.0, direction=-1)[0]
    assert found.verdict.name == "holds"
    assert found.effect.median == pytest.approx(-2)


RECORD = {
    "says": "how long the budget was late",
    "duration_days": "178 days",
    "decided": "2024-03-23",
    "share": "0.8",
    "by": {"chamber": "lower"},
    "source": "a-source",
    "seen": "true",
}


@pytest.mark.parametrize(
    ("expect", "right"),
    [
        ({"field": "duration_days", "at_least": "60"}, True),
        ({"field": "duration_days", "at_most": "100 days"}, False),
        ({"field": "decided", "between": ["2024-03-01", "2024-03-31"]}, True),
        ({"field": "decided", "before": "2024-03-23"}, False),
        ({"field": "decided", "at_most": date(2024, 3, 23)}, True),
        ({"field": "share", "equals": 0.8}, True),
        ({"field": "by.chamber", "equals": "Lower"}, True),
        ({"field": "duration_days", "after": 100, "at_most": 200}, True),
    ],
)
def test_a_fact_is_right_or_wrong_against_its_record(
    expect: dict[str, object], right: bool
) -> None:
    found = check_fact(RECORD, [expect])
    assert found.right is right
    assert found.name == ("holds" if right else "reversed")
    assert found.mark == "published-seen"


def test_a_fact_says_what_was_expected_and_what_was_seen() -> None:
    check = check_fact(RECORD, [{"field": "duration_days", "at_least": 60}]).checks[0]
    assert (check.field, check.expected, check.seen) == ("duration_days", "at least 60", "178 days")


def test_one_wrong_expectation_makes_the_fact_wrong() -> None:
    expect = [{"field": "share", "at_least": 0.5}, {"field": "share", "at_least": 0.9}]
    assert check_fact(RECORD, expect).name == "reversed"


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ({"field": "duration_day", "at_least": 1}, "Did you mean 'duration_days'"),
        ({"field": "share", "at_lest": 1}, "Did you mean 'at_least'"),
        ({"field": "share"}, "nothing is expected of 'share'"),
        ({"field": "share", "at_least": "2024-01-01"}, "cannot be compared"),
        ({"field": "duration_days", "at_least": "3 months"}, "different units"),
        ({"field": "share", "between": 3}, "expects two values"),
    ],
)
def test_an_expectation_that_makes_no_sense_says_why(
    expect: dict[str, object], message: str
) -> None:
    with pytest.raises(RimlandError, match=message):
        check_fact(RECORD, [expect])


@pytest.mark.parametrize(
    ("value", "unit", "error", "text"),
    [
        (-38.2, "%", 0.8, "−38\u202f%"),
        (-38.2, "%", 3.0, "−38\u202f%"),
        (-38.2, "%", 0.08, "−38.2\u202f%"),
        (0.4123, "per decade", 0.05, "0.4 a decade"),
        (0.4123, "per decade", 0.004, "0.412 a decade"),
        (31.4, "hours", 2.5, "31 hours"),
        (1234.0, "hours", 60.0, "1,200 hours"),
        (0.0, "", 0.1, "0.0"),
        (0.0123, "", None, "0.012"),
        (-0.0001, "", 0.2, "0.0"),
        (float("nan"), "hours", None, "not defined"),
    ],
)
def test_a_number_is_printed_as_finely_as_its_error_allows(
    value: float, unit: str, error: float | None, text: str
) -> None:
    assert words.amount(value, unit, error) == text


def test_words_for_intervals_shares_and_counts() -> None:
    assert words.interval(-55.2, -21.4, error=3.0) == "[−55, −21]"
    assert words.amount(3.2, "", 0.05, sign=True) == "+3.2"
    assert words.share(0.94) == "94\u202f%"
    assert words.share(0.998) == "over 99\u202f%"
    assert words.share(1.0) == "100\u202f%"
    assert words.share(0.004) == "under 1\u202f%"
    assert words.count(2000) == "2,000"
    assert words.times(12.3) == "12 times"
    assert words.needs(160, 150) == "about 160 futures a draw and about 150 draws"
    assert words.needs(None, None) == ""


def test_a_range_in_a_record_can_leave_a_fact_open() -> None:
    record = {"gap": "-0.1 to 0.8", "share": "0.3 to 0.4", "seen": True}
    above = [{"field": "share", "at_least": 0.25}]
    assert check_fact(record, above).name == "holds"
    assert check_fact(record, [{"field": "gap", "at_least": 0}]).name == "undecided (knowledge)"
    assert check_fact(record, [{"field": "gap", "at_least": 0}, *above]).checks[0].right is None
    assert check_fact(record, [{"field": "gap", "at_least": 1}]).name == "reversed"
    wrong_too = [{"field": "gap", "at_least": 0}, {"field": "share", "at_most": 0.2}]
    assert check_fact(record, wrong_too).name == "reversed"

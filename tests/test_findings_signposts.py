"""What to watch for, on draws whose answer follows from an event by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rimland.findings.measures import PerDraw
from rimland.findings.sensitivity import SIDES
from rimland.findings.signposts import Event, signposts

D = 100
HOLDS = SIDES["holds"]


def g_with(beyond: np.ndarray) -> PerDraw:
    return PerDraw(np.where(beyond, 2.0, 0.0), np.zeros(D), 10)


def test_a_sign_moves_the_share_as_the_rule_of_bayes_says() -> None:
    # 50 of 100 draws beyond; P is 0.8 where beyond and 0.2 elsewhere
    beyond = np.arange(D) < 50
    event = Event("law", "the law passes", 365, np.where(beyond, 0.8, 0.2))
    (sign,) = signposts(g_with(beyond), 1.0, HOLDS, [event])
    assert sign.likely == pytest.approx(0.5)
    assert sign.now == pytest.approx(0.5)
    assert sign.seen == pytest.approx(0.8 * 50 / (0.8 * 50 + 0.2 * 50))
    assert sign.unseen == pytest.approx(0.2 * 50 / (0.2 * 50 + 0.8 * 50))


def test_of_one_thing_the_strongest_date_is_named_and_the_strongest_thing_first() -> None:
    beyond = np.arange(D) < 60
    events = [
        Event("law", "the law passes", 365, np.where(beyond, 0.6, 0.4)),
        Event("law", "the law passes", 730, np.where(beyond, 0.9, 0.2)),
        Event("dock", "the dock works", 730, np.where(beyond, 0.3, 0.7)),
    ]
    found = signposts(g_with(beyond), 1.0, HOLDS, events)
    assert [(s.event.thing, s.event.day) for s in found] == [("law", 730), ("dock", 730)]
    assert found[1].seen < found[1].unseen


def test_nothing_moves_a_share_of_all_or_none() -> None:
    event = Event("law", "the law passes", 365, np.linspace(0.1, 0.9, D))
    for beyond in (np.ones(D, bool), np.zeros(D, bool)):
        assert signposts(g_with(beyond), 1.0, HOLDS, [event]) == []


def test_what_is_nearly_sure_or_nearly_never_is_no_sign() -> None:
    beyond = np.arange(D) < 50
    events = [
        Event("late", "late", 365, np.where(beyond, 1.0, 0.95)),
        Event("war", "war", 365, np.where(beyond, 0.05, 0.0)),
    ]
    assert signposts(g_with(beyond), 1.0, HOLDS, events) == []


def test_signs_without_meaning_are_rarely_named() -> None:
    # the rule errs in 5 % of cases at most; of 60, more than 8 happen with probability 0.002
    named = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        beyond = rng.random(D) < 0.6
        events = [Event(f"e{i}", "happens", 365, rng.random(D)) for i in range(40)]
        named += bool(signposts(g_with(beyond), 1.0, HOLDS, events, seed=seed))
    assert named <= 8

"""What flips a verdict, on made-up models whose answer is known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtri

from rimland.findings.measures import PerDraw
from rimland.findings.sensitivity import END, normal_scores, screen, slope, smallest_move
from rimland.findings.verdict import verdict

D = 100
SMALLEST = 1.0
RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=D), RNG.normal(size=D)


def linear(at: float | None, a: float = 1.0, middle: float = 5.0, noise: float = 0.5) -> PerDraw:
    """Return g = middle + a x + noise y, with x drawn or pinned at a normal score."""
    x = X if at is None else np.full(D, at)
    return PerDraw(middle + a * x + noise * Y, np.zeros(D), 10)


def rerun(**kind: float) -> tuple[Callable[[float], str], list[float]]:
    asked: list[float] = []

    def verdict_at(score: float) -> str:
        asked.append(score)
        return verdict(linear(score, **kind), SMALLEST).name

    return verdict_at, asked


def closed_form(a: float, middle: float, noise: float) -> float:
    """Return the score of x at which g = middle + a x + noise y no longer holds.

    Holds while k of 100 draws lie beyond, with k the fewest whose exact lower bound is 0.9: so
    the (100 - k + 1)th smallest y decides, and middle + a x + noise y_(101 - k) = smallest.
    """
    k = next(
        k
        for k in range(1, D + 1)
        if verdict(PerDraw(np.where(np.arange(D) < k, 9.0, 0.0), np.zeros(D), 10), 1).name
        == "holds"
    )
    return float((SMALLEST - middle - noise * np.sort(Y)[D - k]) / a)


@pytest.mark.parametrize(
    ("a", "middle", "noise"), [(1.0, 2.0, 0.1), (2.0, 3.0, 0.5), (-1.5, 3.0, 0.3), (4.0, 5.5, 0.0)]
)
def test_the_smallest_move_of_a_linear_model_is_that_of_its_closed_form(
    a: float, middle: float, noise: float
) -> None:
    verdict_at, asked = rerun(a=a, middle=middle, noise=noise)
    end = float(np.copysign(END, -a))
    move = smallest_move(verdict_at, "holds", end)
    expected = closed_form(a, middle, noise)
    assert abs(expected) < END
    assert move.at is not None
    # six halvings of the range from the middle to its end
    assert abs(expected) <= abs(move.at) <= abs(expected) + END / 64
    # where nothing else varies all draws cross at once
    assert move.becomes == ("undecided" if noise else "negligible")
    assert move.runs == len(asked) == 8


def test_a_number_that_cannot_change_the_verdict_is_given_up_after_one_rerun() -> None:
    verdict_at, asked = rerun(a=0.2, middle=5.0)
    move = smallest_move(verdict_at, "holds", -END)
    assert (move.at, move.runs, len(asked)) == (None, 1, 1)


def test_a_verdict_that_waits_for_one_number_is_settled_by_knowing_its_middle() -> None:
    kind = {"a": 5.0, "middle": 4.0, "noise": 0.1}
    assert verdict(linear(None, **kind), SMALLEST).label == "undecided (knowledge)"
    verdict_at, _ = rerun(**kind)
    move = smallest_move(verdict_at, "undecided", END)
    assert (move.at, move.becomes, move.runs) == (0.0, "holds", 2)


def test_the_screen_names_the_numbers_that_reach_and_their_moves() -> None:
    # with 95 % of normal draws needed: x flips at 6.3 - 2.4 z - 1.645 * 1.6 = 1, so z = 1.11, and
    # y at 6.3 - 1.6 z - 1.645 * 2.4 = 1, so z = 0.84: the weaker number has the smaller move,
    # since pinning it takes less of the spread away
    g = PerDraw(6.3 + 2.4 * X - 1.6 * Y, np.zeros(D), 10)
    assert verdict(g, SMALLEST).name == "holds"
    noise = {f"n{i}": RNG.normal(size=D) for i in range(5)}
    found = {c.name: c for c in screen(g, SMALLEST, "holds", {"y": Y, "x": X, **noise}, most=7)}
    assert set(list(found)[:2]) == {"y", "x"}
    assert found["x"].move == pytest.approx(-1.11, abs=0.3)
    assert found["y"].move == pytest.approx(0.84, abs=0.3)
    assert all(abs(c.move) > END for name, c in found.items() if name.startswith("n"))


def test_the_screen_finds_the_number_that_would_settle_an_open_verdict() -> None:
    g = PerDraw(1 + 3 * X + 0.2 * Y, np.zeros(D), 10)
    assert verdict(g, SMALLEST).name == "undecided"
    found = screen(g, SMALLEST, "undecided", {"y": Y, "x": X})
    assert found[0].name == "x"
    assert abs(found[0].move) < END


def test_numbers_without_a_range_are_never_screened() -> None:
    g = PerDraw(1 + X, np.zeros(D), 10)
    assert [c.name for c in screen(g, 0.5, "undecided", {"x": X, "fixed": np.ones(D)})] == ["x"]


def test_a_slope_is_least_squares_shrunk_by_what_chance_would_give() -> None:
    z = normal_scores(X)
    assert slope(3 * z, z) == pytest.approx(3)
    # a number without effect: the positive part is 0 whenever |t| is at most 1 (68 % of the time)
    shrunk = [slope(np.random.default_rng(1000 + i).normal(size=D), z) for i in range(100)]
    assert sum(b == 0 for b in shrunk) >= 50  # binomial, 100 tries at 0.68: under 50 in 2e-4
    assert max(map(abs, shrunk)) < 0.4  # four standard errors of 0.1


def test_normal_scores_do_not_depend_on_the_family() -> None:
    z = normal_scores(X)
    assert normal_scores(np.exp(3 * X)) == pytest.approx(z)
    assert z[np.argmax(X)] == pytest.approx(ndtri((D - 0.375) / (D + 0.25)))

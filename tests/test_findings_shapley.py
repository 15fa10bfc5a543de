"""Shapley shares and other forms on algebra that can be done by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from rimland.findings.forms import hinge_forms, interaction_forms, order_forms
from rimland.findings.shapley import sets_needed, shapley
from test_findings_measures import futures_of, measure

D, F = 6, 5
LEVEL = measure("level", "v")


def worth(form: str, sizes: dict[str, float]) -> Any:
    """Return the value of a set of parts in a form; every value is per draw."""

    def value(held: frozenset[str]) -> np.ndarray:
        on = {name: size if name in held else 0.0 for name, size in sizes.items()}
        if form == "additive":
            v = 10 + sum(on.values())
        elif form == "multiplicative":
            v = 10 * float(np.prod([1 + size for size in on.values()]))
        else:
            v = 10 + min(on.values())
        return np.full(D, v)

    return value


def by_definition(value: Any, names: list[str]) -> dict[str, float]:
    """Return the mean over all orders of what each part adds when its turn comes."""
    total = dict.fromkeys(names, 0.0)
    orders = list(permutations(names))
    for order in orders:
        held: frozenset[str] = frozenset()
        for name in order:
            total[name] += float(value(held | {name})[0] - value(held)[0])
            held |= {name}
    return {name: sum_ / len(orders) for name, sum_ in total.items()}


def test_in_a_sum_each_part_gets_its_own() -> None:
    found = shapley("xyz", worth("additive", {"x": 3, "y": 2, "z": 1}))
    assert found.exact
    for name, size in {"x": 3, "y": 2, "z": 1}.items():
        assert found.parts[name] == pytest.approx(np.full(D, size))
        assert found.shares(name, 0.1) == pytest.approx(np.full(D, size / 6))


def test_in_a_product_of_two_each_gets_its_own_and_half_of_what_they_make_together() -> None:
    # 10 (1 + a)(1 + b): a alone 10 a, b alone 10 b, together 10 a b more
    found = shapley("ab", worth("multiplicative", {"a": 3, "b": 1}))
    assert found.parts["a"] == pytest.approx(np.full(D, 30 + 15))
    assert found.parts["b"] == pytest.approx(np.full(D, 10 + 15))


@pytest.mark.parametrize("names", ["abc", "abcd"])
def test_by_the_weakest_link_all_share_alike_when_all_are_needed(names: str) -> None:
    # parts of any size: the least of them is gained only when the last one comes
    found = shapley(names, worth("weakest link", dict(zip(names, (5, 2, 4, 3), strict=False))))
    for name in names:
        assert found.parts[name] == pytest.approx(np.full(D, 2 / len(names)))


@pytest.mark.parametrize("form", ["additive", "multiplicative", "weakest link"])
def test_up_to_four_parts_are_shared_exactly_as_defined(form: str) -> None:
    sizes = {"a": 0.5, "b": 1.0, "c": 2.0, "d": 0.25}
    value = worth(form, sizes)
    found = shapley(list(sizes), value)
    expected = by_definition(value, list(sizes))
    for name in sizes:
        assert found.parts[name] == pytest.approx(np.full(D, expected[name]))
    assert found.left_over == pytest.approx(np.zeros(D), abs=1e-9)


def test_of_many_parts_that_interact_in_pairs_the_shares_are_exact() -> None:
    names = list("abcdef")
    rng = np.random.default_rng(3)
    alone = dict(zip(names, rng.normal(size=6), strict=True))
    pairs = {(a, b): rng.normal() for i, a in enumerate(names) for b in names[i + 1 :]}

    def value(held: frozenset[str]) -> np.ndarray:
        v = sum(alone[n] for n in held) + sum(x for p, x in pairs.items() if set(p) <= held)
        return np.full(D, 5 + v)

    found = shapley(names, value)
    assert not found.exact
    expected = by_definition(value, names)
    for name in names:
        assert found.parts[name] == pytest.approx(np.full(D, expected[name]))
    assert found.left_over == pytest.approx(np.zeros(D), abs=1e-9)


def test_of_many_parts_that_hang_together_the_gain_left_over_says_so() -> None:
    sizes = dict(zip("abcdef", (1.0, 1, 1, 1, 1, 1), strict=True))
    found = shapley(list(sizes), worth("weakest link", sizes))
    assert found.gain == pytest.approx(np.ones(D))
    # first adds nothing and last adds all: half each, three in all, two more than there is
    assert found.left_over == pytest.approx(np.full(D, -2.0))


@pytest.mark.parametrize("n", [2, 4, 7])
def test_only_the_sets_that_are_named_are_asked_for(n: int) -> None:
    names = [f"p{i}" for i in range(n)]
    asked: set[frozenset[str]] = set()

    def value(held: frozenset[str]) -> np.ndarray:
        asked.add(held)
        return np.ones(D)

    shapley(names, value)
    assert asked == set(sets_needed(names))
    assert len(asked) == (2**n if n <= 4 else 2 * n + 2)


# --- other forms -----------------------------------------------------------------------------


def run(v: float, **more: float) -> Any:
    luck = np.zeros((D, F, 1))
    return futures_of([9], v=luck + v, **{name: luck + x for name, x in more.items()})


def test_a_hinge_redone_as_a_sum_a_product_and_by_the_weakest_link() -> None:
    # V(all) 240; without x 60, without y 80, without z 120 (a product of 4, 3 and 2 times 10)
    redone = hinge_forms(
        LEVEL, run(240), run(60), [run(80), run(120)], 9, size=0.0, margin=0.0, floor=0.1
    )
    lead = {form: float(g.values[0]) for form, (g, _) in redone.items()}
    assert lead["sum"] == pytest.approx((180 - 160) / (180 + 160 + 120))
    assert lead["product"] == pytest.approx((180 - 160) / 230)
    assert lead["weakest link"] == pytest.approx((180 - 160) / 180)


def test_a_product_redone_as_a_product_is_itself() -> None:
    # nothing is left of 10 when all three are gone, so the sum of what is lost is no guide
    redone = hinge_forms(
        LEVEL, run(240), run(60), [run(80), run(120)], 9, size=0.9, margin=0.05, floor=0.1
    )
    own, _ = redone["product"]
    assert own.values[0] == pytest.approx(0.0)  # L is 180 / 230 = 0.78, under 0.9


def test_an_order_redone_as_a_difference_and_as_a_ratio() -> None:
    first, second = measure("level", "v"), measure("level", "w")
    futures = run(12, w=10)
    redone = order_forms([first, second], futures, 9, smallest=1.0, relative=False, sign=1)
    assert redone["sum"][0].values == pytest.approx(np.full(D, 2.0))
    assert redone["sum"][1] == 1.0
    assert redone["product"][0].values == pytest.approx(np.full(D, np.log(1.2)))
    assert redone["product"][1] == pytest.approx(np.log1p(0.1))
    again = order_forms([first, second], futures, 9, smallest=np.log(1.1), relative=True, sign=1)
    assert again["sum"][1] == pytest.approx(1.0)


def test_two_things_redone_as_a_sum_a_product_and_a_link() -> None:
    runs = {"all": run(24), "without": run(12), "only": run(20), "none": run(10)}
    redone = interaction_forms(LEVEL, runs, 9, smallest=0.0, relative=False, sign=1)
    assert redone["sum"][0].values == pytest.approx(np.full(D, 2.0))
    assert redone["product"][0].values == pytest.approx(np.zeros(D), abs=1e-12)
    assert redone["weakest link"][0].values == pytest.approx(np.full(D, 4.0))


def test_a_probability_is_redone_on_the_scale_of_hazards_too() -> None:
    # two independent dangers: hazards add, so on that scale they do not interact
    h = {"all": 0.9, "without": 0.5, "only": 0.4, "none": 0.0}
    hit = {name: round(1000 * (1 - np.exp(-x))) for name, x in h.items()}
    first = measure("probability", "first")

    def seen(n: int) -> Any:
        return futures_of([9], first=np.where(np.arange(1000) < n, 1.0, np.inf)[None, :, None])

    runs = {name: seen(n) for name, n in hit.items()}
    redone = interaction_forms(first, runs, 9, smallest=0.0, relative=False, sign=1)
    assert redone["sum"][0].values[0] < -0.1
    assert redone["sum of hazards"][0].values[0] == pytest.approx(0, abs=0.01)
    assert "sum of hazards" not in interaction_forms(
        LEVEL, {n: run(v) for n, v in h.items()}, 9, smallest=0.0, relative=False, sign=1
    )


def test_a_count_of_events_is_redone_as_a_probability_and_other_totals_are_not() -> None:
    count = measure("total", "v")
    runs = {"all": run(0.9), "without": run(0.5), "only": run(0.4), "none": run(0.0)}
    kind: dict[str, Any] = {"smallest": 0.0, "relative": False, "sign": 1}
    redone = interaction_forms(count, runs, 9, events=True, **kind)
    expected = (1 - np.exp(-0.9)) - (1 - np.exp(-0.5)) - (1 - np.exp(-0.4))
    assert redone["sum of probabilities"][0].values == pytest.approx(np.full(D, expected))
    assert "sum of probabilities" not in interaction_forms(count, runs, 9, **kind)

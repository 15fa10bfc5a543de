"""Properties: any small declaration without mistakes lowers to a sound program."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rimland.vocab.defaults import layers, pledge_domains
from rimland.vocab.pledges import STAGES
from vocab_system import system

CODES = ("AAA", "BBB", "CCC", "DDD")
MARK = {"judged": "invented"}


def number(lo: float, hi: float, unit: str) -> st.SearchStrategy[dict[str, str]]:
    def made(ends: tuple[float, float]) -> dict[str, str]:
        a, b = sorted(ends)
        return {"value": f"{a:.4f} to {b + 0.01:.4f} {unit}", **MARK}

    return st.tuples(st.floats(lo, hi - 0.02), st.floats(lo, hi - 0.02)).map(made)


def duration() -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"median": number(1, 500, "days"), "spread": number(1.1, 4, "ratio")}
    )


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, str]:
    """Draw the files of a small scenario, as data."""
    share = number(0.05, 0.9, "share")
    actors = {
        code: {
            "name": code,
            "capability": draw(share),
            "capital": {"latitude": draw(st.integers(-80, 80)), "longitude": i * 20, **MARK},
        }
        for i, code in enumerate(CODES)
    }
    pairs = [("AAA", "BBB"), *draw(st.lists(st.sampled_from([("AAA", "DDD"), ("CCC", "BBB")]),
                                            unique=True))]  # fmt: skip
    ties = [
        {"pair": list(pair), "pact": draw(st.sampled_from(layers()["pact"].levels[1:])), **MARK}
        | {
            layer.name: draw(st.sampled_from(layer.levels))
            for layer in layers().values()
            if layer.name != "pact" and draw(st.booleans())
        }
        for pair in pairs
    ]
    blocs = {
        f"b{i}": {
            "towards": {"AAA": draw(number(-2, 2, "index"))},
            "sets": {"ties.AAA-BBB.alignment": draw(st.sampled_from(layers()["alignment"].levels))},
        }
        for i in range(draw(st.integers(1, 3)))
    }
    government: dict[str, Any] = {"in_power": "b0", "blocs": blocs, **MARK}
    if len(blocs) > 1:
        government["elections"] = {"g": {"dates": ["2026-01-01"], "change": draw(share)}}
        government["between_elections"] = draw(number(0.01, 1, "per year"))
    hurdles = {
        f"h{i}": {"actor": "BBB", "kind": "budget", "takes": draw(duration()), "fails": draw(share)}
        for i in range(draw(st.integers(0, 2)))
    }
    pledges = {}
    for i in range(draw(st.integers(1, 3))):
        stage = draw(st.sampled_from(STAGES))
        ahead = STAGES[STAGES.index(stage) + 1 :] if stage != "lapsed" else ()
        steps = {}
        if ahead and hurdles:
            steps = {draw(st.sampled_from(ahead)): {"hurdles": list(hurdles)}}
        pledges[f"p{i}"] = {
            "says": "a pledge",
            "by": ["AAA"],
            "domain": draw(st.sampled_from(pledge_domains())),
            "announced": "2024-01-01",
            "stage": stage,
            "steps": steps,
            **MARK,
        } | ({"due": "2025-01-01"} if draw(st.booleans()) else {})
    raised = draw(st.sampled_from(layers()["command"].levels))
    others = [n for n in layers()["command"].levels if n != "liaison"]
    link = st.lists(st.sampled_from(["relation", "planning"]), unique=True)
    contingency = {
        "relation": "ties.AAA-BBB.command",
        "stated_at": "liaison",
        "window": draw(number(1, 30, "days")),
        "planning": "pledges.p0.operational",
        "chain": {
            f"link_{i}": {"takes": draw(duration()), "eased_by": draw(link)}
            for i in range(draw(st.integers(1, 3)))
        },
        "relation_effect": {n: draw(number(0.2, 2, "ratio")) for n in others},
        "planning_effect": draw(number(0.2, 1, "ratio")),
        "force": {"adds": {"pledges.p0.operational": draw(number(-1, 6, "index"))}},
    }
    drivers = [
        {"of": of, "effect": draw(number(-1, 1, "log"))}
        for of in ("command.place.slowness", "perception.CCC.encirclement_change")
        if draw(st.booleans())
    ]
    flashpoint = {
        "rival": "CCC",
        "defenders": ["AAA"],
        "dispute": {"rate": draw(number(0.1, 2, "per year")), "drivers": drivers},
        "tension": {"ends": draw(number(10, 200, "days")), "crisis": draw(share)},
        "crisis": {"ends": draw(number(10, 200, "days")), "war": draw(share)},
        "war": {"ends": draw(number(10, 200, "days"))},
    }
    weights = {n: draw(number(0.1, 2, "ratio")) for n in ("pact", "presence")}
    files = {
        "actors": {"actors": actors},
        "ties": {"ties": ties},
        "politics": {"governments": {"BBB": government}, "hurdles": hurdles},
        "pledges": {
            "pledges": pledges,
            "consequences": [
                {"id": "c", "once": list(pledges), "raise": {"ties.BBB-AAA.command": raised}}
            ],
        },
        "command": {"contingencies": {"place": contingency}},
        "perception": {
            "encirclement": {
                "CCC": {
                    "by": ["AAA", "BBB", "DDD"],
                    "layers": weights,
                    "reach": draw(number(500, 5000, "km")),
                }
            }
        },
        "preparation": {
            "preparation": {"CCC": {"rises": {"rate": draw(number(0.1, 2, "per year"))}}}
        },
        "flashpoints": {"flashpoints": {"place": flashpoint}},
    }
    return {name: yaml.safe_dump(data, sort_keys=False) for name, data in files.items()}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(scenarios())
def test_any_declaration_without_mistakes_lowers_to_a_sound_program(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = system(Path(folder), **files)
    assert made.texts() == []
    theta = made.theta(3)
    assert np.isfinite(theta).all()
    futures = made.run(2)
    assert not np.isnan(futures.values).any()
    encircled = made.low.measures["perception.CCC.encirclement"].observers[0]
    parts = [
        futures.of(m.observers[0])
        for name, m in made.low.measures.items()
        if name.startswith("perception.CCC.encirclement.")
    ]
    np.testing.assert_allclose(sum(parts), futures.of(encircled), rtol=1e-9)

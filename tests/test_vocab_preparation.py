"""Preparation: milestones on a scale of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vocab_system import PREPARATION, system


def test_a_milestone_offers_the_odds_that_its_level_has_been_reached(tmp_path: Path) -> None:
    made = system(tmp_path)
    measure = made.low.measures["preparation.CCC.reached.ready"]
    assert (measure.how, measure.says) == ("probability", "Celand is ready")
    level = "preparation.CCC.level"
    made.low.builder.observer("top", "first", level, lo=8, hi=10)
    futures = made.run(200)
    np.testing.assert_array_equal(futures.of(measure.observers[0]), futures.of("top"))
    now = futures.of(f"{level}:level")[0, :, 0]
    reached = np.isfinite(futures.of("top")[0, :, 0])
    assert reached[now >= 8].all()
    assert 0 < reached.mean() < 1


@pytest.mark.parametrize("level", ["11", "-1"])
def test_a_milestone_beyond_the_scale_is_a_mistake(tmp_path: Path, level: str) -> None:
    text = PREPARATION.replace("level: 8", f"level: {level}")
    texts = system(tmp_path, preparation=text, flashpoints=None).texts()
    assert len(texts) == 1, texts
    assert "milestones.ready.level" in texts[0]

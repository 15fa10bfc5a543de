"""Ties, actors and tables: levels, pairs in either order, defaults, provenance."""

from __future__ import annotations

from pathlib import Path

import pytest

from rimland.notation.base import Marked
from rimland.vocab import WORDS
from rimland.vocab.defaults import layers
from rimland.vocab.names import canonical
from rimland.vocab.ties import Tie
from vocab_system import system


def test_every_layer_of_the_table_is_a_field_of_a_tie() -> None:
    others = {"pair", "troops", *Marked.model_fields}
    assert set(Tie.model_fields) - others == set(layers())


def test_a_layer_has_one_variable_with_the_names_of_its_levels(tmp_path: Path) -> None:
    variables = system(tmp_path).low.builder.variables
    for layer in layers().values():
        made = variables[f"ties.AAA-BBB.{layer.name}"]
        assert made.levels == layer.levels
        assert (made.lo, made.hi) == (0, layer.top)
    assert variables["ties.AAA-BBB.command"].start == 1
    assert variables["ties.AAA-BBB.presence"].start == 3


def test_layers_left_out_stand_at_their_unstated_level(tmp_path: Path) -> None:
    variables = system(tmp_path).low.builder.variables
    assert variables["ties.AAA-DDD.command"].start == 0
    assert variables["ties.AAA-DDD.alignment"].start == layers()["alignment"].unstated
    assert layers()["alignment"].levels[layers()["alignment"].unstated] == "balanced"


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("ties.BBB-AAA.command", "ties.AAA-BBB.command"),
        ("ties.AAA-BBB.command", "ties.AAA-BBB.command"),
        ("perception.CCC.encirclement.BBB-AAA", "perception.CCC.encirclement.AAA-BBB"),
        ("pledges.zz-aa.stage", "pledges.zz-aa.stage"),
    ],
)
def test_a_pair_may_be_written_in_either_order(written: str, declared: str) -> None:
    assert canonical(written) == declared


def test_a_start_says_where_it_comes_from(tmp_path: Path) -> None:
    marks = system(tmp_path).low.marks
    assert marks["ties.AAA-BBB.command"].kind == "published-recalled"
    assert marks["ties.AAA-DDD.pact"].kind == "published-seen"
    assert marks["pledges.joint-planning.stage"].kind == "judged"
    assert marks["politics.BBB.bloc"].source == "x"


def test_every_word_has_a_file_a_model_and_its_two_phases() -> None:
    names = [word.FILE for word in WORDS]
    assert len(set(names)) == len(names) >= 12
    for word in WORDS:
        assert word.Model() == word.Model()
        assert callable(word.declare)
        assert callable(word.lower)


def test_every_measure_reads_observers_that_exist(tmp_path: Path) -> None:
    made = system(tmp_path)
    known = set(made.low.builder.observers)
    for measure in made.low.measures.values():
        assert {*measure.observers, *measure.over} <= known
        assert measure.says
        assert measure.unit
        assert bool(measure.over) == (measure.how == "ratio")
    used = {o for m in made.low.measures.values() for o in (*m.observers, *m.over)}
    assert used == known

"""Proofs by signs are told in the same order in every process, whatever Python hashes names to."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
from rimland.findings.signs_paths import _Arrows, moved
from rimland.program.build import ProgramBuilder, set_to
b = ProgramBuilder("many")
names = [b.variable(f"lamp {i}", 0, 1, 0) for i in range(12)]
b.transition("all", b.exponential("all", 0.0), [set_to(name, 1) for name in names])
program = b.build({})
arrows = object.__new__(_Arrows)
arrows.differ = set(names)
arrows.worlds = type("W", (), {"guards": {"all": {}}})()
arrows._moves = lambda *_: {1}
arrows._asks = lambda transition, through, target, push: [target]
print(arrows.of(program.transitions[0]))
"""


def test_arrows_through_a_transition_are_in_one_order_whatever_the_hashes() -> None:
    told = set()
    for seed in ("0", "1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, check=True, capture_output=True, text=True
        )
        told.add(done.stdout)
    assert len(told) == 1

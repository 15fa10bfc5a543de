"""The template's scenario of an invented strait, whole or with edits, for the tests."""

from __future__ import annotations

from pathlib import Path

from rimland.scenario.new import make_scenario

Edit = tuple[str, str, str]
"""File, what stands there, and what is written instead."""


def template(folder: Path) -> Path:
    """Return a new scenario made from the template inside `folder`."""
    return make_scenario("my-strait", folder)


def edited(folder: Path, *edits: Edit) -> Path:
    """Return a new scenario with each edit made once, in its first place."""
    scenario = template(folder)
    for file, old, new in edits:
        path = scenario / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} of the template no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return scenario

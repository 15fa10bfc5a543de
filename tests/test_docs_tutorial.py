"""The tutorial's commands run as they stand, and its claim is a claim."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from rimland.cli import app

TEXT = (Path(__file__).parents[1] / "docs" / "tutorial.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_every_command_of_the_tutorial_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    claim = next(text for text in blocks("yaml") if "dock-adds-force" in text)
    for position, block in enumerate(blocks("sh")):
        if position == len(blocks("sh")) - 2:  # after the section that adds a claim
            claims = tmp_path / "my-strait" / "claims.yaml"
            text = claims.read_text(encoding="utf-8").rstrip() + "\n\n" + claim
            claims.write_text(text.replace("staff-hinge,", "staff-hinge, dock-adds-force,", 1))
        for line in block.strip().splitlines():
            words = shlex.split(line)
            assert words[0] == "rimland"
            assert app(words[1:], standalone_mode=False) in (None, 0), line
    assert (tmp_path / "my-strait.html").stat().st_size < 3_000_000
    assert "dock-adds-force" in (tmp_path / "my-strait.html").read_text(encoding="utf-8")
    assert "dock-adds-force" in capsys.readouterr().out


def test_the_quantity_that_the_tutorial_shows_stands_in_the_template() -> None:
    template = Path(__file__).parents[1] / "src/rimland/scenario/template/command.yaml"
    shown = next(text for text in blocks("yaml") if text.startswith("coordinated")).strip()
    assert shown in template.read_text(encoding="utf-8")

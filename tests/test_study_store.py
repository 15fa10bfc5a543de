"""Findings kept on disk: read again when nothing changed, and never when anything did."""

from __future__ import annotations

from pathlib import Path

import pytest

import rimland
import rimland.engine as engine
from rimland.study import Run, store
from rimland.study.judge import kept_findings
from strait import edited, template

SOME = ["staff-in-time", "beland-changes-more", "talks-took-months"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RIMLAND_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("store"))


def run_of(folder: Path, seed: int = 1, draws: int = 30, keeps: bool = True) -> Run:
    return rimland.load(folder).run(draws=draws, futures=4, seed=seed, keeps=keeps)


def test_a_second_judgement_is_the_first_one_and_runs_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_of(folder).judge(SOME)

    def refused(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("the engine was asked to run")

    monkeypatch.setattr(engine, "run", refused)
    second = run_of(folder).judge(SOME)
    assert [f.to_json() for f in second] == [f.to_json() for f in first]
    assert [f.weakened.rows() for f in second] == [f.weakened.rows() for f in first]


def test_each_claim_is_kept_by_itself(folder: Path) -> None:
    run_of(folder).judge(SOME[:1])
    run = run_of(folder)
    claims = run.scenario.assembled.claims.values()
    assert list(kept_findings(run, claims)) == SOME[:1]


def test_another_seed_or_size_or_file_is_judged_anew(folder: Path, tmp_path: Path) -> None:
    run_of(folder).judge(SOME)
    claims = list(rimland.load(folder).assembled.claims.values())
    assert len(kept_findings(run_of(folder), claims)) == len(SOME)
    assert not kept_findings(run_of(folder, seed=2), claims)
    assert not kept_findings(run_of(folder, draws=31), claims)
    changed = edited(tmp_path / "other", ("facts.yaml", "duration_days: 140", "duration_days: 14"))
    other = run_of(changed)
    assert not kept_findings(other, other.scenario.assembled.claims.values())


def test_changed_sources_of_the_package_judge_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of(folder).judge(SOME[:1])
    monkeypatch.setattr(store, "package_digest", lambda: "another")
    run = run_of(folder)
    assert not kept_findings(run, run.scenario.assembled.claims.values())


@pytest.mark.parametrize("harm", ["half", "empty", "edited", "foreign", "binary"])
def test_a_torn_file_is_taken_for_none(folder: Path, own_folder: Path, harm: str) -> None:
    (first,) = run_of(folder).judge(SOME[:1])
    (path,) = own_folder.glob("*.json")
    text = path.read_text(encoding="utf-8")
    harmed = {
        "half": text[: len(text) // 2].encode(),
        "empty": b"",
        "edited": text.replace(
            first.verdict, "holds" if first.verdict != "holds" else "no"
        ).encode(),
        "foreign": b"[1, 2]",
        "binary": b"\xff\xfe\x00" * 40,
    }
    path.write_bytes(harmed[harm])
    run = run_of(folder)
    assert not kept_findings(run, run.scenario.assembled.claims.values())
    (again,) = run.judge(SOME[:1])
    assert again.to_json() == first.to_json()


def test_a_finding_that_says_more_will_do_for_one_that_says_less_but_not_the_other_way(
    folder: Path,
) -> None:
    run_of(folder).judge(SOME[:1], thorough=False)
    run = run_of(folder)
    claims = list(run.scenario.assembled.claims.values())
    assert not kept_findings(run, claims, thorough=True)
    assert kept_findings(run, claims, thorough=False)
    run_of(folder).judge(SOME[:1])
    found = kept_findings(run_of(folder), claims, thorough=False)
    assert found[SOME[0]].weakened.flips_if is not None


def test_nothing_is_kept_unless_asked_for_nor_where_it_cannot_be(
    folder: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_of(folder, keeps=False).judge(SOME[:1])
    assert not own_folder.exists()
    blocked = tmp_path / "a-file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("RIMLAND_CACHE", str(blocked / "below"))
    (found,) = run_of(folder).judge(SOME[:1])
    assert found.tested


def test_only_so_many_findings_are_kept_and_the_oldest_go(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    own_folder.mkdir()
    for i in range(5):
        path = own_folder / f"{i}.json"
        path.write_text("x", encoding="utf-8")
        os.utime(path, (i, i))
    monkeypatch.setattr(store, "MOST", 3)
    store.tidy()
    assert sorted(p.name for p in own_folder.iterdir()) == ["2.json", "3.json", "4.json"]

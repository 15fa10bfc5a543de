"""Explain: every word that a card, a page or a command uses has an entry that says enough."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rimland
from cli_system import FEW, said
from rimland.errors import RimlandError
from rimland.findings.forecast import wordings
from rimland.scenario.declaration import FORMS
from rimland.study.finding import VERDICTS
from rimland.study.numbers import CAUSAL, KINDS
from rimland.study.terms import Term, explained, groups, terms
from rimland.study.weakened import FLAG_WORDS, FLAGS
from rimland.vocab.defaults import grouping_depths, layers
from rimland.vocab.flashpoints import STATES
from rimland.vocab.pledges import HURDLE, STAGES
from strait import template

ROOT = Path(__file__).resolve().parent.parent
CARDS = ("study/answers.py", "study/wholes.py", "study/tell.py", "study/weakened.py",
         "cli/cards.py", "study/flips.py")  # fmt: skip
PLAIN_KEYS = {"id", "at", "says", "kind", "structures", "by_account", "protocol", "needs",
              "numbers", "command", "verdict"}  # fmt: skip
"""Keys of judge --json that say nothing but what they are."""


def labels() -> set[str]:
    """Return the labels of the rows of cards: constants at the head of a pair, capitalised."""
    found = set()
    for module in CARDS:
        tree = ast.parse((ROOT / "src" / "rimland" / module).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            pair = isinstance(node, ast.Tuple) and len(node.elts) == 2
            head = node.elts[0] if pair else None  # type: ignore[attr-defined]
            if isinstance(head, ast.Constant) and isinstance(head.value, str):
                found.add(head.value)
            if isinstance(head, ast.JoinedStr) and isinstance(head.values[0], ast.Constant):
                found.add(str(head.values[0].value).strip())
    found |= {"Flips if", "Settled if"}
    return {label for label in found if re.match(r"[A-Z]", label)}


VOCABULARY = {
    "labels of cards": labels() - {"By"},
    "verdicts": {*VERDICTS, "undecided (runs)", "undecided (knowledge)"},
    "flags": {*FLAGS, *FLAG_WORDS.values()},
    "kinds of numbers": set(KINDS),
    "causal statuses": set(CAUSAL),
    "forms of tests": set(FORMS),
    "words of probability": {name for w in wordings() for name in (w.word, *w.also) if name},
    "layers": {name.replace("_", " ") for x in layers().values() for name in (x.name, *x.levels)},
    "depths": set(grouping_depths()),
    "stages": {*STAGES, *HURDLE},
    "states of a flashpoint": set(STATES),
    "grades of confidence": {"low", "moderate", "high"},
    "what the task of a run has": {"draw", "future", "variant", "account", "seed", "horizon",
                                   "as-of date", "measure", "scope", "adaptive", "frozen"},
    "what is said of numbers": {"smallest size", "paired effect", "prior only", "hinge", "L(X)",
                                "Shapley share", "weakest number", "flips if", "signpost",
                                "rival explanation", "encirclement", "entrapment"},
}  # fmt: skip


@pytest.mark.parametrize("kind", VOCABULARY)
def test_every_word_has_an_entry(kind: str) -> None:
    assert VOCABULARY[kind]
    known = set()
    for word in VOCABULARY[kind]:
        try:
            known.add(word) if explained(word) else None
        except RimlandError:
            continue
    assert VOCABULARY[kind] - known == set(), "add them to study/tables/terms.yaml"


def test_every_label_of_a_real_card_has_an_entry(tmp_path: Path) -> None:
    findings = rimland.load(template(tmp_path)).run(30, 4, 1, keeps=True).judge()
    seen = {label for f in findings for a in f.answers.values() if f.kind != "fact"
            for label, _ in a.lines}  # fmt: skip
    seen |= {label for f in findings for label, _ in f.weakened.rows()}
    # dates, places among the ranked and names of measures are no words of ours
    words = {label for label in seen if re.match(r"[A-Z](?!y \d)", label)}
    assert {word for word in words if not explained(word)} == set()
    assert len(words) > 8


def test_every_key_of_judge_json_has_an_entry_or_is_plain(tmp_path: Path) -> None:
    claims = said("judge", str(template(tmp_path)), *FEW, "--json").data["claims"]
    for key in {key for claim in claims for key in claim} - PLAIN_KEYS:
        assert explained(key)


def test_the_words_of_the_pages_key_have_entries() -> None:
    source = (ROOT / "web" / "src" / "verdicts.ts").read_text(encoding="utf-8")
    words = re.findall(r"word: '([^']+)'", source)
    assert len(words) == 9
    for word in words:
        assert explained(word)


@pytest.mark.parametrize("term", terms(), ids=lambda t: t.term)
def test_an_entry_says_what_how_whence_and_gives_an_example(term: Term) -> None:
    for text in (term.means, term.how, term.source, term.example):
        assert len(text) >= 4
    assert term.means.endswith(".")
    assert re.search(r"\d{4}|ours|fit|table|scenario|section|as holds", term.source), term.source


def test_no_term_is_entered_twice() -> None:
    names = [t.term for t in terms()]
    assert sorted(names) == sorted(set(names))


def test_a_word_is_found_whatever_its_case_and_signs() -> None:
    assert explained("BUILT_IN") == explained("built in") == explained("Built-In")
    assert explained("draws") == explained("draw")
    assert explained("undecided (runs)")[0].term == "undecided (runs)"


def test_a_word_of_two_meanings_shows_both() -> None:
    found = said("explain", "none")
    assert found.code == 0
    assert len(explained("none")) > 1
    assert "pact" in found.out
    assert "presence" in found.out


def test_an_unknown_word_is_answered_with_the_nearest() -> None:
    for word, near in (("hing", "hinge"), ("reversd", "reversed"), ("shapely share", "Shapley")):
        found = said("explain", word)
        assert found.code == 2
        assert f"Did you mean '{near}" in found.err
    assert "Did you mean" not in said("explain", "xyzzyq").err


def test_explain_alone_lists_all_in_groups() -> None:
    found = said("explain", width=200)
    assert found.code == 0
    for group, members in groups().items():
        assert group in found.out
        for member in members:
            assert member.term in found.out
    data = said("explain", "--json").data
    assert [t["term"] for t in data] == [t.term for t in terms()]


def test_one_word_as_json_has_all_its_parts() -> None:
    (data,) = said("explain", "hinge", "--json").data
    assert set(data) == {"term", "group", "also", "means", "how", "source", "example"}


def test_the_pages_that_are_made_are_what_they_are_made_from() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "made_docs.py")]
    checked = subprocess.run(tool, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr

"""What the screens look like: at any width, without colour, in plain signs, for analysts."""

from __future__ import annotations

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

from cli_system import FEW, said
from rimland.cli import call
from rimland.cli.console import Stream, _trimmed
from strait import template

SCREENS = {
    "demo": ("demo", "{s}", "--no-open", "--out", "{out}", *FEW),
    "judge": ("judge", "{s}", "--no-cache", *FEW),
    "judge in lines": ("judge", "{s}", "--no-cards", "--no-cache", *FEW),
    "run": ("run", "{s}", "no-pledges", *FEW),
    "measures": ("run", "{s}", "--measures"),
    "compare": ("compare", "{s}", "no-pledges", *FEW),
    "cite": ("cite", "{s}"),
    "cite with names": ("cite", "{s}", "--names"),
    "check": ("check", "{s}"),
    "why": ("why", "{s}", "staff-hinge", *FEW),
    "why in full": ("why", "{s}", "deter-or-provoke", "--all", *FEW),
    "explain": ("explain",),
    "explain a word": ("explain", "hinge"),
    "judge since": ("judge", "{s}", "--since", "{s}", *FEW),
}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("screens"))


@cache
def screen(name: str, scenario: Path, width: int) -> str:
    if name == "demo":  # it shows what is kept: the same whenever it is asked
        screen("judge", scenario, 80)
    words = [w.format(s=scenario, out=scenario.parent / "page") for w in SCREENS[name]]
    found = said(*words, width=width)
    assert found.code == 0, found.err
    return found.out


# Names, commands and paths stay whole, so that they can be copied.
WHOLE = re.compile(r"(?:Report: )?\S*[/.]\S+|.*rimland .*")


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_the_terminal_and_leaves_nothing_at_the_ends_of_lines(
    name: str, width: int, scenario: Path
) -> None:
    lines = screen(name, scenario, width).splitlines()
    too_long = [ln for ln in lines if len(ln) > width and not WHOLE.fullmatch(ln.strip())]
    assert too_long == []
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", sorted(set(SCREENS) - {"compare"}))
def test_a_narrow_terminal_breaks_lines_between_words_and_leaves_none_out(
    name: str, width: int, scenario: Path
) -> None:
    def words(text: str) -> set[str]:
        return {word for word in text.split() if not re.fullmatch(r"[\d.,]+", word)}

    # seconds are the only number that differs from call to call
    assert words(screen(name, scenario, width)) == words(screen(name, scenario, 400))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_effects_are_readable_at_any_width_with_all_their_numbers(
    width: int, scenario: Path
) -> None:
    def numbers(text: str) -> list[str]:
        found = re.findall(r"[+−]?\d[\d,.]*×?", text)
        return sorted(n.rstrip(".,") for n in found)

    assert numbers(screen("compare", scenario, width)) == numbers(screen("compare", scenario, 400))
    assert "…" not in screen("compare", scenario, width)


@pytest.mark.parametrize("name", SCREENS)
def test_signs_that_a_terminal_lacks_are_written_plainly(name: str, scenario: Path) -> None:
    raw = io.BytesIO()
    plain = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    if name == "demo":  # it shows what is kept: the same whenever it is asked
        screen("judge", scenario, 80)
    words = [w.format(s=scenario, out=scenario.parent / "page") for w in SCREENS[name]]
    with contextlib.redirect_stdout(plain), contextlib.redirect_stderr(io.StringIO()):
        assert call(words) == 0
        plain.flush()
    text = raw.getvalue().decode("ascii")
    assert "\\u" not in text
    if name == "compare":
        assert "+/-" in text
        assert re.search(r"\[-\d", text)


def test_json_for_a_terminal_without_all_signs_is_still_json(scenario: Path) -> None:
    import json

    raw = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(raw, encoding="ascii")) as plain:
        assert call(["cite", str(scenario), "--json"]) == 0
        plain.flush()
    assert any("–" in row["says"] for row in json.loads(raw.getvalue()))


def test_spaces_are_left_out_at_line_ends_only() -> None:
    assert _trimmed("a  \nb \x1b[0m\n  c ") == "a\nb\x1b[0m\n  c "
    assert _trimmed("\x1b[1m \x1b[0m \n") == "\x1b[1m\x1b[0m\n"
    assert _trimmed("a\n \n") == "a\n\n"


def test_a_stream_without_an_encoding_is_taken_as_it_is() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as text:
        Stream("stdout").write("− \n")
    assert text.getvalue() == "−\n"


# ── what an analyst reads ────────────────────────────────────────────────────────────────────

JARGON = re.compile(
    r"\b(?:theta|NaN|nan|inf|None|True|False|kwargs|stochastic|endogenous|polars|numba|observers?"
    r"|p05|p95|median_|[a-z]+_[a-z_]+)\b"
)
AMERICAN = re.compile(r"\b\w*(?:ization|izing|defense|behavior|color|labor|center)\b", re.I)


NAMED = {"measures", "cite with names", "why in full"}


@pytest.mark.parametrize("name", sorted(set(SCREENS) - NAMED))
def test_no_screen_speaks_of_the_machinery_or_shouts(name: str, scenario: Path) -> None:
    text = screen(name, scenario, 120)
    assert JARGON.findall(text) == []
    assert AMERICAN.findall(text) == []
    assert "!" not in text


def test_numbers_are_rounded_to_what_the_runs_carry(scenario: Path) -> None:
    for name in ("demo", "judge", "run", "compare"):
        long = re.findall(r"\d+\.\d{4,}", screen(name, scenario, 120))
        assert long == [], name
        assert "-0.0" not in screen(name, scenario, 120)
        assert "−0 " not in screen(name, scenario, 120)


def test_the_demo_says_first_what_weakens_the_verdicts_then_counts_and_three_cards(
    scenario: Path,
) -> None:
    text = screen("demo", scenario, 80)
    order = [
        "as of 1 January 2025",
        "verdicts rest on a judged number",
        "Of 7 claims",
        "Each claim is judged under each account",
        "In this model",
        "Report: ",
        "Next:   rimland judge ",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.count("In this model") == 3
    assert text.count("keeps a rival from trying") == 1


def test_a_card_keeps_its_order(scenario: Path) -> None:
    text = screen("judge", scenario, 120)
    card = text[text.index("deter-or-provoke ·") :].split("\n\n")[0]
    order = ["In this model", "the verdict would change at 10", "deterrence-led", "spiral-led"]
    order += ["unmoved", "In detail", "Rests on", "Rival reason", "Confidence"]
    places = [card.index(part) for part in order]
    assert places == sorted(places)


def test_what_is_found_for_no_card_is_said_once(scenario: Path) -> None:
    text = screen("judge", scenario, 120)
    assert text.count("No sign to watch for was found for") == 1
    assert not re.search(r"Watch for\s+none found", text)


def test_a_verdict_that_all_accounts_share_names_none_of_them(scenario: Path) -> None:
    text = screen("judge", scenario, 120)
    card = text[text.index("staff-speeds-answer ·") :].split("\n\n")[0]
    assert "the same under all 3" in card
    assert "spiral-led" not in card


def test_too_few_draws_for_any_verdict_are_spoken_of(scenario: Path) -> None:
    found = said("judge", str(scenario), "--draws", "28", "--futures", "2", "--no-cards")
    assert "With fewer than 29 draws no claim can be decided." in found.out
    assert "With fewer than 29" not in screen("judge", scenario, 80)


def test_claims_without_a_test_are_listed_and_never_guessed(scenario: Path) -> None:
    assert screen("judge", scenario, 80).endswith("Not tested yet (1):\n  celand-divided\n")


def test_every_number_is_called_by_words_of_its_own(scenario: Path) -> None:
    import json

    from rimland.scenario.locate import shipped

    for each in (str(scenario), *shipped()):
        rows = json.loads(said("cite", each, "--json").out)
        assert [row["name"] for row in rows if row["says"] == row["name"]] == []

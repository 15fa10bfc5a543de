"""Every mistake that notation can meet, with its message kept word for word.

The snapshots in tests/snapshots/notation hold the file as written and what its author is told;
RIMLAND_UPDATE_SNAPSHOTS=1 rewrites them, so that a change of wording is read in the diff.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from fits_made import shipping, turnover
from rimland.notation import (
    Duration,
    Entry,
    Id,
    Marked,
    Mistake,
    Problems,
    Quantity,
    parse,
    read_csv,
    read_sources,
    read_yaml,
)
from rimland.notation.quantity import DurationQuantity, RateQuantity, ShareQuantity

SNAPSHOTS = Path(__file__).with_name("snapshots") / "notation"


@pytest.fixture(autouse=True, scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Messages name the nearest fit; what ships may grow."""
    with shipping(tmp_path_factory.mktemp("fits"), turnover()):
        yield


class Step(Entry):
    takes: Duration
    """How long the step takes."""
    fails: ShareQuantity | None = None
    """The probability that it fails."""


class Pledge(Entry):
    says: str
    """The pledge in plain words."""
    by: list[str] = Field(min_length=1)
    """Who promised."""
    domain: Literal["defence", "industry", "command"] = "defence"
    """What it is about."""
    announced: date | None = None
    """The day it was announced."""
    due: date | None = None
    """The day by which it is promised."""
    drills: Annotated[int, Field(ge=0, le=50)] = 0
    """Drills a year."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """Its weight."""
    firm: bool = False
    """Whether it is in law."""
    takes: DurationQuantity | None = None
    """How long it takes."""
    rate: RateQuantity | None = None
    """How often it is renewed."""
    odds: ShareQuantity | None = None
    """How likely it is."""
    size: Quantity | None = None
    """How large it is."""
    phases: dict[Literal["build", "launch"], Step] = Field(default_factory=dict)
    """The phases by name."""
    steps: dict[Id, Step] = Field(default_factory=dict)
    """The steps still ahead."""
    change: dict[str, str | Quantity] = Field(default_factory=dict)
    """What it changes."""
    level: int | Literal["none"] = "none"
    """A level, or none."""
    pair: tuple[str, str] | None = None
    """Two actors."""

    @model_validator(mode="after")
    def _order(self) -> Pledge:
        if self.announced and self.due and self.due < self.announced:
            raise Mistake(
                f"{self.due} is before the day it was announced",
                expected=f"a day after {self.announced}",
                at=("due",),
            )
        return self


class Tie(Marked):
    pact: Literal["none", "defence"]
    """Level of the pact."""


class File(Entry):
    pledges: dict[Id, Pledge] = Field(default_factory=dict)
    """The pledges."""
    ties: list[Tie] = Field(default_factory=list)
    """The ties."""


def pledge(line: str) -> str:
    """Return a sound file but for one more line of a pledge."""
    return f"pledges:\n  dock:\n    says: a dry dock\n    by: [AAA]\n    {line}\n"


def quantity(written: str, field: str = "takes") -> str:
    return pledge(f"{field}: {written}")


FIT = "{estimated: turnover.bloc_change"


def estimated(written: str) -> str:
    """Return a sound file but for a rate from a fit."""
    return quantity(written, "rate")


YAML = {
    "yaml-empty": "",
    "yaml-only-comments": "# nothing yet\n",
    "yaml-list-for-mapping": "- pledges\n- ties\n",
    "yaml-text-for-mapping": "pledges\n",
    "yaml-tab": "pledges:\n\tdock: {}\n",
    "yaml-tab-below": "pledges:\n  dock:\n    says: x\n  \t  by: [AAA]\n",
    "yaml-duplicate-key": "pledges:\n  dock: {says: a, by: [AAA]}\n  dock: {says: b, by: [BBB]}\n",
    "yaml-two-colons": "pledges:\n  dock: says: a dock\n",
    "yaml-colon-in-text": pledge("domain: defence: land"),
    "yaml-no-colon": "pledges:\n  dock\n  yard: {says: x, by: [AAA]}\n",
    "yaml-indent": "pledges:\n  dock:\n    says: a\n   by: [AAA]\n",
    "yaml-open-brace": "pledges:\n  dock: {says: a, by: [AAA]\n  yard: {says: b, by: [AAA]}\n",
    "yaml-open-bracket": "pledges:\n  dock:\n    by: [AAA, BBB\n    says: x\n",
    "yaml-open-quote": 'pledges:\n  dock:\n    says: "a dry dock\n    by: [AAA]\n',
    "yaml-at-sign": pledge("rate: @home"),
    "yaml-percent": pledge("rate: %5"),
    "yaml-backslash": pledge('rate: "C:\\docks"'),
    "yaml-dash-in-line": "pledges: - dock\n",
    "yaml-two-documents": "pledges: {}\n---\nties: []\n",
    "yaml-unknown-anchor": "pledges: *defaults\n",
    "yaml-tag": "pledges: !!python/object:os.system {}\n",
    "yaml-own-tag": "pledges: !dock {}\n",
    "yaml-recursion": "pledges: &all\n  dock: *all\n",
    "yaml-merge-text": "pledges:\n  dock:\n    <<: nothing\n    says: x\n    by: [AAA]\n",
    "yaml-list-as-name": "pledges:\n  ? [a, b]\n  : x\n",
    "yaml-no-name": "pledges:\n  : x\n",
    "yaml-control-character": "pledges: a\x07b\n",
    "yaml-alias-bomb": "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
    "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c]\n",
    "yaml-deep": "[" * 150 + "]" * 150,
    "yaml-deeper": "[" * 5000,
    "field-unknown": pledge("doo: 2025-03-31"),
    "field-unknown-far": pledge("colour: red"),
    "field-unknown-at-top": "pledge: {}\n",
    "field-missing": "pledges:\n  dock:\n    says: a dry dock\n",
    "field-misspelt-and-missing": "pledges:\n  dock:\n    sais: a dry dock\n    by: [AAA]\n",
    "field-empty": "pledges:\n  dock:\n    says:\n    by: ~\n",
    "field-date": pledge("due: 2025-13-01"),
    "field-date-other-form": pledge("due: 31.03.2025"),
    "field-date-year-only": pledge("due: 2025"),
    "field-number": pledge("drills: many"),
    "field-fraction": pledge("drills: 2.5"),
    "field-bound": pledge("drills: 70"),
    "field-not-positive": pledge("weight: 0"),
    "field-infinite": pledge("weight: .inf"),
    "field-true-or-false": pledge("firm: perhaps"),
    "field-word": pledge("domain: defense"),
    "field-word-far": pledge("domain: cooking"),
    "field-text-for-list": "pledges:\n  dock:\n    says: x\n    by: AAA\n",
    "field-empty-list": "pledges:\n  dock:\n    says: x\n    by: []\n",
    "field-list-for-text": "pledges:\n  dock:\n    says: [x]\n    by: [AAA]\n",
    "field-pair-of-three": pledge("pair: [AAA, BBB, CCC]"),
    "field-pair-of-one": pledge("pair: [AAA]"),
    "field-id": "pledges:\n  Dry Dock:\n    says: x\n    by: [AAA]\n",
    "field-word-as-name": pledge("phases: {biuld: {}}"),
    "field-order-of-dates": pledge("announced: 2025-01-01\n    due: 2024-01-01"),
    "field-either": pledge("level: often"),
    "field-either-quantity": pledge("change: {a.b: {value: 5 days}}"),
    "field-either-list": pledge("change: {a.b: [x]}"),
    "field-mapping-for-entry": "pledges:\n  dock: soon\n",
    "quantity-bare-number": quantity("90"),
    "quantity-bare-range": quantity("60 to 180 days"),
    "quantity-bare-text": quantity("soon"),
    "quantity-list": quantity("[60 days, 180 days]"),
    "quantity-empty": pledge(
        "steps: {build: {takes: {median: , spread: {value: 2 to 3, judged: a b}}}}"
    ),
    "quantity-no-value": quantity("{judged: no data}"),
    "quantity-empty-value": quantity("{value: , judged: no data}"),
    "quantity-unknown-field": quantity("{valu: 60 to 180 days, judged: no data}"),
    "quantity-unknown-field-far": quantity("{value: 60 to 180 days, judged: x y, colour: red}"),
    "quantity-no-unit": quantity("{value: 60 to 180, judged: no data}"),
    "quantity-no-unit-no-demand": quantity("{value: 60 to 180, judged: no data}", "size"),
    "quantity-unknown-unit": quantity("{value: 60 to 180 dais, judged: no data}"),
    "quantity-unknown-unit-far": quantity("{value: 60 furlongs, source: x, seen: true}", "size"),
    "quantity-other-dimension": quantity("{value: 5 to 9 km, judged: no data}"),
    "quantity-rate-for-duration": quantity("{value: 0.1 to 0.2 per year, judged: no data}"),
    "quantity-duration-for-rate": quantity("{value: 60 days, source: x, seen: true}", "rate"),
    "quantity-mixed-units": quantity("{value: 60 days to 2 km, judged: no data}"),
    "quantity-reversed": quantity("{value: 180 to 60 days, judged: no data}"),
    "quantity-equal-ends": quantity("{value: 60 to 60 days, judged: no data}"),
    "quantity-three-ends": quantity("{value: 60 to 90 to 180 days, judged: no data}"),
    "quantity-hyphen": quantity("{value: 60-180 days, judged: no data}"),
    "quantity-about": quantity("{value: about 60 days, source: x, seen: true}"),
    "quantity-up-to": quantity("{value: up to 60 days, source: x, seen: true}"),
    "quantity-plus-minus": quantity("{value: 60 ± 20 days, source: x, seen: true}"),
    "quantity-comma": quantity('{value: "1,5 days", source: x, seen: true}'),
    "quantity-words": quantity("{value: sixty days, source: x, seen: true}"),
    "quantity-zero-end": quantity("{value: 0 to 180 days, judged: no data}"),
    "quantity-negative": quantity("{value: -5 to 180 days, judged: no data}"),
    "quantity-negative-fixed": quantity("{value: -5 days, source: x, seen: true}"),
    "quantity-share-as-percent": quantity("{value: 12 to 40 share, judged: no data}", "odds"),
    "quantity-share-without-unit": quantity("{value: 12, source: x, seen: true}", "odds"),
    "quantity-share-at-the-edge": quantity("{value: 0 to 0.4 share, judged: no data}", "odds"),
    "quantity-share-above-one": quantity("{value: 0.5 to 1.2 share, judged: no data}", "odds"),
    "quantity-spread": pledge(
        "steps: {build: {takes: {median: {value: 1 to 2 years, judged: a b}, "
        "spread: {value: 0.5 to 2, judged: a b}}}}"
    ),
    "quantity-in-a-step": pledge(
        "steps: {build: {takes: {median: 5 days, sprad: {value: 2 to 3, judged: a b}}}}"
    ),
    "quantity-mid-outside": quantity("{value: 60 to 180 days, mid: 200 days, judged: no data}"),
    "quantity-mid-of-single": quantity("{value: 60 days, mid: 70 days, source: x, seen: true}"),
    "quantity-mid-range": quantity("{value: 60 to 180 days, mid: 70 to 80, judged: no data}"),
    "quantity-range-twice": quantity("{value: 60 to 180 days, p10: 50, judged: no data}"),
    "quantity-half-a-range": quantity("{value: 60 days, p10: 50, judged: no data}"),
    "quantity-ends-out-of-order": quantity("{value: 60 days, p10: 70, p90: 80, judged: no data}"),
    "quantity-unknown-family": quantity("{value: 1 to 2 days, family: log-normal, judged: a b}"),
    "quantity-family-not-allowed": quantity("{value: 1 to 2 days, family: normal, judged: a b}"),
    "quantity-fixed-range": quantity("{value: 1 to 2 days, family: fixed, judged: a b}"),
    "quantity-family-of-single": quantity(
        "{value: 1 days, family: uniform, source: x, seen: true}"
    ),
    "quantity-uniform-too-wide": quantity(
        "{value: 1 to 20 days, family: uniform, judged: no data}"
    ),
    "quantity-uniform-share": quantity(
        "{value: 0.3 to 0.99, family: uniform, judged: no data}", "odds"
    ),
    "quantity-judged-without-range": quantity("{value: 60 days, judged: no data}"),
    "quantity-judged-without-reason": quantity("{value: 60 to 180 days, judged: }"),
    "quantity-judged-true": quantity("{value: 60 to 180 days, judged: true}"),
    "quantity-no-mark": quantity("{value: 60 to 180 days}"),
    "quantity-source-without-mark": quantity("{value: 60 to 180 days, source: x}"),
    "quantity-seen-and-recalled": quantity(
        "{value: 6 days, source: x, seen: true, recalled: true}"
    ),
    "quantity-seen-without-source": quantity("{value: 60 to 180 days, seen: true}"),
    "quantity-seen-false": quantity("{value: 60 to 180 days, source: x, seen: false}"),
    "quantity-empty-source": quantity("{value: 60 to 180 days, source: , seen: true}"),
    "quantity-computed-without-how": quantity("{value: 60 days, computed: }"),
    "quantity-estimated": estimated(
        "{estimated: turnover.bloc, of: AAA, prior: 0.02 to 0.3 per year}"
    ),
    "quantity-estimated-empty": estimated("{estimated: , of: AAA, prior: 0.02 to 0.3 per year}"),
    "quantity-estimated-unlike": estimated("{estimated: trade, of: AAA, prior: 0.1 to 1 per year}"),
    "quantity-estimated-of-unknown": estimated(f"{FIT}, of: AAB, prior: 0.02 to 0.3 per year}}"),
    "quantity-estimated-of-missing": estimated(f"{FIT}, prior: 0.02 to 0.3 per year}}"),
    "quantity-estimated-of-empty": estimated(f"{FIT}, of: , prior: 0.02 to 0.3 per year}}"),
    "quantity-estimated-other-unit": quantity(f"{FIT}, of: AAA, prior: 60 to 180 days}}"),
    "quantity-estimated-no-prior": estimated(f"{FIT}, of: AAA}}"),
    "quantity-estimated-prior-empty": estimated(f"{FIT}, of: AAA, prior: }}"),
    "quantity-estimated-prior-unit": estimated(f"{FIT}, of: AAA, prior: 60 to 180 days}}"),
    "quantity-estimated-prior-single": estimated(f"{FIT}, of: AAA, prior: 0.1 per year}}"),
    "quantity-estimated-prior-bare": estimated(
        f"{FIT}, of: AAA, prior: {{value: 0.1 to 1 per year}}}}"
    ),
    "quantity-estimated-prior-estimated": estimated(f"{FIT}, of: AAA, prior: {FIT}, of: BBB}}}}"),
    "quantity-estimated-value": estimated(
        f"{FIT}, of: AAA, value: 0.1 per year, prior: 0.02 to 0.3 per year}}"
    ),
    "quantity-estimated-judged": estimated(
        f"{FIT}, of: AAA, prior: 0.02 to 0.3 per year, judged: as in the record}}"
    ),
    "quantity-estimated-misspelt": estimated(f"{FIT}, off: AAA, prior: 0.02 to 0.3 per year}}"),
    "quantity-estimated-causal": estimated(
        f"{FIT}, of: AAA, prior: 0.02 to 0.3 per year, causal: maybe}}"
    ),
    "quantity-causal": quantity("{value: 1 to 2 days, judged: no data, causal: asumed}"),
    "quantity-causal-adjusted": quantity("{value: 1 to 2 days, judged: no data, causal: adjusted}"),
    "quantity-causal-empty": quantity("{value: 1 to 2 days, judged: no data, causal: }"),
    "quantity-many-slips": quantity("{value: 9 to 2 dais, seen: true, recalled: true, colr: x}"),
    "quantity-too-large": quantity("{value: 1e999 days, source: x, seen: true}"),
    "mark-missing": "ties:\n  - {pact: defence}\n",
    "mark-two": "ties:\n  - {pact: defence, source: x, seen: true, judged: no data}\n",
    "mark-misspelt": "ties:\n  - {pact: defence, sorce: x, seen: true}\n",
    "mark-empty-source": "ties:\n  - {pact: defence, source: , recalled: true}\n",
    "mark-and-more": "ties:\n  - {pact: defense, source: x, seen: perhaps}\n",
}

BYTES = {
    "file-latin-1": "pledges:\n  dock: {says: caf\xe9}\n".encode("latin-1"),
    "file-utf-16": "pledges: {}\n".encode("utf-16"),
    "file-utf-16-without-mark": "pledges: {}\n".encode("utf-16-le"),
    "file-binary": bytes(range(128, 200)),
    "file-too-large": b"a: " + b"x" * 5_100_000,
}

CSV = {
    "csv-empty": "",
    "csv-ragged-long": "route,length\nnorth,1,2\nsouth,3\n",
    "csv-ragged-short": "route,length\nnorth\n",
    "csv-duplicate-column": "route,length,length\nnorth,1,2\n",
    "csv-nameless-column": "route,,length\nnorth,1,2\n",
    "csv-no-header": "north,1\nsouth,2\n",
    "csv-repeated-header": "route,length\nnorth,1\nroute,length\n",
    "csv-missing-column": "route\nnorth\n",
    "csv-misspelt-column": "route,lenght\nnorth,1\n",
    "csv-unknown-column": "route,length,colour\nnorth,1,red\n",
    "csv-open-quote": 'route,length\n"north,1\n',
    "csv-text-after-quote": 'route,length\n"north"east,1\n',
}

SOURCES = {
    "source-missing-fields": "navy-report: {title: The yards, year: 2020}\n",
    "source-year": "navy-report: {title: T, author: A, year: soon, where: W}\n",
    "source-published": "r: {title: T, author: A, year: 2020, where: W, published: 2021-02-01}\n",
    "source-list": "- {title: T, author: A, year: 2020, where: W}\n",
}


def check(name: str, written: str, problems: Problems) -> None:
    """Compare what was said with the snapshot, or write it when asked to."""
    shown = written if len(written) < 2000 else written[:40] + " ...\n"
    text = f"{shown.rstrip()}\n{'-' * 40}\n{problems}\n"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("RIMLAND_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"no snapshot {path.name}; RIMLAND_UPDATE_SNAPSHOTS=1 writes it"
    assert text == path.read_text(encoding="utf-8")


def read(raw: bytes, folder: Path) -> Problems:
    path = folder / "pledges.yaml"
    path.write_bytes(raw)
    problems = Problems()
    document = read_yaml(path, problems)
    if document is not None:
        parse(File, document, problems)
    return problems


@pytest.mark.parametrize("name", YAML)
def test_a_mistake_in_a_file_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    problems = read(YAML[name].encode(), tmp_path)
    assert len(problems) > 0
    check(name, YAML[name], problems)


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_is_no_text_is_told_with_its_byte(name: str, tmp_path: Path) -> None:
    problems = read(BYTES[name], tmp_path)
    assert len(problems) > 0
    check(name, repr(BYTES[name][:60]), problems)


@pytest.mark.parametrize("name", CSV)
def test_a_mistake_in_a_table_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    path = tmp_path / "routes.csv"
    path.write_text(CSV[name], encoding="utf-8")
    problems = Problems()
    read_csv(path, problems, columns=("route", "length"))
    assert len(problems) > 0
    check(name, CSV[name], problems)


@pytest.mark.parametrize("name", SOURCES)
def test_a_mistake_in_a_source_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(SOURCES[name], encoding="utf-8")
    problems = Problems()
    document = read_yaml(path, problems)
    assert document is not None
    read_sources(document, problems)
    assert len(problems) > 0
    check(name, SOURCES[name], problems)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    problems = Problems()
    assert read_yaml(tmp_path / "pledges.yaml", problems) is None
    assert str(problems) == "pledges.yaml:1:1  there is no such file."


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    problems = Problems()
    assert read_yaml(tmp_path, problems, name="pledges.yaml") is None
    assert str(problems) == "pledges.yaml:1:1  a folder stands here; expected a file."


def test_no_message_speaks_the_language_of_the_machinery() -> None:
    jargon = ("pydantic", "validator", "NoneType", "dict", "str ", "int ", "schema", "Traceback")
    for path in SNAPSHOTS.glob("*.txt"):
        said = path.read_text(encoding="utf-8").split("-" * 40)[-1]
        assert not [word for word in jargon if word in said], path.name


def test_every_snapshot_belongs_to_a_mistake() -> None:
    known = {*YAML, *BYTES, *CSV, *SOURCES}
    assert {path.stem for path in SNAPSHOTS.glob("*.txt")} == known

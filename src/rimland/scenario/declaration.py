"""What a scenario's own files declare: title and accounts, sources, variants, facts and claims."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.quantity import Quantity

ClaimKind = Literal[
    "fact",
    "effect",
    "size",
    "hinge",
    "interaction",
    "order",
    "tradeoff",
    "rival",
    "forecast",
    "declared",
    "untestable",
]
TESTED_KINDS = ("fact", "effect", "hinge", "order", "tradeoff", "forecast")
AS_ASSESSED = "as-assessed"


class RunDefaults(Entry):
    """How many futures a run makes when nobody says otherwise."""

    draws: int = Field(default=100, ge=1, description="settings of all uncertain numbers")
    futures: int = Field(default=20, ge=2, description="random paths under each draw")
    seed: int = Field(default=1, ge=0, description="where the luck starts")


class Structure(Entry):
    """One account of how the system works: a named setting of some of its numbers."""

    id: Id = Field(description="short name, used in commands")
    says: str = Field(description="the account in plain words")
    because: str = Field("", description="why it is worth having")
    set: dict[str, Quantity] = Field(
        default_factory=dict, description="numbers that this account sets, by their dotted name"
    )


class Page(Entry):
    """What the page's switch offers."""

    variants: list[str] = Field(default_factory=list, description="variants on the switch")
    measure: str | None = Field(
        default=None, description="the measure shown before a claim is opened"
    )
    labels: dict[str, str] = Field(default_factory=dict, description="short labels of variants")


class Heading(Entry):
    """`scenario.yaml`: what the scenario is, its dates, its accounts."""

    title: str = Field(description="a title as on a page")
    as_of: date = Field(description="nothing later informs the scenario")
    horizon: date = Field(description="the last day that is run")
    says: str = Field("", description="one paragraph for a newcomer")
    disclaimer: str = Field("", description="what the reader has to know before any number")
    run: RunDefaults = Field(
        default_factory=lambda: RunDefaults(), description="default size of a run"
    )
    structures: list[Structure] = Field(min_length=1, description="the accounts")
    page: Page = Field(default_factory=lambda: Page(), description="what the page offers")


class Variant(Entry):
    """What would be different: things held or started elsewhere."""

    id: Id = Field(description="short name, used in commands")
    label: str = Field("", description="a few words for switches and charts")
    says: str = Field(description="what is different, in plain words")
    because: str = Field("", description="the claim or question it serves")
    hold: dict[str, str] = Field(
        default_factory=dict, description="variables pinned at a level; effects on them drop"
    )
    set: dict[str, Any] = Field(
        default_factory=dict,
        description="variables that start elsewhere; under `quantities`, numbers that differ",
    )
    from_: date | None = Field(None, alias="from", description="held from this date on")


class VariantFile(Entry):
    """`variants.yaml`."""

    variants: list[Variant] = Field(default_factory=list, description="the variants")


Facts = dict[str, dict[str, Any]]
"""`facts.yaml`: records that fact claims are checked against, by id."""


class Smallest(Entry):
    """The smallest size that matters, decided before the first run."""

    size: float = Field(ge=0, description="in the unit of the effect; relative effects in per cent")
    unit: str = Field("", description="the unit, for the reader")
    because: str = Field(description="why less than this would not matter")


class Treatment(Entry):
    """What is switched: the effect is `with` minus `without`."""

    with_: str = Field(AS_ASSESSED, alias="with", description="variant")
    without: str = Field(AS_ASSESSED, description="variant")


class Expectation(Entry):
    """What a record must show for a fact to be right."""

    field: str = Field(description="field of the record")
    at_least: float | None = Field(None, description="lower limit")
    at_most: float | None = Field(None, description="upper limit")
    equals: Any = Field(None, description="the very value, or list of values")
    between: list[str] | None = Field(
        None, min_length=2, max_length=2, description="two dates or numbers, both included"
    )


class Protocol(Entry):
    """The test of a claim, written down before its first run (design, section 5)."""

    measure: str | None = Field(None, description="name of the measure")
    horizon: date | None = Field(None, description="read at this date; the scenario's by default")
    whose: str = Field("", description="whose agenda the measure stands for")
    scope: Literal["adaptive", "frozen"] = Field(
        "adaptive", description="adaptive: all else may answer; frozen: all else stays"
    )
    smallest: Smallest | None = Field(None, description="the smallest size that matters")
    direction: Literal["more", "less"] = Field("more", description="which way the claim points")
    relative: bool = Field(False, description="effect in per cent of what is compared with")
    rival: str = Field("", description="the strongest rival explanation")
    comparison: str = Field("", description="the comparison set, in words")
    treatment: Treatment | None = Field(None, description="effect and tradeoff: what is switched")
    all: str = Field(AS_ASSESSED, description="hinge: variant with everything")
    without: str | None = Field(None, description="hinge: variant with all but the hinge")
    none: str | None = Field(None, description="hinge: variant with nothing")
    alternatives: dict[str, str] = Field(
        default_factory=dict, description="hinge: other candidates, name to variant without them"
    )
    size: float | None = Field(None, description="hinge: share of the whole that it must exceed")
    first: str | None = Field(None, description="order: the measure said to be larger")
    second: str | None = Field(None, description="order: the measure said to be smaller")
    others: list[str] = Field(
        default_factory=list, description="order: measures of which the largest is compared"
    )
    variant: str = Field(AS_ASSESSED, description="order and forecast: the run that is read")
    by: date | None = Field(None, description="forecast: by this date")
    wording: str | None = Field(None, description="forecast: the words of estimative probability")
    horizons: list[date] = Field(default_factory=list, description="tradeoff: sign at each date")
    record: str | None = Field(None, description="fact: id in facts.yaml")
    expect: list[Expectation] = Field(default_factory=list, description="fact: what must be so")
    note: str = Field("", description="anything else a referee should know")


class Claim(Entry):
    """One claim of the assessment, in our words, with its test if it has one."""

    id: Id = Field(description="short name, used in links and commands")
    at: str = Field(description="paragraph and sentence of the assessment")
    kind: ClaimKind = Field(description="how it can be tested")
    says: str = Field(description="the claim in our words")
    needs: str = Field("", description="what a model must have to test it")
    test: Protocol | None = Field(None, description="absent: not tested yet")


class Section(Entry):
    """A heading of ours over claims in the assessment's own order."""

    title: str = Field(description="heading")
    claims: list[str] = Field(description="claim ids")


class ClaimFile(Entry):
    """`claims.yaml`."""

    sections: list[Section] = Field(default_factory=list, description="headings")
    claims: list[Claim] = Field(default_factory=list, description="the claims")

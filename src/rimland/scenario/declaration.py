"""What a scenario's own files declare: title and accounts, sources, variants, facts and claims."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.quantity import Quantity, RatioQuantity

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
FORMS = (
    "fact",
    "effect",
    "size",
    "hinge",
    "interaction",
    "order",
    "importance",
    "tradeoff",
    "rival",
    "forecast",
    "declared",
)
"""Forms of a test: the kind of its claim, but `importance` for an order of ties by agendas."""
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


class Position(Entry):
    """Where something lies, in degrees."""

    latitude: float = Field(ge=-90, le=90, description="degrees north")
    longitude: float = Field(ge=-180, le=180, description="degrees east")


class Page(Entry):
    """What the page's switch offers, and where its map puts what has no place of its own."""

    variants: list[str] = Field(default_factory=list, description="variants on the switch")
    measure: str | None = Field(
        default=None, description="the measure shown before a claim is opened"
    )
    labels: dict[str, str] = Field(default_factory=dict, description="short labels of variants")
    positions: dict[Id, Position] = Field(
        default_factory=dict,
        description="where the map puts flashpoints; by default at the place or port of the same "
        "id, else at the first defender's capital",
    )


class Weighed(Entry):
    """What one measure counts for in an agenda."""

    wants: Literal["more", "less"] = Field(description="whether more of it or less of it is wanted")
    weight: RatioQuantity = Field(
        description="how much a loss of one per cent counts, against the other measures"
    )


class Agenda(Entry):
    """What an actor wants, as measures with weights; only the ratios of the weights count.

    What a change costs an agenda is the weighted mean of the losses of its measures, each in per
    cent of its value as compared with: sum of w_m * loss_m over sum of w_m, where loss_m is
    100 * (V before - V after) / |V before| if more is wanted and the negative of it if less is.
    Weights are drawn with all other numbers, under the names of `agenda_numbers`.
    """

    says: str = Field(description="the agenda in plain words")
    of: list[str] = Field(min_length=1, description="whose it is: codes of actors")
    weights: dict[str, Weighed] = Field(min_length=1, description="measures by name")


class Heading(Entry):
    """`scenario.yaml`: what the scenario is, its dates, its accounts, whose aims count how."""

    title: str = Field(description="a title as on a page")
    as_of: date = Field(description="nothing later informs the scenario")
    horizon: date = Field(description="the last day that is run")
    says: str = Field("", description="one paragraph for a newcomer")
    disclaimer: str = Field("", description="what the reader has to know before any number")
    run: RunDefaults = Field(
        default_factory=lambda: RunDefaults(), description="default size of a run"
    )
    structures: list[Structure] = Field(min_length=1, description="the accounts")
    agendas: dict[Id, Agenda] = Field(
        default_factory=dict, description="what actors want, for claims of importance"
    )
    page: Page = Field(default_factory=lambda: Page(), description="what the page offers")


def agenda_numbers(heading: Heading) -> dict[str, Quantity]:
    """Return the weights of all agendas by dotted name, `agendas.ID.MEASURE`."""
    return {
        f"agendas.{called}.{measure}": weighed.weight
        for called, agenda in heading.agendas.items()
        for measure, weighed in agenda.weights.items()
    }


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
    """The test of a claim, written down before its first run (design, section 5).

    Every test comes to one number g per draw, positive as claimed. V(x) is the measure at the
    horizon in variant x, mean over futures that share their luck; s is +1 for `direction: more`
    and -1 for `less`.

    effect       g = s [V(with) - V(without)], or of logs if `relative`
    tradeoff     the same at each of `horizons`; the last is judged
    hinge        L(x) = [V(all) - V(without)] / [V(all) - V(none)] against each of `alternatives`
    order        g = s [A - B] in `variant`, A = `first`, B = `second` or the largest of `others`;
                 of logs if `relative`
    importance   an order with `agendas`. A tie is removed by a variant. The cost of x to an agenda
                 is what `Agenda` says of V(all) against V(x); g = cost(without) - the largest cost
                 among `alternatives`, and of several agendas the smallest g. Given: the share of
                 weightings under which the tie comes first. With `frozen`, the same comparison
                 with that variant joined to every run stands beside it; the other is judged.
    interaction  g = s {[V(all) - V(without)] - [V(only) - V(none)]}: what x adds to the rest, more
                 than what it is worth alone. `all` has x and the rest, `without` the rest, `only`
                 x, `none` neither. `relative`: of logs, where a product of the two gives 0.
    size         E = V(with) - V(without), or V(variant) without a `treatment`; V is `measure`, or
                 the lead V(first) - V(second). With `limit`: g = s [E - limit]. With `share`:
                 g = s [E - share V(with)], defined where V(with) > 0. The limit or share is the
                 size already: `smallest` is a margin beyond it, as a rule 0.
    rival        whose move it is: V(all) - V(x) is what is owed to the moves that x stops;
                 g = s [V(all) - V(without)] - the largest s [V(all) - V(alternative)].
    forecast     P(event by `by`) against the range of `wording`
    fact         a record of facts.yaml against `expect`
    declared     nothing is judged: the probability of `measure` by `by` is shown, and with a
                 `treatment` how far it hangs on what is switched
    """

    measure: str | None = Field(None, description="name of the measure")
    horizon: date | None = Field(None, description="read at this date; the scenario's by default")
    whose: str = Field("", description="whose agenda the measure stands for")
    agendas: list[str] = Field(
        default_factory=list, description="importance: ids of agendas in scenario.yaml"
    )
    scope: Literal["adaptive", "frozen"] = Field(
        "adaptive", description="adaptive: all else may answer; frozen: all else stays"
    )
    frozen: str | None = Field(
        None, description="importance: variant that pins what would answer, shown beside"
    )
    smallest: Smallest | None = Field(None, description="the smallest size that matters")
    direction: Literal["more", "less"] = Field("more", description="which way the claim points")
    relative: bool = Field(False, description="effect in per cent of what is compared with")
    rival: str = Field("", description="the strongest rival explanation")
    rival_variant: str | None = Field(
        None,
        description="variant in which what the rival explanation names is switched; what it "
        "changes by itself is printed as a share of what is claimed",
    )
    comparison: str = Field("", description="the comparison set, in words")
    treatment: Treatment | None = Field(
        None, description="effect, tradeoff, size and declared: what is switched"
    )
    all: str = Field(
        AS_ASSESSED, description="hinge, importance, interaction, rival: variant with everything"
    )
    without: str | None = Field(
        None, description="the same: variant with all but what the claim speaks of"
    )
    only: str | None = Field(
        None, description="interaction: variant with nothing but what the claim speaks of"
    )
    none: str | None = Field(None, description="hinge and interaction: variant with nothing")
    alternatives: dict[str, str] = Field(
        default_factory=dict,
        description="hinge, importance, rival: other candidates, name to variant without them",
    )
    size: float | None = Field(None, description="hinge: share of the whole that it must exceed")
    limit: float | None = Field(
        None, description="size: what is at least reached, or with `less` at most, in the unit"
    )
    share: float | None = Field(
        None, gt=0, lt=1, description="size: the same as a share of the whole, V(with)"
    )
    first: str | None = Field(
        None, description="order: the measure said to be larger; size: the one that leads"
    )
    second: str | None = Field(
        None, description="order: the measure said to be smaller; size: the one that is led"
    )
    others: list[str] = Field(
        default_factory=list, description="order: measures of which the largest is compared"
    )
    variant: str = Field(
        AS_ASSESSED, description="order, forecast, declared, size: the run that is read"
    )
    by: date | None = Field(None, description="forecast and declared: by this date")
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

    @property
    def form(self) -> str:
        """The form of the claim's test, one of FORMS."""
        importance = self.kind == "order" and self.test is not None and self.test.agendas
        return "importance" if importance else self.kind


class Section(Entry):
    """A heading of ours over claims in the assessment's own order."""

    title: str = Field(description="heading")
    claims: list[str] = Field(description="claim ids")


class ClaimFile(Entry):
    """`claims.yaml`."""

    sections: list[Section] = Field(default_factory=list, description="headings")
    claims: list[Claim] = Field(default_factory=list, description="the claims")

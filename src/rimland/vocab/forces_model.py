"""What may be written of ships and yards in forces.yaml, each field with its meaning."""

from __future__ import annotations

from pydantic import Field, model_validator

from rimland.notation.base import Entry, Id, Marked
from rimland.notation.problems import Mistake
from rimland.notation.quantity import (
    DistanceQuantity,
    DurationQuantity,
    LogQuantity,
    MoneyQuantity,
    RateQuantity,
    RatioQuantity,
    ShareQuantity,
    SpreadQuantity,
)
from rimland.vocab.forces_state import While


class Work(Entry):
    """How long something takes, in one of three forms."""

    mean: DurationQuantity | None = None
    """Mean of an exponential duration: it may end on any day with equal chance."""
    median: DurationQuantity | None = None
    """Median of a lognormal duration; with `spread`."""
    spread: SpreadQuantity | None = None
    """One in ten takes longer than this many times the median."""
    exactly: DurationQuantity | None = None
    """A duration that is always the same."""

    @model_validator(mode="after")
    def _one(self) -> Work:
        given = [n for n in ("mean", "median", "exactly") if getattr(self, n) is not None]
        if len(given) != 1 or (self.spread is None) != (self.median is None):
            raise Mistake(
                "is not one duration",
                expected="'mean', or 'median' with 'spread', or 'exactly'",
                code="work",
            )
        return self


class Eased(While):
    """Something that shortens or lengthens work while it holds."""

    ratio: RatioQuantity
    """Duration while it holds, against the same while it does not."""


class Berth(Entry):
    """What a class finds at one yard."""

    takes: Work
    """Time in the dock."""
    share: RatioQuantity | None = None
    """How often the class goes there, against its other open yards; equal where left out."""
    only: While | None = None
    """The law: the class may go there only while this holds."""
    eased_by: list[Eased] = Field(default_factory=list)
    """What changes the time in the dock."""


class Damage(Entry):
    """Damage that sends ships to a yard before their time."""

    during: While
    """When it happens."""
    rate: RateQuantity
    """How often a year to each ship in service."""
    takes: RatioQuantity | None = None
    """Time in the dock, against that of planned work; the same where left out."""


class Cycle(Entry):
    """The cycle of a class: in service, due, in a yard, back."""

    interval: Work
    """Time in service from one repair to the next."""
    yards: dict[str, Berth] = Field(default_factory=dict)
    """Yards that may repair the class; without any its ships are only counted."""
    takes: Work | None = None
    """Time out of service, for a class that is only counted."""
    eased_by: list[Eased] = Field(default_factory=list)
    """What changes that time, for a class that is only counted."""
    avoids: LogQuantity | None = None
    """Change of the log-odds of choosing a yard for each unit that waits there."""
    damage: Damage | None = None
    """What sends units to repair before their time."""


class FallsBack(Entry):
    """Where a class operates from while it cannot use its home port."""

    to: str | None = None
    """The other port; none where left out, and then they are at no place."""
    during: While
    """When it cannot use its home port."""


class Class(Marked):
    """Units of one kind in one home port, alike but for their luck."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    of: str
    """Whose they are."""
    at: str
    """Home port."""
    count: int = Field(ge=1, le=500)
    """How many."""
    in_yard: dict[str, int] = Field(default_factory=dict)
    """How many of them are in each yard at the as-of date; their work begins anew."""
    out: int = Field(default=0, ge=0)
    """How many are out of service at the as-of date, for a class that is only counted."""
    day_run: DistanceQuantity | None = None
    """Distance made good in a day at sea; a class without it is at no place but its own."""
    ready: ShareQuantity | None = None
    """Share of those in service that can leave within the notice; all where left out."""
    notice: DurationQuantity | None = None
    """Time from the order until they leave; none where left out."""
    cycle: Cycle
    """Service and repair."""
    falls_back: FallsBack | None = None
    """Where they operate from while the home port cannot be used."""


class DockChange(While):
    """Docks that are added or lost while something holds."""

    docks: int
    """How many; negative if lost."""
    says: str = ""
    """Why, in plain words."""


class OtherWork(Entry):
    """Work for others that comes by chance and takes a dock as the ships do (a Poisson stream)."""

    arrives: RateQuantity
    """How often a year."""
    takes: Work
    """Time in the dock."""
    at_most: int = Field(default=24, ge=1, le=200)
    """How many can be at the yard at once; more have to come later."""


class Yard(Marked):
    """A place of repair: so many docks, and a line before them."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    at: str
    """The port where it lies."""
    docks: int = Field(ge=0, le=200)
    """Docks for these classes at the as-of date."""
    at_most: int | None = Field(default=None, ge=1, le=1000)
    """The most docks it can ever have; those that `changes` can add, where left out."""
    changes: list[DockChange] = Field(default_factory=list)
    """What adds or takes docks."""
    other_work: dict[Id, OtherWork] = Field(default_factory=dict)
    """Work for others in the same docks."""
    cost: MoneyQuantity | None = None
    """Price of one repair; undeclared where no number exists."""

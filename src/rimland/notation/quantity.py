"""Quantities: numbers that carry their range, their unit and where they come from.

In a model, demand a dimension through one of these aliases; a wrong unit is then a problem that
says what was expected:

    DurationQuantity   days                     RatioQuantity     a positive ratio
    RateQuantity       per_year                 SpreadQuantity    a ratio above 1
    ShareQuantity      share, between 0 and 1   LogQuantity       coefficient of a log-linear arrow
    DistanceQuantity   km                       CountQuantity     people, troops, things
    IndexQuantity      index                    MoneyQuantity     in its currency
    AnyQuantity        whatever its unit says (what variants and structures set)

where the dimension has no physical unit (share, ratio, log, index) the unit may be left out.
`Annotated[Quantity, dimension("rate")]` says the same as an alias.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from rimland.notation.base import Entry
from rimland.notation.families import Z90, from_scale, quantile, support, to_scale, uniform_ends
from rimland.notation.fitted import Fitted, read_fitted
from rimland.notation.marks import Mark
from rimland.notation.places import Place
from rimland.notation.reading import KEYS, Shape, read_parts
from rimland.units import DIMENSIONS, number_text

if TYPE_CHECKING:
    from rimland.notation.families import Array


@dataclass(frozen=True)
class Quantity:
    """A number with its range, unit, kind and source.

    `central`, `p10` and `p90` are in `unit`, the canonical unit of the dimension; all three are
    equal when the number is fixed. `causal` is the causal status of a number that a switch passes
    through; `fitted` says which fit an estimated number is drawn from. `place` is where the
    quantity stands, `source_place` where its source is named; both are None for one that was not
    read from a file, and neither counts in comparisons.
    """

    shape: Shape
    mark: Mark
    causal: str | None = None
    fitted: Fitted | None = None
    place: Place | None = field(default=None, compare=False, repr=False)
    source_place: Place | None = field(default=None, compare=False, repr=False)

    @classmethod
    def read(cls, data: Any, demanded: str | None = None, above: float = 0.0) -> Quantity:
        """Read a quantity from its mapping; raises Mistake with every slip in it.

        `demanded` names the dimension it must have, `above` the value it has to exceed where that
        dimension is positive.
        """
        estimated = isinstance(data, Mapping) and "estimated" in data
        parts = (read_fitted if estimated else read_parts)(data, demanded, above)
        place = getattr(data, "place", None)
        source_place = getattr(data, "places", {}).get("source", place)
        return cls(parts.shape, parts.mark, parts.causal, parts.fitted, place, source_place)

    @property
    def kind(self) -> str:
        """How it is known: estimated, published-seen, published-recalled, computed or judged."""
        return self.mark.kind

    @property
    def source(self) -> str | None:
        """The id of its source, if it has one."""
        return self.mark.source

    @property
    def because(self) -> str:
        """Why it is judged so, how it was computed or what fitted; empty for published numbers."""
        return self.mark.because

    @property
    def prior(self) -> Quantity | None:
        """What was believed of an estimated number before the data; None for any other."""
        if self.fitted is None:
            return None
        before = self.fitted.prior
        return Quantity(before.shape, before.mark, self.causal, None, self.place, self.place)

    @property
    def unit(self) -> str:
        """The canonical unit: days, per_year, share, ratio, log, km, count, index, a currency."""
        return self.shape.unit.canonical

    @property
    def dimension(self) -> str:
        """What kind of thing it measures: duration, rate, share ..."""
        return self.shape.unit.dimension

    @property
    def family(self) -> str:
        """Its shape: lognormal, normal, logit-normal, uniform or fixed.

        Of an estimated number, that which can take the same values; its draws are the fit's.
        """
        return self.shape.family

    @property
    def central(self) -> float:
        """Its median, in `unit`."""
        return self.shape.mid

    @property
    def p10(self) -> float:
        """The value that it is below with probability 0.1, in `unit`."""
        return self.shape.p10

    @property
    def p90(self) -> float:
        """The value that it is below with probability 0.9, in `unit`."""
        return self.shape.p90

    def quantile(self, u: Array) -> Array:
        """Return its quantiles at `u`, all in (0, 1), in `unit`; increasing in u.

        Those of an estimated number are of its own distribution, whatever else its fit gives.
        """
        if self.fitted is not None:
            from rimland.hazards import draws as fits  # loads scipy; reading needs none

            return fits.quantile(self.fitted.source, self.fitted.of, u)
        s = self.shape
        return quantile(s.family, s.p10, s.mid, s.p90, u, s.above)

    def draws(self, seed: int, draws: int, name: str, first_draw: int = 0) -> Array:
        """Return one value a draw, in `unit`, shape [draws].

        Draw d depends on (seed, d, name) alone, so that more draws never change earlier ones and
        another range keeps the luck. An estimated number depends on its fit's name in place of its
        own: all numbers of one fit are drawn jointly.
        """
        if self.fitted is not None:
            from rimland.hazards import draws as fits  # loads scipy; reading needs none

            return fits.draws(self.fitted.source, self.fitted.of, seed, draws, first_draw)
        import numpy as np

        if self.family == "fixed":
            return np.full(draws, self.central, dtype=np.float64)
        from rimland.engine.random import uniforms  # loads the compiler; reading needs none

        return self.quantile(uniforms(seed, draws, name, first_draw))

    def widened(self, factor: float) -> Quantity:
        """Return it with both ends `factor` times as far from the middle, on the family's scale.

        A range that is spread evenly stops at the ends of what its dimension allows. A fixed
        number stays as it is, and so does an estimated one: the data said how wide it is.
        """
        if not (factor > 0 and math.isfinite(factor)):
            raise ValueError(f"a range cannot be widened by {factor}; give a positive number")
        s = self.shape
        if s.family == "fixed" or factor == 1 or self.fitted is not None:
            return self
        low, mid, high = (to_scale(s.family, x, s.above) for x in (s.p10, s.mid, s.p90))
        p10 = from_scale(s.family, mid - factor * (mid - low), s.above)
        p90 = from_scale(s.family, mid + factor * (high - mid), s.above)
        if s.family == "uniform":
            least, most = support(self.dimension, s.above)
            end_low, end_high = uniform_ends(p10, s.mid, p90)
            p10 = s.mid - 0.8 * (s.mid - max(end_low, least))
            p90 = s.mid + 0.8 * (min(end_high, most) - s.mid)
        return replace(self, shape=replace(s, p10=p10, p90=p90, text=""))

    def text(self) -> str:
        """Return it as a person reads it: `60 to 180 days (judged)`."""
        return f"{self.amount()} ({self.mark.words()})"

    def amount(self) -> str:
        """Return its number or range with the unit as it was written."""
        s = self.shape
        if s.text:
            return s.text
        low, mid, high = (number_text(x / s.unit.factor) for x in (s.p10, s.mid, s.p90))
        unit = s.unit.written or s.unit.canonical
        return f"{low} to {high} {unit}, middle {mid}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data in canonical units, for JSON and tables."""
        return {
            "text": self.text(),
            "unit": self.unit,
            "family": self.family,
            "central": self.central,
            "p10": self.p10,
            "p90": self.p90,
            "kind": self.kind,
            "causal": self.causal,
            "source": self.source,
            "because": self.because,
            "fitted": self.fitted.as_dict() if self.fitted else None,
        }

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read it as a field of a model."""
        return _schema(None, 0.0)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return its JSON Schema, so that editors complete and check it."""
        return json_schema(None)


@dataclass(frozen=True)
class Demand:
    """In an Annotated type: the dimension that a quantity must have."""

    dimension: str
    above: float = 0.0

    def words(self) -> str:
        """Return `a duration, such as '60 to 180 days'`."""
        if self.above:
            return f"a ratio above {self.above:g}, such as '1.5 to 4 ratio'"
        wanted = DIMENSIONS[self.dimension]
        return f"{wanted.words}, such as '{wanted.example}'"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic read the quantity with its demand."""
        return _schema(self.dimension, self.above)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema of a quantity of this dimension."""
        return json_schema(self)


def dimension(name: str, above: float = 0.0) -> Demand:
    """Return the annotation that demands a dimension: duration, rate, share, ratio, log ..."""
    if name not in DIMENSIONS:
        raise ValueError(f"'{name}' is not a dimension; known are {', '.join(DIMENSIONS)}")
    return Demand(name, above)


_LOOSE = {"seen", "recalled", "causal", "prior"}


def json_schema(demand: Demand | None) -> dict[str, Any]:
    """Return the JSON Schema of a quantity; editors show the meaning of each of its fields."""
    text = {"type": ["string", "number"]}
    loose = {"type": ["string", "number", "boolean", "object"]}
    properties: dict[str, Any] = {
        key: {**(loose if key in _LOOSE else text), "description": meaning}
        for key, meaning in KEYS.items()
    }
    wanted = demand.words() if demand else "a quantity"
    return {
        "type": "object",
        "title": "Quantity",
        "description": f"{wanted}, with its source",
        "properties": properties,
        "additionalProperties": False,
        "anyOf": [{"required": ["value"]}, {"required": ["estimated", "of", "prior"]}],
    }


def _schema(demanded: str | None, above: float) -> CoreSchema:
    def read(data: Any) -> Quantity:
        if isinstance(data, Quantity):
            return data
        return Quantity.read(data, demanded, above)

    def write(quantity: Quantity) -> dict[str, Any]:
        return quantity.as_dict()

    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.plain_serializer_function_ser_schema(write)
    )


AnyQuantity = Quantity
DurationQuantity = Annotated[Quantity, dimension("duration")]
RateQuantity = Annotated[Quantity, dimension("rate")]
ShareQuantity = Annotated[Quantity, dimension("share")]
RatioQuantity = Annotated[Quantity, dimension("ratio")]
SpreadQuantity = Annotated[Quantity, dimension("ratio", above=1.0)]
LogQuantity = Annotated[Quantity, dimension("log")]
DistanceQuantity = Annotated[Quantity, dimension("distance")]
CountQuantity = Annotated[Quantity, dimension("count")]
IndexQuantity = Annotated[Quantity, dimension("index")]
MoneyQuantity = Annotated[Quantity, dimension("money")]


class Duration(Entry):
    """How long something takes: a lognormal duration by its median and its spread."""

    median: DurationQuantity
    """Half take longer than this."""
    spread: SpreadQuantity
    """One in ten takes longer than this many times the median; above 1."""

    @staticmethod
    def sigma(spread: float) -> float:
        """Return the standard deviation of the logarithm that belongs to a spread."""
        return math.log(spread) / Z90


__all__ = [
    "AnyQuantity",
    "CountQuantity",
    "Demand",
    "DistanceQuantity",
    "Duration",
    "DurationQuantity",
    "IndexQuantity",
    "LogQuantity",
    "MoneyQuantity",
    "Quantity",
    "RateQuantity",
    "RatioQuantity",
    "ShareQuantity",
    "SpreadQuantity",
    "dimension",
]

"""From a mapping in a file to the parts of a quantity: its shape, its mark, its causal status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rimland.errors import nearest
from rimland.notation.families import BY_DIMENSION, FAMILIES, middle, support, uniform_ends
from rimland.notation.marks import Mark, read_causal, read_mark, without_echoes
from rimland.notation.problems import Mistake, Slip
from rimland.units import DIMENSIONS, Amount, AmountError, Unit, number_text, parse_amount

if TYPE_CHECKING:
    from rimland.notation.fitted import Fitted

KEYS: dict[str, str] = {
    "value": "The number, or the range from p10 to p90, with its unit: '60 to 180 days'.",
    "mid": "The median of a range, where it is not in the middle.",
    "p10": "The value below which one in ten lies, where `value` is a single number.",
    "p90": "The value below which nine in ten lie, where `value` is a single number.",
    "family": f"The shape: {', '.join(FAMILIES)}; by default it follows from the unit.",
    "source": "Id of the source in sources.yaml.",
    "page": "Page, section or table in the source.",
    "seen": "True when the number was read in the source.",
    "recalled": "True when the source is cited from memory.",
    "computed": "How the number was computed.",
    "judged": "Why the number is judged so; a judged number needs a range.",
    "causal": "experiment, 'adjusted: by what', association or assumed.",
    "note": "Anything a reader should know.",
    "estimated": "Name of a shipped fit that gives the number; `rimland fit` lists them.",
    "of": "Which of the fit's answers, such as an actor's code; for an estimated number.",
    "prior": "The range believed before the data, for an estimated number.",
}


@dataclass(frozen=True)
class Shape:
    """The distribution of a number: p10, mid and p90 in the unit's canonical unit.

    `above` is what a lognormal exceeds (0, or 1 for a spread); `text` the amount as written, empty
    when the numbers are no longer those that were written.
    """

    family: str
    p10: float
    mid: float
    p90: float
    unit: Unit
    above: float = 0.0
    text: str = ""


@dataclass(frozen=True)
class Parts:
    """What a quantity is made of; `causal` its causal status, `fitted` the fit it comes from."""

    shape: Shape
    mark: Mark
    causal: str | None = None
    fitted: Fitted | None = None


def read_parts(data: Any, demanded: str | None = None, above: float = 0.0) -> Parts:
    """Read shape, mark and causal status; raises Mistake with every slip found.

    A number from a fit is read by `rimland.notation.fitted`.
    """
    if not isinstance(data, Mapping):
        raise _bare(data)
    slips: list[Slip] = []
    meant: set[str] = set()
    for key in data:
        if key not in KEYS:
            near = nearest(str(key), [k for k in KEYS if k not in data])
            meant |= {near} if near else set()
            expected = "" if near else f"one of {', '.join(KEYS)}"
            what = "is not a field of a quantity"
            slips.append(Slip(what, expected, near, at=(str(key),), key=True, code="unknown-field"))
    mark = read_mark(data, slips)
    shape = _read_shape(data, demanded, above, slips)
    causal = read_causal(data["causal"], slips) if "causal" in data else None
    if shape is not None and "judged" in data and shape.p10 == shape.p90:
        slips.append(
            Slip(
                f"'{shape.text}' is judged without a range",
                "a range from p10 to p90, since a judged number is swept",
                at=("value",),
                code="judged-range",
            )
        )
    slips = without_echoes(slips, meant)
    if slips:
        raise Mistake(*slips)
    assert shape is not None
    assert mark is not None
    return Parts(shape, mark, causal)


def _bare(data: Any) -> Mistake:
    expected = "a quantity, written {value: 60 to 180 days, judged: why} or with its source"
    if data is None or isinstance(data, list):
        what = "is empty" if data is None else "is a list"
        return Mistake(what, expected=expected, code="bare")
    if not any(c.isdigit() for c in str(data)):
        return Mistake(f"'{data}' is not a quantity", expected=expected, code="bare")
    return Mistake(
        f"'{data}' is a bare number",
        expected="its source or the reason for it beside it",
        mend=f"write {{value: {data}, source: id, seen: true}}, "
        f"or a range with {{value: ..., judged: why}}",
        code="bare",
    )


def _read_shape(
    data: Mapping[str, Any], demanded: str | None, above: float, slips: list[Slip]
) -> Shape | None:
    if data.get("value") is None:
        slips.append(
            Slip(
                "has no value" if "value" not in data else "is empty",
                f"a number or range with its unit, such as '{_example(demanded, above)}'",
                at=("value",) if "value" in data else (),
                code="no-value",
            )
        )
        return None
    value = _amount(data, "value", demanded, None, slips)
    if value is None:
        return None
    ends = _ends(data, value, slips)
    if ends is None:
        return None
    p10, mid, p90, text = ends
    allowed = BY_DIMENSION[value.unit.dimension]
    family = "fixed" if p10 is None else allowed[0]
    if "family" in data:
        chosen = _family(data["family"], value, p10 is None, slips)
        if chosen is None:
            return None
        family = chosen
    fault = _outside(family, p10, mid, p90, value, above)
    if fault is not None:
        slips.append(fault)
        return None
    if p10 is None or p90 is None:
        assert mid is not None
        return Shape("fixed", mid, mid, mid, value.unit, above, text)
    if mid is None:
        mid = middle(family, p10, p90, above)
    if family == "uniform":
        fault = _uniform_fault(p10, mid, p90, value, above)
        if fault is not None:
            slips.append(fault)
            return None
    return Shape(family, p10, mid, p90, value.unit, above, text)


def _ends(
    data: Mapping[str, Any], value: Amount, slips: list[Slip]
) -> tuple[float | None, float | None, float | None, str] | None:
    """Return p10, mid, p90 (None where not written) and the amount's text."""
    more = {
        key: _amount(data, key, value.unit.dimension, value.unit, slips)
        for key in ("mid", "p10", "p90")
        if key in data
    }
    if None in more.values():
        return None
    single = {key: amount.low for key, amount in more.items() if amount is not None}
    if value.high is not None:
        for key in ("p10", "p90"):
            if key in single:
                slips.append(
                    Slip(
                        f"the range stands in 'value' already ({value.text})",
                        f"either a range in 'value' or '{key}' beside a single number",
                        at=(key,),
                        code="range-twice",
                    )
                )
                return None
        mid = single.get("mid")
        if mid is not None and not value.low < mid < value.high:
            slips.append(
                Slip(
                    f"'{data['mid']}' lies outside {value.text}",
                    "a median inside the range",
                    at=("mid",),
                    code="order",
                )
            )
            return None
        shown = more["mid"].text if mid is not None and more["mid"] is not None else ""
        return value.low, mid, value.high, value.text + (f", middle {shown}" if shown else "")
    if "mid" in single:
        slips.append(
            Slip(
                "'value' is a single number, which is the median already",
                "a range in 'value', such as '60 to 180 days'",
                at=("mid",),
                code="range-twice",
            )
        )
        return None
    if not single:
        return None, value.low, None, value.text
    if len(single) == 1:
        (there,) = single
        missing = "p90" if there == "p10" else "p10"
        slips.append(
            Slip(
                f"'{there}' stands without '{missing}'",
                "both ends of the range",
                at=(there,),
                code="order",
            )
        )
        return None
    if not single["p10"] < value.low < single["p90"]:
        slips.append(
            Slip(
                "p10, value and p90 are not in order",
                f"p10 below {value.text} and p90 above it",
                at=("p10",),
                code="order",
            )
        )
        return None
    factor = value.unit.factor
    low, high = (number_text(single[key] / factor) for key in ("p10", "p90"))
    return single["p10"], value.low, single["p90"], f"{value.text}, {low} to {high}"


def _amount(
    data: Mapping[str, Any], key: str, demanded: str | None, unit: Unit | None, slips: list[Slip]
) -> Amount | None:
    raw = data[key]
    if isinstance(raw, (Mapping, list)) or raw is None:
        what = "is empty" if raw is None else "is not a number or a range"
        slips.append(Slip(what, "text such as '60 to 180 days'", at=(key,), code="amount"))
        return None
    try:
        amount = parse_amount(str(raw), demanded, unit)
    except AmountError as error:
        slips.append(Slip(error.what, error.expected, error.near, error.mend, (key,), "amount"))
        return None
    if key != "value" and amount.high is not None:
        slips.append(Slip("is a range", "a single number", at=(key,), code="amount"))
        return None
    return amount


def _family(raw: Any, value: Amount, single: bool, slips: list[Slip]) -> str | None:
    allowed = BY_DIMENSION[value.unit.dimension]
    word = str(raw)
    at: tuple[str | int, ...] = ("family",)
    if word not in FAMILIES:
        slips.append(
            Slip(
                f"'{word}' is not a shape",
                f"one of {', '.join(allowed)}",
                nearest(word, FAMILIES),
                at=at,
                code="family",
            )
        )
    elif word not in allowed:
        kind = DIMENSIONS[value.unit.dimension].words
        slips.append(
            Slip(f"{kind} cannot be {word}", f"one of {', '.join(allowed)}", at=at, code="family")
        )
    elif (word == "fixed") != single:
        slips.append(
            Slip(
                "a range is not fixed" if word == "fixed" else f"{word} needs a range",
                "a single number" if word == "fixed" else "a range from p10 to p90",
                at=at,
                code="family",
            )
        )
    else:
        return word
    return None


def _outside(
    family: str,
    p10: float | None,
    mid: float | None,
    p90: float | None,
    value: Amount,
    above: float,
) -> Slip | None:
    """Return what is wrong when a number lies outside what its dimension or shape allows."""
    name = value.unit.dimension
    least, most = support(name, above)
    if family == "lognormal":
        least = max(least, 0.0)
    numbers = [x for x in (p10, mid, p90) if x is not None]
    # A fixed number may sit on the edge (a delay of 0 days, a share of 1), except where its
    # logarithm is taken; a range may not, since its shape never reaches the edge.
    edge = family in {"fixed", "uniform"} and name != "ratio"
    if all(least < x < most or (edge and x in (least, most)) for x in numbers):
        return None
    words = DIMENSIONS[name].words
    if name == "share":
        percent = all(1 <= x <= 100 for x in numbers) and value.unit.factor == 1.0
        text = value.text.removesuffix(value.unit.written).strip() if percent else ""
        touches = all(0 <= x <= 1 for x in numbers)
        return Slip(
            f"'{value.text}' reaches {'1' if 1 in numbers else '0'}"
            if touches
            else f"'{value.text}' lies outside 0 to 1",
            "a share from 0 to 1" if edge else "a range above 0 and below 1 at both ends",
            mend=f"write per cent as '{text} %'" if percent else "",
            at=("value",),
            code="outside",
        )
    if above:
        return Slip(
            f"'{value.text}' is not above {above:g}",
            f"more than {above:g} at both ends, such as '1.5 to 4 ratio'",
            at=("value",),
            code="outside",
        )
    low = "0 or more" if edge else "a range above 0" if p10 is not None else "a number above 0"
    return Slip(
        f"'{value.text}' reaches {'below 0' if edge or min(numbers) < 0 else '0'}, "
        f"which {words} cannot",
        low,
        at=("value",),
        code="outside",
    )


def _uniform_fault(p10: float, mid: float, p90: float, value: Amount, above: float) -> Slip | None:
    least, most = support(value.unit.dimension, above)
    low, high = uniform_ends(p10, mid, p90)
    slack = 1e-9 * (p90 - p10)
    if low >= least - slack and high <= most + slack:
        return None
    factor, bad = value.unit.factor, low if low < least else high
    return Slip(
        f"spread evenly, '{value.text}' would reach {number_text(bad / factor)}",
        f"p10 and p90 of something that stays {'above' if low < least else 'below'} "
        f"{number_text((least if low < least else most) / factor)}",
        at=("value",),
        code="outside",
    )


def _example(demanded: str | None, above: float) -> str:
    if above:
        return "1.5 to 4 ratio"
    return DIMENSIONS[demanded].example if demanded else "60 to 180 days"


__all__ = ["KEYS", "Parts", "Shape", "read_parts"]

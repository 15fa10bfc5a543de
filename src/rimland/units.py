"""Amounts as people write them: "60 to 180 days", "0.02 to 0.3 per year", "12 %".

Every unit belongs to one dimension and is converted on reading to the dimension's canonical unit:

=========  ==========  =============================================
dimension  canonical   also written
=========  ==========  =============================================
duration   days        minutes, hours, weeks, months, years, decades
rate       per_year    per day, per month, per decade, % per year
share      share       %, percent
ratio      ratio       times
log        log         log-odds
distance   km          metres, miles, nautical miles
count      count       people, troops, ships, missiles, ...
index      index       points
money      the code    USD, EUR, ... (three letters, not converted)
=========  ==========  =============================================

A month is 30.4375 days and a year 365.25 days, so that twelve months are one year.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass

DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25
LONGEST = 120


@dataclass(frozen=True)
class Dimension:
    """What kind of thing an amount measures.

    `unit` is the canonical unit, `words` the plain words for it, `example` one amount as a person
    would write it, and `bare` whether the unit may be left out where this dimension is demanded.
    """

    name: str
    unit: str
    words: str
    example: str
    bare: bool = False


DIMENSIONS: dict[str, Dimension] = {
    d.name: d
    for d in (
        Dimension("duration", "days", "a duration", "60 to 180 days"),
        Dimension("rate", "per_year", "a rate", "0.02 to 0.3 per year"),
        Dimension("share", "share", "a share", "0.1 to 0.4 share", bare=True),
        Dimension("ratio", "ratio", "a ratio", "0.5 to 2 ratio", bare=True),
        Dimension("log", "log", "an effect on the log scale", "-0.5 to 2 log", bare=True),
        Dimension("distance", "km", "a distance", "1000 to 4000 km"),
        Dimension("count", "count", "a number of people or things", "50,000 to 55,000 troops"),
        Dimension("index", "index", "an index", "-1 to 6 index", bare=True),
        Dimension("money", "USD", "an amount of money", "2 to 3 billion USD"),
    )
}


@dataclass(frozen=True)
class Unit:
    """A unit as written: `factor` canonical units make one of it."""

    written: str
    dimension: str
    canonical: str
    factor: float


@dataclass(frozen=True)
class Amount:
    """One number or a range in canonical units; `high` is None for a single number."""

    low: float
    high: float | None
    unit: Unit
    text: str


class AmountError(ValueError):
    """An amount could not be read: what is wrong, what was expected, how to mend it."""

    def __init__(
        self, what: str, expected: str = "", near: str | None = None, mend: str = ""
    ) -> None:
        """Keep the parts, so that a problem with a place can be made of them."""
        super().__init__(what)
        self.what, self.expected, self.near, self.mend = what, expected, near, mend


_TIME = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": DAYS_PER_MONTH,
    "quarter": DAYS_PER_YEAR / 4,
    "year": DAYS_PER_YEAR,
    "decade": DAYS_PER_YEAR * 10,
    "century": DAYS_PER_YEAR * 100,
}
# fmt: off
_NOUNS = (
    "aircraft", "battalion", "base", "bomb", "brigade", "company", "count", "crew", "drone",
    "event", "exercise", "facility", "firm", "hull", "island", "launcher", "line", "member",
    "missile", "order", "people", "person", "personnel", "piece", "plane", "round", "satellite",
    "shell", "ship", "soldier", "state", "submarine", "tank", "thing", "troops", "unit", "vessel",
    "visit", "warhead", "worker", "yard",
)
_MONEY = (
    "AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "INR", "JPY", "KRW", "PHP", "RUB", "SEK", "TWD",
    "USD",
)
# fmt: on
_MULTIPLES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_IRREGULAR = {"century": "centuries", "person": "persons", "company": "companies"}
_IRREGULAR |= {"facility": "facilities"}
_INVARIANT = {"aircraft", "people", "personnel", "troops", "count"}


def _plain_units() -> dict[str, Unit]:
    """Return every unit without `per` or a multiple, by its lower-case spellings."""
    out: dict[str, Unit] = {}

    def add(dimension: str, canonical: str, factor: float, *spellings: str) -> None:
        for spelling in spellings:
            out[spelling.lower()] = Unit(spelling, dimension, canonical, factor)

    for word, days in _TIME.items():
        add("duration", "days", days, word, _IRREGULAR.get(word, word + "s"))
    add("duration", "days", 1 / 24, "h")
    add("duration", "days", DAYS_PER_YEAR, "yr", "yrs", "annum")
    add("share", "share", 1.0, "share", "shares")
    add("share", "share", 0.01, "%", "percent")
    add("ratio", "ratio", 1.0, "ratio", "times", "x")
    add("log", "log", 1.0, "log", "log-odds", "log odds")
    add("distance", "km", 1.0, "km", "kilometre", "kilometres", "kilometer", "kilometers")
    add("distance", "km", 0.001, "m", "metre", "metres", "meter", "meters")
    add("distance", "km", 1.609344, "mile", "miles")
    add("distance", "km", 1.852, "nautical mile", "nautical miles", "nmi", "nm")
    for noun in _NOUNS:
        plural = noun if noun in _INVARIANT else _IRREGULAR.get(noun, noun + "s")
        add("count", "count", 1.0, noun, plural)
    add("index", "index", 1.0, "index", "points", "point")
    for code in _MONEY:
        add("money", code, 1.0, code)
    return out


_UNITS = _plain_units()
_PER = re.compile(r"^(?P<top>.*?)\s*(?:\bper\b|/|\ban?\b)\s*(?P<number>\d+)?\s*(?P<time>\D+)$")
_NUMBER = r"[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?"
_LEADING = re.compile(rf"^(?P<number>{_NUMBER})(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
_WRITTEN = "a number or a range with its unit, such as '60 to 180 days'"


def known_units() -> list[str]:
    """Return the spellings of all units, `per year` and its like included."""
    rates = [f"per {word}" for word in _TIME]
    return [unit.written for unit in _UNITS.values()] + rates


def find_unit(text: str) -> Unit:
    """Return the unit written as `text`, or raise AmountError with the nearest known one."""
    written = " ".join(text.split())
    lower = re.sub(r"\bper cent\b", "percent", written.lower()).rstrip(".")
    found = _find(lower)
    if found is not None:
        return Unit(written, found.dimension, found.canonical, found.factor)
    near = difflib.get_close_matches(lower, [w.lower() for w in known_units()], n=1, cutoff=0.6)
    spelling = near[0] if near else None
    if spelling in _UNITS:
        spelling = _UNITS[spelling].written
    raise AmountError(
        f"'{_short(written)}' is not a known unit",
        expected="" if spelling else "a unit such as days, per year, share, %, ratio, log or km",
        near=spelling,
    )


def _find(lower: str) -> Unit | None:
    if lower in _UNITS:
        return _UNITS[lower]
    first, _, rest = lower.partition(" ")
    if first in _MULTIPLES:
        if not rest:
            return Unit(lower, "count", "count", _MULTIPLES[first])
        unit = _find(rest)
        if unit is None or unit.dimension not in {"count", "money", "rate"}:
            return None
        return Unit(lower, unit.dimension, unit.canonical, unit.factor * _MULTIPLES[first])
    match = _PER.match(lower)
    if match is None:
        return None
    time = _UNITS.get(match["time"].strip())
    if time is None or time.dimension != "duration":
        return None
    top = 1.0
    if match["top"]:
        unit = _find(match["top"])
        if unit is None or unit.dimension not in {"count", "share"}:
            return None
        top = unit.factor
    years = time.factor * int(match["number"] or 1) / DAYS_PER_YEAR
    return Unit(lower, "rate", "per_year", top / years) if years > 0 else None


def parse_amount(text: str, demanded: str | None = None, default: Unit | None = None) -> Amount:
    """Read "60 to 180 days", "0.056 per year", "53,000 troops", "12 %".

    `demanded` names the dimension that the amount must have; where that dimension has no physical
    unit (share, ratio, log, index) the unit may then be left out. `default` is the unit of an
    amount that writes none. Returns canonical units. Raises
    AmountError when the text is no amount, its unit is unknown or of another dimension, or the
    range is reversed or empty.
    """
    clean = " ".join(text.replace("−", "-").split())
    if not clean:
        raise AmountError("is empty", expected=_WRITTEN)
    if len(clean) > LONGEST:
        raise AmountError(f"'{_short(clean)}' is too long for an amount", expected=_WRITTEN)
    _refuse_habits(clean)
    parts = re.split(r"\s+to\s+|\s*[–—]\s*|\s*\.\.\.?\s*", clean)
    if len(parts) > 2:
        raise AmountError(f"'{_short(clean)}' has more than two ends", expected="one range")
    read = [_number_and_rest(part, clean) for part in parts]
    rests = [rest for _, rest in read]
    units = [find_unit(rest) if rest else None for rest in rests]
    last = units[-1] or units[0]
    if last is None:
        last = default or _bare_unit(clean, demanded)
    ends = [_canonical(value, unit or last) for (value, _), unit in zip(read, units, strict=True)]
    for unit in units:
        if unit is not None and unit.canonical != last.canonical:
            raise AmountError(
                f"'{_short(clean)}' mixes {unit.written} with {last.written}",
                expected="both ends in the same kind of unit",
            )
    _demand(clean, last, demanded)
    if any(not math.isfinite(end) for end in ends):
        raise AmountError(f"'{_short(clean)}' is too large a number")
    if len(ends) == 1:
        return Amount(ends[0], None, last, clean)
    if ends[0] > ends[1]:
        raise AmountError(
            f"'{_short(clean)}' runs backwards",
            expected="the lower end first",
            mend=f"write '{_ends(parts[1], parts[0], rests)}'",
        )
    if ends[0] == ends[1]:
        raise AmountError(
            f"'{_short(clean)}' has two equal ends",
            expected="a range, or a single number",
        )
    return Amount(ends[0], ends[1], last, clean)


def number_text(value: float) -> str:
    """Return `value` as a person would write it: four significant digits, thousands in threes."""
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    rounded = round(value, 3 - size)
    if size >= 15 or size < -6:
        return f"{value:.3e}"
    text = f"{rounded:,.{max(0, 3 - size)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _canonical(value: float, unit: Unit) -> float:
    """Return the value in canonical units; 15 digits, so that 3 per decade is 0.3 per year."""
    return float(f"{value * unit.factor:.15g}")


def _number_and_rest(part: str, whole: str) -> tuple[float, str]:
    match = _LEADING.match(part)
    if match is None:
        raise AmountError(f"'{_short(whole)}' does not say a number", expected=_WRITTEN)
    number, rest = match["number"], match["rest"].strip()
    if re.match(r"^,\d", match["rest"]):
        raise AmountError(
            f"'{_short(whole)}' has a comma where thousands are not parted",
            expected="a decimal point, and commas only between groups of three digits",
            mend=f"write '{part.replace(',', '.')}' or '{part.replace(',', '')}'"
            if part.count(",") == 1
            else "",
        )
    if rest[:1] in {".", "-", "+"} or rest[:1].isdigit():
        hyphen = re.match(r"^-\s*(\d.*)$", rest)
        if hyphen:
            raise AmountError(
                f"'{_short(whole)}' joins its ends with a hyphen, which reads as a minus sign",
                expected="the word 'to' between the ends",
                mend=f"write '{_short(number)} to {_short(hyphen[1])}'",
            )
        raise AmountError(f"'{_short(whole)}' is not a number that can be read", expected=_WRITTEN)
    return float(number.replace(",", "")), rest


def _refuse_habits(clean: str) -> None:
    lower = clean.lower()
    if re.match(r"^(about|around|roughly|approximately|circa|ca\.?|c\.|some|~|≈)\s*\S", lower):
        raise AmountError(
            f"'{_short(clean)}' leaves open how rough it is",
            expected="a range from p10 to p90, such as '60 to 180 days'",
        )
    if re.match(r"^(up to|at least|at most|more than|less than|over|under|[<>≤≥])\s*\S", lower):
        raise AmountError(
            f"'{_short(clean)}' is a bound, which leaves the other end open",
            expected="a range from p10 to p90, such as '60 to 180 days'",
        )
    if "±" in clean or "+/-" in clean:
        raise AmountError(
            f"'{_short(clean)}' uses ±",
            expected="both ends of the range, from p10 to p90, such as '60 to 180 days'",
        )


def _bare_unit(clean: str, demanded: str | None) -> Unit:
    wanted = DIMENSIONS.get(demanded) if demanded else None
    if wanted is not None and wanted.bare:
        return Unit("", wanted.name, wanted.unit, 1.0)
    example = f"{wanted.words}, such as '{wanted.example}'" if wanted else _WRITTEN
    raise AmountError(f"'{_short(clean)}' has no unit", expected=example)


def _demand(clean: str, unit: Unit, demanded: str | None) -> None:
    if demanded is None or unit.dimension == demanded:
        return
    wanted = DIMENSIONS[demanded]
    raise AmountError(
        f"'{_short(clean)}' is {DIMENSIONS[unit.dimension].words}",
        expected=f"{wanted.words}, such as '{wanted.example}'",
    )


def _ends(low: str, high: str, rests: list[str]) -> str:
    """Return the reversed range the right way round, its unit at the end."""
    if rests[0]:
        return f"{low} to {high}"
    unit = rests[1]
    return f"{low.removesuffix(unit).strip()} to {high} {unit}".strip()


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."

"""Numbers as an analyst reads them: a true minus sign, and no digit that the runs do not carry."""

from __future__ import annotations

import math
import re

MINUS = "\u2212"
NARROW = "\u202f"  # between a number and its per cent sign

_PER = re.compile(r"^per\s+")


def decimals_for(value: float, error: float | None = None) -> int:
    """Return the decimals worth printing; negative means tens, hundreds.

    The last place is the coarsest that is at most twice `error`, but never so coarse that `value`
    keeps no significant digit, unless it drowns in its error. Without an error, two significant
    digits.
    """
    size = abs(value)
    if error is None or not math.isfinite(error) or error <= 0:
        return 0 if size == 0 or not math.isfinite(size) else 1 - _magnitude(size)
    place = _magnitude(2 * error)
    if size > 0:
        place = min(place, max(_magnitude(size), _magnitude(error)))
    return -place


def _magnitude(x: float) -> int:
    return math.floor(math.log10(x) + 1e-12)


def number(value: float, decimals: int = 0, sign: bool = False) -> str:
    """Return `value` with a thousands comma and U+2212 for minus; `sign` prints + as well."""
    if not math.isfinite(value):
        return "not defined"
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    if rounded == 0:
        return text
    if rounded < 0:
        return MINUS + text
    return ("+" if sign else "") + text


def amount(
    value: float, unit: str = "", error: float | None = None, sign: bool = False, most: int = 3
) -> str:
    """Return `value` with its unit, rounded by `error`: `0.4 a decade`, `\u221238 %`, `31 hours`.

    At most `most` decimals are printed.
    """
    decimals = min(decimals_for(value, error), most)
    return with_unit(number(value, decimals, sign), unit)


def with_unit(text: str, unit: str) -> str:
    """Return `text` with `unit` as it is said: `%` after a narrow space, `per year` as `a year`."""
    if not unit or text == "not defined":
        return text
    if unit.startswith("%"):
        return text + NARROW + unit
    return f"{text} {_PER.sub('a ', unit)}"


def interval(
    low: float, high: float, unit: str = "", error: float | None = None, most: int = 3
) -> str:
    """Return `[\u221255, \u221221]`, both ends with the same decimals, the unit behind."""
    wide = error if error is not None else abs(high - low) / 10
    decimals = min(decimals_for(max(abs(low), abs(high)), wide), most)
    return with_unit(f"[{number(low, decimals)}, {number(high, decimals)}]", unit)


def share(p: float) -> str:
    """Return a share as per cent; never 100 % or 0 % of what is not all or none."""
    if not math.isfinite(p):
        return "not defined"
    if 0.99 < p < 1:
        return f"over 99{NARROW}%"
    if 0 < p < 0.01:
        return f"under 1{NARROW}%"
    return f"{100 * p:.0f}{NARROW}%"


def count(n: int) -> str:
    """Return a whole number with thousands commas."""
    return f"{n:,}"


def times(factor: float) -> str:
    """Return a factor: `12 times`, `1.4 times`."""
    if math.isinf(factor):
        return "wholly"
    return f"{number(factor, 0 if factor >= 10 else 1)} times"


def needs(futures: int | None, draws: int | None) -> str:
    """Return what an undecided verdict would need, or an empty string when nothing can be named."""
    parts = []
    if futures is not None:
        parts.append(f"about {count(futures)} futures a draw")
    if draws is not None:
        parts.append(f"about {count(draws)} draws")
    return " and ".join(parts)

"""Facts: what a record says against what a claim expects of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from rimland.errors import RimlandError, did_you_mean

Value = float | date | str | bool

RELATIONS = ("at_least", "at_most", "equals", "between", "before", "after")

_MARKS = {
    "seen": "published-seen",
    "recalled": "published-recalled",
    "computed": "computed",
    "judged": "judged",
}


@dataclass(frozen=True)
class Check:
    """One expectation: what was expected of which field, what was seen, and whether it is right."""

    field: str
    expected: str
    seen: str
    right: bool | None
    """None where the record's range leaves it open."""


@dataclass(frozen=True)
class FactCheck:
    """A record against a claim. `mark` is the kind of the record: seen, recalled, judged."""

    name: Literal["holds", "reversed", "undecided (knowledge)"]
    checks: tuple[Check, ...]
    mark: str

    @property
    def right(self) -> bool:
        """Whether every expectation is met."""
        return self.name == "holds"


def check_fact(record: Mapping[str, Any], expect: Sequence[Mapping[str, Any]]) -> FactCheck:
    """Return whether `record` is as expected: it holds when every expectation is met.

    A number of the record may be a range, `0.1 to 0.8` (p10 to p90): an expectation that one end
    meets and the other does not is open, and with it the fact, unless another is plainly wrong.

    An expectation is `{field: f, <relation>: v}`; relations are at_least, at_most, equals,
    between (two values, both included), before and after; several may stand together. Dates are
    written YYYY-MM-DD; a field inside another is `outer.inner`; numbers may carry a unit, which
    both sides must then share. Raises RimlandError on an unknown field or relation, or where the
    two cannot be compared.
    """
    if not expect:
        raise RimlandError("a fact needs at least one expectation of its record")
    checks = tuple(check for item in expect for check in _checks(record, item))
    found = [check.right for check in checks]
    if any(right is False for right in found):
        return FactCheck("reversed", checks, mark_of(record))
    name: Literal["holds", "undecided (knowledge)"] = (
        "holds" if all(found) else "undecided (knowledge)"
    )
    return FactCheck(name, checks, mark_of(record))


def mark_of(record: Mapping[str, Any]) -> str:
    """Return the kind of a record by its mark, or `unmarked`."""
    for key, kind in _MARKS.items():
        value = record.get(key)
        if value and str(value).lower() not in ("false", "no"):
            return kind
    return "unmarked"


def _checks(record: Mapping[str, Any], item: Mapping[str, Any]) -> list[Check]:
    given = {k: v for k, v in item.items() if v is not None}
    name = str(given.pop("field", ""))
    if not given:
        raise RimlandError(f"nothing is expected of '{name}'; write one of {', '.join(RELATIONS)}")
    seen = _lookup(record, name)
    out = []
    for relation, wanted in given.items():
        if relation not in RELATIONS:
            raise RimlandError(
                f"'{relation}' is not a relation; known: {', '.join(RELATIONS)}."
                + did_you_mean(relation, RELATIONS)
            )
        out.append(Check(name, _said(relation, wanted), _text(seen), _met(seen, relation, wanted)))
    return out


def _lookup(record: Mapping[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    found: Any = record
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            known = [str(key) for key in record]
            raise RimlandError(
                f"the record has no field '{name}'; it has {', '.join(known)}."
                + did_you_mean(name, known)
            )
        found = found[part]
    return found


_RANGE = re.compile(r"^([+-]?\d[\d,_.]*) to ([+-]?\d[\d,_.]*)(\s+\S.*)?$")


def _met(seen: Any, relation: str, wanted: Any) -> bool | None:
    """Return whether a value is as wanted; None where the two ends of its range disagree."""
    ends = _RANGE.match(str(seen).strip().replace("\u2212", "-"))
    if ends is None:
        return _is_so(seen, relation, wanted)
    unit = ends[3] or ""
    answers = {_is_so(f"{ends[i]}{unit}", relation, wanted) for i in (1, 2)}
    return answers.pop() if len(answers) == 1 else None


def _is_so(seen: Any, relation: str, wanted: Any) -> bool:
    if relation == "between":
        if not isinstance(wanted, (list, tuple)) or len(wanted) != 2:
            raise RimlandError(f"between expects two values, not {wanted!r}")
        return _is_so(seen, "at_least", wanted[0]) and _is_so(seen, "at_most", wanted[1])
    (a, unit_a), (b, unit_b) = _value(seen), _value(wanted)
    if relation == "equals" and (isinstance(a, str) or isinstance(b, str)):
        return _text(seen).strip().lower() == _text(wanted).strip().lower()
    if isinstance(a, str) or isinstance(b, str) or isinstance(a, date) != isinstance(b, date):
        raise RimlandError(f"'{_text(seen)}' and '{_text(wanted)}' cannot be compared")
    if unit_a and unit_b and unit_a != unit_b:
        raise RimlandError(f"'{_text(seen)}' and '{_text(wanted)}' are in different units")
    x, y = (v.toordinal() if isinstance(v, date) else float(v) for v in (a, b))
    return {
        "at_least": x >= y,
        "at_most": x <= y,
        "equals": x == y,
        "before": x < y,
        "after": x > y,
    }[relation]


_NUMBER = re.compile(r"^([+-]?\d[\d,_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(\S.*)?$")


def _value(raw: Any) -> tuple[Value, str]:
    """Return a date, a number or a word, and the number's unit."""
    central = getattr(raw, "central", None)
    if central is not None:
        return float(central), str(getattr(raw, "unit", "") or "")
    if isinstance(raw, (date, bool, int, float)):
        return raw, ""
    text = str(raw).strip().replace("\u2212", "-")
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        pass
    match = _NUMBER.match(text)
    if match is None:
        return text, ""
    return float(match[1].replace(",", "").replace("_", "")), (match[2] or "").strip()


def _text(raw: Any) -> str:
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, (list, tuple)):
        return " and ".join(_text(part) for part in raw)
    if hasattr(raw, "central") and callable(getattr(raw, "text", None)):
        return str(raw.text())
    return f"{raw:g}" if isinstance(raw, float) else str(raw)


def _said(relation: str, wanted: Any) -> str:
    return f"{relation.replace('_', ' ')} {_text(wanted)}"

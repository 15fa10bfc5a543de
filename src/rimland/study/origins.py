"""Where numbers come from: value, place in the files, source or reason, and the fit behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rimland.study.numbers import CAUSAL, KINDS, declared
from rimland.study.phrases import phrase

if TYPE_CHECKING:
    from rimland.history.fitfile import Fit
    from rimland.notation.quantity import Quantity
    from rimland.notation.sources import Source
    from rimland.scenario.assemble import Assembled


def origins(
    assembled: Assembled,
    names: Iterable[str],
    explained: Mapping[str, float],
    on: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return a row a number: those that explain most, those on arrows, the worst founded first.

    Each with its value and range in its canonical unit, kind, causal status, the share of the
    spread between draws that it explains (None where not more than chance would), the file and
    line where it stands, and its source, its reason or its fit. `on` says which lie on the arrow
    nearest to the measure or elsewhere on a way to it (`arrow`, `way`); `accounts` holds what an
    account sets otherwise.
    """
    rows = [
        {**_origin(assembled, name, explained.get(name)), "on": on.get(name)}
        for name in dict.fromkeys(names)
    ]
    return sorted(rows, key=_rank)


def sources_of(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each source once, with the numbers that name it, most used first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        source = row["source"]
        if source is not None:
            entry = found.setdefault(source["id"], {**source, "numbers": []})
            entry["numbers"].append(row["name"])
    return sorted(found.values(), key=lambda s: (-len(s["numbers"]), s["id"]))


def fit_json(fit: Fit, of: str) -> dict[str, Any]:
    """Return what a fit was made from, and how it did on years that it had not seen."""
    answer = fit.answer(of)
    last = fit.calibration[-1] if fit.calibration else None
    skill = None
    if last is not None and last.brier_base_rate > 0:
        skill = 1 - last.brier / last.brier_base_rate
    return {
        "name": fit.name,
        "title": fit.title,
        "of": of,
        "says": answer.says,
        "event": fit.event,
        "method": fit.method,
        "rows": fit.rows,
        "unit": fit.unit,
        "events": fit.events,
        "years": list(fit.years),
        "data": [{"name": d["name"], "version": d["version"]} for d in fit.data],
        "out_of_time": None
        if last is None
        else {
            "origin": last.origin,
            "years": last.years,
            "events": last.events,
            "expected": last.expected,
            "brier_skill": skill,
        },
        "cautions": list(fit.cautions),
    }


def source_json(source: Source) -> dict[str, Any]:
    """Return a source as plain values."""
    return {
        "id": source.id,
        "author": source.author,
        "year": source.year,
        "title": source.title,
        "where": source.where,
    }


def _origin(assembled: Assembled, name: str, explains: float | None) -> dict[str, Any]:
    quantity = declared(assembled)[name]
    source = assembled.sources.get(quantity.source) if quantity.source else None
    fitted = getattr(quantity, "fitted", None)
    prior = getattr(quantity, "prior", None)
    return {
        "name": name,
        "says": phrase(name, assembled.named),
        **_value(quantity),
        "prior": _value(prior) if prior is not None else None,
        "causal": quantity.causal,
        "explains": explains,
        "at": _place(quantity),
        "source": source_json(source) if source is not None else None,
        "page": quantity.mark.page,
        "because": quantity.because,
        "fit": fit_json(fitted.source, fitted.of) if fitted is not None else None,
        "accounts": {
            account: {**_value(structure.set[name]), "at": _place(structure.set[name])}
            for account, structure in assembled.structures.items()
            if name in structure.set
        },
    }


def _value(quantity: Quantity) -> dict[str, Any]:
    return {
        "value": quantity.amount(),
        "central": quantity.central,
        "p10": quantity.p10,
        "p90": quantity.p90,
        "unit": quantity.unit,
        "kind": quantity.kind,
    }


def _place(quantity: Quantity) -> str | None:
    """Return `command.yaml:104`, or None for what the package itself gives."""
    place = quantity.place
    return f"{Path(place.file).name}:{place.line}" if place is not None else None


def _rank(row: Mapping[str, Any]) -> tuple[float, int, int, int, str]:
    """Return what explains more first, then what lies on the arrows, then the worse founded."""
    causal = (row["causal"] or "").split(":")[0].strip()
    weak = CAUSAL.index(causal) if causal in CAUSAL else -1
    near = {"arrow": 0, "way": 1}.get(row["on"] or "", 2)
    return -(row["explains"] or 0.0), near, -KINDS.index(row["kind"]), -weak, row["name"]

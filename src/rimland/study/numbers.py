"""All numbers of a scenario by kind, with their sources: what `cite` prints and a card rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import BaseModel

from rimland.errors import RimlandError, did_you_mean
from rimland.program.influence import ancestors
from rimland.scenario.declaration import agenda_numbers

if TYPE_CHECKING:
    from rimland.notation.quantity import Quantity
    from rimland.notation.sources import Source
    from rimland.scenario.assemble import Assembled

KINDS = ("estimated", "published-seen", "published-recalled", "computed", "judged")
"""Kinds of numbers, the best founded first."""
CAUSAL = ("experiment", "adjusted", "association", "assumed")
"""Causal statuses, the best founded first."""


def number_rows(assembled: Assembled, account: str | None = None) -> list[dict[str, Any]]:
    """Return one row a number, as declared or as an account sets it."""
    quantities = declared(assembled, account)
    return [
        {
            "name": name,
            "value": q.text(),
            "p10": q.p10,
            "central": q.central,
            "p90": q.p90,
            "unit": q.unit,
            "kind": q.kind,
            "causal": q.causal,
            "source": reference(assembled.sources.get(q.source)) if q.source else None,
            "because": q.because,
            **_fitted(q),
        }
        for name, q in quantities.items()
    ]


def _fitted(quantity: Quantity) -> dict[str, Any]:
    """Return which fit a number comes from, and its prior; all None for any other."""
    fitted, prior = quantity.fitted, quantity.prior
    if fitted is None or prior is None:
        return dict.fromkeys(("fit", "of", "prior", "years", "n", "events"))
    fit = fitted.source
    return {
        "fit": fit.name,
        "of": fitted.of,
        "prior": prior.amount(),
        "years": f"{fit.years[0]}-{fit.years[1]}",
        "n": fit.rows,
        "events": fit.events,
    }


def declared(assembled: Assembled, account: str | None = None) -> dict[str, Quantity]:
    """Return every number as declared or as an account sets it, weights of agendas with them."""
    found = assembled.quantities if account is None else assembled.numbers(account)
    return {**agenda_numbers(assembled.heading), **found}


def reference(source: Source | None) -> str | None:
    """Return a source as one line: author year, title, where."""
    if source is None:
        return None
    head = f"{source.author} {source.year}" if source.author else str(source.year or "")
    return ", ".join(part for part in (head.strip(), source.title, source.where) if part)


def resting_on(assembled: Assembled, observers: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the numbers that can reach any of `observers`, in declared order.

    Walks the influence graph of the program back from the observers, then the formulas of theta.
    """
    reached = ancestors(assembled.program, observers).parameters
    todo = [
        name
        for parameter in assembled.program.parameters
        if parameter.name in reached
        for name in parameter.formula.names()
    ]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            if name in assembled.derived:
                todo += assembled.derived[name].names()
    return tuple(name for name in assembled.quantities if name in found)


def count_kinds(quantities: Mapping[str, Quantity], names: Iterable[str]) -> dict[str, int]:
    """Return how many of `names` are of each kind, with underscores as in `judge --json`."""
    counts = Counter(quantities[name].kind for name in names)
    return {kind.replace("-", "_"): counts.get(kind, 0) for kind in KINDS}


def causal_rank(quantity: Quantity) -> int:
    """Return how weak the causal status is: 0 for an experiment, larger is weaker, -1 for none."""
    if not quantity.causal:
        return -1
    head = quantity.causal.split(":")[0].strip()
    return CAUSAL.index(head) if head in CAUSAL else len(CAUSAL)


def sections(assembled: Assembled) -> dict[str, Any]:
    """Return what each word declares, section by section, under the names of `word_table`."""
    known: dict[str, Any] = {}
    for file, model in assembled.words.items():
        stem = file.removesuffix(".yaml")
        for position, section in enumerate(type(model).model_fields):
            known[stem if position == 0 else f"{stem}.{section}"] = getattr(model, section)
    return known


def word_table(assembled: Assembled, word: str) -> pl.DataFrame:
    """Return the entries of one section that a word declares, one row each, as text if not plain.

    `pledges` is the first section of pledges.yaml, `pledges.consequences` the other. Raises
    RimlandError with the known tables.
    """
    known = sections(assembled)
    if word not in known:
        raise RimlandError(
            f"there is no table '{word}'.{did_you_mean(word, known)} Known: {', '.join(known)}."
        )
    entries = known[word]
    items = entries.items() if isinstance(entries, Mapping) else enumerate(entries)
    rows: list[dict[str, Any]] = []
    for key, entry in items:
        head = {"id": key} if isinstance(key, str) else {}
        cells = dict(entry) if isinstance(entry, BaseModel) else {}
        rows.append({**head, **{field: _cell(value) for field, value in cells.items()}})
    return pl.DataFrame(rows, infer_schema_length=None)


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool, date)):
        return value
    if hasattr(value, "text") and callable(value.text):
        return value.text()
    if isinstance(value, BaseModel):
        parts = ((name, _cell(inner)) for name, inner in value)
        return "; ".join(f"{name}: {inner}" for name, inner in parts if inner not in (None, "", []))
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_cell(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_cell(inner)) for inner in value)
    return str(value)

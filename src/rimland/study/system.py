"""The system as a page shows it: the map, pledges in time, force on station, encirclement by tie.

Everything here is read from runs that the verdicts need as well, or from slices that are cheap.
Force on station is the exception: it takes most of all events, so it is run with fewer futures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rimland.findings.charts_parts import parts_of_a_whole
from rimland.findings.measures import columns_at
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.run import Need, Plan
from rimland.study.system_future import futures_told
from rimland.study.system_map import map_of
from rimland.vocab.pledges import STAGES

if TYPE_CHECKING:
    from rimland.scenario.assemble import Assembled
    from rimland.study.run import Run

STATION_FUTURES = 4
"""Futures a draw for force on station, at most: ships and docks make a hundred times the events."""


def system(run: Run, variants: Sequence[str]) -> dict[str, Any]:
    """Return the system view of a page; parts that the scenario has nothing for are empty.

    `variants` are those of the page's switch, as assessed first.
    """
    run.make(plan_of_system(run, variants))
    return {
        "map": map_of(run.scenario.assembled),
        "pledges": pledges(run, variants),
        "encirclement": [encirclement(run, variants, r) for r in _rivals(run.scenario.assembled)],
        "parts_spec": parts_of_a_whole(),
        "stations": _stations(run.scenario.assembled),
        "station_futures": min(run.futures, STATION_FUTURES),
        "replay": futures_told(run),
    }


def plan_of_system(run: Run, variants: Sequence[str]) -> Plan:
    """Return the runs that pledges and encirclement need, but for force on station."""
    assembled = run.scenario.assembled
    wanted = [name for p in _pledges(assembled) for name in _read_of(assembled, p)]
    for rival in _rivals(assembled):
        wanted += [name for name, _ in _parts(assembled, rival)]
        whole = f"perception.{rival}.encirclement"
        wanted += [n for n in (whole, f"{whole}.economic") if n in assembled.measures]
    if not wanted:
        return {}
    return {
        Need(account, variant): frozenset(wanted)
        for account in run.scenario.accounts
        for variant in variants
    }


def station_run(run: Run) -> Run:
    """Return a run of the same draws and luck with few futures a draw, for force on station."""
    futures = min(run.futures, STATION_FUTURES)
    made = run.scenario.run(run.draws, futures, run.seed)
    return made.silent()


def places(assembled: Assembled) -> list[str]:
    """Return the places at which force on station is measured."""
    known = assembled.words["forces.yaml"].places  # type: ignore[attr-defined]
    return [place for place in known if f"forces.{place}.on_station" in assembled.measures]


def _stations(assembled: Assembled) -> list[dict[str, str]]:
    known = assembled.words["forces.yaml"].places  # type: ignore[attr-defined]
    return [
        {
            "id": place,
            "label": known[place].name or place.replace("-", " "),
            "measure": f"forces.{place}.on_station",
        }
        for place in places(assembled)
    ]


def _pledges(assembled: Assembled) -> list[str]:
    known = assembled.words["pledges.yaml"].pledges  # type: ignore[attr-defined]
    return [p for p in known if f"pledges.{p}.operational" in assembled.measures]


def _read_of(assembled: Assembled, pledge: str) -> list[str]:
    names = (f"pledges.{pledge}.operational", f"pledges.{pledge}.late")
    return [name for name in names if name in assembled.measures]


def pledges(run: Run, variants: Sequence[str]) -> list[dict[str, Any]]:
    """Return the pledges with the stage of today, the due date and when they become operational.

    `in[account][variant]` is [p10, median, p90, share, late]: days from the as-of date over all
    draws and futures, None where that share of them is not operational by the horizon; the share
    that is; the share that is late on the due date, None without one.
    """
    assembled = run.scenario.assembled
    starts = {v.name: v.start for v in assembled.program.variables}
    known = assembled.words["pledges.yaml"].pledges  # type: ignore[attr-defined]
    out = []
    for name in _pledges(assembled):
        item = known[name]
        out.append(
            {
                "id": name,
                "name": assembled.named(name),
                "says": item.says,
                "by": [assembled.named(code) for code in item.by],
                "domain": item.domain,
                "stage": STAGES[starts[f"pledges.{name}.stage"]].replace("_", " "),
                "due": item.due.isoformat() if item.due else None,
                "in": {
                    account: {variant: _times(run, account, variant, name) for variant in variants}
                    for account in run.scenario.accounts
                },
            }
        )
    return out


def _times(run: Run, account: str, variant: str, pledge: str) -> list[float | None]:
    assembled = run.scenario.assembled
    measures = [run.measure(name) for name in _read_of(assembled, pledge)]
    futures = run.under(account, variant, [m.name for m in measures])
    horizon = float(assembled.horizon_day)
    first = futures.of(measures[0].observers[0])[:, :, -1].ravel()
    first = np.where(first <= horizon, first, np.inf)
    ordered = np.quantile(first, [0.1, 0.5, 0.9], method="inverted_cdf")
    late = None
    if len(measures) > 1:
        late = float(np.mean(futures.of(measures[1].observers[0])[:, :, -1] <= horizon))
    ever = float(np.mean(np.isfinite(first)))
    days = [round(float(d)) if np.isfinite(d) else None for d in ordered]
    return [*days, round(ever, 4), None if late is None else round(late, 4)]


def _rivals(assembled: Assembled) -> list[str]:
    known = assembled.words["perception.yaml"].encirclement  # type: ignore[attr-defined]
    return [rival for rival in known if f"perception.{rival}.encirclement" in assembled.measures]


def _parts(assembled: Assembled, rival: str) -> list[tuple[str, str]]:
    """Return the measures that add up to encirclement, each with a label, `others` last."""
    head = f"perception.{rival}.encirclement."
    own = [n.removeprefix(head) for n in assembled.measures if n.startswith(head)]
    ties = [(head + n, assembled.named(n)) for n in own if "." not in n and n != "economic"]
    others = [n.removeprefix("others.") for n in own if n.startswith("others.")]
    return ties + [(f"{head}others.{n}", assembled.named(n.split(".")[1])) for n in others]


def encirclement(run: Run, variants: Sequence[str], rival: str) -> dict[str, Any]:
    """Return encirclement as an actor perceives it, by tie, on average to the horizon.

    `in[account][variant]` has the parts in the order of `labels`, which add up to `whole` in the
    tenths that are shown; how wide the whole is over draws; and its economic part, if any counts.
    Means over draws are given, since medians would not add up.
    """
    assembled = run.scenario.assembled
    parts = _parts(assembled, rival)
    base = _means(run, run.account(None), AS_ASSESSED, [name for name, _ in parts])
    order = sorted(range(len(parts)), key=lambda i: -base[i])
    parts = [parts[i] for i in order]
    whole = f"perception.{rival}.encirclement"
    return {
        "id": rival,
        "name": assembled.named(rival),
        "unit": run.measure(whole).unit,
        "labels": [label for _, label in parts],
        "in": {
            account: {v: _split(run, account, v, whole, [n for n, _ in parts]) for v in variants}
            for account in run.scenario.accounts
        },
    }


def _means(run: Run, account: str, variant: str, names: Sequence[str]) -> list[float]:
    return [float(np.mean(_draws(run, account, variant, name))) for name in names]


def _draws(run: Run, account: str, variant: str, name: str) -> NDArray[np.float64]:
    futures = run.under(account, variant, [name])
    return columns_at(run.measure(name), futures, run.day(None)).value()


def _split(
    run: Run, account: str, variant: str, whole: str, parts: Sequence[str]
) -> dict[str, Any]:
    values = _means(run, account, variant, parts)
    draws = _draws(run, account, variant, whole)
    economic = f"{whole}.economic"
    has = economic in run.scenario.assembled.measures
    low, high = np.quantile(draws, [0.05, 0.95])
    return {
        "parts": add_up(values, float(np.mean(draws))),
        "whole": round(float(np.mean(draws)), 1),
        "p05": round(float(low), 1),
        "p95": round(float(high), 1),
        "economic": round(_means(run, account, variant, [economic])[0], 1) if has else None,
    }


def add_up(values: Sequence[float], whole: float, step: float = 0.1) -> list[float]:
    """Return `values` rounded to `step` so that they add up to the rounded `whole`.

    The largest remainders are rounded up (Hamilton's method). Raises ValueError when the values
    themselves do not add up.
    """
    if abs(sum(values) - whole) > step / 2:
        raise ValueError(f"parts add up to {sum(values)}, not to {whole}")
    units = np.floor(np.asarray(values) / step)
    rest = np.asarray(values) / step - units
    lacking = int(round(whole / step) - units.sum())
    for i in np.argsort(-rest, kind="stable")[: max(lacking, 0)]:
        units[i] += 1
    return [round(float(u) * step, 6) for u in units]

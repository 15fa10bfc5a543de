"""Forecasts from 1970, 1980 and 1990 against what happened: remakes the tables of docs/forward.md.

    python benchmarks/run.py forward            # the figures, and how long 500 futures take
    python benchmarks/forward.py --write        # the same, into docs/forward.md and its chart

What is between the marks of the page is made here; the words around it are not.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from figures import machine, memory_mb, target

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, CHART = DOCS / "forward.md", DOCS / "pictures" / "forward.svg"
ORIGINS, WINDOWS, HEADLINE, WINDOW = (1970, 1980, 1990), (5, 10, 20), 1990, 20
DRAWS, SEED = 100, 1
KINDS = {
    "support": "source of support changes",
    "leader": "leader changes",
    "dispute": "disputes begun",
    "pact": "bilateral defence pacts begun",
    "pact's end": "the same, ended",
}
BEGIN, END = "<!-- made: {} -->", "<!-- end: {} -->"


def measure(futures: int | None = None) -> dict[str, Any]:
    """Return every score; the seconds are those of the headline's 500 futures."""
    from rimland.engine import warm_up
    from rimland.hazards import forward
    from rimland.hazards.forward_record import record
    from rimland.hazards.forward_scores import score, tally

    warm_up()
    each = (futures or 500) // DRAWS or 1
    tallies, scores, checks, times = [], [], {}, {}
    for origin in ORIGINS:
        wall, processor = time.perf_counter(), time.process_time()
        told = forward(origin, draws=DRAWS, futures=each, seed=SEED)
        times[origin] = time.perf_counter() - wall, time.process_time() - processor
        checks[origin] = dict(told.checks)
        for kind in KINDS:
            known = record(kind)
            tallies.append(tally(told, kind, known))
            scores += [score(told.of(kind), known, origin, years) for years in WINDOWS]
    wall, processor = times[HEADLINE]
    return {
        "benchmark": "forward",
        "says": [
            machine(),
            f"{DRAWS * each} futures of 20 years from {HEADLINE}: {wall:.0f} s by the clock,"
            f" {processor:.0f} s of processor, fits and all",
            *totals(tallies),
            *skills(scores),
            *bins(scores),
            *ratios(checks),
        ],
        "svg": chart(tallies),
        "parts": {
            "totals": totals(tallies),
            "skills": skills(scores),
            "bins": bins(scores),
            "ratios": ratios(checks),
        },
        "targets": [
            target("seconds of processor, 500 futures from 1990", processor, 60.0, True),
            target("MB held", memory_mb(), 2048.0, True),
        ],
    }


def totals(tallies: list[Any]) -> list[str]:
    """Return the table of how many, told and seen."""
    rows = [
        "| | from | to | told, 5 to 95 % | median | happened | years inside | in the world |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, says in KINDS.items():
        for one in tallies:
            if one.kind != kind:
                continue
            low, middle, high = one.total
            seen, inside = int(np.nansum(one.seen)), one.within
            flag = "" if low <= seen <= high else " ✗"
            rows.append(
                f"| {says if one.origin == ORIGINS[0] else ''} | {one.origin} |"
                f" {one.origin + inside[1]} | {low:.0f} to {high:.0f} | {middle:.0f} |"
                f" {seen}{flag} | {inside[0]} of {inside[1]} |"
                f" {int(np.nansum(one.world[one.known]))} |"
            )
    return rows


def skills(scores: list[Any]) -> list[str]:
    """Return the table of who: losses, and skill against base rate and persistence."""
    rows = [
        "| | from | years | units | with one | told | Brier | skill on base rate | on persistence |"
        " 90 % | log score | on base rate | on persistence |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, says in KINDS.items():
        first = True
        for s in scores:
            if s.kind != kind:
                continue
            rows.append(
                f"| {says if first else ''} | {s.origin} | {s.years} | {s.units:,} | {s.events} |"
                f" {s.expected:.0f} | {s.brier:.3g} | {s.skill('base_rate'):+.2f} |"
                f" {s.skill():+.2f} | {s.skill_low:+.2f} to {s.skill_high:+.2f} |"
                f" {s.log_score:.3g} | {s.skill('base_rate', 'log_score'):+.2f} |"
                f" {s.skill('persistence', 'log_score'):+.2f} |"
            )
            first = False
    return [row.replace("-", "−") if not row.startswith("|---") else row for row in rows]


def bins(scores: list[Any]) -> list[str]:
    """Return the table of tenths from the headline's origin: told, and how often it came."""
    chosen = {s.kind: s for s in scores if s.origin == HEADLINE and s.years == WINDOW}
    rows = [
        "| tenth | " + " | ".join(KINDS.values()) + " |",
        "|---:|" + "---|" * len(KINDS),
    ]
    for tenth in range(10):
        cells = []
        for kind in KINDS:
            one = chosen[kind].bins[tenth]
            cells.append(
                f"{_share(one.told)}: {_share(one.share)} ({_share(one.low)} to {_share(one.high)})"
            )
        rows.append(f"| {tenth + 1} | " + " | ".join(cells) + " |")
    return rows


def ratios(checks: dict[int, dict[str, float]]) -> list[str]:
    """Return the table of branching ratios and of the prior that kept them below 1."""
    rows = [
        "| from | prior's scale | branching ratio, observed | filled up |",
        "|---:|---:|---:|---:|",
    ]
    for origin, found in checks.items():
        observed, filled, scale = found.values()
        rows.append(f"| {origin} | {scale:g} | {observed:.2f} | {filled:.2f} |")
    return rows


def chart(tallies: list[Any]) -> str:
    """Return the headline's yearly numbers as SVG: band and median of the futures, dots seen."""
    import vl_convert

    from rimland.findings.charts import config

    said = {t.kind: t for t in tallies if t.origin == HEADLINE}
    panels = []
    for kind in ("support", "dispute", "pact", "pact's end"):
        one = said[kind]
        values = [
            {
                "year": HEADLINE + 1 + i,
                "low": float(one.low[i]),
                "middle": float(one.middle[i]),
                "high": float(one.high[i]),
                "seen": float(one.seen[i]) if one.known[i] else None,
                "world": float(one.world[i]) if one.known[i] else None,
            }
            for i in range(len(one.low))
        ]
        panels.append(_panel(KINDS[kind], values))
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": "Events of each year from 1991 on: 5 to 95 % and median of 500 futures told"
        " from 1990, dots for what happened among the states of 1990, rings for the whole world",
        "columns": 2,
        "spacing": 26,
        "concat": panels,
        "config": {**config(), "background": "white", "title": {"fontWeight": "normal"}},
    }
    return str(vl_convert.vegalite_to_svg(json.dumps(spec)))


def _panel(title: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    year = {"field": "year", "type": "quantitative", "title": None, "axis": {"format": "d"}}
    year["scale"] = {"zero": False, "nice": False}

    def at(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": None}

    series = {"domain": ["a", "b"]}
    colour = {
        name: {"datum": name, "type": "nominal", "scale": series, "legend": None}
        for name in ("a", "b")
    }

    def dots(field: str, filled: bool) -> dict[str, Any]:
        mark = {"type": "point", "filled": filled, "size": 34, "opacity": 1}
        return {"mark": mark, "encoding": {"x": year, "y": at(field), "color": colour["b"]}}

    band = {"x": year, "y": at("low"), "y2": {"field": "high"}, "color": colour["a"]}
    line = {"x": year, "y": at("middle"), "color": colour["a"]}
    return {
        "title": {"text": title, "anchor": "start", "fontSize": 13},
        "width": 270,
        "height": 130,
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "area", "opacity": 0.2}, "encoding": band},
            {"mark": {"type": "line", "strokeWidth": 2.2}, "encoding": line},
            dots("world", False),
            dots("seen", True),
        ],
    }


def _share(value: float) -> str:
    """Return a share in per cent, two digits where it is small."""
    percent = 100.0 * value
    if percent < 0.001:
        return "0 %"
    return f"{percent:.2g} %" if percent < 10.0 else f"{percent:.0f} %"


def write(parts: dict[str, list[str]], svg: str) -> None:
    """Put the tables between their marks in the page, and the chart beside it."""
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in parts.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        if not after:
            raise SystemExit(f"docs/forward.md lacks the marks {begin} and {end}")
        text = "\n".join([before + begin, *rows, end]) + after
    PAGE.write_text(text, encoding="utf-8")
    CHART.write_text(svg, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/forward.md and its chart")
    options = parser.parse_args()
    found = measure()
    print("\n".join(found["says"]))
    if options.write:
        write(found["parts"], found["svg"])
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What every benchmark gives back: figures, targets with a verdict, and the table of all of them.

A benchmark is a module with `measure(futures) -> dict`: `benchmark` (its name), `says` (lines for
people), `targets` (made by `target`), and whatever else it measured. `futures` is None where the
benchmark's own number is meant.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from typing import Any


def target(
    what: str, got: float | None, wanted: float, most: bool = False, why: str = ""
) -> dict[str, Any]:
    """Return one line of the table: `got` has to be at least `wanted`, or at most with `most`.

    `why` says why it was not measured, or what a miss is due to.
    """
    met = None if got is None else (got <= wanted if most else got >= wanted)
    return {"what": what, "got": got, "wanted": wanted, "met": met, "at_most": most, "why": why}


def machine() -> str:
    """Return what the machine is and how busy it is: others' work makes seconds longer."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{platform.machine()}, {os.cpu_count()} cores{load}, Python {platform.python_version()}"


def best(
    action: Callable[[], Any], repeats: int = 5, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, Any]:
    """Return the shortest of several times, in seconds of a clock, and the last result."""
    times = []
    result = None
    for _ in range(repeats):
        start = clock()
        result = action()
        times.append(clock() - start)
    return min(times), result


def memory_mb() -> float:
    """Return the largest memory that this process has held; 0 where the system does not say."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def table(results: list[dict[str, Any]]) -> str:
    """Return one table of all targets with their verdicts, and below it why some are missed."""
    rows = [("benchmark", "what", "measured", "target", "verdict")]
    reasons = []
    for result in results:
        for one in result["targets"]:
            got = "-" if one["got"] is None else f"{one['got']:.3g}"
            bound = f"{'<=' if one['at_most'] else '>='} {one['wanted']:g}"
            verdict = {True: "met", False: "MISSED", None: "not measured"}[one["met"]]
            rows.append((result["benchmark"], one["what"], got, bound, verdict))
            if one.get("why") and not one["met"]:
                reasons.append(f"{result['benchmark']}, {one['what']}: {one['why']}")
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in (2, 3) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, *([""] if reasons else []), *reasons])

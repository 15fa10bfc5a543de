"""Measures the engine against its peers: `python benchmarks/run.py sis mm3 --json`.

Seconds are for orientation, ratios count: everything that is compared runs in one go on one
machine, one thread each unless said, with recording on. Targets are those of docs/engine.md. Each
benchmark has a process of its own, so that memory and warmth of one say nothing of another.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
NAMES = {
    "sis": "an epidemic, against GillesPy2's C++ SSA and a loop by hand",
    "mm3": "the queue M/M/3, against Ciw and SimPy",
    "synthetic": "300 variables and 700 transitions, and how time grows with their number",
    "flagship": "the scenario that ships, against the epidemic in the same run",
    "cold": "the first start of a process, and the next",
    "history": "all dyad-years, against a pandas script; needs --data FOLDER",
    "world": "every dyad of 100, 190 and 400 states",
    "forward": "forecasts from 1970, 1980 and 1990, against what happened",
}


def main() -> int:
    """Run the benchmarks named and print them for people or as JSON; 1 when a target is missed."""
    known = [name for name in NAMES if (HERE / f"{name}.py").exists()]
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="; ".join(f"{name}: {NAMES[name]}" for name in known),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="+", choices=[*known, "all"], help="what to measure")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--futures", type=int, help="futures per measurement, if not the usual")
    parser.add_argument("--data", type=Path, help="the source files of `history` as Parquet")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = known if "all" in options.name else list(dict.fromkeys(options.name))
    if options.here:
        print(json.dumps(measured(names[0], options)))
        return 0
    results = [in_a_process_of_its_own(name, options) for name in names]
    if options.json:
        print(json.dumps(results[0] if len(results) == 1 else results, indent=1))
    else:
        from figures import table

        for result in results:
            print("\n".join(result["says"]), end="\n\n")
        print(table(results))
    return 0 if all(t["met"] is not False for r in results for t in r["targets"]) else 1


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a benchmark measures in this process."""
    measure = importlib.import_module(name).measure
    given = {"futures": options.futures, "data": options.data}
    takes = inspect.signature(measure).parameters
    result: dict[str, Any] = measure(**{key: x for key, x in given.items() if key in takes})
    return {"benchmark": name, "says": [name], **result}


def in_a_process_of_its_own(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a benchmark measures, or as much of it as can be said when it fails."""
    words = [sys.executable, __file__, name, "--here"]
    words += ["--futures", str(options.futures)] if options.futures else []
    words += ["--data", str(options.data)] if options.data else []
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the benchmark {name} failed; what it said is above")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    sys.exit(main())

"""Measures the engine against its peers: `python benchmarks/run.py sis --json`.

Seconds are for orientation, ratios count: everything that is compared runs in one go on one
machine, one thread each, with recording on. Targets are those of docs/engine.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main() -> int:
    """Run one benchmark and print it for people or as JSON; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["sis"], help="what to measure")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--futures", type=int, default=4000, help="futures per measurement")
    options = parser.parse_args()
    import sis

    result = sis.measure(options.futures)
    if options.json:
        print(json.dumps(result, indent=1))
    else:
        print(sis.table(result))
    return 0 if all(t["met"] for t in result["targets"] if t["met"] is not None) else 1


if __name__ == "__main__":
    sys.exit(main())

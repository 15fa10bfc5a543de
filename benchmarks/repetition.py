"""Repeats the verdict rule on made-up worlds whose truth is known exactly, and counts its errors.

    python benchmarks/repetition.py                   # every table of docs/verdicts.md
    python benchmarks/repetition.py --quick           # a tenth of it
    python benchmarks/repetition.py --part settling --first 500    # fresh repetitions

The worlds and what counts as wrong are in worlds.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator

from worlds import Case, World, errors, settling, wrong

RATIOS = (0.8, 1.0, 1.25)
TOTALS = ("crises, expected", "wars, expected", "crises, counted", "wars, counted")
RARE = {r: World(f"rare, ratio {r:g}", ratio=r) for r in RATIOS}
COMMON = {r: World(f"common, ratio {r:g}", 1.0, 0.2, ratio=r) for r in RATIOS}
ENDS = {r: World(f"ends, ratio {r:g}", ratio=r, on="ends") for r in (0.8, 1.25)}


def worst_cases(futures: int) -> Iterator[Case]:
    """Yield every case in which a verdict is just wrong: 0.895 of the settings on its side."""
    rows = [(RARE, m) for m in (*TOTALS, "P(crisis)", "P(war)", "days in crisis")]
    rows += [(COMMON, m) for m in (*TOTALS, "P(crisis)", "P(war)")]
    rows += [(ENDS, "days a crisis")]
    for worlds, measure in rows:
        for how in ("absolute", "relative"):
            for ratio, world in worlds.items():
                # crises that end sooner are shorter: the other way round
                up = (ratio > 1) != (measure == "days a crisis")
                for name in (
                    ("negligible",) if ratio == 1 else (("reversed", "holds")[up], "negligible")
                ):
                    case = Case(world, measure, how, name, 0.9, futures=futures)
                    if case.size > 0:
                        yield case
    for world, measure in (
        (RARE[1.0], "P(crisis)"),
        (RARE[1.0], "P(war)"),
        (COMMON[1.0], "P(war)"),
    ):
        for name in ("reversed", "negligible"):
            case = Case(world, measure, "forecast", name, 0.9, futures=futures)
            if case.size > 0:
                yield case


def small_but_real(futures: int) -> Iterator[Case]:
    """Yield cases in which nearly every setting lies beyond the smallest size, by little."""
    for worlds in (RARE, COMMON):
        for measure in (*TOTALS, "P(war)"):
            for how in ("absolute", "relative"):
                for ratio, name in ((0.8, "reversed"), (1.25, "holds")):
                    case = Case(worlds[ratio], measure, how, name, 0.975, futures=futures)
                    if case.size > 0:
                        yield case


def to_settle(futures: int) -> Iterator[Case]:
    """Yield cases in which a verdict is to be had, if runs enough are spent."""
    narrow = World("rare, narrow", ratio=1.25, ratio_spread=0.05)
    even = World("rare, no effect", ratio=1.0)
    busy = World("common, narrow", 1.0, 0.2, ratio=1.25, ratio_spread=0.05)
    for truth in (0.95, 0.975, 0.995):
        for world in (narrow, busy):
            for measure in (*TOTALS[:3], "P(crisis)", "P(war)"):
                for how in ("absolute", "relative"):
                    yield Case(world, measure, how, "holds", truth, futures=futures)
        for measure in (*TOTALS[:3], "P(crisis)"):
            yield Case(even, measure, "absolute", "negligible", truth, futures=futures)


def main() -> int:
    """Print the tables; 1 when a rate is worse than stated by more than luck explains."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions")
    parser.add_argument("--part", choices=("errors", "small", "settling"), help="one table only")
    parser.add_argument("--first", type=int, default=0, help="number of the first repetition")
    parser.add_argument("--repetitions", type=int, help="of each case, in place of 20")
    options = parser.parse_args()
    n = options.repetitions or (2 if options.quick else 20)
    began, fine = time.perf_counter(), True
    if options.part in (None, "errors"):
        fine &= _print_errors(n, options.first)
    if options.part in (None, "small"):
        fine &= _print_small(n, options.first)
    if options.part in (None, "settling"):
        fine &= _print_settling(n, options.first)
    print(f"\n{time.perf_counter() - began:.0f} s")
    return 0 if fine else 1


def _print_errors(repetitions: int, first: int) -> bool:
    print(f"\nWrong verdicts in the worst case, {repetitions} repetitions a cell, 100 draws\n")
    print(f"{'measure':19}{'scale':10}" + "".join(f"{f'{f} futures':>26}" for f in (20, 200)))
    cells: dict[tuple[str, str, str], dict[int, list[int]]] = {}
    for futures in (20, 200):
        for case in worst_cases(futures):
            kind = case.world.name.split(",")[0]
            row = cells.setdefault((kind, case.measure, case.how), {20: [], 200: []})
            row[futures].append(wrong(case, errors(case, repetitions, first)))
    counts: list[int] = []
    for (kind, measure, how), row in cells.items():
        texts = []
        for futures in (20, 200):
            n = len(row[futures]) * repetitions
            texts.append(f"{sum(row[futures])} of {n}, worst {max(row[futures], default=0)}")
            counts += row[futures]
        print(f"{kind + ' ' + measure:29}{how:10}" + "".join(f"{t:>26}" for t in texts))
    n = len(counts) * repetitions
    print(f"in all {sum(counts)} of {n} ({100 * sum(counts) / n:.1f} %); worst cell {max(counts)}")
    return bool(max(counts) <= binom_edge(repetitions, 0.05, len(counts)))


def binom_edge(n: int, rate: float, cells: int) -> int:
    """Return what a count of `rate` exceeds in one of 20 studies of so many cells."""
    from scipy.stats import binom

    return int(binom.isf(0.05 / cells, n, rate))


def _print_small(repetitions: int, first: int) -> bool:
    print(f"\nSmall real effects (0.97 of the settings beyond), {repetitions} repetitions a case\n")
    bad = 0
    for futures in (3, 20, 50, 200):
        found: Counter[str] = Counter()
        for case in small_but_real(futures):
            labels = errors(case, repetitions, first)
            found += Counter({k if k != case.name else "as it is": v for k, v in labels.items()})
        bad += found["negligible"]
        print(f"{futures:4} futures: " + ", ".join(f"{k} {v}" for k, v in found.most_common()))
    return bad == 0


def _print_settling(repetitions: int, first: int) -> bool:
    print(f"\nUndecided for want of runs, {repetitions} repetitions a case\n")
    head = ("true share", "futures", "cases", "undecided", "a number", "too many", "settled")
    print("".join(f"{h:>12}" for h in head))
    spent = settled = 0
    told: Counter[str] = Counter()
    for truth in (0.95, 0.975, 0.995):
        for futures in (20, 100):
            rows = [settling(c, repetitions, first) for c in to_settle(futures) if c.share == truth]
            named, too_many = sum(r.named for r in rows), sum(r.too_many for r in rows)
            done = sum(r.settled for r in rows)
            told += sum((r.told for r in rows), Counter())
            line = (truth, futures, len(rows) * repetitions, sum(r.runs for r in rows))
            print("".join(f"{x:>12}" for x in (*line, named, too_many, done)), flush=True)
            spent, settled = spent + named - too_many, settled + done
    print(f"settled {settled} of {spent} ({100 * settled / max(spent, 1):.0f} %)")
    print("where only futures that tell more were named: ", dict(told.most_common()))
    return settled >= 0.9 * spent


if __name__ == "__main__":
    sys.exit(main())

"""Makes docs/arrows.md: each arrow of the loop, the numbers that carry it, their ranges and marks.

tools/arrows.csv says which names belong to an arrow. A name that is no number of the scenario, or a
cause that cannot move what it is said to move (by the influence graph of the program), stops the
page; so that it cannot go on saying what is no longer so.
"""

from __future__ import annotations

import csv
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

SCENARIO = "indo-pacific-2024"
ARROWS = Path(__file__).with_name("arrows.csv")
HEAD = """# The arrows of the loop, and the numbers that carry them

Made from the shipped scenario by `make docs`; do not edit. Which names belong to an arrow stands in
`tools/arrows.csv`. Each row is held to the program: every pattern names numbers of the scenario,
and the cause of a row moves what it is said to move, by the walk that also cuts the program into
slices.

*Ends* are the least p10 and the greatest p90 of the numbers of a row; amounts (`per`) are left out.
*Either sign* says how many of its log effects or points leave both signs open. *Causal* is the
weakest status that one of them states. The accounts set some of these anew; these are defaults.
"""


def rows() -> list[dict[str, str]]:
    """Return the arrows as they are listed: arrow, cause, moves, numbers."""
    with ARROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def matched(pattern: str, names: list[str]) -> list[str]:
    """Return the names that a pattern matches; no match is an error."""
    found = [n for n in names if fnmatchcase(n, pattern) and not n.endswith(".per")]
    if not found:
        raise SystemExit(f"tools/arrows.csv: '{pattern}' is no number of {SCENARIO}")
    return found


def page() -> str:
    """Return the page."""
    import rimland as rl
    from rimland.program.influence import ancestors

    scenario = rl.load(SCENARIO)
    program, measures = scenario.program, scenario.assembled.measures
    numbers = {row["name"]: row for row in scenario.numbers.iter_rows(named=True)}
    parts = [HEAD]
    for arrow in rows():
        measure = measures[arrow["moves"]]
        reached = ancestors(program, [*measure.observers, *measure.over]).variables
        cause = arrow["cause"]
        if cause and not any(name == cause or name.startswith(f"{cause}.") for name in reached):
            raise SystemExit(f"tools/arrows.csv: {cause} does not move {arrow['moves']}")
        parts.append(_section(arrow, numbers))
    return "\n".join(parts)


def _section(arrow: dict[str, str], numbers: dict[str, dict[str, Any]]) -> str:
    moved = f"`{arrow['moves']}`"
    because = f"`{arrow['cause']}` moves {moved}." if arrow["cause"] else f"Moves {moved}."
    lines = [f"## {arrow['arrow']}\n", because, ""]
    lines += ["| numbers | file | how many | ends | either sign | kinds | causal | sources |",
              "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for pattern in (p.strip() for p in arrow["numbers"].split(";")):
        by_unit: dict[str, list[dict[str, Any]]] = {}
        for name in matched(pattern, list(numbers)):
            by_unit.setdefault(numbers[name]["unit"], []).append(numbers[name])
        for unit, group in by_unit.items():
            lines.append(f"| `{pattern}` | {_file(pattern)} | {_cells(unit, group)} |")
    return "\n".join(lines) + "\n"


def _file(pattern: str) -> str:
    from rimland.vocab import WORDS

    return str(next(w.FILE for w in WORDS if pattern.startswith(tuple(getattr(w, "NAMES", ())))))


def _cells(unit: str, group: list[dict[str, Any]]) -> str:
    ends = f"{min(n['p10'] for n in group):.3g} to {max(n['p90'] for n in group):.3g}"
    both = sum(n["p10"] < 0 < n["p90"] for n in group)
    either = f"{both} of {len(group)}" if unit in ("log", "index") else "–"
    kinds = ", ".join(sorted({n["kind"] for n in group}))
    stated = {str(n["causal"]) for n in group if n["causal"]}
    order = ("assumed", "association", "adjusted", "experiment")
    weakest = next((s for s in order if any(c.startswith(s) for c in stated)), "–")
    sources = ", ".join(sorted({_source(n) for n in group} - {""})) or "–"
    words = f"{ends} {unit.replace('_', ' ')}"
    return " | ".join((str(len(group)), words, either, kinds, weakest, sources))


def _source(number: dict[str, Any]) -> str:
    """Return author and year, or the name of the fit."""
    if number["fit"]:
        return f"fit `{number['fit']}`"
    named = re.match(r".*?\b\d{4}\b", number["source"] or "")
    return named.group() if named else str(number["source"] or "")

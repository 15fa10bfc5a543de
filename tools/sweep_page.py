"""docs/sweep.md from docs/sweep.json: which verdicts of the scenario that ships hang on one number.

python tools/sweep_page.py [--screen N] [--draws N] [--futures N]    sweep anew, then write both

A sweep takes as many reruns as there are judged numbers; what was judged is kept, so that one which
was stopped goes on. The JSON holds the digest of the files it was made from.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

SCENARIO = "indo-pacific-2024"
DOCS = Path(__file__).resolve().parent.parent / "docs"
KEPT = DOCS / "sweep.json"


def swept(draws: int | None, futures: int | None, screening: int | None) -> dict[str, Any]:
    """Sweep the scenario that ships and return what the page shows."""
    import rimland
    from rimland.study.sweep import sweep

    scenario = rimland.load(SCENARIO)
    run = scenario.run(draws, futures, keeps=True)

    def step(done: int, total: int) -> None:
        print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)

    made = sweep(run, screening=screening, progress=step).to_json()
    return {**made, "content": scenario.assembled.digest}


def page() -> str:
    """Return docs/sweep.md."""
    made = json.loads(KEPT.read_text(encoding="utf-8"))
    share, pairs, screening = made["share"], made["pairs"], made["screening"]
    parts = [
        "# Which verdicts hang on one judged number",
        "Made from docs/sweep.json by `make sweep`; do not edit. Each claim of the scenario that "
        "ships was judged anew with one judged number known to lie at its p10, and again at its "
        "p90, in the range that each account gives it; all else was drawn as before, with the "
        "same luck. Claims of fact and declarations have no verdict that a number could change.",
        f"**{made['says']}.** {made['draws']} draws x {made['futures']} futures, seed "
        f"{made['seed']}; files of content `{made['content'][:12]}`.",
    ]
    if screening is not None:
        parts.append(
            f"This was a **screening**: of {pairs['reach']:,} pairs of a claim and a judged "
            f"number that can reach it, the {pairs['tried']:,} likeliest to matter were rerun at "
            f"both ends ({screening} a claim: in turn those whose regression on the claim's "
            "number leads nearest to another verdict, and those that explain most of its "
            "spread). So the share is a lower bound; `make sweep` without `--screen` tries all."
        )
    else:
        parts.append(
            f"All {pairs['reach']:,} pairs of a claim and a number were rerun at both ends."
        )
    if pairs["no_world"]:
        parts.append(
            f"{pairs['no_world']} of {pairs['reruns']} reruns describe no possible world and "
            "change nothing here."
        )
    parts.append(
        "To know a number narrows what the draws allow, so that an undecided verdict may become "
        "decided at both ends; a verdict near its edge changes with many numbers."
    )
    parts += ["## The ten numbers that matter most", _ten(made["ten"])]
    parts += ["## Claim by claim", _claims(made["claims"])]
    kept = [row["id"] for row in made["claims"] if not row["changes"]]
    parts.append(f"No number tried changes {share['claims'] - share['change']}: {', '.join(kept)}.")
    return "\n\n".join(parts) + "\n"


def _ten(rows: list[dict[str, Any]]) -> str:
    lines = ["| | number | range | verdicts changed | most of a spread explained |",
             "|---:|---|---|---|---:|"]  # fmt: skip
    for place, row in enumerate(rows, 1):
        claims = ", ".join(row["claims"]) or "none"
        explains = "" if row["explains"] is None else f"{100 * row['explains']:.0f} %"
        name, ends = _cell(row["says"]), _cell(row["range"])
        lines.append(f"| {place} | {name} | {ends} | {len(row['claims'])}: {claims} | {explains} |")
    return "\n".join(lines)


def _claims(rows: list[dict[str, Any]]) -> str:
    lines = ["| claim | verdict | numbers tried of those that reach it | changes |",
             "|---|---|---:|---|"]  # fmt: skip
    for row in rows:
        if not row["changes"]:
            continue
        changes = "; ".join(
            f"*{c['becomes']}* if {c['says']} is {c['value']}" for c in row["changes"]
        )
        tried = f"{row['tried']} of {row['reach']}"
        lines.append(f"| {row['id']} | {row['verdict']} | {tried} | {_cell(changes)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "¦")


def main(arguments: list[str]) -> int:
    """Sweep anew and write the JSON and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("screen", "draws", "futures"):
        parser.add_argument(f"--{option}", type=int)
    options = parser.parse_args(arguments)
    made = swept(options.draws, options.futures, options.screen)
    KEPT.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (DOCS / "sweep.md").write_text(page(), encoding="utf-8")
    print("wrote docs/sweep.json and docs/sweep.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

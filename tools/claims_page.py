"""docs/claims.md from docs/claims.json: every claim of the scenario that ships, and its verdict.

The verdicts are kept in the JSON, so that the page can be made without a run; it holds the digest
of the scenario's files, and a test fails when these have changed and it has not (`make claims`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Any

SCENARIO = "indo-pacific-2024"
KEPT = Path(__file__).resolve().parent.parent / "docs" / "claims.json"
ORDER = ("holds", "reversed", "negligible", "contested", "undecided (knowledge)",
         "undecided (runs)", "declared")  # fmt: skip
FORMS = {
    "fact": "a record against what the claim expects",
    "effect": "with against without",
    "tradeoff": "with against without, at each horizon",
    "size": "an amount against a limit or a share",
    "hinge": "all but this, against all but each alternative",
    "interaction": "what it adds with the rest and alone",
    "order": "one measure against the largest other",
    "importance": "each tie removed in turn, by agendas",
    "rival": "whose moves it is owed to",
    "forecast": "the probability of an event against its word",
    "declared": "how likely it is; nothing is judged",
}


def judged() -> dict[str, Any]:
    """Judge the scenario that ships and return what the page shows, compact."""
    import rimland
    from rimland.study.numbers import declared
    from rimland.study.phrases import phrase

    scenario = rimland.load(SCENARIO)
    assembled = scenario.assembled
    run = scenario.run(keeps=True)
    numbers = declared(assembled)
    claims = []
    for finding in run.judge():
        claim = assembled.claims[finding.id]
        row: dict[str, Any] = {"id": finding.id, "at": finding.at, "kind": finding.kind}
        row |= {"says": finding.says, "verdict": finding.verdict, "needs": finding.needs}
        test = claim.test
        if test is not None:
            weakest = (finding.rests_on or {}).get("weakest")
            smallest = test.smallest
            shown = finding.shown
            row |= {
                "form": claim.form,
                "protocol": _protocol(test.model_dump(mode="json", by_alias=True)),
                "smallest": None
                if smallest is None
                else f"{smallest.size:g} {'%' if test.relative else smallest.unit}".strip(),
                "flags": list(finding.weakened.flags),
                "structures": {a: found.verdict for a, found in finding.answers.items()},
                "numbers": {
                    a: found.shown.text().replace("  ", " ")
                    for a, found in finding.answers.items()
                    if found.shown
                },
                "what": shown.what if shown is not None else None,
                "unit": shown.unit if shown is not None else None,
                "weakest": None
                if weakest is None
                else f"{phrase(weakest, assembled.named)} ({numbers[weakest].kind})",
                "settle": settle(finding.to_json()),
            }
        claims.append(row)
    return {
        "scenario": assembled.id,
        "title": assembled.heading.title,
        "as_of": assembled.heading.as_of.isoformat(),
        "content": assembled.digest,
        "version": rimland.__version__,
        "draws": run.draws,
        "futures": run.futures,
        "seed": run.seed,
        "accounts": list(scenario.accounts),
        "sections": [s.model_dump() for s in assembled.sections],
        "claims": claims,
    }


def settle(claim: dict[str, Any]) -> str:
    """Return what would settle an open verdict, or turn a decided one."""
    from rimland.findings.words import needs

    verdict, flips = claim["verdict"], claim["flips_if"] or {}
    answers = claim["by_account"].values()
    if claim["kind"] == "fact":
        return "reading the source of the record"
    if verdict == "contested":
        return "evidence on which account is right; more runs would not"
    if verdict == "undecided (runs)":
        need = max((a.get("needs_futures") or 0 for a in answers), default=0)
        draws = max((a.get("needs_draws") or 0 for a in answers), default=0)
        if need or draws:
            return needs(need or None, draws or None)
        tells = max((a.get("tells_futures") or 0 for a in answers), default=0)
        return (
            f"not known yet; {tells:,} futures a draw would tell whether runs or knowledge lack"
            if tells
            else "more futures; how many cannot be said yet"
        )
    if verdict == "declared":
        return "nothing is judged"
    text = str(flips.get("text") or "")
    done = "settled" if verdict.startswith("undecided") else "turned"
    if flips.get("number") is None:
        return f"{done} by no single number within its range, in {flips.get('runs', 0)} reruns"
    return f"{done} if {text}"


def _protocol(test: dict[str, Any]) -> str:
    """Return what is compared, read from what, and when."""
    treatment = test.get("treatment")
    parts = []
    if treatment:
        parts.append(f"`{treatment['with']}` against `{treatment['without']}`")
    elif test.get("without"):
        others = test.get("alternatives") or {}
        text = f"`{test['all']}` against `{test['without']}`"
        parts.append(f"{text}; others: {', '.join(others)}" if others else text)
    if test.get("first"):
        against = [test["second"], *test["others"]] if test.get("second") else test["others"]
        more = f" and {len(against) - 1} more" if len(against) > 1 else ""
        parts.append(f"`{test['first']}` against `{against[0]}`{more}")
    if test.get("measure"):
        parts.append(f"measure `{test['measure']}`")
    if test.get("agendas"):
        parts.append(f"agendas {' and '.join(test['agendas'])}")
    if test.get("record"):
        parts.append(f"record `{test['record']}`")
    if test.get("limit") is not None:
        parts.append(f"limit {test['limit']:g}")
    if test.get("share") is not None:
        parts.append(f"share {test['share']:g}")
    if test.get("size") is not None:
        parts.append(f"size {test['size']:g}")
    if test.get("wording"):
        parts.append(f'word "{test["wording"]}"')
    when = test.get("by") or test.get("horizon") or ""
    if test.get("horizons"):
        when = " and ".join(test["horizons"])
    return "; ".join(parts) + (f"; {when}" if when else "")


def page() -> str:
    """Return docs/claims.md."""
    data = json.loads(KEPT.read_text(encoding="utf-8"))
    tested = [c for c in data["claims"] if "form" in c]
    rest = [c for c in data["claims"] if "form" not in c]
    parts = [_head(data, tested, rest), _for_both(tested)]
    known = {c["id"]: c for c in tested}
    sections = data["sections"] or [{"title": "Claims", "claims": list(known)}]
    for section in sections:
        rows = [known[name] for name in section["claims"] if name in known]
        if rows:
            parts.append(f"## {section['title']}\n\n{_table(rows)}")
    if rest:
        lines = [f"- `{c['id']}` ({c['kind']}, {c['at']}): {c['says']}. {_needs(c)}" for c in rest]
        parts.append("## Without a test\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _needs(claim: dict[str, Any]) -> str:
    return f"Needs {claim['needs']}." if claim["needs"] else "Not tested yet."


def _head(data: dict[str, Any], tested: list[Any], rest: list[Any]) -> str:
    counts = Counter(c["verdict"] for c in tested)
    some = ", ".join(f"{counts[v]} {v}" for v in ORDER if counts[v])
    flagged = Counter(flag.replace("_", " ") for c in tested for flag in c["flags"])
    flags = ", ".join(f"{n} {flag}" for flag, n in sorted(flagged.items())) or "none"
    name = data["scenario"]
    made = (
        f"Made by `make claims` from a judgement of {data['draws']} draws × {data['futures']} "
        f"futures × {len(data['accounts'])} accounts, seed {data['seed']}, rimland "
        f"{data['version']}, scenario `{data['content'][:12]}`; do not edit. "
        f"`rimland judge {name}` gives the same, and `rimland why {name} CLAIM` walks from a "
        "verdict to its numbers and their sources."
    )
    said = (
        f"{len(tested)} of {len(data['claims'])} claims have a test, {len(rest)} have none. Of "
        f"the tested: {some}. Flags: {flags}. [How a number becomes a verdict](verdicts.md), [what "
        f"each word means](terms.md), [what is declared, and where to strike]({name}.md)."
    )
    return "\n\n".join(
        (f"# The claims of {name} and their verdicts", _wrapped(made), _wrapped(said))
    )


def _wrapped(text: str) -> str:
    return fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _for_both(tested: list[Any]) -> str:
    facts = [c for c in tested if c["kind"] == "fact"]
    model = [c for c in tested if c["kind"] != "fact"]

    def names(verdict: str, among: list[Any]) -> str:
        return ", ".join(f"`{c['id']}`" for c in among if c["verdict"] == verdict) or "none"

    put_in = sum("assumed" in c["flags"] or "built_in" in c["flags"] for c in model)
    decided = sum(c["verdict"] in ("holds", "reversed", "negligible") for c in model)
    rows = [
        f"**On record**, as the text says: {names('holds', facts)}; not so: "
        f"{names('reversed', facts)}; the record leaves it open: "
        f"{names('undecided (knowledge)', facts)}.",
        f"**In the model as claimed** (holds): {names('holds', model)}.",
        f"**In the model the other way** (reversed): {names('reversed', model)}.",
        f"**In the model too small to matter** (negligible): {names('negligible', model)}.",
        f"**It depends on the account** (contested): {names('contested', model)}.",
        f"**Open for want of knowledge**: {names('undecided (knowledge)', model)}.",
        f"**Open for want of runs**: {names('undecided (runs)', model)}.",
    ]
    likes = (
        f"A reader who likes the text should know that {put_in} of the {decided} decided verdicts "
        "of the model, for and against, follow from the ranges that were put in, or from signs "
        "alone, and that what is on record needed no model. A reader who dislikes it should know "
        "that an open verdict counts no more against the text than for it, and that a claim "
        "without a test was not found wanting."
    )
    first = (
        "A verdict is what this model answers to one claim as its protocol puts it. None says that "
        "the text is true, and none that it is false."
    )
    listed = "\n".join(
        fill(row, 100, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
        for row in rows
    )
    return "\n\n".join(("## What may be concluded", _wrapped(first), listed, _wrapped(likes)))


def _table(rows: Iterable[dict[str, Any]]) -> str:
    lines = [
        "| claim | how it is tested | verdict | weakest number | what would settle or turn it |",
        "|---|---|---|---|---|",
    ]
    for c in rows:
        smallest = f"; smallest size {c['smallest']}" if c["smallest"] else ""
        tested = f"{FORMS[c['form']]}: {c['protocol']}{smallest}"
        cells = (
            f"**{c['id']}** ({c['at']}) {c['says']}",
            tested,
            _verdict(c),
            c["weakest"] or ("the record" if c["form"] == "fact" else "none stands out"),
            c["settle"],
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _verdict(c: dict[str, Any]) -> str:
    flags = "".join(f", {flag.replace('_', ' ')}" for flag in c["flags"])
    head = f"**{c['verdict']}**{flags}"
    texts = {a: c["numbers"].get(a, "") for a in c["structures"]}
    unit = "" if not c["what"] else f": {c['what']}"
    same = len({(c["structures"][a], texts[a]) for a in texts}) <= 1
    if same:
        number = next(iter(texts.values()), "")
        return f"{head}{unit} {number}".rstrip()
    alike = len(set(c["structures"].values())) == 1
    each = "; ".join(f"{a} {texts[a]}" + ("" if alike else f" {c['structures'][a]}") for a in texts)
    return f"{head}{unit}: {each}"


def write() -> None:
    """Judge and keep what the page shows."""
    text = json.dumps(judged(), ensure_ascii=False, indent=1, sort_keys=True)
    KEPT.write_text(text + "\n", encoding="utf-8")

"""`rimland why`: from the verdict on a claim down to its runs, arrows, numbers and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rimland.cli.console import out, print_json, progress
from rimland.cli.options import Cache, Draws, Futures, Json, ScenarioName, Seed, Threads

if TYPE_CHECKING:
    from rich.console import Console

    from rimland.study.why import Why

FEW = 3
"""Causes, variants and what they hold that are shown without --all."""
SOME = 6
"""Numbers and sources that are shown without --all."""
NOT_WRITTEN = "given by the package, not by the scenario's files"


def why(
    scenario: ScenarioName,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="The id of a claim.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Every way, number and source; dotted names.")
    ] = False,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    cache: Cache = True,
    json: Json = False,
) -> None:
    """Say what a verdict follows from, down to the sources.

    First the answer; then the runs (variants, draws, futures, what is measured and when), the
    arrows from what is switched to the measure, the numbers on them with file and line, and where
    these come from. Long lists are folded; --all unfolds them.

    \b
    Example:
      rimland why my-strait staff-hinge
    """
    import rimland
    from rimland.study.why import why as find

    loaded = rimland.load(scenario)
    with progress("running", json, "judging") as step:
        found = find(loaded.run(draws, futures, seed, threads, step, cache), claim)
    print_json(found.to_json()) if json else shown(out, found, everything)


def shown(out: Console, found: Why, everything: bool) -> None:
    """Print the answer, then what it follows from, a numbered section a step down."""
    from rimland.cli.cards import brief
    from rimland.cli.lines import labelled

    parts = found.parts
    brief(out, found.finding)
    labelled(out, list(_in_short(parts)), 0)
    sections = [
        ("What was asked", _asked(parts)),
        ("The record", _record(parts)),
        ("The runs", _runs(parts, everything)),
    ]
    number = 0
    for title, rows in sections:
        if rows:
            number += 1
            _title(out, f"{number}  {title}")
            labelled(out, rows, 3)
    if parts["arrows"]:
        number += 1
        _title(out, f"{number}  The arrows, from {parts['arrows']['from']} to the measure")
        _arrows(out, parts["arrows"], everything)
    if parts["numbers"]:
        number += 1
        _title(out, f"{number}  The numbers")
        _numbers(out, parts["numbers"], everything)
    if parts["sources"]:
        number += 1
        _title(out, f"{number}  Their sources")
        _sources(out, parts["sources"], everything)
    command = parts["answer"]["command"]
    if command:
        out.print(f"\nTo judge it again: {command}", markup=False, soft_wrap=True)


def _title(out: Console, text: str) -> None:
    from rich.text import Text

    out.print()
    out.print(Text(text, style="bold"))


def _in_short(parts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the rest says, in three lines for the first screen."""
    from rimland.cli.lines import some
    from rimland.study.numbers import KINDS

    rows: list[tuple[str, str]] = []
    if parts["runs"]:
        measured = [m["says"] for m in parts["runs"]["measures"]]
        when = _dates(parts["runs"]["read_on"])
        more = f" and {len(measured) - 2} more" if len(measured) > 2 else ""
        rows.append(("Measured", f"{'; '.join(measured[:2])}{more}; {when}"))
    if parts["arrows"]:
        near = [m["causes"][0] for m in parts["arrows"]["measures"] if m["causes"]]
        if near:
            way = near[0]["ways"][0]
            reach = some(len(way["steps"]), "arrow") if way["steps"] else "directly"
            rows.append(("Nearest cause", f"{near[0]['says']}, {reach} from what is measured"))
        else:
            rows.append(("Nearest cause", "nothing of it reaches the measure by any arrow"))
    numbers = parts["numbers"]
    if numbers:
        kinds = [(k, sum(n["kind"] == k for n in numbers)) for k in KINDS]
        rows.append(("Rests on", f"{', '.join(f'{n} {k}' for k, n in kinds if n)} numbers"))
        first = numbers[0]
        if first["explains"]:
            rows.append(("Most of all", f"{first['says']}: {_value(first)}; {_founded(first)}"))
    elif not parts["record"]:
        rows.append(("Rests on", parts["answer"]["needs"] or "no test"))
    return rows


def _asked(parts: dict[str, Any]) -> list[tuple[str, str]]:
    from rimland.findings.words import amount

    test = parts["test"]
    if test is None:
        return [("No test", parts["answer"]["needs"] or "the claim has none yet")]
    rows = [("Form", f"{test['form']} (rimland explain {test['form']})")]
    if test["smallest"] is not None:
        size = amount(test["smallest"], test["unit"])
        rows.append(("Smallest size", f"{size}: {test['because']}"))
    fields = (("whose", "Whose"), ("comparison", "Compared with"), ("wording", "Worded as"),
              ("rival", "Rival reason"))  # fmt: skip
    rows += [(label, str(test[key])) for key, label in fields if test[key]]
    if parts["runs"]:
        meant = {"adaptive": "all else may answer", "frozen": "all else stays as it is"}
        rows.append(("Scope", f"{test['scope']}: {meant[test['scope']]}"))
    return rows


def _record(parts: dict[str, Any]) -> list[tuple[str, str]]:
    record = parts["record"]
    if record is None:
        return []
    hidden = ("source", "seen", "recalled", "computed", "judged")
    rows = [("Record", f"{record['id']} ({record['at']})")]
    rows += [
        (key.replace("_", " "), str(value))
        for key, value in record["fields"].items()
        if key not in hidden
    ]
    checks = next(iter(parts["answer"]["by_account"].values()))["lines"]
    rows += [("Held against", f"{line['label']}: {line['text']}") for line in checks]
    if record["source"]:
        rows.append(("Source", _reference(record["source"])))
    return rows


def _runs(parts: dict[str, Any], everything: bool) -> list[tuple[str, str]]:
    from rimland.cli.lines import some
    from rimland.study.why import total_futures

    runs = parts["runs"]
    if runs is None:
        return []
    size = f"{some(runs['draws'], 'draw')} × {runs['futures']} futures × "
    size += f"{some(len(runs['accounts']), 'account')} × {some(len(runs['variants']), 'variant')}"
    rows = [
        (
            "Size",
            f"{size}: {total_futures(runs)} futures with the same "
            f"luck, seed {runs['seed']}; those that cannot differ are run once",
        )
    ]
    rows += [("Read", f"{m['says']} ({m['unit']}): {_how(m)}") for m in runs["measures"]]
    rows.append(("When", _dates(runs["read_on"])))
    few = runs["variants"] if everything else runs["variants"][: FEW + 1]
    for variant in few:
        role = f" ({variant['role']})" if variant["role"] else ""
        rows.append(("Variant", f"{variant['label']}{role}: {_held(variant, everything)}"))
    rows += _folded(len(runs["variants"]) - len(few), "variant")
    return rows


def _how(measure: dict[str, Any]) -> str:
    expected = ", as an expected count" if measure["expected"] else ""
    counts = f"; counts {', '.join(measure['counts'][:2])}" if measure["counts"] else ""
    return f"{measure['how']}{expected}{counts}"


def _held(variant: dict[str, Any], everything: bool) -> str:
    held = [f"{h['says']} held at {_level(h['level'])}" for h in variant["holds"]]
    held += [f"{s['says']} starts at {_level(s['level'])}" for s in variant["starts"]]
    held += [f"{n['says']} set to {n['value']}" for n in variant["numbers"]]
    if not held:
        return str(variant["says"])
    few = held if everything else held[:FEW]
    more = f"; and {len(held) - len(few)} more" if len(held) > len(few) else ""
    return "; ".join(few) + more


def _level(level: str) -> str:
    return level.replace("_", " ")


def _folded(left: int, noun: str) -> list[tuple[str, str]]:
    from rimland.cli.lines import some

    return [("", f"and {some(left, f'more {noun}')}; --all shows them")] if left > 0 else []


def _arrows(out: Console, arrows: dict[str, Any], everything: bool) -> None:
    from rich.text import Text

    from rimland.cli.lines import DIM, indented, labelled, some

    for measure in arrows["measures"]:
        causes = measure["causes"] if everything else measure["causes"][:FEW]
        for cause in causes:
            ways = cause["ways"] if everything else cause["ways"][:1]
            for way in ways:
                head, *rest = way["text"]
                indented(out, Text(head, style="bold"), 3)
                for line in rest:
                    labelled(out, [("→", line)], 3)
                if way["numbers"]:
                    names = some(len(way["numbers"]), "number")
                    said = f"{names} on these arrows, {len(way['timing'])} on how long they take"
                    indented(out, Text(said, style=DIM), 6)
            left = len(cause["ways"]) - len(ways)
            if left:
                said = f"and {some(left, 'longer way')} from the same cause"
                indented(out, Text(said, style=DIM), 6)
        left = len(measure["causes"]) - len(causes)
        if left > 0:
            labelled(out, _folded(left, "cause"), 3)
        gone = measure["without_a_way"]
        if gone:
            few = gone if everything else gone[:FEW]
            more = f" and {len(gone) - len(few)} more" if len(gone) > len(few) else ""
            said = f"No way to {measure['says']}: {'; '.join(few)}{more}"
            indented(out, Text(said, style=DIM), 3)
        if not everything and len(arrows["measures"]) > FEW:
            labelled(out, _folded(len(arrows["measures"]) - 1, "measure"), 3)
            break


def _numbers(out: Console, numbers: list[dict[str, Any]], everything: bool) -> None:
    from rich.text import Text

    from rimland.cli.lines import DIM, indented, labelled, some

    leading = [n for n in numbers if n["explains"]]
    if not leading:
        said = "No number explains more of the spread between draws than chance would."
        indented(out, Text(said), 3)
    few = numbers if everything else numbers[:SOME]
    for n in few:
        indented(out, Text(n["says"], style="bold"), 3)
        # a name and a place stay whole, so that they can be copied
        if everything:
            out.print(Text(f"      {n['name']}", style=DIM), soft_wrap=True)
        out.print(Text(f"      {n['at'] or NOT_WRITTEN}", style=DIM), soft_wrap=True)
        rows = [("Value", f"{_value(n)}; {_founded(n)}")]
        if n["explains"]:
            rows.append(("Explains", f"{_percent(n['explains'])} of the spread between draws"))
        rows += [(f"Under {a}", str(v["value"])) for a, v in n["accounts"].items()]
        rows += _fit(n) if n["fit"] is not None else [("From", _from(n))]
        labelled(out, rows, 6)
    left = len(numbers) - len(few)
    if left:
        indented(out, Text(f"and {some(left, 'more number')}; --all shows them", style=DIM), 3)


def _value(n: dict[str, Any]) -> str:
    return str(n["value"])


def _percent(part: float) -> str:
    from rimland.findings.words import share

    return share(part)


def _founded(n: dict[str, Any]) -> str:
    """Return kind and causal status: `judged, causal status assumed`."""
    kind = str(n["kind"]).replace("-", ", ")
    return f"{kind}, causal status {n['causal']}" if n["causal"] else kind


def _from(n: dict[str, Any]) -> str:
    if n["source"] is not None:
        page = f", {n['page']}" if n["page"] else ""
        reason = f"{n['because']}; " if n["because"] else ""
        return f"{reason}{_reference(n['source'])}{page}"
    return str(n["because"] or "no source and no reason")


def _fit(n: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the rows of an estimated number: its fit, its data, how it did, and the prior."""
    from rimland.findings.words import count

    fit = n["fit"]
    first, last = fit["years"]
    data = ", ".join(f"{d['name']} {d['version']}" for d in fit["data"])
    size = f"{count(fit['events'])} events in {count(fit['rows'])} rows ({fit['unit']})"
    rows = [
        ("Fit", f"{fit['name']}: {fit['title']}; {fit['says']}"),
        ("Data", f"{data}; {first} to {last}; {size}"),
        ("Method", fit["method"]),
    ]
    tried = fit["out_of_time"]
    if tried is not None:
        said = f"made on years up to {tried['origin']}, it expected {tried['expected']:.1f} events "
        said += f"in the next {tried['years']} years, and {tried['events']} came"
        rows.append(("Out of time", said))
    if n["prior"] is not None:
        rows.append(("Before data", n["prior"]["value"]))
    return rows + [("Caution", text) for text in fit["cautions"]]


def _sources(out: Console, sources: list[dict[str, Any]], everything: bool) -> None:
    from rimland.cli.lines import labelled, some

    few = sources if everything else sources[:SOME]
    rows = [(some(len(s["numbers"]), "number"), _reference(s)) for s in few]
    labelled(out, rows + _folded(len(sources) - len(few), "source"), 3)


def _reference(source: dict[str, Any]) -> str:
    head = f"{source['author']} ({source['year']})"
    return f"{head}. {source['title'].rstrip('.')}. {source['where'].rstrip('.')}."


def _dates(days: list[str]) -> str:
    from datetime import date

    return ", ".join(f"{date.fromisoformat(day):%-d %B %Y}" for day in days)

"""What a page shows, as one plain dictionary: findings, fans, numbers and their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from shlex import quote
from typing import TYPE_CHECKING, Any

from rimland import __version__
from rimland.dates import date_of_day
from rimland.findings.charts import fans_and_difference
from rimland.findings.effects import coupling, difference_fan, paired, summary
from rimland.findings.measures import fan
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.finding import VERDICTS, Finding, Shown, finite
from rimland.study.numbers import declared, reference
from rimland.study.phrases import phrase
from rimland.study.run import Need, Plan
from rimland.study.store import package_digest
from rimland.study.system import places, station_run, system
from rimland.study.weakened import FLAG_WORDS, FLAGS

if TYPE_CHECKING:
    from rimland.study.run import Run

ANYTHING = "{measure}", "{unit}", "{a}", "{b}"
"""Places in the chart that the page fills with what is chosen."""


def measures_shown(run: Run, findings: Iterable[Finding]) -> list[str]:
    """Return the measures whose fans the page draws: those of the claims and the opening one."""
    first = run.scenario.assembled.heading.page.measure
    names = [run.measure(first).name] if first else []
    names += [f.measure for f in findings if f.measure]
    return list(dict.fromkeys(names))


def switch_of(run: Run) -> list[str]:
    """Return the variants on the page's switch, as assessed first."""
    return list(dict.fromkeys([AS_ASSESSED, *run.scenario.assembled.heading.page.variants]))


def plan_of_page(run: Run, measures: Sequence[str]) -> Plan:
    """Return the runs that the page's fans need."""
    return {
        Need(account, variant): frozenset(measures)
        for account in run.scenario.accounts
        for variant in switch_of(run)
    }


def honest(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return how many verdicts rest on judged numbers, and change when these are less sure.

    The first thing that is said.
    """
    tested = [f for f in findings if f.judged]
    judged = [f for f in tested if f.rests_on and f.rests_on.get("judged")]
    doubled = [d for f in tested if (d := f.weakened.doubled) and d["changes"] is not None]
    changed = sum(bool(found["changes"]) for found in doubled)
    text = f"{len(judged)} of {len(tested)} verdicts rest on a judged number"
    if doubled:
        verb = "changes" if changed == 1 else "change"
        text += f"; {changed or 'none'} {verb} if the judged ranges double"
    return {
        "on_judged": len(judged),
        "tested": len(tested),
        "change_if_doubled": changed if doubled else None,
        "text": f"{text}.",
    }


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many claims have each verdict, in fixed order, zeros included."""
    found = Counter(f.plain for f in findings)
    return {name: found.get(name, 0) for name in VERDICTS}


def flag_counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many verdicts each flag stands before, in words, in the order of their weight."""
    found = Counter(f.weakened.flag for f in findings)
    return {word: found.get(word, 0) for word in (FLAG_WORDS[flag] for flag in FLAGS)}


def judge_json(run: Run, findings: Sequence[Finding], plan: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the whole of `judge --json`.

    `content` and `package` are digests of the scenario's files and of the package; `numbers` the
    values of all numbers that the claims rest on, those of an account as `NAME under ACCOUNT`;
    `variants` what each that was run holds; `partial` says that only some claims were judged. By
    these a later judgement can be compared with this one (`study.since`).
    """
    assembled = run.scenario.assembled
    return {
        "scenario": assembled.id,
        "version": __version__,
        "content": assembled.digest,
        "package": package_digest(),
        "partial": len(findings) < len(assembled.claims),
        "as_of": assembled.heading.as_of.isoformat(),
        "seed": run.seed,
        "draws": run.draws,
        "futures": run.futures,
        "plan": plan,
        "claims": [finding.to_json() for finding in findings],
        "numbers": _values(run, findings),
        "variants": {row["variant"]: _definition(run, row["variant"]) for row in plan},
    }


def _values(run: Run, findings: Sequence[Finding]) -> dict[str, str]:
    assembled = run.scenario.assembled
    names = list(dict.fromkeys(name for f in findings for name in f.numbers))
    quantities = declared(assembled)
    found = {name: quantities[name].text() for name in names}
    for account, structure in assembled.structures.items():
        own = {n: q for n, q in structure.set.items() if n in found}
        found |= {f"{name} under {account}": q.text() for name, q in own.items()}
    return found


def _definition(run: Run, name: str) -> dict[str, Any]:
    """Return what a variant holds, starts elsewhere and sets, as plain values."""
    variant = run.scenario.assembled.variant(name)
    return {
        "holds": {
            h.variable: {"level": h.level, "from_day": h.from_day} for h in variant.switch.holds
        },
        "starts": dict(variant.switch.starts),
        "numbers": {n: q.text() for n, q in variant.quantities.items()},
    }


def payload(run: Run, findings: Sequence[Finding], seconds: float | None = None) -> dict[str, Any]:
    """Return everything that the page shows; makes the runs that its fans still lack."""
    assembled = run.scenario.assembled
    heading = assembled.heading
    shown = measures_shown(run, findings)
    run.make(plan_of_page(run, shown))
    names = list(dict.fromkeys(name for f in findings for name in f.numbers))
    place_of = {name: position for position, name in enumerate(names)}
    order = [f.id for f in findings]
    stations = _stations(run)
    return {
        "scenario": {
            "id": assembled.id,
            "title": heading.title,
            "as_of": heading.as_of.isoformat(),
            "horizon": heading.horizon.isoformat(),
            "says": heading.says,
            "disclaimer": heading.disclaimer or _disclaimer(heading.as_of),
        },
        "run": {
            "draws": run.draws,
            "futures": run.futures,
            "seed": run.seed,
            "accounts": len(run.scenario.accounts),
            "variants": len({need.variant for need in run.made}),
            "seconds": None if seconds is None else round(seconds, 1),
            "version": __version__,
        },
        "honest": honest(findings),
        "counts": counts(findings),
        "flags": flag_counts(findings),
        "variants": [_variant(run, name) for name in switch_of(run)],
        "accounts": [
            {"id": s.id, "label": s.id, "says": s.says, "because": s.because}
            for s in heading.structures
        ],
        "sections": [s.model_dump() for s in assembled.sections]
        or [{"title": None, "claims": order}],
        "claims": {f.id: _claim(f, place_of) for f in findings},
        "measures": {name: _measure(run, name) for name in shown} | stations,
        "spec": fans_and_difference(*ANYTHING),
        "numbers": {name: _number(run, name) for name in names},
        "commands": _commands(run),
        "system": system(run, switch_of(run)),
    }


def _claim(finding: Finding, place_of: Mapping[str, int]) -> dict[str, Any]:
    """Return a finding as JSON; its numbers are places in `numbers`, a tenth as long as names."""
    return {**finding.to_json(), "numbers": [place_of[name] for name in finding.numbers]}


def _stations(run: Run) -> dict[str, Any]:
    """Return force on station at each place, from a run with few futures a draw."""
    names = [f"forces.{place}.on_station" for place in places(run.scenario.assembled)]
    if not names:
        return {}
    few = station_run(run)
    few.make(plan_of_page(few, names))
    return {name: _measure(few, name) for name in names}


def _disclaimer(as_of: date) -> str:
    today = date.today()
    if today.year == as_of.year:
        return "Not a forecasting record until the forecasts resolve."
    return f"Written in {today.year} about {as_of.year}: not a forecasting record."


def _variant(run: Run, name: str) -> dict[str, str]:
    found = run.scenario.assembled.variant(name)
    label = run.scenario.assembled.heading.page.labels.get(name, found.label)
    return {"id": name, "label": label, "says": found.says}


def _measure(run: Run, name: str) -> dict[str, Any]:
    measure = run.measure(name)
    switch = switch_of(run)
    as_of = run.scenario.assembled.heading.as_of
    days = run.scenario.assembled.grid()
    fans: dict[str, Any] = {}
    differences: dict[str, Any] = {}
    for account in run.scenario.accounts:
        base = run.under(account, AS_ASSESSED, [name])
        fans[account] = {}
        differences[account] = {}
        for variant in switch:
            futures = run.under(account, variant, [name])
            fans[account][variant] = _rounded(fan(measure, futures).lists())
            if variant == AS_ASSESSED:
                continue
            day = float(days[-1])
            change = _rounded(difference_fan(measure, futures, base).lists())
            final = summary(paired(measure, futures, base, day))
            differences[account][variant] = {
                **{key: change[key] for key in ("p05", "line", "p95")},
                "final": Shown.of("", measure.unit, final).to_json(),
                "variance_removed": finite(coupling(measure, futures, base, day)),
            }
    return {
        "says": measure.says,
        "unit": measure.unit,
        "times": [date_of_day(float(day), as_of).isoformat() for day in days],
        "fans": fans,
        "difference": differences,
    }


def _rounded(lists: dict[str, list[float | None]]) -> dict[str, list[float | None]]:
    """Return four significant digits: more is noise, and the page stays small.

    The median over single futures is no part of any chart: a chart's line is the card's number.
    """
    return {
        key: [None if v is None else float(f"{v:.4g}") for v in row]
        for key, row in lists.items()
        if key != "p50"
    }


def _number(run: Run, name: str) -> dict[str, Any]:
    assembled = run.scenario.assembled
    quantity = declared(assembled)[name]
    return {
        "label": phrase(name, assembled.named),
        "text": quantity.amount(),
        "unit": quantity.unit,
        "kind": quantity.kind,
        "causal": quantity.causal,
        "source": reference(assembled.sources.get(quantity.source)) if quantity.source else None,
        "because": quantity.because,
    }


def _commands(run: Run) -> dict[str, str]:
    sizes = f"--draws {run.draws} --futures {run.futures} --seed {run.seed}"
    head = f"rimland compare {quote(run.scenario.id)} {{variant}} --account {{account}}"
    return {"compare": f"{head} --claim {{claim}} {sizes}"}

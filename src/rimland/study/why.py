"""Why: from a verdict down to its runs, the arrows between, their numbers and their sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rimland.findings.words import count
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.answers import when_of
from rimland.study.arrows import Arrows, Way, arrow_json, behind, switched, told
from rimland.study.judge import claims_named, command_of, describe_plan
from rimland.study.numbers import declared
from rimland.study.origins import origins, source_json, sources_of
from rimland.study.phrases import phrase, thing
from rimland.study.reads import agenda_numbers_of, measures_read, variants_of

if TYPE_CHECKING:
    from rimland.program.model import Observer
    from rimland.scenario.declaration import Claim, Protocol
    from rimland.scenario.variants import Resolved
    from rimland.study.finding import Finding
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure

LEADING = 3
"""Numbers that explain most of the spread whose ways are followed where nothing is switched."""


@dataclass(frozen=True)
class Why:
    """A finding, and all that it follows from as plain values; see `why`."""

    finding: Finding
    parts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the whole of `why --json`."""
        return self.parts


def why(run: Run, claim: str) -> Why:
    """Return all that a claim's verdict follows from, from the top down.

    Of the parts, `answer` is the finding; `test` the protocol in words; `runs` the variants, sizes,
    measures and dates; `arrows` the ways in the influence graph from what is switched (or, where
    nothing is, from the numbers that explain most) to each measure; `numbers` all numbers that can
    reach the measures, with where they come from; `sources` the sources among them. Parts that a
    claim has not are None. Judges the claim, from what was kept where that is possible. Raises
    RimlandError with the nearest claim.
    """
    assembled = run.scenario.assembled
    found = claims_named(assembled, [claim])[0]
    (finding,) = run.judge([found.id])
    ways = _ways(run, found, finding)
    nearest = [w for _, causes in ways for _, some in causes for w in some[:1]]
    every = [w for _, causes in ways for _, some in causes for w in some]
    on = {
        **dict.fromkeys(_numbers_on(run, (p for w in every for p in w.parameters)), "way"),
        **dict.fromkeys(_numbers_on(run, (p for w in nearest for p in w.weights)), "arrow"),
    }
    numbers = origins(assembled, finding.numbers, finding.explained, on)
    record = _record(run, found)
    parts = {
        "scenario": assembled.id,
        "as_of": assembled.heading.as_of.isoformat(),
        "claim": {"id": found.id, "at": found.at, "kind": found.kind, "says": found.says},
        "answer": finding.to_json(),
        "test": _test(run, found) if found.test is not None else None,
        "runs": _runs(run, found) if variants_of(found) else None,
        "record": record,
        "arrows": _arrows(run, found, ways) if variants_of(found) else None,
        "numbers": numbers,
        "sources": sources_of(numbers),
    }
    return Why(finding, parts)


def pair_of(claim: Claim) -> tuple[str, str] | None:
    """Return the two variants whose difference the claim is about, with before without."""
    test = claim.test
    if test is None:
        return None
    if test.treatment is not None:
        return test.treatment.with_, test.treatment.without
    if test.without is not None:
        return test.all, test.without
    return None


def _test(run: Run, claim: Claim) -> dict[str, Any]:
    test = claim.test
    assert test is not None
    smallest = test.smallest
    return {
        "form": claim.form,
        "smallest": smallest.size if smallest else None,
        "unit": ("%" if test.relative else smallest.unit) if smallest else "",
        "because": smallest.because if smallest else "",
        "whose": test.whose,
        "comparison": test.comparison,
        "scope": test.scope,
        "rival": test.rival,
        "wording": test.wording,
    }


def _runs(run: Run, claim: Claim) -> dict[str, Any]:
    assembled = run.scenario.assembled
    test = claim.test
    assert test is not None
    measures = [run.measure(name) for name in measures_read(run, claim)]
    dates = [*test.horizons] if claim.form == "tradeoff" else [when_of(run, test)]
    roles = _roles(run, claim, test)
    return {
        "draws": run.draws,
        "futures": run.futures,
        "seed": run.seed,
        "accounts": [{"id": s.id, "says": s.says} for s in assembled.heading.structures],
        "variants": [
            _variant(run, assembled.variant(row["variant"]), roles.get(row["variant"], ""))
            for row in describe_plan(run, [claim])
        ],
        "measures": [_measure(run, measure) for measure in measures],
        "read_on": [when.isoformat() for when in dates],
        "command": command_of(run, claim),
    }


def _roles(run: Run, claim: Claim, test: Protocol) -> dict[str, str]:
    """Return what each variant is for, in the words of the claim's form."""
    roles: dict[str, str] = {}
    if test.none:
        roles[test.none] = "nothing of it"
    for name, variant in test.alternatives.items():
        roles[variant] = f"without another candidate: {name}"
    if test.only:
        roles[test.only] = "it alone"
    pair = pair_of(claim)
    if pair is not None:
        roles[pair[0]], roles[pair[1]] = "with", "without"
    elif claim.form != "fact":
        roles[test.variant] = "read as it is"
    if test.frozen:
        roles |= {v: "with answers pinned" for v in variants_of(claim) if test.frozen in v}
    return roles


def _variant(run: Run, variant: Resolved, role: str) -> dict[str, Any]:
    assembled = run.scenario.assembled
    levels = {v.name: v for v in assembled.program.variables}

    def level(name: str, value: int) -> str:
        known = levels[name]
        return known.levels[value - known.lo] if known.levels else str(value)

    holds = [
        {
            "variable": h.variable,
            "says": thing(h.variable, assembled.named),
            "level": level(h.variable, h.level),
            "from_day": h.from_day,
        }
        for h in variant.switch.holds
    ]
    starts = [
        {"variable": n, "says": thing(n, assembled.named), "level": level(n, value)}
        for n, value in variant.switch.starts.items()
    ]
    numbers = [
        {"name": n, "says": phrase(n, assembled.named), "value": q.amount()}
        for n, q in variant.quantities.items()
    ]
    return {
        "id": variant.id,
        "label": variant.label,
        "says": variant.says,
        "role": role,
        "holds": holds,
        "starts": starts,
        "numbers": numbers,
    }


_READ = {
    "level": "its value on that day",
    "mean": "its mean over time up to that day",
    "total": "its sum up to that day",
    "ratio": "a ratio of two sums up to that day",
    "probability": "the share of futures in which it has happened by that day",
}


def _measure(run: Run, measure: Measure) -> dict[str, Any]:
    named = run.scenario.assembled.named
    counted = [o for o in _observers(run, [measure]) if o.transition]
    return {
        "name": measure.name,
        "says": measure.says,
        "unit": measure.unit,
        "how": _READ[measure.how],
        "expected": any(o.kind == "hazard" for o in counted),
        "counts": [thing(o.transition, named) for o in counted if o.transition],
    }


def _observers(run: Run, measures: Iterable[Measure]) -> list[Observer]:
    names = {o for m in measures for o in (*m.observers, *m.over)}
    return [o for o in run.scenario.program.observers if o.name in names]


def _numerator(run: Run, measure: Measure) -> list[Observer]:
    return [o for o in run.scenario.program.observers if o.name in measure.observers]


def _record(run: Run, claim: Claim) -> dict[str, Any] | None:
    """Return the record of facts that a claim is held against, with its source."""
    if claim.form != "fact" or claim.test is None or claim.test.record is None:
        return None
    assembled = run.scenario.assembled
    record = assembled.facts[claim.test.record]
    source = assembled.sources.get(str(record.get("source", "")))
    document = assembled.documents.get("facts.yaml")
    place = document.place((claim.test.record,)) if document is not None else None
    return {
        "id": claim.test.record,
        "fields": {key: _plain(value) for key, value in record.items()},
        "at": f"facts.yaml:{place.line}" if place is not None else None,
        "source": source_json(source) if source is not None else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


Found = list[tuple["Measure", list[tuple[str, list[Way]]]]]
"""For each measure, causes and the ways from each, those nearest to the measure first."""


def _ways(run: Run, claim: Claim, finding: Finding) -> Found:
    if not variants_of(claim):
        return []
    assembled = run.scenario.assembled
    pair = pair_of(claim)
    variants = [assembled.variant(v) for v in pair or (AS_ASSESSED, AS_ASSESSED)]
    causes, blocked = switched(variants[0].switch, variants[1].switch)
    numbers = [n for v in variants for n in v.quantities]
    if pair is None:
        agenda = set(agenda_numbers_of(run, claim))
        numbers = [n for n in finding.explained if n not in agenda][:LEADING]
    found: Found = []
    for name in measures_read(run, claim):
        measure = run.measure(name)
        graph = Arrows(assembled.program, _observers(run, [measure]), blocked)
        upper = Arrows(assembled.program, _numerator(run, measure), blocked)
        ways = [(cause, list(upper.ways(cause)) or list(graph.ways(cause))) for cause in causes]
        for number in dict.fromkeys(numbers):
            way = graph.of_number(number, assembled.derived)
            ways.append((number, [way] if way else []))
        ways.sort(key=lambda w: len(w[1][0].arrows) if w[1] else 99)
        found.append((measure, ways))
    return found


def _numbers_on(run: Run, parameters: Iterable[str]) -> set[str]:
    assembled = run.scenario.assembled
    formulas = {p.name: p.formula for p in assembled.program.parameters}
    known = declared(assembled)
    wanted = dict.fromkeys(parameters)
    return {n for p in wanted for n in behind(formulas[p], assembled.derived) if n in known}


def _arrows(run: Run, claim: Claim, ways: Found) -> dict[str, Any]:
    assembled = run.scenario.assembled
    named = assembled.named
    known = declared(assembled)
    formulas = {p.name: p.formula for p in assembled.program.parameters}

    def numbers(parameters: Sequence[str]) -> list[str]:
        found = [n for p in parameters for n in sorted(behind(formulas[p], assembled.derived))]
        return [n for n in dict.fromkeys(found) if n in known]

    def shown(way: Way, measure: Measure) -> dict[str, Any]:
        return {
            "text": told(way, measure.says, named),
            "numbers": numbers(way.weights),
            "timing": [n for n in numbers(way.timing) if n not in numbers(way.weights)],
            "steps": [
                {**arrow_json(a), "numbers": numbers(a.weights), "timing": numbers(a.timing)}
                for a in way.arrows
            ],
        }

    return {
        "from": "what is switched" if pair_of(claim) else "the numbers that explain most",
        "measures": [
            {
                "measure": measure.name,
                "says": measure.says,
                "causes": [
                    {
                        "name": cause,
                        "says": phrase(cause, named) if cause in known else thing(cause, named),
                        "ways": [shown(way, measure) for way in some],
                    }
                    for cause, some in causes
                    if some
                ],
                "without_a_way": [
                    phrase(cause, named) if cause in known else thing(cause, named)
                    for cause, some in causes
                    if not some
                ],
            }
            for measure, causes in ways
        ],
    }


def total_futures(runs: dict[str, Any]) -> str:
    """Return how many futures the runs of a claim are, as text."""
    variants, accounts = len(runs["variants"]), len(runs["accounts"])
    return count(runs["draws"] * runs["futures"] * variants * accounts)

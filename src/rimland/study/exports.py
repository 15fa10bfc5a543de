"""Tables to take away: of a scenario, a run, verdicts, a panel, a fit; each column documented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import BaseModel

from rimland.errors import RimlandError, did_you_mean
from rimland.findings.fits import skill_rows, term_rows
from rimland.findings.measures import at
from rimland.study.numbers import number_rows, sections, word_table
from rimland.study.run import Need

if TYPE_CHECKING:
    from rimland.history import DyadYears, StateYears, Treaties
    from rimland.history.fitfile import Fit
    from rimland.study.finding import Finding
    from rimland.study.run import Run
    from rimland.study.scenario import Scenario

FIT_PARTS = ("terms", "covariance", "calibration", "answers")
DICTIONARY = ("column", "type", "unit", "says", "source")
"""The columns of a data dictionary."""


@dataclass(frozen=True)
class Table:
    """A table with its data dictionary and what to cite for it, one line a source."""

    name: str
    frame: pl.DataFrame
    columns: pl.DataFrame
    cites: tuple[str, ...] = ()


def scenario_tables(scenario: Scenario, names: Iterable[str] | None = None) -> list[Table]:
    """Return the tables of a scenario by name; all that have rows when none are named.

    They are the sections of its words (`ties`, `pledges`, `pledges.consequences` ...) and
    `numbers`, `measures`, `variants`, `claims`. Raises RimlandError with the nearest name, and for
    a table without rows that is asked for by name.
    """
    assembled = scenario.assembled
    own = sections(assembled)
    made = {
        "numbers": lambda: pl.DataFrame(number_rows(assembled), infer_schema_length=None),
        "measures": lambda: scenario.measures,
        "variants": lambda: scenario.variants,
        "claims": lambda: scenario.claims,
    }
    known = [*own, *made]
    tables = []
    for name in known if names is None else names:
        if name not in known:
            raise RimlandError(
                f"there is no table '{name}'.{did_you_mean(name, known)} Known: {', '.join(known)}."
            )
        frame = made[name]() if name in made else word_table(assembled, name)
        if frame.is_empty():
            if names is None:
                continue
            raise RimlandError(
                f"the scenario {scenario.id} declares no {name}: the table is empty."
            )
        says = _WORDS if name in made else _field_words(own[name])
        tables.append(_documented(name, frame, says, f"scenario {scenario.id}"))
    return tables


def run_table(run: Run, variant: str, account: str | None, measures: Iterable[str] | None) -> Table:
    """Return one row an account, measure and draw: the mean over futures at the horizon."""
    assembled = run.scenario.assembled
    wanted = [run.measure(name) for name in measures or assembled.measures]
    accounts = [run.account(account)] if account else list(run.scenario.accounts)
    names = frozenset(measure.name for measure in wanted)
    run.make({Need(each, variant): names for each in accounts})
    parts = []
    for measure in wanted:
        for each in accounts:
            found = at(measure, run.under(each, variant, [measure.name]), run.day(None))
            parts.append(
                pl.DataFrame(
                    {
                        "account": [each] * found.draws,
                        "variant": [variant] * found.draws,
                        "measure": [measure.name] * found.draws,
                        "unit": [measure.unit] * found.draws,
                        "draw": list(range(found.draws)),
                        "value": found.values,
                        "error": found.se,
                    }
                )
            )
    says = {
        "account": ("", "account of how the system works"),
        "variant": ("", "what was different; as-assessed is nothing"),
        "measure": ("", "name of the measure"),
        "unit": ("", "unit of value and error"),
        "draw": ("", "setting of all uncertain numbers, from 0"),
        "value": ("as in unit", f"mean over {run.futures} futures, at {assembled.heading.horizon}"),
        "error": ("as in unit", "standard error of that mean from the futures of the draw"),
    }
    source = (
        f"scenario {run.scenario.id}, seed {run.seed}, {run.draws} draws x {run.futures} futures"
    )
    return _documented("run", pl.concat(parts), says, source)


def verdict_table(run: Run, findings: Iterable[Finding]) -> Table:
    """Return one row a claim and account: verdict, effect, what it rests on, its prior-only."""
    rows: list[dict[str, Any]] = []
    for finding in findings:
        rests = finding.rests_on or {}
        prior = finding.weakened.prior_only or {}
        for account in list(finding.answers) or [""]:
            answer = finding.answers.get(account)
            shown = answer.shown.to_json() if answer and answer.shown else {}
            rows.append(
                {
                    "claim": finding.id,
                    "at": finding.at,
                    "kind": finding.kind,
                    "says": finding.says,
                    "verdict": finding.verdict,
                    "headline": finding.headline,
                    "account": account or None,
                    "account_verdict": answer.verdict if answer else None,
                    **{key: shown.get(key) for key in ("median", "p05", "p95")},
                    **{key: shown.get(key) for key in ("unit", "mc_error", "smallest")},
                    "prior_verdict": prior.get("verdict"),
                    "prior_median": prior.get("median"),
                    **{kind: rests.get(kind) for kind in _RESTS},
                    "weakest": rests.get("weakest"),
                }
            )
    source = (
        f"scenario {run.scenario.id}, seed {run.seed}, {run.draws} draws x {run.futures} futures"
    )
    return _documented("verdicts", pl.DataFrame(rows, schema=_VERDICT_TYPES), _WORDS, source)


def panel_table(name: str, panel: StateYears | DyadYears | Treaties) -> Table:
    """Return a panel of history as a table, with its own documentation and citations."""
    cites = tuple(str(panel.cite()).splitlines())
    return Table(name, panel.collect(), panel.columns, cites)


def fit_table(fit: Fit, part: str) -> Table:
    """Return one part of a fit: terms, covariance, calibration or answers."""
    if part not in FIT_PARTS:
        raise RimlandError(
            f"a fit has no part '{part}'.{did_you_mean(part, FIT_PARTS)} "
            f"Known: {', '.join(FIT_PARTS)}."
        )
    names = [term.name for term in fit.terms]
    rows: list[dict[str, Any]]
    if part == "terms":
        rows = term_rows(fit)
    elif part == "calibration":
        rows = skill_rows(fit)
    elif part == "covariance":
        rows = [
            {"term": term.name, **dict(zip(names, row, strict=True))}
            for term, row in zip(fit.terms, fit.covariance, strict=True)
        ]
    else:
        rows = [
            {
                "answer": of,
                "says": a.says,
                "unit": a.unit,
                "p10": a.p10,
                "central": a.central,
                "p90": a.p90,
            }
            for of, a in fit.answers.items()
        ]
    words = {**_WORDS, **{name: ("", f"covariance with {name}") for name in names}}
    data = ", ".join(f"{row['name']} {row['version']}".strip() for row in fit.data)
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return _documented(f"{fit.name}.{part}", frame, words, f"fit {fit.name} of {data}")


def _documented(
    name: str, frame: pl.DataFrame, says: Mapping[str, tuple[str, str]], source: str
) -> Table:
    # a column without any value has no type of its own, and no file format knows that
    empty = [column for column, kind in frame.schema.items() if kind == pl.Null]
    frame = frame.with_columns(pl.col(empty).cast(pl.String))
    rows = [
        {
            "column": column,
            "type": str(kind),
            "unit": says.get(column, ("", ""))[0],
            "says": says.get(column, ("", ""))[1],
            "source": source,
        }
        for column, kind in frame.schema.items()
    ]
    return Table(name, frame, pl.DataFrame(rows, schema=dict.fromkeys(DICTIONARY, pl.String)))


def _field_words(entries: Any) -> dict[str, tuple[str, str]]:
    """Return what the fields of a word's entries mean, as its models say."""
    words = {"id": ("", "name of the entry")}
    items = entries.values() if isinstance(entries, Mapping) else entries
    for entry in items:
        if isinstance(entry, BaseModel):
            for name, field in type(entry).model_fields.items():
                text = " ".join((field.description or "").split()).rstrip(".")
                words.setdefault(name, ("as written" if text else "", text))
    return words


_RESTS = ("estimated", "published_seen", "published_recalled", "computed", "judged")
_VERDICT_TYPES: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("claim", "at", "kind", "says", "verdict", "headline"), pl.String),
    **dict.fromkeys(("account", "account_verdict"), pl.String),
    **dict.fromkeys(("median", "p05", "p95"), pl.Float64),
    "unit": pl.String,
    **dict.fromkeys(("mc_error", "smallest"), pl.Float64),
    "prior_verdict": pl.String,
    "prior_median": pl.Float64,
    **dict.fromkeys(_RESTS, pl.Int64),
    "weakest": pl.String,
}
_WORDS: dict[str, tuple[str, str]] = {
    "name": ("", "dotted name, as commands and variants call it"),
    "value": ("as written", "number or range with its unit and kind"),
    "p10": ("as in unit", "one in ten lies below"),
    "central": ("as in unit", "median"),
    "p90": ("as in unit", "nine in ten lie below"),
    "unit": ("", "unit of the numbers beside it"),
    "kind": ("", "of a number how it is known; of a claim what it is"),
    "causal": ("", "how it is known that one thing moves another"),
    "source": ("", "where the number was read"),
    "because": ("", "why it is judged so, how it was computed, or which fit gave it"),
    "fit": ("", "the fit that an estimated number comes from"),
    "of": ("", "which of the fit's answers it is"),
    "prior": ("as written", "what was believed of it before the data"),
    "years": ("years", "years of the data; of a calibration, years after the origin"),
    "n": ("rows", "rows that were fitted"),
    "events": ("events", "events among the rows"),
    "says": ("", "in plain words"),
    "id": ("", "short name"),
    "label": ("", "name on a page"),
    "holds": ("", "how many things it pins"),
    "at": ("", "where it stands in the assessment"),
    "tested": ("", "whether it has a test"),
    "claim": ("", "id of the claim"),
    "verdict": ("", "what the model answers over all accounts"),
    "headline": ("", "the verdict behind what weakens it most"),
    "account": ("", "account of how the system works"),
    "account_verdict": ("", "verdict under that account"),
    "median": ("as in unit", "median of the effect over draws"),
    "p05": ("as in unit", "one draw in twenty lies below"),
    "p95": ("as in unit", "one draw in twenty lies above"),
    "mc_error": ("as in unit", "error of the median from the number of futures"),
    "smallest": ("as in unit", "smallest size that matters"),
    "prior_verdict": ("", "verdict by the priors alone, before any fitted number"),
    "prior_median": ("as in unit", "median by the priors alone"),
    "estimated": ("numbers", "fitted numbers that it rests on"),
    "published_seen": ("numbers", "numbers it rests on that were read in a source"),
    "published_recalled": ("numbers", "numbers it rests on from sources cited from memory"),
    "computed": ("numbers", "computed numbers that it rests on"),
    "judged": ("numbers", "judged numbers that it rests on"),
    "weakest": ("", "the weakest number that the answer turns on"),
    "term": ("", "statistic of the fit"),
    "coefficient": ("log", "logarithm of the ratio, or of the level"),
    "error": ("log", "its standard error, clustered as the fit says"),
    "ratio": ("ratio", "hazard or odds ratio; of a level, the level"),
    "low": ("ratio", "lower end of the 95 % interval"),
    "high": ("ratio", "upper end of the 95 % interval"),
    "z": ("", "coefficient over its error"),
    "p": ("", "two-sided probability of a z as large by chance"),
    "level": ("", "whether the term is a level and no ratio"),
    "answer": ("", "what a scenario asks the fit for"),
    "origin": ("year", "last year that was fitted"),
    "rows": ("rows", "rows after the origin"),
    "expected": ("events", "events expected after the origin"),
    "brier": ("", "Brier score of the fit"),
    "brier_base_rate": ("", "Brier score of the base rate"),
    "brier_persistence": ("", "Brier score of each unit's last record"),
    "log_score": ("nats", "log score of the fit, as a loss"),
    "log_score_base_rate": ("nats", "log score of the base rate"),
    "skill_base_rate": ("share", "1 - Brier score over that of the base rate"),
    "skill_persistence": ("share", "1 - Brier score over that of persistence"),
    "log_skill_base_rate": ("share", "1 - log score over that of the base rate"),
}

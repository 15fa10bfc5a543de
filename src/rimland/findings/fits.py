"""What a fit says, as a statistician reads it: ratios with intervals, skill, and a forest plot."""

from __future__ import annotations

import math
from typing import Any

from rimland.findings.charts import SCHEMA, Spec, config
from rimland.history.fitfile import Fit, Origin

Z95 = 1.959963984540054
CONSTANTS = ("constant", "intercept", "baseline")
"""Names of terms that are the level where all else is zero, and so no ratio of two."""
LEVELS = ("log hazard", "log rate", "log odds", "log swing")
"""How what a term says begins where the term is a level, as of one kind of regime."""
LOOSE = 1e-6
"""How far a remade number may be off the shipped one, as a part of it: platforms round apart."""


def ratio_words(fit: Fit) -> str:
    """Return `hazard ratio`, or `odds ratio` for a logit."""
    return "odds ratio" if fit.link == "logit" else "hazard ratio"


def term_rows(fit: Fit) -> list[dict[str, Any]]:
    """Return one row a term: ratio, 95 % interval, clustered error, z and two-sided p.

    Interval and p are those of a normal coefficient (Wald 1943). `level` marks a term that is no
    ratio: its name is one of CONSTANTS, or what it says begins as LEVELS do, as in `log hazard a
    year in a kind of regime`. Its z and p would ask whether the level is 1, and are None.
    """
    rows = []
    for term in fit.terms:
        reach = Z95 * term.error
        level = term.name in CONSTANTS or term.says.startswith(LEVELS)
        z = term.coefficient / term.error if term.error > 0 and not level else None
        rows.append(
            {
                "term": term.name,
                "says": term.says,
                "coefficient": term.coefficient,
                "error": term.error,
                "ratio": _exp(term.coefficient),
                "low": _exp(term.coefficient - reach),
                "high": _exp(term.coefficient + reach),
                "z": z,
                "p": math.erfc(abs(z) / math.sqrt(2.0)) if z is not None else None,
                "level": level,
            }
        )
    return rows


def skill_rows(fit: Fit) -> list[dict[str, Any]]:
    """Return one row an origin: what was expected and happened, and the skill out of time.

    Skill is 1 - score / reference: above 0 the fit did better than the reference, below 0 worse
    (Murphy 1973). References are the base rate up to the origin and, for the Brier score,
    persistence: a row's own last outcome.
    """
    return [
        {
            "origin": o.origin,
            "years": o.years,
            "rows": o.rows,
            "events": o.events,
            "expected": o.expected,
            "brier": o.brier,
            "brier_base_rate": o.brier_base_rate,
            "brier_persistence": o.brier_persistence,
            "log_score": o.log_score,
            "log_score_base_rate": o.log_score_base_rate,
            "skill_base_rate": _skill(o.brier, o.brier_base_rate),
            "skill_persistence": _skill(o.brier, o.brier_persistence),
            "log_skill_base_rate": _skill(o.log_score, o.log_score_base_rate),
        }
        for o in fit.calibration
    ]


def differences(made: Fit, shipped: Fit) -> list[str]:
    """Return in words where a remade fit is not the shipped one; empty where it is.

    Numbers are the same within LOOSE of themselves, a coefficient within LOOSE of its error, since
    one near zero is known no better than that.
    """
    found = [
        f"{what}: {one} now, {other} as shipped"
        for what, one, other in (
            ("rows", made.rows, shipped.rows),
            ("events", made.events, shipped.events),
            ("years", f"{made.years[0]}-{made.years[1]}", f"{shipped.years[0]}-{shipped.years[1]}"),
            ("terms", ", ".join(_names(made)), ", ".join(_names(shipped))),
            ("data", _data(made), _data(shipped)),
        )
        if one != other
    ]
    if _names(made) == _names(shipped):
        for one, other in zip(made.terms, shipped.terms, strict=True):
            if abs(one.coefficient - other.coefficient) > LOOSE * max(other.error, 1e-300):
                found.append(
                    f"{one.name}: {one.coefficient:.6g} now, {other.coefficient:.6g} as shipped"
                )
        found += _spread(made, shipped)
    if _far(made.log_likelihood, shipped.log_likelihood):
        pair = f"{made.log_likelihood:.4f} now, {shipped.log_likelihood:.4f} as shipped"
        found.append(f"log-likelihood: {pair}")
    lost = sorted(set(made.answers) ^ set(shipped.answers))
    if lost:
        found.append(f"answers: {', '.join(lost[:5])} in one and not in the other")
    moved = [
        of
        for of in shipped.answers
        if of in made.answers and _far(made.answers[of].central, shipped.answers[of].central)
    ]
    if moved:
        found.append(f"answers: {len(moved)} differ, such as {moved[0]}")
    if not _same_scores(made.calibration, shipped.calibration):
        found.append("the calibration out of time differs")
    return found


def forest(fit: Fit, *, dark: bool = False) -> Spec:
    """Return a forest plot: each term's ratio and 95 % interval on a log axis, with a rule at 1."""
    rows = [row for row in term_rows(fit) if not row["level"]]
    what = ratio_words(fit)
    y: Spec = {
        "field": "term",
        "type": "nominal",
        "sort": [row["term"] for row in rows],
        "title": None,
        "axis": {"grid": False, "labelLimit": 260},
    }
    scale: Spec = {"type": "log", "nice": False, "zero": False}
    x: Spec = {
        "type": "quantitative",
        "scale": scale,
        "title": f"{what}, 95 % interval",
        "axis": {"tickCount": 6, "format": "~g", "grid": False},
    }
    tip: list[Spec] = [
        {"field": "says", "title": "term"},
        *({"field": f, "type": "quantitative", "format": ".3~g"} for f in ("low", "ratio", "high")),
        {"field": "p", "type": "quantitative", "format": ".2~g"},
    ]
    colour: Spec = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": ["a", "b"]},
        "legend": None,
    }
    shared: Spec = {"y": y, "color": colour, "tooltip": tip}
    layers: list[Spec] = [
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "strokeWidth": 1},
            "encoding": {"x": {"datum": 1, "type": "quantitative", "scale": scale}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round"},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, **shared},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {"x": {**x, "field": "ratio"}, **shared},
        },
    ]
    said = f"{fit.title}: {what}s with 95 % intervals. " + "; ".join(
        f"{row['term']} {row['ratio']:.3g} ({row['low']:.3g} to {row['high']:.3g})" for row in rows
    )
    return {
        "$schema": SCHEMA,
        "description": said,
        "title": {"text": fit.title, "anchor": "start", "subtitle": _subtitle(fit)},
        "width": 520,
        "height": {"step": 30},
        "data": {"values": [{**_finite(row), "series": "a"} for row in rows]},
        "layer": layers,
        "config": config(dark),
    }


def _subtitle(fit: Fit) -> str:
    return f"{fit.events:,} events in {fit.size}, {fit.years[0]} to {fit.years[1]}"


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    return {
        k: (v if not isinstance(v, float) or math.isfinite(v) else None) for k, v in row.items()
    }


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _skill(score: float, reference: float) -> float | None:
    """Return 1 - score / reference; scores are losses. None where the reference is none."""
    if not (math.isfinite(score) and math.isfinite(reference) and reference > 0):
        return None
    return 1.0 - score / reference


def _names(fit: Fit) -> list[str]:
    return [term.name for term in fit.terms]


def _data(fit: Fit) -> str:
    return ", ".join(f"{d['name']} {d['version']} ({d['sha256'][:8]})" for d in fit.data)


def _far(one: float, other: float) -> bool:
    return not math.isclose(one, other, rel_tol=LOOSE, abs_tol=1e-12)


def _spread(made: Fit, shipped: Fit) -> list[str]:
    errors = [term.error for term in shipped.terms]
    for i, a in enumerate(errors):
        for j, b in enumerate(errors):
            if abs(made.covariance[i][j] - shipped.covariance[i][j]) > LOOSE * max(a * b, 1e-300):
                return [f"the covariance of {shipped.terms[i].name} and {shipped.terms[j].name}"]
    return []


def _same_scores(one: tuple[Origin, ...], other: tuple[Origin, ...]) -> bool:
    if len(one) != len(other):
        return False
    pairs = zip(one, other, strict=True)
    return not any(
        _far(a, b) for x, y in pairs for a, b in zip(_values(x), _values(y), strict=True)
    )


def _values(origin: Origin) -> list[float]:
    return list(vars(origin).values())


__all__ = ["differences", "forest", "ratio_words", "skill_rows", "term_rows"]

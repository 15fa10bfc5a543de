"""Numbers from fits: `{estimated: FIT, of: ANSWER, prior: 0.02 to 0.3 per year}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rimland.errors import nearest
from rimland.notation.marks import Mark, read_causal
from rimland.notation.problems import Mistake, Slip
from rimland.notation.reading import KEYS, Parts, Shape, read_parts
from rimland.units import DIMENSIONS, Unit, number_text

if TYPE_CHECKING:
    from rimland.history.fitfile import Answer, Fit

OWN = ("estimated", "of", "prior", "causal", "note")
"""The fields of a number from a fit; the fit itself says the rest."""
BELIEVED = "what was believed before the data"
_FAMILY = {
    "identity": "normal",
    "exp": "lognormal",
    "expit": "logit-normal",
    "cloglog": "logit-normal",
}
_WRITTEN = {"per_year": "per year"}


@dataclass(frozen=True)
class Fitted:
    """Which fit a number comes from, and what was believed of it before the data."""

    fit: str
    of: str
    prior: Parts

    @property
    def source(self) -> Fit:
        """The fit file."""
        from rimland.history import fitfile

        return fitfile.fit(self.fit)

    def as_dict(self) -> dict[str, Any]:
        """Return what a table shows of it; the prior in canonical units."""
        fit = self.source
        prior = self.prior.shape
        return {
            "fit": self.fit,
            "of": self.of,
            "prior": {"p10": prior.p10, "central": prior.mid, "p90": prior.p90},
            "years": list(fit.years),
            "n": fit.rows,
            "events": fit.events,
            "data": [f"{row['name']} {row['version']}".strip() for row in fit.data],
        }


def read_fitted(data: Mapping[str, Any], demanded: str | None, above: float) -> Parts:
    """Read a number from a fit; raises Mistake with every slip found.

    Its shape has the answer's p10, middle and p90, and the family of the answer's transform, which
    says what values it can take; its draws come from the fit (`hazards.draws`), not from the shape.
    """
    slips = [_stray(key, data) for key in data if key not in OWN]
    meant = {slip.near for slip in slips}
    fit = _fit(data, slips)
    answer = _answer(data, fit, slips) if fit is not None else None
    dimension = demanded
    if fit is not None and answer is not None:
        dimension = _dimension(fit, answer, data, demanded, above, slips)
    prior = _prior(data, dimension, answer, slips)
    causal = read_causal(data["causal"], slips) if "causal" in data else None
    # what only says that a misspelt field is missing is no mistake of its own
    slips = [s for s in slips if not (s.at == () and s.code in {f"no-{m}" for m in meant})]
    if slips:
        raise Mistake(*slips)
    assert fit is not None
    assert answer is not None
    assert prior is not None
    family = _FAMILY[answer.transform]
    if family == "logit-normal" and answer.frailty is not None:
        family = "lognormal"  # the factor may carry it beyond 1
    unit = _unit(answer.unit)
    low, mid, high = (number_text(float(f"{x:.3g}")) for x in _three(answer))
    text = f"{low} to {high} {unit.written}, middle {mid}"
    shape = Shape(family, *_three(answer), unit, 0.0, text)
    fitted = Fitted(fit.name, str(data["of"]), prior)
    return Parts(shape, Mark("estimated", None, fitted_on(fit)), causal, fitted)


def _three(answer: Answer) -> tuple[float, float, float]:
    return answer.p10, answer.central, answer.p90


def fitted_on(fit: Fit) -> str:
    """Return the fit, its data and its size in one line: what a table gives as the reason."""
    data = ", ".join(f"{row['name']} {row['version']}".strip() for row in fit.data)
    first, last = fit.years
    return f"fit {fit.name} of {data}, {first} to {last}: {fit.events:,} events in {fit.size}"


def _stray(key: str, data: Mapping[str, Any]) -> Slip:
    at = (str(key),)
    if key in KEYS:
        mend = "leave it out; what was believed before the data goes into 'prior'"
        what = "stands beside 'estimated', which says it already"
        return Slip(what, mend=mend, at=at, key=True, code="two-marks")
    near = nearest(str(key), [k for k in OWN if k not in data])
    expected = "" if near else f"one of {', '.join(OWN)}"
    what = "is not a field of an estimated number"
    return Slip(what, expected, near, at=at, key=True, code="unknown-field")


def _fit(data: Mapping[str, Any], slips: list[Slip]) -> Fit | None:
    from rimland.history import fitfile

    known = fitfile.names()
    name = data["estimated"]
    if isinstance(name, str) and name in known:
        return fitfile.fit(name)
    at = ("estimated",)
    if not isinstance(name, str) or not name.strip():
        slips.append(Slip("is empty", "the name of a shipped fit", at=at, code="no-fit"))
        return None
    slips.append(
        Slip(
            f"no shipped fit is called '{name}'",
            "one that `rimland fit` lists" if known else "a fit that ships; there is none",
            nearest(name, known),
            mend="" if known else "write the number with its source, or judge it with a range",
            at=at,
            code="no-fit",
        )
    )
    return None


def _answer(data: Mapping[str, Any], fit: Fit, slips: list[Slip]) -> Answer | None:
    of = data.get("of")
    few = list(fit.answers)
    shown = f"one of {', '.join(few) if len(few) <= 8 else f'its {len(few)}, such as {few[0]}'}"
    if of is None or str(of) == "":
        at: tuple[str, ...] = ("of",) if "of" in data else ()
        what = "is empty" if "of" in data else f"names no answer, 'of', of the fit '{fit.name}'"
        slips.append(Slip(what, shown, at=at, code="no-of"))
        return None
    if str(of) not in fit.answers:
        slips.append(
            Slip(
                f"the fit '{fit.name}' gives no '{of}'",
                f"{shown}; `rimland fit {fit.name}` lists them",
                nearest(str(of), few),
                at=("of",),
                code="no-of",
            )
        )
        return None
    return fit.answers[str(of)]


def _dimension(
    fit: Fit,
    answer: Answer,
    data: Mapping[str, Any],
    demanded: str | None,
    above: float,
    slips: list[Slip],
) -> str | None:
    """Return the answer's dimension; what is demanded where the two differ."""
    name = _unit(answer.unit).dimension
    if demanded in (None, name) and not above:
        return name
    wanted = f"{DIMENSIONS[demanded].words}" if demanded else "a number"
    over = f" above {above:g}" if above else ""
    slips.append(
        Slip(
            f"'{data['of']}' of the fit '{fit.name}' is {DIMENSIONS[name].words}",
            wanted + over,
            at=("estimated",),
            code="unit",
        )
    )
    return demanded


def _prior(
    data: Mapping[str, Any], dimension: str | None, answer: Answer | None, slips: list[Slip]
) -> Parts | None:
    """Read what was believed before the data: a range, or a quantity with its own mark."""
    example = DIMENSIONS[dimension].example if dimension else "0.02 to 0.3 per year"
    expected = f"the range believed before the data, such as '{example}'"
    if data.get("prior") is None:
        at: tuple[str, ...] = ("prior",) if "prior" in data else ()
        what = "is empty" if "prior" in data else "has no prior"
        slips.append(Slip(what, expected, at=at, code="no-prior"))
        return None
    written = data["prior"]
    whole = isinstance(written, Mapping)
    if whole and "estimated" in written:
        what = "is itself estimated"
        slips.append(Slip(what, expected, at=("prior",), code="no-prior"))
        return None
    try:
        found = read_parts(written if whole else {"value": written, "computed": "-"}, dimension)
    except Mistake as mistake:
        inside = mistake.slips
        slips += [replace(s, at=("prior", *(s.at if whole else ()))) for s in inside]
        return None
    if found.shape.p10 == found.shape.p90:
        slips.append(Slip("is a single number", expected, at=("prior",), code="no-prior"))
    return found if whole else replace(found, mark=Mark("judged", None, BELIEVED))


def _unit(canonical: str) -> Unit:
    """Return the canonical unit of a dimension, as answers of fits are in it."""
    for dimension in DIMENSIONS.values():
        if dimension.unit == canonical:
            return Unit(_WRITTEN.get(canonical, canonical), dimension.name, canonical, 1.0)
    raise ValueError(f"'{canonical}' is no canonical unit")

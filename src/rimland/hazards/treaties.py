"""The fits of defence pacts as events: formation, founding, consent, accession, ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rimland.hazards import formation as pairs
from rimland.hazards.branching import RATIO
from rimland.hazards.calibrate import rolling
from rimland.hazards.ending import ENDING
from rimland.hazards.ending import ending as ending_rows
from rimland.hazards.estimate import Estimate, Prior, estimate
from rimland.hazards.filing import answered, filed
from rimland.hazards.links import Link
from rimland.hazards.multilateral import (
    ACCESSION,
    CONSENT,
    FOUNDING,
    contagion,
)
from rimland.hazards.multilateral import accession as accession_rows
from rimland.hazards.multilateral import consent as consent_rows
from rimland.hazards.multilateral import founding as founding_rows
from rimland.hazards.networks import EDGE, LAST
from rimland.hazards.rows import Rows
from rimland.history.fitfile import Answer, Fit

Progress = Callable[[int, int], None]
START = {"": 1946, ".all": 1816}
ORIGINS = (1970, 1980, 1990, 2000)
AHEAD = 10
PRIOR = Prior(2.5)
METHOD = (
    "{link} regression by Fisher scoring; normal prior of scale 2.5 on each coefficient but the"
    " constant; {errors}"
)
TREATIES = ("atop4_alliances", "atop4_members", "cow_states")
NETWORK = (*TREATIES, "cow_nmc", "cw_democracy", "gml_dirdisp", "gml_mid_ddydisps", "gml_part")
SPACE = ("cow_contdir", "cow_capitals")
CODED = (
    "Treaties are those of ATOP 4.01, coded to 2016; a pact counts by the treaty's defence"
    " obligation, whoever bears it. Members outside the state system are left out."
)
YEARS = (
    "What is seen of a year is the network on its 1 January and the disputes of the ten years"
    " before; capability and democracy are the year's own."
)
EXTRAPOLATED = (
    "Answers are for the last year of the data; the trend (decades) beyond it is an extrapolation."
)
LATER = (
    "A predicted year sees its own network and covariates: the calibration tests the equation, not"
    " a forecast of the network."
)


@dataclass(frozen=True)
class Plan:
    """What is particular to one fit of `Rows`."""

    title: str
    says: str
    unit: str
    event: str
    link: Link
    meanings: Mapping[str, str]
    data: tuple[str, ...]
    errors: str
    cautions: tuple[str, ...]
    unit_of_persistence: Callable[[Rows], np.ndarray | None]


def formation(name: str, progress: Progress | None = None) -> Fit:
    """Make `treaties.formation` (1946 on) or `treaties.formation.all` (1816 on)."""
    first = START[".all" if name.endswith(".all") else ""]
    risk = pairs.at_risk(first)
    found = estimate(
        risk.x,
        risk.y,
        terms=pairs.TERMS,
        link="cloglog",
        penalty=PRIOR,
        clusters={"state": risk.states},
    )
    scores = rolling(
        risk.x,
        risk.y,
        risk.year,
        terms=pairs.TERMS,
        link="cloglog",
        origins=ORIGINS,
        years=AHEAD,
        units=risk.states[:, 0] * 1000 + risk.states[:, 1],
        penalty=PRIOR,
        progress=progress,
    )
    checks = {
        **pairs.branching(found, first, LAST),
        "mean years of a pact": pairs.mean_years(first),
        "pacts between states already bound bilaterally, not events": risk.renewals,
        "rows left out, a statistic unknown": risk.dropped,
        "events left out, a statistic unknown": risk.lost,
    }
    return filed(
        found,
        name=name,
        title="Formation of bilateral defence pacts",
        says="The hazard per year that two states without a bilateral defence pact conclude one.",
        unit="undirected dyad-year",
        event="a bilateral defence pact begins",
        method=METHOD.format(
            link="cloglog", errors="errors clustered by state, dyadic (rows that share a state)"
        ),
        years=(first, LAST),
        meanings=pairs.STATISTICS,
        data=(*NETWORK, *SPACE),
        answers=pairs.profiles(found, risk, LAST),
        calibration=scores,
        cautions=(
            CODED,
            YEARS,
            "Each pact is a treaty of its own, so that clusters by treaty would be single rows.",
            "A new pact between two states already bound by a bilateral one is no event here.",
            EXTRAPOLATED,
            LATER,
            *_explosion(checks),
        ),
        checks=checks,
    )


def multilateral(name: str, progress: Progress | None = None) -> Fit:
    """Make `treaties.multilateral` or `treaties.multilateral.all`: foundings per year."""
    first = START[".all" if name.endswith(".all") else ""]
    plan = Plan(
        "Founding of multilateral defence pacts",
        "How many multilateral defence pacts the world founds in a year.",
        "year",
        "multilateral defence pacts begun",
        "log",
        FOUNDING,
        TREATIES,
        "errors robust to over-dispersion (each year a cluster)",
        (CODED, EXTRAPOLATED, "Few events: the rate is wide."),
        lambda rows: None,
    )
    rows = founding_rows(first)
    now = {"constant": 1.0, "decades": (EDGE - 1980) / 10.0}

    def answers(found: Estimate) -> dict[str, Answer]:
        return {
            "world": answered(
                found, "foundings per year, no new states, last year", "per_year", now, "exp"
            ),
            "world.new-states": answered(
                found,
                "foundings per year, ten states new in five years, last year",
                "per_year",
                now | {"new_states": float(np.log(11.0))},
                "exp",
            ),
        }

    return _made(name, rows, plan, answers, (first, EDGE), {}, progress)


def consent(name: str, progress: Progress | None = None) -> Fit:
    """Make `treaties.consent` or `treaties.consent.all`: who joins a founding."""
    first = START[".all" if name.endswith(".all") else ""]
    plan = Plan(
        "Consent to a multilateral defence pact at its founding",
        "The chance that a state is a founder, given who proposes (the strongest founder).",
        "founding x state",
        "the state is among the founders",
        "logit",
        CONSENT,
        (*NETWORK, *SPACE),
        "errors clustered by treaty and by state (Cameron, Gelbach and Miller 2011)",
        (
            CODED,
            "The strongest founder is taken to propose, and every other state to be asked: who was"
            " asked is not recorded.",
        ),
        lambda rows: rows.codes["state"],
    )
    rows = consent_rows(first)

    def answers(found: Estimate) -> dict[str, Answer]:
        touching = rows.of("contiguous") == 1.0
        kept = ("distance", "capability", "regime_gap")
        near = {t: float(np.median(rows.of(t)[touching])) for t in kept}
        near |= {"constant": 1.0, "contiguous": 1.0}
        far = {t: float(np.median(rows.of(t)[~touching])) for t in kept} | {"constant": 1.0}
        rival = {"shared_rivals": float(np.log(2.0))}
        profiles = {
            "neighbour": ("a neighbour of the proposer", near),
            "neighbour.allied": ("a neighbour allied to the proposer", near | {"allied": 1.0}),
            "neighbour.shared-rival": ("a neighbour with one shared rival", near | rival),
            "distant": ("a state that does not touch the proposer", far),
            "distant.allied": ("a distant ally of the proposer", far | {"allied": 1.0}),
            "distant.shared-rival": ("a distant state with one shared rival", far | rival),
        }
        return {
            of: answered(found, f"chance that {says} is a founder", "share", row, "expit")
            for of, (says, row) in profiles.items()
        }

    return _made(name, rows, plan, answers, (first, LAST), {}, progress)


def accession(name: str, progress: Progress | None = None) -> Fit:
    """Make `treaties.accession` or `treaties.accession.all`."""
    first = START[".all" if name.endswith(".all") else ""]
    plan = Plan(
        "Accession to multilateral defence pacts",
        "The hazard per year that a state outside a multilateral defence pact in force enters it.",
        "treaty x state x year",
        "the state becomes a member",
        "cloglog",
        ACCESSION,
        (*NETWORK, *SPACE),
        "errors clustered by treaty and by state (Cameron, Gelbach and Miller 2011)",
        (
            CODED,
            YEARS,
            "Every pact is taken to be open to every state: whether it admits members is not used.",
            EXTRAPOLATED,
            LATER,
        ),
        lambda rows: rows.codes["treaty"] * 1000 + rows.codes["state"],
    )
    rows = accession_rows(first)

    def answers(found: Estimate) -> dict[str, Answer]:
        now = rows.year == LAST
        touching = now & (rows.of("contiguous") == 1.0)
        kept = ("distance", "capability", "regime_gap", "size", "age", "decades")
        near = {t: float(np.median(rows.of(t)[touching])) for t in kept}
        near |= {"constant": 1.0, "contiguous": 1.0}
        apart = now & (rows.of("contiguous") == 0.0)
        far = {t: float(np.median(rows.of(t)[apart])) for t in kept} | {"constant": 1.0}
        profiles = {
            "neighbour": ("a neighbour of a member", near),
            "neighbour.like-regime": (
                "a neighbour with the members' kind of regime",
                near | {"regime_gap": 0.0},
            ),
            "neighbour.rival-member": (
                "a neighbour that is a rival of a member",
                near | {"rival_member": 1.0},
            ),
            "distant": ("a state that touches no member", far),
        }
        return {
            of: answered(found, f"accessions per year of {says}", "per_year", row, "exp")
            for of, (says, row) in profiles.items()
        }

    return _made(
        name,
        rows,
        plan,
        answers,
        (first, LAST),
        lambda found: contagion(found, first, LAST),
        progress,
    )


def ending(name: str, progress: Progress | None = None) -> Fit:
    """Make `treaties.ending` or `treaties.ending.all`."""
    first = START[".all" if name.endswith(".all") else ""]
    plan = Plan(
        "Ending of defence pacts",
        "The hazard per year that a defence pact in force ends, for whatever cause.",
        "treaty-year",
        "the pact ends",
        "cloglog",
        ENDING,
        NETWORK,
        "errors clustered by treaty and by its strongest member (Cameron, Gelbach and Miller 2011)",
        (
            CODED,
            YEARS,
            "Lapse, replacement, breach and loss of a member are one kind of ending.",
            EXTRAPOLATED,
            LATER,
        ),
        lambda rows: rows.codes["treaty"],
    )
    rows = ending_rows(first)

    def answers(found: Estimate) -> dict[str, Answer]:
        now = (rows.year == LAST) & (rows.of("multilateral") == 0.0)
        plain = {"constant": 1.0, "decades": (LAST - 1980) / 10.0}
        plain["disparity"] = float(np.median(rows.of("disparity")[now]))
        old = {"age": float(np.log(50.0)), "depth": 2.0}
        rival = {"shared_rivals": 1.0}
        profiles = {
            "bilateral.young": ("a bilateral pact ten years old", {"age": float(np.log(10.0))}),
            "bilateral.old": ("a bilateral pact of fifty years with bases or staffs", old),
            "bilateral.old.shared-rival": ("such a pact with a shared rival", old | rival),
            "bilateral.old.regime-change": (
                "such a pact after a change of regime (one point of the democracy score)",
                old | {"regime_change": 1.0},
            ),
            "multilateral.old": (
                "a multilateral pact of sixteen members and fifty years",
                old | {"multilateral": 1.0, "size": float(np.log(8.0))},
            ),
        }
        return {
            of: answered(found, f"endings per year of {says}", "per_year", plain | row, "exp")
            for of, (says, row) in profiles.items()
        }

    return _made(name, rows, plan, answers, (first, LAST), {}, progress)


def _made(
    name: str,
    rows: Rows,
    plan: Plan,
    answers: Callable[[Estimate], dict[str, Answer]],
    years: tuple[int, int],
    checks: Mapping[str, float] | Callable[[Estimate], dict[str, float]],
    progress: Progress | None,
) -> Fit:
    found = estimate(
        rows.x, rows.y, terms=rows.terms, link=plan.link, penalty=PRIOR, clusters=rows.codes
    )
    scores = rolling(
        rows.x,
        rows.y,
        rows.year,
        terms=rows.terms,
        link=plan.link,
        origins=ORIGINS,
        years=AHEAD,
        units=plan.unit_of_persistence(rows),
        penalty=PRIOR,
        progress=progress,
    )
    more = checks(found) if callable(checks) else checks
    return filed(
        found,
        name=name,
        title=plan.title,
        says=plan.says,
        unit=plan.unit,
        event=plan.event,
        method=METHOD.format(link=plan.link, errors=plan.errors),
        years=years,
        meanings=plan.meanings,
        data=plan.data,
        answers=answers(found),
        calibration=scores,
        cautions=(*plan.cautions, *_explosion(more)),
        checks={
            **more,
            "rows left out, a statistic unknown": rows.dropped,
            "events left out, a statistic unknown": rows.lost,
        },
    )


def _explosion(checks: Mapping[str, float]) -> tuple[str, ...]:
    """Say that a fit may not be simulated, and why."""
    worst = max((v for k, v in checks.items() if k.startswith(RATIO)), default=0.0)
    if worst < 1.0:
        return ()
    return (
        f"Not to be simulated: its endogenous statistics explode (branching ratio {worst:.2g}, 1 is"
        " the limit). Its coefficients describe the record, one at a time.",
    )

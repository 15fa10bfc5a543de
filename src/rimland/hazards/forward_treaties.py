"""Bilateral defence pacts after an origin: formation that feeds back, and ending.

A pact gives its states a partner, and others a partner in common; both raise the hazards of more
pacts, which the engine reads from its own state. Formation is refitted up to the origin with
log(1 + partners in common), the form that a `shared` feature has, in place of *at least one*. A fit
whose branching ratio reaches 1 is not run: the prior on the two endogenous terms is halved until
the fit passes, from 2.5 on; by how much is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards import formation
from rimland.hazards.branching import RATIO, Endogenous, ratio, refuse_ratios, saturated
from rimland.hazards.ending import ending
from rimland.hazards.estimate import Estimate, Prior, estimate
from rimland.hazards.formation import ENDOGENOUS, TERMS, up_to_two
from rimland.hazards.forward_program import Kind, Lowering, Rare
from rimland.hazards.forward_units import standing_states
from rimland.hazards.links import Floats, HazardError
from rimland.hazards.networks import Networks, memberships, networks
from rimland.program.build import add, set_to, when
from rimland.program.model import Atom, Effect, Term

FIRST = 1946
PACT, END = "pact", "pact's end"
SCALE, HALVINGS = 2.5, 8
NEW_PACT_YEARS = 5.0
"""Age at which a pact concluded in the simulation is taken to stand, for its ending."""
ENDED, NONE, TIED = -1, 0, 1
MANY = 1_000_000
"""Pacts that no future begins: one that does is stopped with an error."""


@dataclass(frozen=True)
class Pacts:
    """What stands at the origin, and the equations of what follows."""

    forming: Kind
    """All pairs. Those bound at the origin may part and meet again, but that is not told of."""
    parting: Kind
    """The pacts that stand at the origin, by treaty."""
    pairs: NDArray[np.int64]
    """[T, 2], their states."""
    lapsing: Kind
    """The pacts that the pairs may conclude, in the order of `forming`."""
    partners: dict[int, int]
    """Of each state, at the origin."""
    scale: float
    """Of the prior on the endogenous terms that the branching ratio let pass."""
    ratios: dict[str, float]


def pacts(origin: int, years: int) -> Pacts:
    """Return both equations fitted up to the origin, and all pairs and pacts at its end.

    Held as the origin leaves them: rivals, disputes of the ten years before, multilateral pacts,
    capability, democracy. The trend (decades) goes on as the equation has it. Raises HazardError
    when no prior tried keeps formation from exploding.
    """
    nets = networks(FIRST, origin + 1, True)
    every = formation.dyads(FIRST, origin + 1, True)
    here = (every.year == origin + 1) & np.isin(every.states, standing_states(origin)).all(axis=1)
    states = every.states[here]
    one, two = (nets.at(states[:, side]) for side in (0, 1))
    shared = nets.shared(nets.bilateral)
    x = every.x[here].copy()
    x[:, TERMS.index("shared_partner")] = np.log1p(shared[-1, one, two])
    ties = nets.bilateral[-1] > 0
    made, scale, ratios = _formed(origin, nets, every, shared, x, states, ties)
    decades = (np.arange(origin + 1, origin + 1 + years) - 1980) / 10.0
    bound = ties[one, two]
    forming = Kind(
        PACT,
        made,
        states,
        x,
        {"decades": np.tile(decades, (len(x), 1))},
        ENDOGENOUS,
        told=~bound,
        rare=Rare("pacts begun", tuple(f"{_tie(a, c)}[{NONE}]" for a, c in states.tolist())),
    )
    parting, pairs = _parting(origin, years, states)
    lapsing = _lapsing(parting.made, states, x, decades)
    partners = {int(c): int(ties[nets.at(np.array([c]))[0]].sum()) for c in np.unique(states)}
    return Pacts(forming, parting, pairs, lapsing, partners, scale, ratios)


def lower_pacts(to: Lowering, world: Pacts) -> None:
    """Add formation and ending for every pair, over one layer of bilateral pacts.

    Two pacts of one pair (a pair of 1980) end together, at the rates of both.
    """
    b, forming = to.builder, world.forming
    unbound = forming.told if forming.told is not None else np.ones(len(forming.units), bool)
    nodes = [str(c) for c in sorted(world.partners)]
    most = len(nodes) - 1
    for node in nodes:
        held = b.variable(f"partners.{node}", 0, most, world.partners[int(node)])
        two = [Term(1, (Atom(held, k, most),)) for k in (1, 2)]
        b.feature(f"degree.{node}", two)
    begun = b.variable("pacts begun", 0, MANY, 0)
    tied: dict[tuple[str, str], str] = {}
    for (a, c), free in zip(forming.units.tolist(), unbound, strict=True):
        tied[str(a), str(c)] = b.variable(_tie(a, c), ENDED, TIED, NONE if free else TIED)
    b.layer("pacts", nodes, tied)
    before = forming.x[:, TERMS.index("previous_pact")] > 0.0
    for unit, ((a, c), tie) in enumerate(tied.items()):
        b.indicator(tie, NONE, NONE)
        reads = [
            ("shared_partner", b.shared("pacts", a, c, TIED, "log1p")),
            ("degree", f"degree.{a}"),
            ("degree", f"degree.{c}"),
        ]
        if not before[unit]:
            reads.append(("previous_pact", b.indicator(tie, ENDED, ENDED)))
        to.hazard(
            forming,
            unit,
            [set_to(tie, TIED), add(f"partners.{a}", 1), add(f"partners.{c}", 1), add(begun, 1)],
            [when(tie, ENDED, NONE)],
            reads,
        )
        if unbound[unit]:
            to.hazard(world.lapsing, unit, _parted(tie, a, c), [when(tie, TIED)])
    for unit, (one, other) in enumerate(world.pairs.tolist()):
        a, c = str(min(one, other)), str(max(one, other))
        tie = tied[a, c]
        to.hazard(world.parting, unit, _parted(tie, a, c), [when(tie, TIED)])


def _tie(one: int, other: int) -> str:
    return f"tie.{one}-{other}"


def _parted(tie: str, a: str, c: str) -> list[Effect]:
    return [set_to(tie, ENDED), add(f"partners.{a}", -1), add(f"partners.{c}", -1)]


def _formed(
    origin: int,
    nets: Networks,
    every: formation.Risk,
    shared: Floats,
    x: Floats,
    states: NDArray[np.int64],
    ties: NDArray[np.bool_],
) -> tuple[Estimate, float, dict[str, float]]:
    """Return the first fit that doesn't explode, its prior's scale and its branching ratios."""
    past = every.free & (every.year <= origin)
    rows, event, year = every.x[past], every.y[past], every.year[past]
    i, j = (nets.at(every.states[past, side]) for side in (0, 1))
    rows[:, TERMS.index("shared_partner")] = np.log1p(shared[year - FIRST, i, j])
    clusters = {"state": every.states[past]}
    still = np.array([t not in ENDOGENOUS for t in TERMS])
    one, two = (nets.at(states[:, side]) for side in (0, 1))
    refused: HazardError | None = None
    for halving in range(HALVINGS):
        scale = SCALE / 2.0**halving
        prior = Prior({t: scale if t in ENDOGENOUS else SCALE for t in TERMS if t != "constant"})
        made = estimate(rows, event, terms=TERMS, link="cloglog", penalty=prior, clusters=clusters)
        base = np.zeros(ties.shape)
        base[one, two] = base[two, one] = np.exp(x @ np.where(still, made.coefficients_, 0.0))
        effect = Endogenous(
            made.coefficient("shared_partner"),
            made.coefficient("degree"),
            formation.mean_years(FIRST, origin),
            np.log1p,
            up_to_two,
        )
        most, _ = saturated(base, effect)
        ratios = {
            f"{RATIO}, network at the end of {origin}": ratio(base, ties, effect),
            f"{RATIO}, saturated from the end of {origin}": most,
        }
        try:
            refuse_ratios(f"of pacts up to {origin}", ratios)
        except HazardError as error:
            refused = error
            continue
        return made, scale, ratios
    assert refused is not None
    raise refused


def _parting(origin: int, years: int, states: NDArray[np.int64]) -> tuple[Kind, NDArray[np.int64]]:
    """Return the ending of the bilateral pacts that stand at the origin, and whose they are."""
    rows = ending(FIRST, origin + 1, True)
    past = rows.only(rows.year <= origin)
    made = estimate(
        past.x,
        past.y,
        terms=past.terms,
        link="cloglog",
        penalty=Prior(SCALE),
        clusters=past.codes,
    )
    now = rows.only((rows.year == origin + 1) & (rows.of("multilateral") == 0.0))
    who = (
        memberships()
        .filter(pl.col("atopid").is_in(now.codes["treaty"].tolist()), pl.col("enters") <= origin)
        .group_by("atopid")
        .agg(one=pl.col("member").min(), two=pl.col("member").max())
    )
    pair = {int(t): (int(a), int(b)) for t, a, b in who.iter_rows()}
    known = {(int(a), int(b)) for a, b in states.tolist()}
    kept = np.array([pair[int(t)] in known for t in now.codes["treaty"]], bool)
    now = now.only(kept)
    ahead = np.arange(origin + 1, origin + 1 + years)
    age = np.exp(now.of("age"))
    moving = {
        "age": np.log(np.maximum(age[:, None] + (ahead - origin - 1), 1.0)),
        "decades": np.tile((ahead - 1980) / 10.0, (len(age), 1)),
    }
    treaty = now.codes["treaty"]
    kind = Kind(END, made, treaty[:, None], now.x, moving)
    return kind, np.array([pair[int(t)] for t in treaty], np.int64).reshape(-1, 2)


def _lapsing(made: Estimate, states: NDArray[np.int64], x: Floats, decades: Floats) -> Kind:
    """Return the ending of pacts concluded after the origin: no depth, an age that is held."""
    row = np.zeros((len(states), len(made.terms)))
    of = {
        "constant": np.ones(len(x)),
        "age": np.full(len(x), np.log(NEW_PACT_YEARS)),
        "disparity": x[:, TERMS.index("disparity")],
        "shared_rivals": (x[:, TERMS.index("shared_rivals")] > 0.0).astype(float),
        "fought_beside": x[:, TERMS.index("fought_beside")],
    }
    for term, values in of.items():
        row[:, made.terms.index(term)] = values
    moving = {"decades": np.tile(decades, (len(x), 1))}
    return Kind(f"{END}, new", made, states, row, moving, equation=END)

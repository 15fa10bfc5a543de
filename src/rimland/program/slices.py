"""Slices: a program cut to what can move some observers.

Randomness is keyed by a transition's name and its own firings, so what is cut away changes no
other event: the slice's answer is that of the whole, bit for bit, up to the number of events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rimland.program.influence import ancestors
from rimland.program.model import Program, Switch, Weighted


def sliced(program: Program, observers: Iterable[str]) -> Program:
    """Return `program` cut to the ancestors of `observers`, and those observers alone.

    Parameters stay as they are, so that theta has the same columns as for the whole.
    """
    wanted = set(observers)
    reached = ancestors(program, wanted)
    transitions = tuple(t for t in program.transitions if t.name in reached.transitions)
    kept = tuple(o for o in program.observers if o.name in wanted)
    read = {o.of for o in kept if o.of is not None}
    for transition in transitions:
        read |= _names(transition.clock.terms)
        for outcome in transition.outcomes:
            read |= _names(outcome.terms)
    indices = tuple(i for i in program.indices if i.name in read)
    for index in indices:
        read |= _names(index.terms)
    features = tuple(f for f in program.features if f.name in read)
    covariates = {f.covariate for f in features}
    layers = {f.shared.layer for f in features if f.shared is not None}
    return replace(
        program,
        variables=tuple(v for v in program.variables if v.name in reached.variables),
        transitions=tuple(
            replace(
                t,
                outcomes=tuple(
                    replace(
                        o, effects=tuple(e for e in o.effects if e.variable in reached.variables)
                    )
                    for o in t.outcomes
                ),
            )
            for t in transitions
        ),
        features=features,
        indices=indices,
        covariates=tuple(c for c in program.covariates if c.name in covariates),
        observers=kept,
        layers=tuple(
            replace(layer, ties=tuple(t for t in layer.ties if t.variable in reached.variables))
            for layer in program.layers
            if layer.name in layers
        ),
        queues=tuple(q for q in program.queues if q.name in reached.transitions),
    )


def restricted(switch: Switch, program: Program) -> Switch:
    """Return the part of a switch that touches variables of `program`."""
    names = {v.name for v in program.variables}
    return Switch(
        {name: level for name, level in switch.starts.items() if name in names},
        tuple(hold for hold in switch.holds if hold.variable in names),
    )


def _names(terms: Iterable[Weighted]) -> set[str]:
    return {term.of for term in terms}

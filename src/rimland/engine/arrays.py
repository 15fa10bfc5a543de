"""A program compiled into flat arrays: everything numbered, every list of readers derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rimland.engine.layout import (
    CLOCKS,
    COVARIATE,
    EFFECT,
    GUARD,
    NONE,
    OBSERVER,
    OBSERVERS,
    OUTCOME,
    TERM,
    TRANSFORMS,
    TRANSITION,
    VALUE,
    VARIABLE,
    WEIGHT,
    Tables,
    aligned,
)
from rimland.engine.sharing import Shares, share_tables
from rimland.program.keys import name_key
from rimland.program.model import (
    Atom,
    Feature,
    Observer,
    Program,
    Term,
    Transition,
    Weighted,
    start_of_service,
)


@dataclass(frozen=True)
class Compiled:
    """A program as arrays, with the names that its numbers stand for."""

    program: Program
    tables: Tables
    variables: tuple[str, ...]
    values: tuple[str, ...]
    transitions: tuple[str, ...]
    outcomes: tuple[str, ...]
    observers: tuple[str, ...]
    features: int
    shares: Shares


Links = dict[int, list[int]]
"""For each record, the records that have to look again when it changes (in order, no doubles)."""
Row = tuple[int, ...]


def _link(links: Links, of: int, to: int) -> None:
    """Note that `to` reads `of`; whoever reads it twice says so twice in a row."""
    known = links.get(of)
    if known is None:
        links[of] = [to]
    elif known[-1] != to:
        known.append(to)


def _table(rows: list[Row], dtype: np.dtype[Any], last: Row = ()) -> NDArray[Any]:
    """Return the rows as records, and one more that ends them; fields not given are 0."""
    out = np.zeros(len(rows) + 1, dtype)
    if rows:
        names = (dtype.names or ())[: len(rows[0])]
        given = np.array(rows, [(name, dtype[name]) for name in names])
        for name in names:
            out[name][:-1] = given[name]
    for name, end in zip(dtype.names or (), last, strict=False):
        out[name][-1] = end
    return out


class _Maker:
    """Numbers everything, then makes table after table; `weights` and `links` are shared."""

    def __init__(self, program: Program) -> None:
        self.transitions = sorted(
            (*program.transitions, *map(start_of_service, program.queues)),
            key=lambda t: (t.priority, t.name),
        )
        read = _variables_read(program)
        levels = [
            Feature(v.name, (Term(1, (Atom(v.name),)),))
            for v in program.variables
            if v.name in read
        ]
        self.features = [*program.features, *levels]
        self.indices = program.indices
        self.variable = {v.name: i for i, v in enumerate(program.variables)}
        self.shares = share_tables(program.layers, self.features, self.variable)
        read_as = [*(f.name for f in self.features), *(x.name for x in program.indices)]
        self.value = {name: i for i, name in enumerate(read_as)}
        self.parameter = {p.name: i for i, p in enumerate(program.parameters)}
        self.covariate = {c.name: i for i, c in enumerate(program.covariates)}
        self.number = {t.name: i for i, t in enumerate(self.transitions)}
        self.weights: list[Row] = []
        self.links: list[int] = []

    def listed(self, table: NDArray[Any], **kinds: Links) -> None:
        """Write where each record's lists begin; the last record only ends them."""
        for field, kind in kinds.items():
            starts = [len(self.links)]
            for i in range(len(table) - 1):
                self.links.extend(kind.get(i, ()))
                starts.append(len(self.links))
            table[field] = starts

    def weigh(self, items: tuple[Weighted, ...]) -> int:
        """Append a linear form; return where it starts."""
        at = len(self.weights)
        self.weights.extend((self.parameter[w.parameter], self.value[w.of]) for w in items)
        return at

    def terms(self, terms_of: Links, features_of: Links) -> NDArray[Any]:
        rows: list[Row] = []
        for f, feature in enumerate(self.features):
            if feature.covariate is not None:
                _link(features_of, self.covariate[feature.covariate], f)
            for term in feature.terms:
                for atom in term.atoms:
                    _link(terms_of, self.variable[atom.variable], len(rows))
                a, b = (*(self.atom(atom) for atom in term.atoms), *((NONE, 0, 0, 0),) * 2)[:2]
                rows.append((term.coef, a[2], a[3], b[2], b[3], f, a[0], b[0], a[1], b[1]))
        return _table(rows, TERM)

    def atom(self, atom: Atom) -> Row:
        """Return (variable, is it an indicator, lo, hi)."""
        flag = int(atom.lo is not None or atom.hi is not None)
        lo = -(2**62) if atom.lo is None else atom.lo
        hi = 2**62 if atom.hi is None else atom.hi
        return self.variable[atom.variable], flag, lo, hi

    def values(self, indices_of: Links) -> list[Row]:
        rows: list[Row] = []
        also = self.shares.also
        for f, feature in enumerate(self.features):
            source = NONE if feature.covariate is None else self.covariate[feature.covariate]
            rows.append((TRANSFORMS[feature.transform], source, 0, also.get(f, NONE)))
        for index in self.indices:
            for w in index.terms:
                _link(indices_of, self.value[w.of], self.value[index.name])
            source = self.entry(index.constant)
            rows.append((TRANSFORMS[index.transform], source, self.weigh(index.terms), NONE))
        return rows

    def entry(self, parameter: str | None) -> int:
        return NONE if parameter is None else self.parameter[parameter]

    def changes(
        self, guards_of: Links, clocks_of: Links
    ) -> tuple[list[Row], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[np.float64]]:
        """Return transitions, guards, outcomes, effects and calendar days."""
        rows: list[Row] = []
        guards: list[Row] = []
        outcomes: list[Row] = []
        effects: list[Row] = []
        days: list[float] = []
        for n, transition in enumerate(self.transitions):
            clock = transition.clock
            p, q = (*(self.parameter[name] for name in clock.parameters), NONE, NONE)[:2]
            form = (self.entry(clock.base), p, q, len(guards), 0, self.weigh(clock.terms), 0)
            kind = (name_key(transition.name), CLOCKS[clock.kind], int(clock.again == "resume"))
            rows.append((*kind, *form, len(outcomes), len(days)))
            outcomes.extend(((0, 0, 0),) * len(transition.outcomes))
            days.extend(float(day) for day in clock.days)
            for w in clock.terms:
                _link(clocks_of, self.value[w.of], n)
            for part in transition.guard:
                guards.append((part.lo, part.hi, self.variable[part.variable]))
                _link(guards_of, self.variable[part.variable], n)
        self.ends = (len(guards), len(self.weights), len(outcomes), len(days))
        for at, outcome in enumerate(o for t in self.transitions for o in t.outcomes):
            outcomes[at] = (self.entry(outcome.base), self.weigh(outcome.terms), len(effects))
            effects.extend(
                (e.value, self.variable[e.variable], int(e.op == "add")) for e in outcome.effects
            )
        last = (NONE, len(self.weights), len(effects))
        return (
            rows,
            _table(guards, GUARD),
            _table(outcomes, OUTCOME, last),
            _table(effects, EFFECT),
            np.array(days, np.float64),
        )

    def observer(self, observer: Observer, outcomes: Mapping[tuple[str, str], int]) -> Row:
        lo = -(2**62) if observer.lo is None else observer.lo
        hi = 2**62 if observer.hi is None else observer.hi
        value = variable = NONE
        if observer.kind == "first":
            variable = self.variable[observer.of or ""]
        elif observer.of is not None:
            value = self.value[observer.of]
        transition = NONE if observer.transition is None else self.number[observer.transition]
        outcome = outcomes.get((observer.transition or "", observer.outcome or ""), NONE)
        return lo, hi, OBSERVERS[observer.kind], value, outcome, transition, variable


def _variables_read(program: Program) -> set[str]:
    """Return the variables whose level a linear form or an observer reads."""
    forms: list[tuple[Weighted, ...]] = [index.terms for index in program.indices]
    for transition in program.transitions:
        forms.append(transition.clock.terms)
        forms.extend(outcome.terms for outcome in transition.outcomes)
    read = {w.of for form in forms for w in form}
    read.update(o.of for o in program.observers if o.of is not None and o.kind != "first")
    return read


def _outcome_numbers(transitions: Iterable[Transition]) -> dict[tuple[str, str], int]:
    pairs = [(t.name, o.name) for t in transitions for o in t.outcomes]
    return {pair: i for i, pair in enumerate(pairs)}


def compile_program(program: Program) -> Compiled:
    """Return a checked program as flat arrays; nothing in them depends on theta or a switch."""
    make = _Maker(program)
    guards_of, terms_of, hits_of, features_of = Links(), Links(), Links(), Links()
    indices_of, clocks_of, observers_of = Links(), Links(), Links()
    counts_of, hazards_of = Links(), Links()
    term = make.terms(terms_of, features_of)
    values = make.values(indices_of)
    end_of_indices = len(make.weights)
    rows, guard, outcome, effect, days = make.changes(guards_of, clocks_of)
    outcomes = _outcome_numbers(make.transitions)
    observers = [make.observer(o, outcomes) for o in program.observers]
    for o, (_, _, kind, value, _, transition, variable) in enumerate(observers):
        if kind in (OBSERVERS["integral"], OBSERVERS["hazard"]) and value != NONE:
            _link(observers_of, value, o)
        if kind == OBSERVERS["hazard"]:
            _link(hazards_of, transition, o)
        if kind == OBSERVERS["count"]:
            _link(counts_of, transition, o)
        if kind == OBSERVERS["first"]:
            _link(hits_of, variable, o)
    variable_table = _table([(v.lo, v.hi) for v in program.variables], VARIABLE)
    make.listed(variable_table, guards=guards_of, terms=terms_of, hits=hits_of)
    variable_table["ties"] = make.shares.ties_of
    value_table = _table(values, VALUE)
    make.listed(value_table, indices=indices_of, clocks=clocks_of, observers=observers_of)
    covariate_table = np.zeros(len(program.covariates) + 1, COVARIATE)
    make.listed(covariate_table, features=features_of)
    transition_table = _table(rows, TRANSITION)
    make.listed(transition_table, counts=counts_of, hazards=hazards_of)
    value_table["weights"][-1] = end_of_indices
    for column, end in zip(("guards", "weights", "outcomes", "days"), make.ends, strict=True):
        transition_table[column][-1] = end
    for column in ("guards", "weights", "hazards"):
        transition_table[f"{column}_end"][:-1] = transition_table[column][1:]
    transition_table = aligned(transition_table)
    value_table = aligned(value_table)
    tables = Tables(
        variable_table,
        term,
        value_table,
        covariate_table,
        _table(make.weights, WEIGHT),
        transition_table,
        guard,
        outcome,
        effect,
        _table(observers, OBSERVER),
        np.array([*make.links, NONE], np.uint32),
        np.array([*days, np.inf], np.float64),
        make.shares.tie,
        make.shares.place,
        make.shares.pairs,
    )
    return Compiled(
        program,
        tables,
        tuple(make.variable),
        tuple(make.value),
        tuple(make.number),
        tuple(o.name for t in make.transitions for o in t.outcomes),
        tuple(o.name for o in program.observers),
        len(make.features),
        make.shares,
    )

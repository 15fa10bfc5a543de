"""A program as flat arrays: what the kernel reads.

Every list is ended by the next record's start, so each table has one record more than it has
entries (CSR inside the record). `links` holds the lists of plain numbers. u4 = uint32,
i8 = int64, f8 = float64; NONE = 2^32 - 1.

    variable   | lo hi | guards ─▶ links: transitions whose guard reads it
                       | terms  ─▶ links: terms that read it
                       | hits   ─▶ links: `first` observers that wait for it
    term       | feature | a b (variables or NONE) | flags: a, b are indicators | lo hi each | coef
    value      | transform | source | weights ─▶ weight          features first, then indices;
                       | indices ─▶ links  | clocks ─▶ links     source: covariate of a feature,
                       | observers ─▶ links                              constant of an index
    covariate  | features ─▶ links
    weight     | parameter | value
    transition | key | kind | again | base | p q | guards ─▶ guard | weights ─▶ weight
                       | outcomes ─▶ outcome | days ─▶ day | counts ─▶ links | hazards ─▶ links
    guard      | variable | lo hi
    outcome    | base | weights ─▶ weight | effects ─▶ effect
    effect     | variable | add? | value
    observer   | kind | value | outcome | transition | lo hi | variable
    moment     | day | kind (covariate, hold) | which | value    in order of day: the timeline

Transitions are numbered by (priority, name): the lower number goes first of simultaneous
events, and nothing hangs on the order of declaration. A queue is one more of them, of the clock
`queue`: its first guard is the variable of its servers, the others are its units with
lo = waiting and hi = serving, and its outcomes are the units in the same order. What the state
adds to the levels is `moved`, the count at which a variable last moved: who waits longest is who
moved first. Where programs grow to tens of thousands of transitions, `block` (the minimum over 16
next times) becomes the lowest row of a tournament tree. Neither touches the other tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rimland.errors import RunError
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

NONE = 0xFFFFFFFF
BLOCK = 16
TOP = 7
"""Where the state's sizes say at which block the uppermost row begins."""
MOST_BLOCKS = 32
"""With more blocks than this in a row, they are put into blocks themselves; see docs/engine.md."""

TRANSFORMS = {"identity": 0, "log1p": 1, "sqrt": 2, "log": 3}
CLOCKS = {
    "exponential": 0,
    "fixed": 1,
    "lognormal": 2,
    "weibull": 3,
    "calendar": 4,
    "gamma": 5,
    "queue": 6,
}
OBSERVERS = {"level": 0, "integral": 1, "count": 2, "first": 3, "hazard": 4}
MOMENTS = {"covariate": 0, "hold": 1}


def _dtype(**fields: str) -> np.dtype[Any]:
    """Return a record of the fields, in groups of a name list each, 8-byte ones first."""
    pairs = [(name, kind) for kind, names in fields.items() for name in names.split()]
    if sum(kind == "u4" for _, kind in pairs) % 2:
        pairs.append(("spare", "u4"))
    return np.dtype(pairs)


VARIABLE = _dtype(i8="lo hi", u4="guards terms hits")
TERM = _dtype(i8="coef lo_a hi_a lo_b hi_b", u4="feature a b flag_a flag_b")
VALUE = _dtype(u4="transform source weights indices clocks observers")
COVARIATE = _dtype(u4="features")
WEIGHT = _dtype(u4="parameter value")
TRANSITION = _dtype(u8="key", u4="kind again base p q guards weights outcomes days counts hazards")
GUARD = _dtype(i8="lo hi", u4="variable")
OUTCOME = _dtype(u4="base weights effects")
EFFECT = _dtype(i8="value", u4="variable add")
OBSERVER = _dtype(i8="lo hi", u4="kind value outcome transition variable")
MOMENT = _dtype(f8="day value", u4="kind which")

# What one future in progress consists of; one set per worker.
VARIABLE_STATE = _dtype(i8="level moved", u4="held marked")
VALUE_STATE = _dtype(i8="raw", f8="x", u4="marked")
TRANSITION_STATE = _dtype(
    f8="work speed since", u8="firings restarts", u4="day armed enabled stale marked"
)
OBSERVER_STATE = _dtype(f8="total rate since", u4="marked")
BLOCK_STATE = _dtype(f8="time", u4="first parent child")
RECORD = _dtype(f8="day", i8="before after", u4="transition outcome variable")
FAULT = _dtype(i8="code number", u8="draw future", f8="day value", u4="transition which")


class Tables(NamedTuple):
    """The static arrays, in the order in which the kernel takes them."""

    variable: NDArray[Any]
    term: NDArray[Any]
    value: NDArray[Any]
    covariate: NDArray[Any]
    weight: NDArray[Any]
    transition: NDArray[Any]
    guard: NDArray[Any]
    outcome: NDArray[Any]
    effect: NDArray[Any]
    observer: NDArray[Any]
    links: NDArray[np.uint32]
    days: NDArray[np.float64]


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


Links = dict[int, dict[int, None]]
"""For each record, the records that have to look again when it changes (ordered, no doubles)."""
Row = tuple[int, ...]


def _link(links: Links, of: int, to: int) -> None:
    links.setdefault(of, {})[to] = None


def _table(rows: list[Row], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the rows as records; fields that the rows do not give are 0."""
    width = len(dtype.names or ())
    return np.array([(*row, *(0,) * (width - len(row))) for row in rows], dtype)


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
        read_as = [*(f.name for f in self.features), *(x.name for x in program.indices)]
        self.value = {name: i for i, name in enumerate(read_as)}
        self.parameter = {p.name: i for i, p in enumerate(program.parameters)}
        self.covariate = {c.name: i for i, c in enumerate(program.covariates)}
        self.number = {t.name: i for i, t in enumerate(self.transitions)}
        self.weights: list[Row] = []
        self.links: list[int] = []

    def listed(self, rows: list[Row], *kinds: Links) -> list[Row]:
        """Give each record where its lists begin; the last record only ends them."""
        columns = []
        for kind in kinds:
            column = []
            for i in range(len(rows)):
                column.append(len(self.links))
                self.links.extend(kind.get(i, ()))
            columns.append([*column, len(self.links)])
        width = len(rows[0]) if rows else 0
        return [
            (*row, *(column[i] for column in columns))
            for i, row in enumerate([*rows, (0,) * width])
        ]

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
        return _table([*rows, ()], TERM)

    def atom(self, atom: Atom) -> Row:
        """Return (variable, is it an indicator, lo, hi)."""
        flag = int(atom.lo is not None or atom.hi is not None)
        lo = -(2**62) if atom.lo is None else atom.lo
        hi = 2**62 if atom.hi is None else atom.hi
        return self.variable[atom.variable], flag, lo, hi

    def values(self, indices_of: Links) -> list[Row]:
        rows: list[Row] = []
        for feature in self.features:
            source = NONE if feature.covariate is None else self.covariate[feature.covariate]
            rows.append((TRANSFORMS[feature.transform], source, 0))
        for index in self.indices:
            for w in index.terms:
                _link(indices_of, self.value[w.of], self.value[index.name])
            source = self.entry(index.constant)
            rows.append((TRANSFORMS[index.transform], source, self.weigh(index.terms)))
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
            form = (self.entry(clock.base), p, q, len(guards), self.weigh(clock.terms))
            kind = (name_key(transition.name), CLOCKS[clock.kind], int(clock.again == "resume"))
            rows.append((*kind, *form, len(outcomes), len(days)))
            outcomes.extend((0, 0, 0) for _ in transition.outcomes)
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
            _table([*guards, ()], GUARD),
            _table([*outcomes, last], OUTCOME),
            _table([*effects, ()], EFFECT),
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
    if program.layers:
        raise RunError(f"program '{program.name}' counts shared partners, which is not run yet")
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
    variables: list[Row] = [(v.lo, v.hi) for v in program.variables]
    variable_table = _table(make.listed(variables, guards_of, terms_of, hits_of), VARIABLE)
    value_table = _table(make.listed(values, indices_of, clocks_of, observers_of), VALUE)
    covariates: list[Row] = [() for _ in program.covariates]
    covariate_table = _table(make.listed(covariates, features_of), COVARIATE)
    transition_table = _table(make.listed(rows, counts_of, hazards_of), TRANSITION)
    value_table["weights"][-1] = end_of_indices
    for column, end in zip(("guards", "weights", "outcomes", "days"), make.ends, strict=True):
        transition_table[column][-1] = end
    tables = Tables(
        variable_table,
        term,
        value_table,
        covariate_table,
        _table([*make.weights, ()], WEIGHT),
        transition_table,
        guard,
        outcome,
        effect,
        _table([*observers, ()], OBSERVER),
        np.array([*make.links, NONE], np.uint32),
        np.array([*days, np.inf], np.float64),
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
    )

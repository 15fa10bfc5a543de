"""How far a reading differs between two worlds, whatever theta is within its ranges.

A world's state is known only as a set of pairs: what levels a variable, or a block of variables,
can have with the switch and, at the same moment, without it. The difference of a linear form over
all such pairs and all admissible theta is an interval. A variable that is read twice by one form,
or twice by parts of it, is counted with both at once, so that a token opposing term is outweighed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rimland.findings.signs_ranges import ANY, NOTHING, Range, add, negative, times
from rimland.program.model import Atom, Feature, Index, Program, Term, Weighted

Levels = tuple[int, ...]
Pair = tuple[Levels, Levels]
"""Levels of a block's variables with the switch, and without it."""

_MOST_COMBINATIONS = 20_000
_T: Mapping[str, Callable[[float], float]] = {
    "identity": lambda x: x,
    "log1p": lambda x: math.log1p(x) if x > -1 else -math.inf,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "log": lambda x: math.log(x) if x > 0 else -math.inf,
}
_SLOPES: Mapping[str, Callable[[float], float]] = {
    "log1p": lambda x: 1 / (1 + x) if x > -1 else math.inf,
    "sqrt": lambda x: 0.5 / math.sqrt(x) if x > 0 else math.inf,
    "log": lambda x: 1 / x if x > 0 else math.inf,
}


@dataclass(frozen=True)
class Item:
    """Parameters times a product of atoms, times a feature that is no plain sum, or an index."""

    key: tuple[str, ...]
    coef: int
    atoms: tuple[Atom, ...] = ()
    odd: Feature | Index | None = None


class View:
    """Pairs of levels by block, and where each variable stands among them."""

    def __init__(
        self, place: Mapping[str, tuple[int, int]], sets: Sequence[Collection[Pair]]
    ) -> None:
        """Look at one set of pairs a block; `place` says (block, position) of each variable."""
        self.place = place
        self.sets = sets
        self._projected: dict[tuple[int, Levels], frozenset[Pair]] = {}

    def project(self, block: int, positions: Levels) -> frozenset[Pair]:
        """Return the pairs of a block as far as some of its variables go."""
        key = (block, positions)
        if key not in self._projected:
            self._projected[key] = frozenset(
                (tuple(u[i] for i in positions), tuple(w[i] for i in positions))
                for u, w in self.sets[block]
            )
        return self._projected[key]

    def pairs(self, variable: str) -> list[tuple[int, int]]:
        """Return the pairs of levels that one variable can have."""
        block, position = self.place[variable]
        return [(u[0], w[0]) for u, w in self.project(block, (position,))]

    def same(self, variable: str) -> bool:
        """Return whether a variable always has the same level in both worlds."""
        return all(u == w for u, w in self.pairs(variable))


class Forms:
    """Differences and values of what a program reads."""

    def __init__(self, program: Program, ranges: Mapping[str, Range]) -> None:
        """Read `program` with the admissible values of its parameters."""
        self.ranges = ranges
        self._variables = {v.name for v in program.variables}
        self._features = {f.name: f for f in program.features}
        self._indices = {i.name: i for i in program.indices}
        self._covariates = {c.name: c for c in program.covariates}

    def items(self, terms: Iterable[Weighted], key: tuple[str, ...] = ()) -> list[Item]:
        """Return a linear form written out: indices and features without a transform dissolve."""
        out: list[Item] = []
        for term in terms:
            out += self.reading(term.of, (*key, term.parameter))
        return out

    def reading(self, of: str, key: tuple[str, ...] = (), sign: int = 1) -> list[Item]:
        """Return one reading written out; `key` names the parameters that weigh it."""
        if of in self._variables:
            return [Item(key, sign, (Atom(of),))]
        if of in self._features:
            feature = self._features[of]
            if feature.transform != "identity" or feature.covariate is not None:
                return [Item(key, sign, (), feature)]
            return [Item(key, sign * t.coef, t.atoms) for t in feature.terms]
        index = self._indices[of]
        if index.transform != "identity":
            return [Item(key, sign, (), index)]
        out = self.items(index.terms, key)
        return [Item(i.key, sign * i.coef, i.atoms, i.odd) for i in out]

    def variables(self, item: Item) -> tuple[str, ...]:
        """Return the variables that an item reads."""
        if isinstance(item.odd, Index):
            inner = self.items(item.odd.terms)
            return tuple(dict.fromkeys(v for i in inner for v in self.variables(i)))
        terms = item.odd.terms if isinstance(item.odd, Feature) else (Term(1, item.atoms),)
        return tuple(dict.fromkeys(a.variable for t in terms for a in t.atoms))

    def covariates(self, item: Item) -> bool:
        """Return whether an item's effect can change with time by itself."""
        if isinstance(item.odd, Index):
            return any(self.covariates(i) for i in self.items(item.odd.terms))
        return isinstance(item.odd, Feature) and item.odd.covariate is not None

    def weight(self, key: tuple[str, ...]) -> Range:
        """Return the range of a product of parameters."""
        out: Range = (1.0, 1.0)
        for name in key:
            out = times(out, self.ranges[name])
        return out

    # --- differences -----------------------------------------------------------------------

    def change(self, items: Iterable[Item], view: View) -> Range:
        """Return lowest and highest value of the form with the switch minus that without."""
        live = [i for i in items if not all(view.same(v) for v in self.variables(i))]
        total = NOTHING
        plain: list[Item] = []
        for item in live:
            if isinstance(item.odd, Index):
                total = add(total, self._index_change(item, item.odd, view))
            else:
                plain.append(item)
        for group in self._groups(plain, view):
            total = add(total, self._group_change(group, view))
        return total

    def _groups(self, items: list[Item], view: View) -> list[list[Item]]:
        """Return the items in groups that share no block."""
        groups: list[tuple[set[int], list[Item]]] = []
        for item in items:
            blocks = {view.place[v][0] for v in self.variables(item)}
            joined = [item]
            rest = []
            for other, members in groups:
                if other & blocks:
                    blocks |= other
                    joined += members
                else:
                    rest.append((other, members))
            groups = [*rest, (blocks, joined)]
        return [members for _, members in groups]

    def _combinations(
        self, items: list[Item], view: View
    ) -> Iterable[tuple[dict[str, int], dict[str, int]]] | None:
        """Return all pairs of levels of the variables that the items read; None if too many."""
        wanted: dict[int, list[str]] = {}
        for name in dict.fromkeys(v for i in items for v in self.variables(i)):
            wanted.setdefault(view.place[name][0], []).append(name)
        choices = []
        size = 1
        for block, names in wanted.items():
            found = view.project(block, tuple(view.place[n][1] for n in names))
            size *= len(found)
            choices.append([(dict(zip(names, u, strict=True)), dict(zip(names, w, strict=True)))
                            for u, w in found])  # fmt: skip
        if size > _MOST_COMBINATIONS:
            return None
        return (
            ({k: x for u, _ in combo for k, x in u.items()},
             {k: x for _, w in combo for k, x in w.items()})
            for combo in product(*choices)
        )  # fmt: skip

    def _group_change(self, items: list[Item], view: View) -> Range:
        combinations = self._combinations(items, view)
        if combinations is None:
            if len(items) == 1:
                return ANY
            total = NOTHING
            for item in items:  # as if they did not share a block: too wide, never too narrow
                total = add(total, self._group_change([item], view))
            return total
        weights = {item.key: self.weight(item.key) for item in items}
        low, high = math.inf, -math.inf
        for u, w in combinations:
            sums: dict[tuple[str, ...], Range] = dict.fromkeys(weights, NOTHING)
            for item in items:
                step = self._item_change(item, u, w)
                if step is None:
                    return ANY
                sums[item.key] = add(sums[item.key], step)
            total = NOTHING
            for key, step in sums.items():
                total = add(total, times(weights[key], step))
            low, high = min(low, total[0]), max(high, total[1])
        return (low, high) if low <= high else NOTHING

    def _item_change(self, item: Item, u: dict[str, int], w: dict[str, int]) -> Range | None:
        """Return an item's difference for one pair; None where a log of 0 switches one off."""
        if not isinstance(item.odd, Feature):
            step = item.coef * (_product(item.atoms, u) - _product(item.atoms, w))
            return float(step), float(step)
        steps = []
        for shift in self._shifts(item.odd):
            a = _T[item.odd.transform](_raw(item.odd, u) + shift)
            b = _T[item.odd.transform](_raw(item.odd, w) + shift)
            if math.isnan(a) or math.isnan(b):
                continue  # the engine stops here with an error
            if math.isinf(a) != math.isinf(b):
                return None
            steps.append(0.0 if math.isinf(a) else item.coef * (a - b))
        return (min(steps), max(steps)) if steps else NOTHING

    def _shifts(self, feature: Feature) -> Sequence[float]:
        return (0.0,) if feature.covariate is None else self._covariates[feature.covariate].values

    def _index_change(self, item: Item, index: Index, view: View) -> Range:
        """A transform rises, ever less steeply: its difference follows from that of its sum."""
        weight = times(self.weight(item.key), (float(item.coef), float(item.coef)))
        inner = self.items(index.terms)
        low, high = self.change(inner, view)
        if math.isinf(low) or math.isinf(high):
            return ANY
        bottom, top = self._sum(inner, index.constant, view)
        if bottom <= (-1 if index.transform == "log1p" else 0):
            steps = (0.0 if low >= 0 else -math.inf, 0.0 if high <= 0 else math.inf)
            if index.transform == "sqrt":
                return times(weight, steps)
            # A log of 0 switches the hazard off, whatever the sign or size of its weight.
            return ANY if weight[0] < 0 else steps
        flat, steep = _SLOPES[index.transform](top), _SLOPES[index.transform](bottom)
        least = low * (flat if low >= 0 else steep) if low != 0 else 0.0
        most = high * (steep if high >= 0 else flat) if high != 0 else 0.0
        return times(weight, (least, most))

    # --- values ----------------------------------------------------------------------------

    def value(self, of: str, view: View) -> Range:
        """Return lowest and highest value of a reading in either world."""
        index = self._indices.get(of)
        if index is not None:
            low, high = self._sum(self.items(index.terms), index.constant, view)
            return _T[index.transform](low), _T[index.transform](high)
        return self._sum(self.reading(of), None, view)

    def _sum(self, items: list[Item], constant: str | None, view: View) -> Range:
        total = NOTHING if constant is None else self.ranges[constant]
        for group in self._groups([i for i in items if not isinstance(i.odd, Index)], view):
            total = add(total, self._group_sum(group, view))
        for item in items:
            if isinstance(item.odd, Index):
                value = self.value(item.odd.name, view)
                total = add(total, times(self.weight(item.key), _scaled(value, item.coef)))
        return total

    def _group_sum(self, items: list[Item], view: View) -> Range:
        combinations = self._combinations(items, view)
        if combinations is None:
            if len(items) == 1:
                return ANY
            total = NOTHING
            for item in items:
                total = add(total, self._group_sum([item], view))
            return total
        low, high = math.inf, -math.inf
        for pair in combinations:
            for levels in pair:
                total = NOTHING
                for item in items:
                    value = self._item_value(item, levels)
                    total = add(total, times(self.weight(item.key), _scaled(value, item.coef)))
                low, high = min(low, total[0]), max(high, total[1])
        return (low, high) if low <= high else NOTHING

    def _item_value(self, item: Item, levels: dict[str, int]) -> Range:
        if not isinstance(item.odd, Feature):
            value = float(_product(item.atoms, levels))
            return value, value
        raw = _raw(item.odd, levels)
        values = [_T[item.odd.transform](raw + s) for s in self._shifts(item.odd)]
        values = [v for v in values if not math.isnan(v)]
        return (min(values), max(values)) if values else NOTHING


def _scaled(a: Range, coef: int) -> Range:
    return times(a, (float(coef), float(coef))) if coef >= 0 else negative(times(a, (-coef, -coef)))


def _product(atoms: Iterable[Atom], levels: Mapping[str, int]) -> int:
    out = 1
    for atom in atoms:
        level = levels[atom.variable]
        if atom.lo is None and atom.hi is None:
            out *= level
        else:
            above = atom.lo is None or atom.lo <= level
            out *= int(above and (atom.hi is None or level <= atom.hi))
    return out


def _raw(feature: Feature, levels: Mapping[str, int]) -> int:
    return sum(term.coef * _product(term.atoms, levels) for term in feature.terms)

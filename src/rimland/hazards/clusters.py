"""Errors clustered one way, several ways, or by the two states of a dyad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rimland.hazards.links import Floats, HazardError

BLOCK = 65_536


@dataclass(frozen=True)
class Group:
    """One term of the sum of Cameron, Gelbach and Miller (2011): rows by code, and its sign."""

    name: str
    codes: NDArray[np.int64]
    """[n] or [n, 2], from 0."""
    sign: int
    named: bool
    """Whether it is a key that was asked for, and not an intersection."""
    cells: int
    """How many clusters the correction counts."""

    def meat(self, x: Floats, score: Floats) -> Floats:
        """Return the sum over clusters of the outer product of their scores, [K, K].

        `score` [n] is each row's derivative by its linear form. Rows are taken in order of their
        cluster, a block at a time, so that a million clusters need no table of a million sums.
        """
        codes = self.codes.reshape(len(x), -1)
        flat = codes.T.ravel()
        order = np.argsort(flat, kind="stable")
        made = np.zeros((x.shape[1], x.shape[1]))
        carried = np.zeros(x.shape[1])
        last = -1
        for begin in range(0, len(order), BLOCK):
            rows = order[begin : begin + BLOCK]
            code = flat[rows]
            starts = np.flatnonzero(np.diff(code, prepend=-1))
            rows = rows % len(x)
            sums = np.add.reduceat(x[rows] * score[rows, None], starts, axis=0)
            if code[0] == last:
                sums[0] += carried
            else:
                made += np.outer(carried, carried)
            carried, last = sums[-1].copy(), int(code[-1])
            made += sums[:-1].T @ sums[:-1]
        return made + np.outer(carried, carried)


def grouping(clusters: Mapping[str, NDArray[np.integer]], rows: int) -> list[Group]:
    """Return the signed groupings that make up the meat of the sandwich.

    Raises HazardError for codes of the wrong shape, for fewer than two clusters and for a dyadic
    key together with others.
    """
    single: dict[str, NDArray[np.int64]] = {}
    groups: list[Group] = []
    for name, given in clusters.items():
        codes = np.asarray(given)
        if codes.shape not in ((rows,), (rows, 2)):
            raise HazardError(
                f"The clusters '{name}' have shape {codes.shape};"
                f" expected ({rows},) or ({rows}, 2)."
            )
        known, dense = np.unique(codes, return_inverse=True)
        if len(known) < 2:
            raise HazardError(f"The clusters '{name}' are a single one; two are the least.")
        dense = dense.reshape(codes.shape).astype(np.int64)
        if codes.ndim == 1:
            single[name] = dense
            continue
        if len(clusters) > 1:
            raise HazardError(f"The dyadic clusters '{name}' cannot be combined with others.")
        if np.any(dense[:, 0] == dense[:, 1]):
            raise HazardError(f"The clusters '{name}' pair a state with itself.")
        count = len(known)
        low, high = dense.min(axis=1), dense.max(axis=1)
        _, pair = np.unique(low * count + high, return_inverse=True)
        groups.append(Group(name, dense, 1, True, count))
        # Rows of one dyad share both states and were counted twice.
        groups.append(Group(f"{name}: pair", pair, -1, False, count))
    for width in range(1, len(single) + 1):
        for keys in combinations(single, width):
            code = single[keys[0]]
            for key in keys[1:]:
                code = np.unique(
                    code * (int(single[key].max()) + 1) + single[key], return_inverse=True
                )[1].reshape(rows)
            size = int(code.max()) + 1
            sign = 1 if width % 2 else -1
            groups.append(Group(" and ".join(keys), code, sign, width == 1, size))
    return groups


def sandwich(bread: Floats, x: Floats, score: Floats, groups: list[Group]) -> Floats:
    """Return bread @ meat @ bread; a meat that is not positive is cut at 0, as CGM advise."""
    rows, count = x.shape
    made = np.zeros_like(bread)
    for group in groups:
        cells = group.cells
        correction = cells / (cells - 1.0) * (rows - 1.0) / (rows - count)
        made += group.sign * correction * bread @ group.meat(x, score) @ bread
    made = (made + made.T) / 2.0
    if len(groups) > 1:
        scale = np.sqrt(np.diag(bread))
        values, vectors = np.linalg.eigh(made / np.outer(scale, scale))
        if values[0] < 0.0:
            made = (vectors * np.clip(values, 0.0, None)) @ vectors.T * np.outer(scale, scale)
    return made

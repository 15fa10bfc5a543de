"""What may be asked of a run: theta of the right shape, days in order, counts in range."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.engine.arrays import Compiled
from rimland.errors import RunError


def rows_of(theta: ArrayLike, compiled: Compiled) -> NDArray[np.float64]:
    """Return theta as the kernel reads it, shape [D, P] with P at least 1.

    Raises RunError unless theta has a column for each parameter of the program.
    """
    rows = np.ascontiguousarray(theta, np.float64)
    width = len(compiled.program.parameters)
    if rows.ndim != 2 or rows.shape[1] != width or not len(rows):
        raise RunError(f"theta has shape {rows.shape}; expected (draws, {width})")
    if not width:  # the kernel never reads it, but an empty row has no address
        return np.zeros((len(rows), 1))
    return rows


def check_request(
    grid: NDArray[np.float64],
    horizon: float,
    futures: int,
    seed: int,
    branch: int,
    first_draw: int,
    first_future: int,
) -> None:
    """Raise RunError that says what was wrong unless this is something a run can do."""
    if futures < 1:
        raise RunError(f"{futures} futures were asked for; at least 1 is needed")
    if not 0 <= horizon < np.inf:
        raise RunError(f"the horizon is {horizon} days; expected a finite number from 0 on")
    if not len(grid) or not np.all(np.diff(grid) > 0) or grid[0] < 0 or grid[-1] > horizon:
        raise RunError(f"grid_days must increase and lie within 0 and the horizon, {horizon:g}")
    if not 0 <= branch < 2**32:
        raise RunError(f"branch is {branch}; expected 0 to 2^32 - 1")
    for what, value in (("seed", seed), ("first_draw", first_draw), ("first_future", first_future)):
        if not 0 <= value < 2**63:
            raise RunError(f"{what} is {value}; expected 0 to 2^63 - 1")

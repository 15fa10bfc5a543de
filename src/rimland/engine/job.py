"""One run in progress, and what a worker does for it: take some futures, run them, book them."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rimland.engine.arrays import Compiled
from rimland.engine.layout import RECORD
from rimland.engine.start import State, start
from rimland.program.model import Switch

_NOBODY = np.iinfo(np.int64).max
_LEAST_CROWD = 10_000


class Job:
    """One run in progress: its arrays, which every worker shares, and what came of it.

    key     uint64[4]: seed, branch, first draw, first future; 0 until they are set
    out     float64[D * F, O, G] of theta[D, P], and events int64[D * F], in the order of futures
    flags   int64[2]: set the first to anything but 0 to stop; the second is the first faulty future
    log     RECORD[]: room for all that happens, or nothing
    fault   what went wrong in the first future that failed; None while nothing did
    """

    def __init__(
        self,
        compiled: Compiled,
        switch: Switch,
        theta: NDArray[np.float64],
        grid: NDArray[np.float64],
        horizon: float,
        futures: int,
    ) -> None:
        """Lay out `futures` futures of each row of theta[D, P]; nothing is run yet."""
        self.compiled = compiled
        self.start = start(compiled, switch)
        self.theta = theta
        self.grid = grid
        self.horizon = horizon
        self.futures = futures
        self.total = len(theta) * futures
        self.out = np.empty((self.total, len(compiled.observers), len(grid)))
        self.events = np.zeros(self.total, np.int64)
        self.key = np.zeros(4, np.uint64)
        self.flags = np.array([0, _NOBODY], np.int64)
        self.crowd = max(_LEAST_CROWD, 20 * len(compiled.transitions))
        self.log = np.empty(0, RECORD)
        self.lock = threading.Lock()
        self.next = 0
        self.done = 0
        self.fault: NDArray[Any] | None = None

    def take(self, size: int) -> tuple[int, int]:
        """Return the next futures to run, as first and last + 1; empty when there are none."""
        with self.lock:
            first = min(self.next, self.total)
            self.next = min(first + size, self.total)
            return first, self.next

    def finish(self, count: int, at: int, fault: NDArray[Any] | None) -> None:
        """Book what a worker did; of several faults the first future's is kept."""
        with self.lock:
            self.done += count
            if fault is not None and at <= self.flags[1]:
                self.flags[1] = at
                self.fault = fault


def work(job: Job, state: State, size: int) -> None:
    """Run the job's futures in this thread, `size` at a time, until none are left or one failed.

    `state` is this worker's own `start.workspace`; afterwards it is that of its last future.
    """
    from rimland.engine.kernel import CANCELLED, DONE, simulate

    while job.flags[0] == 0:
        first, last = job.take(size)
        if first == last or first > job.flags[1]:
            return
        ask = np.array([first, last, job.futures, job.crowd], np.int64)
        code = simulate(
            *job.compiled.tables,
            *state,
            *job.start,
            job.theta,
            job.grid,
            job.horizon,
            job.key,
            ask,
            job.out,
            job.events,
            job.flags,
            job.log,
        )
        if code == DONE:
            job.finish(last - first, last, None)
        elif code != CANCELLED:
            fault = state.fault.copy()
            draw, future = int(fault["draw"][0]), int(fault["future"][0])
            job.finish(0, draw * job.futures + future, fault)

"""Ensembles: many futures of a program, on threads, prefix-stable and cancellable."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.engine.arrays import Compiled, compile_program
from rimland.engine.job import Job, work
from rimland.engine.layout import NONE
from rimland.engine.request import check_request, rows_of
from rimland.engine.start import workspace
from rimland.errors import Cancelled, RunError, did_you_mean
from rimland.program.model import NO_SWITCH, Program, Switch

_PATIENCE_SECONDS = 0.02


@dataclass(frozen=True)
class Futures:
    """What was measured in each future: `values[D, F, O, G]`, and how many events each had.

    `observers` names axis O in declared order; `grid_days` is axis G. `first_draw` and
    `first_future` say which part of the endless ensemble this is.
    """

    observers: tuple[str, ...]
    grid_days: NDArray[np.float64]
    values: NDArray[np.float64]
    events: NDArray[np.int64]
    first_draw: int = 0
    first_future: int = 0

    def of(self, observer: str) -> NDArray[np.float64]:
        """Return one observer's values, shape [D, F, G].

        Raises RunError when there is no observer of that name.
        """
        if observer not in self.observers:
            known = did_you_mean(observer, self.observers)
            raise RunError(f"no observer is called '{observer}'.{known}")
        return self.values[:, :, self.observers.index(observer)]

    def digest(self) -> str:
        """Return 16 hex digits of everything measured; the order of declaration is not in it."""
        made = hashlib.blake2b(digest_size=8)
        made.update(np.ascontiguousarray(self.grid_days, "<f8").tobytes())
        made.update(np.ascontiguousarray(self.events, "<i8").tobytes())
        for name in sorted(self.observers):
            made.update(name.encode() + b"\0")
            made.update(np.ascontiguousarray(self.of(name) + 0.0, "<f8").tobytes())
        return made.hexdigest()


def run(
    program: Program | Compiled,
    theta: ArrayLike,
    *,
    futures: int,
    seed: int = 1,
    horizon_days: float,
    grid_days: ArrayLike,
    switch: Switch = NO_SWITCH,
    branch: int = 0,
    first_draw: int = 0,
    first_future: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Futures:
    """Run `futures` futures of each row of theta[D, P] and return what the observers measured.

    The numbers depend on (program, theta row, seed, branch, draw, future) alone: not on threads,
    chunks, or how the ensemble is split by `first_draw` and `first_future`.

    grid_days   increasing days in [0, horizon_days] at which observers are read
    progress    called in this thread with (futures done, futures in all)
    cancel      when set, the run stops within milliseconds and Cancelled is raised

    Raises RunError naming transition, variable, draw, future and day when a rate is no number
    or an effect leaves its bounds; KeyboardInterrupt after every worker has stopped.
    """
    compiled = program if isinstance(program, Compiled) else compile_program(program)
    rows = rows_of(theta, compiled)
    grid = np.ascontiguousarray(grid_days, np.float64).reshape(-1)
    check_request(grid, horizon_days, futures, seed, branch, first_draw, first_future)
    job = Job(compiled, switch, rows, grid, float(horizon_days), futures)
    job.key[:] = (seed, branch, first_draw, first_future)
    workers = max(1, min(threads or _cores(), job.total))
    try:
        _work_through(job, workers, progress, cancel)
    finally:
        job.flags[0] = 1
    if job.fault is not None:
        raise RunError(_explain(job.fault, compiled, switch, first_draw, first_future))
    if cancel is not None and cancel.is_set() and job.done < job.total:
        raise Cancelled("the run was stopped; nothing of it was kept")
    shape = (len(rows), futures)
    values = job.out.reshape(*shape, *job.out.shape[1:])
    events = job.events.reshape(shape)
    return Futures(compiled.observers, grid, values, events, first_draw, first_future)


def run_recorded(
    compiled: Compiled,
    theta: NDArray[np.float64],
    key: tuple[int, int, int, int],
    horizon_days: float,
    switch: Switch,
    log: NDArray[Any],
) -> int:
    """Run the one future of `key` (seed, branch, draw, future) in this thread; return its events.

    What happens is written into `log`, records of `layout.RECORD`, unless that is empty.
    """
    seed, branch, draw, future = key
    grid = np.zeros(1)
    check_request(grid, horizon_days, 1, seed, branch, draw, future)
    job = Job(compiled, switch, rows_of(theta, compiled), grid, float(horizon_days), 1)
    job.key[:] = key
    job.log = log
    work(job, workspace(compiled), 1)
    if job.fault is not None:
        raise RunError(_explain(job.fault, compiled, switch, draw, future))
    return int(job.events[0])


def warm_up() -> None:
    """Compile the kernel, or load it from the cache, by running a program of one transition."""
    from rimland.program.build import ProgramBuilder, set_to, when

    b = ProgramBuilder("warm-up")
    b.variable("lamp", 0, 1, 0)
    b.transition("on", b.exponential("on", 0.0), [set_to("lamp", 1)], [when("lamp", 0)])
    run(b.build({}), np.zeros((1, 1)), futures=1, horizon_days=1.0, grid_days=[1.0], threads=1)


def _work_through(
    job: Job,
    workers: int,
    progress: Callable[[int, int], None] | None,
    cancel: threading.Event | None,
) -> None:
    """Let the workers empty the job; this thread stays free for Ctrl-C, progress and cancel."""
    size = max(1, min(256, job.total // (workers * 16)))
    reported = -1
    with ThreadPoolExecutor(workers, thread_name_prefix="rimland") as pool:
        try:
            running: set[Future[None]] = {
                pool.submit(work, job, workspace(job.compiled), size) for _ in range(workers)
            }
            while running:
                finished, running = wait(running, _PATIENCE_SECONDS, FIRST_COMPLETED)
                for worker in finished:
                    worker.result()
                if progress is not None and job.done > reported:
                    reported = job.done
                    progress(job.done, job.total)
                if cancel is not None and cancel.is_set():
                    job.flags[0] = 1
        except BaseException:
            job.flags[0] = 1
            raise


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system has it
        return os.cpu_count() or 1


def _explain(
    fault: NDArray[Any], compiled: Compiled, switch: Switch, first_draw: int, first_future: int
) -> str:
    """Return a fault as a sentence for the person who wrote the program."""
    from rimland.engine.firing import FAULTS

    row = fault[0]
    draw, future = int(row["draw"]) + first_draw, int(row["future"]) + first_future
    where = f"(draw {draw}, future {future}, day {float(row['day']):.6g})"
    number, which = int(row["transition"]), int(row["which"])
    name = "" if number == NONE else compiled.transitions[number]
    subject = f"transition '{name}'"
    kind = FAULTS[int(row["code"]) - 2]
    if kind in ("feature", "index"):
        value = compiled.values[which]
        after = f"after {subject} happened" if name else "at the start or by a covariate or hold"
        return f"{kind} '{value}' is no number {after}: its sum is {float(row['value']):g} {where}"
    if kind == "bounds":
        variable = compiled.program.variables[which]
        return (
            f"{subject} would move '{variable.name}' to {int(row['number'])}, outside its bounds "
            f"{variable.lo} to {variable.hi} {where}; guard it, or widen the bounds"
        )
    says = {
        "rate": "has a rate that is infinite or no number",
        "clock": "has clock parameters from which no duration can be drawn",
        "weight": "has outcome weights that are infinite, no number, or all 0",
        "cycle": "happens again and again without time going on; give the cycle a duration",
        "restarts": "was restarted more than 2^24 times before it happened",
        "firings": "happened more than 2^32 times",
    }
    return f"{subject} {says[kind]} {where}"

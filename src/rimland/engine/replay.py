"""One future again, by its key, with everything that happens in it written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.engine.arrays import Compiled, compile_program
from rimland.engine.layout import NONE, RECORD
from rimland.engine.run import run_recorded
from rimland.errors import RunError
from rimland.program.model import NO_SWITCH, Program, Switch

if TYPE_CHECKING:
    import polars as pl

_MOST_ROWS = 20_000_000
"""At 40 bytes a row 0.8 GB: more than anybody reads, and than a machine should lose."""


@dataclass(frozen=True)
class Events:
    """What happened in one future, in order; one row an effect, and one row a bare event.

    day          when; rows of one instant stand in the order in which they happened
    event        counts firings from 0; -1 where a hold set the variable
    transition   what fired, or the empty text for a hold; names of queues among them
    outcome      how it came out
    variable     what an effect acted on, and its level `before` and `after`; the empty text in
                 the row that opens each event. An effect on a held variable is not there.
    """

    day: NDArray[np.float64]
    event: NDArray[np.int64]
    transition: NDArray[Any]
    outcome: NDArray[Any]
    variable: NDArray[Any]
    before: NDArray[np.int64]
    after: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.day)

    @property
    def count(self) -> int:
        """How many events there were."""
        return int(np.sum((self.variable == "") & (self.event >= 0)))

    def table(self) -> pl.DataFrame:
        """Return a frame of day, event, transition, outcome, variable, before, after.

        Empty texts are null there, and so are the levels of rows that open an event.
        """
        import polars as pl

        def named(names: NDArray[Any]) -> pl.Series:
            return pl.Series([str(name) or None for name in names], dtype=pl.String)

        bare = self.variable == ""
        levels = [
            pl.Series(np.where(bare, 0, x)).set(pl.Series(bare), None)
            for x in (self.before, self.after)
        ]
        return pl.DataFrame(
            {
                "day": self.day,
                "event": self.event,
                "transition": named(self.transition),
                "outcome": named(self.outcome),
                "variable": named(self.variable),
                "before": levels[0],
                "after": levels[1],
            }
        )


def replay(
    program: Program | Compiled,
    theta_row: ArrayLike,
    *,
    draw: int,
    future: int,
    seed: int = 1,
    horizon_days: float,
    switch: Switch = NO_SWITCH,
    branch: int = 0,
) -> Events:
    """Return everything that happens in one future of a run.

    theta_row is that draw's row of theta; `draw` and `future` are numbered as in the whole
    ensemble. The events are those of `run` with the same seed, branch, switch and horizon.

    Raises RunError as `run` does, and when there is too much to write down.
    """
    compiled = program if isinstance(program, Compiled) else compile_program(program)
    theta = np.asarray(theta_row, np.float64).reshape(1, -1)
    key = (seed, branch, draw, future)
    nothing = np.empty(0, RECORD)
    count = run_recorded(compiled, theta, key, horizon_days, switch, nothing)
    effects = np.diff(compiled.tables.outcome["effects"]).max(initial=0)
    rows = 1 + count * (1 + int(effects)) + len(switch.holds)
    if rows > _MOST_ROWS:
        raise RunError(
            f"future {future} of draw {draw} has {count} events, which may take {rows} rows; at "
            f"most {_MOST_ROWS} are written down: replay a shorter horizon or a slice"
        )
    log = np.zeros(rows, RECORD)
    log["day"] = np.nan
    run_recorded(compiled, theta, key, horizon_days, switch, log)
    return _named(compiled, log[~np.isnan(log["day"])])


def _named(compiled: Compiled, log: NDArray[Any]) -> Events:
    """Return the rows with the names that their numbers stand for."""
    by_number = {
        "transition": compiled.transitions,
        "outcome": compiled.outcomes,
        "variable": compiled.variables,
    }
    names = {}
    for field, known in by_number.items():
        numbers = log[field].astype(np.int64)
        numbers[numbers == NONE] = len(known)
        names[field] = np.array([*known, ""], object)[numbers]
    opens = (log["variable"] == NONE) & (log["transition"] != NONE)
    event = np.where(log["transition"] == NONE, -1, np.cumsum(opens) - 1)
    return Events(log["day"].copy(), event, **names, before=log["before"], after=log["after"])

"""Running programs: the kernel, ensembles of futures, the exact solution of small programs."""

from rimland.engine.run import Futures, run, warm_up

__all__ = ["Futures", "run", "warm_up"]

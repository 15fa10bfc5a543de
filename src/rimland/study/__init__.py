"""The three nouns Scenario, Run and Finding: where reading, running and judging meet."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rimland.study.finding import Finding
    from rimland.study.run import Run
    from rimland.study.scenario import Scenario, check, load
    from rimland.study.shipped import fit, fits

__all__ = ["Finding", "Run", "Scenario", "check", "fit", "fits", "load"]

_HOME = {
    "Finding": "finding",
    "Run": "run",
    "Scenario": "scenario",
    "check": "scenario",
    "load": "scenario",
    "fit": "shipped",
    "fits": "shipped",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is first asked for, so that help comes at once."""
    if name in _HOME:
        return getattr(importlib.import_module(f"rimland.study.{_HOME[name]}"), name)
    raise AttributeError(f"module 'rimland.study' has no attribute '{name}'")

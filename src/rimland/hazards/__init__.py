"""Learning from history: risk sets, statistics and fits of the equation that the engine runs."""

from __future__ import annotations

from rimland.hazards.branching import refuse_explosive
from rimland.hazards.calibrate import rolling
from rimland.hazards.dated import cox
from rimland.hazards.estimate import Estimate, Prior, estimate
from rimland.hazards.forward import Forecast, forward
from rimland.hazards.links import HazardError
from rimland.hazards.recipes import RECIPES, remake

__all__ = [
    "RECIPES",
    "Estimate",
    "Forecast",
    "HazardError",
    "Prior",
    "cox",
    "estimate",
    "forward",
    "refuse_explosive",
    "remake",
    "rolling",
]

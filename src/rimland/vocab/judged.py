"""Quantities that the vocabulary makes itself: judged defaults and computed distances."""

from __future__ import annotations

from rimland.notation.quantity import Duration, Quantity
from rimland.vocab.defaults import StepDefault


def default_duration(step: StepDefault) -> Duration:
    """Return the duration that a step takes when the scenario is silent, judged with a reason."""
    why = f"default for {step.domain}: {step.because} ({step.source})"
    median = f"{step.median[0]:g} to {step.median[1]:g} days"
    spread = f"{step.spread[0]:g} to {step.spread[1]:g} ratio"
    return Duration(
        median=Quantity.read({"value": median, "judged": why}, "duration"),
        spread=Quantity.read({"value": spread, "judged": why}, "ratio", 1.0),
    )


def computed_km(km: float) -> Quantity:
    """Return a distance between two capitals as a fixed, computed quantity."""
    return Quantity.read(
        {"value": f"{km:.3f} km", "computed": "great circle between the capitals (haversine)"},
        "distance",
    )

"""The three nouns Scenario, Run and Finding: where reading, running and judging meet."""

from rimland.study.finding import Finding
from rimland.study.run import Run
from rimland.study.scenario import Scenario, check, load
from rimland.study.shipped import fit, fits

__all__ = ["Finding", "Run", "Scenario", "check", "fit", "fits", "load"]

"""The shipped fits: which function makes each, and how to make them anew."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from rimland.errors import did_you_mean
from rimland.hazards.links import HazardError
from rimland.history.fitfile import Fit

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Recipe:
    """Where the function is that makes a fit; it takes a name and `progress`, and gives a Fit."""

    module: str
    function: str
    slow: bool = False
    """Whether it takes more than a few seconds: its test is left to `make fits`."""

    def make(self, name: str, progress: Progress | None = None) -> Fit:
        """Make the fit from the data."""
        function = getattr(importlib.import_module(f"rimland.hazards.{self.module}"), self.function)
        fit: Fit = function(name, progress=progress)
        return fit


RECIPES: dict[str, Recipe] = {
    "deterrence.pact": Recipe("deterrence", "pact", slow=True),
    "disputes.escalation": Recipe("disputes_fits", "escalation"),
    "disputes.initiation": Recipe("disputes_fits", "initiation", slow=True),
    "disputes.war": Recipe("disputes_fits", "war"),
    "treaties.accession": Recipe("treaties", "accession", slow=True),
    "treaties.accession.all": Recipe("treaties", "accession", slow=True),
    "treaties.consent": Recipe("treaties", "consent"),
    "treaties.consent.all": Recipe("treaties", "consent"),
    "treaties.ending": Recipe("treaties", "ending"),
    "treaties.ending.all": Recipe("treaties", "ending"),
    "treaties.formation": Recipe("treaties", "formation", slow=True),
    "treaties.formation.all": Recipe("treaties", "formation", slow=True),
    "treaties.multilateral": Recipe("treaties", "multilateral"),
    "treaties.multilateral.all": Recipe("treaties", "multilateral"),
    "turnover.bloc_change": Recipe("turnover_fits", "change"),
    "turnover.leader_change": Recipe("turnover_fits", "change"),
    "turnover.leader_only": Recipe("turnover_fits", "change"),
    "turnover.line_swing": Recipe("turnover_fits", "line_swing"),
}


def remake(name: str, *, progress: Progress | None = None) -> Fit:
    """Make a shipped fit from the data; raises HazardError with the nearest name."""
    if name not in RECIPES:
        raise HazardError(f"No fit is called '{name}'.{did_you_mean(name, RECIPES)}")
    return RECIPES[name].make(name, progress)

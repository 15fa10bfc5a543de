"""Rimland: a written security assessment made runnable.

Three nouns: `load` gives a Scenario, its `run` a Run, its `judge` a Finding per claim.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rimland import history
    from rimland.study import Finding, Run, Scenario, check, fit, fits, load

__version__ = "0.1.0"
__all__ = ["Finding", "Run", "Scenario", "__version__", "check", "fit", "fits", "history", "load"]


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is first asked for, so that `import rimland` stays quick."""
    if name == "history":
        return importlib.import_module("rimland.history")
    if name in __all__:
        from rimland import study

        return getattr(study, name)
    raise AttributeError(f"module 'rimland' has no attribute '{name}'")

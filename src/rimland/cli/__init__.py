"""Commands: parse, call, show, nothing else."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["app", "call", "main"]


def main() -> None:
    """Run the command line: 0 done, 1 the answer is no, 2 could not be done, 130 stopped."""
    try:
        from rimland.cli.verbs import call
    except KeyboardInterrupt:  # even before anything is there that could say so
        sys.exit(130)
    sys.exit(call(sys.argv[1:]))


def __getattr__(name: str) -> Any:
    """Load the verbs when first asked for."""
    if name in ("app", "call"):
        from rimland.cli import verbs

        return getattr(verbs, name)
    raise AttributeError(f"module 'rimland.cli' has no attribute '{name}'")

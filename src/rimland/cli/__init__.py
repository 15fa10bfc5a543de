"""Commands: parse, call, show, nothing else."""

from rimland.cli.app import app, main

__all__ = ["app", "main"]

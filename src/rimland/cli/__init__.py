"""Commands: parse, call, show, nothing else."""

from rimland.cli.app import app, call, main

__all__ = ["app", "call", "main"]

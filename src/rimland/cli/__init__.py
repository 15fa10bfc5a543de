"""Commands: parse, call, show, nothing else."""

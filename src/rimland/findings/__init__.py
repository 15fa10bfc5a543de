"""What futures mean: paired effects, verdicts, charts."""

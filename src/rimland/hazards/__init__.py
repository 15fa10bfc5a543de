"""Learning from history: reserved for risk sets, statistics and fits."""

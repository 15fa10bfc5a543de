"""Real data: reserved for the catalogue, state-years, dyad-years and treaties."""

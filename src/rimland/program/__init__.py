"""The formalism: variables, transitions, clocks, observers; build, check, print, save, load."""

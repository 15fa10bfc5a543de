"""The formalism: variables, features, transitions, clocks and observers; build, check, print, save, load."""

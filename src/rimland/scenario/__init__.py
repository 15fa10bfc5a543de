"""Assembling: the words, structures, variants and claims of one folder, lowered once to a program."""

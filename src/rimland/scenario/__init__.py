"""Assembling: words, structures, variants and claims of one folder, lowered to one program."""

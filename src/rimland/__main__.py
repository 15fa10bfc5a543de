"""`python -m rimland` is the command line."""

from rimland.cli import main

main()

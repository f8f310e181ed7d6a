"""`python -m mediation`."""

from mediation.cli import main

main()

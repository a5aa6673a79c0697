"""`python -m stsw`."""

from ._launch import main

main()

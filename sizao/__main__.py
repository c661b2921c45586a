"""`python -m sizao` is `sizao`."""

from sizao.cli import main

main()

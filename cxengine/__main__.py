"""`python -m cxengine`."""

from cxengine.cli import main

main()

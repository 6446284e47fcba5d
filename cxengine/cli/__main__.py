"""`python -m cxengine.cli` is `cxengine`."""

from cxengine.cli import main

main()

"""Factor analysis of a correlation matrix: what a few things behind many drivers would be."""

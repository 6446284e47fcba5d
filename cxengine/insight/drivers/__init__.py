"""Drivers: what goes with an outcome, how much of it, and how sure that is.

Everything is computed from sums of products that the engine adds up, block by block (`products`); after
that scan all is small: correlations, shares of explained variance, intervals by resampling blocks.
"""

"""Three-point estimates: expectation and probabilities of the Beta-PERT distribution.

Low, likely and high describe a Beta distribution on [low, high] with mode `likely` and weight 4
(Malcolm, Roseboom, Clark and Fazar, "Application of a technique for research and development program
evaluation", Operations Research 7, 1959). An estimate with low = high is a certainty.
"""

from __future__ import annotations

from cxengine.project.model import Estimate

WEIGHT = 4


def mean(estimate: Estimate) -> float:
    """Expected value: (low + 4 likely + high) / 6."""
    return (estimate.low + WEIGHT * estimate.likely + estimate.high) / (WEIGHT + 2)


def at_most(estimate: Estimate, bound: float) -> float:
    """Probability that the value is `bound` or less."""
    low, likely, high = estimate.low, estimate.likely, estimate.high
    if bound >= high:
        return 1.0
    if bound < low:
        return 0.0
    from scipy.special import betainc

    width = high - low
    alpha, beta = 1 + WEIGHT * (likely - low) / width, 1 + WEIGHT * (high - likely) / width
    return float(betainc(alpha, beta, (bound - low) / width))


def at_least(estimate: Estimate, bound: float) -> float:
    """Probability that the value is `bound` or more."""
    return 1.0 if estimate.low >= bound else 1.0 - at_most(estimate, bound)

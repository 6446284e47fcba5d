"""Whether a segment feels different from everybody else, beyond chance."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cxengine.insight.moments import Moments


@attrs.frozen
class Known:
    """How much is known of a mean: as much as of so many responses, with so many degrees of freedom."""

    n: float
    degrees: float


def p_value(one: Moments, of_one: Known, other: Moments, of_other: Known, correlation: float = 0.0) -> float:
    """The chance of so large a difference of mean feelings were there none, two-sided.

    The means have a `correlation` where customers answered in both groups.
    Source: Welch, Biometrika 34 (1947) 28-35, with effective numbers of responses. Where nobody deviates
    within either group, the exact chance of so clean a division takes its place.
    """
    from scipy.special import binom

    n_one, n_other = of_one.n, of_other.n
    if min(n_one, n_other) <= 1:
        return 1.0
    errors = (one.variance / (n_one - 1), other.variance / (n_other - 1))
    difference = abs(one.emotion - other.emotion)
    if sum(errors) <= 1e-15:
        return min(1.0, 2 / float(binom(n_one + n_other, n_one))) if difference > 1e-9 else 1.0
    return chance_of(difference, errors, (of_one.degrees, of_other.degrees), correlation)


def chance_of(
    difference: float, errors: tuple[float, float], degrees: tuple[float, float], correlation: float = 0.0
) -> float:
    """The chance of so large a difference of two estimates with these squared errors, two-sided."""
    from scipy.special import stdtr

    error, freedom = spread(errors, degrees, correlation)
    if error <= 0:
        return 1.0 if difference <= 0 else 0.0
    return 2 * float(stdtr(freedom, -difference / sqrt(error)))


def spread(
    errors: tuple[float, float], degrees: tuple[float, float], correlation: float = 0.0
) -> tuple[float, float]:
    """The squared error of a difference, and its degrees of freedom.

    Where the two estimates are correlated, those of the one that has fewer.
    Source: Welch, Biometrika 34 (1947) 28-35.
    """
    error = sum(errors)
    if correlation:
        return error - 2 * correlation * sqrt(errors[0] * errors[1]), min(degrees)
    if error <= 0:
        return 0.0, min(degrees)
    return error, error**2 / (errors[0] ** 2 / degrees[0] + errors[1] ** 2 / degrees[1])

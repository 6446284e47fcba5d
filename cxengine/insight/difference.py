"""Whether a segment feels different from everybody else, beyond chance."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxengine.insight.moments import Moments


def p_value(one: Moments, n_one: float, other: Moments, n_other: float) -> float:
    """The chance of so large a difference of mean feelings were there none, two-sided.

    Source: Welch, Biometrika 34 (1947) 28-35, with effective numbers of responses. Where nobody deviates
    within either group, the exact chance of so clean a division takes its place.
    """
    from scipy.special import binom, stdtr

    if min(n_one, n_other) <= 1:
        return 1.0
    errors = (one.variance / (n_one - 1), other.variance / (n_other - 1))
    difference = abs(one.emotion - other.emotion)
    if sum(errors) <= 1e-15:
        return min(1.0, 2 / float(binom(n_one + n_other, n_one))) if difference > 1e-9 else 1.0
    degrees = sum(errors) ** 2 / (errors[0] ** 2 / (n_one - 1) + errors[1] ** 2 / (n_other - 1))
    return 2 * float(stdtr(degrees, -difference / sqrt(sum(errors))))

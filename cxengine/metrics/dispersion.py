"""How much more the total of a period varies than one of independent events, estimated from its days.

Events of a day go together (weather, a campaign, a parcel of bookings), and some of what makes them do so
lasts for weeks. The variance of the total is then `phi` times that of independent events. It is estimated
from second differences of the series at a distance of seven days,

    y(t) = x(t) - 2 x(t - 7) + x(t - 14),

which are 0 on average whatever the pattern of the week and the slope of a trend, and hardly feel a season.
If events were independent, the expected square of `y`, and of the sum of seven of them in a row, would be
the sum of squares of the events with the squares of 1, 2 and 1: `phi` is the ratio of both, of single days,
and of seven in a row, which tells by how much what lasts makes it larger still. Of that, differences see
only a part, as next week is often like this one: 2 in 5, where shocks last for a week, and about as much
where each day takes after the one before by 0.7, so that it counts 2.6 times.

A ratio of few days is itself a matter of chance. What it has beyond 1, `e`, of variance `v` if events were
independent, counts as `e - v / e` and not at all where that is below 0, so that independent events lose
next to nothing. Intervals take the quantile of Student's t with the degrees of freedom that are behind what
counts. A few extraordinary weeks (holidays) count as far as two and a half of their standard deviations.
Nothing is narrower than independent events make it.

Sources: McCullagh, Nelder, Generalized Linear Models (1989), chapters 6 and 9 (dispersion of counts);
Gasser, Sroka, Jennen-Steinmetz, Biometrika 73 (1986) 625-633 (variances from differences); degrees of
freedom after Satterthwaite, Biometrics Bulletin 2 (1946) 110-114.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_WEEK = 7
_LASTING = 2.6
"""How many times what lasts is as large as differences at a week's distance see it."""
_MOST = 6.25
"""The square of how many standard deviations a difference counts at most."""
_ROUNDS = 30
_FEWEST = 1.0
"""Degrees of freedom below which nothing is told."""


@attrs.frozen
class Dispersion:
    """By how much the variance of a total is more than that of independent events, as a part of it.

    0 where nothing more is known; the uncertainty of the estimate is in it, so that normal quantiles do.
    """

    of_a_day: float
    of_longer: float


NONE = Dispersion(0.0, 0.0)


def dispersion(totals: FloatArray, squares: FloatArray) -> Dispersion:
    """From what events came to on every day, and the sums of their squares: days in a row, two arrays."""
    if len(totals) <= 2 * _WEEK:
        return NONE
    differences = totals[2 * _WEEK :] - 2 * totals[_WEEK:-_WEEK] + totals[: -2 * _WEEK]
    expected = squares[2 * _WEEK :] + 4 * squares[_WEEK:-_WEEK] + squares[: -2 * _WEEK]
    phi, degrees = _ratio(differences, expected, 1)
    if degrees < _FEWEST:
        return NONE
    more = _beyond_chance(phi - 1, 2 / degrees)
    daily = 1 + more
    uncertain = (more / daily) ** 2 / degrees
    of_a_day = daily * _student(uncertain) - 1
    phi, degrees = _ratio(differences, expected, _WEEK)
    if degrees < _FEWEST:
        return Dispersion(of_a_day, of_a_day)
    more = _beyond_chance(_LASTING * (phi / daily - 1), _LASTING**2 * 2 / degrees)
    lasting = 1 + more
    uncertain += ((_LASTING + more) / lasting * more / lasting) ** 2 / degrees
    return Dispersion(of_a_day, daily * lasting * _student(uncertain) - 1)


def _ratio(differences: FloatArray, expected: FloatArray, days: int) -> tuple[float, float]:
    """The ratio of squares to what is expected, of so many days in a row, and its degrees of freedom."""
    if len(differences) < days:
        return 1.0, 0.0
    row = np.ones(days)
    found = np.convolve(differences, row, "valid") ** 2
    wanted = np.convolve(expected, row, "valid")
    there = wanted > 0
    found, wanted = found[there], wanted[there]
    if not len(found):
        return 1.0, 0.0
    whole = wanted.sum()
    phi = found.sum() / whole
    for _ in range(_ROUNDS):
        phi = np.minimum(found, _MOST * max(phi, 1.0) * wanted).sum() / whole
    return float(phi), len(found) / _alike(days, len(found))


def _alike(days: int, n: int) -> float:
    """How many of `n` sums of differences tell as much as one: they share days, and correlate."""
    second = np.zeros(2 * _WEEK + 1)
    second[[0, _WEEK, 2 * _WEEK]] = 1, -2, 1
    weights = np.convolve(second, np.ones(days))
    products = np.correlate(weights, weights, "full")
    lags = np.abs(np.arange(len(products)) - len(weights) + 1)
    return float((np.maximum(1 - lags / n, 0) * (products / products.max()) ** 2).sum())


def _beyond_chance(more: float, variance: float) -> float:
    """What is left of an excess that chance makes with a variance."""
    return more - variance / more if more * more > variance and more > 0 else 0.0


def _student(uncertain: float) -> float:
    """The square of Student's quantile over the normal one; `uncertain` is 1 over degrees of freedom."""
    if uncertain <= 0:
        return 1.0
    quantile = intervals.t_quantile(np.array([max(1 / uncertain, _FEWEST)]))
    return float(quantile[0] / intervals.Z) ** 2

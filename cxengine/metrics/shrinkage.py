"""Segments drawn towards everybody, as far as their differences may be chance.

Each segment's value at a touchpoint is taken as its true value plus sampling error, and the true values of
the segments there as spread about the touchpoint's overall value, by the family that the range of the metric
asks for. Between two ends that is the beta: a value is a share of the way between them, worth as many trials
as its answers scatter less than those of a share, which everybody's interval tells, as that of ten answers
does not. Without two ends it is the normal, with the errors of the intervals. The spread is estimated by the
method of moments over the segments that are shown; with fewer than three segments nothing is drawn anywhere.
That spread and overall value are themselves estimated draws less and widens the intervals. They lie within
the range, and no value counts as less sure than it was.

Sources: Morris, Journal of the American Statistical Association 78 (1983) 47-55; Morris, Annals of Statistics
11 (1983) 515-529 (families with quadratic variance); Kleinman, Journal of the American Statistical
Association 68 (1973) 46-54 (moments of the beta-binomial); DerSimonian and Laird, Controlled Clinical Trials
7 (1986) 177-188.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.measurement import ALL, CURRENT, Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from cxengine.metrics.measurement import Level, Measurement, Measurements

    FloatArray = npt.NDArray[np.float64]

_Z = 1.959963984540054
_SURE = 1e-75
"""The error of a value without one: its square divides any difference of values without overflow."""
_UNKNOWN = 1e150
"""An error from which on nothing is known: its square cannot be reckoned with."""
_FEWEST = 3
_SPREAD = 0.95
"""The largest part of the variance of answers that may lie between segments."""


@attrs.frozen
class Shrunk:
    """A value drawn towards everybody's, its 95% interval, and the share of the difference that was kept."""

    value: float
    low: float
    high: float
    kept: float


def shrunk(
    measurements: Measurements,
    metric: str,
    level: Level,
    subject: str,
    segments: Iterable[str],
    *,
    period: str = CURRENT,
) -> dict[str, Shrunk]:
    """The values of the shown ones of some segments, drawn towards everybody's; empty where that is hidden.

    The raw values stay in the measurements. What is suppressed has no part in it.
    """

    def shown(segment: str) -> Measurement | None:
        return _by_interval(measurements, metric, Cell(level, subject, segment, period))

    everybody = shown(ALL)
    if everybody is None:
        return {}
    asked = ((segment, shown(segment)) for segment in segments)
    here = {
        segment: found
        for segment, found in asked
        if found is not None and np.isfinite(found.high - found.low)
    }
    ends = measurements.range(metric)
    return dict(zip(here, to_everybody(list(here.values()), everybody, ends), strict=True))


def _by_interval(measurements: Measurements, metric: str, cell: Cell) -> Measurement | None:
    """What is shown of a cell, its answers as many as its interval is made of; None where nothing is."""
    found = measurements.get(metric, cell.level, cell.subject, segment=cell.segment, period=cell.period)
    if found is None or found.suppressed:
        return None
    if measurements.components is None:
        return found
    return attrs.evolve(found, n_eff=found.n_eff * measurements.components.behind_interval(metric, cell))


def to_everybody(
    found: Sequence[Measurement], everybody: Measurement, ends: tuple[float, float]
) -> tuple[Shrunk, ...]:
    """Values of a metric between two ends, which may be infinite, drawn towards everybody's.

    `n_eff` of a measurement is the number of answers that its interval is made of.
    """
    intervals = np.array([(m.value, m.low, m.high) for m in found]).reshape(-1, 3).T
    all_ = np.array([everybody.value, everybody.low, everybody.high])
    if len(found) < _FEWEST or everybody.low == everybody.high:
        return tuple(Shrunk(m.value, m.low, m.high, 1.0) for m in found)
    low, way = ends[0], ends[1] - ends[0]
    outside = (min(intervals[0].min(), all_[0]) < ends[0]) or (max(intervals[0].max(), all_[0]) > ends[1])
    if np.isfinite(way) and not outside:
        n = np.array([m.n_eff for m in found])
        shares = between((intervals - low) / way, n, (all_ - low) / way, everybody.n_eff)
        value, below, above, kept = *(low + way * part for part in shares[:3]), shares[3]
    else:
        value, below, above, kept = _by_intervals(intervals, float(all_[0]))
    below, above = np.minimum(below.clip(*ends), value), np.maximum(above.clip(*ends), value)
    return tuple(Shrunk(*map(float, one)) for one in zip(value, below, above, kept, strict=True))


def _by_intervals(
    intervals: FloatArray, centre: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Values drawn towards a centre, with limits that lie as unevenly about them as they did."""
    values, lows, highs = intervals
    errors = np.maximum((highs - lows) / (2 * _Z), _SURE)
    value, error, kept = towards(values, errors, centre)
    scale = error / errors
    return value, value - scale * (values - lows), value + scale * (highs - values), kept


def between(
    intervals: FloatArray, n: FloatArray, everybody: FloatArray, answers: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Values between 0 and 1 drawn towards everybody's: values, their limits, the share of differences kept.

    `intervals` are value, low and high by segment, `n` effective answers; `everybody` and `answers` the same.
    """
    values, number, middle = intervals[0], len(n), float(everybody[0])
    scatter = _scatter(intervals, n, everybody, answers)
    squares = float((n * (values - middle) ** 2).sum())
    free = number - 1  # everybody's value is that of the segments together
    spread = (squares - free * scatter) / max((float(n.mean()) - 1) * free, _SURE)
    most = _jeffreys(middle, answers)
    spread = min(max(spread, 0.0), _SPREAD * min(scatter, most))
    noise = (scatter - spread) / n
    drawn = (number - 2) / number * noise / np.maximum(spread + noise, _SURE)
    value = values - drawn * (values - middle)
    unsure = 2 / (number - 2) * (drawn * (values - middle)) ** 2
    unsure += (drawn * float(everybody[2] - everybody[1]) / (2 * _Z)) ** 2
    trials = n * most / max(scatter, _SURE)
    low, high = _limits(value, _worth(value, trials, drawn, unsure))
    return value, np.where(values == 0, 0.0, low), np.where(values == 1, 1.0, high), 1 - drawn


def _scatter(intervals: FloatArray, n: FloatArray, everybody: FloatArray, answers: float) -> float:
    """The variance of single answers: everybody's, as that of a few is told too badly by the few.

    Where everybody's interval allows for more than chance, as that of a calibrated model does, it is what the
    segments tell, and half as much again: so much do intervals of ten shares fall short of it. The intervals
    of shares are those of `_Z**2` answers more.
    """
    errors = (intervals[2] - intervals[1]) / (2 * _Z)
    whole = float(everybody[2] - everybody[1]) / (2 * _Z)
    return min((answers + _Z**2) * whole**2, 1.5 * float((n**2 * errors**2).sum() / n.sum()))


def _jeffreys(share: float, n: float) -> float:
    """The variance of trials of a share, with half a trial at either end."""
    mean = (share * n + 0.5) / (n + 1)
    return mean * (1 - mean)


def _limits(value: FloatArray, worth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Quantiles of the posterior of shares of so many trials, under the prior of Jeffreys."""
    from scipy.special import betaincinv

    less = np.maximum(worth - 1, 0.0)  # as the prior is worth one
    a, b = less * value + 0.5, less * (1 - value) + 0.5
    return np.asarray(betaincinv(a, b, 0.025)), np.asarray(betaincinv(a, b, 0.975))


def _worth(value: FloatArray, trials: FloatArray, drawn: FloatArray, unsure: FloatArray) -> FloatArray:
    """The trials that a drawn value is worth, by the variance that it has."""
    most = trials / (1 - drawn)
    variance = np.maximum(value * (1 - value), _SURE) / (most + 1)
    return np.maximum((most + 1) * variance / (variance + unsure) - 1, trials)


def towards(
    values: FloatArray, errors: FloatArray, centre: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values drawn towards the centre, their standard errors, the share of each difference that is kept.

    What is not known at all, as by an error whose square is infinite, stays and tells nothing of others.
    """
    known = errors < _UNKNOWN
    if not known.all():
        found = values.copy(), errors.copy(), np.ones(len(values))
        for some, part in zip(found, towards(values[known], errors[known], centre), strict=True):
            some[known] = part
        return found
    number = len(values)
    if number < _FEWEST:
        return values, errors, np.ones(number)
    variances = np.maximum(errors, _SURE) ** 2
    precision = float((1 / variances).sum())
    squares = float(((values - centre) ** 2 / variances).sum())
    spread = max(squares - number, 0.0) / precision
    drawn = (number - 2) / number * variances / (spread + variances)
    unsure = 2 / (number - 2) * (drawn * (values - centre)) ** 2
    error = np.sqrt(np.minimum((1 - drawn) * variances + unsure, variances))
    return values - drawn * (values - centre), error, 1 - drawn

"""Segments drawn towards everybody, as far as their differences may be chance.

Each segment's value at a touchpoint is taken as its true value plus sampling error of known size (half the
width of its interval over the normal quantile), and the true values of the segments there as spread normally
about the touchpoint's overall value, which is taken as known. The spread is estimated by the method of
moments over the segments that are shown; with fewer than three segments nothing is drawn anywhere. That the
spread is itself estimated draws less and widens the intervals, which yet never are wider than the raw ones.
Sources: Morris, Journal of the American Statistical Association 78 (1983) 47-55; the moment estimator of
DerSimonian and Laird, Controlled Clinical Trials 7 (1986) 177-188.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.measurement import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from cxengine.metrics.measurement import Level, Measurements

    FloatArray = npt.NDArray[np.float64]

_Z = 1.959963984540054
_SURE = 1e-75
"""The error of a value without one: its square divides any difference of values without overflow."""


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
    everybody = measurements.get(metric, level, subject, period=period)
    if everybody is None or everybody.suppressed:
        return {}
    asked = ((s, measurements.get(metric, level, subject, segment=s, period=period)) for s in segments)
    here = {
        segment: found
        for segment, found in asked
        if found is not None and not found.suppressed and np.isfinite(found.high - found.low)
    }
    if not here:
        return {}
    values = np.array([found.value for found in here.values()])
    errors = np.array([(found.high - found.low) / (2 * _Z) for found in here.values()])
    drawn, error, kept = towards(values, errors, everybody.value)
    return {
        segment: Shrunk(*map(float, (value, value - _Z * e, value + _Z * e, k)))
        for segment, value, e, k in zip(here, drawn, error, kept, strict=True)
    }


def towards(
    values: FloatArray, errors: FloatArray, centre: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values drawn towards the centre, their standard errors, the share of each difference that is kept."""
    number = len(values)
    if number < 3:
        return values, errors, np.ones(number)
    variances = np.maximum(errors, _SURE) ** 2
    precision = float((1 / variances).sum())
    squares = float(((values - centre) ** 2 / variances).sum())
    spread = max(squares - number, 0.0) / precision
    drawn = (number - 2) / number * variances / (spread + variances)
    unsure = 2 / (number - 2) * (drawn * (values - centre)) ** 2
    error = np.sqrt(np.minimum((1 - drawn) * variances + unsure, variances))
    return values - drawn * (values - centre), error, 1 - drawn

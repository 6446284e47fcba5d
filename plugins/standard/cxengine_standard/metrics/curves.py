"""Survival curves of many cells at once, from counts by time: Kaplan and Meier, with log-log intervals.

Times are bins of 1% width (`cxengine.plugin.distribution`); within a bin, what ended comes before what was
censored. Weighted counts enter with the precision of Kish's effective sample size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.plugin import intervals
from cxengine.plugin.distribution import Distribution, bins, values

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_ALONE = 1.7506860712521692
"""The normal quantile of 0.96: how far off a lower limit is that has no upper one.

Not that of 0.95: other samples of the same size have an upper limit, and miss with it.
"""


@attrs.frozen(eq=False)
class Curves:
    """Survival by cell and time: parallel arrays with one entry a cell and time, sorted by both.

    `first` and `last` hold the entries of each cell, as in `entries[first:last]`. `survival` is the share
    that lasts longer than `time`, `error` the standard error of log(-log(survival)) (NaN where it is 1 or
    0), `at_risk` the effective number of answers that lasted at least so long.
    """

    first: IntArray
    last: IntArray
    time: FloatArray
    survival: FloatArray
    error: FloatArray
    at_risk: FloatArray

    def where_first(self, reached: npt.NDArray[np.bool_], otherwise: float) -> FloatArray:
        """The first time of each cell at which a condition (one entry a time) holds."""
        index = np.append(np.where(reached, np.arange(len(reached)), len(reached)), len(reached))
        found = np.full(len(self.first), len(reached))
        filled = self.last > self.first
        if filled.any():
            found[filled] = np.minimum.reduceat(index, self.first[filled])
        times = np.append(self.time, otherwise)
        return np.where(found < self.last, times[np.minimum(found, len(self.time))], otherwise)

    def at(self, time: float) -> IntArray:
        """The last entry of each cell that is not later than `time`; -1 where there is none."""
        earlier = np.append(0, np.cumsum(self.time <= time))
        count = earlier[self.last] - earlier[self.first]
        return np.where(count > 0, self.first + count - 1, -1)


def kaplan_meier(ended: Distribution, open_: Distribution, precision: FloatArray) -> Curves:
    """Curves from how long what has ended took, and how long what is open has lasted.

    `precision` is how many effective answers a unit of weight stands for, by cell. Sources: Kaplan, Meier,
    JASA 53 (1958) 457-481; Greenwood, The Errors of Sampling of the Survivorship Tables (1926); the log-log
    scale of errors: Kalbfleisch, Prentice, The Statistical Analysis of Failure Time Data (1980).
    """
    cells = ended.cells
    cell, time, deaths, leaving = _joined(ended, open_)
    first = np.searchsorted(cell, np.arange(cells))
    last = np.searchsorted(cell, np.arange(cells), side="right")
    total = np.bincount(cell, weights=leaving, minlength=cells)
    before = _running(leaving, first[cell]) - leaving
    at_risk = np.maximum(total[cell] - before, leaving)
    dying = (np.arange(len(cell)) == last[cell] - 1) & (deaths == leaving)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(dying, 0.0, np.log1p(-deaths / at_risk))
        spread = np.where(dying, 0.0, deaths / (at_risk * (at_risk - deaths))) / precision[cell]
    log_survival = _running(step, first[cell])
    survival = np.where(dying, 0.0, np.exp(log_survival))
    inner = (survival > 0) & (log_survival < 0)
    error = np.full(len(cell), np.nan)
    error[inner] = np.sqrt(_running(spread, first[cell])[inner]) / -log_survival[inner]
    return Curves(first, last, time, survival, error, at_risk * precision[cell])


def quantile(curves: Curves, share: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The time by which `share` of what began has ended, with its interval; infinite where that is not known.

    Source of the interval: Brookmeyer, Crowley, Biometrics 38 (1982) 29-41, on the log-log scale: the times
    at which the curve is not significantly off. Where too few have ended for an upper limit, the lower
    one takes over most of its chance to miss.
    """
    left = 1 - share
    value = curves.where_first(curves.survival <= left + 1e-12, np.inf)
    high = curves.where_first(_crossed(curves, left, -intervals.Z), np.inf)
    low, alone = (
        curves.where_first(_crossed(curves, left, shift), np.inf) for shift in (intervals.Z, _ALONE)
    )
    low = np.where(np.isfinite(high), low, alone)
    return value, np.minimum(low, value), np.maximum(high, value)


def quantile_draws(curves: Curves, share: float, rng: np.random.Generator, size: int) -> FloatArray:
    """Draws of that time whose quantiles are the interval's: shape (cells, size), infinite where unknown."""
    target = np.log(-np.log(1 - share))
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (target - np.log(-np.log(curves.survival))) / curves.error
    needed = np.where(np.isnan(away), np.inf, away)
    drawn = np.full((len(curves.first), size), np.inf)
    normal = rng.standard_normal(drawn.shape)
    for i, (first, last) in enumerate(zip(curves.first, curves.last, strict=True)):
        falling = np.minimum.accumulate(needed[first:last])
        position = np.searchsorted(-falling, -normal[i])
        drawn[i] = np.append(curves.time[first:last], np.inf)[position]
    return drawn


def at_horizon(curves: Curves, horizon: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The share that lasts longer than `horizon`, with its log-log interval.

    It is NaN where nobody was watched so long. Where nothing or everything has ended by then the log-log
    scale has no error: Wilson's interval of the answers at risk takes its place.
    """
    survival, error, at_risk = _point(curves, horizon)
    with np.errstate(invalid="ignore"):
        low, high = survival ** np.exp(intervals.Z * error), survival ** np.exp(-intervals.Z * error)
    flat = np.isnan(error)
    rough = intervals.wilson(survival, at_risk)
    return survival, np.where(flat, rough[0], low), np.where(flat, rough[1], high)


def horizon_draws(curves: Curves, horizon: float, rng: np.random.Generator, size: int) -> FloatArray:
    """Draws of that share whose quantiles are the interval's: shape (cells, size), NaN where unknown."""
    survival, error, at_risk = _point(curves, horizon)
    normal = rng.standard_normal((len(survival), size))
    rough = intervals.beta_draws(survival, at_risk, rng, size)
    return np.where(np.isnan(error)[:, None], rough, survival[:, None] ** np.exp(error[:, None] * normal))


def _point(curves: Curves, horizon: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Survival, its error and the answers at risk, by cell, at the bin of a point in time."""
    time = float(values(bins(np.array([horizon])))[0])
    entry = curves.at(time)
    place = np.where(entry < 0, curves.first, entry)
    survival = np.append(curves.survival, 1.0)[entry]
    later = np.where(entry < 0, curves.first, entry + 1) < curves.last
    watched = later | (survival == 0) | ((entry >= 0) & (np.append(curves.time, np.nan)[entry] == time))
    return (
        np.where(watched, survival, np.nan),
        np.append(curves.error, np.nan)[entry],
        np.append(curves.at_risk, 0.0)[place],
    )


def _joined(ended: Distribution, open_: Distribution) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Cell, time, what ended then, and what ended or was censored then; sorted by cell and time."""
    cell = np.concatenate([ended.cell, open_.cell])
    value = np.concatenate([ended.value, open_.value])
    weight = np.concatenate([ended.w, open_.w])
    deaths = np.concatenate([ended.w, np.zeros(len(open_.w))])
    times, position = np.unique(value, return_inverse=True)
    key, entry = np.unique(cell * max(len(times), 1) + position, return_inverse=True)
    width = max(len(times), 1)
    return (
        key // width,
        times[key % width] if len(times) else np.zeros(0),
        np.bincount(entry, weights=deaths, minlength=len(key)).astype(np.float64),
        np.bincount(entry, weights=weight, minlength=len(key)).astype(np.float64),
    )


def _running(amounts: FloatArray, start: IntArray) -> FloatArray:
    """Sums within each cell up to and with every entry; `start` is the first entry of the entry's cell."""
    sums = np.append(0.0, np.cumsum(amounts))
    running: FloatArray = sums[1:] - sums[start]
    return running


def _crossed(curves: Curves, left: float, shift: float) -> npt.NDArray[np.bool_]:
    """Where the curve, shifted by so many errors, is not above `left`."""
    target = np.log(-np.log(left))
    with np.errstate(divide="ignore", invalid="ignore"):
        height = np.log(-np.log(curves.survival)) + shift * curves.error
    crossed: npt.NDArray[np.bool_] = (height >= target) | ((curves.survival == 0) & (shift > 0))
    return crossed

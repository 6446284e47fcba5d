"""Survival curves of many cells at once, from counts by time: Kaplan and Meier, with log-log intervals.

Times are bins of 0.5% width (`cxengine.plugin.distribution`); within a bin, what ended comes before what was
censored. Weighted counts enter with the precision of Kish's effective sample size.

Many cases may end at the same time, whole days or minutes: then the distance between a quantile and its limit
is 0, and tells nothing of how sure it is. Chances of quantiles need no distances: a quantile is above a limit
where more last longer than the limit than are left at the quantile, which has a binomial chance, with as many
answers as tell as much of the share there (Dorey, Korn, Statistics in Medicine 6 (1987) 679-687); without
censoring and weights it is exact, ties or not.
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
_EXACT = 1e-12
_AT_ONCE = 500_000
"""How many times of pairs are looked at together, at most."""


@attrs.frozen(eq=False)
class Curves:
    """Survival by cell and time: parallel arrays with one entry a cell and time, sorted by both.

    `first` and `last` hold the entries of each cell, as in `entries[first:last]`. `survival` is the share
    that lasts longer than `time`, `error` the standard error of log(-log(survival)) (NaN where it is 1 or
    0), `at_risk` the effective number of answers that lasted at least so long, and `telling` the number of
    uncensored answers that would tell as much of `survival`: of as many the error would be the same; where
    it is 0, as many would have left so many at risk; where it is 1, those who lasted longer.
    """

    first: IntArray
    last: IntArray
    time: FloatArray
    survival: FloatArray
    error: FloatArray
    at_risk: FloatArray
    telling: FloatArray

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
    relative = _running(spread, first[cell])
    error = np.full(len(cell), np.nan)
    error[inner] = np.sqrt(relative[inner]) / -log_survival[inner]
    at_risk = at_risk * precision[cell]
    lasted = np.exp(log_survival - step)  # until then
    telling = np.where(survival > 0, at_risk - leaving * precision[cell], at_risk / lasted)
    telling[inner] = (1 - survival[inner]) / (survival[inner] * relative[inner])
    return Curves(first, last, time, survival, error, at_risk, telling)


def after(ended: Distribution, time: float, late: FloatArray) -> Distribution:
    """What has ended, of which so much in the bin of a time, by cell, is after that time."""
    at = float(values(bins(np.array([time])))[0])
    there = np.flatnonzero(ended.value == at)
    moved = np.minimum(late[ended.cell[there]], ended.w[there])
    w = ended.w.copy()
    w[there] -= moved
    cell, weight = np.append(ended.cell, ended.cell[there]), np.append(w, moved)
    value = np.append(ended.value, np.full(len(there), np.nextafter(at, np.inf)))
    some = weight > 0
    return Distribution(ended.cells, cell[some], value[some], weight[some])


def quantile(curves: Curves, share: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The time by which `share` of what began has ended, with its interval; infinite where that is not known.

    Source of the interval: Brookmeyer, Crowley, Biometrics 38 (1982) 29-41, on the log-log scale: the times
    at which the curve is not significantly off; where all have ended, order statistics tell the upper limit.
    Where too few have ended for one, the lower one takes over most of its chance to miss.
    """
    needed = _needed(curves, share)
    value = curves.where_first(curves.survival <= 1 - share + _EXACT, np.inf)
    low, alone, high = (
        curves.where_first(needed <= deviate, np.inf) for deviate in (intervals.Z, _ALONE, -intervals.Z)
    )
    low = np.where(np.isfinite(high), low, alone)
    return value, np.minimum(low, value), np.maximum(high, value)


def quantile_draws(curves: Curves, share: float, rng: np.random.Generator, size: int) -> FloatArray:
    """Draws of that time whose quantiles are the interval's: shape (cells, size), infinite where unknown."""
    needed = _needed(curves, share)
    drawn = np.full((len(curves.first), size), np.inf)
    normal = rng.standard_normal(drawn.shape)
    for i, (first, last) in enumerate(zip(curves.first, curves.last, strict=True)):
        falling = np.minimum.accumulate(needed[first:last])
        position = np.searchsorted(-falling, -normal[i])
        drawn[i] = np.append(curves.time[first:last], np.inf)[position]
    return drawn


def quantile_chances(curves: Curves, share: float, limits: FloatArray, side: int) -> FloatArray:
    """The chances of so late a time, or a later one (`side` 1), of so early a one (-1), were `limits` true.

    Of so late a one: that so many last longer than the limit, were it 1 - `share`. Of so early a one: that so
    few last until then. Times in the bin of a limit are at the limit.
    """
    time = values(bins(np.maximum(limits, 0.0)))
    cell = np.arange(len(curves.first))
    return _tail(curves, cell, _entry(curves, cell, time, before=side < 0), share, side)


def quantile_differences(curves: Curves, share: float, ones: IntArray, others: IntArray) -> FloatArray:
    """The chances of so large differences of that time between cells, were there none: two-sided, by pair.

    Were both the same, it would be some time between the two that were found. At each time in question both
    cells tell how far off it is, in normal deviates of their binomial chances; the time at which the sum of
    their squares is least is the one that agrees best, and that sum is as chi-squared of one degree. Where no
    answers are tied that is the usual test of a difference from two independent errors.
    """
    from scipy.special import ndtr

    value, _, _ = quantile(curves, share)
    early, late = np.where(value[ones] <= value[others], (ones, others), (others, ones))
    found = np.ones(len(early))
    pairs = np.flatnonzero(value[early] < value[late])
    size = (curves.last - curves.first)[early[pairs]] + (curves.last - curves.first)[late[pairs]]
    chunks = np.searchsorted(np.cumsum(size), np.arange(_AT_ONCE, size.sum(), _AT_ONCE))
    for some in np.split(pairs, np.unique(chunks)):
        if len(some):
            agreed = _least_disagreement(curves, share, early[some], late[some], value)
            found[some] = 2 * ndtr(-np.sqrt(agreed))
    return found


def _least_disagreement(
    curves: Curves, share: float, early: IntArray, late: IntArray, value: FloatArray
) -> FloatArray:
    """The least sum of squared deviates of two cells, over the times of both between their quantiles."""
    from scipy.special import ndtri

    pair, time = (
        np.concatenate(both) for both in zip(*(_times(curves, cells) for cells in (early, late)), strict=True)
    )
    between = (time >= value[early][pair]) & (time <= value[late][pair])
    pair, time = pair[between], time[between]
    squares = np.zeros(len(pair))
    for cells, side in ((early, -1), (late, 1)):
        entry = _entry(curves, cells[pair], time, before=side < 0)
        squares += np.minimum(ndtri(_tail(curves, cells[pair], entry, share, side)), 0.0) ** 2
    least = np.full(len(early), np.inf)
    np.minimum.at(least, pair, squares)
    return least


def _times(curves: Curves, cells: IntArray) -> tuple[IntArray, FloatArray]:
    """All times of some cells, and which of the cells each is of, by position."""
    count = (curves.last - curves.first)[cells]
    start = np.cumsum(count) - count
    entry = np.arange(count.sum()) + np.repeat(curves.first[cells] - start, count)
    return np.repeat(np.arange(len(cells)), count), curves.time[entry]


def _entry(curves: Curves, cells: IntArray, time: FloatArray, *, before: bool) -> IntArray:
    """The last entry of a cell that is not later than a time, or earlier; less than its first if none."""
    known = np.unique(curves.time)
    owner = np.repeat(np.arange(len(curves.first)), curves.last - curves.first)
    ranked = owner * (len(known) + 1) + np.searchsorted(known, curves.time)
    place = np.searchsorted(known, time, side="left" if before else "right")
    found: IntArray = np.searchsorted(ranked, cells * (len(known) + 1) + place) - 1
    return found


def _tail(curves: Curves, cells: IntArray, entry: IntArray, share: float, side: int) -> FloatArray:
    """The binomial chance that so many (`side` 1) or so few (-1) of cells last longer than an entry.

    Were as many to last as `share` leaves: 1 - `share`. Before the first entry, all last.
    """
    from scipy.special import betainc

    first, some = curves.first[cells], curves.last[cells] > curves.first[cells]
    begun = some & (entry >= first)
    survival = np.where(begun, np.append(curves.survival, 1.0)[entry], 1.0)
    all_ = np.where(some, np.append(curves.at_risk, 0.0)[first], 0.0)
    n = np.where(begun, np.append(curves.telling, 0.0)[entry], all_)
    last = survival * n
    with np.errstate(invalid="ignore"):
        if side > 0:
            found = np.where(last > 0, betainc(np.maximum(last, _EXACT), n - last + 1, 1 - share), 1.0)
        else:
            found = np.where(last < n, betainc(np.maximum(n - last, _EXACT), last + 1, share), 1.0)
    return found


def at_horizon(curves: Curves, horizon: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The share that lasts longer than `horizon`, with its log-log interval.

    It is NaN where nobody was watched so long. Where nothing or everything has ended by then the log-log
    scale has no error: Wilson's interval takes its place, of those who were watched so long where nothing
    has, of as many as would have left so many at risk at last where everything has.
    """
    survival, error, telling = _point(curves, horizon)
    with np.errstate(invalid="ignore"):
        low, high = survival ** np.exp(intervals.Z * error), survival ** np.exp(-intervals.Z * error)
    flat = np.isnan(error)
    rough = intervals.wilson(survival, telling)
    return survival, np.where(flat, rough[0], low), np.where(flat, rough[1], high)


def horizon_draws(curves: Curves, horizon: float, rng: np.random.Generator, size: int) -> FloatArray:
    """Draws of that share whose quantiles are the interval's: shape (cells, size), NaN where unknown."""
    survival, error, telling = _point(curves, horizon)
    normal = rng.standard_normal((len(survival), size))
    rough = intervals.beta_draws(survival, telling, rng, size)
    return np.where(np.isnan(error)[:, None], rough, survival[:, None] ** np.exp(error[:, None] * normal))


def _point(curves: Curves, horizon: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Survival, its error and the answers that tell it, by cell, at the bin of a point in time."""
    time = float(values(bins(np.array([horizon])))[0])
    entry = curves.at(time)
    begun, place = entry >= 0, np.where(entry < 0, curves.first, entry)
    survival = np.append(curves.survival, 1.0)[entry]
    then = begun & (np.append(curves.time, np.nan)[entry] == time)
    later = np.where(begun, entry + 1, curves.first) < curves.last
    at_risk, telling = (np.append(of, 0.0)[place] for of in (curves.at_risk, curves.telling))
    return (
        np.where(later | (survival == 0) | then, survival, np.nan),
        np.append(curves.error, np.nan)[entry],
        np.where(begun & ~(then & (survival == 1)), telling, at_risk),
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


def _needed(curves: Curves, share: float) -> FloatArray:
    """How many errors the curve must be shifted down to be at what `share` leaves, at every time.

    Where all have ended the log-log scale has no error: the deviate of the chance that all of as many answers
    end by the time by which only `share` does takes its place. Infinite where none has ended.
    """
    from scipy.special import ndtri

    with np.errstate(divide="ignore", invalid="ignore"):
        away = (np.log(-np.log(1 - share)) - np.log(-np.log(curves.survival))) / curves.error
    away = np.where(curves.survival == 0, ndtri(share**curves.telling), away)
    needed: FloatArray = np.where(np.isnan(away), np.inf, away)
    return needed

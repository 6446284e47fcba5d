"""Intervals of means and totals of amounts: numbers from 0 on, of which a few are large; always 95%.

Student's interval of a mean is right for amounts that lie evenly about it. Of skewed ones few are large,
small samples hold none of them, and then both the mean and its error are too small: of ten log-normal
amounts (sigma 1) the interval holds the mean 83 times in a hundred. Johnson (1978) and Hall (1992) mend that
by the skewness, which ten amounts do not tell. But amounts count from 0, and there the ratio of their
standard error to their mean, the relative error `e`, tells: the larger it is, the more skewed they are.

The limits lie at

    mean + error * (1 + 0.8 e) * t / z * (exp(b z) - 1) / b,    b = 4 e / (1 + 2.5 e)

for z = -1.96 and 1.96, with t the quantile of Student's distribution for |z|: Hall's monotone correction with
a bend `b` that is learned from e. Where e is small, which it becomes in every population with a variance,
they are Student's. The three constants are those at which the interval covers 94 to 96% of samples of 10 to
1,000 amounts from gamma (shape 1 and more), Weibull, log-normal (sigma up to 1) and normal populations;
`docs/skewness.py` finds them again, and `docs/coverage.md` has the figures. The chance of a miss is 5% in
all, not the same on both sides. No interval can do that for every population (Bahadur and Savage 1956): with
heavier tails, such as a log-normal sigma of 1.5, ten amounts still tell too little.

Where more varies than amounts, as in a sum over a count, e of the amounts alone tells how skewed they are,
and bends as far as they make up the error; what else varies is even on the logarithmic scale.

One-sided chances cannot be read off one side of such an interval: of even amounts it misses below in 5 to 7%,
above hardly ever. e does not tell even amounts from skewed ones, so `chances` are the larger of what both
would have. Few amounts far below the others, or none that differ, are the third case: see `chances`.

Sources: Johnson, JASA 73 (1978) 536-544; Hall, JRSS B 54 (1992) 221-228; Bahadur, Savage, Annals of
Mathematical Statistics 27 (1956) 1115-1122.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = ["SHAPE", "Shape", "chances", "draws", "limits", "total_chances", "total_draws", "total_limits"]


@attrs.frozen
class Shape:
    """How limits follow from a relative error `e`: bent by `bend * e / (1 + ease * e)`, and `wider`."""

    bend: float
    ease: float
    wider: float


SHAPE = Shape(bend=4.0, ease=2.5, wider=0.8)
"""What `docs/skewness.py` found."""
_EVEN = Shape(bend=0.0, ease=0.0, wider=0.0)
"""Of amounts that are not skewed: Student's."""
_POOLED = 0.15
"""How far degrees of freedom of amounts go, as logarithms, towards those of the whole error of their sum."""
_MANY = 1e9
"""Degrees of freedom with which Student's quantile is the normal one."""
_SAME = 1e-9


def limits(
    value: FloatArray,
    error: FloatArray,
    degrees: FloatArray,
    *,
    own: FloatArray | None = None,
    shape: Shape = SHAPE,
) -> tuple[FloatArray, FloatArray]:
    """The interval of a mean of amounts, from its standard error with so many degrees of freedom.

    Where more than amounts makes up the error, `own` is the standard error that is theirs, and tells how
    skewed they are; where it is 0, the interval is even on the logarithmic scale. Where the error is infinite
    (a single amount), the mean may be anything from 0 on.
    """
    own = error if own is None else own
    low, high = (
        _moved(value, error, degrees, side * intervals.Z, own=own, shape=shape) for side in (-1.0, 1.0)
    )
    return low, high


def draws(
    value: FloatArray,
    error: FloatArray,
    degrees: FloatArray,
    rng: np.random.Generator,
    size: int,
    *,
    own: FloatArray | None = None,
) -> FloatArray:
    """Draws of a mean of amounts whose quantiles are the limits: shape (cells, size), NaN without error."""
    noise = rng.standard_normal((len(value), size))
    known = np.where(np.isfinite(error), error, np.nan)
    theirs = known if own is None else own
    return _moved(value[:, None], known[:, None], degrees[:, None], noise, own=theirs[:, None], shape=SHAPE)


def chances(
    value: FloatArray,
    error: FloatArray,
    degrees: FloatArray,
    limits: FloatArray,
    side: int,
    *,
    own: FloatArray | None = None,
    least: FloatArray | None = None,
) -> FloatArray:
    """The chance of so high a mean, or a higher one (`side` 1), of so low a one (-1), were `limits` true.

    The larger of that of skewed amounts, whose interval `limits` gives, and that of even ones, by Student.

    A mean is also high because few small amounts are in the sample, or none: where the `least` amount lies
    farther below the mean than the least of as many normal ones would, the chance is no smaller than that of
    amounts of the skewness of two values so far apart (Hall 1992). Where nothing varies (`least` is the
    mean), no smaller than that of missing as many amounts of 0 as the limit needs: `(limit / mean) ^ n`.
    """
    own = error if own is None else own
    found = np.maximum(
        *(_chances(value, error, degrees, limits, side, own=own, shape=shape) for shape in (SHAPE, _EVEN))
    )
    if least is not None and side > 0:
        found = np.maximum(found, _of_few_below(value, error, degrees, limits, least))
    return np.where(np.isfinite(error), found, 0.5)


def _chances(
    value: FloatArray,
    error: FloatArray,
    degrees: FloatArray,
    limits: FloatArray,
    side: int,
    *,
    own: FloatArray,
    shape: Shape,
) -> FloatArray:
    """The chances by one shape: how far the mean is moved to the limit, as Student's deviate."""
    from scipy.special import stdtr

    bend, part, wider = _bent(value, error, own, shape)
    student = intervals.t_quantile(degrees) / intervals.Z
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (limits - value) / (error * wider)
        far = np.log1p(np.maximum(bend * steps / student**part, -1.0)) / bend
        deviate = np.where(bend > 0, far * student**part, steps)
        found: FloatArray = stdtr(degrees, side * np.nan_to_num(deviate, posinf=np.inf, neginf=-np.inf))
    return found


def _of_few_below(
    value: FloatArray, error: FloatArray, degrees: FloatArray, limits: FloatArray, least: FloatArray
) -> FloatArray:
    """The chances of so high a mean where few amounts lie far below it, or none."""
    from scipy.special import stdtr

    n = degrees + 1
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        depth = (value - least) / (error * np.sqrt(degrees))
        skewness = 1 / depth - depth
        bend, shift = 2 * skewness / (3 * np.sqrt(n)), skewness / (6 * np.sqrt(n))
        steps = (limits - value) / error - shift
        hall = stdtr(degrees, np.log1p(np.maximum(bend * steps, -1.0)) / bend)
        none = np.clip(limits / value, 0, 1) ** n
    few = depth > np.sqrt(2 * np.log(np.maximum(n, 1)))
    equal = (value > 0) & (value - least <= _SAME * value)
    return np.where(equal, none, np.where(few, np.nan_to_num(hall), 0.0))


def total_limits(
    total: FloatArray,
    uneven: FloatArray,
    n: FloatArray,
    degrees: FloatArray | None = None,
    *,
    together: FloatArray | float = 0.0,
    shape: Shape = SHAPE,
) -> tuple[FloatArray, FloatArray]:
    """The interval of a sum over `n` events; `uneven` is the squared coefficient of variation.

    How many events there are and how large they are on average do not depend on each other: the two
    intervals, Jeffreys' of a Poisson number and that of the mean, are combined on the logarithmic scale.
    `degrees` of freedom are n - 1 unless more is known of how amounts vary, and infinite where all is known.
    Where events are not independent, `together` is what that adds to the squared relative error of their
    number, which then is as sure as that of fewer events.

    Of the error of the sum, the part that is the number's does not rest on how amounts vary, so that its
    degrees of freedom are more than those of amounts alone (Satterthwaite). With all of them, intervals of
    about 10 log-normal amounts (sigma 1) would cover 93.1%, with none of them those of gamma amounts (shape
    2) 96.3%; a little of the way both are within 94 to 96%.

    Sources: Brown, Cai, DasGupta, Statistica Sinica 13 (2003) 19-49; Zou, Taleban, Huo, Computational
    Statistics and Data Analysis 53 (2009) 3755-3764; Satterthwaite, Biometrics Bulletin 2 (1946) 110-114.
    """
    from scipy.special import chdtri

    sizes = limits(*_size(uneven, n, degrees), shape=shape)
    tails = ((1 + intervals.LEVEL) / 2, (1 - intervals.LEVEL) / 2)
    n = _independent(n, together)
    with np.errstate(divide="ignore", invalid="ignore"):
        numbers = [chdtri(2 * n + 1, tail) / (2 * n) for tail in tails]
        away = [np.hypot(np.log(a), np.log(b)) for a, b in zip(sizes, numbers, strict=True)]
        return total * np.exp(-away[0]), total * np.exp(away[1])


def total_draws(
    total: FloatArray,
    uneven: FloatArray,
    n: FloatArray,
    rng: np.random.Generator,
    size: int,
    *,
    degrees: FloatArray | None = None,
    together: FloatArray | float = 0.0,
) -> FloatArray:
    """Draws of such a sum: number and mean size, independent of each other; shape (cells, size)."""
    events = _independent(n, together)
    known = np.where(n > 0, events, np.nan)[:, None]
    numbers = rng.standard_gamma(np.nan_to_num(events)[:, None] + 0.5, (len(n), size)) / known
    return total[:, None] * numbers * draws(*_size(uneven, n, degrees), rng, size)


def total_chances(
    total: FloatArray,
    uneven: FloatArray,
    n: FloatArray,
    limits: FloatArray,
    side: int,
    *,
    degrees: FloatArray | None = None,
    together: FloatArray | float = 0.0,
) -> FloatArray:
    """The chance of so high a sum, or a higher one (`side` 1), of so low a one (-1), were `limits` true.

    The larger of those of skewed and of even amounts: normal deviates on the logarithmic scale.
    """
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.log(np.maximum(limits, 0) / total)
        found = []
        for shape in (SHAPE, _EVEN):
            low, high = total_limits(total, uneven, n, degrees, together=together, shape=shape)
            towards = np.where(away < 0, np.log(total / low), np.log(high / total))
            found.append(
                ndtr(np.nan_to_num(side * intervals.Z * away / towards, posinf=np.inf, neginf=-np.inf))
            )
    larger: FloatArray = np.maximum(*found)
    return larger


def _independent(n: FloatArray, together: FloatArray | float) -> FloatArray:
    """The number of independent events that would be as sure as `n` of which some go together."""
    return n / (1 + n * together)


def _size(
    uneven: FloatArray, n: FloatArray, degrees: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The mean amount in units of itself, its standard error, and degrees of freedom.

    One amount does not tell how uneven amounts are: it is taken for one of an exponential distribution.
    """
    others = np.maximum(n - 1, 1)
    degrees = others if degrees is None else np.maximum(degrees, 1)
    unknown = (n <= 1) & np.isfinite(degrees)
    error = np.where(unknown, 1.0, np.sqrt(np.maximum(uneven, 0) / others))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        both = (1 + 1 / (n * error**2)) ** 2
    pooled = np.where(unknown, degrees, degrees * both**_POOLED)
    return np.ones(len(n)), error, np.minimum(pooled, _MANY)


def _moved(
    value: FloatArray,
    error: FloatArray,
    degrees: FloatArray,
    by: FloatArray | float,
    *,
    own: FloatArray,
    shape: Shape,
) -> FloatArray:
    """The mean moved by so many normal deviates; never below 0."""
    bend, part, wider = _bent(value, error, own, shape)
    student = intervals.t_quantile(degrees) / intervals.Z
    by = by * student ** (1 - part)
    wide = error * wider * student**part
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.divide(np.expm1(bend * by), bend, out=by + np.zeros(np.shape(bend * by)), where=bend > 0)
        return np.where(value > 0, np.maximum(value + wide * steps, 0.0), value)


def _bent(
    value: FloatArray, error: FloatArray, own: FloatArray, shape: Shape
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How far limits bend, the part of amounts in the error, and how much wider it makes them."""
    relative, skewed = (intervals.ratio(one, value) for one in (error, own))
    relative, skewed = (np.where(np.isfinite(one), one, 0.0) for one in (relative, skewed))
    part = np.clip(np.nan_to_num(intervals.ratio(skewed, relative)), 0.0, 1.0)
    bend = relative + part * (shape.bend / (1 + shape.ease * skewed) - 1) * skewed
    return bend, part, 1 + shape.wider * part * skewed

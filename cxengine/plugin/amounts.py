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

__all__ = ["SHAPE", "Shape", "draws", "limits", "total_draws", "total_limits"]


@attrs.frozen
class Shape:
    """How limits follow from a relative error `e`: bent by `bend * e / (1 + ease * e)`, and `wider`."""

    bend: float
    ease: float
    wider: float


SHAPE = Shape(bend=4.0, ease=2.5, wider=0.8)
"""What `docs/skewness.py` found."""


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


def total_limits(
    total: FloatArray, uneven: FloatArray, n: FloatArray, degrees: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """The interval of a sum over `n` independent events; `uneven` is the squared coefficient of variation.

    How many events there are and how large they are on average do not depend on each other: the two
    intervals, Jeffreys' of a Poisson number and that of the mean, are combined on the logarithmic scale.
    `degrees` of freedom are n - 1 unless more is known of how amounts vary.

    Sources: Brown, Cai, DasGupta, Statistica Sinica 13 (2003) 19-49; Zou, Taleban, Huo, Computational
    Statistics and Data Analysis 53 (2009) 3755-3764.
    """
    from scipy.special import chdtri

    sizes = limits(*_size(uneven, n, degrees))
    tails = ((1 + intervals.LEVEL) / 2, (1 - intervals.LEVEL) / 2)
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
) -> FloatArray:
    """Draws of such a sum: number and mean size, independent of each other; shape (cells, size)."""
    known = np.where(n > 0, n, np.nan)[:, None]
    numbers = rng.standard_gamma(np.nan_to_num(n)[:, None] + 0.5, (len(n), size)) / known
    return total[:, None] * numbers * draws(*_size(uneven, n, degrees), rng, size)


def _size(
    uneven: FloatArray, n: FloatArray, degrees: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The mean amount in units of itself, its standard error, and degrees of freedom."""
    own = np.maximum(n - 1, 1)
    error = np.sqrt(np.maximum(uneven, 0) / own)
    return np.ones(len(n)), error, own if degrees is None else np.maximum(degrees, 1)


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
    relative, skewed = (intervals.ratio(one, value) for one in (error, own))
    relative, skewed = (np.where(np.isfinite(one), one, 0.0) for one in (relative, skewed))
    part = np.clip(np.nan_to_num(intervals.ratio(skewed, relative)), 0.0, 1.0)
    bend = relative + part * (shape.bend / (1 + shape.ease * skewed) - 1) * skewed
    student = intervals.t_quantile(degrees) / intervals.Z
    by = by * student ** (1 - part)
    wide = error * (1 + shape.wider * part * skewed) * student**part
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.divide(np.expm1(bend * by), bend, out=by + np.zeros(np.shape(bend * by)), where=bend > 0)
        return np.where(value > 0, np.maximum(value + wide * steps, 0.0), value)

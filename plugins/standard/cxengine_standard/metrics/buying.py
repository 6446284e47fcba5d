"""Models of buying without a contract: BG/NBD for how often, gamma-gamma for how much.

Customers enter as arrays with one entry a kind of history: `x` repeat purchases, `recency` and `age` of the
customer in one unit of time, `weight` customers of the kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_UNLIKELY = 1e100
"""The negative log likelihood of parameters so far off that it cannot be told: few customers get there."""
_LEAST_DEGREES = 0.5


@attrs.frozen(eq=False)
class Fit:
    """Parameters at the maximum of the likelihood, its logarithm, and the covariance of log parameters."""

    parameters: tuple[float, ...]
    log_likelihood: float
    covariance: FloatArray


def fit_bg_nbd(x: FloatArray, recency: FloatArray, age: FloatArray, weight: FloatArray) -> Fit:
    """r, alpha, a, b of the BG/NBD model.

    Source: Fader, Hardie, Lee, Marketing Science 24 (2005) 275-284; the likelihood in its numerically stable
    form: Hardie, Overcoming the BG/NBD Model's #NUM! Error Problem (2017).
    """
    from scipy.special import gammaln

    back = x > 0

    def negative(log_parameters: FloatArray) -> float:
        r, alpha, a, b = np.exp(log_parameters)
        common = (
            gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        )
        alive = -(r + x) * np.log(alpha + age)
        gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency)
        either = np.where(back, np.logaddexp(alive, gone), alive)
        return -float(np.sum(weight * (common + r * np.log(alpha) + either)))

    return _maximum(negative, np.log([1.0, float(np.average(age, weights=weight)) / 4, 1.0, 1.0]))


def fit_gamma_gamma(x: FloatArray, each: FloatArray, weight: FloatArray) -> Fit:
    """p, q, v of the gamma-gamma model of the mean value `each` of `x` repeat purchases, all positive.

    Source: Fader, Hardie, The Gamma-Gamma Model of Monetary Value (2013).
    """
    from scipy.special import gammaln

    def negative(log_parameters: FloatArray) -> float:
        p, q, v = np.exp(log_parameters)
        terms = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        terms += (p * x - 1) * np.log(each) + p * x * np.log(x) - (p * x + q) * np.log(x * each + v)
        return -float(np.sum(weight * terms))

    return _maximum(negative, np.log([1.0, 2.0, float(np.average(each, weights=weight))]))


def expected_purchases(
    time: float, parameters: tuple[float, ...], x: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """Purchases expected within `time` from now, given a customer's history: equation 10 of the paper."""
    from scipy.special import hyp2f1

    r, alpha, a, b = parameters
    series = hyp2f1(r + x, b + x, a + b + x - 1, time / (alpha + age + time))
    ratio = ((alpha + age) / (alpha + age + time)) ** (r + x)
    first = (a + b + x - 1) / (a - 1) * (1 - ratio * series)
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x)
    expected: FloatArray = first / (1 + np.where(x > 0, odds, 0.0))
    return expected


def expected_value(parameters: tuple[float, ...], x: FloatArray, spent: FloatArray) -> FloatArray:
    """Value expected of each of a customer's purchases, given what `x` repeat purchases came to."""
    p, q, v = parameters
    expected: FloatArray = p * (v + spent) / (p * x + q - 1)
    return expected


def lifetime_value(
    x: FloatArray,
    recency: FloatArray,
    age: FloatArray,
    spent: FloatArray,
    weight: FloatArray,
    *,
    weeks: int,
    discount: float,
) -> tuple[float, float]:
    """Mean discounted value of the customers' purchases within `weeks`, and its relative error.

    Times are in weeks. The error is the delta method's, for as few customers as came back and paid: their
    number less that of the parameters are its degrees of freedom, and Student's quantile is in it, in units
    of the normal one.
    NaN where a model does not fit: when the mean of the gamma-gamma model does not exist (q <= 1).
    """
    from cxengine.plugin import intervals

    paid = (x > 0) & (spent > 0)
    buying = fit_bg_nbd(x, recency, age, weight)
    worth = fit_gamma_gamma(x[paid], spent[paid] / x[paid], weight[paid])
    if worth.parameters[1] <= 1:
        return float("nan"), float("nan")
    steps = [min(week, weeks) for week in range(4, weeks + 4, 4)]

    def mean_of(log_parameters: FloatArray) -> float:
        parameters = tuple(np.exp(log_parameters))
        total, before = np.zeros(len(x)), np.zeros(len(x))
        for step in steps:
            until = expected_purchases(step, parameters[:4], x, recency, age)
            total += (until - before) / (1 + discount) ** (step / 52)
            before = until
        value = total * expected_value(parameters[4:], x, spent)
        return float(np.average(value, weights=weight))

    best = np.log([*buying.parameters, *worth.parameters])
    value = mean_of(best)
    slope = np.array([(mean_of(best + e) - mean_of(best - e)) / 2e-4 for e in 1e-4 * np.eye(7)])
    variance = slope[:4] @ buying.covariance @ slope[:4] + slope[4:] @ worth.covariance @ slope[4:]
    told = float(weight[paid].sum())
    degrees = np.maximum(told - len(best), _LEAST_DEGREES)
    student = intervals.t_quantile(degrees) / intervals.Z
    return value, float(np.sqrt(max(variance, 0.0) * told / degrees) / value * student)


def _maximum(negative: Callable[[FloatArray], float], start: FloatArray) -> Fit:
    """The parameters, given on the log scale, that make a negative log likelihood smallest."""
    from scipy.optimize import minimize

    def finite(at: FloatArray) -> float:
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            value = negative(at)
        return value if np.isfinite(value) else _UNLIKELY

    rough = minimize(
        finite, start, method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-3, "fatol": 1e-3}
    )
    found = minimize(finite, rough.x, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-7})
    return Fit(
        parameters=tuple(float(one) for one in np.exp(found.x)),
        log_likelihood=-float(found.fun),
        covariance=np.asarray(
            np.linalg.pinv(_curvature(negative, found.x), hermitian=True), dtype=np.float64
        ),
    )


def _curvature(negative: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    """The Hessian by central differences."""
    k, step = len(at), 1e-3
    moves = step * np.eye(k)
    found = np.empty((k, k))
    for i in range(k):
        for j in range(i, k):
            corners = [negative(at + s * moves[i] + t * moves[j]) * s * t for s in (1, -1) for t in (1, -1)]
            found[i, j] = found[j, i] = sum(corners) / (4 * step**2)
    return found

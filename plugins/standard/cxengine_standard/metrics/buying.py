"""Models of buying without a contract: BG/NBD for how often, gamma-gamma for how much.

Customers enter as arrays with one entry a kind of history: `x` repeat purchases, `recency` and `age` of the
customer in one unit of time, `weight` customers of the kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_UNLIKELY = 1e100
"""The negative log likelihood of parameters so far off that it cannot be told: few customers get there."""
_LEAST_DEGREES = 0.5
_STEP = 1e-3
"""Of central differences, in log parameters."""
_BUYING = ((1e-5, 1e3), (1e-5, 1e6), (1e-6, 1e4), (1e-2, 1e4))
"""Where r, alpha, a and b are looked for: beyond lie the models without one of the differences."""
_SPENDING = ((1e-4, 1e5), (1e-3, 1e5), (1e-6, 1e6))
"""The same of p, q, and v in units of the mean value."""
_NOBODY = 1e-4
"""The chance to leave after a purchase below which nobody is seen to leave: a and b are then not told."""
_BESIDE = 1e-7
_ALIKE = 1e3
"""The sum of a and b with which everybody's chance to leave is about the same."""
_FALL = 1.9207
"""By how much the log likelihood falls at the ends of an interval of 95%: half of chi-square's quantile."""


@attrs.frozen(eq=False)
class Fit:
    """Parameters at the maximum of the likelihood, its logarithm, and the covariance of log parameters."""

    parameters: tuple[float, ...]
    log_likelihood: float
    covariance: FloatArray
    """Of a parameter that lies at the end of where it is looked for, or is not told, 0."""


def fit_bg_nbd(x: FloatArray, recency: FloatArray, age: FloatArray, weight: FloatArray) -> Fit:
    """r, alpha, a, b of the BG/NBD model.

    Where nobody is seen to leave, it is the NBD model: a is 0 but for a trace, and b tells nothing.

    Source: Fader, Hardie, Lee, Marketing Science 24 (2005) 275-284; the likelihood in its numerically stable
    form: Hardie, Overcoming the BG/NBD Model's #NUM! Error Problem (2017).
    """
    negative = _bg_nbd(x, recency, age, weight)
    start = np.log([1.0, float(np.average(age, weights=weight)) / 4, 1.0, 1.0])
    found = _maximum(negative, start, np.log(_BUYING))
    if not nobody_leaves(found):
        return found
    r, alpha, *_ = found.parameters
    return _maximum(negative, np.log([r, alpha, _BUYING[2][0], 1.0]), np.log(_BUYING), free=(0, 1))


def nobody_leaves(fit: Fit) -> bool:
    """Whether it is a model of buying in which nobody is seen to leave."""
    _, _, a, b = fit.parameters
    return a < _NOBODY * (a + b)


def with_leaving(
    fit: Fit, x: FloatArray, recency: FloatArray, age: FloatArray, weight: FloatArray
) -> tuple[float, ...]:
    """r, alpha, a, b with the largest chance to leave, of everybody alike, that histories do not rule out.

    `fit` is the model in which nobody leaves; the end of the profile likelihood's interval of 95%.
    """
    from scipy.optimize import brentq, minimize

    negative = _bg_nbd(x, recency, age, weight)
    best = np.log(fit.parameters[:2])
    bounds = np.log(_BUYING[:2])

    def profile(chance: float) -> tuple[FloatArray, float]:
        leaving = np.log([_ALIKE * chance, _ALIKE * (1 - chance)])
        found = minimize(lambda at: negative(np.append(at, leaving)), best, method="L-BFGS-B", bounds=bounds)
        return np.append(found.x, leaving), float(found.fun) + fit.log_likelihood - _FALL

    least, most = np.log([_NOBODY, 0.9])
    if profile(0.9)[1] > 0:
        most = float(brentq(lambda at: profile(np.exp(at))[1], least, most, xtol=1e-3))
    return tuple(float(one) for one in np.exp(profile(np.exp(most))[0]))


def _bg_nbd(
    x: FloatArray, recency: FloatArray, age: FloatArray, weight: FloatArray
) -> Callable[[FloatArray], float]:
    """The negative log likelihood of log r, log alpha, log a, log b."""
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

    return negative


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

    mean = float(np.average(each, weights=weight))
    return _maximum(
        negative, np.log([1.0, 2.0, mean]), np.log(_SPENDING) + np.log(np.array([[1.0], [1.0], [mean]]))
    )


def fit_both(
    x: FloatArray, recency: FloatArray, age: FloatArray, spent: FloatArray, weight: FloatArray
) -> tuple[Fit, Fit] | None:
    """The BG/NBD model of buying and the gamma-gamma model of value, of `spent` in `x` repeat purchases.

    None where nobody who came back paid anything, or where the mean of the gamma-gamma model does not exist
    (q <= 1).
    """
    paid = (x > 0) & (spent > 0)
    if not paid.any():
        return None
    worth = fit_gamma_gamma(x[paid], spent[paid] / x[paid], weight[paid])
    return (fit_bg_nbd(x, recency, age, weight), worth) if worth.parameters[1] > 1 else None


def expected_purchases(
    time: float, parameters: tuple[float, ...], x: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """Purchases expected within `time` from now, given a customer's history: equation 10 of the paper."""
    from scipy.special import hyp2f1

    r, alpha, a, b = parameters
    if a == 1 or a + b == 1:  # the formula has a limit there, and no value
        a += _BESIDE
    share = time / (alpha + age + time)
    with np.errstate(invalid="ignore", over="ignore"):
        staying = (1 - share) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, share)
    if not (known := np.isfinite(staying)).all():
        staying[~known] = _staying(r + x[~known], b + x[~known], a - 1, share[~known])
    first = (a + b + x - 1) / (a - 1) * (1 - staying)
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x)
    expected: FloatArray = first / (1 + np.where(x > 0, odds, 0.0))
    return expected


def _staying(number: FloatArray, stays: FloatArray, leaves: float, share: FloatArray) -> FloatArray:
    """The power times 2F1 where 2F1 is too large for a double, as many customers are alike.

    It is the mean of `B(stays + k, leaves) / B(stays, leaves)` over a negative binomial `k`.
    """
    from scipy.special import betaln, gammaln

    mean = number * share / (1 - share)
    k = np.arange(int((mean + 12 * np.sqrt(mean / (1 - share)) + 60).max()))
    number, stays, share = number[:, None], stays[:, None], share[:, None]
    chance = gammaln(number + k) - gammaln(number) - gammaln(k + 1)
    chance = chance + number * np.log1p(-share) + k * np.log(share)
    found: FloatArray = np.exp(chance + betaln(stays + k, leaves) - betaln(stays, leaves)).sum(axis=1)
    return found


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
) -> tuple[float, float, float]:
    """Mean discounted value of the customers' purchases within `weeks`, and relative errors below and above.

    Times are in weeks. The error is the delta method's, for as few customers as came back and paid: their
    number less that of the parameters are its degrees of freedom, and Student's quantile is in it, in units
    of the normal one. Where nobody is seen to leave, the error below is larger by how much lower the value
    is if as many leave as histories allow.
    NaN where a model does not fit.
    """
    from cxengine.plugin import intervals

    both = fit_both(x, recency, age, spent, weight)
    if both is None:
        return float("nan"), float("nan"), float("nan")
    buying, worth = both
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
    told = float(weight[(x > 0) & (spent > 0)].sum())
    degrees = np.maximum(told - len(best), _LEAST_DEGREES)
    student = intervals.t_quantile(degrees) / intervals.Z
    error = float(np.sqrt(max(variance, 0.0) * told / degrees) / value * student)
    if not nobody_leaves(buying):
        return value, error, error
    leaving = with_leaving(buying, x, recency, age, weight)
    lower = np.log(value / mean_of(np.log([*leaving, *worth.parameters]))) / intervals.Z * student
    return value, float(np.hypot(error, max(lower, 0.0))), error


def _maximum(
    negative: Callable[[FloatArray], float],
    start: FloatArray,
    bounds: FloatArray,
    free: Sequence[int] | None = None,
) -> Fit:
    """The parameters, given on the log scale, that make a negative log likelihood smallest within bounds.

    Only those that are `free` move, if not all do.
    """
    from scipy.optimize import minimize

    moving = list(range(len(start)) if free is None else free)

    def at(found: FloatArray) -> FloatArray:
        whole = start.copy()
        whole[moving] = found
        return whole

    def finite(found: FloatArray) -> float:
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            value = negative(at(found))
        return value if np.isfinite(value) else _UNLIKELY

    ends = bounds[moving]
    rough = minimize(
        finite,
        np.clip(start[moving], *ends.T),
        method="Nelder-Mead",
        bounds=ends,
        options={"maxiter": 600, "xatol": 1e-3, "fatol": 1e-3},
    )
    found = minimize(finite, rough.x, method="L-BFGS-B", bounds=ends, options={"ftol": 1e-14, "gtol": 1e-7})
    best = at(found.x)
    inside = [i for i in moving if bounds[i, 0] + _STEP < best[i] < bounds[i, 1] - _STEP]
    covariance = np.zeros((len(start), len(start)))
    if inside:
        covariance[np.ix_(inside, inside)] = np.linalg.pinv(
            _curvature(negative, best, inside), hermitian=True
        )
    return Fit(tuple(float(one) for one in np.exp(best)), -float(found.fun), covariance)


def _curvature(negative: Callable[[FloatArray], float], at: FloatArray, along: Sequence[int]) -> FloatArray:
    """The Hessian by central differences, along some of the parameters."""
    k = len(along)
    moves = _STEP * np.eye(len(at))[along]
    found = np.empty((k, k))
    for i in range(k):
        for j in range(i, k):
            corners = [negative(at + s * moves[i] + t * moves[j]) * s * t for s in (1, -1) for t in (1, -1)]
            found[i, j] = found[j, i] = sum(corners) / (4 * _STEP**2)
    return found

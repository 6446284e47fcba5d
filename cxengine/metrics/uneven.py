"""How much less answers of unequal weight tell: design effects where weights go with the answer.

Kish's effective number of answers is right where weights say nothing about the answer. Where they do, as
where a group that few are asked of answers otherwise than the rest, the variance of a metric is that of the
sum of what every answer changes, weight and all (Taylor linearisation, as for clusters, every answer being
its own). Its ratio `r` to the variance that the metric assumes divides the effective number of answers.

Of few answers the ratio is itself a matter of chance. Its own relative variance v, as it were if weights
said nothing, is known from the same sums: it draws the ratio towards 1, as far as `(r + v) / (1 + v)`, and
takes degrees of freedom from Student's quantile: `1 / degrees = 1 / (n_eff - 1) + v`. Both vanish as answers
become many or weights equal. So intervals of samples whose weights say nothing cover what they did.

Where one answer is most of the weight, the value is nearly what it says, and it seems not to be off: then the
ratio is next to nothing, and tells nothing. So answers are never worth more than Kish's number times
`1 + Kish's number / 5`: two of them at most 2.8, twenty up to a hundred.

What answers of one value weigh is known by number, sum and sum of squares; third and fourth powers, which v
needs, are those of a gamma distribution with these. Nothing but the histogram of values is needed, so that
effects follow from cells that add up. Of continuous signals the scan adds up products, and for v all answers
are taken as equally far off. Survival curves keep Kish's number.

Sources: Binder, International Statistical Review 51 (1983) 279-292; Korn, Graubard, Survey Methodology 24
(1998) 193-201; degrees of freedom after Satterthwaite, Biometrics Bulletin 2 (1946) 110-114.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import widened
from cxengine.metrics.aggregate import Moment
from cxengine.metrics.exact import floats
from cxengine.metrics.linear import WEIGHT, Linear, of_answers, telling
from cxengine.metrics.widened import Divisors
from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.components import Components, Histogram, Totals
    from cxengine.plugin import Metric

    FloatArray = npt.NDArray[np.float64]

_EQUAL = 1e-9
_ALIKE = 1e-9
_TINY = 1e-9
_TRUSTED = 5.0
"""Kish's number at which answers may be worth twice as many; of fewer, less."""


def moments(metric: Metric, aggregates: Mapping[str, Aggregate]) -> Iterator[tuple[str, Moment]]:
    """What the scan must add up for the effect of a metric that no histogram of values serves, by name."""
    for one, other in combinations_with_replacement(sorted((WEIGHT, *telling(metric, aggregates))), 2):
        first, second = aggregates.get(one), aggregates.get(other)
        for squared in (False, True):
            if first or second:
                yield _name(one, other, squared=squared), Moment(first, second, squared=squared)


def effects(metrics: Mapping[str, Metric], components: Components) -> dict[str, Divisors]:
    """The design effects of all metrics of answers, by cell, where weights differ."""
    return {
        name: _effect(metrics[name], name, components)
        for name in sorted(metrics)
        if of_answers(components.aggregates[name])
    }


@attrs.frozen(eq=False)
class _Spread:
    """By cell, of what answers change: the sums that variances and the chance in their ratio are made of."""

    assumed: FloatArray
    """Of squares, by weight."""
    found: FloatArray
    """Of squares, by squares of weights."""
    chance: FloatArray
    """Of fourth powers, by the square of `weight^2 - weight * mean weight of a weight`."""


def _effect(metric: Metric, name: str, components: Components) -> Divisors:
    line = Linear.of(metric, name, components)
    w, w2 = line.parts["w"], line.parts["w2"]
    none = widened.nothing(len(line.codes))
    if not line.slopes:
        return none
    spread = _spread(metric, name, line, components)
    kish, heavy = intervals.effective_n(w, w2), intervals.ratio(w2, w)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = heavy * spread.assumed
        ratio, chance = spread.found / variance, spread.chance / variance**2
        ratio = (ratio + chance) / (1 + chance)
        ratio = np.maximum(ratio, 1 / (1 + kish / _TRUSTED))
        own = np.maximum(kish - 1, _TINY)
        degrees = np.maximum(1 / (1 / own + chance), widened.LEAST_DEGREES)
        assumed = ratio * kish / own if metric.unbiased else ratio
    known = (spread.assumed > 0) & (spread.found > 0) & np.isfinite(ratio) & np.isfinite(degrees)
    differ = w2 * line.parts["n"] > w * w * (1 + _EQUAL)
    assumed, degrees = np.where(known, assumed, 1.0), np.where(known, degrees, 1.0)
    found = Divisors(ratio, widened.effect(metric, assumed, degrees, kish))
    return found.where(known & differ, none)


def _spread(metric: Metric, name: str, line: Linear, components: Components) -> _Spread:
    """From the histogram of the signal, or from what the scan added up for the metric."""
    signal, aggregates = components.signals[name], components.aggregates[name]
    totals = components.totals.get(signal)
    if totals is not None and all((name, part) in totals.columns for part in aggregates):
        return _of_totals(dict(moments(metric, aggregates)), name, line, totals, aggregates)
    return _of_values(line, components.histograms[signal], aggregates)


def _of_values(line: Linear, histogram: Histogram, aggregates: Mapping[str, Aggregate]) -> _Spread:
    values, position = histogram.distinct
    off = np.zeros(len(histogram.cell))
    for part, slope in line.slopes.items():
        each = np.ones(len(values)) if part == WEIGHT else aggregates[part].of(values)
        off += slope[histogram.cell] * each[position]
    n, w, w2 = histogram.n.astype(np.float64), floats(histogram.w), floats(histogram.w2)
    squares = off**2
    heavy = intervals.ratio(line.parts["w2"], line.parts["w"])
    uneven = _uneven(n, w, w2, heavy[histogram.cell])
    sums = (histogram.add(amount) for amount in (w * squares, w2 * squares, uneven * squares**2))
    assumed, found, chance = sums
    scale = np.zeros(len(line.codes))
    for part, slope in line.slopes.items():
        each = np.ones(len(values)) if part == WEIGHT else aggregates[part].of(values)
        scale += slope**2 * histogram.add(w * each[position] ** 2)
    return _Spread(np.where(assumed > _ALIKE * scale, assumed, 0.0), found, chance)


def _of_totals(
    asked: Mapping[str, Moment], name: str, line: Linear, totals: Totals, aggregates: Mapping[str, Aggregate]
) -> _Spread:
    sums = totals.seen_by(aggregates).evaluate(name, asked)
    w, w2 = line.parts["w"], line.parts["w2"]
    both = []
    for squared, weights in ((False, w), (True, w2)):
        pairs = combinations_with_replacement(sorted(line.slopes), 2)
        both.append({pair: sums.get(_name(*pair, squared=squared), weights) for pair in pairs})
    assumed, found = (line.form(products) for products in both)
    scale = sum(slope**2 * both[0][part, part] for part, slope in line.slopes.items())
    assumed = np.where(assumed > _ALIKE * scale, assumed, 0.0)
    heavy = intervals.ratio(w2, w)
    spread = intervals.ratio(assumed, w)
    return _Spread(assumed, found, spread**2 * _uneven(line.parts["n"], w, w2, heavy))


def _uneven(n: FloatArray, w: FloatArray, w2: FloatArray, heavy: FloatArray) -> FloatArray:
    """The sum of `(weight^2 - weight * heavy)^2` over `n` answers, of whose weights two sums are known."""
    mean = intervals.ratio(w, n)
    vary = np.nan_to_num(np.maximum(intervals.ratio(w2 * n, w * w) - 1, 0.0))  # of answers without weight, 0
    third = n * mean**3 * (1 + vary) * (1 + 2 * vary)
    fourth = third * mean * (1 + 3 * vary)
    found: FloatArray = np.maximum(fourth - 2 * heavy * third + heavy**2 * w2, 0.0)
    return found


def _name(one: str, other: str, *, squared: bool) -> str:
    return f"{one} * {other} by {'squares of ' if squared else ''}weight"

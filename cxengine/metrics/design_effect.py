"""How much less clustered answers tell: design effects by metric and cell, from products of cluster totals.

The value of a metric is a function of sums over answers. Its slopes say what one more answer of each kind
would change, so that the squares of what whole clusters change estimate its variance, whatever is alike
within clusters (Taylor linearisation). The ratio to the variance that the metric itself assumes, answers
that are independent and worth Kish's effective number, is the design effect; it divides the effective number
of answers, which is what they are worth. As the variance rests on clusters instead of answers, intervals,
draws and changes are those of a number such that the interval has their degrees of freedom
(`cxengine.metrics.widened`).

Where all answers of a cell are alike, where there is hardly more than one cluster, for metrics of times until
an event, and for formulas that add up what is too large to be multiplied exactly, clusters count as if their
answers said the same: that is the most that clusters can do, and too wide rather than too narrow. Few
clusters may agree by chance, on a scale of five steps even exactly: where they seem to tell more than
independent answers would, one cluster's worth of independence is added.

Sources: Binder, International Statistical Review 51 (1983) 279-292; Korn, Graubard, Survey Methodology 24
(1998) 193-201 (effective number of answers with degrees of freedom); Kish, Survey Sampling (1965).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import widened
from cxengine.metrics.clusters import ClusterScan
from cxengine.metrics.linear import WEIGHT, Linear, Terms, of_answers, placed
from cxengine.metrics.widened import Divisors
from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.clusters import Products
    from cxengine.metrics.components import Components
    from cxengine.metrics.tally import Tallier
    from cxengine.plugin import Metric
    from cxengine.project.model import Project, Signal

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_ALIKE = 1e-9
_FEWEST = 2.0 - _ALIKE


@attrs.frozen(eq=False)
class Effects:
    """By cell of a metric: by how much clusters, or weights, divide Kish's effective number of answers.

    `clusters` counts them as equally heavy ones: `(sum W)^2 / sum W^2` over their weights W.
    """

    divisors: Divisors
    clusters: FloatArray


def effects(
    project: Project,
    metrics: Mapping[str, Metric],
    components: Components,
    tallier: Tallier,
    backend: Backend,
    *,
    repeated: Mapping[str, bool],
    uneven: Mapping[str, Divisors],
) -> Mapping[str, Effects]:
    """The design effects of all metrics whose answers come in clusters, or have unequal weights.

    `repeated` are the signals to which somebody answered more than once, as `clusters.repeats` tells. With
    DuckDB it is called within the context of `clusters.together`. `uneven` are the effects of weights, by
    metric, as `uneven.effects` tells.
    """
    found = {name: _by_answer(name, divisors, components) for name, divisors in uneven.items()}
    asked = [name for name in sorted(metrics) if of_answers(components.aggregates[name])]
    for signal in project.signals:
        of_signal = {name: metrics[name] for name in asked if components.signals[name] == signal.id}
        if repeated.get(str(signal.id)) and of_signal:
            found |= _of_signal(signal, of_signal, components, tallier, backend, uneven=uneven)
    return found


def _by_answer(name: str, divisors: Divisors, components: Components) -> Effects:
    """Where every answer is its own cluster."""
    _, parts = components.of(name)
    return Effects(divisors, intervals.effective_n(parts["w"], parts["w2"]))


def _of_signal(
    signal: Signal,
    metrics: Mapping[str, Metric],
    components: Components,
    tallier: Tallier,
    backend: Backend,
    *,
    uneven: Mapping[str, Divisors],
) -> dict[str, Effects]:
    """The design effects of the metrics of a signal."""
    linear = {name: Linear.of(metric, name, components) for name, metric in metrics.items()}
    linear = {
        name: line if components.multiplies(name) else attrs.evolve(line, slopes={})
        for name, line in linear.items()
    }
    observed = signal.id in tallier.scan.observed
    terms = Terms.of(
        {name: line.slopes for name, line in linear.items()}, components, backend.dialect, observed=observed
    )
    asking = ClusterScan(
        signal=str(signal.id),
        terms=terms.texts,
        pairs=terms.pairs,
        scan=tallier.scan,
        hierarchy=tallier.hierarchy(signal),
        touchpoints=tallier.touchpoints,
    )
    products = asking.run(backend, components.axes, tallier.times)
    found = {}
    for name, line in linear.items():
        alone = uneven.get(name) or widened.nothing(len(line.codes))
        found[name] = of_products(metrics[name], line, products, terms.places[name], alone)
    return found


def of_products(
    metric: Metric, line: Linear, products: Products, places: Mapping[str, int], alone: Divisors
) -> Effects:
    """The design effect of every cell, from the products of what clusters come to.

    `places` tells by component which term of the products it is, `alone` is the effect where nobody answered
    twice.
    """
    cells = np.searchsorted(products.codes, line.codes)
    at = np.minimum(cells, max(len(products.codes) - 1, 0))
    w, w2 = line.parts["w"], line.parts["w2"]
    one = places[WEIGHT]
    weights = np.where(products.codes[at] == line.codes, products.between[one, one][at], w2)
    once = weights <= w2 * (1 + _ALIKE)
    clusters = intervals.ratio(w * w, weights)
    between, within = (
        line.form({pair: sums[place][at] for pair, place in placed(line.slopes, places).items()})
        for sums in (products.between, products.within)
    )
    heavy = intervals.ratio(w2, w)
    alike = (clusters < _FEWEST) | ~(within > _ALIKE * _scale(line, products, places, at))
    with np.errstate(divide="ignore", invalid="ignore"):
        linear = between / (heavy * within) * clusters / (clusters - 1)
        linear += np.maximum(1 - linear, 0.0) / clusters
        degrees = np.maximum(clusters - 1, widened.LEAST_DEGREES)
        answers = intervals.effective_n(w, w2)
        most = weights / w2
        # a metric that takes Student's quantile takes the right one of as many answers as there are clusters
        same = most if metric.student else widened.effect(metric, most, degrees, answers)
        found = Divisors(linear, widened.effect(metric, linear, degrees, answers))
    found = Divisors(most, same).where(alike, found)
    known = np.isfinite(found.design) & np.isfinite(found.interval)
    return Effects(alone.where(once, found.where(known, widened.nothing(len(known)))), clusters)


def _scale(line: Linear, products: Products, places: Mapping[str, int], at: IntArray) -> FloatArray:
    """What the variance within is the small difference of."""
    scale = np.zeros(len(at))
    for part, slope in line.slopes.items():
        scale += slope**2 * products.within[places[part], places[part]][at]
    return np.maximum(scale, np.finfo(float).tiny)

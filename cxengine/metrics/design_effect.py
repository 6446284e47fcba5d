"""How much less clustered answers tell: design effects by metric and cell, from products of cluster totals.

The value of a metric is a function of sums over answers. Its slopes say what one more answer of each kind
would change, so that the squares of what whole clusters change estimate its variance, whatever is alike
within clusters (Taylor linearisation). The ratio to the variance that the metric itself assumes, answers
that are independent and worth Kish's effective number, is the design effect; it divides the effective number
of answers, so that intervals, draws and changes all follow. As the variance rests on clusters instead of
answers, the effective number is adjusted by the ratio of the quantiles of Student's t.

Where all answers of a cell are alike, where there is hardly more than one cluster, and for metrics of times
until an event, clusters count as if their answers said the same: that is the most that clusters can do, and
too wide rather than too narrow. Few clusters may agree by chance, on a scale of five steps even exactly:
where they seem to tell more than independent answers would, one cluster's worth of independence is added.

Sources: Binder, International Statistical Review 51 (1983) 279-292; Korn, Graubard, Survey Methodology 24
(1998) 193-201 (effective number of answers with degrees of freedom); Kish, Survey Sampling (1965).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.clusters import ClusterScan, pairs
from cxengine.plugin import intervals
from cxengine.plugin.component import CENSORED

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.clusters import Products
    from cxengine.metrics.components import Components
    from cxengine.metrics.tally import Tallier
    from cxengine.plugin import Metric
    from cxengine.project.model import Project, Signal

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_KINDS = {"count", "sum", "min", "max", "log_histogram"}
_STEP = 1e-6
_ALIKE = 1e-9
_FEWEST = 2.0 - _ALIKE
_LEAST_DEGREES = 0.5


@attrs.frozen(eq=False)
class Effects:
    """By cell of a metric: by how much clusters divide the effective number of answers, and how many.

    `clusters` counts them as equally heavy ones: `(sum W)^2 / sum W^2` over their weights W.
    """

    effect: FloatArray
    clusters: FloatArray


def effects(
    project: Project,
    metrics: Mapping[str, Metric],
    components: Components,
    tallier: Tallier,
    backend: Backend,
    *,
    repeated: Mapping[str, bool],
) -> Mapping[str, Effects]:
    """The design effects of all metrics whose answers come in clusters.

    `repeated` are the signals to which somebody answered more than once, as `clusters.repeats` tells. With
    DuckDB it is called within the context of `clusters.together`.
    """
    found: dict[str, Effects] = {}
    asked = [name for name in sorted(metrics) if of_answers(components.aggregates[name])]
    for signal in project.signals:
        of_signal = {name: metrics[name] for name in asked if components.signals[name] == signal.id}
        if repeated.get(str(signal.id)) and of_signal:
            found |= _of_signal(signal, of_signal, components, tallier, backend)
    return found


def _of_signal(
    signal: Signal,
    metrics: Mapping[str, Metric],
    components: Components,
    tallier: Tallier,
    backend: Backend,
) -> dict[str, Effects]:
    """The design effects of the metrics of a signal."""
    linear = {name: _Linear.of(metric, name, components) for name, metric in metrics.items()}
    observed = signal.id in tallier.scan.observed
    texts = {
        name: {
            part: term(part, components.aggregates[name], backend.dialect, observed=observed)
            for part in ("w", *line.slopes)
        }
        for name, line in linear.items()
    }
    terms = tuple(sorted({text for parts in texts.values() for text in parts.values()}))
    places = {
        name: {part: terms.index(text) for part, text in parts.items()} for name, parts in texts.items()
    }
    asking = ClusterScan(
        signal=str(signal.id),
        terms=terms,
        pairs=tuple(sorted({pair for parts in places.values() for pair in pairs(parts.values())})),
        scan=tallier.scan,
        hierarchy=tallier.hierarchy(signal),
        touchpoints=tallier.touchpoints,
    )
    products = asking.run(backend, components.axes, tallier.times)
    return {
        name: line.effects(products, places[name], student=metrics[name].student)
        for name, line in linear.items()
    }


def of_answers(aggregates: Mapping[str, Aggregate]) -> bool:
    """Whether a metric counts answers, not customers."""
    return all(aggregate.kind in _KINDS for aggregate in aggregates.values())


@attrs.frozen(eq=False)
class _Linear:
    """A metric near its value: its cells, their components, and the slopes by the components that matter."""

    codes: IntArray
    parts: Mapping[str, Any]
    slopes: Mapping[str, FloatArray]
    """Empty where clusters count as if their answers said the same."""

    @classmethod
    def of(cls, metric: Metric, name: str, components: Components) -> _Linear:
        codes, parts = components.of(name)
        return cls(codes, parts, slopes(metric, parts, components.aggregates[name]) if len(codes) else {})

    def effects(self, products: Products, places: Mapping[str, int], *, student: bool) -> Effects:
        """The design effect of every cell."""
        cells = np.searchsorted(products.codes, self.codes)
        at = np.minimum(cells, max(len(products.codes) - 1, 0))
        w, w2 = self.parts["w"], self.parts["w2"]
        one = places["w"]
        weights = np.where(products.codes[at] == self.codes, products.between[one, one][at], w2)
        alone = weights <= w2 * (1 + _ALIKE)
        clusters = intervals.ratio(w * w, weights)
        between, within = self._forms(products, places, at)
        heavy = intervals.ratio(w2, w)
        alike = (clusters < _FEWEST) | ~(within > _ALIKE * self._scale(products, places, at))
        with np.errstate(divide="ignore", invalid="ignore"):
            linear = between / (heavy * within) * clusters / (clusters - 1)
            linear += np.maximum(1 - linear, 0.0) / clusters
            effect = np.where(alike, weights / w2, linear)
        effect = effect * _adjustment(effect, clusters, intervals.effective_n(w, w2), student=student)
        return Effects(np.where(alone | ~np.isfinite(effect), 1.0, effect), clusters)

    def _forms(
        self, products: Products, places: Mapping[str, int], at: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Variance between clusters and variance within answers, in units of the metric."""
        between, within = np.zeros(len(at)), np.zeros(len(at))
        for one in self.slopes:
            for other in self.slopes:
                i, j = places[one], places[other]
                product = self.slopes[one] * self.slopes[other]
                pair = (min(i, j), max(i, j))
                between += product * products.between[pair][at]
                within += product * products.within[pair][at]
        return np.maximum(between, 0.0), np.maximum(within, 0.0)

    def _scale(self, products: Products, places: Mapping[str, int], at: IntArray) -> FloatArray:
        """What the variance within is the small difference of."""
        scale = np.zeros(len(at))
        for part, slope in self.slopes.items():
            scale += slope**2 * products.within[places[part], places[part]][at]
        return np.maximum(scale, np.finfo(float).tiny)


def slopes(
    metric: Metric, parts: Mapping[str, Any], aggregates: Mapping[str, Aggregate]
) -> Mapping[str, FloatArray]:
    """How the value of every cell rises with the sums over answers that matter, `w` that of their weights.

    Empty for what is no sum over answers: times until an event, customers.
    """
    if not of_answers(aggregates) or any(a.kind == "log_histogram" for a in aggregates.values()):
        return {}
    sums = ["w", *(part for part, a in aggregates.items() if a.kind in {"count", "sum"})]
    value = metric.measure(parts).value
    found = {part: _slope(metric, parts, value, part) for part in sums}
    found["w"] += _slope(metric, parts, value, "n") * intervals.ratio(parts["n"], parts["w"])
    return {part: slope for part, slope in found.items() if np.any(slope != 0)}


def _slope(metric: Metric, parts: Mapping[str, Any], value: FloatArray, part: str) -> FloatArray:
    """How the value rises with a component."""
    step = _STEP * np.maximum(np.abs(parts[part]), np.sqrt(np.abs(parts["w"])))
    higher = metric.measure({**parts, part: parts[part] + step}).value
    slope: FloatArray = np.nan_to_num((higher - value) / step, posinf=0.0, neginf=0.0)
    return slope


def _adjustment(effect: FloatArray, clusters: FloatArray, n: FloatArray, *, student: bool) -> FloatArray:
    """The squared ratio of the t quantile of the clusters to the one that the metric will take by itself."""
    degrees = np.maximum(clusters - 1, _LEAST_DEGREES)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.maximum((n / effect if student else n) - 1, degrees)
    ratio: FloatArray = intervals.t_quantile(degrees) / intervals.t_quantile(np.nan_to_num(own, posinf=1e9))
    return ratio**2


def term(part: str, aggregates: Mapping[str, Aggregate], dialect: str, *, observed: bool) -> str:
    """SQL of what an answer adds to a component, before it is weighted."""
    added = "1" if part == "w" else aggregates[part].term(dialect)
    sees = any(CENSORED in aggregate.reads for aggregate in aggregates.values())
    return f"CASE WHEN {CENSORED} THEN 0 ELSE {added} END" if observed and not sees else added

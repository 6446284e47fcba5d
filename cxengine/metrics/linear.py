"""A metric near its value: how much one more answer of each kind would change it.

The value is a function of sums over answers. Its slopes are taken numerically from the metric itself, so that
every metric of sums has them, a declared formula too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.plugin import intervals
from cxengine.plugin.component import CENSORED
from cxengine.plugin.guard import unheld

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.components import Components
    from cxengine.plugin import Metric

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

WEIGHT = "w"
_KINDS = {"count", "sum", "min", "max", "log_histogram"}
_ADDED = {"count", "sum"}
_STEP = 1e-6


def of_answers(aggregates: Mapping[str, Aggregate]) -> bool:
    """Whether a metric counts answers, not customers."""
    return all(aggregate.kind in _KINDS for aggregate in aggregates.values())


def telling(metric: Metric, aggregates: Mapping[str, Aggregate]) -> tuple[str, ...]:
    """The sums that the value of a metric may be made of, but for that of the weights; none for curves."""
    if not of_answers(aggregates) or any(a.kind == "log_histogram" for a in aggregates.values()):
        return ()
    sums = [part for part, aggregate in aggregates.items() if aggregate.kind in _ADDED]
    return tuple(part for part in sums if metric.made_of is None or part in metric.made_of)


@attrs.frozen(eq=False)
class Linear:
    """A metric near its value: its cells, their components, and the slopes by the components that matter."""

    codes: IntArray
    parts: Mapping[str, Any]
    slopes: Mapping[str, FloatArray]
    """Empty where nothing is known of how the value follows from answers, as from survival curves."""

    @classmethod
    def of(cls, metric: Metric, name: str, components: Components) -> Linear:
        """That of a metric in all its cells."""
        codes, parts = components.of(name)
        return cls(codes, parts, slopes(metric, parts, components.aggregates[name]) if len(codes) else {})

    def form(self, products: Mapping[tuple[str, str], FloatArray]) -> FloatArray:
        """The sum of squares of what answers (or clusters) change, from their products by two components."""
        found = np.zeros(len(self.codes))
        for one, slope in self.slopes.items():
            for other, another in self.slopes.items():
                found += slope * another * products[min(one, other), max(one, other)]
        return np.maximum(found, 0.0)


def slopes(
    metric: Metric, parts: Mapping[str, Any], aggregates: Mapping[str, Aggregate]
) -> Mapping[str, FloatArray]:
    """How the value of every cell rises with the sums over answers that matter, `w` that of their weights.

    Empty for what is no sum over answers: times until an event, customers.
    """
    sums = telling(metric, aggregates)
    if not sums:
        return {}
    value = metric.measure(parts).value
    found = {part: _slope(metric, parts, value, part) for part in (WEIGHT, *sums)}
    found[WEIGHT] += _slope(metric, parts, value, "n") * intervals.ratio(parts["n"], parts["w"])
    return {part: slope for part, slope in found.items() if np.any(slope != 0)}


def term(part: str, aggregates: Mapping[str, Aggregate], dialect: str, *, observed: bool) -> str:
    """SQL of what an answer adds to a component, before it is weighted."""
    added = "1" if part == WEIGHT else aggregates[part].term(dialect)
    sees = any(CENSORED in aggregate.reads for aggregate in aggregates.values())
    return f"CASE WHEN {CENSORED} THEN 0 ELSE {added} END" if observed and not sees else added


@attrs.frozen(eq=False)
class Terms:
    """What queries add up for metrics of a signal, each SQL once, and which of it a component is."""

    texts: tuple[str, ...]
    places: Mapping[str, Mapping[str, int]]
    """By metric and component."""

    @classmethod
    def of(
        cls, parts: Mapping[str, Iterable[str]], components: Components, dialect: str, *, observed: bool
    ) -> Terms:
        """Of the components of metrics, by metric, and of their weights."""
        texts = {
            name: {
                part: term(part, components.aggregates[name], dialect, observed=observed)
                for part in (WEIGHT, *some)
            }
            for name, some in parts.items()
        }
        found = tuple(sorted({text for some in texts.values() for text in some.values()}))
        places = {
            name: {part: found.index(text) for part, text in some.items()} for name, some in texts.items()
        }
        return cls(found, places)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every two that a metric has, and each with itself."""
        pairs = (combinations_with_replacement(sorted(set(one.values())), 2) for one in self.places.values())
        return tuple(sorted({pair for some in pairs for pair in some}))


def placed(parts: Iterable[str], places: Mapping[str, int]) -> dict[tuple[str, str], tuple[int, int]]:
    """By two components of a metric: which pair of terms they are."""
    found = {}
    for one, other in combinations_with_replacement(sorted(parts), 2):
        i, j = sorted((places[one], places[other]))
        found[one, other] = (i, j)
    return found


def _slope(metric: Metric, parts: Mapping[str, Any], value: FloatArray, part: str) -> FloatArray:
    """How the value rises with a component."""
    step = _STEP * np.maximum(np.abs(parts[part]), np.sqrt(np.abs(parts["w"])))
    higher = unheld(metric.measure)({**parts, part: parts[part] + step}).value
    slope: FloatArray = np.nan_to_num((higher - value) / step, posinf=0.0, neginf=0.0)
    return slope

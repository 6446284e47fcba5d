"""Return on experience: declared trees of nodes, as an index of progress and a ratio of return.

There is no published formula; every organisation designs its own. Here the index is
sum w_k (x_k - base_k)/(target_k - base_k) / sum w_k over the nodes, 0 at the bases and 1 at the targets, and
the ratio (attributed value - investment)/investment. Through all levels of trees an index is a weighted sum
of metrics at places. Its interval puts theirs together: how far each limit is from its value, by weight, and
how the values move together because the same customers are behind them (`metrics.together`); where that is
not known, the worst that could be. A single node has the interval of its metric. The limits of the ratio are
the quantiles of the attributed value's Beta-PERT distribution. All are 95% intervals. The assumed share is
the part of the weights that rests on assumption, through all levels of a tree.

Source: Zou, Donner, Statistics in Medicine 27 (2008) 1693-1702 (variance estimates recovered from limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from cxengine.metrics.interval import Interval
from cxengine.metrics.together import Place, correlations
from cxengine.project.trees import innermost_first

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.measurement import Measurement, Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Estimate, Project, RoxNode, RoxTable

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen
class Progress:
    """How far a node has come: 0 at its base, 1 at its target; None where it is not measured or not shown."""

    name: str
    kind: Literal["experience", "employee", "outcome"]
    grade: Literal["assumed", "correlational", "experimental"]
    share: float
    """Its part of the weights."""
    progress: Interval | None


@attrs.frozen
class Rox:
    """A return on experience. There is no index where a node has no value."""

    id: str
    name: str
    index: Interval | None
    ratio: Interval | None
    assumed: float
    """The part of the weights that rests on assumption."""
    nodes: tuple[Progress, ...]


def returns(
    project: Project, metrics: Mapping[str, Metric], measurements: Measurements, backend: Backend
) -> tuple[Rox, ...]:
    """Every declared return on experience, in the order of the project.

    Where several metrics or places are in it, `backend` is asked which customers are behind both.
    """
    tables = {str(table.id): table for table in project.rox}
    leaves = _leaves(project, measurements)
    places, components = sorted(leaves), measurements.components
    if components is None:
        return ()
    moving = correlations(places, project, metrics, components, backend)
    trees = _Trees(project, _Leaves(places, [leaves[place] for place in places], moving))
    found: dict[str, Rox] = {}
    sums: dict[str, _Sum | None] = {}
    for name in innermost_first(project.rox):
        found[name], sums[name] = trees.grown(tables[name], found, sums)
    return tuple(found[name] for name in tables)


def _leaves(project: Project, measurements: Measurements) -> dict[Place, Measurement]:
    """What nodes are measured by, where it is shown."""
    asked = {_place(project, node) for table in project.rox for node in table.nodes if not node.rox}
    found = ((p, measurements.get(p.metric, p.level, p.subject)) for p in asked)
    return {place: one for place, one in found if one is not None and not one.suppressed}


def _place(project: Project, node: RoxNode) -> Place:
    if node.touchpoint:
        return Place(str(node.metric), "touchpoint", str(node.touchpoint))
    return Place(str(node.metric), "journey", str(project.project.id))


@attrs.frozen
class _Sum:
    """A constant and a weighted sum of leaves: what an index is, through all levels of a tree."""

    constant: float
    weights: Mapping[Place, float]

    def less(self, base: float, way: float) -> _Sum:
        """How far it has come from a base."""
        return _Sum((self.constant - base) / way, {p: w / way for p, w in self.weights.items()})

    def plus(self, share: float, other: _Sum) -> _Sum:
        """With a share of another added."""
        places = sorted({*self.weights, *other.weights})
        weights = {p: self.weights.get(p, 0.0) + share * other.weights.get(p, 0.0) for p in places}
        return _Sum(self.constant + share * other.constant, weights)


@attrs.frozen(eq=False)
class _Leaves:
    """Metrics at places with their intervals, and how they move together: NaN where that is not known."""

    places: list[Place]
    measured: list[Measurement]
    together: FloatArray

    def interval(self, of: _Sum) -> Interval:
        """The value of a sum, and its limits."""
        weights = np.array([of.weights.get(place, 0.0) for place in self.places])
        used = np.flatnonzero(weights)
        weights = weights[used]
        measured = [self.measured[i] for i in used]
        value, low, high = np.array([(m.value, m.low, m.high) for m in measured]).reshape(-1, 3).T
        signs = np.outer(np.sign(weights), np.sign(weights))
        alike = np.nan_to_num(signs * self.together[np.ix_(used, used)], nan=1.0)
        below, above = np.abs(weights) * (value - low), np.abs(weights) * (high - value)
        down, up = np.where(weights > 0, below, above), np.where(weights > 0, above, below)
        middle = of.constant + float(weights @ value)
        return Interval(middle, middle - _width(down, alike), middle + _width(up, alike))


def _width(distances: FloatArray, alike: FloatArray) -> float:
    """How far a limit of a sum is away, given how far those of its terms are."""
    if not np.isfinite(distances).all():
        return float("inf")
    square = float(distances @ alike @ distances)
    return float(max(square, 0.0) ** 0.5)


@attrs.frozen(eq=False)
class _Trees:
    """Grows trees from leaves, those within others first."""

    project: Project
    leaves: _Leaves

    def grown(
        self, table: RoxTable, trees: Mapping[str, Rox], sums: Mapping[str, _Sum | None]
    ) -> tuple[Rox, _Sum | None]:
        """A tree with the sum that its index is; none where a node has no value."""
        total = sum(node.weight for node in table.nodes)
        index: _Sum | None = _Sum(0.0, {})
        nodes, assumed = [], 0.0
        for node in table.nodes:
            share, come = node.weight / total, self._progress(node, sums)
            progress = None if come is None else self.leaves.interval(come)
            nodes.append(Progress(_name(node), node.kind, node.grade, share, progress))
            index = None if come is None or index is None else index.plus(share, come)
            assumed += share * _assumed(node, trees)
        found = None if index is None else self.leaves.interval(index)
        ratio = _ratio(table.attributed, table.investment)
        return Rox(str(table.id), table.name, found, ratio, assumed, tuple(nodes)), index

    def _progress(self, node: RoxNode, sums: Mapping[str, _Sum | None]) -> _Sum | None:
        """How far a node has come; None where it is not measured or not shown."""
        if node.rox:
            found = sums[str(node.rox)]
        else:
            place = _place(self.project, node)
            found = _Sum(0.0, {place: 1.0}) if place in self.leaves.places else None
        return None if found is None else found.less(node.base, node.target - node.base)


def _name(node: RoxNode) -> str:
    name = str(node.metric or node.rox)
    return f"{name} at {node.touchpoint}" if node.touchpoint else name


def _assumed(node: RoxNode, trees: Mapping[str, Rox]) -> float:
    """The part of a node that rests on assumption."""
    if node.grade == "assumed":
        return 1.0
    return trees[str(node.rox)].assumed if node.rox else 0.0


def _ratio(attributed: Estimate | None, investment: float | None) -> Interval | None:
    from scipy.special import betaincinv

    if attributed is None or investment is None:
        return None
    low, likely, high = attributed.low, attributed.likely, attributed.high
    mean, width = (low + 4 * likely + high) / 6, high - low
    limits = np.full(2, float(likely))
    if width > 0:
        a, b = 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width
        limits = low + width * np.asarray(betaincinv(a, b, np.array([0.025, 0.975])))
    below, above = (limits - investment) / investment
    return Interval((mean - investment) / investment, float(below), float(above))

"""Return on experience: declared trees of nodes, as an index of progress and a ratio of return.

There is no published formula; every organisation designs its own. Here the index is
sum w_k (x_k - base_k)/(target_k - base_k) / sum w_k over the nodes, 0 at the bases and 1 at the targets, and
the ratio (attributed value - investment)/investment. Intervals are the quantiles of joint draws, 95% of them:
each node is drawn from its metric's posterior: the same draws wherever the same metric of the same place is
a node, independent ones otherwise (metrics that share answers are treated as if they did not); and the
attributed value from its Beta-PERT distribution. The assumed share is the part of the weights that rests on
assumption, through all levels of a tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL, CURRENT, Cell
from cxengine.project.trees import innermost_first

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Estimate, Project, RoxNode, RoxTable

    FloatArray = npt.NDArray[np.float64]

DRAWS = 4000


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


def returns(project: Project, metrics: Mapping[str, Metric], measurements: Measurements) -> tuple[Rox, ...]:
    """Every declared return on experience, in the order of the project."""
    tables = {str(table.id): table for table in project.rox}
    found: dict[str, Rox] = {}
    draws: dict[str, FloatArray | None] = {}
    for name in innermost_first(project.rox):
        found[name], draws[name] = _Tree(project, metrics, measurements, found, draws).grown(tables[name])
    return tuple(found[name] for name in tables)


@attrs.frozen
class _Tree:
    """What a tree grows from: measurements, and the trees within it."""

    project: Project
    metrics: Mapping[str, Metric]
    measurements: Measurements
    trees: Mapping[str, Rox]
    draws: Mapping[str, FloatArray | None]

    def grown(self, table: RoxTable) -> tuple[Rox, FloatArray | None]:
        """A tree with the draws of its index."""
        total = sum(node.weight for node in table.nodes)
        nodes, drawn = [], []
        for node in table.nodes:
            value, draws = self._tree(node) if node.rox else self._measured(node)
            progress = None
            if value is not None and draws is not None:
                way = node.target - node.base
                draws = (draws - node.base) / way
                progress = _interval((value - node.base) / way, draws)
            drawn.append(draws)
            nodes.append(Progress(self._name(node), node.kind, node.grade, node.weight / total, progress))
        index, joint = _index(nodes, drawn)
        ratio = _ratio(table.attributed, table.investment, _rng(f"{table.id}/ratio"))
        assumed = sum(n.share * self._assumed(node) for n, node in zip(nodes, table.nodes, strict=True))
        return Rox(str(table.id), table.name, index, ratio, assumed, tuple(nodes)), joint

    def _name(self, node: RoxNode) -> str:
        name = str(node.metric or node.rox)
        return f"{name} at {node.touchpoint}" if node.touchpoint else name

    def _assumed(self, node: RoxNode) -> float:
        """The part of a node that rests on assumption."""
        if node.grade == "assumed":
            return 1.0
        return self.trees[str(node.rox)].assumed if node.rox else 0.0

    def _tree(self, node: RoxNode) -> tuple[float | None, FloatArray | None]:
        index = self.trees[str(node.rox)].index
        return (index.value if index else None), self.draws[str(node.rox)]

    def _measured(self, node: RoxNode) -> tuple[float | None, FloatArray | None]:
        """The value of a node's metric and draws of it; None where there is none to be shown."""
        level: Literal["touchpoint", "journey"] = "touchpoint" if node.touchpoint else "journey"
        subject = str(node.touchpoint or self.project.project.id)
        name = str(node.metric)
        found = self.measurements.get(name, level, subject)
        components = self.measurements.components
        if found is None or found.suppressed or components is None:
            return None, None
        codes, parts = components.of(name)
        code = components.axes.code(Cell(level, subject, ALL, CURRENT))
        position = int(np.flatnonzero(codes == code)[0])
        one = {part: _only(amounts, position) for part, amounts in parts.items()}
        rng = _rng(f"{name}/{level}/{subject}")
        return found.value, self.metrics[name].draw(one, rng, DRAWS)[0]


def _only(amounts: Any, position: int) -> Any:
    """The components of one cell."""
    if isinstance(amounts, np.ndarray):
        return amounts[position : position + 1]
    mine = amounts.cell == position
    kept = {
        field.name: getattr(amounts, field.name)[mine]
        for field in attrs.fields(type(amounts))
        if field.name not in {"cells", "cell"}
    }
    return attrs.evolve(amounts, cells=1, cell=np.zeros(int(mine.sum()), dtype=np.int64), **kept)


def _index(
    nodes: list[Progress], drawn: list[FloatArray | None]
) -> tuple[Interval | None, FloatArray | None]:
    """The weighted mean of what all nodes have come to; nothing where one of them is unknown."""
    value, joint = 0.0, np.zeros(DRAWS)
    for node, draws in zip(nodes, drawn, strict=True):
        if node.progress is None or draws is None:
            return None, None
        value += node.share * node.progress.value
        with np.errstate(invalid="ignore"):
            joint = joint + node.share * draws
    return _interval(value, joint), joint


def _ratio(
    attributed: Estimate | None, investment: float | None, rng: np.random.Generator
) -> Interval | None:
    if attributed is None or investment is None:
        return None
    low, likely, high = attributed.low, attributed.likely, attributed.high
    mean, width = (low + 4 * likely + high) / 6, high - low
    draws = np.full(DRAWS, float(likely))
    if width > 0:
        draws = low + width * rng.beta(1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width, DRAWS)
    return _interval((mean - investment) / investment, (draws - investment) / investment)


def _interval(value: float, draws: FloatArray) -> Interval:
    """A value with the quantiles of its draws; without bounds where infinite nodes pull both ways."""
    if np.isnan(draws).any():
        return Interval(float(value), -np.inf, np.inf)
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")
    return Interval(float(value), float(low), float(high))


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))

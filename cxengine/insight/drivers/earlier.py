"""What the run that was published before told of the answers that driver models compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.insight.drivers.question import JOURNEY
from cxengine.insight.drivers.wide import Place
from cxengine.metrics.measurement import ALL, CURRENT

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.project.model import Project

Asked = tuple[Place, str]
"""What is answered where, in which period: `CURRENT` or `ALL`."""


@attrs.frozen
class Mean:
    """A mean that a model told, over so many rows or up to `within` more."""

    value: float
    n: int
    within: int

    def again(self, n: int, value: float) -> bool:
        """Whether it is the same once more: it tells nothing that was not told."""
        return value == self.value and self.n <= n <= self.n + self.within


@attrs.frozen(eq=False)
class Earlier:
    """Means of models, and how many answers metrics and feelings were of."""

    means: Mapping[Asked, Mapping[str, Mean]] = attrs.field(factory=dict)
    """By model."""
    answers: Mapping[Asked, set[int]] = attrs.field(factory=dict)

    @classmethod
    def of(
        cls,
        project: Project,
        models: Sequence[Mapping[str, Any]],
        measurements: pa.Table | None,
        feelings: pa.Table | None,
        *,
        present: str,
    ) -> Earlier:
        """As it was published; `present` is the name of what counts as now in the run of today.

        What was told of a current period that was another one is of other answers, and left out.
        """
        now = set() if feelings is None else set(feelings["period"].to_pylist())
        told = {ALL, CURRENT} if now <= {present} else {ALL}
        means: dict[Asked, dict[str, Mean]] = {}
        for name, asked, mean in _means(project, models):
            if asked[1] in told:
                means.setdefault(asked, {})[name] = mean
        answers: dict[Asked, set[int]] = {}
        for asked, n in (*_measured(project, measurements), *_felt(project, feelings)):
            if asked[1] in told:
                answers.setdefault(asked, set()).add(n)
        return cls(means, answers)


def _means(project: Project, models: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Asked, Mean]]:
    """Of a model that the project has no more it is not known what it was about: of both periods."""
    periods = {str(one.id): (one.period,) for one in project.driver_models}
    for model in models:
        for i, driver in enumerate(model["drivers"]):
            if driver["mean"] is not None:
                mean = Mean(driver["mean"], model["pairs"][i][i], model.get("within", 1) - 1)
                for period in periods.get(model["id"], (ALL, CURRENT)):
                    yield model["id"], (Place(driver["signal"], driver["touchpoint"]), period), mean


def _measured(project: Project, table: pa.Table | None) -> Iterator[tuple[Asked, int]]:
    """Of metrics, everybody at a touchpoint or about the whole journey."""
    if table is None:
        return
    import pyarrow.compute as pc

    signals = {str(metric.id): str(metric.signal) for metric in project.metrics}
    shown = ~pc.field("suppressed") & (pc.field("segment") == ALL) & (pc.field("level") != "stage")
    for row in table.filter(shown & pc.field("period").isin([ALL, CURRENT])).to_pylist():
        if row["metric"] in signals:
            touchpoint = row["subject"] if row["level"] == "touchpoint" else JOURNEY
            yield (Place(signals[row["metric"]], touchpoint), row["period"]), row["n"]


def _felt(project: Project, table: pa.Table | None) -> Iterator[tuple[Asked, int]]:
    """Of feelings, everybody at a touchpoint: of the answers to whatever is asked there."""
    if table is None:
        return
    for row in table.to_pylist():
        if row["segment"] == ALL and not row["suppressed"]:
            for signal in project.signals:
                yield (Place(str(signal.id), row["touchpoint"]), CURRENT), row["n"]

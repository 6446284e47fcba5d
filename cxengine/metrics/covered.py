"""How many days of a period the evidence covers: totals of periods are compared at one length.

January has more days than February, and the first and the last period of the evidence are seldom whole. What
adds up over time (`Metric.adds_up`) would rise and fall with that.

The sources that carry a signal cover the days from the first to the last of their dated responses. Where
they do not tell of every day, they cover as many days more on either side as usually lie between two of which
they tell: what is recorded on the first of every month is about whole months. A first or last day counts as a
whole one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.cel.targets.sql import literals
from cxengine.metrics import period, spelling

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.measurement import Measurement, Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Period

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


@attrs.frozen
class Covered:
    """The days that the evidence of a signal covers, as numbers of days since the first day of the year 1."""

    length: Period
    first: float
    after: float
    """The first day that it does not cover."""

    @classmethod
    def of(cls, length: Period, days: Iterable[int]) -> Covered:
        """Given the days of which sources tell; a single one covers all of its period."""
        told = np.unique(np.fromiter(days, dtype=np.int64))
        if len(told) < 2:
            return cls(length, -np.inf, np.inf)
        further = float(np.median(np.diff(told))) - 1
        return cls(length, float(told[0]) - further, float(told[-1]) + 1 + further)

    def days(self, numbers: Sequence[int] | IntArray) -> FloatArray:
        """The days that are covered of each period, given its number."""
        first, after = _edges(self.length, numbers)
        covered: FloatArray = np.minimum(after, self.after) - np.maximum(first, self.first)
        return np.maximum(covered, 0.0)

    def part(self, number: int) -> float:
        """The part of a period that is covered."""
        return float((self.days([number]) / whole_days(self.length, [number]))[0])


def whole_days(length: Period, numbers: Sequence[int] | IntArray) -> FloatArray:
    """The days of each period, given its number."""
    first, after = _edges(length, numbers)
    return after - first


def _edges(length: Period, numbers: Sequence[int] | IntArray) -> tuple[FloatArray, FloatArray]:
    """The first day of each period, and the first after it, as numbers."""
    days = [[period.first_day(length, int(n) + more).toordinal() - 1 for n in numbers] for more in (0, 1)]
    return np.array(days[0], dtype=np.float64), np.array(days[1], dtype=np.float64)


def part_over(metric: str, measurements: Measurements) -> float:
    """The part of the present period that the evidence covers; 1 of what is no total over time."""
    components = measurements.components
    found = components.covered.get(metric) if components is not None else None
    if components is None or components.present is None or found is None:
        return 1.0
    return found.part(components.present)


def is_total(metric: str, measurements: Measurements) -> bool:
    """Whether the present value of a metric is a total over a period that may not be over."""
    components = measurements.components
    return components is not None and components.present is not None and metric in components.covered


def at_its_end(found: Measurement, metric: str, measurements: Measurements) -> Measurement:
    """A total of the present period as it is when that is over, at the same rate; anything else as it is."""
    part = part_over(metric, measurements)
    if part in (0.0, 1.0):
        return found
    return attrs.evolve(found, value=found.value / part, low=found.low / part, high=found.high / part)


def covered(metrics: Mapping[str, Metric], length: Period, backend: Backend) -> dict[str, Covered]:
    """What the evidence covers, by metric that adds up over time: two queries, where there are any."""
    adding = {name: str(metric.signal.id) for name, metric in metrics.items() if metric.adds_up}
    if not adding:
        return {}
    signals = literals(backend.dialect, sorted(set(adding.values())))
    carried = backend.execute(
        "SELECT DISTINCT signal, source FROM answers JOIN responses USING (response)"  # noqa: S608 - quoted
        f" WHERE signal IN ({signals})"
    ).to_pylist()
    day = spelling.integer(backend.dialect, spelling.day(backend.dialect, "occurred_on"))
    dated = backend.execute(
        f"SELECT DISTINCT source, {day} AS day FROM responses WHERE occurred_on IS NOT NULL"  # noqa: S608
    ).to_pylist()
    found = {}
    for name, signal in adding.items():
        sources = {row["source"] for row in carried if row["signal"] == signal}
        days = [period.of_epoch(row["day"]) for row in dated if row["source"] in sources]
        found[name] = Covered.of(length, days)
    return found

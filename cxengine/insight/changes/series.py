"""Series: what was measured in every period, many cells at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.measurement import Level
    from cxengine.project.model import Direction, Period

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

MeasureKind = Literal["metric", "reach", "step"]


@attrs.frozen
class Measure:
    """What is measured: a metric, or how many of the cases of an observed journey meet or do something."""

    kind: MeasureKind
    id: str
    """Id of the metric or of the observed journey."""
    name: str
    unit: str
    direction: Direction | None
    """None where neither end is good by itself."""
    range: tuple[float, float]
    """Smallest and largest possible value; infinite where there is no bound."""
    family: str
    """Measures of one family tell of the same answers: id of the signal, or of the observed journey."""
    least: int
    """Nothing is told of fewer answers or cases."""


@attrs.frozen
class Line:
    """What a series is about: a measure in a cell."""

    measure: Measure
    level: Level
    subject: str
    segment: str
    target: str | None = None
    """Of a step: where it leads; "" for the end of the case."""


@attrs.frozen(eq=False)
class Series:
    """Values by line and period; arrays have a row a line and a column a period.

    An answer of line i varies by `deviation[i]`, with the skewness `skewness[i]`; the value of a period is a
    mean of so many of them as `n` says.
    """

    length: Period
    first: int
    """Number of the first period; the others follow without a gap."""
    lines: tuple[Line, ...]
    value: FloatArray
    """0 where there are no answers."""
    n: FloatArray
    """Effective number of answers."""
    answers: IntArray
    deviation: FloatArray
    skewness: FloatArray
    hidden: BoolArray = attrs.field()
    """The periods that must not be shown: what is told of others does not count them."""

    @hidden.default
    def _small(self) -> BoolArray:
        least = np.array([line.measure.least for line in self.lines], dtype=np.int64)
        few: BoolArray = (self.answers > 0) & (self.answers < least[:, None])
        return few

    @property
    def periods(self) -> int:
        """How many periods there are, from the first to the last."""
        return int(self.value.shape[1])

    def only(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Series:
        """Some of the lines."""
        chosen = np.arange(len(self.lines))[rows]
        arrays = ("value", "n", "answers", "deviation", "skewness", "hidden")
        parts: dict[str, Any] = {name: getattr(self, name)[chosen] for name in arrays}
        return attrs.evolve(self, lines=tuple(self.lines[i] for i in chosen), **parts)

    def groups(self) -> IntArray:
        """A number for every line; lines of the same measure have the same."""
        numbers: dict[tuple[str, str], int] = {}
        kinds = ((line.measure.kind, line.measure.id) for line in self.lines)
        return np.array([numbers.setdefault(kind, len(numbers)) for kind in kinds], dtype=np.int64)


def together(parts: Sequence[Series]) -> Series | None:
    """One series from several; periods that only some have are without answers in the others."""
    parts = [part for part in parts if part.lines]
    if not parts:
        return None
    first = min(part.first for part in parts)
    last = max(part.first + part.periods for part in parts)

    def wide(part: Series, name: str) -> Any:
        before, after = part.first - first, last - part.first - part.periods
        return np.pad(getattr(part, name), ((0, 0), (before, after)))

    arrays = {
        name: np.concatenate([wide(part, name) for part in parts])
        for name in ("value", "n", "answers", "hidden")
    }
    for name in ("deviation", "skewness"):
        arrays[name] = np.concatenate([getattr(part, name) for part in parts])
    lines = tuple(line for part in parts for line in part.lines)
    return Series(parts[0].length, first, lines, **arrays)

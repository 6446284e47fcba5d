"""Sums over the answers of every touchpoint and segment, from the histograms of the scan.

All feelings, pains and loves are functions of these sums; they add up over signals, and the sums of
everybody else are those of all less those of the segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.exact import floats
from cxengine.metrics.measurement import CURRENT
from cxengine.metrics.scan import is_discrete
from cxengine.project.merges import asked_of_employees

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.components import Components, Histogram
    from cxengine.project.model import Project, Signal

    FloatArray = npt.NDArray[np.float64]

NAMES = ("w", "x", "xx", "ill", "ill2", "joy", "joy2")


@attrs.frozen
class Moments:
    """Weighted sums over answers.

    Of 1; of the feeling x and its square; of the severity of negative answers (0 for others) and its
    square; of the joy of positive answers, likewise.
    """

    w: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    ill: float = 0.0
    ill2: float = 0.0
    joy: float = 0.0
    joy2: float = 0.0

    def __sub__(self, other: Moments) -> Moments:
        return Moments(*(a - b for a, b in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))

    @property
    def emotion(self) -> float:
        """Mean feeling."""
        return self.x / self.w

    @property
    def variance(self) -> float:
        """Mean squared deviation of the feelings."""
        return max(self.xx / self.w - self.emotion**2, 0.0)


def feeling_signals(project: Project) -> tuple[Signal, ...]:
    """The signals that tell how an interaction felt: about it, on a discrete scale, answered by customers.

    A signal that only orders or behaviour are mapped to is a record of what happened, no feeling, and what
    employees are asked tells how they feel, not the customers whom they serve.
    """
    records = _signals(project, recorded=True) - _signals(project, recorded=False)
    staff = asked_of_employees(project.sources)
    return tuple(
        signal
        for signal in project.signals
        if signal.about == "transaction" and is_discrete(signal) and signal.id not in records | staff
    )


def _signals(project: Project, *, recorded: bool) -> set[str]:
    """The signals that, as far as the project tells, come from what is recorded, or from what is said."""
    found: set[str] = set()
    for source in project.sources:
        if (source.kind in {"order", "behaviour"}) is not recorded:
            continue
        found |= {str(wide.signal) for wide in source.mapping.signals}
        long = source.mapping.long
        if long and not isinstance(long.signal, str) and long.signal.value is not None:
            found.add(str(long.signal.value))
        elif long and not recorded:  # a column names the signal: it may be any
            found |= {str(signal.id) for signal in project.signals}
    return found


def feelings(signal: Signal, values: FloatArray) -> FloatArray:
    """Answers as feelings, from -1 (worst) over 0 (in the neutral zone) to +1 (best)."""
    scale = signal.scale
    assert scale is not None
    middle = (scale.min + scale.max) / 2
    lowest, highest = signal.neutral or (middle, middle)
    below = np.minimum(values - lowest, 0) / max(lowest - scale.min, np.finfo(float).tiny)
    above = np.maximum(values - highest, 0) / max(scale.max - highest, np.finfo(float).tiny)
    towards = below + above
    return towards if signal.direction == "higher_is_better" else -towards


def moments(project: Project, components: Components) -> Mapping[tuple[str, str], Moments]:
    """The sums of the present, by touchpoint and segment, where there are answers."""
    axes = components.axes
    size = len(axes.subjects) * len(axes.segments)
    sums = np.zeros((len(NAMES), size))
    answered = np.zeros(size, dtype=bool)
    for signal in feeling_signals(project):
        histogram = components.histogram(signal.id)
        if histogram is not None:
            place, rows = _present(histogram, components)
            sums += _sums(feelings(signal, histogram.value[rows]), floats(histogram.w[rows]), place, size)
            answered[place] = True
    return {
        (axes.subjects[place // len(axes.segments)][1], axes.segments[place % len(axes.segments)]): Moments(
            *map(float, sums[:, place])
        )
        for place in np.flatnonzero(answered).tolist()
    }


def _present(
    histogram: Histogram, components: Components
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The rows of touchpoints now, and for each of them touchpoint and segment as one number."""
    axes = components.axes
    subject, segment, period = axes.positions(histogram.codes[histogram.cell])
    touchpoint = np.array([level == "touchpoint" for level, _ in axes.subjects])
    rows = (period == axes.periods.index(CURRENT)) & touchpoint[subject]
    return (subject * len(axes.segments) + segment)[rows], rows


def _sums(x: FloatArray, w: FloatArray, place: npt.NDArray[np.int64], size: int) -> FloatArray:
    ill, joy = np.maximum(-x, 0), np.maximum(x, 0)
    terms: Iterable[FloatArray] = (w, w * x, w * x * x, w * ill, w * ill**2, w * joy, w * joy**2)
    return np.stack([np.bincount(place, weights=term, minlength=size) for term in terms])

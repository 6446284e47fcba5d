"""Ways to look at feelings: the heatmap, the emotion curve, what remains in memory."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import attrs

from cxengine.metrics.measurement import ALL, Measurement

if TYPE_CHECKING:
    from cxengine.insight.insight import Feeling, Insight


@attrs.frozen
class Heatmap:
    """Feelings as a table: a row a touchpoint, in the order of the journey, a column a segment.

    A cell is None where nobody said anything; a suppressed feeling is there, without its numbers.
    """

    touchpoints: tuple[str, ...]
    segments: tuple[str, ...]
    rows: tuple[tuple[Feeling | None, ...], ...]


def heatmap(insight: Insight) -> Heatmap:
    """Every touchpoint and segment of which anything is known, everybody first."""
    touchpoints = tuple(dict.fromkeys(f.touchpoint for f in insight.feelings))
    segments = tuple(dict.fromkeys(f.segment for f in insight.feelings))
    rows = tuple(tuple(insight.feeling(t, s) for s in segments) for t in touchpoints)
    return Heatmap(touchpoints, segments, rows)


def emotion_curve(insight: Insight, segment: str = ALL) -> tuple[Feeling, ...]:
    """How a segment feels on its way, in the order of the journey."""
    return tuple(f for f in insight.feelings if f.segment == segment)


def peak_end(insight: Insight, segment: str = ALL) -> Measurement | None:
    """What is remembered: the mean of the most intense and of the last emotion; None where none is shown.

    Source: Kahneman, Fredrickson, Schreiber, Redelmeier, Psychological Science 4 (1993) 401-405. The
    interval combines the two emotions' as if they were independent; `n` is the smaller of their numbers.
    """
    shown = [f.emotion for f in emotion_curve(insight, segment) if not f.emotion.suppressed]
    if not shown:
        return None
    peak, end = max(shown, key=lambda emotion: abs(emotion.value)), shown[-1]
    if peak is end:
        return end
    value = (peak.value + end.value) / 2
    half = sqrt((peak.high - peak.low) ** 2 + (end.high - end.low) ** 2) / 4
    least = min(peak, end, key=lambda emotion: emotion.n)
    return Measurement(value, max(value - half, -1.0), min(value + half, 1.0), least.n, least.n_eff)

"""Ways to look at feelings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.insight.insight import Feeling, Insight


def emotion_curve(insight: Insight, segment: str = ALL) -> tuple[Feeling, ...]:
    """How a segment feels on its way, in the order of the journey."""
    return tuple(f for f in insight.feelings if f.segment == segment)

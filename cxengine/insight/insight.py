"""What the measurements mean: feelings at every touchpoint.

Scores follow the declared signals: an answer below the neutral zone is negative, above it positive;
severity is its distance from the middle of the scale as a share of half the scale's width.
pain = reach x P(negative) x mean severity of the negative answers; love is its mirror image.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import attrs

from cxengine.metrics.measurement import ALL, Measurement

Grade = Literal["strong", "moderate", "weak", "none"]


@attrs.frozen
class Feeling:
    """How one segment feels at one touchpoint, now. Suppressed measurements stay suppressed here."""

    touchpoint: str
    segment: str
    emotion: Measurement
    """Mean answer on the scale from -1 (worst) to +1 (best)."""
    pain: Measurement
    love: Measurement
    """From 0 to 1."""
    reach: float
    """Share of the segment's responses that speak about this touchpoint."""
    grade: Grade
    """How well backed: strong (n >= 100), moderate (n >= caution_n), weak, none (suppressed)."""
    differs: bool = False
    """Whether the segment's emotion differs from everybody else's beyond chance (false discovery rate 5%)."""


@attrs.frozen(slots=False, eq=False)
class Insight:
    """Feelings per touchpoint and segment, in the order of the journey."""

    feelings: tuple[Feeling, ...]

    def feeling(self, touchpoint: str, segment: str = ALL) -> Feeling | None:
        """The feeling of a segment at a touchpoint; None where nobody said anything."""
        return self._by_cell.get((touchpoint, segment))

    @cached_property
    def _by_cell(self) -> dict[tuple[str, str], Feeling]:
        return {(f.touchpoint, f.segment): f for f in self.feelings}

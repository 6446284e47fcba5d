"""Emotion, pain and love as measurements, from sums over answers and the responses behind them."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.measurement import Measurement
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from cxengine.insight.moments import Moments
    from cxengine.insight.voices import Reach, Voices


def emotion_of(sums: Moments, voices: Voices) -> Measurement:
    """The mean feeling with Student's t interval; answers of one response count as one."""
    value, variance, n = np.array([sums.emotion]), np.array([sums.variance]), np.array([voices.effective])
    low, high = intervals.mean(value, variance, n, (-1.0, 1.0))
    return Measurement(sums.emotion, float(low[0]), float(high[0]), voices.n, voices.effective)


def pain_of(sums: Moments, voices: Voices, met: Reach) -> Measurement:
    """Reach times mean severity of negative answers."""
    return intensity(Severities(sums.w, sums.ill, sums.ill2), voices, met)


def love_of(sums: Moments, voices: Voices, met: Reach) -> Measurement:
    """Reach times mean joy of positive answers."""
    return intensity(Severities(sums.w, sums.joy, sums.joy2), voices, met)


@attrs.frozen
class Severities:
    """Weighted sums: of all answers, and of those of one kind, of their severities and their squares."""

    w: float
    total: float
    squares: float


def intensity(kind: Severities, voices: Voices, met: Reach) -> Measurement:
    """Reach times mean severity (0 for an answer of the other kind), and its interval.

    Severity has the t interval of a mean from 0 to 1 with a fifth of an answer added at either end
    (simulated over all shapes of a five-point scale, it covers 94.5% at n = 10 and n = 30, 95% from
    n = 100 on), reach Wilson's; the distances to their limits combine as those of independent estimates.
    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    n = np.array([voices.effective])
    severity = kind.total / kind.w
    variance = np.array([max(kind.squares / kind.w - severity**2, 0.0)])
    least, most = intervals.mean(np.array([severity]), variance, n, (0.0, 1.0), added=0.2)
    few, many = intervals.wilson(np.array([met.value]), np.array([met.base]))
    value = met.value * severity
    down = hypot(met.value * (severity - float(least[0])), severity * (met.value - float(few[0])))
    up = hypot(met.value * (float(most[0]) - severity), severity * (float(many[0]) - met.value))
    return Measurement(value, max(value - down, 0.0), min(value + up, 1.0), voices.n, voices.effective)

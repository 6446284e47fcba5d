"""Emotion, pain and love as measurements, from sums over answers and the responses behind them."""

from __future__ import annotations

from math import hypot, inf, sqrt
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.alike import INDEPENDENT, NOBODY_TWICE
from cxengine.metrics.measurement import Measurement
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from cxengine.insight.alike import Alike, Effect
    from cxengine.insight.moments import Moments
    from cxengine.insight.voices import Reach, Voices

_ADDED = 0.2


def emotion_of(sums: Moments, voices: Voices, together: Alike = NOBODY_TWICE) -> Measurement:
    """The mean feeling with Student's t interval; answers of one response count as one."""
    known = together.emotion.of_a_mean(voices.effective)
    value, variance, n = np.array([sums.emotion]), np.array([sums.variance]), np.array([known])
    low, high = intervals.mean(value, variance, n, (-1.0, 1.0))
    worth = together.emotion.effective(voices.effective)
    return Measurement(sums.emotion, float(low[0]), float(high[0]), voices.n, worth)


def pain_of(sums: Moments, voices: Voices, met: Reach, together: Alike = NOBODY_TWICE) -> Measurement:
    """Reach times mean severity of negative answers."""
    kind = Severities(sums.w, sums.ill, sums.ill2, together.ill, together.ill_and_reach)
    return intensity(kind, voices, met, together.reach)


def love_of(sums: Moments, voices: Voices, met: Reach, together: Alike = NOBODY_TWICE) -> Measurement:
    """Reach times mean joy of positive answers."""
    kind = Severities(sums.w, sums.joy, sums.joy2, together.joy, together.joy_and_reach)
    return intensity(kind, voices, met, together.reach)


@attrs.frozen
class Severities:
    """Weighted sums: of all answers, and of those of one kind, of their severities and their squares."""

    w: float
    total: float
    squares: float
    together: Effect = INDEPENDENT
    """How answers of customers go together."""
    and_reach: float = 0.0
    """Correlation of mean severity and reach."""


def intensity(kind: Severities, voices: Voices, met: Reach, share: Effect = INDEPENDENT) -> Measurement:
    """Reach times mean severity (0 for an answer of the other kind), and its interval.

    Severity has the t interval of a mean from 0 to 1 with a fifth of an answer added at either end
    (simulated over all shapes of a five-point scale, it covers 94.5% at n = 10 and n = 30, 95% from
    n = 100 on), reach Wilson's; the distances to their limits combine as those of independent estimates,
    or of correlated ones where customers answered more than once. There up to one answer more is added, the
    more alike their answers are: means of customers are skewed, and no longer on the steps of a scale.
    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    known = kind.together.of_a_mean(voices.effective)
    n = np.array([known])
    severity = kind.total / kind.w
    variance = np.array([max(kind.squares / kind.w - severity**2, 0.0)])
    added = _ADDED if kind.together.customers == inf else _ADDED + 1 - 1 / max(kind.together.ratio, 1.0)
    least, most = intervals.mean(np.array([severity]), variance, n, (0.0, 1.0), added=added)
    few, many = intervals.wilson(np.array([met.value]), np.array([share.of_a_share(met.base)]))
    value = met.value * severity
    down = (met.value * (severity - float(least[0])), severity * (met.value - float(few[0])))
    up = (met.value * (float(most[0]) - severity), severity * (float(many[0]) - met.value))
    low, high = (value - combined(*down, kind.and_reach), value + combined(*up, kind.and_reach))
    worth = kind.together.effective(voices.effective)
    return Measurement(value, max(low, 0.0), min(high, 1.0), voices.n, worth)


def combined(one: float, other: float, correlation: float = 0.0) -> float:
    """The distance to a limit of a sum of two estimates, from those to their own.

    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    if not correlation:
        return hypot(one, other)
    return sqrt(max(one**2 + other**2 + 2 * correlation * one * other, 0.0))

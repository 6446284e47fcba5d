"""A value with its 95% interval."""

from __future__ import annotations

import attrs


@attrs.frozen
class Interval:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float

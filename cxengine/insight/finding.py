"""A finding: one sentence that a good analyst would defend, with its effect, interval, n and caution."""

from __future__ import annotations

from typing import Literal

import attrs

FindingKind = Literal["driver", "segment driver", "factor", "edge", "path", "caution", "refused"]


@attrs.frozen
class Finding:
    """One thing worth knowing. Numbers are None where a finding is none about a number."""

    kind: FindingKind
    model: str
    """Id of the driver model."""
    subject: str
    """Id of the driver, or name of the factor; empty for a model as a whole."""
    segment: str
    """"all" for everybody."""
    text: str
    effect: float | None
    low: float | None
    high: float | None
    n: int
    matters: float
    """The higher, the sooner it should be read: of a driver, its part of the outcome's variance times what
    there is to win."""
    caution: str
    """What it may not be used for."""

"""From chances to flags: one procedure over everything that a run tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight import flags
from cxengine.insight.changes.find import changes
from cxengine.insight.profiles import profiles
from cxengine.metrics import guardrails
from cxengine.metrics.discovery import adjusted, discover

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.insight import Insight
    from cxengine.pipeline.check import Ready
    from cxengine.pipeline.find import Found
    from cxengine.pipeline.measure import Measured
    from cxengine.project import Loaded

    FloatArray = npt.NDArray[np.float64]


def flagged(loaded: Loaded, ready: Ready, measured: Measured, found: Found) -> tuple[Measured, Insight]:
    """Measurements and insight with all that is beyond chance, and what only follows from that."""
    chances = hypotheses(measured, found)
    discovery = discover(chances)
    insight = flags.flagged(found.insight, discovery)
    rates = adjusted(chances["series"], chances.values())
    insight = attrs.evolve(
        insight,
        changes=changes(found.courses, discovery, rates),
        profiles=profiles(loaded.project, ready.journey, insight),
    )
    measurements = measured.measurements.flagged(discovery)
    held = guardrails.flagged(measured.guardrails, ready.metrics, measurements, discovery)
    return attrs.evolve(measured, measurements=measurements, guardrails=held), insight


def hypotheses(measured: Measured, found: Found) -> dict[str, FloatArray]:
    """The chances of all that a run tests, by the kind of finding: all that is flagged or might have been."""
    compared, courses = measured.measurements.changes, found.courses
    return {
        "change": np.zeros(0) if compared is None else compared["p"].to_numpy(),
        "series": np.zeros(0) if courses is None else courses.chances,
        "guardrail": np.array([one.p for one in measured.guardrails], dtype=np.float64),
        **flags.chances(found.insight),
    }

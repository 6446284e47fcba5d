"""From evidence to measurements, and what is reckoned from measurements alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine.metrics import rox
from cxengine.metrics.guardrails import Guardrail, guardrails
from cxengine.metrics.measure import measure
from cxengine.review.held import with_held

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.rox import Rox
    from cxengine.pipeline.check import Ready
    from cxengine.project import Loaded
    from cxengine.review.shown import Shown


@attrs.frozen(eq=False)
class Measured:
    """Measurements with the returns on experience and guardrails that follow from them."""

    measurements: Measurements
    returns: tuple[Rox, ...]
    guardrails: tuple[Guardrail, ...]


def measured(loaded: Loaded, ready: Ready, evidence: Evidence, previous: Shown) -> Measured:
    """Every metric in every cell, nothing flagged; nothing in it gives away what the run before kept back.

    What has to be hidden beside that run is told again as it told it, and nothing is reckoned from it.
    """
    project, metrics = loaded.project, ready.metrics
    found = measure(project, evidence, metrics, loaded.origins, previous.measurements)
    returns = rox.returns(project, metrics, found, evidence.backend)
    marked = guardrails(project, metrics, found)
    return Measured(with_held(loaded, found, evidence.accounts, previous), returns, marked)

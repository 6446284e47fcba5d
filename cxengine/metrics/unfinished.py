"""Totals of a period that is not over, beside a target or benchmark of a whole one: said once a metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.metrics.covered import part_over

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurements
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


def unfinished(
    project: Project, measurements: Measurements, origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """A note for every total that is compared with what somebody declared for a whole period."""
    for table in project.metrics:
        name, over = str(table.id), part_over(str(table.id), measurements)
        at_touchpoints = any(str(t.metric) == name for point in project.touchpoints for t in point.targets)
        declared = [key for key in ("target", "benchmark") if getattr(table, key) is not None]
        if at_touchpoints and "target" not in declared:
            declared.insert(0, "target")
        if 0 < over < 1 and declared:
            place = origins.locate(("metric", name)) if origins else None
            message = (
                f"{name} is the total of a period of which the evidence covers {over:.0%}; its"
                f" {' and '.join(declared)} {'is' if len(declared) == 1 else 'are'} of a whole one."
            )
            hint = "Gaps and guardrails take it as it is at its end, at the same rate; what is shown is not."
            yield Diagnostic("CX533", message, place, hint, severity="note")

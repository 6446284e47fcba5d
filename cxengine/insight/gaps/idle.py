"""Investments without measurable impact: initiatives of which nobody could say whether they worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.gaps.gap import IdleInvestment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxengine.metrics.measurement import Measurements
    from cxengine.project.model import Project


def idle_investments(project: Project, measurements: Measurements) -> Iterator[IdleInvestment]:
    """The initiatives none of whose effects is on a metric that is measured and shown where it works."""
    for initiative in project.initiatives:
        name = str(initiative.id)
        found = [
            measurements.told(str(effect.metric), "touchpoint", str(effect.touchpoint))
            for effect in initiative.effects
        ]
        there = [one for one in found if one is not None]
        if not found:
            yield IdleInvestment(name, "no effect")
        elif not there:
            yield IdleInvestment(name, "not measured")
        elif all(one.suppressed for one in there):
            yield IdleInvestment(name, "too few answers")

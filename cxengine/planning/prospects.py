"""What methods of scoring read of an initiative: reach, lift, points, outcomes, alignment, inputs, cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import Any, get_args

import attrs

from cxengine.insight.drivers.report import Grade
from cxengine.metrics.measurement import ALL
from cxengine.planning.benefit import Ground, benefit
from cxengine.planning.candidates import Candidate
from cxengine.planning.outcomes import counted, outcomes
from cxengine.project.model import Effect, Estimate, Project, RoadmapSettings
from cxengine.rules.conclusion import Conclusion
from cxengine.rules.vocabulary import fact_name

_CELL = ("importance", "pain", "love", "emotion", "reach")


@attrs.frozen(eq=False)
class Prospects:
    """Tells these facts of every candidate; `linked` are the driver models whose outcomes a method counts."""

    project: Project
    settings: RoadmapSettings
    ground: Ground
    conclusions: Mapping[tuple[str, str], Conclusion]
    """What rules concluded, by touchpoint and segment."""
    linked: Sequence[str] = ()

    def facts(self, candidate: Candidate) -> dict[str, Any]:
        """The facts by name."""
        initiative = candidate.initiative
        segments = tuple(map(str, initiative.segments))
        apart = [e for e in initiative.effects if not counted(self.project, e, self.ground, self.linked)]
        staff = [e for e in apart if e.metric in self.ground.employee_metrics]
        everybody = [e for e in apart if e.metric not in self.ground.employee_metrics]
        cells = list(self._cells(candidate.touchpoints, segments))
        felt = {name: [cell[name] for cell in cells if name in cell] for name in ("pain", "love")}
        found = outcomes(self.project, initiative.effects, segments, self.ground)
        return {
            "alignment": alignment(self.project, initiative.goals),
            "reach": max((self.ground.reach(t, segments) for t in candidate.touchpoints), default=0.0),
            "lift": _record(benefit(initiative.effects, segments, self.ground, reached=True).impact),
            "backing": _weakest(initiative.effects),
            "thresholds": {
                "impact": self.settings.quick_win_impact,
                "effort": self.settings.quick_win_effort,
            },
            "points": {
                "customers": _record(benefit(everybody, segments, self.ground).impact),
                "employees": _record(benefit(staff, segments, self.ground).impact),
            },
            "outcomes": {fact_name(model): _record(change) for model, change in found.items()},
            "inputs": {
                str(name): _record(value) if isinstance(value, Estimate) else value
                for name, value in initiative.inputs.items()
            },
            "feelings": {name: max(values) for name, values in felt.items() if values},
            "cells": cells,
        }

    def _cells(self, touchpoints: Sequence[str], segments: Sequence[str]) -> Iterator[dict[str, Any]]:
        for touchpoint in touchpoints:
            for segment in segments or (ALL,):
                concluded = self.conclusions.get((touchpoint, segment))
                facts = concluded.facts if concluded else {}
                known = {name: facts[name] for name in (*_CELL, "metrics") if name in facts}
                yield {"touchpoint": touchpoint, "segment": segment, **known}


def alignment(project: Project, goals: Sequence[str]) -> float:
    """Weight of these goals as a share of all; 0 where there are none."""
    total = fsum(goal.weight for goal in project.goals)
    return fsum(goal.weight for goal in project.goals if goal.id in goals) / total if total else 0.0


def _weakest(effects: Sequence[Effect]) -> Grade:
    grades: tuple[Grade, ...] = get_args(Grade)
    return min((effect.grade for effect in effects), key=grades.index, default=grades[0])


def _record(estimate: Estimate) -> dict[str, float]:
    return {"low": float(estimate.low), "likely": float(estimate.likely), "high": float(estimate.high)}

"""The facts about an initiative that follow from measurements and estimates, in a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product

import attrs
import numpy as np

from cxengine.metrics.measurement import ALL
from cxengine.planning.candidates import Candidate
from cxengine.planning.outcomes import counted
from cxengine.planning.ranks.experience import Experience
from cxengine.planning.ranks.impacts import changes, impact
from cxengine.planning.ranks.outcome import outcome
from cxengine.planning.ranks.programs import Path
from cxengine.planning.ranks.scene import Scene
from cxengine.planning.ranks.worlds import Quantity, Triple
from cxengine.project.model import Effect, Estimate
from cxengine.rules.vocabulary import fact_name

_PARTS = ("low", "likely", "high")


def effort_name(candidate: Candidate) -> tuple[str, ...]:
    """The name of an initiative's estimated effort."""
    return ("initiative", candidate.id, "effort")


def input_name(candidate: Candidate, name: str) -> tuple[str, ...]:
    """The name of an input that is estimated."""
    return ("initiative", candidate.id, "inputs", name)


@attrs.frozen(eq=False, slots=False)
class Prospect:
    """What a candidate costs and brings, in every row, each reckoned when it is read."""

    scene: Scene
    candidate: Candidate
    experience: Experience

    def column(self, path: Path) -> Quantity | None:  # noqa: PLR0911 - one a fact
        """The fact at `path`; None where it is none of these."""
        match path:
            case (("impact" | "effort" | "lift") as name, part) if part in _PARTS:
                return getattr(getattr(self, name), part)
            case ("initiative", "effort", part) if part in _PARTS:
                return getattr(self.effort, part)
            case ("points", ("customers" | "employees") as whose, part) if part in _PARTS:
                return getattr(self.points[whose], part)
            case ("outcomes", name, part) if part in _PARTS and name in self.outcomes:
                return getattr(self.outcomes[name], part)
            case ("inputs", name, part) if part in _PARTS:
                return getattr(self._input(name), part, None)
            case (("pain" | "love") as feeling,):
                return self._sum(feeling)
            case ("feelings", ("pain" | "love") as feeling):
                return self._worst(feeling)
            case ("importance",):
                return self._greatest([self.experience.importance(t) for t in self.candidate.touchpoints])
            case ("reach",):
                return self._greatest(
                    [self.experience.reach(t, self._segments) for t in self.candidate.touchpoints]
                )
        return None

    @cached_property
    def impact(self) -> Triple:
        """What its effects are worth together."""
        return impact(self._changes, self._segments, self.experience)

    @cached_property
    def lift(self) -> Triple:
        """The same on those whom they reach."""
        return impact(self._changes, None, self.experience)

    @cached_property
    def effort(self) -> Triple:
        """Person-weeks."""
        return self.experience.world.estimated(effort_name(self.candidate), self.candidate.initiative.effort)

    @cached_property
    def points(self) -> Mapping[str, Triple]:
        """Impact on what customers and what employees say, without what moves an outcome that counts."""
        project, ground = self.scene.project, self.scene.ground
        linked = [link.model for link in self.scene.ruleset.scoring.links]
        apart = {e: c for e, c in self._changes.items() if not counted(project, e, ground, linked)}
        staff = {e: c for e, c in apart.items() if e.metric in ground.employee_metrics}
        others = {e: c for e, c in apart.items() if e.metric not in ground.employee_metrics}
        return {
            "customers": impact(others, self._segments, self.experience),
            "employees": impact(staff, self._segments, self.experience),
        }

    @cached_property
    def outcomes(self) -> Mapping[str, Triple]:
        """The change of every outcome that a driver model has measured, by its name in formulas."""
        models = self.scene.ground.insight.drivers.models
        return {
            fact_name(model.id): outcome(model, self._changes, self._segments, self.experience)
            for model in models
            if model.refused is None
        }

    @cached_property
    def _changes(self) -> Mapping[Effect, Triple]:
        return changes(self.candidate, self.experience)

    @property
    def _segments(self) -> tuple[str, ...]:
        return tuple(map(str, self.candidate.initiative.segments))

    def _input(self, name: str) -> Triple | None:
        value = {str(key): value for key, value in self.candidate.initiative.inputs.items()}.get(name)
        if not isinstance(value, Estimate):
            return None
        return self.experience.world.estimated(input_name(self.candidate, name), value)

    def _sum(self, feeling: str) -> Quantity | None:
        found = [self.experience.feeling(feeling, t) for t in self.candidate.touchpoints]
        known = [value for value in found if value is not None]
        return sum(known[1:], known[0]) if known else None

    def _worst(self, feeling: str) -> Quantity | None:
        """The greatest among the touchpoints and the segments that it serves."""
        places = product(self.candidate.touchpoints, self._segments or (ALL,))
        found = [self.experience.feeling(feeling, *place) for place in places]
        known = [value for value in found if value is not None]
        return self._greatest(known) if known else None

    def _greatest(self, values: Sequence[Quantity]) -> Quantity:
        return np.maximum.reduce(np.broadcast_arrays(*values))[()] if values else 0.0

"""Scores of all candidates in every row of a world: rules about touchpoints and initiatives, the formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

import attrs
import numpy as np

from cxengine.metrics.measurement import ALL
from cxengine.planning.appraisal import SURE, Appraisal
from cxengine.planning.estimate import at_least, at_most
from cxengine.planning.ranks.experience import FEELINGS, Experience
from cxengine.planning.ranks.matters import Matters, Varying
from cxengine.planning.ranks.programs import Path, Press
from cxengine.planning.ranks.prospect import Prospect
from cxengine.planning.ranks.scene import Scene
from cxengine.planning.ranks.subjects import Concluding, Subject
from cxengine.planning.ranks.worlds import Measured, Quantity, World
from cxengine.project.model import Estimate
from cxengine.rules.conclusion import About
from cxengine.rules.ruleset import CompiledRule, selected

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]


@attrs.frozen(eq=False)
class Scores:
    """Scores by candidate (rows) and draw or change (columns); `ids` name the candidates.

    Where a candidate is left out its score is minus infinity. `required` candidates go before all others.
    """

    ids: tuple[str, ...]
    score: FloatArray
    required: BoolArray

    @cached_property
    def keys(self) -> FloatArray:
        """What they are ordered by, the greatest first: what is left out comes last."""
        first = np.flatnonzero(self.required.any(axis=1))
        if not len(first):
            return self.score
        least = np.where(np.isneginf(self.score), np.inf, self.score).min(axis=0)
        keys = self.score.copy()
        span = np.maximum(self.score.max(axis=0) - least, 0.0) + 1
        keys[first] = np.where(self.required[first], keys[first] + span, keys[first])
        return keys


@attrs.frozen(eq=False, slots=False)
class Scorer:
    """Scores candidates in a world.

    `declared` are the facts that somebody decided and that may differ from row to row in this world, with
    what they are now. Worlds in which the same may differ can share their `presses`.
    """

    scene: Scene
    world: World
    declared: Mapping[Path, float] = MappingProxyType({})
    presses: dict[About, Press] = attrs.Factory(dict)

    def all(self) -> Scores:
        """The scores of all candidates."""
        return self.of([appraisal.id for appraisal in self.scene.appraisals])

    def of(self, ids: Sequence[str]) -> Scores:
        """The scores of these candidates; of what they require they do not know whether it is left out."""
        score = np.empty((len(ids), self.world.rows))
        required = np.zeros((len(ids), self.world.rows), np.bool_)
        for row, name in enumerate(ids):
            score[row], required[row] = self._one(self.scene.by_id[name])
        self._without_what_waits(ids, score)
        np.logical_and(required, score > -np.inf, out=required)
        return Scores(tuple(ids), score, required)

    def _one(self, appraisal: Appraisal) -> tuple[Any, Any]:
        """Score and whether it is required, in every row."""
        candidate, rows = appraisal.candidate, self.world.rows
        lists = {"touchpoints": [self.places[t] for t in candidate.touchpoints]}
        prospect = Prospect(self.scene, candidate, self.experience)
        given = appraisal.conclusion.facts
        if self.matters.reads_cells:
            lists["cells"] = [self._place(cell["touchpoint"], cell) for cell in given["cells"]]
        subject = Subject(given, lambda path: self._initiative(path, prospect), lists, self.whole)
        concluding = self._concluding("initiative", self.matters.initiative, self.varying.of_initiative)
        fired = concluding.conclude(subject)
        found = concluding.value(self.scene.ruleset.score, subject)
        out = ~np.isfinite(found.values)
        if found.present is not None:
            out |= ~found.present
        out |= candidate.initiative.moscow == "wont"
        required = np.broadcast_to(candidate.initiative.moscow == "must", rows)
        for compiled in self.matters.initiative:
            if compiled.rule.exclude:
                out |= fired[compiled.rule.id]
            if compiled.rule.require:
                required = required | fired[compiled.rule.id]
        return (np.where(out, -np.inf, found.values) if out.any() else found.values), required

    def _without_what_waits(self, ids: Sequence[str], score: FloatArray) -> None:
        """Leaves out what requires something that is left out, until nothing changes."""
        places = {name: row for row, name in enumerate(ids)}
        needs = [
            (places[name], places[need])
            for name in ids
            for need in self.scene.by_id[name].candidate.initiative.requires
            if need in places
        ]
        changed = bool(needs)
        while changed:
            changed = False
            for row, need in needs:
                lost = np.isneginf(score[need]) & (score[row] > -np.inf)
                if lost.any():
                    score[row, lost] = -np.inf
                    changed = True

    # --- what is known ------------------------------------------------------------------------------

    @cached_property
    def experience(self) -> Experience:
        """What was measured, in this world."""
        return Experience(self.scene.project, self.scene.ground, self.world)

    @cached_property
    def matters(self) -> Matters:
        """What the order depends on."""
        return Matters.of(self.scene.ruleset)

    @cached_property
    def varying(self) -> Varying:
        """Which facts may differ from row to row."""
        return Varying(self.scene.ruleset, frozenset(self.declared))

    @cached_property
    def whole(self) -> Subject | None:
        """The project, with what rules derive of it."""
        found = self.scene.whole
        if found is None:
            return None
        places = [self._touchpoint(str(t.id)) for t in self.scene.project.touchpoints]
        subject = Subject(found.facts, self._shared, {"touchpoints": places})
        self._concluding("project", self.matters.project, self.varying.of_project).conclude(subject)
        return subject

    @cached_property
    def places(self) -> Mapping[str, Subject]:
        """The touchpoints, with what rules derive of them."""
        concluding = self._concluding("touchpoint", self.matters.touchpoint, self.varying.of_touchpoint)
        found = {}
        for touchpoint in self.scene.touchpoints:
            found[touchpoint] = attrs.evolve(self._touchpoint(touchpoint), whole=self.whole)
            concluding.conclude(found[touchpoint])
        return found

    def _touchpoint(self, touchpoint: str) -> Subject:
        return self._place(touchpoint, self.scene.touchpoints[touchpoint].facts)

    def _place(self, touchpoint: str, given: Mapping[str, Any]) -> Subject:
        """A touchpoint, or a cell, which names its segment."""
        segment = given.get("segment", ALL)
        return Subject(given, lambda path: self._at(path, touchpoint, segment, given))

    def _concluding(self, about: About, rules: Iterable[CompiledRule], varies: Any) -> Concluding:
        press = self.presses.setdefault(about, Press(varies))
        return Concluding(tuple(rules), self._booleans[about], press, self.world.rows)

    @cached_property
    def _booleans(self) -> Mapping[About, frozenset[str]]:
        return {about: frozenset(self.scene.ruleset.defaults(about)) for about in get_args(About)}

    # --- the columns of facts -----------------------------------------------------------------------

    def _at(self, path: Path, touchpoint: str, segment: str, given: Mapping[str, Any]) -> Quantity | None:
        """A fact about a touchpoint or a cell that varies; None for any other."""
        if selected(given, path) is None:
            return self._shared(path, given)
        match path:
            case ("metrics", metric, *part):
                now = self.experience.metric(metric, "touchpoint", touchpoint, segment)
                return self._moved(given["metrics"][metric], now, part, metric, touchpoint)
            case (("emotion" | "pain" | "love") as feeling,) if feeling in FEELINGS:
                return self.experience.feeling(feeling, touchpoint, segment)
            case ("reach",):
                return self.experience.share_of_responses(touchpoint, segment)
            case ("importance",):
                return self.experience.importance(touchpoint)
        return self._shared(path, given)

    def _shared(self, path: Path, given: Mapping[str, Any] | None = None) -> Quantity | None:
        """A fact that is the same for every subject."""
        given = given if given is not None else self.scene.whole.facts if self.scene.whole else {}
        present = selected(given, path)
        match path:
            case ("journey", "metrics", metric, *part) if present is not None:
                now = self.experience.metric(metric, "journey", self.scene.project.project.id)
                return self._moved(given["journey"]["metrics"][metric], now, part, metric, "journey")
            case ("rox", tree, "value" | "low" | "high") if isinstance(present, float):
                known = given["rox"][tree]
                ends = (known["value"], known["low"], known["high"])
                return present + (self.world.measured(Measured(("rox", tree, ""), *ends, 0)) - ends[0])
            case _ if path in self.declared:
                return self.world.declared(path, self.declared[path])
        return None

    def _moved(
        self, known: Mapping[str, Any], now: Quantity | None, part: Sequence[str], metric: str, place: str
    ) -> Quantity | None:
        """A measurement's value and the ends of its interval, all moved to where the value is."""
        if now is None:
            return None
        stick = self.scene.ground.yardsticks[metric]
        match part:
            case ("value",):
                return now
            case (("low" | "high") as end,):
                return np.clip(known[end] + (now - known["value"]), stick.low, stick.high)[()]
            case ("change", ("value" | "low" | "high") as end) if end in known.get("change", {}):
                moved = known["change"]
                answers = (self.experience.signals[metric], place, "all")
                ends = (moved["value"], moved["low"], moved["high"])
                change = self.world.measured(Measured(answers, *ends, 0, good=1 if stick.good > 0 else -1))
                return moved[end] + (change - ends[0])
        return None

    def _initiative(self, path: Path, prospect: Prospect) -> Quantity | None:
        """A fact about an initiative that varies; None for any other."""
        match path:
            case ("quick_win",):
                return self._quick_win(prospect)
            case ("segment_value",):
                return self._segment_value(prospect)
        found = prospect.column(path)
        if found is None:
            return self._shared(path, self.scene.by_id[prospect.candidate.id].conclusion.facts)
        return found

    def _quick_win(self, prospect: Prospect) -> Any:
        settings = self.scene.settings
        large, small = settings.quick_win_impact, settings.quick_win_effort
        impact, effort = prospect.impact, prospect.effort
        if impact.is_point and effort.is_point:
            return (impact.likely >= large) & (effort.likely <= small)
        rows = np.broadcast_arrays(*attrs.astuple(impact), *attrs.astuple(effort), np.zeros(self.world.rows))
        found = np.empty(self.world.rows, np.bool_)
        for row, (a, b, c, d, e, f) in enumerate(zip(*(r.tolist() for r in rows[:6]), strict=True)):
            chance = at_least(_estimate(a, b, c), large) * at_most(_estimate(d, e, f), small)
            found[row] = chance >= SURE
        return found

    def _segment_value(self, prospect: Prospect) -> Quantity | None:
        served = prospect.candidate.initiative.segments
        worth = {s.id: float(s.value) for s in self.scene.project.segments}
        values = [self.world.declared(("segment", s, "value"), worth[s]) for s in served]
        return np.maximum.reduce(np.broadcast_arrays(*values)) if values else None


def _estimate(low: float, likely: float, high: float) -> Estimate:
    return Estimate(*sorted((low, likely, high)))

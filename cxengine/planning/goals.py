"""How far the roadmap takes each measurable goal: where it is, what is expected to add to it, how probably.

Effects on the goal's metric at its touchpoint add up, of the items that are finished by its day, in joint
draws of the present value, the effects and the days on which items are finished. An item for some segments
counts as far as customers of the touchpoint are in them. Over the whole journey an effect at a touchpoint
counts as much as the answers that are about it. An effect on another metric adds
nothing: nobody said by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.gaps.measure import target_at
from cxengine.metrics.measurement import Measurement
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.benefit import Ground, Yardstick
from cxengine.planning.calendar import Calendar
from cxengine.planning.forecast import DRAWS, Outcomes
from cxengine.planning.outlook import GoalOutcome, Span
from cxengine.planning.ranks.streams import around, normal, pert
from cxengine.project.model import Effect, Goal, Project

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def goal_outcomes(
    project: Project,
    ground: Ground,
    appraisals: Sequence[Appraisal],
    outcomes: Outcomes,
    calendar: Calendar,
) -> tuple[GoalOutcome, ...]:
    """Every goal, in the order of the project; `appraisals` are those of the items on the roadmap."""
    found = []
    for goal in project.goals:
        head = _head(goal, project, ground)
        serving = _serving(goal, appraisals, _weights(goal, project, ground), ground, outcomes)
        if serving and head.baseline is not None:
            head = _reached(head, ground.yardsticks[str(goal.metric)], serving, (outcomes, calendar))
        found.append(head)
    return tuple(found)


@attrs.frozen
class _Serving:
    """An effect of an item on a goal's metric, and how much of it arrives there."""

    item: str
    effect: Effect
    weight: float


def _serving(
    goal: Goal,
    appraisals: Sequence[Appraisal],
    weights: Mapping[str, float],
    ground: Ground,
    outcomes: Outcomes,
) -> list[_Serving]:
    found = []
    for appraisal in sorted(appraisals, key=lambda a: a.id):
        if appraisal.id not in outcomes.ends:
            continue
        for part in appraisal.benefit.contributions:
            place, segments = part.effect.touchpoint, appraisal.candidate.initiative.segments
            everybody = ground.reach(place, ())
            if part.effect.metric == goal.metric and weights.get(place) and everybody:
                served = ground.reach(place, segments) / everybody
                found.append(_Serving(appraisal.id, part.effect, weights[place] * served))
    return found


def _head(goal: Goal, project: Project, ground: Ground) -> GoalOutcome:
    """A goal as far as it is known without the roadmap."""
    stick = ground.yardsticks[goal.metric] if goal.metric else None
    target = goal.target
    if target is None and goal.metric:
        target = _target(goal, project)
    return GoalOutcome(
        id=goal.id,
        name=goal.name,
        metric=goal.metric,
        metric_name=stick.name if stick else "",
        touchpoint=goal.touchpoint,
        unit=stick.unit if stick else "",
        baseline=_baseline(goal, project, ground),
        target=target,
        by=goal.by,
        contribution=None,
        expected=None,
        probability=None,
        items=(),
    )


def _reached(
    goal: GoalOutcome,
    stick: Yardstick,
    serving: Sequence[_Serving],
    when: tuple[Outcomes, Calendar],
) -> GoalOutcome:
    """A goal with what is added to it by its day."""
    (outcomes, calendar), now = when, goal.baseline
    assert now is not None
    last = calendar.days_until(goal.by) if goal.by else calendar.days
    added = np.zeros(DRAWS)
    for one in serving:
        drawn = pert(("effect", one.item, one.effect.touchpoint, stick.metric), one.effect.change, DRAWS)
        in_time = np.ceil(outcomes.ends[one.item] - 1e-9) <= last
        added += one.weight * np.where(in_time, drawn, 0.0)
    then = around(now.value, now.low, now.high, normal(("goal", goal.id), DRAWS)) + added
    then = np.clip(then, stick.low, stick.high)
    return attrs.evolve(
        goal,
        contribution=_span(added),
        expected=_span(then),
        probability=None if goal.target is None else float(np.mean(stick.good * (then - goal.target) >= 0)),
        items=tuple(dict.fromkeys(one.item for one in serving)),
    )


def _target(goal: Goal, project: Project) -> float | None:
    """Where the metric should be: as the goal's touchpoint says, else as the metric says of everywhere."""
    table = next(m for m in project.metrics if m.id == goal.metric)
    here = next((t for t in project.touchpoints if t.id == goal.touchpoint), None)
    return table.target if here is None else target_at(here, table)


def _baseline(goal: Goal, project: Project, ground: Ground) -> Measurement | None:
    if goal.metric is None:
        return None
    level, subject = ("touchpoint", goal.touchpoint) if goal.touchpoint else ("journey", project.project.id)
    found = ground.measurements.told(str(goal.metric), level, str(subject))  # type: ignore[arg-type]
    return None if found is None or found.suppressed else found


def _weights(goal: Goal, project: Project, ground: Ground) -> dict[str, float]:
    """How much a change at each touchpoint moves the goal's metric: by its share of the answers."""
    if goal.metric is None:
        return {}
    if goal.touchpoint is not None:
        return {goal.touchpoint: 1.0}
    found = {
        t.id: ground.measurements.told(str(goal.metric), "touchpoint", t.id) for t in project.touchpoints
    }
    answers = {t: m.n_eff for t, m in found.items() if m is not None and not m.suppressed}
    total = math.fsum(answers.values())
    return {t: n / total for t, n in answers.items()} if total else {}


def _span(draws: FloatArray) -> Span:
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")
    return Span(float(np.mean(draws)), float(low), float(high))

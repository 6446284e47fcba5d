"""How far the roadmap takes each measurable goal: where it is, what is expected to add to it, how probably.

Effects on the goal's metric at its touchpoint add up, of the items that are finished by its day, in joint
draws of the present value, the effects and the days on which items are finished. Over the whole journey an
effect at a touchpoint counts as much as the answers that are about it. An effect on another metric adds
nothing: nobody said by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.measurement import Measurement
from cxengine.planning.benefit import Contribution, Ground, Yardstick
from cxengine.planning.calendar import Calendar
from cxengine.planning.forecast import DRAWS, Outcomes
from cxengine.planning.outlook import GoalOutcome, Span
from cxengine.planning.ranks.streams import around, normal, pert
from cxengine.project.model import Goal, Identifier, Project

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def goal_outcomes(
    project: Project,
    ground: Ground,
    contributions: Mapping[str, Sequence[Contribution]],
    outcomes: Outcomes,
    calendar: Calendar,
) -> tuple[GoalOutcome, ...]:
    """Every goal, in the order of the project. `contributions` holds the effects of every item."""
    found = []
    for goal in project.goals:
        head = _head(goal, project, ground)
        weights = _weights(goal, project, ground)
        serving = {
            (item, part.effect.touchpoint): part
            for item in sorted(contributions)
            for part in contributions[item]
            if part.effect.metric == goal.metric
            and weights.get(part.effect.touchpoint)
            and item in outcomes.ends
        }
        if serving and head.baseline is not None:
            stick = ground.yardsticks[str(goal.metric)]
            head = _reached(head, stick, weights, serving, (outcomes, calendar))
        found.append(head)
    return tuple(found)


def _head(goal: Goal, project: Project, ground: Ground) -> GoalOutcome:
    """A goal as far as it is known without the roadmap."""
    stick = ground.yardsticks[goal.metric] if goal.metric else None
    target = goal.target
    if target is None and goal.metric:
        target = next(m.target for m in project.metrics if m.id == goal.metric)
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
    weights: Mapping[str, float],
    serving: Mapping[tuple[str, Identifier], Contribution],
    when: tuple[Outcomes, Calendar],
) -> GoalOutcome:
    """A goal with what is added to it by its day."""
    (outcomes, calendar), now = when, goal.baseline
    assert now is not None
    last = calendar.days_until(goal.by) if goal.by else calendar.days
    added = np.zeros(DRAWS)
    for (item, touchpoint), part in serving.items():
        drawn = pert(("effect", item, touchpoint, stick.metric), part.effect.change, DRAWS)
        in_time = np.ceil(outcomes.ends[item] - 1e-9) <= last
        added += weights[touchpoint] * np.where(in_time, drawn, 0.0)
    then = around(now.value, now.low, now.high, normal(("goal", goal.id), DRAWS)) + added
    then = np.clip(then, stick.low, stick.high)
    return attrs.evolve(
        goal,
        contribution=_span(added),
        expected=_span(then),
        probability=None if goal.target is None else float(np.mean(stick.good * (then - goal.target) >= 0)),
        items=tuple(dict.fromkeys(item for item, _ in serving)),
    )


def _baseline(goal: Goal, project: Project, ground: Ground) -> Measurement | None:
    if goal.metric is None:
        return None
    level, subject = ("touchpoint", goal.touchpoint) if goal.touchpoint else ("journey", project.project.id)
    found = ground.measurements.get(str(goal.metric), level, str(subject))  # type: ignore[arg-type]
    return None if found is None or found.suppressed else found


def _weights(goal: Goal, project: Project, ground: Ground) -> dict[str, float]:
    """How much a change at each touchpoint moves the goal's metric: by its share of the answers."""
    if goal.metric is None:
        return {}
    if goal.touchpoint is not None:
        return {goal.touchpoint: 1.0}
    found = {t.id: ground.measurements.get(str(goal.metric), "touchpoint", t.id) for t in project.touchpoints}
    answers = {t: m.n_eff for t, m in found.items() if m is not None and not m.suppressed}
    total = math.fsum(answers.values())
    return {t: n / total for t, n in answers.items()} if total else {}


def _span(draws: FloatArray) -> Span:
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf")
    return Span(float(np.mean(draws)), float(low), float(high))

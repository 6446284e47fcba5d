"""What is said of an item besides its place: objective, pilot, day of decision, tasks, guardrails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import attrs

from cxengine.metrics.measurement import Measurements
from cxengine.planning.benefit import Benefit, Ground
from cxengine.planning.changework import planned_tasks
from cxengine.planning.outcome import decimals
from cxengine.planning.pilot import ALPHA, LONGEST, POWER, Pilot, after, per_group, weeks_needed
from cxengine.planning.roadmap import Item, Kpi
from cxengine.plugin.base import Metric
from cxengine.project.model import InitiativeTable, Period, Project

_WEEKS: Mapping[Period, float] = {
    "day": 1 / 7,
    "week": 1.0,
    "month": 365.2425 / 12 / 7,
    "quarter": 365.2425 / 4 / 7,
    "year": 365.2425 / 7,
}


@attrs.frozen(eq=False)
class Describer:
    """What items are described from."""

    project: Project
    ground: Ground
    metrics: Mapping[str, Metric]
    touchpoints: Mapping[str, str]
    """Names."""

    def described(self, item: Item, initiative: InitiativeTable, benefit: Benefit) -> Item:
        """The item with its objective, pilot, day of decision, tasks and guardrails."""
        pilot = self.pilot(item, initiative) if initiative.pilot == "auto" else None
        decided = pilot.end if pilot and pilot.end else item.kpi.by if item.kpi else None
        return attrs.evolve(
            item,
            objective=self.objective(benefit),
            pilot=pilot,
            decision=decided,
            tasks=planned_tasks(initiative.tasks, item.end),
            guardrails=tuple(
                g for g in self.ground.guardrails if g.level == "touchpoint" and g.subject in item.touchpoints
            ),
        )

    def objective(self, benefit: Benefit) -> str:
        """From where to where it takes what it changes: "Satisfaction at Delivery from 2.62 to 3.07"."""
        return "; ".join(self._steps(benefit))

    def _steps(self, benefit: Benefit) -> Iterator[str]:
        for part in benefit.contributions:
            stick, change = self.ground.yardsticks[part.effect.metric], part.effect.change.likely
            what = f"{stick.name} at {self.touchpoints[part.effect.touchpoint]}"
            digits, unit = decimals(stick, change), "%" if stick.unit == "%" else ""
            if part.baseline is None:
                yield f"{what} {change:+.{digits}f}{unit}"
                continue
            now, then = part.baseline.value, stick.bounded(part.baseline.value + change)
            yield f"{what} from {now:.{digits}f}{unit} to {then:.{digits}f}{unit}"

    def pilot(self, item: Item, initiative: InitiativeTable) -> Pilot | None:
        """How the item's KPI is compared between customers with and without the change."""
        goal = item.kpi
        if goal is None or goal.baseline is None:
            return None
        change = goal.target - goal.baseline.value
        needed = per_group(goal.baseline, change, self.metrics[goal.metric].answers)
        if needed is None:
            return None
        volume = self.answers_a_week(goal)
        a_week = None if volume is None else volume * initiative.pilot_share
        weeks = weeks_needed(needed, a_week)
        start = _pilot_start(item) if weeks is not None and weeks <= LONGEST else None
        end = after(start, weeks) if start and weeks else None
        return Pilot(
            metric=goal.metric,
            touchpoint=goal.touchpoint,
            change=change,
            per_group=needed,
            answers_a_week=a_week,
            weeks=weeks,
            start=start,
            end=end,
            power=POWER,
            alpha=ALPHA,
            text=self._told(goal, change, needed, (a_week, weeks)),
        )

    def answers_a_week(self, goal: Kpi) -> float | None:
        """Answers about the touchpoint that come in a week, of the present; None where nobody knows when."""
        length = _WEEKS[self.project.evidence.period]
        periods = _periods(self.ground.measurements, goal)
        if goal.baseline is None or not periods:
            return None
        counted = 1 if self.project.evidence.current == "latest" else len(periods)
        return goal.baseline.n / (length * counted)

    def _told(self, goal: Kpi, change: float, needed: int, speed: tuple[float | None, int | None]) -> str:
        """The plan in a sentence."""
        a_week, weeks = speed
        stick = self.ground.yardsticks[goal.metric]
        shown, points = f"{abs(change):.{decimals(stick, change)}f}", " points" if stick.unit == "%" else ""
        text = (
            f"Give it to half of the customers at {self.touchpoints[goal.touchpoint]}, drawn by lot:"
            f" {needed:,} answers in each half show a change of {goal.metric_name} by {shown}{points}"
            f" with a probability of {POWER:.0%} (two-sided test at {ALPHA:.0%})"
        )
        if a_week is None or weeks is None:
            return f"{text}; how long that takes is not known."
        rate = f"{a_week:.0f}" if a_week >= 10 else f"{a_week:.1f}"
        took = "1 week" if weeks == 1 else f"{weeks:,} weeks"
        if weeks > LONGEST:
            return (
                f"{text}. At {rate} answers a week that takes {took}: too long, so ask more customers first."
            )
        return f"{text}; at {rate} answers a week that takes {took}."


def _periods(measurements: Measurements, goal: Kpi) -> Sequence[str]:
    """The periods in which anything was measured of the KPI."""
    import pyarrow.compute as pc

    table = measurements.table
    here = pc.and_(
        pc.and_(pc.equal(table["metric"], goal.metric), pc.equal(table["subject"], goal.touchpoint)),
        pc.equal(table["segment"], goal.segment),
    )
    periods = table.filter(here)["period"].to_pylist()
    return sorted({str(p) for p in periods} - {"all", "current"})


def _pilot_start(item: Item) -> dt.date | None:
    """The first day of its phase for a pilot; else the Monday after it is finished."""
    phase = next((slot for slot in item.phases if slot.phase == "pilot"), None)
    if phase is not None:
        return phase.start
    if item.end is None:
        return None
    return item.end + dt.timedelta(days=7 - item.end.weekday())

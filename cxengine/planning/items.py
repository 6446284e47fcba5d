"""Ranked and scheduled candidates as items of the roadmap, and when milestones are reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import attrs

from cxengine.planning.benefit import Ground
from cxengine.planning.calendar import Calendar
from cxengine.planning.grouping import Group
from cxengine.planning.outcome import among, kpi, main_effect, success
from cxengine.planning.phasing import phase_slots
from cxengine.planning.ranking import Ranked
from cxengine.planning.reasons import Names, reasons
from cxengine.planning.roadmap import Horizon, Item, Kpi, MilestoneOutcome
from cxengine.planning.schedule import Schedule
from cxengine.planning.telling import later, told
from cxengine.planning.timing import Timing
from cxengine.project.model import Project, RoadmapSettings
from cxengine.rules.ruleset import RuleSet


@attrs.frozen(eq=False)
class Draft:
    """Everything that an item is made from, besides its own rank."""

    project: Project
    settings: RoadmapSettings
    calendar: Calendar
    ground: Ground
    ruleset: RuleSet
    groups: Mapping[str, Group]
    timetable: Schedule
    timings: Mapping[str, Timing]
    names: Names

    def item(self, ranked: Ranked) -> Item:
        """The item of a ranked candidate."""
        appraisal = ranked.appraisal
        initiative, group = appraisal.candidate.initiative, self.groups[appraisal.id]
        placement = self.timetable.placed.get(appraisal.id)
        phases = phase_slots(placement, initiative.phases, self.calendar) if placement else ()
        end = self.calendar.last_day_of(placement.completed) if placement else None
        goal = self._goal(ranked, end)
        return Item(
            id=initiative.id,
            name=initiative.name,
            public_name=initiative.public_name or initiative.name,
            about=initiative.about,
            public_about=initiative.public_about,
            public=initiative.public,
            origin=appraisal.candidate.origin,
            rank=ranked.rank,
            score=ranked.score,
            impact=appraisal.benefit.impact,
            effort=initiative.effort,
            cost=initiative.cost,
            complexity=initiative.complexity,
            quadrant=appraisal.quadrant,
            quick_win_probability=appraisal.quick_win_probability,
            area=group.area,
            area_confidence=group.confidence,
            team=group.team,
            owner=initiative.owner,
            touchpoints=appraisal.candidate.touchpoints,
            segments=tuple(initiative.segments),
            requires=tuple(initiative.requires),
            phases=phases,
            start=self.calendar.day(placement.start) if placement else None,
            end=end,
            horizon=self._horizon(placement.last if placement else None),
            kpi=goal,
            success=initiative.success or self._success(goal),
            reasons=reasons(
                ranked,
                group,
                schedule=self._schedule(appraisal.id),
                ground=self.ground,
                ruleset=self.ruleset,
                names=self.names,
            ),
            tags=tuple(dict.fromkeys((*initiative.tags, *appraisal.conclusion.tags))),
            timing=self.timings.get(appraisal.id),
            terms=self.ruleset.scoring.values(self.ruleset.settled(appraisal.conclusion)),
        )

    def _schedule(self, item: str) -> tuple[str, ...]:
        """What is said of its place in the schedule."""
        if item in self.timetable.unplaced:
            return (later(self.timetable.unplaced[item], self.names.items, self.names.teams),)
        return told(self.timings[item], self.calendar, self.names.items, self.names.teams)

    def _goal(self, ranked: Ranked, end: dt.date | None) -> Kpi | None:
        main = main_effect(ranked.appraisal.benefit)
        if main is None:
            return None
        wanted = ranked.appraisal.candidate.initiative.segments
        served = [one for one in self.project.segments if one.id in wanted]
        return kpi(
            main,
            self.ground.yardsticks[main.effect.metric],
            end,
            self.project.evidence.period,
            among(main, served, self.ground),
        )

    def _success(self, goal: Kpi | None) -> str:
        if goal is None:
            return "Not measurable yet: no present value to start from."
        return success(goal, self.ground.yardsticks[goal.metric], self.names.touchpoints[goal.touchpoint])

    def _horizon(self, last: int | None) -> Horizon:
        if last is None:
            return "later"
        return "short" if last <= self.settings.short_term_weeks else "long"


def milestones(project: Project, items: Sequence[Item]) -> tuple[MilestoneOutcome, ...]:
    """When every milestone is reached: with the last of its initiatives."""
    ends = {i.id: i.end for i in items}
    outcomes = []
    for m in project.milestones:
        days = [ends.get(r) for r in m.requires]
        known = [d for d in days if d is not None]
        reached = max(known) if known and len(known) == len(days) else None
        on_time = None if m.due is None else reached is not None and reached <= m.due
        outcomes.append(MilestoneOutcome(m.id, m.name, m.due, reached, on_time))
    return tuple(outcomes)

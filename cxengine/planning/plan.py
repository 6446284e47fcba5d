"""From conclusions to the roadmap, readable top to bottom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import attrs

from cxengine.diagnostics import Diagnostic, Location, PlanningError
from cxengine.insight.insight import Insight
from cxengine.metrics.measurement import Measurements
from cxengine.planning.appraisal import Appraisal, appraise
from cxengine.planning.benefit import Ground, shares, yardstick
from cxengine.planning.calendar import Calendar
from cxengine.planning.candidates import Candidate, candidates
from cxengine.planning.grouping import groups
from cxengine.planning.items import Draft, milestones
from cxengine.planning.ranking import rank
from cxengine.planning.reasons import Names
from cxengine.planning.roadmap import Item, MilestoneOutcome, Roadmap
from cxengine.planning.schedule import HUNDREDTHS, Schedule
from cxengine.planning.timing import refuse_cycles, timed
from cxengine.plugin.base import Grouping, Metric
from cxengine.project.model import Project
from cxengine.rules.conclusion import Conclusion
from cxengine.rules.origins import Origins
from cxengine.rules.ruleset import RuleSet


@attrs.frozen
class Plan:
    """The roadmap, what rules concluded about each initiative, and what its author should know."""

    roadmap: Roadmap
    conclusions: tuple[Conclusion, ...]
    diagnostics: tuple[Diagnostic, ...]


def plan(
    project: Project,
    *,
    ruleset: RuleSet,
    conclusions: Sequence[Conclusion],
    measurements: Measurements,
    insight: Insight,
    metrics: Mapping[str, Metric],
    grouping: Grouping,
    origins: Origins,
) -> Plan:
    """Plans the roadmap.

    `conclusions` are those about touchpoints and cells; `metrics` holds the plugin of every declared
    metric by its id. The order in which anything is given changes nothing.

    Raises:
        PlanningError: the demands contradict one another, or there is no `[roadmap]`.
    """
    settings = project.roadmap
    if settings is None:
        raise PlanningError(Diagnostic("CX500", "there is no [roadmap] table, so nothing can be planned"))
    refuse_cycles(project, origins)
    places = {c.subject.id: c for c in conclusions if c.subject.about == "touchpoint"}
    ground = Ground(
        importance=shares(project, {t: c.facts["importance"] for t, c in places.items()}),
        measurements=measurements,
        insight=insight,
        yardsticks={m.id: yardstick(m, metrics[m.id]) for m in project.metrics},
    )
    pool = candidates(project, conclusions)
    appraisals = appraise(project, settings, pool, ground=ground, ruleset=ruleset, touchpoints=places)
    ranking = rank(appraisals, ruleset, origins)
    known = {r.appraisal.id: ruleset.settled(r.appraisal.conclusion) for r in ranking.ranked}
    grouped = groups(project, known, grouping, ruleset)
    calendar = Calendar(settings.start, settings.weeks)
    timetable = timed(project, ranking.ranked, grouped, calendar)
    names = Names.of(project, {c.id: c.initiative.name for c in pool})
    draft = Draft(project, settings, calendar, ground, ruleset, grouped, timetable, names)
    items = tuple(draft.item(r) for r in ranking.ranked)
    reached = milestones(project, items)
    roadmap = Roadmap(
        id=project.project.id,
        name=project.project.name,
        vision=settings.vision,
        goals=tuple(settings.goals),
        start=settings.start,
        weeks=settings.weeks,
        currency=settings.currency,
        items=items,
        left_out=ranking.left_out,
        milestones=reached,
        load={team: tuple(w / HUNDREDTHS for w in work) for team, work in timetable.load.items()},
    )
    findings = (
        *ranking.diagnostics,
        *_without_ground(appraisals, ground, origins),
        *_too_late(project, items, origins),
        *_not_placed(appraisals, timetable, origins),
        *_missed(reached, origins),
    )
    return Plan(roadmap, tuple(a.conclusion for a in appraisals), findings)


def _without_ground(
    appraisals: Sequence[Appraisal], ground: Ground, origins: Origins
) -> Iterator[Diagnostic]:
    """Effects that count nothing because nothing says how much they are worth."""
    effects = [e for a in appraisals for e in a.candidate.initiative.effects]
    for metric in sorted({e.metric for e in effects}):
        if ground.yardsticks[metric].width is None:
            yield Diagnostic(
                "CX524",
                f'metric "{metric}" has no bounds, so a change of it counts nothing in any impact',
                origins.locate(("metric", metric)),
                hint="declare the signal's scale, or the metric's guardrail and target as its bounds",
                severity="warning",
            )
    for touchpoint in sorted({e.touchpoint for e in effects}):
        if not ground.reach(touchpoint, ()):
            yield Diagnostic(
                "CX525",
                f'no answers speak about touchpoint "{touchpoint}", so a change there counts nothing',
                origins.locate(("touchpoint", touchpoint)),
                hint="map a source to it, or expect initiatives there to rank last",
                severity="warning",
            )


def _too_late(project: Project, items: Sequence[Item], origins: Origins) -> Iterator[Diagnostic]:
    deadlines: dict[str, dt.date | None] = {i.id: i.deadline for i in project.initiatives}
    for item in items:
        deadline = deadlines.get(item.id)
        if deadline is not None and (item.end is None or item.end > deadline):
            end = f"is finished on {item.end}" if item.end else "does not fit into the plan"
            yield Diagnostic(
                "CX520",
                f'initiative "{item.id}" {end}; its deadline is {deadline}',
                origins.locate(("initiative", item.id, "deadline")),
                hint=next(r.text for r in item.reasons if r.kind == "schedule"),
                severity="warning",
            )


def _not_placed(
    appraisals: Sequence[Appraisal], timetable: Schedule, origins: Origins
) -> Iterator[Diagnostic]:
    for a in appraisals:
        unplaced = timetable.unplaced.get(a.id)
        if unplaced is None:
            continue
        if unplaced.cause == "no team":
            yield Diagnostic(
                "CX522",
                f'initiative "{a.id}" has effort but no team with capacity, so it is for later',
                _place(a.candidate, origins),
                hint="give it a team, or give its area one",
                severity="warning",
            )
        elif a.conclusion.required:
            yield Diagnostic(
                "CX526",
                f'initiative "{a.id}" is required by a rule but does not fit into the plan',
                _place(a.candidate, origins),
                hint="lengthen the plan, or give its team more capacity",
                severity="warning",
            )


def _place(candidate: Candidate, origins: Origins) -> Location | None:
    if candidate.origin == "declared":
        return origins.locate(("initiative", candidate.id))
    return origins.locate(("rule", candidate.prompts[0].rule, "propose"))


def _missed(reached: Sequence[MilestoneOutcome], origins: Origins) -> Iterator[Diagnostic]:
    for m in reached:
        if m.on_time is False:
            when = f"is reached on {m.reached}" if m.reached else "is not reached in this plan"
            yield Diagnostic(
                "CX521",
                f'milestone "{m.id}" {when}; it is due on {m.due}',
                origins.locate(("milestone", m.id, "due")),
                hint="see the schedule reasons of the initiatives that it requires",
                severity="warning",
            )

"""From conclusions to the roadmap, readable top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from cxengine.diagnostics import Diagnostic, PlanningError
from cxengine.evidence.history import History
from cxengine.insight.insight import Insight
from cxengine.metrics.guardrails import Guardrail
from cxengine.metrics.measurement import Measurements
from cxengine.metrics.rox import Rox
from cxengine.planning.appraisal import appraise
from cxengine.planning.benefit import Ground, of_employees
from cxengine.planning.calendar import Calendar
from cxengine.planning.candidates import candidates
from cxengine.planning.findings import harmful, missed, not_placed, too_late, without_ground
from cxengine.planning.grouping import groups
from cxengine.planning.items import Draft, milestones
from cxengine.planning.outlooks import View, with_outlook
from cxengine.planning.ranking import Ranking, rank
from cxengine.planning.ranks.scene import Scene
from cxengine.planning.reasons import Names
from cxengine.planning.roadmap import Roadmap
from cxengine.planning.selection.select import select
from cxengine.planning.timetable import refuse_cycles, timetable
from cxengine.planning.waiting import timings
from cxengine.planning.workforce import crews
from cxengine.plugin.base import Grouping, Metric
from cxengine.project.model import NOTHING, Project, RoadmapSettings
from cxengine.rules.conclusion import Conclusion
from cxengine.rules.origins import Origins
from cxengine.rules.ruleset import RuleSet

_PLACES = ("touchpoint", "cell")


@attrs.frozen
class Plan:
    """The roadmap, what rules concluded about each initiative, and what its author should know."""

    roadmap: Roadmap
    conclusions: tuple[Conclusion, ...]
    diagnostics: tuple[Diagnostic, ...]
    scene: Scene
    """What the ranking was made of: `cxengine.planning.ranks` tells how sure it is."""


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
    returns: Sequence[Rox] = (),
    guardrails: Sequence[Guardrail] = (),
    histories: Mapping[str, History] = NOTHING,
    employees: frozenset[str] | None = None,
) -> Plan:
    """Plans the roadmap.

    `conclusions` are those about touchpoints and cells; `metrics` holds the plugin of every declared
    metric by its id, `histories` how long work took by theirs; `employees` are the metrics of what employees
    say, by default those that the sources of the project tell. The order in which anything is given changes
    nothing.

    Raises:
        PlanningError: the demands contradict one another, or there is no `[roadmap]`.
    """
    settings = _settings(project)
    refuse_cycles(project, origins)
    ground = attrs.evolve(
        Ground.of(project, conclusions, measurements=measurements, insight=insight, metrics=metrics),
        guardrails=tuple(guardrails),
        employee_metrics=of_employees(project) if employees is None else employees,
    )
    pool = candidates(project, conclusions)
    cells = {(c.subject.id, c.subject.segment): c for c in conclusions if c.subject.about in _PLACES}
    appraisals = appraise(project, settings, pool, ground=ground, ruleset=ruleset, places=cells)
    ranking = rank(appraisals, ruleset, origins)
    scene = Scene.of(
        project, ruleset, ground, conclusions=conclusions, appraisals=appraisals, ranking=ranking
    )
    known = {r.appraisal.id: ruleset.settled(r.appraisal.conclusion) for r in ranking.ranked}
    grouped = groups(project, known, grouping, ruleset)
    selected = select(project, ranking, grouped, ruleset, origins)
    ranking = selected.ranking
    calendar = Calendar(settings.start, settings.weeks)
    names = Names.of(project, {c.id: c.initiative.name for c in pool})
    teams = crews(project, settings, calendar)
    times = timetable(
        project, settings, ranking.ranked, groups=grouped, crews=teams, calendar=calendar, origins=origins
    )
    timed = timings(times, teams, calendar)
    draft = Draft(project, settings, calendar, ground, ruleset, grouped, times, timed, names)
    roadmap = attrs.evolve(
        _roadmap(draft, ranking),
        rox=tuple(returns),
        guardrails=tuple(guardrails),
        selection=selected.selection,
    )
    view = View(project, ground, calendar, times, grouped, metrics, histories)
    roadmap = with_outlook(roadmap, appraisals, view)
    findings = (
        *ranking.diagnostics,
        *selected.diagnostics,
        *without_ground(appraisals, ground, project.privacy.minimum_n, origins),
        *too_late(project, roadmap.items, origins),
        *not_placed(appraisals, times, origins),
        *missed(roadmap.milestones, origins),
        *harmful(appraisals, ground, origins),
    )
    return Plan(roadmap, tuple(a.conclusion for a in appraisals), findings, scene)


def _settings(project: Project) -> RoadmapSettings:
    if project.roadmap is None:
        raise PlanningError(Diagnostic("CX500", "there is no [roadmap] table, so nothing can be planned"))
    return project.roadmap


def _roadmap(draft: Draft, ranking: Ranking) -> Roadmap:
    settings, whole = draft.settings, draft.project.project
    items = tuple(draft.item(r) for r in ranking.ranked)
    return Roadmap(
        id=whole.id,
        name=whole.name,
        vision=settings.vision,
        goals=(*settings.goals, *(goal.name for goal in draft.project.goals)),
        start=settings.start,
        weeks=settings.weeks,
        currency=settings.currency,
        items=items,
        left_out=ranking.left_out,
        milestones=milestones(draft.project, items),
        load=draft.timetable.load,
        quality=draft.timetable.quality,
    )

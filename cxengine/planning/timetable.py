"""From ranked candidates to their schedule; what stands in the way of any schedule is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx

from cxengine.diagnostics import Diagnostic, PlanningError
from cxengine.planning.assignment import tasks
from cxengine.planning.calendar import Calendar
from cxengine.planning.conflicts import contradiction
from cxengine.planning.grouping import Group
from cxengine.planning.ranking import Ranked
from cxengine.planning.schedule import Schedule, schedule, seed
from cxengine.planning.scheduling.feasible import Infeasible
from cxengine.planning.workforce import Crew
from cxengine.project.model import Project, RoadmapSettings
from cxengine.rules.origins import Origins


def timetable(
    project: Project,
    settings: RoadmapSettings,
    ranked: Sequence[Ranked],
    *,
    groups: Mapping[str, Group],
    crews: Mapping[str, Crew],
    calendar: Calendar,
    origins: Origins,
) -> Schedule:
    """The best schedule found for the candidates, given in the order of rank, with their expected effort.

    Raises:
        PlanningError: what is agreed contradicts itself; the finding names what takes part in that.
    """
    found, idle = tasks(project, ranked, groups, crews, calendar)
    requires = {r.appraisal.id: r.appraisal.candidate.initiative.requires for r in ranked}
    try:
        return schedule(
            found,
            crews,
            calendar,
            idle={i: tuple(requires[i]) for i in sorted(idle)},
            work=settings.search,
            dice=seed(project.project.id),
        )
    except Infeasible as error:
        finding = contradiction(
            project, settings, found, crews, calendar=calendar, origins=origins, proven=error.proven
        )
        raise PlanningError(finding) from None


def refuse_cycles(project: Project, origins: Origins) -> None:
    """Makes sure that no initiative waits for itself.

    Raises:
        PlanningError: with one finding for each cycle.
    """
    waits = nx.DiGraph((i.id, r) for i in project.initiatives for r in i.requires)
    findings = []
    for group in sorted(map(sorted, nx.strongly_connected_components(waits))):
        first = group[0]
        if len(group) > 1 or waits.has_edge(first, first):
            ring = [source for source, _ in nx.find_cycle(waits.subgraph(group), first)]
            chain = " -> ".join((*ring, ring[0]))
            findings.append(
                Diagnostic(
                    "CX512",
                    f"initiatives wait for each other: {chain}",
                    origins.locate(("initiative", ring[0], "requires")),
                    hint="one of them must not require the next",
                )
            )
    if findings:
        raise PlanningError(*findings)

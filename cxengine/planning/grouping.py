"""Which area an item belongs to, and which team therefore does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, PlanningError, closest
from cxengine.plugin.base import Assignment, Grouping, GroupingItem
from cxengine.project.model import Project
from cxengine.rules.ruleset import RuleSet


@attrs.frozen
class Group:
    """An item's area and team, and why it has that area."""

    area: str | None
    team: str | None
    reason: str
    confidence: float | None = None
    """How sure the area is, from 0 to 1; None where the grouping does not say."""


def groups(
    project: Project, facts: Mapping[str, Mapping[str, Any]], grouping: Grouping, ruleset: RuleSet
) -> Mapping[str, Group]:
    """The group of every initiative in `facts`; the item's own team wins over the area's.

    Raises:
        PlanningError: the plugin leaves out an item, adds one, or names an area that is not declared.
    """
    declared: dict[str, str | None] = {i.id: i.area for i in project.initiatives}
    items = [GroupingItem(i, facts[i], declared.get(i)) for i in sorted(facts)]
    assigned = grouping.group(items, project.areas, ruleset.areas)
    _check(project, items, assigned, grouping)
    teams: dict[str, str | None] = {a.id: a.team for a in project.areas}
    own = {i: facts[i]["initiative"]["team"] for i in facts}
    return {
        a.item: Group(a.area, own[a.item] or (teams[a.area] if a.area else None), a.reason, a.confidence)
        for a in assigned
    }


def _check(
    project: Project, items: Sequence[GroupingItem], assigned: Sequence[Assignment], grouping: Grouping
) -> None:
    expected, got = [i.id for i in items], [a.item for a in assigned]
    if expected != got:
        raise PlanningError(
            Diagnostic(
                "CX510",
                f'grouping "{grouping.name}" returned items {got}, not one assignment for each of {expected}',
                hint="this is a fault of the plugin: report it to its author",
            )
        )
    known = [a.id for a in project.areas]
    for assignment in assigned:
        if assignment.area is not None and assignment.area not in known:
            near = closest(assignment.area, known)
            raise PlanningError(
                Diagnostic(
                    "CX511",
                    f'grouping "{grouping.name}" knows area "{assignment.area}", the project does not',
                    hint=f'did you mean "{near}"?'
                    if near
                    else f"declared areas: {', '.join(known) or 'none'}",
                )
            )

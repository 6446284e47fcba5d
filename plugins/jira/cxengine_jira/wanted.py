"""What Jira should hold of a roadmap, in words that know nothing of Jira's ids."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs

from cxengine_jira import adf
from cxengine_jira.identity import item_label, scope_label

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item, Kpi, PhaseSlot, Roadmap
    from cxengine.project.model import Estimate
    from cxengine_jira.options import JiraOptions

Kind = Literal["epic", "issue"]


@attrs.frozen(kw_only=True)
class Wanted:
    """One issue as it should be; `values` by field: the id of a system field, the name of any other."""

    kind: Kind
    id: str
    name: str
    parent: str | None = None
    values: Mapping[str, Any]
    requires: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Milestone:
    """A version as it should be."""

    id: str
    name: str
    date: str | None


@attrs.frozen(kw_only=True)
class Board:
    """All of it."""

    roadmap: str
    name: str
    issues: tuple[Wanted, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    areas: tuple[str, ...] = ()


def wanted(result: Result, options: JiraOptions) -> Board:
    """The board of a run; empty where it plans nothing."""
    roadmap = result.roadmap
    if roadmap is None:
        return Board(roadmap=str(result.project.project.id), name=result.project.project.name)
    areas = {str(area.id): area.name for area in result.project.areas}
    versions = _versions(result, roadmap)
    issues: list[Wanted] = []
    for item in roadmap.items:
        issues.append(_epic(roadmap, item, areas, versions, options))
        issues += _phases(roadmap, item, areas, options) if options.phases else ()
    used = {name for issue in issues for name in issue.values.get("components") or ()}
    return Board(
        roadmap=roadmap.id,
        name=roadmap.name,
        issues=tuple(issues),
        milestones=tuple(
            Milestone(id=one.id, name=one.name, date=_day(one.due or one.reached))
            for one in roadmap.milestones
        ),
        areas=tuple(sorted(used)),
    )


def _versions(result: Result, roadmap: Roadmap) -> Mapping[str, list[str]]:
    """Item to the names of the milestones that wait for it."""
    known = {one.id for one in roadmap.milestones}
    found: dict[str, list[str]] = {}
    for milestone in result.project.milestones:
        for item in milestone.requires if str(milestone.id) in known else ():
            found.setdefault(str(item), []).append(milestone.name)
    return found


def _epic(
    roadmap: Roadmap,
    item: Item,
    areas: Mapping[str, str],
    versions: Mapping[str, list[str]],
    options: JiraOptions,
) -> Wanted:
    known = facts(item, areas)
    on_board = {one.id for one in roadmap.items}
    return Wanted(
        kind="epic",
        id=item.id,
        name=item.name,
        values={
            "summary": item.name,
            "description": describe(item),
            "duedate": _day(item.end),
            options.start_field: _day(item.start),
            "labels": labels(roadmap.id, item.id, [*options.labels, *item.tags]),
            "components": _area(item, areas),
            "fixVersions": versions.get(item.id, []),
            **dict(options.always),
            **{field: known.get(fact) for field, fact in options.custom.items()},
        },
        requires=tuple(one for one in item.requires if one in on_board),
    )


def _phases(roadmap: Roadmap, item: Item, areas: Mapping[str, str], options: JiraOptions) -> Iterator[Wanted]:
    for phase in item.phases:
        id_ = f"{item.id}.{phase.phase}"
        yield Wanted(
            kind="issue",
            id=id_,
            name=f"{phase.phase.capitalize()}: {item.name}",
            parent=item.id,
            values={
                "summary": f"{phase.phase.capitalize()}: {item.name}",
                "description": adf.document(adf.paragraph(_effort(phase))),
                "duedate": _day(phase.end),
                options.start_field: _day(phase.start),
                "labels": labels(roadmap.id, id_, options.labels),
                "components": _area(item, areas),
                "parent": item.id,
                **dict(options.always),
            },
        )


def _area(item: Item, areas: Mapping[str, str]) -> list[str]:
    name = areas.get(item.area or "")
    return [name] if name else []


def labels(roadmap: str, item: str, more: Sequence[str] = ()) -> list[str]:
    """The labels of an item: Jira's have no spaces."""
    own = [scope_label(roadmap), item_label(roadmap, item)]
    return ["_".join(label.split()) for label in [*own, *dict.fromkeys(more)]]


FACTS = (
    "area", "complexity", "cost", "effort", "end", "horizon", "id", "impact", "kpi", "kpi_target", "name",
    "owner", "quadrant", "quick_win_probability", "rank", "score", "segments", "start", "success", "tags",
    "team", "touchpoints",
)  # fmt: skip
"""What the option `custom` may name."""


def facts(item: Item, areas: Mapping[str, str]) -> Mapping[str, Any]:
    """What is known of an initiative, by the names that the option `custom` uses."""
    return {
        "area": areas.get(item.area or "", None),
        "complexity": item.complexity,
        "cost": item.cost,
        "effort": round(_mean(item.effort), 2),
        "end": _day(item.end),
        "horizon": item.horizon,
        "id": item.id,
        "impact": round(_mean(item.impact), 2),
        "kpi": _kpi(item.kpi) if item.kpi else None,
        "kpi_target": item.kpi.target if item.kpi else None,
        "name": item.name,
        "owner": item.owner or None,
        "quadrant": item.quadrant,
        "quick_win_probability": round(item.quick_win_probability, 2),
        "rank": item.rank,
        "score": round(item.score, 3) if math.isfinite(item.score) else None,
        "segments": list(item.segments),
        "start": _day(item.start),
        "success": item.success or None,
        "tags": list(item.tags),
        "team": item.team,
        "touchpoints": list(item.touchpoints),
    }


def describe(item: Item) -> adf.Node:
    """What will be done, why, and how success is seen."""
    blocks = [adf.paragraph(item.about)] if item.about.strip() else []
    if item.reasons:
        blocks += [adf.heading("Why"), adf.bullets(reason.text for reason in item.reasons)]
    aims = [item.success] if item.success else []
    aims += [_kpi(item.kpi)] if item.kpi and item.kpi.metric_name not in item.success else []
    if aims:
        blocks += [adf.heading("How success is seen"), adf.bullets(aims)]
    low, likely, high = item.effort.low, item.effort.likely, item.effort.high
    blocks += [
        adf.heading("Estimates"),
        adf.bullets(
            [
                f"Effort: {likely:g} person-weeks ({low:g} to {high:g})",
                f"Impact: {item.impact.likely:.2f} points ({item.impact.low:.2f} to {item.impact.high:.2f})",
                f"Rank {item.rank}, {item.quadrant}",
            ]
        ),
        adf.paragraph("Written by cxengine.", "em"),
    ]
    return adf.document(*blocks)


def _kpi(kpi: Kpi) -> str:
    before = kpi.baseline
    if before is None:
        baseline = "a baseline still to be measured"
    elif before.suppressed or not math.isfinite(before.value):
        baseline = "a baseline of too few answers to show"
    else:
        baseline = f"{before.value:.2f} ({before.low:.2f} to {before.high:.2f}, {before.n} answers)"
    by = f" by {kpi.by.isoformat()}" if kpi.by else ""
    return f"{kpi.metric_name} at {kpi.touchpoint}: from {baseline} to {kpi.target:g}{by}"


def _effort(phase: PhaseSlot) -> str:
    return (
        f"{phase.effort:.2f} person-weeks, in weeks {phase.first_week} to {phase.last_week} of the roadmap."
    )


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def _mean(estimate: Estimate) -> float:
    """The mean of the PERT distribution."""
    return (estimate.low + 4 * estimate.likely + estimate.high) / 6

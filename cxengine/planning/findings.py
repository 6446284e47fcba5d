"""What the author of a roadmap should know: demands that are not met, effects that nothing backs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from cxengine.diagnostics import Diagnostic, Location
from cxengine.insight.insight import Insight
from cxengine.metrics.measurement import ALL
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.benefit import Ground
from cxengine.planning.candidates import Candidate
from cxengine.planning.roadmap import Item, MilestoneOutcome
from cxengine.planning.schedule import Schedule
from cxengine.project.model import Project
from cxengine.rules.origins import Origins


def without_ground(
    appraisals: Sequence[Appraisal], ground: Ground, least: int, origins: Origins
) -> Iterator[Diagnostic]:
    """Effects that count nothing because nothing says how much they are worth.

    `least` is the number of persons from which on a feeling is told.
    """
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
            yield _unheard(touchpoint, ground.insight, least, origins)


def _unheard(touchpoint: str, insight: Insight, least: int, origins: Origins) -> Diagnostic:
    """A touchpoint that counts for nothing: nobody speaks about it, too few do, or it is kept back."""
    about = f'answers speak about touchpoint "{touchpoint}", so a change there counts nothing'
    heard = insight.basis.heard.get((touchpoint, ALL)) if insight.basis else None
    if heard is not None and heard.feeling.n >= least:
        message = (
            f'what answers say about touchpoint "{touchpoint}" is kept back, so a change there counts nothing'
        )
        hint = "beside other figures, or the run before, it would tell of a few: more answers bring it back"
    elif insight.feeling(touchpoint) is None:
        message, hint = f"no {about}", "map a source to it, or expect initiatives there to rank last"
    else:
        message, hint = f"too few {about}", "ask more people, or measure longer periods or larger segments"
    place = origins.locate(("touchpoint", touchpoint))
    return Diagnostic("CX525", message, place, hint, severity="warning")


def harmful(appraisals: Sequence[Appraisal], ground: Ground, origins: Origins) -> Iterator[Diagnostic]:
    """Initiatives that are expected to take a metric past its guardrail."""
    for a in appraisals:
        for part in filter(ground.harms, a.benefit.contributions):
            guarded = ground.guarded(part)
            assert guarded is not None
            after = guarded.measurement.value + part.effect.change.likely
            yield Diagnostic(
                "CX527",
                f'initiative "{a.id}" is expected to bring {guarded.metric} at {guarded.subject} to'
                f" {after:.4g}, past its guardrail of {guarded.limit:.4g}",
                _place(a.candidate, origins),
                hint="leave it out by a rule, or change it so that the guardrail holds",
                severity="warning",
            )


def too_late(project: Project, items: Sequence[Item], origins: Origins) -> Iterator[Diagnostic]:
    """Items that are finished after their deadline, or not at all."""
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


def not_placed(
    appraisals: Sequence[Appraisal], timetable: Schedule, origins: Origins
) -> Iterator[Diagnostic]:
    """Initiatives that nobody can do, and those that a rule requires in vain."""
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
        elif a.required:
            by = "required by a rule" if a.conclusion.required else "a must"
            yield Diagnostic(
                "CX526",
                f'initiative "{a.id}" is {by} but does not fit into the plan',
                _place(a.candidate, origins),
                hint="lengthen the plan, or give its team more capacity",
                severity="warning",
            )


def _place(candidate: Candidate, origins: Origins) -> Location | None:
    if candidate.origin == "declared":
        return origins.locate(("initiative", candidate.id))
    return origins.locate(("rule", candidate.prompts[0].rule, "propose"))


def missed(reached: Sequence[MilestoneOutcome], origins: Origins) -> Iterator[Diagnostic]:
    """Milestones that are reached after they are due, or not at all."""
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

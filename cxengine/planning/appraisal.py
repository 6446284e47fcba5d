"""What is known about every candidate before it is ranked: impact, quick win, facts, what rules conclude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cxengine.metrics.measurement import ALL
from cxengine.planning.benefit import Benefit, Ground, benefit
from cxengine.planning.candidates import Candidate
from cxengine.planning.estimate import at_least, at_most, mean
from cxengine.planning.prospects import Prospects
from cxengine.planning.roadmap import Quadrant
from cxengine.project.model import Estimate, Project, RoadmapSettings
from cxengine.rules.conclude import conclude
from cxengine.rules.conclusion import Conclusion, Subject
from cxengine.rules.facts import EVERYWHERE, initiative_facts
from cxengine.rules.ruleset import RuleSet

SURE = 0.8
"""An initiative is called a quick win when it is one with at least this probability."""


@attrs.frozen
class Appraisal:
    """A candidate with its benefit and with what rules conclude about it."""

    candidate: Candidate
    benefit: Benefit
    quick_win_probability: float
    quadrant: Quadrant
    conclusion: Conclusion

    @property
    def id(self) -> str:
        """The initiative's id."""
        return self.candidate.id

    @property
    def required(self) -> bool:
        """Whether a rule or its author says that it must be on the roadmap."""
        return self.conclusion.required or self.candidate.initiative.moscow == "must"


def appraise(
    project: Project,
    settings: RoadmapSettings,
    pool: Sequence[Candidate],
    *,
    ground: Ground,
    ruleset: RuleSet,
    places: Mapping[tuple[str, str], Conclusion],
) -> tuple[Appraisal, ...]:
    """Appraises every candidate, in order.

    `places` holds what rules concluded about touchpoints and cells, by touchpoint and segment.
    """
    touchpoints = {touchpoint: c for (touchpoint, segment), c in places.items() if segment == ALL}
    linked = [link.model for link in ruleset.scoring.links]
    prospects = Prospects(project, settings, ground, places, linked)
    benefits = {c.id: benefit(c.initiative.effects, c.initiative.segments, ground) for c in pool}
    chances = {c.id: quick_win(benefits[c.id].impact, c.initiative.effort, settings) for c in pool}
    first: Mapping[str, Any] = next((c.facts for c in touchpoints.values()), {})
    shared = {name: first[name] for name in EVERYWHERE if name in first}
    known = {
        Subject("initiative", c.id): initiative_facts(
            project,
            c.initiative,
            [ruleset.settled(touchpoints[t]) for t in c.touchpoints],
            shared=shared,
            impact=benefits[c.id].impact,
            quick_win=chances[c.id] >= SURE,
            prospects=prospects.facts(c),
        )
        for c in pool
    }
    concluded = {c.subject.id: c for c in conclude(ruleset, known)}
    return tuple(
        Appraisal(
            candidate=c,
            benefit=benefits[c.id],
            quick_win_probability=chances[c.id],
            quadrant=quadrant(benefits[c.id].impact, c.initiative.effort, settings),
            conclusion=concluded[c.id],
        )
        for c in pool
    )


def quick_win(impact: Estimate, effort: Estimate, settings: RoadmapSettings) -> float:
    """Probability that the impact is large enough and the effort small enough, taken as independent."""
    return at_least(impact, settings.quick_win_impact) * at_most(effort, settings.quick_win_effort)


def quadrant(impact: Estimate, effort: Estimate, settings: RoadmapSettings) -> Quadrant:
    """Where the expected impact and effort lie on the effort-impact matrix."""
    if mean(impact) <= 0:
        return "think again"
    large = mean(impact) >= settings.quick_win_impact
    small = mean(effort) <= settings.quick_win_effort
    if large:
        return "quick win" if small else "big bet"
    return "fill-in" if small else "think again"

"""What a ranking was made of, so that it can be made again in other worlds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import attrs

from cxengine.planning.appraisal import Appraisal
from cxengine.planning.benefit import Ground
from cxengine.planning.ranking import Ranking
from cxengine.project.model import Project, RoadmapSettings
from cxengine.rules.conclusion import Conclusion
from cxengine.rules.ruleset import RuleSet


@attrs.frozen(eq=False, slots=False)
class Scene:
    """The candidates as they were appraised and ranked, and what is known about touchpoints and the project."""

    project: Project
    settings: RoadmapSettings
    ruleset: RuleSet
    ground: Ground
    touchpoints: Mapping[str, Conclusion]
    whole: Conclusion | None
    """What is concluded about the project."""
    appraisals: tuple[Appraisal, ...]
    ranking: Ranking

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids of what is ranked, from first to last."""
        return tuple(ranked.appraisal.id for ranked in self.ranking.ranked)

    @cached_property
    def by_id(self) -> Mapping[str, Appraisal]:
        """Every candidate by its id."""
        return {appraisal.id: appraisal for appraisal in self.appraisals}

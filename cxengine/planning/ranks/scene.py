"""What a ranking was made of, so that it can be made again in other worlds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    """The candidates as they were appraised and ranked, and what rules concluded about everything else."""

    project: Project
    ruleset: RuleSet
    ground: Ground
    touchpoints: Mapping[str, Conclusion]
    whole: Conclusion | None
    """What is concluded about the project."""
    appraisals: tuple[Appraisal, ...]
    ranking: Ranking

    @classmethod
    def of(
        cls,
        project: Project,
        ruleset: RuleSet,
        ground: Ground,
        *,
        conclusions: Iterable[Conclusion],
        appraisals: Sequence[Appraisal],
        ranking: Ranking,
    ) -> Scene:
        """The scene of a plan, from its conclusions about touchpoints, cells and the project."""
        about = list(conclusions)
        touchpoints = {c.subject.id: c for c in about if c.subject.about == "touchpoint"}
        whole = next((c for c in about if c.subject.about == "project"), None)
        return cls(project, ruleset, ground, touchpoints, whole, tuple(appraisals), ranking)

    def within(self, chosen: Collection[str]) -> Scene:
        """The scene without the ranked candidates that a selection leaves out for good."""
        lost = {r.appraisal.id for r in self.ranking.ranked} - set(chosen)
        kept = tuple(r for r in self.ranking.ranked if r.appraisal.id not in lost)
        return attrs.evolve(
            self,
            appraisals=tuple(a for a in self.appraisals if a.id not in lost),
            ranking=attrs.evolve(self.ranking, ranked=kept),
        )

    @property
    def settings(self) -> RoadmapSettings:
        """How the roadmap is made."""
        assert self.project.roadmap is not None
        return self.project.roadmap

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids of what is ranked, from first to last."""
        return tuple(ranked.appraisal.id for ranked in self.ranking.ranked)

    @cached_property
    def by_id(self) -> Mapping[str, Appraisal]:
        """Every candidate by its id."""
        return {appraisal.id: appraisal for appraisal in self.appraisals}


def quoted(name: str) -> str:
    """What people call a candidate, set off from the words around it."""
    return f'"{name}"'

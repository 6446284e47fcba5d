"""Which candidates are on the roadmap, and in which order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs

from cxengine.cel import CelError
from cxengine.diagnostics import Diagnostic, PlanningError
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.roadmap import LeftOut
from cxengine.rules.origins import Origins
from cxengine.rules.ruleset import RuleSet


@attrs.frozen
class Ranked:
    """A candidate with its place, counted from 1, and its score."""

    appraisal: Appraisal
    rank: int
    score: float


@attrs.frozen
class Ranking:
    """Candidates from first to last, what is left out, and findings about both."""

    ranked: tuple[Ranked, ...]
    left_out: tuple[LeftOut, ...]
    diagnostics: tuple[Diagnostic, ...]


def rank(appraisals: Sequence[Appraisal], ruleset: RuleSet, origins: Origins) -> Ranking:
    """Ranks by the score: what is required first, then the highest score, then the id.

    A candidate's score depends on nothing but its own facts. Left out are those that a rule or their author
    excludes, those whose score cannot be computed, and those that require one that is left out.

    Raises:
        PlanningError: a rule requires what another excludes, or what needs something that is left out.
    """
    left = {a.id: _excluded(a) for a in appraisals if a.conclusion.excluded or _declined(a)}
    scores, findings = _scores([a for a in appraisals if a.id not in left], ruleset, origins)
    for a in appraisals:
        if a.id not in left and isinstance(scores[a.id], str):
            left[a.id] = LeftOut(a.id, a.candidate.initiative.name, str(scores[a.id]))
    _cascade(appraisals, left)
    _refuse_contradictions(appraisals, left, origins)
    kept = [(a, float(scores[a.id])) for a in appraisals if a.id not in left]
    kept.sort(key=lambda pair: (not pair[0].required, -pair[1], pair[0].id))
    ranked = tuple(Ranked(a, place, score) for place, (a, score) in enumerate(kept, 1))
    return Ranking(ranked, tuple(left[i] for i in sorted(left)), findings)


def _declined(appraisal: Appraisal) -> bool:
    return appraisal.candidate.initiative.moscow == "wont"


def _excluded(appraisal: Appraisal) -> LeftOut:
    if _declined(appraisal):
        reason = "Its author says that it won't be done this time (MoSCoW)."
        return LeftOut(appraisal.id, appraisal.candidate.initiative.name, reason)
    firing = next(f for f in appraisal.conclusion.firings if f.excludes)
    reason = firing.because or f'Rule "{firing.rule}" excludes it.'
    return LeftOut(appraisal.id, appraisal.candidate.initiative.name, reason, firing.rule)


def _scores(
    appraisals: Sequence[Appraisal], ruleset: RuleSet, origins: Origins
) -> tuple[Mapping[str, float | str], tuple[Diagnostic, ...]]:
    """The score of each candidate, or why there is none."""
    scores: dict[str, float | str] = {}
    findings = []
    for a in appraisals:
        try:
            score = float(ruleset.score(ruleset.settled(a.conclusion)))
            problem = "" if math.isfinite(score) else f"it is {score}"
        except CelError as error:
            score, problem = math.nan, error.message
        scores[a.id] = f"Its score cannot be computed: {problem}." if problem else score
        if problem:
            findings.append(
                Diagnostic(
                    "CX523",
                    f'the score of initiative "{a.id}" cannot be computed: {problem}',
                    origins.locate(ruleset.scoring.path),
                    hint="it is left out of the roadmap; use has(...) or a condition for what may be missing",
                    severity="warning",
                )
            )
    return scores, tuple(findings)


def _cascade(appraisals: Sequence[Appraisal], left: dict[str, LeftOut]) -> None:
    """Leaves out what requires something that is left out, until nothing changes."""
    while True:
        lost = {
            a.id: next(r for r in a.candidate.initiative.requires if r in left)
            for a in appraisals
            if a.id not in left and any(r in left for r in a.candidate.initiative.requires)
        }
        if not lost:
            return
        names = {a.id: a.candidate.initiative.name for a in appraisals}
        for item, need in lost.items():
            left[item] = LeftOut(item, names[item], f"It requires {names[need]}, which is left out.")


def _refuse_contradictions(
    appraisals: Sequence[Appraisal], left: Mapping[str, LeftOut], origins: Origins
) -> None:
    findings = []
    for a in appraisals:
        if a.required and a.id in left:
            rule = next((f.rule for f in a.conclusion.firings if f.requires), None)
            other = left[a.id].rule
            cause = f'rule "{other}" excludes it' if other else left[a.id].reason
            place = origins.locate(("rule", rule, "require") if rule else ("initiative", a.id, "moscow"))
            wants = f'rule "{rule}" requires' if rule else "the author requires"
            message = f'{wants} initiative "{a.id}", but {cause}'
            findings.append(Diagnostic("CX513", message, place, hint="make one of the conditions narrower"))
    if findings:
        raise PlanningError(*findings)

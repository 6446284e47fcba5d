"""Why an item is on the roadmap and where it is, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from cxengine.insight.insight import Feeling
from cxengine.metrics.measurement import ALL
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.benefit import Contribution, Ground
from cxengine.planning.grouping import Group
from cxengine.planning.outcome import decimals, measured
from cxengine.planning.ranking import Ranked
from cxengine.planning.roadmap import Reason
from cxengine.planning.terms import told
from cxengine.project.model import Project
from cxengine.rules.ruleset import RuleSet, selected
from cxengine.rules.wording import listed, shown


@attrs.frozen(eq=False)
class Names:
    """What people call things, by id."""

    touchpoints: Mapping[str, str]
    segments: Mapping[str, str]
    teams: Mapping[str, str]
    items: Mapping[str, str]

    @classmethod
    def of(cls, project: Project, items: Mapping[str, str]) -> Names:
        """The names in a project, and those of the items (which rules may have proposed)."""
        return cls(
            touchpoints={t.id: t.name for t in project.touchpoints},
            segments={s.id: s.name for s in project.segments},
            teams={t.id: t.name for t in project.teams},
            items=items,
        )


def reasons(
    ranked: Ranked,
    group: Group,
    *,
    schedule: Sequence[str],
    ground: Ground,
    ruleset: RuleSet,
    names: Names,
) -> tuple[Reason, ...]:
    """All reasons of an item: evidence, rules, expectation, score, group, and what `schedule` says."""
    appraisal = ranked.appraisal
    return (
        *_evidence(appraisal, ground, names),
        *_guardrails(appraisal, ground, names),
        *_rules(appraisal),
        *_expectations(appraisal, ground, names),
        Reason("score", score_terms(ranked, ruleset)),
        Reason("group", group.reason),
        *(Reason("schedule", text) for text in schedule),
    )


def _evidence(appraisal: Appraisal, ground: Ground, names: Names) -> Iterator[Reason]:
    segments = appraisal.candidate.initiative.segments or (ALL,)
    for touchpoint in appraisal.candidate.touchpoints:
        for segment in segments:
            yield Reason(
                "evidence", _pain(ground.insight.feeling(touchpoint, segment), touchpoint, segment, names)
            )
    for part in appraisal.benefit.contributions:
        if part.baseline is not None:
            stick = ground.yardsticks[part.effect.metric]
            text = measured(part.baseline, decimals(stick))
            yield Reason("evidence", f"{stick.name} at {names.touchpoints[part.effect.touchpoint]}: {text}.")


def _guardrails(appraisal: Appraisal, ground: Ground, names: Names) -> Iterator[Reason]:
    """Guardrails of the metrics that the item changes: passed, or about to be."""
    for part in appraisal.benefit.contributions:
        guarded = ground.guarded(part)
        if guarded is None:
            continue
        stick = ground.yardsticks[part.effect.metric]
        place = f"{stick.name} at {names.touchpoints[part.effect.touchpoint]}"
        if guarded.state == "passed":
            yield Reason("guardrail", f"{place} is {guarded.side} its guardrail of {shown(guarded.limit)}.")
        if guarded.worsening is not None:
            since = guarded.worsening.since
            yield Reason("guardrail", f"{place} has got worse since {since}; it has a guardrail.")
        if ground.harms(part):
            after = shown(guarded.measurement.value + part.effect.change.likely)
            text = f"Expected to bring {place} to {after}, past its guardrail of {shown(guarded.limit)}."
            yield Reason("guardrail", text)


def _pain(feeling: Feeling | None, touchpoint: str, segment: str, names: Names) -> str:
    place = names.touchpoints[touchpoint]
    who = "" if segment == ALL else f" for {names.segments[segment]}"
    if feeling is None:
        return f"No answer speaks about {place}{who}, so that nobody knows how it feels."
    if feeling.pain.suppressed:
        return f"How {place}{who} feels is kept back: it would tell of a few people."
    pain, reach = shown(attrs.asdict(feeling.pain)), f"{feeling.reach:.0%} of responses"
    if feeling.as_of is not None:
        return f"Pain at {place}{who}, as of {feeling.as_of}, was {pain}; {reach} spoke about it."
    return f"Pain at {place}{who} is {pain}; {reach} speak about it."


def _rules(appraisal: Appraisal) -> Iterator[Reason]:
    for prompt in appraisal.candidate.prompts:
        yield Reason("rule", prompt.because or f"Rule {prompt.rule} fired.", prompt.rule)
    for firing in appraisal.conclusion.firings:
        yield Reason("rule", firing.because or f"Rule {firing.rule} fired.", firing.rule)


def _expectations(appraisal: Appraisal, ground: Ground, names: Names) -> Iterator[Reason]:
    for part in appraisal.benefit.contributions:
        yield Reason("author", _expectation(part, ground, names))


def _expectation(part: Contribution, ground: Ground, names: Names) -> str:
    effect, stick = part.effect, ground.yardsticks[part.effect.metric]
    change, place = shown(attrs.asdict(effect.change)), names.touchpoints[effect.touchpoint]
    text = f"Expected change of {stick.name} at {place}: {change} ({effect.grade})"
    if stick.width is None:
        return f"{text}; it counts nothing, because the metric has no bounds to compare it by."
    return f"{text}, worth {shown(attrs.asdict(part.points))} points."


def score_terms(ranked: Ranked, ruleset: RuleSet) -> str:
    """The score and what it is made of: the terms of a method, or a formula with the values that it reads."""
    facts, how = ruleset.settled(ranked.appraisal.conclusion), ruleset.scoring
    required = ""
    if ranked.appraisal.required:
        by = "A rule requires it" if ranked.appraisal.conclusion.required else "It is a must"
        required = f"{by}, so it goes first. "
    if how.method:
        return required + told(ranked.score, how, how.values(facts))
    values = [(".".join(path), selected(facts, path)) for path in sorted(ruleset.score.reads)]
    terms = [f"{name} = {shown(value)}" for name, value in values if value is not None]
    formula = " ".join(how.text.split())
    return f"{required}Score {shown(ranked.score)} = {formula}" + (
        f" with {listed(terms)}." if terms else "."
    )

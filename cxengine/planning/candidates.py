"""What could be on the roadmap: initiatives that authors declared and those that rules propose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import attrs

from cxengine.metrics.measurement import ALL
from cxengine.project.model import Effect, Identifier, InitiativeTable, Project, Proposal
from cxengine.rules.conclusion import Conclusion, Firing


@attrs.frozen
class Prompt:
    """A rule that fired where a candidate would help, and its reason."""

    rule: str
    because: str
    touchpoint: str


@attrs.frozen
class Candidate:
    """An initiative, where it comes from, and the rules that ask for it.

    `touchpoints` are those of its effects, in the order of the journey; a proposal without an effect
    still names the touchpoint that it was made for.
    """

    initiative: InitiativeTable
    origin: Literal["declared", "proposed"]
    touchpoints: tuple[str, ...]
    prompts: tuple[Prompt, ...] = ()

    @property
    def id(self) -> str:
        """The initiative's id."""
        return self.initiative.id


@attrs.frozen
class _Offer:
    """A proposal at a place, with the rule and the segment that it is made for."""

    proposal: Proposal
    touchpoint: str
    segment: str
    prompt: Prompt


def candidates(project: Project, conclusions: Iterable[Conclusion]) -> tuple[Candidate, ...]:
    """All candidates by id.

    A proposal where a declared initiative already moves the same metric at the same touchpoint becomes
    a prompt of that initiative. Proposals of one name, touchpoint and metric are one candidate, for
    all the segments that they were made for.
    """
    offers = _offers(conclusions)
    declared = [_declared(project, i, offers) for i in project.initiatives]
    addressed = {(e.touchpoint, e.metric) for i in project.initiatives for e in i.effects}
    fresh = [o for o in offers if (o.touchpoint, o.proposal.metric) not in addressed]
    proposed = _proposed(fresh, taken={i.id for i in project.initiatives})
    return tuple(sorted((*declared, *proposed), key=lambda c: c.id))


def _offers(conclusions: Iterable[Conclusion]) -> list[_Offer]:
    made = [
        _offer(c, firing, firing.proposal)
        for c in conclusions
        for firing in c.firings
        if firing.proposal is not None
    ]
    return sorted(made, key=lambda o: (o.prompt.rule, o.touchpoint, o.segment != ALL, o.segment))


def _offer(conclusion: Conclusion, firing: Firing, proposal: Proposal) -> _Offer:
    place = conclusion.subject
    return _Offer(proposal, place.id, place.segment, Prompt(firing.rule, firing.because, place.id))


def _declared(project: Project, initiative: InitiativeTable, offers: Sequence[_Offer]) -> Candidate:
    effects = {(e.touchpoint, e.metric) for e in initiative.effects}
    prompts = [o.prompt for o in offers if (o.touchpoint, o.proposal.metric) in effects]
    reached = {e.touchpoint for e in initiative.effects}
    ordered = tuple(t.id for t in project.touchpoints if t.id in reached)
    return Candidate(initiative, "declared", ordered, _once(prompts))


def _proposed(offers: Sequence[_Offer], taken: set[str]) -> list[Candidate]:
    alike: dict[tuple[str, str, str | None], list[_Offer]] = {}
    for offer in offers:
        alike.setdefault((offer.touchpoint, offer.proposal.name, offer.proposal.metric), []).append(offer)
    found = []
    for same in alike.values():
        first = same[0]
        name = _free_id(f"{first.prompt.rule}-{first.touchpoint}", first.segment, taken)
        taken.add(name)
        found.append(
            Candidate(_initiative(name, same), "proposed", (first.touchpoint,), _once(o.prompt for o in same))
        )
    return found


def _free_id(stem: str, segment: str, taken: set[str]) -> str:
    """The rule and the touchpoint; with the segment, and at last a number, where that is taken."""
    options = [stem] if segment == ALL else [stem, f"{stem}-{segment}"]
    free = [o for o in options if o not in taken]
    if free:
        return free[0]
    number = 2
    while f"{options[-1]}-{number}" in taken:
        number += 1
    return f"{options[-1]}-{number}"


def _initiative(name: str, same: Sequence[_Offer]) -> InitiativeTable:
    first = same[0]
    proposal = first.proposal
    segments = {o.segment for o in same}
    effects: tuple[Effect, ...] = ()
    if proposal.metric is not None and proposal.change is not None:
        place = Identifier(first.touchpoint)
        effects = (Effect(touchpoint=place, metric=proposal.metric, change=proposal.change),)
    return InitiativeTable(
        id=Identifier(name),
        name=proposal.name,
        public_name=proposal.public_name,
        public=bool(proposal.public_name),
        about=proposal.about,
        effects=effects,
        effort=proposal.effort,
        cost=proposal.cost,
        complexity=proposal.complexity,
        team=proposal.team,
        owner=proposal.owner,
        segments=() if ALL in segments else tuple(Identifier(s) for s in sorted(segments)),
        tags=proposal.tags,
        duration=proposal.duration,
        inputs=proposal.inputs,
    )


def _once(prompts: Iterable[Prompt]) -> tuple[Prompt, ...]:
    return tuple(dict.fromkeys(prompts))

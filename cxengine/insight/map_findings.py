"""What moments of truth, peak and end, and personas tell, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.finding import Finding, certainty, chance_of, points, since
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cxengine.insight.insight import Insight
    from cxengine.insight.moments_of_truth import MomentOfTruth
    from cxengine.insight.profiles import Felt, Profile
    from cxengine.insight.remembered import Remembered
    from cxengine.metrics.interval import Interval
    from cxengine.project.model import Project

_JUDGED = "It rests on judged importance: no driver model sets it."
_MEASURED = "Importance goes with loyalty; that need not be cause."
_MEMORY = "It is about means: each customer remembers a peak of their own."


def findings(project: Project, insight: Insight) -> tuple[Finding, ...]:
    """Moments of truth, declared and measured; what everybody and personas remember; whom what hurts."""
    names = {str(t.id): t.name for t in project.touchpoints}
    least = project.moments_of_truth.probability
    return (
        *(_moment(one, names, least) for one in insight.moments if _worth_telling(one, least)),
        *_memories(project, insight, names),
        *(told for one in insight.profiles for told in _profile(one, insight, names)),
    )


def _worth_telling(one: MomentOfTruth, least: float) -> bool:
    """What counts, what would if it were measured, and what is declared without support."""
    return one.probability is not None and (one.declared or one.counts or one.probability >= least)


def _moment(one: MomentOfTruth, names: Mapping[str, str], least: float) -> Finding:
    """A moment of truth; how sure a judgement is, nobody knows, so what rests on one comes last."""
    assert one.probability is not None
    assert one.strength is not None
    name, top = names[one.touchpoint], f"the {one.top} strongest" if one.top > 1 else "the strongest"
    chance = chance_of(one.probability)
    if one.probability >= least:
        text = f"{name} is a moment of truth: {chance} sure to be among {top}"
        text += ", as declared" if one.declared else ", though it is not declared as one"
    else:
        text = f"{name} is declared a moment of truth; it is among {top} with {chance} only"
    text += f" (strength {_told(one.strength)}, n = {one.n:,}).{since(one.as_of)}"
    sure = abs(2 * one.probability - 1) if one.importance == "measured" else 0.0
    return Finding(
        kind="moment of truth",
        model="",
        subject=one.touchpoint,
        segment=ALL,
        text=text,
        effect=one.strength.value,
        low=one.strength.low,
        high=one.strength.high,
        n=one.n,
        matters=points(one.strength.value, 1.0, sure),
        caution=_MEASURED if one.importance == "measured" else _JUDGED,
        touchpoints=(one.touchpoint,),
    )


def _memories(project: Project, insight: Insight, names: Mapping[str, str]) -> Iterator[Finding]:
    """Of everybody and of personas: segments by themselves are in the numbers."""
    personas = {str(persona.id): persona.name for persona in project.personas}
    for one in insight.remembered:
        if one.segment == ALL and not one.persona:
            yield _memory(one, "Everybody", names, 1.0)
        elif one.persona:
            yield _memory(one, personas[one.persona], names, _share(insight, one.segment))


def _memory(one: Remembered, who: str, names: Mapping[str, str], share: float) -> Finding:
    better = "better" if one.difference.value > 0 else "worse"
    if not one.beyond_chance:
        better = "no better or worse, as far as can be seen,"
    text = (
        f"{who}: remembered at {_told(one.score)}, {better} than the mean of the journey,"
        f" {one.mean.value:.2g}; the peak is {names[one.peak]} ({one.peak_emotion.value:+.2g},"
        f" {chance_of(one.peak_probability)} sure), the end {one.end_emotion.value:+.2g}; n = {one.n:,}."
    )
    if one.as_of is not None:
        text += f" In part as of {one.as_of}."
    difference = one.difference
    return Finding(
        kind="peak-end",
        model="",
        subject=one.persona,
        segment=one.segment,
        text=text,
        effect=difference.value,
        low=difference.low,
        high=difference.high,
        n=one.n,
        matters=points(
            difference.value / 2, share, certainty(difference.value, difference.low, difference.high)
        ),
        caution=_MEMORY,
        touchpoints=tuple(dict.fromkeys((one.peak, *one.ends))),
    )


def _profile(one: Profile, insight: Insight, names: Mapping[str, str]) -> Iterator[Finding]:
    """The pains and loves of a persona, the effect being the difference that stands out most."""
    if not one.pains and not one.loves:
        return
    told = (("pain", one.pains), ("love", one.loves))
    text = f"{one.name}: " + "; ".join(f"most {word} at {_list(f, names)}" for word, f in told if f)
    apart = [(felt, word) for word, felts in told for felt in felts]
    beyond = [(felt, word) for felt, word in apart if felt.beyond_chance and felt.difference is not None]
    for felt, word in beyond:
        assert felt.difference is not None
        more = "more" if felt.difference.value > 0 else "less"
        text += f"; {more} {word} than others at {names[felt.touchpoint]} ({_told(felt.difference)})"
    first = max((felt.difference for felt, _ in beyond if felt.difference), key=_size, default=None)
    effect = first or apart[0][0].size
    sure = certainty(effect.value, effect.low, effect.high)
    yield Finding(
        kind="persona",
        model="",
        subject=one.persona,
        segment=one.segment,
        text=f"{text}; n = {min(felt.n for felt, _ in apart):,} or more.",
        effect=effect.value,
        low=effect.low,
        high=effect.high,
        n=min(felt.n for felt, _ in apart),
        matters=points(effect.value, _share(insight, one.segment), sure),
        caution="A persona stands for a segment; people within it differ.",
        touchpoints=tuple(dict.fromkeys(felt.touchpoint for felt, _ in apart)),
    )


def _size(found: Interval) -> float:
    return abs(found.value)


def _share(insight: Insight, segment: str) -> float:
    """The share of a segment in all responses, as far as it is shown."""
    shares = [f.share for f in insight.feelings if f.segment == segment and not f.emotion.suppressed]
    return max(shares, default=1.0)


def _list(felts: Sequence[Felt], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names[felt.touchpoint]} ({_sized(felt)})" for felt in felts)


def _sized(felt: Felt) -> str:
    return f"{felt.size.value:.2g}" if felt.as_of is None else f"{felt.size.value:.2g} as of {felt.as_of}"


def _told(found: Interval) -> str:
    return f"{found.value:.2g} [{found.low:.2g}, {found.high:.2g}]"

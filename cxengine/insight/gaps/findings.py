"""What gap analysis tells, one sentence each."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from cxengine.insight.finding import Finding, certainty, chance_of, points
from cxengine.insight.gaps.measure import EMOTION
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cxengine.insight.gaps.delivered import DeliveredEffect
    from cxengine.insight.gaps.gap import Gap, IdleInvestment, UnmetTouchpoint
    from cxengine.insight.insight import Insight
    from cxengine.project.model import Project

_WHY = {
    "no effect": "it names no effect",
    "not measured": "none of its effects is on anything that is measured there",
    "too few answers": "too few answers tell of its effects",
}

_VERDICTS = {
    "better": "it worked, as far as that can be told",
    "worse": "it got worse",
    "none seen": "no impact is seen",
    "unclear": "too few answers to tell",
}


def findings(project: Project, insight: Insight) -> tuple[Finding, ...]:
    """Everybody's gaps beyond chance, and all that is missing or idle."""
    return (
        *_gaps(project, insight),
        *_missing(insight),
        *(_unmet(project, one) for one in insight.gaps.unmet),
        *(_idle(project, one) for one in insight.gaps.idle),
        *(_delivered(project, insight, one) for one in insight.gaps.delivered if one.net is not None),
    )


def _gaps(project: Project, insight: Insight) -> Iterator[Finding]:
    """For each touchpoint the largest gap, those first that it declares itself, and the names of others."""
    sure = [gap for gap in insight.gaps.gaps if gap.beyond_chance]
    judged = [gap for gap in insight.gaps.gaps if gap.grade == "judged" and gap.size.value > 0]
    for touchpoint in project.touchpoints:
        here = [gap for gap in (*sure, *judged) if gap.touchpoint == touchpoint.id]
        if here:
            first, *others = sorted(here, key=lambda gap: (gap.declared != "touchpoint", -(gap.part or 0.0)))
            yield _gap(project, insight, first, others)


def _gap(project: Project, insight: Insight, gap: Gap, others: Sequence[Gap]) -> Finding:
    named = {str(t.id): t.name for t in project.touchpoints}
    what = _called(project, gap.measure)
    now = _told(gap.current) if gap.n else f"{gap.current.value:.3g}"
    text = f"{named[gap.touchpoint]}: {what} is {now} and should be {gap.desired:.3g}"
    short = f"{_told(gap.size)} short, n = {gap.n:,}" if gap.n else f"{gap.size.value:.3g} short, a judgement"
    text += f": {short}.{_addressed(project, gap)}"
    if others:
        text += f" Also short: {', '.join(_called(project, other.measure) for other in others)}."
    feeling = insight.feeling(gap.touchpoint)
    reach = 1.0 if feeling is None or feeling.emotion.suppressed else feeling.reach
    size = gap.size
    return Finding(
        kind="gap",
        model="" if gap.measure == EMOTION else gap.measure,
        subject=gap.touchpoint,
        segment=gap.segment,
        text=text,
        effect=size.value,
        low=size.low if gap.n else None,
        high=size.high if gap.n else None,
        n=gap.n,
        matters=points(gap.part or 0.0, reach, certainty(size.value, size.low, size.high)) if gap.n else 0.0,
        caution=_caution(gap),
        touchpoints=(gap.touchpoint,),
    )


def _called(project: Project, measure: str) -> str:
    names = {str(metric.id): metric.name or str(metric.id) for metric in project.metrics}
    return names.get(measure, "the emotion")


def _addressed(project: Project, gap: Gap) -> str:
    """Who does something about it, and what that would leave."""
    if not gap.initiatives:
        return " No initiative addresses it."
    names = {str(initiative.id): initiative.name for initiative in project.initiatives}
    told = ", ".join(f'"{names[one]}"' for one in gap.initiatives)
    if gap.remaining is None or gap.closed is None:
        return f" Addressed by {told}."
    if gap.remaining.value <= 0:
        return f" Addressed by {told}: expected to close it, {chance_of(gap.closed)} sure."
    return f" Addressed by {told}: expected to leave {_told(gap.remaining)}."


def _caution(gap: Gap) -> str:
    if gap.grade == "judged":
        return "Nobody measured it."
    told = "What is desired is a judgement."
    if gap.remaining is not None:
        told += " What remains rests on expected effects, taken to add up."
    return f"{told} It is measured thinly." if gap.grade == "measured thinly" else told


def _missing(insight: Insight) -> Iterator[Finding]:
    for one in insight.gaps.missing:
        yield Finding(
            kind="missing touchpoint",
            model=one.source,
            subject=one.name,
            segment=ALL,
            text=f'"{one.name}" is no touchpoint of the map, and {one.times:,} rows of {one.source}'
            f" ({one.share:.1%}) are about it.",
            effect=one.share,
            low=None,
            high=None,
            n=one.times,
            matters=points(one.share),
            caution="It may be another name of a touchpoint: recode it, or put it on the map.",
        )


def _unmet(project: Project, one: UnmetTouchpoint) -> Finding:
    """It matters as much as the part of all importance of which nothing is known."""
    touchpoint = next(t for t in project.touchpoints if t.id == one.touchpoint)
    total = fsum(float(t.importance) for t in project.touchpoints)
    if one.kind == "nobody":
        text = f"{touchpoint.name}: nobody met it now, though {', '.join(one.sources)} could tell."
        caution = "Nobody goes there, or those who do are not asked."
    else:
        text = f"{touchpoint.name}: no source tells of it, so nobody knows whether customers meet it."
        caution = "No listening post is not the same as no customers."
    return Finding(
        kind="unmet touchpoint",
        model="",
        subject=one.touchpoint,
        segment=ALL,
        text=text,
        effect=None,
        low=None,
        high=None,
        n=0,
        matters=points(float(touchpoint.importance) / total if total else 0.0),
        caution=caution,
        touchpoints=(one.touchpoint,),
    )


def _idle(project: Project, one: IdleInvestment) -> Finding:
    """It matters as much as its part of all effort."""
    initiative = next(i for i in project.initiatives if i.id == one.initiative)
    total = fsum(float(i.effort.likely) for i in project.initiatives)
    places = dict.fromkeys(str(effect.touchpoint) for effect in initiative.effects)
    return Finding(
        kind="no impact",
        model="",
        subject=one.initiative,
        segment=ALL,
        text=f'"{initiative.name}": nobody will be able to say whether it worked, because {_WHY[one.why]}.',
        effect=None,
        low=None,
        high=None,
        n=0,
        matters=points(float(initiative.effort.likely) / total if total else 0.0),
        caution="That it cannot be measured does not mean that it does no good.",
        touchpoints=tuple(places),
    )


def _delivered(project: Project, insight: Insight, one: DeliveredEffect) -> Finding:
    """What a change that was made has brought, or not."""
    assert one.net is not None
    done = next(table for table in project.delivered if table.id == one.delivered)
    place = next(t.name for t in project.touchpoints if t.id == one.touchpoint)
    beyond = "" if one.elsewhere is None else " beyond what it did elsewhere"
    worse = one.net.value < 0
    moved = Interval(-one.net.value, -one.net.high, -one.net.low) if worse else one.net
    way = f"for the {'worse' if worse else 'better'}{beyond}, from {one.before} to {one.after}"
    text = (
        f'"{done.name}": {_called(project, one.metric)} at {place} moved {_told(moved)} {way},'
        f" expected {one.expected.value:.3g}: {_judgement(one)}, n = {one.n:,}."
    )
    feeling = insight.feeling(one.touchpoint)
    reach = 1.0 if feeling is None or feeling.emotion.suppressed else feeling.reach
    sure = certainty(one.net.value, one.net.low, one.net.high)
    return Finding(
        kind="impact" if one.verdict in {"better", "worse"} else "no impact",
        model=one.metric,
        subject=one.delivered,
        segment=one.segment,
        text=text,
        effect=one.net.value,
        low=one.net.low,
        high=one.net.high,
        n=one.n,
        matters=points(one.part or 0.0, reach, 1.0 if one.verdict == "none seen" else sure),
        caution="No experiment: what was at its worst gets better by itself, and other things change, too. Of"
        " all that is told as beyond chance, 5% are expected to be chance at most.",
        touchpoints=(one.touchpoint,),
    )


def _judgement(one: DeliveredEffect) -> str:
    assert one.net is not None
    if one.verdict == "unclear" and not one.net.low <= 0 <= one.net.high:
        return "of so much that is tested, chance may have moved one as far"
    return _VERDICTS[one.verdict]


def _told(found: Interval) -> str:
    """A number with its interval, three figures each."""
    return f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]"

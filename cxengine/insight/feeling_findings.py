"""What hurts and what is loved, one sentence a touchpoint; and which segments feel it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cxengine.insight.finding import Finding, points, since
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.insight.insight import Feeling, Insight
    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import Project

_PAIN = "It is how bad answers are and how many, among those who answered; not yet what they cost."
_LOVE = "Loved is not yet profitable; ask what would be missed."
_LARGE = 0.05
"""Pain that is told even where love outweighs it, by its lower limit."""
_KEEP = 0.25
"""Love counts for so much of pain: it wants to be kept, not to be worked on."""
_OTHERS = 2


def findings(project: Project, insight: Insight) -> tuple[Finding, ...]:
    """Of every touchpoint what outweighs, its pain or its love; in any case its pain where that is large."""
    kinds: list[tuple[Feeling, Literal["pain", "love"]]] = []
    for felt in insight.feelings:
        if felt.segment != ALL or felt.emotion.suppressed:
            continue
        hurts = felt.pain.value >= felt.love.value
        kinds += [(felt, "pain")] if hurts or felt.pain.low >= _LARGE else []
        kinds += [] if hurts else [(felt, "love")]
    return tuple(_finding(felt, kind, _text(project, insight, felt, kind)) for felt, kind in kinds)


def _text(project: Project, insight: Insight, felt: Feeling, kind: Literal["pain", "love"]) -> str:
    name = next(one.name for one in project.touchpoints if one.id == felt.touchpoint)
    verb, found = ("hurts", felt.pain) if kind == "pain" else ("is loved", felt.love)
    text = (
        f"{name} {verb}: {kind} {_told(found)}, emotion {felt.emotion.value:+.2f}, met by {felt.reach:.0%},"
    )
    text += f" n = {felt.emotion.n:,}.{since(felt.as_of)}"
    text += _others(project, insight, felt, hurts=kind == "pain")
    told = next((one for one in insight.themes.telling if one.touchpoint == felt.touchpoint), None)
    return f'{text} Typical: "{told.texts[0]}"' if kind == "pain" and told else text


def _finding(felt: Feeling, kind: Literal["pain", "love"], text: str) -> Finding:
    """How much it matters is the lower limit, so much there is at least; of love little has to be done."""
    found, keep, caution = (felt.pain, 1.0, _PAIN) if kind == "pain" else (felt.love, _KEEP, _LOVE)
    return Finding(
        kind=kind,
        model="",
        subject=felt.touchpoint,
        segment=ALL,
        text=text,
        effect=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        matters=points(found.low, keep),
        caution=caution,
        touchpoints=(felt.touchpoint,),
    )


def _told(found: Measurement) -> str:
    return f"{100 * found.value:.1f} of 100 [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def _others(project: Project, insight: Insight, felt: Feeling, *, hurts: bool) -> str:
    """The segments that feel worse (better) about it than everybody else, beyond chance."""
    names = {str(segment.id): segment.name for segment in project.segments}
    apart = [
        other
        for other in insight.feelings
        if other.touchpoint == felt.touchpoint and other.segment in names and other.differs
        if (other.emotion.value < felt.emotion.value) is hurts
    ]
    if not apart:
        return ""
    ranked = sorted(apart, key=lambda other: -abs(other.emotion.value - felt.emotion.value))
    told = ", ".join(f"{names[one.segment]} ({one.emotion.value:+.2f})" for one in ranked[:_OTHERS])
    return f" {'Worse' if hurts else 'Better'} still: {told}."

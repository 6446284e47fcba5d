"""Facts of the map down to where they come from: gaps, and moments of truth."""

from __future__ import annotations

from cxengine.explain.evidence import declared, felt, measured
from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.insight.finding import chance_of
from cxengine.insight.gaps.gap import Gap
from cxengine.insight.gaps.measure import EMOTION
from cxengine.insight.moments_of_truth import MomentOfTruth
from cxengine.metrics.interval import Interval
from cxengine.project.model import MomentSettings
from cxengine.rules.conclusion import Subject
from cxengine.rules.conditions import exactly


def short(known: Known, subject: Subject, measure: str) -> Step:
    """How far a measure is from what is desired: what is measured, what is declared, who does something."""
    gap = known.result.insight.gaps.of(subject.id, measure, subject.segment)
    what = "the emotion" if measure == EMOTION else measure
    if gap is None:
        return Step(
            "fact", f"gap of {what} at {known.named(subject)}: nothing is desired, or nothing is known"
        )
    text = f"gap of {what} at {known.named(subject)}: {_told(gap.size)} short of {exactly(gap.desired)}"
    if gap.probability is not None:
        text += f", {chance_of(gap.probability)} sure that it is short at all"
    written = ("touchpoint", subject.id, "desired" if measure == EMOTION else "targets")
    if gap.declared == "metric":
        written = ("metric", measure, "target")
    now = felt(known, subject, EMOTION) if measure == EMOTION else measured(known, measure, subject)
    parts = [now, *_initiatives(known, gap)] if gap.n else [*_initiatives(known, gap)]
    return Step("fact", text, known.origins.locate(written), tuple(parts))


def _initiatives(known: Known, gap: Gap) -> list[Step]:
    """Who does something about it."""
    found = [
        Step("fact", f'addressed by "{one}"', known.origins.locate(("initiative", one, "effects")))
        for one in gap.initiatives
    ]
    if gap.remaining is not None:
        found.append(Step("fact", f"expected to remain: {_told(gap.remaining)}"))
    return found or [Step("fact", "no declared initiative addresses it")]


def shaping(known: Known, subject: Subject, path: tuple[str, ...], value: object) -> Step:
    """Whether a touchpoint is a moment of truth: as declared and, where that may decide, as measured."""
    found = known.result.insight.moment_of_truth(subject.id)
    rule = known.project.moments_of_truth
    written = declared(known, subject, ("moment_of_truth",), bool(found and found.declared))
    asked = path[0] != "moment_of_truth" or rule.decided_by == "measured"
    if found is None or found.probability is None or not (asked or found.importance == "measured"):
        return written
    said = f"{_said(found)}; decided by {rule.decided_by}, from {rule.probability:.0%} on"
    text = f"{path[0]}: {exactly(value)} ({said})"
    place = known.origins.locate(("moments_of_truth",)) if rule != MomentSettings() else None
    importance = declared(known, subject, ("importance",), known.settled(subject)["importance"])
    parts = (written, importance, felt(known, subject, "pain"), felt(known, subject, "love"))
    return Step("fact", text, place, parts)


def _said(found: MomentOfTruth) -> str:
    rests = "measured importance" if found.importance == "measured" else "judged importance"
    strongest = f"the {found.top} strongest" if found.top > 1 else "the strongest"
    return f"{chance_of(found.probability or 0.0)} sure to be among {strongest}, by {rests}"


def _told(found: Interval) -> str:
    return f"{exactly(found.value)} ({exactly(found.low)} to {exactly(found.high)})"

"""What changes tell, one sentence each: who, where, when, how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.insight.finding import Finding, certainty, points
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.insight.changes.change import Change, Place, When
    from cxengine.insight.insight import Insight
    from cxengine.project.model import Project

_CAUSE = "It tells when, not why; of many that were looked at, those told are somewhat too large."
_YEAR = "It tells when, not why; what comes back every year would look the same, as two years were not seen."
_NAMED = 3


def findings(project: Project, insight: Insight) -> tuple[Finding, ...]:
    """Every change beyond chance, once for all places where the same is seen."""
    return tuple(_finding(project, insight, change) for change in insight.changes.found)


def _finding(project: Project, insight: Insight, change: Change) -> Finding:
    size, place = change.size, change.place
    part = change.relative if change.relative is not None else _against(change)
    sure = certainty(size.value, size.low, size.high)
    return Finding(
        kind="change",
        model=place.measure,
        subject=place.subject,
        segment=place.segment,
        text=_text(project, change),
        effect=size.value,
        low=size.low,
        high=size.high,
        n=change.n_before + change.n,
        matters=points(part, _reach(insight, change), sure),
        caution=_CAUSE if "year" in insight.changes.search.seasons else _YEAR,
        touchpoints=tuple(_touchpoints(project, change)),
    )


def _text(project: Project, change: Change) -> str:
    names = _names(project)
    place = change.place
    where = names[place.subject] if place.level != "journey" else "The whole journey"
    what = change.name if place.about == "metric" else _course(place, names)
    who = f", {names.get(place.segment, place.segment)}" if place.segment != ALL else ""
    return f"{where}{who}: {what} {_moved(change)}, {_size(change)}, {_n(change)}.{_elsewhere(change, names)}"


def _course(place: Place, names: dict[str, str]) -> str:
    """What cases do, in words."""
    if place.about == "reach":
        return "the share of cases that meet it"
    if not place.target:
        return "the share that goes no further"
    return f"the share that goes on to {names[place.target]}"


def _moved(change: Change) -> str:
    """What happened, in words: from where to where, and when."""
    before, after = _value(change, change.before), _value(change, change.after)
    sense = {True: ", for the better,", False: ", for the worse,", None: ""}[change.good]
    if change.kind == "episode":
        return (
            f"was {after} instead of {before}{sense} from {_moment(change.since)} to {_moment(change.until)}"
        )
    up = change.size.value > 0
    if change.kind == "trend":
        verb = "rises" if up else "falls"
        when = f"little by little from {change.since.period} to {change.until.period}"
    else:
        verb, when = "rose" if up else "fell", f"from {_moment(change.since)} on"
    return f"{verb} from {before} to {after}{sense} {when}"


def _size(change: Change) -> str:
    value, low, high = (
        _signed(change, one) for one in (change.size.value, change.size.low, change.size.high)
    )
    return f"{value}{' points' if change.unit in {'share', '%'} else ''} [{low}, {high}]"


def _n(change: Change) -> str:
    return f"n = {change.n:,}" if change.kind == "trend" else f"n = {change.n_before:,} and {change.n:,}"


def _moment(when: When) -> str:
    if when.low == when.high:
        return when.period
    return f"{when.period} ({when.low} to {when.high})"


def _elsewhere(change: Change, names: dict[str, str]) -> str:
    """Other subjects and segments where the same is seen, few by name."""
    place = change.place
    subjects = [other.subject for other in change.also if other.subject != place.subject]
    segments = [other.segment for other in change.also if other.segment != place.segment]
    here = list(dict.fromkeys(names.get(one, one) for one in (*subjects, *segments)))
    if not here:
        return ""
    more = f" and {len(here) - _NAMED} more" if len(here) > _NAMED else ""
    return f" Also seen: {', '.join(here[:_NAMED])}{more}."


def _names(project: Project) -> dict[str, str]:
    """Names of segments, stages and touchpoints by id."""
    tables = (project.channels, project.segments, project.stages, project.touchpoints)
    names = {str(one.id): one.name for table in tables for one in table}
    names |= {str(project.project.id): "the whole journey", ALL: "everybody"}
    return names | {f"channel:{channel.id}": channel.name for channel in project.channels}


def _value(change: Change, value: float) -> str:
    if change.unit == "share":
        return f"{value:.1%}"
    return f"{value:.3g}{change.unit if change.unit == '%' else ''}"


def _signed(change: Change, value: float) -> str:
    return f"{100 * value:+.1f}" if change.unit == "share" else f"{value:+.2g}"


def _against(change: Change) -> float:
    """Of a measure without bounds: its change as a part of the larger level."""
    largest = max(abs(change.before), abs(change.after))
    return change.size.value / largest if largest else 0.0


def _reach(insight: Insight, change: Change) -> float:
    """The share of customers: those who meet the touchpoint, times those of the segment."""
    place = change.place
    if place.about != "metric":
        return 1.0 if place.segment == ALL else _part(insight, place)
    felt_there = place.level == "touchpoint"
    feeling = insight.feeling(place.subject, place.segment) if felt_there else None
    if feeling is not None and not feeling.emotion.suppressed:
        return feeling.reach * feeling.share
    shares = [felt.share for felt in insight.feelings if felt.segment == place.segment]
    return shares[0] if shares else 1.0


def _part(insight: Insight, place: Place) -> float:
    """The share of a segment in all cases."""
    for journey in insight.observed:
        if journey.id == place.measure:
            cases = [one.cases for one in journey.populations if one.segment == place.segment]
            return cases[0] / journey.cases if cases else 1.0
    return 1.0


def _touchpoints(project: Project, change: Change) -> Iterator[str]:
    """Where it is: a stage is all its touchpoints."""
    place = change.place
    if place.level == "touchpoint":
        yield place.subject
        if place.target:
            yield place.target
    elif place.level == "stage":
        yield from (str(one.id) for one in project.touchpoints if str(one.stage) == place.subject)

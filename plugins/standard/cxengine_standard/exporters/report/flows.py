"""Observed journeys beside the designed one: steps as wide as they are common, coloured by the design."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.geometry import radius, shorten, text_width
from cxengine_standard.exporters.report.journey_map import in_order

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.observed.flow import ObservedJourney, Share, Step, Variant

WIDTH, EDGE = 1320.0, 24.0
NARROWEST, WIDEST = 46.0, 170.0
RISE, LEAST = 0.17, 16.0
"""How high an arc is, by its length, and at least."""
THICKEST = 9.0
NAME, LONGEST = 11.0, 150.0
SLANT = 0.79
"""How far to the left a name reaches, by its length: it is turned by 38 degrees."""

Kind = Literal["designed", "undesigned", "unused"]


@attrs.frozen
class Node:
    """A touchpoint; `r` by the share of cases that leave it, 0 where nobody met it."""

    x: float
    r: float
    name: str
    label: str
    position: int
    again: str
    """How many come more than once, where it is known."""


@attrs.frozen
class Flow:
    """A step: designed and taken, taken though not designed, or designed and not taken often enough."""

    path: str
    width: float
    kind: Kind
    title: str


@attrs.frozen
class Row:
    """A line of a table: what, and how often."""

    text: str
    share: Share
    designed: bool


@attrs.frozen
class FlowChart:
    """Everything that the template draws of one observed journey."""

    journey: ObservedJourney
    headline: str
    width: float
    height: float
    base: float
    names_y: float
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    variants: tuple[Row, ...]
    departures: tuple[Row, ...]
    unmet: tuple[str, ...]


def draw(result: Result, say: Language = ENGLISH) -> tuple[FlowChart, ...]:
    """The chart of every observed journey of a run."""
    return tuple(_chart(journey, result, say) for journey in result.insight.observed)


def _chart(journey: ObservedJourney, result: Result, say: Language) -> FlowChart:
    names = Names.of(result.loaded, say)
    touchpoints = in_order(result)
    room = max(len(touchpoints) - 1, 1)
    column = min(max((WIDTH - 120 - EDGE) / room, NARROWEST), WIDEST)
    reach = (_label(t.name) * SLANT - column * i for i, t in enumerate(touchpoints))
    left = max(EDGE, 8 + max(reach, default=0.0))
    at: dict[str, float] = {t.id: left + column * i for i, t in enumerate(touchpoints)}
    longest = max(
        (abs(at[a] - at[b]) for a, b in _pairs(journey, result) if a in at and b in at), default=0.0
    )
    rise = LEAST + RISE * longest
    base = 24 + rise
    names_y = base + rise + 14
    lowest = names_y + 14 + 0.62 * max((_label(t.name) for t in touchpoints), default=0.0)
    return FlowChart(
        journey=journey,
        headline=say.text(
            "%(share)s of %(n)s cases follow the designed journey",
            share=say.percent(journey.follows.value),
            n=say.number(journey.cases, 0),
        ),
        width=left + EDGE + column * (len(touchpoints) - 1),
        height=lowest,
        base=base,
        names_y=names_y,
        nodes=tuple(_nodes(journey, at, result, say)),
        flows=tuple(_flows(journey, at, base, result, say)),
        variants=tuple(_variant(one, names) for one in journey.common[:8]),
        departures=tuple(_departures(journey, names, say)),
        unmet=tuple(names.touchpoint(t) for t in journey.unmet),
    )


def _label(name: str) -> float:
    """How long the name of a touchpoint is, as drawn."""
    return min(text_width(name, NAME), LONGEST)


def _pairs(journey: ObservedJourney, result: Result) -> Iterator[tuple[str, str]]:
    yield from ((step.source, step.target) for step in journey.steps if step.target)
    yield from result.journey.edges


def _nodes(
    journey: ObservedJourney, at: Mapping[str, float], result: Result, say: Language
) -> Iterator[Node]:
    met: dict[str, int] = {}
    for step in journey.steps:
        met[step.source] = max(met.get(step.source, 0), step.cases.n)
    loops = {loop.touchpoint: loop for loop in journey.loops}
    for position, touchpoint in enumerate(in_order(result)):
        loop, share = loops.get(touchpoint.id), met.get(touchpoint.id, 0) / max(journey.cases, 1)
        again = say.text("%(share)s come more than once", share=say.percent(loop.again.value)) if loop else ""
        yield Node(
            x=at[touchpoint.id],
            r=radius(share, 11.0, 3.0) if share else 0.0,
            name=touchpoint.name,
            label=shorten(touchpoint.name, LONGEST, NAME),
            position=position,
            again=again,
        )


def _flows(
    journey: ObservedJourney, at: Mapping[str, float], base: float, result: Result, say: Language
) -> Iterator[Flow]:
    """Steps that were not taken first, so that the common ones lie on top."""
    steps = [step for step in journey.steps if step.target in at and step.source in at]
    taken = {(step.source, step.target) for step in steps}
    names: dict[str, str] = {t.id: t.name for t in in_order(result)}
    for source, target in sorted(result.journey.edges):
        if (source, target) not in taken and source in at and target in at:
            told = say.text("designed, taken by too few to show")
            yield Flow(
                _arc(at[source], at[target], base),
                1.25,
                "unused",
                f"{names[source]} → {names[target]}: {told}",
            )
    for step in sorted(steps, key=lambda s: (s.cases.count, s.source, s.target)):
        assert step.target is not None
        yield _flow(step, journey, _arc(at[step.source], at[step.target], base), names, say)


def _flow(step: Step, journey: ObservedJourney, path: str, names: Mapping[str, str], say: Language) -> Flow:
    target = step.target or ""
    told = say.text(
        "%(share)s of the %(n)s cases that meet it",
        share=say.percent(step.cases.value),
        n=say.number(step.cases.n, 0),
    )
    if not step.designed:
        told += "; " + say.text("not designed")
    return Flow(
        path,
        1.25 + (THICKEST - 1.25) * step.cases.count / max(journey.cases, 1),
        "designed" if step.designed else "undesigned",
        f"{names[step.source]} → {names[target]}: {told}",
    )


def _arc(start: float, end: float, base: float) -> str:
    """Forward above the line, back below it; a step to the same touchpoint is a loop beneath."""
    if start == end:
        return f"M{start - 4:.1f} {base + 8:.1f}c-16 26 24 26 8 0"
    up = end > start
    height = (LEAST + RISE * abs(end - start)) * 1.3  # a cubic reaches three quarters of its controls
    y = base - height if up else base + height
    edge = base - 8 if up else base + 8
    return f"M{start:.1f} {edge:.1f}C{start:.1f} {y:.1f} {end:.1f} {y:.1f} {end:.1f} {edge:.1f}"


def _variant(variant: Variant, names: Names) -> Row:
    return Row(" → ".join(names.touchpoint(t) for t in variant.touchpoints), variant.cases, variant.follows)


def _departures(journey: ObservedJourney, names: Names, say: Language) -> Sequence[Row]:
    found = []
    for one in journey.departures[:8]:
        place = names.touchpoint(one.source)
        if one.kind == "start":
            text = say.text("begins at %(place)s", place=place)
        elif one.kind == "end":
            text = say.text("ends at %(place)s", place=place)
        elif one.kind == "unmapped":
            text = say.text("leaves the map after %(place)s", place=place)
        else:
            text = f"{place} → {names.touchpoint(one.target or '')}"
        found.append(Row(text, one.cases, designed=False))
    return found

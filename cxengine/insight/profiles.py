"""What hurts a persona and what it loves, beside everybody else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from cxengine.insight.apart import Apart, FeelingName
    from cxengine.insight.insight import Insight
    from cxengine.project.model import Persona, Project

LISTED = 3
"""Pains and loves that are told of a persona, at most."""


@attrs.frozen
class Felt:
    """A pain or a love at a touchpoint, and how much larger it is than everybody else's."""

    touchpoint: str
    size: Interval
    """From 0 to 1."""
    n: int
    difference: Interval | None
    """From everybody else; None where the persona stands for everybody, nobody else answered, or either is
    not of now."""
    beyond_chance: bool
    """Whether the difference is, all that the run tests considered."""
    as_of: dt.date | None
    """The day of the run that reckoned it, where it is told again; None for what is of now."""


@attrs.frozen
class Profile:
    """The largest pains and loves of a persona, at the touchpoints that it meets, the largest first."""

    persona: str
    name: str
    segment: str
    """The segment it stands for; "all" for everybody."""
    pains: tuple[Felt, ...]
    loves: tuple[Felt, ...]
    hidden: int
    """Touchpoints of which too few answers are there to be shown."""


def profiles(project: Project, graph: nx.DiGraph[str], insight: Insight) -> tuple[Profile, ...]:
    """Every persona of the project."""
    differences = {(one.touchpoint, one.segment, one.feeling): one for one in insight.apart}
    return tuple(_profile(persona, graph, insight, differences) for persona in project.personas)


def _profile(
    persona: Persona,
    graph: nx.DiGraph[str],
    insight: Insight,
    differences: Mapping[tuple[str, str, FeelingName], Apart],
) -> Profile:
    segment = str(persona.segment or ALL)
    met = [
        f
        for f in insight.feelings
        if f.segment == segment and persona.id in graph.nodes[f.touchpoint]["personas"]
    ]
    shown = [f for f in met if not f.emotion.suppressed]

    def largest(name: Literal["pain", "love"]) -> tuple[Felt, ...]:
        found = []
        for feeling in shown:
            size = feeling.pain if name == "pain" else feeling.love
            other = differences.get((feeling.touchpoint, segment, name))
            apart = None if other is None else Interval(other.value, other.low, other.high)
            found.append(
                Felt(
                    touchpoint=feeling.touchpoint,
                    size=Interval(size.value, size.low, size.high),
                    n=size.n,
                    difference=apart,
                    beyond_chance=other is not None and other.beyond_chance,
                    as_of=feeling.as_of,
                )
            )
        ranked = sorted((f for f in found if f.size.value > 0), key=lambda f: -f.size.value)
        return tuple(ranked[:LISTED])

    return Profile(
        str(persona.id), persona.name, segment, largest("pain"), largest("love"), len(met) - len(shown)
    )

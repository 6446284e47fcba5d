"""The tables of metrics and of returns on experience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cxengine.project.model.key import NOTHING, Estimate, Identifier, Name, key


@attrs.frozen(kw_only=True)
class MetricTable:
    """A metric: a calculation applied to one signal wherever that signal was given."""

    id: Name = key("Name for references; rules read `metrics.<id>`.")
    use: str = key('The plugin that calculates it, for example "nps".')
    signal: Identifier = key("The signal it measures.", refers="signal")
    name: str = key("What people call it; the plugin's title by default.", default="")
    about: str = key("Why it is measured.", default="")
    target: float | None = key("Where it should be: the aim of success criteria and charts.", default=None)
    benchmark: float | None = key("Where others are; shown beside it, and read by rules.", default=None)
    guardrail: float | None = key(
        "What it must never fall below, or rise above where low is good: a run warns where it is passed"
        " beyond chance, where it got worse, and of initiatives that are expected to pass it. The total of a"
        " latest period that is not over counts as it would be at its end, at the same rate.",
        default=None,
    )
    options: Mapping[str, Any] = key("Options of the plugin.", default=NOTHING)


@attrs.frozen(kw_only=True)
class RoxNode:
    """A part of a return on experience: a metric, or another tree, on its way from a base to a target."""

    kind: Literal["experience", "employee", "outcome"] = key("What it is a node of.")
    metric: Identifier | None = key("The metric it is measured by.", refers="metric", default=None)
    rox: Identifier | None = key("Or the tree that it is the index of.", refers="rox", default=None)
    touchpoint: Identifier | None = key(
        "Where the metric is read; over the whole journey by default.", refers="touchpoint", default=None
    )
    weight: float = key("How much it counts beside the other nodes.", above=0, default=1.0)
    base: float = key("The value that counts as 0.", default=0.0)
    target: float = key("The value that counts as 1; it may be smaller than the base.", default=1.0)
    grade: Literal["assumed", "correlational", "experimental"] = key(
        "How well it is backed that this node brings the return.", default="assumed"
    )


@attrs.frozen(kw_only=True)
class RoxTable:
    """Return on experience: how far customers, employees and outcomes have come, by a tree of your own."""

    id: Name = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("Why these nodes and these weights.", default="")
    nodes: tuple[RoxNode, ...] = key("What it is made of.")
    attributed: Estimate | None = key(
        "Value that is put down to the experience: `[low, likely, high]` or one number; with `investment`.",
        default=None,
    )
    investment: float | None = key(
        "What it cost, in the same currency; with `attributed`.", above=0, default=None
    )

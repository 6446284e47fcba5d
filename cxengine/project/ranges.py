"""Numbers that are said of metrics, held against what a metric can be: targets, limits, effects, bases.

A number that can never be is a slip of the unit more often than anything else: a change of 30 points where
answers go from 1 to 5, a target of 0.9 for a share that counts to 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isinf
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin.base import Metric, OptionError
from cxengine.project import model

if TYPE_CHECKING:
    from cxengine.project.checks import Parts
    from cxengine.project.scanner import Path as TomlPath
    from cxengine.project.uses import Use


@attrs.frozen
class _Range:
    """What a metric, or the answers to a signal, can be."""

    name: str
    low: float
    high: float
    good: int
    best: float | None = None
    """The value that is best, where that is neither end."""
    unit: str = ""

    def may_be_a_share(self, value: float) -> bool:
        """Whether a value looks like a share of 1 where shares count to 100, and less is not better."""
        return self.unit == "%" and self.high == 100 and self.good > 0 and 0 < abs(value) < 1

    @property
    def ends(self) -> str:
        """Its ends, in words."""
        if isinf(self.high):
            return f"{self.name} is at least {self.low:g}"
        return f"{self.name} is {'at most' if isinf(self.low) else f'from {self.low:g} to'} {self.high:g}"


@attrs.frozen
class _Value:
    """A value that a metric should have, or should not pass, and where it was written."""

    what: str
    metric: str
    value: float
    path: TomlPath
    wanted: bool
    """Whether it should be reached."""


def check_ranges(parts: Parts, found: Mapping[tuple[str, str], Use]) -> Iterator[Diagnostic]:
    """Values and changes that lie beyond what a metric can be, and targets that pass its guardrail."""
    ranges = dict(_ranges(parts, found))
    for value in _values(parts):
        span = ranges.get(value.metric)
        if span is not None and not span.low <= value.value <= span.high:
            place, message = parts.origins.locate(value.path), f"{value.what} can never be {value.value:g}"
            yield Diagnostic("CX195", f"{message}: {span.ends}.", place, _UNIT)
        if span is not None and span.may_be_a_share(value.value):
            place, told = parts.origins.locate(value.path), f"{value.what} is {value.value:g}%"
            hint = f"Write {100 * value.value:g} if you mean a share of {value.value:g}."
            yield Diagnostic("CX195", f"{told}: {span.ends}.", place, hint, severity="warning")
        if span is not None and span.best is not None and value.path[0] != "rox":
            place, message = parts.origins.locate(value.path), f"{value.what} says which way is better"
            hint = "Leave it out; read the metric beside the one whose assumption it tests."
            yield Diagnostic("CX197", f"{message}, but {span.name} is best near {span.best:g}.", place, hint)
    for metric, change, path in _changes(parts):
        if metric in ranges:
            yield from _too_far(ranges[metric], change, parts, path)
    yield from _edges(parts)
    yield from _recoded(parts)
    yield from _passed(parts, ranges)
    yield from _backwards(parts, ranges)


_UNIT = "Is it in the right unit?"


def _ranges(parts: Parts, found: Mapping[tuple[str, str], Use]) -> Iterator[tuple[str, _Range]]:
    """What every metric can be that measures its signal at all."""
    for key, table in parts.of("metric").items():
        use, signal = found.get(("metric", str(key))), parts.values.get(("signal", table.signal))
        if use is None or signal is None or not issubclass(use.plugin, Metric) or _refused(use, signal):
            continue
        metric = use.make(signal)
        low, high = metric.range()
        yield str(key), _Range(str(key), low, high, metric.good, metric.best, metric.unit)


def _refused(use: Use, signal: model.Signal) -> bool:
    try:
        return use.says("refuses", signal) is not None
    except OptionError:
        return True


def _values(parts: Parts) -> Iterator[_Value]:
    """Every value that somebody declared of a metric."""
    for key, table in parts.of("metric").items():
        for name in ("target", "benchmark", "guardrail"):
            if (value := getattr(table, name)) is not None:
                yield _Value(f"The {name} of {key}", str(key), value, ("metric", key, name), name == "target")
    for key, touchpoint in parts.of("touchpoint").items():
        for index, one in enumerate(touchpoint.targets):
            path: TomlPath = ("touchpoint", key, "targets", index, "value")
            yield _Value(
                f"The target of {one.metric} at {key}", str(one.metric), one.value, path, wanted=True
            )
    for key, goal in parts.of("goal").items():
        if goal.metric is not None and goal.target is not None:
            yield _Value(
                f"The goal {key}", str(goal.metric), goal.target, ("goal", key, "target"), wanted=True
            )
    for key, tree in parts.of("rox").items():
        for index, node in enumerate(tree.nodes):
            for name in ("base", "target") if node.metric is not None else ():
                what, path = f"The {name} of node {index + 1} of {key}", ("rox", key, "nodes", index, name)
                yield _Value(what, str(node.metric), getattr(node, name), path, wanted=False)


def _changes(parts: Parts) -> Iterator[tuple[str, model.Estimate, TomlPath]]:
    """Every change of a metric that somebody expects, or expected."""
    for path, effect in parts.each(model.Effect):
        yield str(effect.metric), effect.change, (*path, "change")
    for path, proposal in parts.each(model.Proposal):
        if proposal.metric is not None and proposal.change is not None:
            yield str(proposal.metric), proposal.change, (*path, "change")


def _too_far(span: _Range, change: model.Estimate, parts: Parts, path: TomlPath) -> Iterator[Diagnostic]:
    """A change that no value can make, from one end of the range to the other."""
    most = max((change.low, change.likely, change.high), key=abs)
    if abs(most) > span.high - span.low:
        message = f"Nothing changes {span.name} by {most:g}: {span.ends}."
        yield Diagnostic("CX195", message, parts.origins.locate(path), _UNIT)


def _edges(parts: Parts) -> Iterator[Diagnostic]:
    """What is known from elsewhere of a driver moves its outcome within the scale of the outcome."""
    for key, one in parts.of("driver_model").items():
        outcome = parts.values.get(("signal", one.outcome.signal))
        for index, edge in enumerate(one.edges):
            if outcome is not None and outcome.scale is not None:
                span = _Range(str(outcome.id), outcome.scale.min, outcome.scale.max, 1)
                path = ("driver_model", key, "edges", index, "effect")
                yield from _too_far(span, edge.effect, parts, path)


def _recoded(parts: Parts) -> Iterator[Diagnostic]:
    """Codes that are said to mean an answer which the scale of the signal does not have."""
    for path, wide in parts.each(model.WideColumns):
        signal = parts.values.get(("signal", wide.signal))
        scale = signal.scale if signal is not None else None
        for code, value in wide.recode.items():
            if scale is not None and not scale.min <= value <= scale.max:
                message = (
                    f'"{code}" cannot mean {value:g}: {wide.signal} is from {scale.min:g} to {scale.max:g}.'
                )
                yield Diagnostic("CX195", message, parts.origins.locate((*path, "recode", code)))


def _passed(parts: Parts, ranges: Mapping[str, _Range]) -> Iterator[Diagnostic]:
    """A target on the wrong side of the guardrail: where it is reached, the guardrail is passed."""
    guardrails = {
        str(key): table.guardrail
        for key, table in parts.of("metric").items()
        if table.guardrail is not None and str(key) in ranges
    }
    for value in _values(parts):
        limit = guardrails.get(value.metric)
        if limit is not None and value.wanted and ranges[value.metric].good * (value.value - limit) < 0:
            other = parts.origins.locate(("metric", value.metric, "guardrail"))
            message = f"{value.what}, {value.value:g}, is beyond its guardrail of {limit:g} ({other})."
            yield Diagnostic("CX196", message, parts.origins.locate(value.path), "One of the two is wrong.")


def _backwards(parts: Parts, ranges: Mapping[str, _Range]) -> Iterator[Diagnostic]:
    """Nodes of returns on experience on which getting worse counts as progress."""
    for key, tree in parts.of("rox").items():
        for index, node in enumerate(tree.nodes):
            span = ranges.get(str(node.metric)) if node.metric is not None else None
            if span is None or span.best is not None or (node.target - node.base) * span.good >= 0:
                continue
            side = "more" if span.good > 0 else "less"
            yield Diagnostic(
                "CX196",
                f"Node {index + 1} of {key} goes from {node.base:g} to {node.target:g}, but {side} of"
                f" {span.name} is better.",
                parts.origins.locate(("rox", key, "nodes", index, "target")),
                "Turn base and target around, or name the metric's counterpart.",
                severity="warning",
            )

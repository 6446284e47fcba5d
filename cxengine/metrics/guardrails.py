"""Guardrails: metrics that must not get worse than declared, whatever else improves.

Each is held against its limit over the whole journey and at every touchpoint, for everybody, now. A
guardrail is passed where that is beyond chance, all that the run tests considered
(`cxengine.metrics.discovery`); where the value merely lies beyond it, chance may be the reason. A total of
the latest period is held against it as that of the whole period, where the evidence covers a part of it
(`cxengine.metrics.covered`). A metric with a guardrail that got worse since the period before, beyond chance,
is told of in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.metrics.covered import at_its_end, part_over
from cxengine.metrics.measurement import Cell, Change, Level, Measurement

if TYPE_CHECKING:
    from cxengine.metrics.chances import Chances
    from cxengine.metrics.discovery import Discovery
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import MetricTable, Project
    from cxengine.project.origins import Origins


@attrs.frozen
class Guardrail:
    """A metric in a place, held against its guardrail."""

    metric: str
    level: Level
    subject: str
    limit: float
    measurement: Measurement
    """Now; of a total, in a period brought to its whole length."""
    state: Literal["passed", "beyond", "kept"]
    """Passed beyond chance; on the wrong side, which may be chance; kept."""
    p: float
    """The chance of so bad a value, or a worse one, were the truth at the guardrail: one-sided."""
    worsening: Change | None = None
    """A change for the worse since the period before, beyond chance."""
    over: float = 1.0
    """The part of the period that the evidence covers, of a total."""

    @property
    def side(self) -> str:
        """Where the value is, in a word."""
        return "below" if self.measurement.value < self.limit else "above"


def guardrails(
    project: Project, metrics: Mapping[str, Metric], measurements: Measurements
) -> tuple[Guardrail, ...]:
    """Every declared guardrail wherever its metric is shown now, in the order of the project, unflagged."""
    from cxengine.metrics.chances import Chances

    places: list[tuple[Level, str]] = [("journey", str(project.project.id))]
    places += [("touchpoint", str(touchpoint.id)) for touchpoint in project.touchpoints]
    chances = Chances(measurements, metrics)
    return tuple(
        _held(table, Cell(level, subject), found, chances)
        for table in project.metrics
        if table.guardrail is not None
        for level, subject in places
        if (found := measurements.get(str(table.id), level, subject)) is not None and not found.suppressed
    )


def flagged(
    found: Sequence[Guardrail],
    metrics: Mapping[str, Metric],
    measurements: Measurements,
    discovery: Discovery,
) -> tuple[Guardrail, ...]:
    """The guardrails with what is beyond chance: those that are passed, and changes for the worse."""
    return tuple(
        attrs.evolve(
            one,
            state="passed" if discovery.falls(one.p) else one.state,
            worsening=_worse(
                measurements.change(one.metric, one.level, one.subject), metrics[one.metric].good
            ),
        )
        for one in found
    )


def _held(table: MetricTable, cell: Cell, found: Measurement, chances: Chances) -> Guardrail:
    """A measurement held against its guardrail."""
    assert table.guardrail is not None
    name, limit, measurements = str(table.id), float(table.guardrail), chances.measurements
    found, good = at_its_end(found, name, measurements), chances.metrics[name].good
    worse = isfinite(found.value) and good * (limit - found.value) > 0
    p = chances.beyond(name, cell, found, limit, -good) if worse else 1.0
    return Guardrail(
        metric=name,
        level=cell.level,
        subject=cell.subject,
        limit=limit,
        measurement=found,
        state="beyond" if p < 1 else "kept",  # a time that is only told to be longer, by its bin, is not
        p=p,
        over=part_over(name, measurements),
    )


def warnings(found: Sequence[Guardrail], origins: Origins | None = None) -> Iterator[Diagnostic]:
    """What is to be told: guardrails that are passed, and metrics that got worse."""
    for one in found:
        place = origins.locate(("metric", one.metric, "guardrail")) if origins else None
        m, limit = one.measurement, f"its guardrail of {one.limit:.4g}"
        told = f"{one.metric} at {one.subject} is {m.value:.4g} ({m.low:.4g} to {m.high:.4g}, n = {m.n})"
        if 0 < one.over < 1:
            told += f" at the end of its period, at the rate of the {one.over:.0%} that the evidence covers"
        if one.state == "passed":
            yield Diagnostic("CX508", f"{told}, {one.side} {limit}.", place, severity="warning")
        if (change := one.worsening) is not None:
            step = f"{abs(change.value):.4g} worse in {change.period} than in {change.since}"
            message = f"{one.metric} at {one.subject} is {step}; {limit} is {_kept(one)}."
            yield Diagnostic("CX509", message, place, severity="warning")


def _kept(one: Guardrail) -> str:
    return {"passed": "passed", "beyond": "perhaps passed", "kept": "kept"}[one.state]


def _worse(change: Change | None, good: int) -> Change | None:
    """The change, where it is beyond chance and for the worse."""
    worse = change is not None and change.changed and good * change.value < 0
    return change if worse else None

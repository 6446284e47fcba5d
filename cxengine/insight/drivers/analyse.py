"""Every driver model of a project, from scan to result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.drivers import bootstrap, penalty_reward, spearman
from cxengine.insight.drivers.earlier import Earlier
from cxengine.insight.drivers.factors.solution import factors
from cxengine.insight.drivers.linkage import edges, paths
from cxengine.insight.drivers.measured import Measured
from cxengine.insight.drivers.question import Question, Refused, ask
from cxengine.insight.drivers.relative_weights import inflation
from cxengine.insight.drivers.report import Drawn, DriverResult, Drivers, ModelResult, Role
from cxengine.insight.drivers.rows import Rows
from cxengine.insight.drivers.segments import in_segment
from cxengine.insight.drivers.silence import Told, rounded
from cxengine.insight.drivers.sufficiency import enough, fitting
from cxengine.metrics.measurement import ALL
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import threshold

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import DriverModel, Project
    from cxengine.project.origins import Origins

REPLICATES = 400
_FEWER = 0.9
INFLATED = 10.0
"""Variance inflation from which coefficients are not to be read."""


def drivers(
    project: Project,
    evidence: Evidence,
    measurements: Measurements,
    origins: Origins | None = None,
    earlier: Earlier | None = None,
) -> Drivers:
    """What goes with the outcomes that the project asks about. Nothing is read where it asks about none.

    No mean is told that gives away a few answers beside what else is told of them, here or in the `earlier`
    run.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    if not project.driver_models:
        return Drivers()
    groups = cubes(project, origins, evidence.types, evidence.functions)
    told = Told(earlier or Earlier())
    answers = [
        _result(project, model, evidence, measurements, groups=groups, told=told)
        for model in project.driver_models
    ]
    results = tuple(result for result, _ in answers)
    drawn = {result.id: many for result, many in answers if many is not None}
    return Drivers(results, paths(list(zip(project.driver_models, results, strict=True))), drawn)


def _result(
    project: Project,
    model: DriverModel,
    evidence: Evidence,
    measurements: Measurements,
    *,
    groups: tuple[Cube, ...],
    told: Told,
) -> tuple[ModelResult, Drawn | None]:
    """What is found, with the importances that might as well have been; or why nothing is."""
    components = measurements.components
    present = components.present if components is not None and model.period == "current" else None
    try:
        question = ask(project, model, evidence.backend, present)
        rows = Rows.of(project, question, evidence.backend, cubes=groups, present=present)
        return _answered(project, question, rows, measurements, told)
    except Refused as reason:
        return _refused(model, str(reason)), None


def _answered(
    project: Project, question: Question, rows: Rows, measurements: Measurements, told: Told
) -> tuple[ModelResult, Drawn]:
    model = question.model
    found = rows.sums(tuple(column.variable(i) for i, column in enumerate(question.columns)))
    if ALL not in found:
        raise Refused("nobody has an answer to all of its questions")
    sums, least = found[ALL], _least(project, question)
    n, repair = enough(question, sums, least), fitting(question, found[ALL].total())
    rng = bootstrap.rng_of(str(model.id))
    measured = Measured(
        question=question,
        sums=sums,
        correlations=repair.matrix,
        drawn=bootstrap.replicates(sums, REPLICATES, rng),
        spearman=spearman.with_outcome(question, rows, REPLICATES, rng),
        effective=n * sums.evenness(),
        roles=_roles(question, rows, rng),
        hidden=told.hidden(question, sums, measurements, project, (least - 1) * rows.often + 1),
        least=least,
    )
    results, order = measured.results(), measured.order
    named = {segment.id: segment for segment in project.segments}
    whole = {driver.id: driver.importance for driver in results}
    among = repair.matrix[np.ix_(order, order)]
    result = ModelResult(
        id=str(model.id),
        name=model.name,
        outcome=question.outcome.name,
        unit=model.unit,
        missing=model.missing,
        method=model.method,
        n=rounded(n, least),
        evenness=sums.evenness(),
        r2=measured.r2(),
        sampling_error=measured.sampling_error,
        repaired=repair.moved,
        drivers=results,
        pairs=_pairs(measured),
        above=measured.above(),
        segments=tuple(
            in_segment(question, named[s], found.get(str(s)), least, whole) for s in model.segments
        ),
        factors=factors(among, measured.effective, model.factors, [d.id for d in results], rng)
        if model.factors
        else None,
        edges=edges(model, results),
        cautions=tuple(_cautions(measured, results, repair.moved)),
        refused=None,
        within=max(least, 1),
    )
    return result, Drawn(tuple(column.place.touchpoint for column in question.drivers), measured.many)


def _least(project: Project, question: Question) -> int:
    """The least number of answers that may be shown."""
    return max(threshold(project, column.signal) for column in question.columns)


def _roles(question: Question, rows: Rows, rng: np.random.Generator) -> dict[int, Role]:
    marks = penalty_reward.marks(question)
    sums = rows.of_everybody(marks.variables) if marks is not None else None
    return (
        {} if marks is None or sums is None else penalty_reward.roles(question, marks, sums, REPLICATES, rng)
    )


def _pairs(measured: Measured) -> tuple[tuple[int, ...], ...]:
    order = [*measured.order, len(measured.order)]
    answers = measured.sums.answers()[np.ix_(order, order)]
    return tuple(tuple(rounded(n, measured.least) for n in row) for row in answers)


def _cautions(measured: Measured, results: tuple[DriverResult, ...], moved: float) -> Iterator[str]:
    """What weakens the conclusions of a model, a sentence each."""
    question, outcome = measured.question, measured.question.outcome
    told = inflation(measured.correlations[:-1, :-1])
    for i, result in zip(measured.order, results, strict=True):
        if result.restates_outcome:
            yield (
                f"{result.name} may be the outcome in other words (r = {result.pearson.value:.2f}): it takes"
                " credit from the others; leave it out unless it is known to come first"
            )
        elif told[i] > INFLATED:
            yield (
                f"{result.name} is nearly told by the other drivers (variance inflated {told[i]:.0f} times):"
                " its coefficient and slope say little, its importance is shared with them"
            )
        elif result.signal == outcome.place.signal:
            yield f"{result.name} is told by the same signal as the outcome"
    yield from _strangers(question)
    answers, least = measured.sums.answers(), measured.least
    if answers.min() < _FEWER * answers.max():
        fewest, most = rounded(answers.min(), least), rounded(answers.max(), least)
        yield (
            f"between {fewest:,} and {most:,} rows are behind its pairs: where those who cannot answer"
            ' differ from the rest, say missing = "listwise"'
        )
    if moved:
        yield f"pairs were answered by different people: correlations were moved by up to {moved:.3f} to fit"
    scale = outcome.signal.scale
    if scale is not None and scale.step is not None and scale.max - scale.min <= scale.step:
        yield "the outcome is yes or no: effects are differences of probability, least right near 0 and 1"
    if question.unit == "customer" and not question.model.after:
        yield "nothing says that the outcome came after the experience: say after = true where times are told"


def _strangers(question: Question) -> Iterator[str]:
    """What the model says of drivers that it does not have."""
    model, known = question.model, [column.id for column in question.drivers]
    for name in model.factors.names if model.factors else ():
        for driver in name.drivers:
            if driver not in known:
                there = ", ".join(known)
                yield f"the factor {name.name} names {driver}, which is no driver; there are: {there}"
    places = {(column.place.signal, column.place.touchpoint) for column in question.drivers}
    for edge in model.edges:
        if (str(edge.signal), str(edge.touchpoint)) not in places:
            yield f"an effect is declared of {edge.signal} at {edge.touchpoint}, which is no driver"


def _refused(model: DriverModel, reason: str) -> ModelResult:
    return ModelResult(
        id=str(model.id),
        name=model.name,
        outcome=model.outcome.name or str(model.outcome.signal),
        unit=model.unit,
        missing=model.missing,
        method=model.method,
        n=0,
        evenness=1.0,
        r2=None,
        sampling_error=0.0,
        repaired=0.0,
        drivers=(),
        pairs=(),
        above=(),
        segments=(),
        factors=None,
        edges=(),
        cautions=(),
        refused=reason,
    )

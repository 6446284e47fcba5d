"""Components computed by the letter: row by row, as a metric's author would check them by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine import cel
from cxengine.plugin import component
from cxengine.plugin.distribution import Distribution, bins

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.plugin import Metric

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen
class Answer:
    """One answer to the signal."""

    value: float
    weight: float = 1.0
    censored: bool = False
    age: float = 0.0
    """Days until the last answer that anybody gave."""
    next_after: float | None = None
    """Days until the same customer's next answer; None where there is none."""


Read = Callable[[Sequence[Sequence[Answer]]], dict[str, Any]]


def reader(metric: Metric) -> Read:
    """What computes all components of a metric, and `n`, `w`, `w2`, for the answers of each cell.

    Raises:
        NotImplementedError: the metric reads the histories of customers, which answers alone do not tell.
    """
    constants = component.constants(metric.signal.scale, metric.options)
    parsed = {name: component.parse(text, constants) for name, text in metric.components.items()}
    if any(part.kind in component.CUSTOMERS for part in parsed.values()):
        raise NotImplementedError(f"{metric.name} reads histories of customers")
    sees_censored = any(component.CENSORED in text for text in metric.components.values())
    parts = {name: _part(part, constants) for name, part in parsed.items()}

    def read(cells: Sequence[Sequence[Answer]]) -> dict[str, Any]:
        kept = [[a for a in cell if sees_censored or not a.censored] for cell in cells]
        found = {name: part(kept) for name, part in parts.items()}
        found["n"] = np.array([len(cell) for cell in kept], dtype=np.float64)
        found["w"] = np.array([sum(a.weight for a in cell) for cell in kept], dtype=np.float64)
        found["w2"] = np.array([sum(a.weight**2 for a in cell) for cell in kept], dtype=np.float64)
        return found

    return read


def _part(
    part: component.Component, constants: dict[str, Any]
) -> Callable[[Sequence[Sequence[Answer]]], Any]:
    environment = cel.Environment(variables=component.facts(constants))
    expression, condition = (
        None if text is None else environment.compile(text) for text in (part.expression, part.condition)
    )

    def facts(answer: Answer) -> dict[str, Any]:
        return {**constants, **attrs.asdict(answer)}

    def counts(answer: Answer) -> bool:
        return condition is None or bool(condition(facts(answer)))

    def of_cell(cell: Sequence[Answer]) -> float:
        chosen = [answer for answer in cell if counts(answer)]
        if expression is None:
            return sum(answer.weight for answer in chosen)
        values = [float(expression(facts(answer))) for answer in chosen]
        if part.kind == "sum":
            return sum(a.weight * value for a, value in zip(chosen, values, strict=True))
        return (min if part.kind == "min" else max)(values) if values else float("nan")

    def distribution(cells: Sequence[Sequence[Answer]]) -> Distribution:
        rows = [(i, a.value, a.weight) for i, cell in enumerate(cells) for a in cell if counts(a)]
        index, value, weight = (np.array([row[k] for row in rows]) for k in range(3))
        numbers = bins(value.astype(np.float64))
        return Distribution.of(len(cells), index.astype(np.int64), numbers, weight.astype(np.float64))

    if part.kind == "log_histogram":
        return distribution
    return lambda cells: np.array([of_cell(cell) for cell in cells], dtype=np.float64)


def added(metric: Metric, parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Components of one cell from those of its parts, as every roll-up adds them."""
    constants = component.constants(metric.signal.scale, metric.options)
    total: dict[str, Any] = {}
    for name in parts[0]:
        kind = "sum" if name in ("n", "w", "w2") else component.parse(metric.components[name], constants).kind
        columns = [part[name] for part in parts]
        if kind == "log_histogram":
            total[name] = _together(columns)
        elif kind in component.ADDITIVE:
            total[name] = np.sum(columns, axis=0)
        else:
            total[name] = (np.fmin if kind == "min" else np.fmax).reduce(columns)
    return total


def _together(columns: Sequence[Distribution]) -> Distribution:
    value = np.concatenate([column.value for column in columns])
    w = np.concatenate([column.w for column in columns])
    cell = np.concatenate([column.cell for column in columns])
    return Distribution.of(columns[0].cells, cell, bins(value), w)

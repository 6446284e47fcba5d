"""Components of metrics: aggregates in CEL that add up.

An `Aggregate` is `count()`, `count(condition)`, `sum(expression)`, `sum(expression, condition)`,
`min(expression)`, `max(expression)`, `log_histogram()` or `log_histogram(condition)` over `value`, the
bounds of the `scale` and the metric's `options`. It is evaluated on the distinct values of a discrete
scale, or emitted as SQL. Only SQL knows more of an answer than its value: whether it is `censored`, how
many days ago it was (`age`), and when the same customer came again (`next_after`, days).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from cxengine import cel
from cxengine.cel.ast import Call
from cxengine.cel.targets.sql import literal
from cxengine.diagnostics import Diagnostic, ProjectError
from cxengine.metrics import spelling

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.plugin import Metric
    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]

Kind = Literal["count", "sum", "min", "max", "log_histogram"]
_KINDS: Mapping[str, Kind] = {
    "count": "count", "sum": "sum", "min": "min", "max": "max", "log_histogram": "log_histogram",
}  # fmt: skip
ADDITIVE: frozenset[Kind] = frozenset({"count", "sum", "log_histogram"})
"""The kinds that add up; of the others the smallest or the largest remains."""

CENSORED = "censored"
HISTORY = ("age", "next_after")
_BEYOND_VALUE: Mapping[str, cel.Type] = {
    CENSORED: cel.BOOL,
    "age": cel.DOUBLE,
    "next_after": cel.nullable(cel.DOUBLE),
}

_FUNCTIONS = (
    cel.Function(
        "count",
        (
            cel.Overload("count_answers", (), cel.DOUBLE),
            cel.Overload("count_answers_where", (cel.BOOL,), cel.DOUBLE),
        ),
        about="How many answers there are, or how many meet a condition.",
    ),
    cel.Function(
        "sum",
        (
            cel.Overload("sum_answers", (cel.DOUBLE,), cel.DOUBLE),
            cel.Overload("sum_answers_where", (cel.DOUBLE, cel.BOOL), cel.DOUBLE),
        ),
        about="The sum over all answers, or over those that meet a condition.",
    ),
    cel.Function(
        "log_histogram",
        (
            cel.Overload("log_histogram_answers", (), cel.DOUBLE),
            cel.Overload("log_histogram_answers_where", (cel.BOOL,), cel.DOUBLE),
        ),
        about="How many answers there are, or how many meet a condition, by the size of their value.",
    ),
    cel.Function("min", (cel.Overload("min_answers", (cel.DOUBLE,), cel.DOUBLE),), about="The smallest."),
    cel.Function("max", (cel.Overload("max_answers", (cel.DOUBLE,), cel.DOUBLE),), about="The largest."),
)


@attrs.frozen(eq=False)
class Aggregate:
    """One component: what is added up (or compared) over the answers that meet the condition."""

    kind: Kind
    expression: cel.Program | None
    condition: cel.Program | None
    constants: Mapping[str, Any]
    """Facts that are the same for every answer: `scale` and `options`."""

    @property
    def reads(self) -> frozenset[str]:
        """The variables it reads."""
        programs = (self.expression, self.condition)
        return frozenset(path[0] for program in programs if program for path in program.reads)

    @property
    def needs_answers(self) -> bool:
        """Whether it reads more than the value, so that a histogram of values is not enough."""
        return not self.reads.isdisjoint(_BEYOND_VALUE)

    def of(self, values: FloatArray) -> FloatArray:
        """What one answer of each value contributes: NaN for an extreme that does not count."""
        counts = self._each(self.condition, values).astype(bool)
        if self.kind in {"count", "log_histogram"}:
            return counts.astype(np.float64)
        nothing = 0.0 if self.kind == "sum" else np.nan
        contributions = np.full(len(values), nothing)
        contributions[counts] = self._each(self.expression, values[counts])
        return contributions

    def sql(self, dialect: str, *, weighted: bool) -> str:
        """The aggregate as SQL over columns named like the variables; sums are exact decimals.

        A log histogram is a count: the scan groups by bins what it counts.
        """
        columns = {"value": cel.SqlColumn("value", required=True)} | _literals(dialect, self.constants)
        columns |= {name: cel.SqlColumn(name) for name in self.reads.intersection(_BEYOND_VALUE)}
        condition = self.condition.predicate(dialect, columns) if self.condition else None
        weight = "weight" if weighted else "1"
        if self.kind in {"count", "log_histogram"}:
            return f"SUM(CASE WHEN {condition} THEN {weight} ELSE 0 END)" if condition else f"SUM({weight})"
        assert self.expression is not None
        term = self.expression.sql(dialect, columns)
        term = spelling.double(dialect, term)
        if self.kind == "sum":
            term = f"{term} * {spelling.double(dialect, 'weight')}" if weighted else term
            term = spelling.amount(dialect, term)
        chosen = f"CASE WHEN {condition} THEN {term} END" if condition else term
        return f"{self.kind.upper()}({chosen})"

    def _each(self, program: cel.Program | None, values: FloatArray) -> npt.NDArray[Any]:
        if program is None:
            return np.ones(len(values))
        return np.array([program({"value": float(v), **self.constants}) for v in values], dtype=np.float64)


def compile_components(metric: Metric) -> Mapping[str, Aggregate]:
    """The components of a metric, by name.

    Raises:
        ProjectError: a component is not an aggregate, or does not fit its facts.
    """
    constants = _constants(metric)
    records = {name: cel.record(_types(fields)) for name, fields in constants.items()}
    facts: dict[str, cel.Type] = {"value": cel.DOUBLE, **_BEYOND_VALUE, **records}
    found, wrong = {}, []
    for name, text in metric.components.items():
        try:
            found[name] = _compile(text, facts, constants)
        except cel.CelError as error:
            about = f"component {name!r} of the metric {metric.name}, {text}: "
            wrong += [Diagnostic("CX501", about + d.message, hint=d.hint) for d in error.diagnostics]
    if wrong:
        raise ProjectError(*wrong)
    return found


def _compile(text: str, facts: Mapping[str, cel.Type], constants: Mapping[str, Any]) -> Aggregate:
    call = cel.Environment(variables=facts, functions=_FUNCTIONS).compile(text).tree
    inner = cel.Environment(variables=facts)
    if not isinstance(call, Call) or call.function not in _KINDS:
        problem = Diagnostic("CX501", "it is no aggregate", hint=f"use one of {', '.join(_KINDS)}")
        raise cel.CelError(problem, kind="unsupported")
    parts = [inner.compile(text[slice(*argument.span)]) for argument in call.arguments]
    kind = _KINDS[call.function]
    expression = None if kind in {"count", "log_histogram"} else parts.pop(0)
    return Aggregate(kind, expression, parts[0] if parts else None, constants)


def _constants(metric: Metric) -> dict[str, Any]:
    options = {
        field.name: value
        for field in attrs.fields(type(metric.options))
        if isinstance(value := getattr(metric.options, field.name), bool | int | float | str)
    }
    return scale_facts(metric.signal) | ({"options": options} if options else {})


def scale_facts(signal: Signal) -> dict[str, Any]:
    """What expressions may read about the scale of a signal; nothing where it declares none."""
    scale = signal.scale
    if scale is None:
        return {}
    low, high = float(scale.min), float(scale.max)
    return {"scale": {"min": low, "max": high, "middle": (low + high) / 2}}


def _types(fields: Mapping[str, Any]) -> dict[str, cel.Type]:
    types = {bool: cel.BOOL, int: cel.INT, float: cel.DOUBLE, str: cel.STRING}
    return {name: types[type(value)] for name, value in fields.items()}


def _literals(dialect: str, constants: Mapping[str, Any]) -> dict[str, cel.SqlColumn]:
    """Constants as the columns that SQL reads: `scale.min` is the number itself."""
    return {
        f"{group}.{name}": cel.SqlColumn(literal(dialect, value), required=True)
        for group, fields in constants.items()
        for name, value in fields.items()
    }

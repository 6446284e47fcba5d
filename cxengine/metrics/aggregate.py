"""Components of metrics, compiled: over the distinct values of a discrete scale, or as SQL.

`cxengine.plugin.component` tells the language. Only SQL knows more of an answer than its value: whether it
is `censored`, how many days ago it was (`age`), and when the same customer came again (`next_after`, days).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine import cel
from cxengine.cel.targets.sql import literal
from cxengine.diagnostics import Diagnostic, ProjectError
from cxengine.metrics import spelling
from cxengine.plugin import component

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.plugin import Metric

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class Aggregate:
    """One component: what is added up (or compared) over the answers that meet the condition."""

    kind: component.Kind
    expression: cel.Program | None
    condition: cel.Program | None
    constants: Mapping[str, Any]
    """Facts that are the same for every answer: `scale` and `options`."""
    arguments: tuple[Any, ...] = ()
    """What a component about customers is given."""

    @property
    def reads(self) -> frozenset[str]:
        """The variables it reads."""
        programs = (self.expression, self.condition)
        return frozenset(path[0] for program in programs if program for path in program.reads)

    @property
    def needs_answers(self) -> bool:
        """Whether it reads more than the value, so that a histogram of values is not enough."""
        return not self.reads.isdisjoint(component.BEYOND_VALUE)

    def of(self, values: FloatArray) -> FloatArray:
        """What one answer of each value contributes: NaN for an extreme that does not count."""
        counts = self._each(self.condition, values).astype(bool)
        if self.kind in component.COUNTS:
            return counts.astype(np.float64)
        nothing = 0.0 if self.kind == "sum" else np.nan
        contributions = np.full(len(values), nothing)
        contributions[counts] = self._each(self.expression, values[counts])
        return contributions

    def sql(self, dialect: str, *, weighted: bool) -> str:
        """The aggregate as SQL over columns named like the variables; sums are exact decimals.

        A log histogram is a count: the scan groups by bins what it counts.
        """
        how = "SUM" if self.kind in component.COUNTS else self.kind.upper()
        return f"{how}({self.each(dialect, weighted=weighted)})"

    def each(self, dialect: str, *, weighted: bool) -> str:
        """SQL of what one answer adds, or of what is compared: null where it does not count."""
        columns = {"value": cel.SqlColumn("value", required=True)} | _literals(dialect, self.constants)
        columns |= {name: cel.SqlColumn(name) for name in self.reads.intersection(component.BEYOND_VALUE)}
        condition = self.condition.predicate(dialect, columns) if self.condition else None
        weight = "weight" if weighted else "1"
        if self.kind in component.COUNTS:
            return f"CASE WHEN {condition} THEN {weight} ELSE 0 END" if condition else weight
        assert self.expression is not None
        term = self.expression.sql(dialect, columns)
        term = spelling.double(dialect, term)
        if self.kind == "sum":
            term = f"{term} * {spelling.double(dialect, 'weight')}" if weighted else term
            term = spelling.amount(dialect, term)
        return f"CASE WHEN {condition} THEN {term} END" if condition else term

    def term(self, dialect: str) -> str:
        """SQL of what one answer adds, before it is weighted; only of counts and sums."""
        columns = {"value": cel.SqlColumn("value", required=True)} | _literals(dialect, self.constants)
        columns |= {name: cel.SqlColumn(name) for name in self.reads.intersection(component.BEYOND_VALUE)}
        term = self.expression.sql(dialect, columns) if self.expression else "1"
        counted = f"COALESCE({spelling.double(dialect, term)}, 0)"
        if self.condition is None:
            return counted
        return f"CASE WHEN {self.condition.predicate(dialect, columns)} THEN {counted} ELSE 0 END"

    def _each(self, program: cel.Program | None, values: FloatArray) -> npt.NDArray[Any]:
        if program is None:
            return np.ones(len(values))
        return np.array([program({"value": float(v), **self.constants}) for v in values], dtype=np.float64)


@attrs.frozen(eq=False)
class Moment:
    """What two components have of an answer, multiplied, and by its weight or the square of that.

    None stands for the weight itself, of which every answer has 1.
    """

    one: Aggregate | None
    other: Aggregate | None
    squared: bool

    @property
    def kind(self) -> component.Kind:
        """It adds up."""
        return "sum"

    @property
    def reads(self) -> frozenset[str]:
        """The variables it reads."""
        return frozenset().union(*(part.reads for part in (self.one, self.other) if part))

    def sql(self, dialect: str, *, weighted: bool) -> str:
        """The sum as SQL, exact like those of components."""
        return f"SUM({self.each(dialect, weighted=weighted)})"

    def each(self, dialect: str, *, weighted: bool) -> str:
        """SQL of what one answer adds."""
        factors = [part.term(dialect) for part in (self.one, self.other) if part]
        factors += [spelling.double(dialect, "weight")] * ((2 if self.squared else 1) if weighted else 0)
        return spelling.amount(dialect, " * ".join(f"({factor})" for factor in factors))


def compile_components(metric: Metric) -> Mapping[str, Aggregate]:
    """The components of a metric, by name.

    Raises:
        ProjectError: a component is not an aggregate, or does not fit its facts.
    """
    constants = component.constants(metric.signal.scale, metric.options)
    found, wrong = {}, []
    for name, text in metric.components.items():
        try:
            found[name] = _compile(text, constants)
        except cel.CelError as error:
            about = f'The component "{name}" of the metric {metric.name}, {text}: '
            wrong += [Diagnostic("CX501", about + d.message, hint=d.hint) for d in error.diagnostics]
    if wrong:
        raise ProjectError(*wrong)
    return found


def _compile(text: str, constants: Mapping[str, Any]) -> Aggregate:
    parts = component.parse(text, constants)
    environment = component.environment(constants)
    expression, condition = (
        None if part is None else environment.compile(part) for part in (parts.expression, parts.condition)
    )
    arguments = tuple(environment.compile(argument)(constants) for argument in parts.arguments)
    return Aggregate(parts.kind, expression, condition, constants, arguments)


def _literals(dialect: str, constants: Mapping[str, Any]) -> dict[str, cel.SqlColumn]:
    """Constants as the columns that SQL reads: `scale.min` is the number itself."""
    return {
        f"{group}.{name}": cel.SqlColumn(literal(dialect, value), required=True)
        for group, fields in constants.items()
        for name, value in fields.items()
    }

"""Components of metrics, compiled: over the distinct values of a discrete scale, or as SQL.

`cxengine.plugin.component` tells the language. Only SQL knows more of an answer than its value: whether it
is `censored`, how many days ago it was (`age`), and when the same customer came again (`next_after`, days).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.targets.sql import literal
from cxengine.diagnostics import Diagnostic, ProjectError
from cxengine.metrics import spelling
from cxengine.metrics.exact import BEYOND
from cxengine.plugin import component

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.plugin import Metric

    FloatArray = npt.NDArray[np.float64]

LARGE = 1e8
"""What an answer may add at most where totals of clusters are multiplied."""
_PLAIN = frozenset({"_*_", "_-_", "-_"})


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
    def checked(self) -> bool:
        """Whether answers may add too much: where it is not the answers themselves, or their squares.

        Of these the scan checks beforehand that they add up exactly.
        """
        return self.kind == "sum" and self.expression is not None and not _is_plain(self.expression.tree)

    @property
    def needs_answers(self) -> bool:
        """Whether it reads more than the value, so that a histogram of values is not enough."""
        return not self.reads.isdisjoint(component.BEYOND_VALUE)

    def of(self, values: FloatArray) -> FloatArray:
        """What one answer of each value contributes: NaN for an extreme that does not count.

        NaN, too, for what has no value (a division by zero) or is too large to be added exactly.
        """
        counts = self._each(self.condition, values, failed=0.0).astype(bool)
        if self.kind in component.COUNTS:
            return counts.astype(np.float64)
        nothing = 0.0 if self.kind == "sum" else np.nan
        contributions = np.full(len(values), nothing)
        contributions[counts] = self._each(self.expression, values[counts], failed=np.nan)
        if self.checked:
            contributions[~(np.abs(contributions) < BEYOND)] = np.nan
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
            term = (spelling.bounded if self.checked else spelling.amount)(dialect, term)
        return f"CASE WHEN {condition} THEN {term} END" if condition else term

    def term(self, dialect: str) -> str:
        """SQL of what one answer adds, before it is weighted; only of counts and sums."""
        return f"COALESCE({self.added(dialect)}, 0)"

    def added(self, dialect: str) -> str:
        """The same, but null where it has no value."""
        columns = {"value": cel.SqlColumn("value", required=True)} | _literals(dialect, self.constants)
        columns |= {name: cel.SqlColumn(name) for name in self.reads.intersection(component.BEYOND_VALUE)}
        term = spelling.double(dialect, self.expression.sql(dialect, columns) if self.expression else "1")
        if self.condition is None:
            return term
        return f"CASE WHEN {self.condition.predicate(dialect, columns)} THEN {term} ELSE 0 END"

    def _each(self, program: cel.Program | None, values: FloatArray, *, failed: float) -> FloatArray:
        if program is None:
            return np.ones(len(values))
        found = np.full(len(values), failed)
        for place, value in enumerate(values):
            with suppress(cel.CelError):
                found[place] = program({"value": float(value), **self.constants})
        return found


@attrs.frozen(eq=False)
class Excess:
    """How much too large the largest of what answers add to a sum is: see `LARGE` and `BEYOND`."""

    aggregate: Aggregate

    kind: ClassVar[component.Kind] = "max"

    @property
    def reads(self) -> frozenset[str]:
        """The variables it reads."""
        return self.aggregate.reads

    def sql(self, dialect: str, *, weighted: bool) -> str:
        """The largest as SQL."""
        return f"MAX({self.each(dialect, weighted=weighted)})"

    def each(self, dialect: str, *, weighted: bool) -> str:
        """SQL of that of an answer: 0, 1 where totals cannot be multiplied, 2 where they cannot be added.

        What has no value, as where it is divided by zero, cannot be added, either; but what is unknown of an
        answer (when its customer came again) adds nothing.
        """
        one = self.aggregate
        term = one.term(dialect) if one.needs_answers else one.added(dialect)
        term = f"{term} * {spelling.double(dialect, 'weight')}" if weighted else term
        steps = ((LARGE, 0), (BEYOND, 1))
        arms = " ".join(f"WHEN {spelling.within(term, limit)} THEN {level}" for limit, level in steps)
        return spelling.double(dialect, f"CASE {arms} ELSE 2 END")


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
        parts = [part for part in (self.one, self.other) if part]
        factors = [part.term(dialect) for part in parts]
        factors += [spelling.double(dialect, "weight")] * ((2 if self.squared else 1) if weighted else 0)
        amount = spelling.bounded if any(part.checked for part in parts) else spelling.amount
        return amount(dialect, " * ".join(f"({factor})" for factor in factors))


Scanned = Aggregate | Moment | Excess
"""What a scan may be asked for."""


def excess_of(part: str) -> str:
    """The name of what the scan finds of the excess of a component."""
    return f"excess of {part}"


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


def _is_plain(node: ast.Node) -> bool:
    """Whether it is the answer, how far it is from a point of its scale, or one of these times another."""
    nodes = list(ast.walk(node))
    read = [one.name for one in nodes if isinstance(one, ast.Variable)]
    only = all(
        one.function in _PLAIN if isinstance(one, ast.Call) else isinstance(one, ast.Select | ast.Variable)
        for one in nodes
    )
    return only and read.count("value") <= 2 and set(read) <= {"value", "scale"}


def _literals(dialect: str, constants: Mapping[str, Any]) -> dict[str, cel.SqlColumn]:
    """Constants as the columns that SQL reads: `scale.min` is the number itself."""
    return {
        f"{group}.{name}": cel.SqlColumn(literal(dialect, value), required=True)
        for group, fields in constants.items()
        for name, value in fields.items()
    }

"""The language of components: aggregates in CEL that add up, as metrics write them.

A component is `count()`, `count(condition)`, `sum(expression)`, `sum(expression, condition)`,
`min(expression)`, `max(expression)`, `log_histogram()` or `log_histogram(condition)`. `histories()` and
`growth(days, attribute)` are no aggregates of answers: they take one more scan, keyed by customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import attrs

from cxengine import cel
from cxengine.cel.ast import Call, walk
from cxengine.cel.errors import Source
from cxengine.diagnostics import Diagnostic

__all__ = [
    "ADDITIVE",
    "BEYOND_VALUE",
    "CENSORED",
    "COUNTS",
    "CUSTOMERS",
    "DAYS",
    "HISTORY",
    "Component",
    "Kind",
    "constants",
    "environment",
    "facts",
    "parse",
    "scale_facts",
]

Kind = Literal["count", "sum", "min", "max", "log_histogram", "histories", "growth"]
_KINDS: Mapping[str, Kind] = {
    "count": "count", "sum": "sum", "min": "min", "max": "max", "log_histogram": "log_histogram",
    "histories": "histories", "growth": "growth",
}  # fmt: skip
ADDITIVE: frozenset[Kind] = frozenset({"count", "sum", "log_histogram"})
"""The kinds that add up; of the others the smallest or the largest remains."""
CUSTOMERS: frozenset[Kind] = frozenset({"histories", "growth"})
"""The kinds that are about customers instead of answers."""
COUNTS: frozenset[Kind] = CUSTOMERS.union({"count", "log_histogram"})
"""The kinds that have no expression."""

DAYS = "between days"
"""What the engine gives to metrics that add up over time, where it knows: by how much the variance of a value
is more than that of independent events, as events of a day, or of some weeks, go together.
"""

CENSORED = "censored"
HISTORY = ("age", "next_after")
BEYOND_VALUE: Mapping[str, cel.Type] = {
    CENSORED: cel.BOOL,
    "age": cel.DOUBLE,
    "next_after": cel.nullable(cel.DOUBLE),
}
"""What components may read of an answer besides its value."""


def _counting(name: str, about: str) -> cel.Function:
    all_of = cel.Overload(f"{name}_answers", (), cel.DOUBLE)
    some = cel.Overload(f"{name}_answers_where", (cel.BOOL,), cel.DOUBLE)
    return cel.Function(name, (all_of, some), about=about)


_FUNCTIONS = (
    _counting("count", "How many answers there are, or how many meet a condition."),
    _counting(
        "log_histogram", "How many answers there are, or meet a condition, by the size of their value."
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
        "histories",
        (cel.Overload("histories_of_customers", (), cel.DOUBLE),),
        about="When and how often each customer came, and what was spent.",
    ),
    cel.Function(
        "growth",
        (cel.Overload("growth_by_customer", (cel.DOUBLE, cel.STRING), cel.DOUBLE),),
        about="What each customer spent in the last days and in as many before; the attribute says who came"
        " because others recommended us.",
    ),
    cel.Function("min", (cel.Overload("min_answers", (cel.DOUBLE,), cel.DOUBLE),), about="The smallest."),
    cel.Function("max", (cel.Overload("max_answers", (cel.DOUBLE,), cel.DOUBLE),), about="The largest."),
)


@attrs.frozen
class Component:
    """A component in its parts, which are CEL text."""

    kind: Kind
    expression: str | None
    """What is added up or compared; None for counts."""
    condition: str | None
    """Which answers count; None for all."""
    arguments: tuple[str, ...] = ()
    """What a component about customers is given."""


def parse(text: str, constants: Mapping[str, Mapping[str, Any]]) -> Component:
    """The parts of a component.

    `constants` are what it may read besides the answer: the `scale` of the signal, a metric's `options`.

    Raises:
        CelError: it is no aggregate, or does not fit its facts; places are within `text`.
    """
    call = environment(constants, _FUNCTIONS).compile(text).tree
    if not isinstance(call, Call) or call.function not in _KINDS:
        problem = Diagnostic("CX501", "it is no aggregate", hint=f"use one of {', '.join(_KINDS)}")
        raise cel.CelError(problem, kind="unsupported")
    for node in walk(call):
        if node is not call and isinstance(node, Call) and node.function in _KINDS:
            raise _nested(text, node)
    parts: list[str] = [text[slice(*argument.span)] for argument in call.arguments]
    kind = _KINDS[call.function]
    if kind in CUSTOMERS:
        return Component(kind, None, None, tuple(parts))
    expression = None if kind in COUNTS else parts.pop(0)
    return Component(kind, expression, parts[0] if parts else None)


def environment(
    constants: Mapping[str, Mapping[str, Any]], functions: tuple[cel.Function, ...] = ()
) -> cel.Environment:
    """What expressions are compiled in: one for all that may read the same, which keeps what it compiled."""
    return _environment(tuple(facts(constants).items()), functions)


@lru_cache(maxsize=64)
def _environment(
    variables: tuple[tuple[str, cel.Type], ...], functions: tuple[cel.Function, ...]
) -> cel.Environment:
    return cel.Environment(variables=dict(variables), functions=functions)


def _nested(text: str, node: Call) -> cel.CelError:
    """An aggregate of aggregates, of which there are none."""
    problem = Diagnostic(
        "CX501",
        f"{text[slice(*node.span)]} is an aggregate within another",
        hint="one aggregate adds up over the answers; what is made of several belongs into a formula",
    )
    return cel.CelError(problem, kind="unsupported", span=node.span).within(Source(text))


def facts(constants: Mapping[str, Mapping[str, Any]]) -> dict[str, cel.Type]:
    """What the expressions of a component may read, with types."""
    records = {
        name: cel.record({field: type_of(value) for field, value in fields.items()})
        for name, fields in constants.items()
    }
    return {"value": cel.DOUBLE, **BEYOND_VALUE, **records}


def type_of(value: bool | float | str) -> cel.Type:
    """The type of a constant."""
    types: Mapping[type, cel.Type] = {bool: cel.BOOL, int: cel.INT, float: cel.DOUBLE, str: cel.STRING}
    return types[type(value)]


def scale_facts(scale: Any) -> dict[str, dict[str, float]]:
    """What expressions may read about a scale; nothing where there is none."""
    if scale is None:
        return {}
    low, high = float(scale.min), float(scale.max)
    return {"scale": {"min": low, "max": high, "middle": (low + high) / 2}}


def constants(scale: Any, options: Any) -> dict[str, dict[str, Any]]:
    """What components may read besides the answer: the scale, and the options that are plain values."""
    plain = {
        field.name: value
        for field in attrs.fields(type(options))
        if isinstance(value := getattr(options, field.name), bool | int | float | str)
    }
    return scale_facts(scale) | ({"options": plain} if plain else {})

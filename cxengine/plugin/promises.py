"""What the methods of each kind of plugin promise to return, checked when they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cxengine.plugin.base import (
    Assignment,
    Batch,
    Enricher,
    Enrichment,
    Estimates,
    Exporter,
    Grouping,
    Metric,
    Plugin,
    Source,
)
from cxengine.plugin.remote import Outcome, Plan, RemoteExporter
from cxengine.plugin.scoring import Link, Scoring, Term

Check = Callable[[Any, Sequence[Any]], str | None]
"""What is wrong with a result (of a generator: an item), given the arguments; None where nothing is."""


def of(plugin: type[Plugin]) -> Iterator[tuple[str, Check]]:
    """The methods of a plugin that are watched, and what each promises."""
    for kind, methods in _PROMISES.items():
        if issubclass(plugin, kind):
            yield from methods.items()


def _is(kind: type[Any]) -> Check:
    def check(result: Any, arguments: Sequence[Any]) -> str | None:
        del arguments
        return None if isinstance(result, kind) else f"{_a(result)} where a {kind.__name__} was expected"

    return check


def _each_is(kind: type[Any]) -> Check:
    def check(result: Any, arguments: Sequence[Any]) -> str | None:
        del arguments
        fits = isinstance(result, Sequence) and all(isinstance(one, kind) for one in result)
        return None if fits else f"{_a(result)} where a list of {kind.__name__}s was expected"

    return check


def _batch(result: Any, arguments: Sequence[Any]) -> str | None:
    del arguments
    if not isinstance(result, Batch):
        return f"{_a(result)} where batches were expected"
    rows, positions = result.rows.num_rows, len(result.positions)
    return None if rows == positions else f"a batch of {rows} rows with {positions} positions"


def _texts(result: Any, arguments: Sequence[Any]) -> str | None:
    del arguments
    if not isinstance(result, Mapping):
        return f"{_a(result)} where a mapping was expected"
    odd = next((x for pair in result.items() for x in pair if not isinstance(x, str)), None)
    return None if odd is None else f"a mapping that holds {_a(odd)} where a text was expected"


def _bounds(result: Any, arguments: Sequence[Any]) -> str | None:
    del arguments
    fits = isinstance(result, tuple) and len(result) == 2 and all(isinstance(x, int | float) for x in result)
    return None if fits else f"{_a(result)} where (smallest, largest) was expected"


def _estimates(result: Any, arguments: Sequence[Any]) -> str | None:
    if not isinstance(result, Estimates):
        return f"{_a(result)} where Estimates were expected"
    cells = _cells(arguments)
    shapes = {getattr(array, "shape", None) for array in (result.value, result.low, result.high)}
    return None if shapes <= {(cells,)} else f"estimates of shape {shapes} for {cells} cells"


def _draws(result: Any, arguments: Sequence[Any]) -> str | None:
    wanted = (_cells(arguments), arguments[2]) if len(arguments) > 2 else None
    shape = getattr(result, "shape", None)
    fits = shape is not None and (wanted is None or shape == wanted)
    return None if fits else f"draws of shape {shape} where {wanted} was expected"


def _chances(result: Any, arguments: Sequence[Any]) -> str | None:
    """One a cell, or None; of pairs, one a pair."""
    wanted = (len(arguments[1]),)
    shape = getattr(result, "shape", None)
    return (
        None if result is None or shape == wanted else f"chances of shape {shape} where {wanted} was expected"
    )


def _cells(arguments: Sequence[Any]) -> int:
    components = arguments[0]
    return len(components["n"]) if "n" in components else len(next(iter(components.values())))


def _assignments(result: Any, arguments: Sequence[Any]) -> str | None:
    if not isinstance(result, Sequence) or not all(isinstance(one, Assignment) for one in result):
        return f"{_a(result)} where a list of Assignments was expected"
    items, areas = [item.id for item in arguments[0]], {area.id for area in arguments[1]}
    if [one.item for one in result] != items:
        return "assignments that are not one an item, in order"
    odd = next((one.area for one in result if one.area is not None and one.area not in areas), None)
    return None if odd is None else f"the area {odd!r}, which nobody declared"


def _paths(result: Any, arguments: Sequence[Any]) -> str | None:
    if not isinstance(result, Sequence) or not all(isinstance(one, Path) for one in result):
        return f"{_a(result)} where a list of Paths was expected"
    folder = arguments[1].resolve()
    outside = next((one for one in result if not one.resolve().is_relative_to(folder)), None)
    if outside is not None:
        return f"{outside}, which is outside the folder it was given"
    missing = next((one for one in result if not one.exists()), None)
    return None if missing is None else f"{missing.name}, which it did not write"


def _a(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


_PROMISES: Mapping[type[Plugin], Mapping[str, Check]] = {
    Source: {
        "read": _batch,
        "fingerprints": _texts,
        "labels": _texts,
        "timezones": _texts,
        "propose": _is(str),
    },
    Enricher: {"offers": _is(Mapping), "enrich": _is(Enrichment)},
    Metric: {
        "range": _bounds,
        "measure": _estimates,
        "draw": _draws,
        "chances": _chances,
        "chances_between": _chances,
    },
    Grouping: {"group": _assignments},
    Scoring: {"terms": _each_is(Term), "links": _each_is(Link), "digest": _is(Mapping)},
    Exporter: {"export": _paths},
    RemoteExporter: {"plan": _is(Plan), "apply": _is(Outcome)},
}

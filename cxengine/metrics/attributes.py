"""What metrics need of the evidence besides answers: attributes, customers and moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, closest
from cxengine.plugin.component import CUSTOMERS, HISTORY
from cxengine.project.model import ColumnValue

if TYPE_CHECKING:
    from cxengine.plugin import Metric
    from cxengine.project.model import MappingTable, Project
    from cxengine.project.origins import Origins


def missing(
    metrics: Mapping[str, Metric], types: Mapping[str, str], origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """What metrics read that no source maps, or not as that; `types` are those of all attributes."""
    for name, metric in sorted(metrics.items()):
        for attribute, wanted in metric.attributes.items():
            if types.get(attribute) == wanted:
                continue
            place = origins.locate(("metric", name, "options")) if origins else None
            if attribute in types:
                message = (
                    f"The attribute `{attribute}` is {types[attribute]}, and {metric.name} needs a {wanted}."
                )
                hint = f'Map it as `{attribute} = {{ column = "...", type = "{wanted}" }}`.'
            else:
                message = f"There is no attribute `{attribute}`, which {metric.name} reads."
                near = closest(attribute, types)
                hint = f'Did you mean "{near}"?' if near else "Map it in `[source.mapping.attributes]`."
            yield Diagnostic("CX507", message, place, hint)


def anonymous(
    project: Project, metrics: Mapping[str, Metric], origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """Metrics of what customers do whose answers nobody can put down to a customer and a moment."""
    for name, metric in sorted(metrics.items()):
        if not _follows_customers(metric):
            continue
        for source in project.sources:
            keys = ("customer_id", "occurred_at")
            lacking = [f"`{key}`" for key in keys if getattr(source.mapping, key) is None]
            if lacking and _carries(source.mapping, str(metric.signal.id)):
                place = origins.locate(("source", source.id, "mapping")) if origins else None
                message = (
                    f'{metric.name} ("{name}") follows customers through time, and the source "{source.id}"'
                    f" of its signal maps no {' and no '.join(lacking)}: its answers do not count."
                )
                yield Diagnostic("CX514", message, place, "Map them.", severity="warning")


def _follows_customers(metric: Metric) -> bool:
    """Whether a component is about customers, or reads what they did before or after."""
    texts = metric.components.values()
    return any(word in text for text in texts for word in (*(f"{kind}(" for kind in CUSTOMERS), *HISTORY))


def _carries(mapping: MappingTable, signal: str) -> bool:
    """Whether a source is known to hold answers to the signal."""
    long = mapping.long
    fixed = long is not None and isinstance(long.signal, ColumnValue) and long.signal.value == signal
    return fixed or any(wide.signal == signal for wide in mapping.signals)

"""Whether the attributes that metrics read exist, and are what they take them for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, closest

if TYPE_CHECKING:
    from cxengine.plugin import Metric
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

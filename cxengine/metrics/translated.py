"""Components that the engine of a project cannot compute: found before any evidence is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine import cel
from cxengine.metrics.aggregate import compile_components

if TYPE_CHECKING:
    from cxengine.diagnostics import Diagnostic
    from cxengine.plugin import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins

_WAY_OUT = (
    "Components are added up where the answers are: compare and reckon with numbers, as in `value >= 4.0`."
)


def untranslatable(project: Project, metrics: Mapping[str, Metric], origins: Origins) -> Iterator[Diagnostic]:
    """What of the components of metrics has no SQL with the same meaning.

    Answers on a discrete scale are counted by value, for which some need no SQL; but they do as soon as
    responses have weights or somebody answers twice, so that none of them is let through.

    Raises:
        ProjectError: a component is not an aggregate, or does not fit its facts.
    """
    dialect = project.engine.use
    for name, metric in metrics.items():
        told = set[str]()  # what a metric makes of its components fails for the same reason
        for part, aggregate in compile_components(metric).items():
            try:
                aggregate.each(dialect, weighted=False)
            except cel.CelError as error:
                place = origins.locate(("metric", name, "options", "components", part))
                about = f'The component "{part}" of {name}: '
                for found in error.diagnostics:
                    if found.message not in told:
                        yield attrs.evolve(
                            found, message=about + found.message, location=place, hint=found.hint or _WAY_OUT
                        )
                    told.add(found.message)

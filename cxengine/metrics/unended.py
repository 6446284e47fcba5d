"""Times until something happened, from sources that leave out where it has not happened yet: slow cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.metrics.aggregate import compile_components
from cxengine.plugin.component import CENSORED
from cxengine.project.merges import filled

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.plugin.base import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


def unended(
    project: Project, metrics: Mapping[str, Metric], evidence: Evidence, origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """A warning for every duration without `open_until` that leaves out what a metric would count as open."""
    if not evidence.unended:
        return
    counting: dict[str, list[str]] = defaultdict(list)
    for table in project.metrics:
        components = compile_components(metrics[str(table.id)])
        if any(CENSORED in component.reads for component in components.values()):
            counting[str(table.signal)].append(str(table.id))
    sources = {str(source.id): source for source in project.sources}
    for one in evidence.unended:
        signals = filled(sources[one.source], one.duration) or counting
        misled = sorted({name for signal in signals for name in counting.get(signal, ())})
        if not misled:
            continue
        path = ("source", one.source, "mapping", "durations", one.duration)
        miss = "misses" if len(misled) == 1 else "miss"
        yield Diagnostic(
            "CX272",
            f"{one.source}: {one.rows:,} of {one.of:,} rows began and have not ended; {one.duration} leaves"
            f" them out, so that {' and '.join(misled)} {miss} slow cases.",
            origins.locate(path, key=True) if origins else None,
            "`open_until`, the day when the file was written, counts them as far as they were watched.",
            severity="warning",
        )

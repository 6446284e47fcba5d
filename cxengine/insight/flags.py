"""The hypotheses behind all that insight flags, and insight with its flags.

Whatever is found has the chance of it, were there nothing; nothing is flagged where it is found. Once all
that the run tests is known, here and among measurements, everything is flagged by the one cutoff of
`cxengine.metrics.discovery`. Series of changes are flagged by `cxengine.insight.changes.find`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs
import numpy as np

from cxengine.insight.gaps.delivered import judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from cxengine.insight.apart import Apart
    from cxengine.insight.drivers.report import DriverResult, Drivers, ModelResult, SegmentDriver
    from cxengine.insight.gaps.gap import Gap
    from cxengine.insight.insight import Feeling, Insight
    from cxengine.insight.observed.flow import Population
    from cxengine.insight.remembered import Remembered
    from cxengine.insight.themes.theme import Theme
    from cxengine.metrics.discovery import Discovery

    FloatArray = npt.NDArray[np.float64]


Found = TypeVar("Found", "Apart", "DriverResult", "Gap", "Population", "Remembered", "SegmentDriver", "Theme")
"""Something found that may be chance: `p` is its chance, None where that is not tested."""


def chances(insight: Insight) -> dict[str, FloatArray]:
    """The chances of all that is found, by kind: what is told of it, and what might have been."""
    models = insight.drivers.models
    every: dict[str, Iterable[float | None]] = {
        "segment's feeling": (one.p for one in insight.apart),
        "segment's journey": (one.p for journey in insight.observed for one in journey.populations),
        "segment's driver": (d.p for model in models for one in model.segments for d in one.drivers),
        "driver": (driver.p for model in models for driver in model.drivers),
        "edge": (edge.p for model in models for edge in model.edges),
        "theme": (theme.p for theme in insight.themes.themes),
        "gap": (gap.p for gap in insight.gaps.gaps),
        "delivered": (one.p for one in insight.gaps.delivered),
        "peak-end": (one.p for one in insight.remembered),
    }
    metrics = insight.metrics_apart
    return {
        "segment's metric": np.zeros(0) if metrics is None else metrics.p,
        **{kind: _array(some) for kind, some in every.items()},
    }


def _array(chances: Iterable[float | None]) -> FloatArray:
    return np.array([p for p in chances if p is not None], dtype=np.float64)


def flagged(insight: Insight, discovery: Discovery) -> Insight:
    """The same with what is beyond chance, all that the run tests considered."""
    apart = _marked(insight.apart, discovery)
    gaps, themes = insight.gaps, insight.themes
    return attrs.evolve(
        insight,
        discovery=discovery,
        apart=apart,
        metrics_apart=insight.metrics_apart and insight.metrics_apart.flagged(discovery),
        feelings=tuple(_differing(insight.feelings, [one for one in apart if one.beyond_chance])),
        observed=tuple(
            attrs.evolve(one, populations=_marked(one.populations, discovery)) for one in insight.observed
        ),
        drivers=_drivers(insight.drivers, discovery),
        themes=attrs.evolve(themes, themes=_marked(themes.themes, discovery)),
        gaps=attrs.evolve(
            gaps, gaps=_marked(gaps.gaps, discovery), delivered=judged(gaps.delivered, discovery)
        ),
        remembered=_marked(insight.remembered, discovery),
    )


def _marked(found: Iterable[Found], discovery: Discovery) -> tuple[Found, ...]:
    """Those that are beyond chance marked."""
    return tuple(attrs.evolve(one, beyond_chance=True) if _falls(one.p, discovery) else one for one in found)


def _falls(p: float | None, discovery: Discovery) -> bool:
    return p is not None and discovery.falls(p)


def _differing(feelings: Iterable[Feeling], apart: Iterable[Apart]) -> Iterator[Feeling]:
    """The feelings, those marked whose emotion differs from everybody else's."""
    different = {(one.touchpoint, one.segment) for one in apart if one.feeling == "emotion"}
    return (attrs.evolve(f, differs=(f.touchpoint, f.segment) in different) for f in feelings)


def _drivers(drivers: Drivers, discovery: Discovery) -> Drivers:
    """Drivers beyond noise, segments that differ, and declared effects that the evidence contradicts."""
    return attrs.evolve(drivers, models=tuple(_model(model, discovery) for model in drivers.models))


def _model(model: ModelResult, discovery: Discovery) -> ModelResult:
    return attrs.evolve(
        model,
        drivers=_marked(model.drivers, discovery),
        segments=tuple(attrs.evolve(one, drivers=_marked(one.drivers, discovery)) for one in model.segments),
        edges=tuple(attrs.evolve(one, contradicted=_falls(one.p, discovery)) for one in model.edges),
    )

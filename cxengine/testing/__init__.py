"""What authors of plugins use: conformance kits to subclass, a network for tests, planted truth.

    from cxengine.testing import SourceTests

    class TestMySource(SourceTests):
        plugin = MySource
        ...

    shop = generate(folder, seed=7, truth=Planted(touchpoints=(PlantedAnswers("search"),)))

The kits need pytest. Names are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxengine.testing.enrichers import EnricherTests as EnricherTests
    from cxengine.testing.exporters import ExporterTests as ExporterTests
    from cxengine.testing.generated import Generated as Generated
    from cxengine.testing.generated import generate as generate
    from cxengine.testing.groupings import GroupingTests as GroupingTests
    from cxengine.testing.kit import differs as differs
    from cxengine.testing.metrics import MetricTests as MetricTests
    from cxengine.testing.planted import Intervention as Intervention
    from cxengine.testing.planted import Planted as Planted
    from cxengine.testing.planted import PlantedAnswers as PlantedAnswers
    from cxengine.testing.purchases import PlantedPurchases as PlantedPurchases
    from cxengine.testing.scorings import ScoringTests as ScoringTests
    from cxengine.testing.services import RemoteExporterTests as RemoteExporterTests
    from cxengine.testing.sources import SourceTests as SourceTests

_HOME = {
    "EnricherTests": "enrichers",
    "ExporterTests": "exporters",
    "Generated": "generated",
    "GroupingTests": "groupings",
    "Intervention": "planted",
    "MetricTests": "metrics",
    "Planted": "planted",
    "PlantedAnswers": "planted",
    "PlantedPurchases": "purchases",
    "RemoteExporterTests": "services",
    "ScoringTests": "scorings",
    "SourceTests": "sources",
    "differs": "kit",
    "generate": "generated",
}

__all__ = [
    "EnricherTests",
    "ExporterTests",
    "Generated",
    "GroupingTests",
    "Intervention",
    "MetricTests",
    "Planted",
    "PlantedAnswers",
    "PlantedPurchases",
    "RemoteExporterTests",
    "ScoringTests",
    "SourceTests",
    "differs",
    "generate",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"cxengine.testing.{_HOME[name]}"), name)
    raise AttributeError(f"module 'cxengine.testing' has no attribute {name!r}")

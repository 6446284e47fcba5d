"""Customer experience as code: from journeys, evidence and rules in TOML to an explained roadmap.

    from cxengine import Engine

    result = Engine().run("rulesets/online-shop")
    for item in result.roadmap.items[:3]:
        print(item.rank, item.name, item.reasons[0].text)

Names are loaded on first use, so that `import cxengine` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxengine import cel as cel
    from cxengine.diagnostics import CxengineError as CxengineError
    from cxengine.diagnostics import Diagnostic as Diagnostic
    from cxengine.diagnostics import EvidenceError as EvidenceError
    from cxengine.diagnostics import Location as Location
    from cxengine.diagnostics import OutputError as OutputError
    from cxengine.diagnostics import PlanningError as PlanningError
    from cxengine.diagnostics import PluginError as PluginError
    from cxengine.diagnostics import ProjectError as ProjectError
    from cxengine.engine import Engine as Engine
    from cxengine.engine import Result as Result
    from cxengine.metrics.measurement import Measurement as Measurement
    from cxengine.planning.roadmap import Roadmap as Roadmap
    from cxengine.plugin import Enricher as Enricher
    from cxengine.plugin import Exporter as Exporter
    from cxengine.plugin import Grouping as Grouping
    from cxengine.plugin import Metric as Metric
    from cxengine.plugin import Source as Source
    from cxengine.plugin import hookimpl as hookimpl
    from cxengine.project.model import Project as Project

__version__ = "0.1.0"

_HOME = {
    "CxengineError": "cxengine.diagnostics",
    "Diagnostic": "cxengine.diagnostics",
    "Engine": "cxengine.engine",
    "Enricher": "cxengine.plugin",
    "EvidenceError": "cxengine.diagnostics",
    "Exporter": "cxengine.plugin",
    "Grouping": "cxengine.plugin",
    "Location": "cxengine.diagnostics",
    "Measurement": "cxengine.metrics.measurement",
    "Metric": "cxengine.plugin",
    "OutputError": "cxengine.diagnostics",
    "PlanningError": "cxengine.diagnostics",
    "PluginError": "cxengine.diagnostics",
    "Project": "cxengine.project.model",
    "ProjectError": "cxengine.diagnostics",
    "Result": "cxengine.engine",
    "Roadmap": "cxengine.planning.roadmap",
    "Source": "cxengine.plugin",
    "hookimpl": "cxengine.plugin",
}

__all__ = [
    "CxengineError",
    "Diagnostic",
    "Engine",
    "Enricher",
    "EvidenceError",
    "Exporter",
    "Grouping",
    "Location",
    "Measurement",
    "Metric",
    "OutputError",
    "PlanningError",
    "PluginError",
    "Project",
    "ProjectError",
    "Result",
    "Roadmap",
    "Source",
    "__version__",
    "cel",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    if name == "cel":
        return import_module("cxengine.cel")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'cxengine' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""The journey as a graph: build it, check it, walk it, exchange it as Mermaid.

Nothing heavy is imported here: networkx loads when the first graph is built.
"""

from cxengine.journey.checks import check
from cxengine.journey.graph import build, of_persona, paths
from cxengine.journey.mermaid import Arrow, flowchart, journey_diagram, observed_flowchart
from cxengine.journey.mermaid_reader import MermaidJourney, MermaidTask, read_mermaid, to_toml

__all__ = [
    "Arrow",
    "MermaidJourney",
    "MermaidTask",
    "build",
    "check",
    "flowchart",
    "journey_diagram",
    "observed_flowchart",
    "of_persona",
    "paths",
    "read_mermaid",
    "to_toml",
]

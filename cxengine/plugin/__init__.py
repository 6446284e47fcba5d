"""The interface for plugin authors: hooks, base classes and the registry that finds them."""

from cxengine.plugin.base import (
    Assignment,
    Batch,
    Enricher,
    Enrichment,
    Estimates,
    Exporter,
    Grouping,
    GroupingItem,
    Metric,
    NoOptions,
    OptionError,
    Plugin,
    Reject,
    Source,
    option,
)
from cxengine.plugin.contract import Contract
from cxengine.plugin.hooks import hookimpl
from cxengine.plugin.registry import Offer, Registry

__all__ = [
    "Assignment",
    "Batch",
    "Contract",
    "Enricher",
    "Enrichment",
    "Estimates",
    "Exporter",
    "Grouping",
    "GroupingItem",
    "Metric",
    "NoOptions",
    "Offer",
    "OptionError",
    "Plugin",
    "Registry",
    "Reject",
    "Source",
    "hookimpl",
    "option",
]

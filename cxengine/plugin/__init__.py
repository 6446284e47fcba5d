"""The interface for plugin authors: hooks, base classes and the registry that finds them."""

from cxengine.plugin.base import (
    Assignment,
    Batch,
    Enricher,
    Enrichment,
    Estimates,
    Exporter,
    Forgotten,
    Grouping,
    GroupingItem,
    Metric,
    OptionError,
    Plugin,
    Reject,
    Source,
)
from cxengine.plugin.contract import Contract
from cxengine.plugin.hooks import hookimpl
from cxengine.plugin.options import NoOptions, option
from cxengine.plugin.registry import Offer, Registry
from cxengine.plugin.remote import Change, Field, Outcome, Plan, RemoteExporter
from cxengine.plugin.scoring import Input, Link, Scoring, Term
from cxengine.plugin.secret import Secret
from cxengine.plugin.version import INTERFACE_VERSION

__all__ = [
    "INTERFACE_VERSION",
    "Assignment",
    "Batch",
    "Change",
    "Contract",
    "Enricher",
    "Enrichment",
    "Estimates",
    "Exporter",
    "Field",
    "Forgotten",
    "Grouping",
    "GroupingItem",
    "Input",
    "Link",
    "Metric",
    "NoOptions",
    "Offer",
    "OptionError",
    "Outcome",
    "Plan",
    "Plugin",
    "Registry",
    "Reject",
    "RemoteExporter",
    "Scoring",
    "Secret",
    "Source",
    "Term",
    "hookimpl",
    "option",
]

"""The interface for plugin authors: hooks, base classes and the registry that finds them.

`Area`, `Scale` and `Signal`, which methods are given, are loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from cxengine.project.model import Area, Scale, Signal

__all__ = [
    "INTERFACE_VERSION",
    "Area",
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
    "Scale",
    "Scoring",
    "Secret",
    "Signal",
    "Source",
    "Term",
    "hookimpl",
    "option",
]


def __getattr__(name: str) -> Any:
    if name in {"Area", "Scale", "Signal"}:
        return getattr(import_module("cxengine.project.model"), name)
    raise AttributeError(f"module 'cxengine.plugin' has no attribute {name!r}")

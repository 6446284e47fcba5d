"""Jira for cxengine: an exporter that plans and applies, and a source that reads status and throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.plugin import hookimpl

if TYPE_CHECKING:
    from cxengine.plugin import Exporter, Source

__version__ = "0.1.0"
cxengine_interface = "1.0"


@hookimpl
def cxengine_exporters() -> list[type[Exporter]]:
    """`use = "jira"` in `[[export]]`."""
    from cxengine_jira.exporter import Jira

    return [Jira]


@hookimpl
def cxengine_sources() -> list[type[Source]]:
    """`use = "jira"` in `[[source]]`."""
    from cxengine_jira.source import JiraIssues

    return [JiraIssues]

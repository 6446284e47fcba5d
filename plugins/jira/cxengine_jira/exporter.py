"""The exporter `jira`: a roadmap as epics, issues, links, versions and components of a Jira project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, PluginError, closest
from cxengine.plugin import Outcome, Plan, RemoteExporter
from cxengine_jira.options import JiraOptions

if TYPE_CHECKING:
    from cxengine.engine import Result


class Jira(RemoteExporter):
    """Keeps a roadmap in a Jira project: `plan` shows what would change, `apply` does it."""

    name = "jira"
    Options = JiraOptions
    options: JiraOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """`jira.csv` for Jira's importer and `jira-import.txt`, which says how; nothing without a roadmap."""
        from cxengine_jira import importer
        from cxengine_jira.wanted import wanted

        self._check()
        if result.roadmap is None:
            return ()
        return importer.write(wanted(result, self.options), self.options, folder)

    def plan(self, result: Result) -> Plan:
        """What would change; only reads.

        Raises:
            PluginError: CX350 to CX353, the project in Jira and the options do not fit.
            RemoteError: Jira refuses or fails.
        """
        from cxengine_jira import planning, project, service
        from cxengine_jira.wanted import wanted

        self._check()
        board = wanted(result, self.options)
        with service.connect(self.network, self.options) as client:
            return planning.plan(client, self.options, project.look(client, self.options), board)

    def apply(self, plan: Plan) -> Iterator[Outcome]:
        """Does it.

        Raises:
            RemoteError: Jira fails for good.
        """
        from cxengine_jira import applying, service

        with service.connect(self.network, self.options) as client:
            yield from applying.apply(
                client,
                plan,
                lag=self.options.search_lag,
                closed_status=self.options.closed_status,
                clock=self.network.clock,
            )

    def _check(self) -> None:
        """Refuses a fact that no initiative has.

        Raises:
            PluginError: CX355.
        """
        from cxengine_jira.wanted import FACTS

        for field, fact in self.options.custom.items():
            if fact not in FACTS:
                near = closest(fact, FACTS)
                hint = f"Did you mean {near!r}?" if near else f"There are: {', '.join(FACTS)}."
                message = f"`custom` fills the Jira field {field!r} with {fact!r}, which no initiative has."
                raise PluginError(Diagnostic("CX355", message, hint=hint))

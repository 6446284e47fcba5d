"""Exports that synchronise with a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, ProjectError

if TYPE_CHECKING:
    from cxengine.plugin import Plan, RemoteExporter
    from cxengine.plugin.http import Network
    from cxengine.project import Loaded


def remote(loaded: Loaded, to: str, network: Network | None, plan: Plan | None = None) -> RemoteExporter:
    """The exporter of an `[[export]]` that synchronises with a service; for a `plan`, the one that made it.

    Raises:
        ProjectError: CX604, there is no such export, it writes files only, or the plan is not its own.
    """
    from cxengine.plugin import RemoteExporter

    remote = {
        str(table.id): use
        for table in loaded.project.exports
        if issubclass((use := loaded.uses["export", table.id]).plugin, RemoteExporter)
    }
    if to not in remote:
        known = f"There are: {', '.join(remote)}." if remote else "No export of this project does."
        message = f'No export "{to}" synchronises with a service.'
        raise ProjectError(Diagnostic("CX604", message, hint=known))
    use = remote[to]
    if plan is not None and plan.exporter != use.plugin.name:
        message = f'The plan was made by "{plan.exporter}", and the export "{to}" uses "{use.plugin.name}".'
        raise ProjectError(Diagnostic("CX604", message))
    exporter: RemoteExporter = use.make()
    if network is not None:
        exporter.network = network
    return exporter

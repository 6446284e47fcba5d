"""The Jira project that a roadmap goes to: its issue types, their fields, its link types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, PluginError, closest
from cxengine.plugin.http import RemoteError, paging
from cxengine_jira.slots import IssueType, Slot

if TYPE_CHECKING:
    from cxengine.plugin.http import Client
    from cxengine_jira.options import JiraOptions


@attrs.frozen
class Place:
    """What is known of the project before anything is planned."""

    key: str
    id: str
    epic: IssueType
    phase: IssueType | None
    link: str
    """The name of the link type."""
    versions: tuple[Mapping[str, Any], ...]
    components: tuple[Mapping[str, Any], ...]


def look(client: Client, options: JiraOptions) -> Place:
    """Reads what the project offers.

    Raises:
        PluginError: CX350, there is no such project, issue type or link type, or the account may not use it.
    """
    found = _project(client, options)
    types = _types(client, options)
    phase = _type(client, options, types, options.phase_type, "phase_type") if options.phases else None
    return Place(
        key=found["key"],
        id=found["id"],
        epic=_type(client, options, types, options.epic_type, "epic_type"),
        phase=phase,
        link=_link_type(client, options),
        versions=tuple(client.get(f"project/{options.project}/versions").json()),
        components=tuple(client.get(f"project/{options.project}/components").json()),
    )


def _project(client: Client, options: JiraOptions) -> Mapping[str, Any]:
    try:
        project: Mapping[str, Any] = client.get(f"project/{options.project}").json()
    except RemoteError as error:
        if error.status != 404:
            raise
        client.get("myself")  # a wrong token is told as such: for strangers Jira hides projects
        message = f"{options.user} sees no Jira project {options.project} at {options.site}."
        raise PluginError(Diagnostic("CX350", message, hint=_visible(client, options.project))) from None
    return project


def _visible(client: Client, wanted: str) -> str:
    page = client.get("project/search", params={"maxResults": 50}).json()
    keys = [str(project["key"]) for project in page.get("values", ())]
    if not keys:
        return "The account sees no project at all: an administrator gives it the permission Browse Projects."
    near = closest(wanted, keys)
    said = f"Did you mean {near}?" if near else f"It sees: {', '.join(keys)}."
    return f"{said} If the key is right, the account lacks the permission Browse Projects."


def _types(client: Client, options: JiraOptions) -> Mapping[str, str]:
    """Names of issue types that may be created, with their ids."""
    path = f"issue/createmeta/{options.project}/issuetypes"
    pages = paging.by_offset(
        client, path, items=lambda page: len(page.get("issueTypes", ())), total=lambda page: page.get("total")
    )
    types = {str(one["name"]): str(one["id"]) for page in pages for one in page.get("issueTypes", ())}
    if not types:
        message = f"{options.user} may not create issues in {options.project}."
        hint = "An administrator of the project gives the account the permission Create Issues."
        raise PluginError(Diagnostic("CX350", message, hint=hint))
    return types


def _type(
    client: Client, options: JiraOptions, types: Mapping[str, str], name: str, option: str
) -> IssueType:
    if name not in types:
        message = f"The Jira project {options.project} has no issue type {name!r} (`{option}`)."
        hint = f"It has: {', '.join(sorted(types))}."
        raise PluginError(Diagnostic("CX350", message, hint=hint))
    path = f"issue/createmeta/{options.project}/issuetypes/{types[name]}"
    pages = paging.by_offset(
        client, path, items=lambda page: len(_fields(page)), total=lambda page: page.get("total")
    )
    slots = [Slot.read(meta) for page in pages for meta in _fields(page)]
    return IssueType(types[name], name, {slot.key: slot for slot in slots})


def _fields(page: Mapping[str, Any]) -> list[Any]:
    return list(page.get("fields") or page.get("results") or ())


def _link_type(client: Client, options: JiraOptions) -> str:
    found = [str(one["name"]) for one in client.get("issueLinkType").json().get("issueLinkTypes", ())]
    for name in found:
        if name.casefold() == options.link_type.casefold():
            return name
    message = f"Jira has no link type {options.link_type!r} (`link_type`)."
    raise PluginError(Diagnostic("CX350", message, hint=f"It has: {', '.join(found) or 'none'}."))

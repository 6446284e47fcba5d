"""What TOML says about Jira."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import attrs

from cxengine.plugin import Secret, option
from cxengine.plugin.http import HttpOptions

Owner = Literal["cxengine", "shared", "people"]
"""Who decides about a field: cxengine always; cxengine until people change it; people once it is made."""

NOTHING: Mapping[str, str] = MappingProxyType({})


def _site(_: Any, attribute: attrs.Attribute[str], value: str) -> None:
    if not re.fullmatch(r"https?://[^/\s?#]+(/ex/jira/[0-9a-f-]+)?/?", value):
        raise ValueError(f"`{attribute.name}` is an address such as https://acme.example, not {value!r}")


def project_key(_: Any, attribute: attrs.Attribute[str], value: str) -> None:
    """Refuses what is no key of a project.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch("[A-Z][A-Z0-9_]+", value):
        raise ValueError(f"`{attribute.name}` is a key in capital letters such as SHOP, not {value!r}")


@attrs.frozen(kw_only=True)
class Connection:
    """Which site, and who asks."""

    site: str = option(
        'Address of the Jira site, such as "https://acme.atlassian.net".',
        validator=_site,
    )
    user: str = option("The e-mail address of the account that the token belongs to.")
    token: Secret = option('Where its API token is kept, such as "env:JIRA_TOKEN".')
    http: HttpOptions = option("How the service is talked to.", default=HttpOptions())


@attrs.frozen(kw_only=True)
class JiraOptions(Connection):
    """Where a roadmap goes, and who decides about what there."""

    project: str = option('Key of the Jira project, such as "SHOP".', validator=project_key)
    epic_type: str = option("Issue type of an initiative.", default="Epic")
    phase_type: str = option("Issue type of a phase of an initiative, below it.", default="Task")
    phases: bool = option("Whether phases become issues.", default=True)
    link_type: str = option("Link type of a dependency; it reads as `A blocks B`.", default="Blocks")
    start_field: str = option("Name of the field that holds the first day.", default="Start date")
    labels: tuple[str, ...] = option("Further labels for everything that is created.", default=())
    custom: Mapping[str, str] = option(
        'Jira field, by its name, to the fact of an initiative that fills it: { "Impact" = "impact" }.',
        default=NOTHING,
    )
    always: Mapping[str, str | float] = option(
        "Jira field, by its name, to the same value for every issue, for fields that a site requires.",
        default=NOTHING,
    )
    owned: Mapping[str, Owner] = option(
        'Who decides about a field, by its id or name: "cxengine", "shared" (the default: cxengine, until'
        ' somebody changes it in Jira) or "people" (written when an issue is created, never again).',
        default=NOTHING,
    )
    removed: Literal["close", "label", "leave"] = option(
        "What becomes of an issue whose initiative left the roadmap.", default="close"
    )
    finished: Literal["leave", "update"] = option(
        "What becomes of an issue that people closed while it is on the roadmap.", default="leave"
    )
    closed_status: str = option(
        "The status that closes; by default the first that Jira counts as done.", default=""
    )
    search_lag: float = option(
        "Seconds after which Jira's search surely finds a new issue.", minimum=0, default=10.0
    )

"""Jira's REST interface, version 3, as far as roadmaps need it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cxengine.plugin.http import Basic, Refusal, RemoteError, paging
from cxengine_jira.identity import PROPERTY

if TYPE_CHECKING:
    from cxengine.plugin.http import Client, Network, Response
    from cxengine_jira.options import Connection

BULK = 50
PAGE = 100


def connect(network: Network, options: Connection) -> Client:
    """A client of the site."""
    return network.client(
        f"{options.site.rstrip('/')}/rest/api/3",
        credentials=Basic(options.user, options.token),
        options=options.http,
        wait=lambda response: _until_reset(response, network.clock.now()),
        complaint=complaint,
    )


def complaint(response: Response) -> str | None:
    """What Jira says about a failure."""
    try:
        body = response.json()
    except RemoteError:
        body = None
    expired = "the token has expired, was revoked, or is not of this user" if response.status == 401 else None
    return said(body) or expired


def said(body: Any) -> str:
    """The words of an error collection."""
    if not isinstance(body, Mapping):
        return ""
    fields = body.get("errors")
    by_field = [f"{name}: {why}" for name, why in fields.items()] if isinstance(fields, Mapping) else []
    return "; ".join([*map(str, body.get("errorMessages") or ()), *by_field])


def _until_reset(response: Response, now: dt.datetime) -> float | None:
    """Seconds until `X-RateLimit-Reset`, where a limit says nothing else."""
    written = response.headers.get("x-ratelimit-reset", "")
    if response.status != 429 or "retry-after" in response.headers:
        return None
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return max((moment - now).total_seconds(), 0.0)


def quoted(text: str) -> str:
    """A text in JQL."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def search(
    client: Client, jql: str, fields: Sequence[str], *, surely: Sequence[str] = ()
) -> Iterator[Mapping[str, Any]]:
    """All issues that JQL finds; `surely` are ids of issues that search must not have missed."""
    asked = {"jql": jql, "fields": list(fields), "properties": [PROPERTY], "maxResults": PAGE}
    if surely:
        asked["reconcileIssues"] = [int(one) for one in surely[:BULK]]
    pages = paging.by_token(
        client,
        "search/jql",
        token=lambda page: None if page.get("isLast") else page.get("nextPageToken"),
        name="nextPageToken",
        params=asked,
        post=True,
    )
    for page in pages:
        yield from page.get("issues", ())


def labelled(
    client: Client, labels: Sequence[str], fields: Sequence[str], surely: Sequence[str] = ()
) -> list[Any]:
    """The issues with one of some labels."""
    found: dict[str, Any] = {}
    for start in range(0, len(labels), BULK):
        some = labels[start : start + BULK]
        jql = f"labels in ({', '.join(map(quoted, some))}) ORDER BY key"
        for issue in search(client, jql, fields, surely=surely[start : start + BULK]):
            found[issue["key"]] = issue
    return list(found.values())


def read_bulk(response: Response, ids: Sequence[str]) -> dict[str, tuple[str, str] | Refusal]:
    """What became of each issue of a bulk call: its key and id, or why it was refused."""
    body = response.json()
    refused: dict[int, Refusal] = {}
    for error in body.get("errors") or ():
        why = said(error.get("elementErrors")) or "Jira did not say why."
        refused[error.get("failedElementNumber", -1)] = Refusal(why, error.get("status"))
    made = iter(body.get("issues") or ())
    outcome: dict[str, tuple[str, str] | Refusal] = {}
    for index, item in enumerate(ids):
        if index in refused:
            outcome[item] = refused[index]
        elif (issue := next(made, None)) is not None:
            outcome[item] = (issue["key"], issue["id"])
    return outcome


def age(issue: Mapping[str, Any]) -> tuple[int, str]:
    """Sorts issues: the first that Jira made comes first."""
    return int(issue["id"]), issue["key"]
